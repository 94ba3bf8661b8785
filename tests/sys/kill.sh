# What happens from outside: a server killed while it is being read, the machine
# killed, a hundred runs in a row.
. "$TOP/tests/sys/lib.sh"

rm -f x.img; mkfs.fat -C -F 16 x.img 32768 >/dev/null
head -c 8000000 /dev/urandom >big
mcopy -i x.img big ::big
# the host's process of a server: ps shows it as "lp49: NODE/NAME"
space_pid() {
	for p in /proc/[0-9]*; do
		tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q "^lp49: $1/$2" && echo "${p#/proc/}"
	done | head -n 1
}
# an argument: dosfs is killed from inside
cat >k.rc <<'RC'
if(~ $#* 1) { sleep 2; kill dosfs | rc } &
mount -ac /srv/dos /c /dev/sdC0/dos
while() {
	if(! cat /c/big >/dev/null) {
		echo reader got an error
		while(test -e /srv/dos) rm /srv/dos
		dosfs
		unmount /c
		mount -ac /srv/dos /c /dev/sdC0/dos
		cat /c/big
		exit
	}
}
RC
inside=
on_qemu && inside=inside
lp --name killtest --disk x.img k.rc $inside >out 2>err & sim=$!
if on_qemu; then
	skip server_is_visible_on_the_host "a server of the PC is no process of the host"
else
	sleep 2
	server=$(space_pid killtest dosfs)
	[ -n "$server" ] && ok server_is_visible_on_the_host || notok server_is_visible_on_the_host "$(ps ax)"
	[ -n "$server" ] && kill -KILL "$server"
fi
wait $sim; status killed_server_system_goes_on 0 $?
{ echo "reader got an error"; cat big; } >want
cmp want out && ok reader_errors_and_server_restarts || notok reader_errors_and_server_restarts "$(head -c 300 err)"

# the machine killed: nothing remains
"$LP49" --timeout 60 -c 'sleep 60' & sim=$!
sleep 1
kill -KILL $sim
wait $sim 2>/dev/null
sleep 1
same nothing_remains_after_kill "" "$(left_behind)"
"$LP49" --timeout 60 -c 'sleep 60' & sim=$!
sleep 1
kill -TERM $sim
wait $sim; status terminated 143 $?
same nothing_remains_after_term "" "$(left_behind)"

n=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	for j in 1 2 3 4 5 6 7 8 9 10; do
		lp -c true || n=$((n + 1))
	done
done
status a_hundred_runs 0 $n
same a_hundred_runs_leave_nothing "" "$(left_behind)"
(ulimit -n 256; lp -c 'echo few files' >out); same few_descriptors "few files" "$(cat out)"
