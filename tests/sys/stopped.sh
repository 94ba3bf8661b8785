# Processes of programs stopped from outside: who waits for one goes on, it is killed; else it may go on too.
. "$TOP/tests/sys/lib.sh"
if on_qemu; then
	skip stopped "a program of the PC is no process of the host that could be stopped"
	exit 0
fi
node=stopped$$

ready() {
	n=0
	until grep -qs ready out || [ $n -ge 300 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}
pid_of() {
	ps -eo pid=,args= | sed -n "s/^ *\([0-9]*\) lp49: $node\/$1\$/\1/p" | head -n 1
}

# it takes data or makes a call at any moment: its end needs its process
lp --name $node -c 'cat /dev/zero >/dev/null & echo ready; sleep 2; kill cat | rc; wait; echo went on' >out 2>err & sim=$!
ready
kill -STOP "$(pid_of cat)"
wait $sim
same stopped_program_stops_nobody "ready
went on" "$(cat out)"
same and_it_is_said 1 "$(grep -c 'cat: its process was stopped, and others wait for it: killed' err)"

# nobody waits for a sleeper; nor does it matter when all are stopped
for whom in sleep '.*'; do
	rm -f out
	lp --name $node -c 'echo ready; sleep 4; echo woke' >out 2>err & sim=$!
	ready
	sleep 0.5
	pids=$(ps -eo pid=,args= | sed -n "s/^ *\([0-9]*\) lp49: $node\/$whom\$/\1/p")
	kill -STOP $pids
	sleep 2
	kill -CONT $pids
	wait $sim; status "stopped_$(echo $pids | wc -w)_for_a_while_goes_on" 0 $?
	same "and_says_so" "ready
woke" "$(cat out)"
done

# nothing goes on without these: the node ends, and says why
for whom in root core zygote; do
	rm -f out
	lp --name $node -c 'echo ready; while(true) ls /bin >/dev/null' >out 2>err & sim=$!
	ready
	kill -STOP "$(pid_of $whom)"
	wait $sim; status "node_with_stopped_${whom}_ends" 3 $?
	same "one_line_says_that_${whom}_was_stopped" 1 "$(grep -c 'was stopped' err)"
done
