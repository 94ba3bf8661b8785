# What happens inside, as it is shown: lines on standard error, in /dev/trace and in
# a file, a time line, a capture; of all or of one process, on and off while it runs.
. "$TOP/tests/sys/lib.sh"
pl() {
	perl "$TOP/tests/sys/trace.pl" "$@"
}
# has NAME PATTERN FILE
has() {
	if grep -Eaq -- "$2" "$3"; then
		ok "$1"
	else
		notok "$1" "no line like: $2" "$(tail -n 30 "$3")"
	fi
}
# lacks NAME PATTERN FILE
lacks() {
	if grep -Eaq -- "$2" "$3"; then
		notok "$1" "$(grep -Ea -- "$2" "$3" | head -n 5)"
	else
		ok "$1"
	fi
}
mkfs.fat -C -n TRACE fat.img 8192 >/dev/null 2>&1
printf 'twenty bytes of text' >in.txt
mcopy -i fat.img in.txt ::in.txt
mountc='mount -ac /srv/dos /c /dev/sdC0/dos'
when='^[0-9]+\.[0-9]{6} lp49'

# ---- lines on standard error ----
lp --disk fat.img --trace 9p,syscall,pager -c "$mountc; cat /c/in.txt" >out 2>err
same traced_program_says_the_same 'twenty bytes of text' "$(cat out)"
has line_of_9p "$when [0-9]+ cat clerk[0-9]+ 9p -> link 2 Twalk tag [0-9]+ fid 1 newfid [0-9]+ \"in.txt\"\$" err
has line_of_9p_reply "$when [0-9]+ cat clerk[0-9]+ 9p <- link 2 Rread tag [0-9]+ count 20 \"twenty bytes of text\"\$" err
has line_of_a_call "$when [0-9]+ cat clerk[0-9]+ syscall open\(\"/c/in.txt\", 0\) = 3 [0-9]+ us\$" err
has line_of_a_call_with_data "$when [0-9]+ cat clerk[0-9]+ syscall pread\(3, [0-9]+, -1\) = 20 \"twenty bytes of text\" [0-9]+ us\$" err
has line_of_a_call_that_fails "$when [0-9]+ init [a-z0-9]+ syscall open\(.*\) failed: .*file does not exist [0-9]+ us\$" err
has line_of_a_servers_call "$when [0-9]+ dosfs clerk[0-9]+ syscall pwrite\(.*Rread|$when [0-9]+ dosfs clerk[0-9]+ syscall pwrite\(" err
has line_of_a_fault "$when [0-9]+ cat main pager (read|write|execute) at 0x[0-9a-f]+ pc 0x[0-9a-f]+ in \"(Text|Data|Bss|Stack)\": mapped 0x[0-9a-f]+\+0x[0-9a-f]+ [r-][w-][x-] [0-9]+ us\$" err

lp --trace ipc,sched -c 'cat /env/user' >out 2>err
has line_of_a_message "$when [0-9]+ cat [0-9a-f]+ ipc [0-9a-f]+ -> [0-9a-f]+ core label 0x[0-9a-f]+ words [0-9]+ typed [0-9]+ timeouts never, never\$" err
has line_of_a_fault_message "$when [0-9]+ cat [0-9a-f]+ ipc [0-9a-f]+ -> [0-9a-f]+ hvm label 0xffe[0-7] words 2 typed 0 timeouts never, never\$" err
has line_of_an_answer "$when -1 hvm [0-9a-f]+ ipc [0-9a-f]+ -> [0-9a-f]+ cat label 0x0 words 0 typed 2 timeouts 0, never\$" err
has line_of_a_thread_that_gets_on "$when [0-9]+ cat [0-9a-f]+ sched [0-9a-f]+ (-> [0-9a-f]+|woken,) priority [0-9]+\$" err

lp --trace 9p,everything -c true >out 2>err
status unknown_class_is_bad_usage 2 $?
same unknown_class_is_named "$tool: --trace: no trace class \"everything\"; there are 9p syscall ipc pager sched, all and none" "$(cat err)"
lp --trace-file /nowhere/x.json -c true >out 2>err
status file_that_cant_be_made_is_bad_usage 2 $?
same file_that_cant_be_made_is_named "$tool: --trace-file: /nowhere/x.json: No such file or directory" "$(cat err)"

# ---- while it runs ----
cat >on.rc <<'X'
echo on syscall >/dev/tracectl
ls /tmp >/dev/null
echo off >/dev/tracectl
echo traced
cat /dev/trace
echo again
echo on 9p >/dev/tracectl; cat /dev/tracectl
cat /tmp/nope >[2]/dev/null
echo off 9p >/dev/tracectl
cat /dev/trace | grep -c ' 9p -> '
X
lp on.rc >out 2>err
sed -n '/^traced/,/^again/p' out >lines
has trace_file_has_lines "$when [0-9]+ ls clerk[0-9]+ syscall open\(\"/tmp\", 0\) = " lines
lacks switched_off_is_off "$when .* echo .*traced" lines
has ctl_tells_what_is_on '^on 9p$' out
same standard_error_is_quiet_without_the_option '' "$(cat err)"
lp -c 'echo on nothing >/dev/tracectl; echo blah >/dev/tracectl; echo snap 0 >/dev/tracectl; echo trace no >/proc/1/ctl; echo pid 999 9p >/dev/tracectl; true' >out 2>err
same bad_control_is_told '5 1 1 1 1' "$(wc -l <err | tr -d ' ') $(grep -c 'no trace class "nothing"' err) $(grep -c "'blah' is none of off on pid snap" err) $(grep -c 'want a number from 1' err) $(grep -c 'pid 999: process exited' err)"

# ---- one process, and its children ----
cat >one.rc <<'X'
rc -c 'echo trace syscall >/proc/$pid/ctl; cat /dev/tracectl | grep pid >/tmp/who; ls /env >/dev/null' &
wait
date >/dev/null
cat /tmp/who
cat /dev/trace
X
lp one.rc >out 2>err
has child_of_a_traced_process_is_traced "$when [0-9]+ ls clerk[0-9]+ syscall open\(\"/env\"" out
lacks others_are_not_traced "$when [0-9]+ date " out
has ctl_tells_who_is_traced '^pid [0-9]+ syscall # (rc|cat|grep)' out

lp --trace none -c 'echo pid $pid ipc >/dev/tracectl; sleep 0.1; cat /env/user; echo pid $pid off >/dev/tracectl; sleep 0.1; date' >out 2>err
has kernels_lines_of_one_process "$when [0-9]+ cat [0-9a-f]+ ipc [0-9a-f]+ -> [0-9a-f]+ core " err
lacks kernels_lines_of_others " date [0-9a-f]+ ipc |sched" err

# ---- readers of the trace ----
cat >readers.rc <<'X'
echo on 9p,syscall >/dev/tracectl
for(i in 1 2 3) cat /dev/trace >/tmp/t$i &
cat /dev/trace | grep open >/tmp/t4 &
for(i in `{seq 1 20}) ls /tmp >/dev/null
cat /dev/trace >/dev/null & id=$apid
sleep 0.2
echo kill >/proc/$id/note
sleep 0.2
if(test -d /proc/$id) echo the reader stays
echo off >/dev/tracectl
wait
for(i in 1 2 3 4) {echo $i `{grep -c 'ls .* syscall open\("/tmp"' /tmp/t$i}}
cat /tmp/t^(1 2 3 4) | grep ' (cat|grep) clerk.* syscall (pwrite|pread)' | sed 40q
X
lp readers.rc >out 2>err
same each_reader_gets_all_and_a_note_ends_one '1 20
2 20
3 20
4 20' "$(grep '^[0-9] ' out; grep stays out)"
lacks readers_are_not_traced ' cat clerk[0-9]* syscall pread\(.*/dev/trace| cat clerk[0-9]* syscall pwrite\(1' out

# ---- flood: all classes, everything at work ----
lp --trace all --trace-file flood.txt -c 'for(i in `{seq 1 8}) {{for(j in `{seq 1 10}) ls /dev | cat | grep -c a >/dev/null} &}; wait; echo all' >out 2>err
same flood_stops_nothing all "$(cat out)"
lines=$(grep -Eac "$when " flood.txt)
[ "$lines" -gt 2000 ] && ok flood_is_written || notok flood_is_written "$lines lines" "$(tail -n 5 flood.txt)"
lost_told() {
	lost=$(awk '/ trace [0-9]+ records lost$/ {n += $(NF - 2)} END {print n + 0}' "$1")
	same "$2" "$lost" "$(sed -n 's/.*: trace: \([0-9]*\) records were lost.*/\1/p' err | grep . || echo 0)"
}
lost_told flood.txt lost_records_of_a_flood_are_told
if ! on_qemu; then # the reader sleeps while the node goes on
	"$LP49" --timeout 60 --trace syscall --trace-file lost.txt -c 'echo ready; /bin/tests/bench_call >/dev/null; echo done' >out 2>err & run=$!
	until grep -q ready out; do sleep 0.1; done
	kill -STOP $run
	sleep 3
	kill -CONT $run
	wait $run
	same node_goes_on_without_a_reader "ready done" "$(echo $(cat out))"
	lost_told lost.txt lost_records_are_told
	[ "$lost" -gt 0 ] && ok some_were_lost || notok some_were_lost "none was"
fi

# ---- files: a time line, a capture ----
head -c 200000 /dev/urandom >big
mcopy -i fat.img big ::big
lp --disk fat.img --trace 9p,syscall,pager --trace-file t.json --trace-file t.pcapng --trace-file t.txt \
    -c "$mountc; cat /c/in.txt; cat /c/big >/c/copy; ls -l /c >/dev/null; mkdir /c/d; rm /c/copy; cat /c/nope >[2]/dev/null; true" >out 2>err
same files_leave_the_streams_alone 'twenty bytes of text' "$(cat out err)"
pl pcapng t.pcapng >got 2>&1
sed -n 's/.* 9p \([-<][->] link.*\)/\1/p' t.txt | perl -pe 's/([\x80-\xff])/sprintf("\\x%02x", ord $1)/ge' >want
if [ "$(wc -l <want)" -gt 40 ] && cmp -s got want; then
	ok capture_has_what_the_lines_say
else
	notok capture_has_what_the_lines_say "$(diff want got | head -n 10)"
fi
if command -v tshark >/dev/null 2>&1; then
	same wireshark_knows_each_message "$(wc -l <want)" "$(tshark -r t.pcapng -Y 9p 2>/dev/null | wc -l)"
	same wireshark_finds_nothing_wrong '' "$(tshark -r t.pcapng -Y '_ws.malformed || tcp.analysis.flags' 2>/dev/null)"
else
	skip wireshark_knows_each_message "tshark is not installed"
fi
if perl -MJSON::PP -e 1 2>/dev/null; then
	timeline() {
		got=$(pl "$@" 2>&1)
		status "$name" 0 $?
		case $got in *'are in order') ;; *) printf '%s\n' "$got" ;; esac
	}
	name=one_read_crosses_all_stations timeline json t.json '^pread$' '^pread for cat$' '^pread for cat$' '^#M Tread ' '^Tread tag' \
	    '^pread$' '^pread for dosfs$' '^pread for dosfs$' '^disk sdC0 read' '^pread$'
	# names are the users': still it is UTF-8
	lp --trace-file names.json -c 'cp /bin/ls /tmp/ääääääääääää; cp /bin/ls /tmp/"a\b; /tmp/ääääääääääää / >/dev/null; /tmp/"a\b / >/dev/null' >out 2>err
	name=file_is_utf8_whatever_a_program_is_called timeline json names.json '^open$' '^open for ää' '^open$'
	grep -q '"a\\\\b' names.json && ok quotes_in_names_are_escaped || notok quotes_in_names_are_escaped "$(cat err)"
	# a system that is killed, one that dies of itself: what was traced until then is whole
	SECONDS_MAX=4 lp --trace-file cut.json -c 'for(i in `{seq 1 1000}) {ls /; sleep 0.05}' >out 2>err
	status time_ran_out 124 $?
	name=file_of_a_killed_system_is_whole timeline json cut.json '^open$' '^open for ls$'
	if ! on_qemu; then
		lp --name dies$$ --trace-file dead.json -c 'ls /; sleep 100' >out 2>err & run=$!
		until grep -q proc out; do sleep 0.1; done
		sleep 0.3
		kill -9 $(ps -eo pid=,args= | sed -n "s/^ *\([0-9]*\) lp49: dies$$\/core\$/\1/p")
		wait $run
		status core_was_killed 3 $?
		name=file_of_a_crashed_system_is_whole timeline json dead.json '^open$' '^open for ls$'
	fi
	# what writes the file is killed itself: slices are open, but it can be read
	"$LP49" $LP49FLAGS --timeout 60 --trace-file gone.json -c 'ls /; sleep 100' >out 2>err & run=$!
	until grep -q proc out; do sleep 0.1; done
	sleep 0.5
	kill -9 $run
	wait $run 2>/dev/null
	name=file_of_a_killed_writer_can_be_read timeline cut gone.json '^open$' '^open for ls$'
else
	skip one_read_crosses_all_stations "perl has no JSON::PP"
fi
same nothing_left_behind "" "$(left_behind)"
