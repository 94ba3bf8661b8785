# What a user meets: ^C, closed and full files, commands from a pipe, a terminal.
. "$TOP/tests/sys/lib.sh"
SECONDS_MAX=20

# ---- output that can't be written ----
lp -c 'echo hi' 2>err >/dev/full; status full_output_is_a_failure 1 $?
same full_output_says_so "$tool: standard output: no space left on device" "$(cat err)"
lp -c 'seq 3000000' 2>err >/dev/full; status full_output_ends_the_program 1 $?
if on_qemu; then
	skip program_sees_full_output "QEMU's console can't say why the host takes no more"
else
	grep -q '^seq: write error: file system full' err && ok program_sees_full_output || notok program_sees_full_output "$(head -c 300 err)"
fi
lp -c 'echo hi' 2>err >&-; status closed_output_is_a_failure 1 $?
lp -c 'seq 3000000' 2>/dev/null | head -n 1 >out; same reader_leaves 1 "$(cat out)"
same closed_error_output "hi" "$(lp -c 'echo hi' 2>&-)"
lp -c 'cat; echo end' >out <&-; same closed_input "end" "$(cat out)"

# ---- ^C from outside: interrupted NAME WANT COMMAND ----
interrupted() {
	rm -f out
	# a shell's background commands are deaf to SIGINT
	env --default-signal=INT "$LP49" --timeout 20 -c "$3" >out 2>err & sim=$!
	n=0
	until grep -qs ready out || [ $n -ge 100 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	sleep 1 # for the command behind "echo ready" to begin
	kill -INT $sim
	wait $sim
	rc=$?
	same "$1" "$2" "$rc: $(grep -v ready out)"
}
interrupted interrupt_ends_a_sleep "1: " 'echo ready; sleep 30; echo after'
interrupted interrupt_ends_a_busy_loop "1: " 'echo ready; while() true'
interrupted interrupt_ends_a_pipeline "1: " 'echo ready; while() echo y | sed s/y/z/ >/dev/null'
interrupted interrupt_can_be_caught "0: caught after" 'fn sigint {echo -n caught}; echo ready; sleep 30; echo '\'' after'\'

# ---- commands from a pipe, at the prompt ----
same last_line_without_newline "lp49% 2" "$(printf 'seq 1\necho 2' | lp | tr -d '\t' | grep '% 2$')"
same input_that_ends_ends_a_here_document "abc" "$(printf 'cat <<E\nabc\n' | lp | tr -d '\t' | grep '^lp49% abc$' | cut -c7-)"
lines=5000
on_qemu && lines=1000 # rc copies its list for each
same no_line_is_lost "$lines" "$({ yes 'n=($n 1)' | head -n $lines; echo 'echo lines $#n'; } | SECONDS_MAX=60 lp | sed -n 's/.*lines \([0-9]*\)$/\1/p')"

# ---- the least memory that --mem takes is enough to boot ----
least=$(lp --mem 1M -c true 2>&1 | sed -n 's/.*want \([0-9]*M\) to .*/\1/p')
same least_memory_boots "hi" "$(lp --mem "$least" -c 'echo hi' 2>&1)"
