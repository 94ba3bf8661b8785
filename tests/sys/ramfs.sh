# ramfs -p: nobody reads the memory in which its files lie.
. "$TOP/tests/sys/lib.sh"

cat >p.rc <<'RC'
mkdir /tmp/m
ramfs $* -m /tmp/m || exit start
echo secret >/tmp/m/f
cat /tmp/m/f
x=`{ps | grep ramfs | tail -n 1}
{true} <[3]/proc/$x(2)^/mem && echo its memory can be opened
true
RC
lp p.rc >out 2>err
same memory_can_be_opened "secret
its memory can be opened" "$(cat out)"
lp p.rc -p >out 2>err
same private_ramfs_serves_and_hides secret "$(cat out)"
grep -q 'memory is private: permission denied' err && ok the_reason_says_so || notok the_reason_says_so "$(cat err)"
