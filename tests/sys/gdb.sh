# gdb on a running node: symbols of each space, where threads wait, a breakpoint in rc,
# one request followed from there to dosfs and back, a breakpoint in CORE. On the
# simulator gdb has the processes, on QEMU the stub of its machine.
. "$TOP/tests/sys/lib.sh"
if ! command -v gdb >/dev/null 2>&1; then
	skip gdb "it is not installed"
	exit 0
fi
name=gdb$$
mkfs.fat -C a.img 1440 >/dev/null
echo 'echo read me' | mcopy -i a.img - ::f
if on_qemu; then
	port=$((10000 + $$ % 50000))
	option=--gdb=$port waits='^#1 .*L4_Ipc ('
	cat >cmds <<-E
	lp49-attach :$port
	lp49-continue
	lp49-spaces
	lp49-bt rc
	lp49-space rc
	E
else
	option='' waits='^#1 .*ipc_wait ('
	cat >cmds <<-E
	lp49-attach $name
	lp49-spaces
	lp49-bt rc
	lp49-space rc
	E
fi
core='lp49-space core'
cat >>cmds <<E
lp49-calls
lp49-ns rc
lp49-threads rc
break open
shell touch set
lp49-continue
bt 1
step9p
bt
step9p
lp49-9p f
step9p
lp49-9p buf
step9p
step9p
step9p
step9p
step9p
bt
step9p
delete
$core
break chan_read if c->servant->dc == 77
lp49-continue
lp49-chan c
bt
delete
detach
E
# the read begins when gdb has set its breakpoints and a line comes from here
mkfifo go
"$LP49" --timeout 60 --name "$name" $option --disk a.img -c 'mount /srv/dos /c /dev/sdC0/dos
echo ready; read=`{sed 1q}; . /c/f' <go >out 2>err & sim=$!
exec 3>go
await() {
	n=0
	until "$@" || [ $n -ge 300 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}
# a shell's background commands are deaf to SIGINT, gdb's ^C
debug() {
	LP49_BUILD=$B timeout 50 env --default-signal=INT gdb -q -batch -x "$B/lp49.gdb" -x cmds >gdb.out 2>&1 </dev/null 3>&- &
	gdb=$!
}
if on_qemu; then
	await grep -qs 'waiting for gdb' err
	debug
	await grep -qs ready out
	kill -INT $(ps -o pid= --ppid $gdb)
else
	await grep -qs ready out
	debug
fi
await [ -e set ]
echo >&3
exec 3>&-
wait $gdb
if grep -q 'Operation not permitted' gdb.out; then
	skip gdb "it may not attach here"
	kill $sim
	exit 0
fi
wait $sim
status the_node_goes_on 0 $?
same the_read_is_done "ready
read me" "$(cat out)"
grep -qE "($name/| )dosfs$" gdb.out && ok spaces_are_named || notok spaces_are_named "$(tail -n 20 gdb.out)"
grep -q "$waits" gdb.out && ok threads_wait_in_the_kernel || notok threads_wait_in_the_kernel "$(grep '^#' gdb.out)"
grep -q '^#0 .*chan_read (c=' gdb.out && ok break_in_core || notok break_in_core "$(tail -n 20 gdb.out)"
step9p() { grep "^step9p: $1" gdb.out | sed 's/0x[0-9a-f]*/X/g; s/tag [0-9]*/tag N/; s/fid [0-9]*/fid N/g; s/[0-9]\{4,\}/N/g'; }
same step9p_follows_one_request 'step9p: CORE: open(X, X, X, X) "/c/f\x00" of rc
step9p: #M sends: Twalk tag N fid N newfid N "f"
step9p: dosfs gets: Twalk tag N fid N newfid N "f"
step9p: CORE: pread(X, X, X, X) of dosfs
step9p: CORE answers: pread = N
step9p: dosfs: pread returns
step9p: dosfs answers: Rwalk tag N (130 N X)
step9p: #M has the answer: Rwalk tag N (130 N X)
step9p: #M sends: Topen tag N fid N mode X' "$(step9p)"
grep -q '^#0 .*open (file=.*"/c/f"' gdb.out && ok break_in_rc || notok break_in_rc "$(tail -n 60 gdb.out)"
same a_message_is_printed 2 "$(grep -c '^Twalk tag [0-9]* fid [0-9]* newfid [0-9]* "f"$' gdb.out)"
grep -q '^ *[0-9]* dosfs  *pread(' gdb.out && ok calls_are_listed || notok calls_are_listed "$(grep pread gdb.out)"
grep -q '^mount #|/data[0-9]* /c /dev/sdC0/dos$' gdb.out && ok a_name_space_is_printed || notok a_name_space_is_printed "$(grep ^mount gdb.out)"
grep -qE '^[0-9a-f]{8,} rec(v|eive) .* rc$' gdb.out && ok ipc_states_are_listed || notok ipc_states_are_listed "$(grep rec gdb.out)"
grep -q '^#M[0-9]* /c/f qid (.*) to read offset' gdb.out && grep -q '^  remote: fid [0-9]* on #| #|/data' gdb.out && ok a_handle_is_printed || notok a_handle_is_printed "$(grep -A1 "^#[A-Z|]" gdb.out)"
# on the simulator: out of its kernel, through the stubs, to where the program began
on_qemu && exit 0
frames() {
	awk '/ ipc_wait \(/ {k = 1} /^$/ {k = 0} k && / L4_Call \(/ {k = 2} k == 2 && / main \(/ {print "whole"; exit}' gdb.out
}
same backtraces_go_on_in_the_program whole "$(frames)"
