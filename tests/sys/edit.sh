# A user at a real terminal (tmux): lines edited, wrapped, pasted, completed, resized,
# remembered; raw mode and its end; the terminal given back.
. "$TOP/tests/sys/lib.sh"
command -v tmux >/dev/null || { skip edit "tmux is not installed (apt-get install tmux)"; exit; }
export TERM=xterm-256color LC_ALL=C.UTF-8

nth=0 # a server for each terminal: the one before may not be gone yet
tm() {
	tmux -u -L "lp49-$$-$nth" -f /dev/null "$@"
}
# all servers' sockets go with us
close() {
	tm kill-server 2>/dev/null
	rm -f "${TMUX_TMPDIR:-/tmp}/tmux-$(id -u)/lp49-$$"-*
}
trap close EXIT
trap 'exit 1' HUP INT TERM
# open COLUMNS ROWS [COMMAND]
open() {
	tm kill-server 2>/dev/null
	nth=$((nth + 1))
	tm new-session -d -s s -x "$1" -y "$2" "${3:-$LP49 $LP49FLAGS --timeout 300}"
	shows '^lp49% *$'
}
keys() {
	tm send-keys -t s "$@"
}
screen() {
	tm capture-pane -p -t s 2>/dev/null
}
# waits until a line of the screen has the pattern
shows() {
	n=0
	until screen | grep -q -- "$1"; do
		sleep 0.1
		n=$((n + 1))
		[ $n -lt 600 ] && tm has-session -t s 2>/dev/null || return 1
	done
}
# claim NAME PATTERN: the screen comes to have it
claim() {
	shows "$2" && ok "$1" || notok "$1" "wanted: $2" "$(screen)"
}
clear() {
	keys C-c C-l
	shows '^lp49% *$'
}

open 60 20
keys 'echo helo' Left l Enter
claim arrows_move '^hello$'
keys 'nonsense echo one-two three' Home M-d Delete End C-w 'x' M-b M-b Left C-k C-y C-t BSpace BSpace BSpace End y Enter
claim words_and_kills 'lp49% echo oneth*-*two.*y$\|^one.*y$'
clear
keys 'echo 日本語x' BSpace BSpace Left 'é' Enter
claim wide_characters '^日é本$'
clear
keys 'echo 1234567890123456789012345678901234567890123456789012345678901234567890日本語' Home Right Right Right Right Right X Enter
claim long_lines_wrap '^X123456789.*89$'
keys 'echo abandoned 1234567890123456789012345678901234567890123456789012345678901234567890' Home C-c
keys "echo go''es on" Enter
claim interrupt_cancels_the_line '^goes on$'
screen | grep -q '^abandoned' && notok cancelled_line_is_not_run "$(screen)" || ok cancelled_line_is_not_run

# pastes
clear
i=0
while [ $i -lt 100 ]; do
	echo "echo pas''ted $i	tab"
	i=$((i + 1))
done >lines
tm load-buffer lines
tm paste-buffer -p -t s
shows "pas''ted 99" && ! screen | grep -q '^pasted' && ok a_paste_waits || notok a_paste_waits "$(screen)"
keys Enter
claim a_paste_runs_whole '^pasted 99 tab$'
clear
keys 'cat >/dev/null' Enter
tm load-buffer lines
tm paste-buffer -p -t s
keys C-c
keys "echo af''ter" Enter
claim a_paste_into_a_program '^after$'

# completion
clear
keys "mkdir /tmp/d; cd /tmp/d; touch 'my file' 'it''s' 日本語 plain; mkdir sub; fn nice_function {echo fun}" Enter
keys 'cat my' Tab
claim tab_quotes "cat 'my file' *$"
keys C-u 'cat it' Tab
claim tab_doubles_quotes "cat 'it''s' *$"
keys C-u 'cat 日' Tab
claim tab_knows_unicode 'cat 日本語 *$'
keys C-u 'cat /tmp/d/s' Tab
claim tab_ends_directories_with_a_slash 'cat /tmp/d/sub/$'
keys C-u 'nice_' Tab Enter
claim tab_completes_functions '^fun$'
keys 'cd; seq 300 >/tmp/n; for(i in `{cat /tmp/n}) touch /tmp/d/many$i' Enter
keys 'echo done' "''" ' now' Enter
shows '^done now$'
keys 'ls /tmp/d/ma' Tab Tab Tab
claim many_are_counted 'show all 300'
keys n C-c
keys "echo af''ter many" Enter
claim and_left '^after many$'

# what programs read is cooked; raw mode ends with who asked for it
clear
keys 'cat' Enter
keys 'wrong' C-u 'right word' C-w 'line' Enter C-d
claim programs_read_lines '^right line$'
keys '{echo rawon; sleep 1} >/dev/consctl; cat /dev/consctl' Enter
claim raw_ends_with_its_holder '^rawoff$'
keys '{sleep 1; slay edit | rc}& edit /tmp/screen' Enter
shows '/tmp/screen' # its name is on the screen
n=0
until [ "$(tm display -p -t s '#{alternate_on} #{cursor_flag}')" = '0 1' ] && screen | grep -q '^lp49% *$' || [ $n -ge 100 ]; do
	sleep 0.1
	n=$((n + 1))
done
keys "echo sc''reen back" Enter
claim killed_with_the_screen_taken '^screen back$'
same the_screen_is_as_before '0 1' "$(tm display -p -t s '#{alternate_on} #{cursor_flag}')"
keys '{echo size 200 50} >/dev/consctl; cat /dev/consctl' Enter
claim a_size_can_be_told '^size 200 50$'
keys 'sleep 2' Enter
keys "echo ty''ped ahead" Enter
claim typed_ahead '^typed ahead$'
keys 'sleep 100' Enter C-c
keys "echo af''ter sleep" Enter
claim interrupt_of_a_program '^after sleep$'
keys C-d

on_qemu && exit
rm -rf state
open 60 20
keys 'echo 123456789012345678901234567890123456789012345678901234567890 end' Home
shows '^7890.* end$\|67890 end$'
tm resize-window -t s -x 30 -y 15
shows '^lp49% echo 1234567890123456789$' && tm resize-window -t s -x 10 -y 15
shows '^lp49% echo*$'
keys Right Right Right Right Right X Enter
claim resizes_redraw '^X123456789$'
tm resize-window -t s -x 60 -y 20
n=0 # tmux takes its time
until [ $n -ge 30 ] || screen | grep -q '^size 60 20$'; do
	clear
	keys 'cat /dev/consctl' Enter
	shows '^line fresh$'
	n=$((n + 1))
done
claim size_is_known '^size 60 20$'
keys ' echo not kept' Enter 'echo kept' Enter 'echo kept' Enter 'for(i in 1)' Enter
keys 'echo la''st $i' Enter
claim continued '^last 1$'
same history_is_kept "cat /dev/consctl
echo kept
for(i in 1)\\necho last \$i" "$(tail -n 3 state/lp49/history)"
mkdir two && (cd two && B=$B TOP=$TOP && export XDG_STATE_HOME="$OLDPWD/state" && type_start "$LP49 --timeout 60" &&
	seen 'lp49%' && type 'echo of the other\r' && seen '^of the other' && type '\004'; type_end)
keys 'echo mine' Enter
shows '^mine$'
keys C-d
open 60 20
keys Up
claim history_comes_back 'lp49% echo mine$'
keys Up
claim with_the_other_nodes_lines 'lp49% echo of the other$'
keys C-r 'ke'
claim search "search 'ke': echo kept$"
keys C-c
open 60 20 "TERM=dumb $LP49 --timeout 300"
keys 'echo a' Left 'b' Enter
claim dumb_terminals_have_plain_lines '^lp49% echo a^\[\[Db$'
keys C-c C-d

# the terminal is as before, whatever ended lp49sim
for s in TERM SEGV HUP INT; do
	open 60 20 "stty -g >before; sh -c 'echo \$\$ >pid; exec $LP49 --timeout 60'; stty -g >after; sleep 100"
	if [ $s = INT ]; then
		keys C-a x
	else
		kill -$s "$(cat pid)"
	fi
	n=0
	until [ -s after ] || [ $n -gt 100 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	same "terminal_given_back_$s" "$(cat before)" "$(cat after)"
	rm -f before after
done
close
same nothing_left_behind "" "$(left_behind)"
