# Programs killed from outside at any moment: the host's processes of their
# spaces get SIGKILL during load. The system goes on, all they held is free again.
# usage: SEED=n KILLS=n CPUS=n, all have defaults
. "$TOP/tests/sys/lib.sh"
KILLS=${KILLS:-100}
node=storm$$

cat >storm.rc <<'RC'
# each alone: the other end of a pipe, being started, would be counted or not
fn count {
	for(i in handles spaces procs) hvm $i >/tmp/count.$i
	ls '#s' >/tmp/count.srv
	tail -n 1 /tmp/count.handles
	for(i in spaces procs srv) sed -n '$=' /tmp/count.$i
}
count >/dev/null
count
for(j in 1 2 3 4 5 6) {
	while(! test -e /tmp/stop) cat /dev/zero | tee /dev/null | cat >/dev/null &
}
sed 1q >/dev/null
>/tmp/stop
for(i in 1 2 3) {kill cat tee | rc; sleep 1}
wait
rm -f /tmp/stop
sleep 1
count
RC
victims() {
	ps -eo pid=,args= | sed -n "s/^ *\([0-9]*\) lp49: $node\/\(cat\|tee\)\$/\1/p"
}
mkfifo line
SECONDS_MAX=150 lp --cpus "${CPUS:-1}" --name $node storm.rc <line >out 2>err & sim=$!
exec 9>line
killed=0 seed=${SEED:-1} tries=0
while [ $killed -lt "$KILLS" ] && [ $tries -lt 3000 ]; do
	tries=$((tries + 1)) seed=$(((seed * 1103515245 + 12345) % 2147483648))
	set -- $(victims)
	[ $# -gt 0 ] || continue
	shift $((seed / 65536 % $#))
	kill -KILL "$1" 2>/dev/null && killed=$((killed + 1))
done
trap '' PIPE
echo >&9
exec 9>&-
wait $sim; status storm_of_kills_is_survived 0 $?
status programs_killed "$KILLS" $killed
same what_killed_programs_held_is_free "$(sed -n 1,4p out)" "$(sed -n 5,8p out)"
