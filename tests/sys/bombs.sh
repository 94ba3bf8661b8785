# Fork, memory and thread bombs, a note storm, a pipeline of 200: the system goes
# on, and when they are killed all is as before. BOMB_MS: how long each works.
. "$TOP/tests/sys/lib.sh"

# each count alone: the other end of a pipe, being started, would be counted or not
cat >bombs.rc <<'RC'
fn count {
	for(i in handles spaces procs) hvm $i >/tmp/count.$i
	tail -n 1 /tmp/count.handles
	for(i in spaces procs) sed -n '$=' /tmp/count.$i
}
count >/dev/null
count
/bin/tests/bombs $1 >/tmp/tests
count
cat /tmp/tests
RC
runs="1 2"
[ "$tool" = lp49sim ] || runs=1
for cpus in $runs; do
	SECONDS_MAX=140 lp --cpus $cpus --mem 128M bombs.rc "${BOMB_MS:-700}" >out 2>err; status bombs_leave_the_system_on_$cpus 0 $?
	sed -n '7,$p' out | sed "s/ \([a-z]\)/ on_${cpus}_cpus_\1/"
	same all_is_free_again_on_$cpus "$(sed -n 1,3p out)" "$(sed -n 4,6p out)"
done
