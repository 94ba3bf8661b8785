# gdb on a running node: symbols of each space, a breakpoint in CORE, and
# the simulator's kernel under each thread.
. "$TOP/tests/sys/lib.sh"
if on_qemu; then
	skip gdb "QEMU's gdb stub: not yet"
	exit 0
fi
if ! command -v gdb >/dev/null 2>&1; then
	echo "ok gdb_is_not_installed_so_skipped"
	exit 0
fi
name=gdb$$
mkfs.fat -C a.img 1440 >/dev/null
echo 'read me' | mcopy -i a.img - ::f
cat >cmds <<E
lp49-attach $name
lp49-spaces
python
for i in gdb.inferiors():
    if i.pid and space_of(i.pid)[1] == "rc":
        gdb.execute("inferior %d" % i.num, to_string=True)
        gdb.execute("thread apply all bt")
end
break chan_read
shell touch set
lp49-continue
bt
delete
E
# the read begins when gdb has set its breakpoints and a line comes from here
mkfifo go
"$LP49" --timeout 60 --name "$name" --disk a.img -c 'mount /srv/dos /c /dev/sdC0/dos
echo ready; read=`{sed 1q}; cat /c/f' <go >out 2>err & sim=$!
exec 3>go
await() {
	n=0
	until "$@" || [ $n -ge 300 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}
await grep -qs ready out
timeout 50 gdb -q -batch -x "$B/lp49.gdb" -x cmds >gdb.out 2>&1 </dev/null 3>&- & gdb=$!
await [ -e set ]
echo >&3
exec 3>&-
wait $gdb
if grep -q 'Operation not permitted' gdb.out; then
	echo "ok gdb_may_not_attach_here_so_skipped"
	kill $sim
	exit 0
fi
wait $sim
status the_node_goes_on 0 $?
same the_read_is_done "ready
read me" "$(cat out)"
grep -q "$name/dosfs" gdb.out && ok spaces_are_named || notok spaces_are_named "$(tail -n 20 gdb.out)"
grep -q '^#1 .*ipc_wait (' gdb.out && ok threads_wait_in_the_kernel || notok threads_wait_in_the_kernel "$(grep '^#' gdb.out)"
# out of the kernel, through the stubs, to where the program began
frames() {
	awk '/ ipc_wait \(/ {k = 1} /^$/ {k = 0} k && / L4_Call \(/ {k = 2} k == 2 && / main \(/ {print "whole"; exit}' gdb.out
}
same backtraces_go_on_in_the_program whole "$(frames)"
grep -q '^#0 .*chan_read (c=' gdb.out && ok break_in_core || notok break_in_core "$(tail -n 20 gdb.out)"
