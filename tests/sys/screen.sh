# less and edit at a terminal: what is typed, and what comes of it. What the screen
# shows is looked for in the bytes sent to it.
. "$TOP/tests/sys/lib.sh"

rows=23 # of the terminal, without less's last
on_qemu && rows=24
type_start "$LP49 --timeout 180"
seen 'lp49% '
type 'cd /tmp; seq 300 >s\r'
# what a key brings: NAME KEYS PATTERN
brings() {
	at=$(wc -c <screen)
	type "$2"
	n=0
	until tail -c +$((at + 1)) screen | grep -aq -- "$3"; do
		sleep 0.1
		n=$((n + 1))
		[ $n -ge 150 ] && { notok "$1" "$(tail -c +$((at + 1)) screen | cat -v | tail -c 900)"; return; }
	done
	ok "$1"
}
brings less_shows 'less s\r' "line $rows  h: help"
brings less_goes_on ' ' "line $((2 * rows))"
brings less_goes_to_the_end 'G' 'line 300 of 300 (end)'
brings less_goes_back 'b' "line $((300 - rows))"
brings less_finds 'g/^12$\r' "line $((11 + rows))"
brings less_finds_the_next '/^1.2$\rn' "line $((111 + rows))"
brings less_has_an_error '/(\r' 'line\|missing\|paren\|expr'
brings less_help 'h' 'this is'
brings less_ends 'xq' 'lp49% '
brings less_takes_a_pipe 'seq 50 | less\r' "line $rows"
brings less_pipe_ends 'Gq' 'lp49% '
brings edit_is_new 'edit f\r' '(new)'
brings edit_types 'hello\rworld' 'line 2 of 2, column 6'
type '\033[A\033[H\013\013\025' # up, home, cut two lines, put them back
type 'X\033[3~y\032\031'        # insert, delete, a letter; undo, redo
brings edit_saves '\023' 'saved'
type '\032'
brings edit_asks '\021' 'save the changes'
brings edit_goes 'n' 'lp49% '
brings edit_wrote 'xd -c f\r' '0000000   h  e  l  l  o .n  w  o  r  l  d .n  X  y'
brings edit_finds 'edit +3 s\r\006299\r' 'line 299 of 301'
brings edit_replaces '\033[1;5H\0221\rone\r' '[0-9]* replaced'
brings edit_undoes_it_all '\032\021' 'lp49% '
brings edit_reads_bytes 'edit /bin/ls\r' '<[0-9A-F][0-9A-F]>'
brings edit_cannot_write 'a\023' 'be written'
brings edit_throws_away '\021n' 'lp49% '
type 'ramfs -l 3k -m /mnt; seq 400 >/mnt/s >[2]/dev/null; cp /mnt/s t\r'
brings edit_full_disk 'edit /mnt/s\raaa\023' 'is as it was'
brings edit_full_disk_ends '\021n' 'lp49% '
brings the_old_text_is_there "cmp t /mnt/s && echo sa''me; ls /mnt\r" '^same'
brings edit_long_lines 'seq 2000 | fmt -l 9999 >l; edit l\r\033[F' 'column 88[0-9][0-9]'
brings edit_wide '\033[Haé日本\023' 'column 7'
brings edit_ends '\021' 'lp49% '
brings edit_wide_written "sed 1q l | sed 's/ .*//' | xd -c\r" 'e6 97 a5 e6 9c ac  1'
type '\004'
type_end; status it_ends 0 $?
lp -c 'edit f; echo $status | sed ''s/ [0-9]*:.*//''; seq 3 | less' </dev/null >out 2>err
same less_without_a_terminal "1 2 3" "$(echo $(tail -3 out))"
grep -q 'no screen to edit on.*TERM' err && ok edit_without_a_terminal || notok edit_without_a_terminal "$(cat err)"
