# System calls as programs make them, many at once, and processes killed in them.
. "$TOP/tests/sys/lib.sh"

lp -c /bin/tests/calls 2>err

# as many clerks as blocked calls; all are gone again
lp -c 'for(i in `{seq 1 100}) {sleep 60 &}; ps | grep -c sleep; kill sleep | rc; wait; ps | grep -c sleep' >out 2>err
same a_hundred_sleepers_start 100 "$(head -n 1 out)"

lp -c 'for(i in `{seq 1 20}) {{for(j in `{seq 1 10}) echo $i $j | cat | grep -c 1 >/dev/null} &}; wait; echo all' >out 2>err
same pipelines_at_the_same_time all "$(cat out)"

# clerks that retired (every 5 s, a round later for good) and came again serve again
lp -c 'fn readers {for(i in `{seq 1 20}) {cat /proc/$family/wait >/dev/null >[2]/dev/null &}; sleep 1; ps | grep -c cat; kill cat | rc}
rc -c '\''sleep 60; true'\'' & family=$apid
readers; sleep 11; readers; sleep 1; readers; sleep 1; ps | grep -c cat; kill rc sleep | rc' >out 2>err
same clerks_come_again "20 20 20 0" "$(tr '\n' ' ' <out | sed 's/ $//')"

# what of the system a name space may reach: cons(3), chdev
lp -c "echo 'chdev &~ S' >/dev/drivers; ls '#S'; echo 'chdev & cp' >/dev/drivers; cat /dev/drivers; rfork n; ls '#R'
echo 'chdev & cpRS' >/dev/drivers; ls '#S'; mount /srv/tmp /n; echo chdev >/dev/drivers; echo chdev x y >/dev/drivers" >out 2>err
same denied_servants_stay_so "#c cons
#p proc" "$(cat out)"
same denied_servants_say_so "4 2" "$(grep -c 'attach disallowed\|mounting not allowed' err) $(grep -c 'chdev: & LETTERS' err)"

# sysstat counts: calls and page faults rise
lp -c 'fn stat {s=`{cat /dev/sysstat}; echo $s(4) $s(5)}; a=`{stat}; ls / >/dev/null; b=`{stat}
if(test $b(1) -gt $a(1) -a $b(2) -gt $a(2)) echo rise' >out 2>err
same sysstat_counts rise "$(cat out err)"

# nothing stays behind: handles before and after the same work. Counted by one
# program alone, as the other end of a pipe would be starting or not
lp -c 'fn w {echo a | cat >/dev/null; ls /dev >/dev/null; cat /nope >[2]/dev/null}
fn count {hvm handles >/tmp/handles; tail -n 1 /tmp/handles}
count >/dev/null; w; count; for(i in `{seq 1 50}) w; count' >out 2>err
same handles_come_back "$(sed -n 1p out)" "$(sed -n 2p out)"
grep -q handles out && ok handles_are_counted || notok handles_are_counted "$(cat out err)"
