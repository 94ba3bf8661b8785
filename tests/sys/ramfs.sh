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

# memory runs out: the writer is told, what is there stays, the server lives
cat >fill.rc <<'RC'
seq 2000 >$1/keep
seq 20000 >$1/piece
@{ for(i in `{seq 400}) { cp $1/piece $1/more$i || exit full } } && exit 'never full'
seq 2000 | cmp - $1/keep || exit 'lost'
rm $1/more* || exit rm
cp $1/piece $1/again && cmp $1/piece $1/again || exit 'no room after rm'
echo all there
RC
full='file system full'
for mem in 24M 32M; do
	lp --mem $mem fill.rc /tmp >out 2>err
	same fill_$mem "0 all there" "$? $(cat out)"
	grep -q "$full" err && ok fill_${mem}_is_said || notok fill_${mem}_is_said "$(head -5 err)"
done
cat >limit.rc <<'RC'
mkdir /tmp/m && ramfs -l 1M -m /tmp/m || exit start
. fill.rc /tmp/m
n=1
while(echo >/tmp/m/empty$#n) n=($n x)
test $#n -gt 20 && test $#n -lt 65 || exit 'files without end: ' ^ $#n
RC
sed 's,\$1,/tmp/m,g' fill.rc >body
{ sed -n 1p limit.rc; cat body; sed -n '3,$p' limit.rc; } >l.rc
lp l.rc >out 2>err
same limit "0 all there" "$? $(cat out)"
grep -v "$full" err | grep -v '^full$' >other
same limit_is_said "" "$(cat other)"
same limit_bad 'ramfs: -l: want a size such as 64M, not "x"' "$(lp -c 'ramfs -l x' 2>&1 | head -1)"
# a program takes everything: /tmp's server goes on
lp --mem 32M -c 'seq 2000 >/tmp/keep; /bin/tests/memory >/dev/null; cp /tmp/keep /tmp/more && seq 2000 | cmp - /tmp/more && echo there' >out 2>err
same after_a_hog there "$(cat out)"
