# Disks as users have them: seeded random trees on many geometries, partitions,
# two disks, floppies, disks filled to the brim, damaged ones, killed at work;
# compared from the host by mtools and fsck.fat.  SEED=n for other trees.
. "$TOP/tests/sys/lib.sh"
export LC_ALL=C.UTF-8
M="mount -ac /srv/dos /c /dev/sdC0/dos"
SEED=${SEED:-1}

# gen SEED COUNT CLUSTER: lines "d PATH" and "SIZE PATH", parents first. There
# is no ~ in names: mtools 4.0.32 makes bad short names of some with it.
gen() {
	awk -v x="$1" -v count="$2" -v cluster="$3" '
	function rnd(n) { x = x * 16807 % 2147483647; return x % n }
	function name(  n, s, k) {
		n = rnd(8) == 0 ? 100 + rnd(100) : 1 + rnd(rnd(2) ? 8 : 40)
		for (s = ""; n-- > 0;) {
			k = rnd(nletter + (length(s) < 60 ? nwide : 0)) + 1
			s = s (k <= nletter ? letter[k] : wide[k - nletter])
		}
		return rnd(5) == 0 ? s ".txt" : s
	}
	function size(  k) {
		k = rnd(10)
		if (k == 0) return 0
		if (k < 4) return (1 + rnd(3)) * (rnd(2) ? cluster : 512) + rnd(3) - 1
		return k < 9 ? rnd(2000) : rnd(5 * cluster + 9000)
	}
	BEGIN {
		nletter = split("a b c d e f g h X Y Z 0 1 2 _ - # $ ; ( ) { } ! + , = [ ] @ ^ & % ` " q, letter, " ")
		letter[++nletter] = " "; letter[++nletter] = "\047"; letter[++nletter] = "i"
		nwide = split("ü é ñ ☃ 日 本 語 ж λ", wide, " ")
		dir[0] = ""; ndir = 1
		for (i = 0; i < count; i++) {
			p = dir[i < 5 ? 0 : rnd(ndir)]
			n = name()
			gsub(/^ +| +$/, "", n)
			if (n == "" || length(p n) > 400) continue
			p = p == "" ? n : p "/" n
			if (tolower(p) in seen) continue
			seen[tolower(p)] = 1
			if (i % 5 == 1) { dir[ndir++] = p; print "d " p }
			else print size() " " p
		}
	}' </dev/null
}
quoted() { sed "s/'/''/g"; }

# tree SEED COUNT CLUSTER: makes t/ and the list "tree"
tree() {
	gen "$@" >tree
	rm -rf t
	mkdir t
	i=$(($1 * 1000))
	while read -r size path; do
		i=$((i + 1))
		if [ "$size" = d ]; then
			mkdir "t/$path"
		else
			seq $i 99999999 2>/dev/null | head -c "$size" >"t/$path"
		fi
	done <tree
}

fsck_clean() { # NAME IMAGE
	fsck.fat -n "$2" >fsck 2>&1
	same "$1_fsck_finds_nothing" "0 " "$? $(grep -iE 'dirty|differ|free cluster count|orphan|wrong|bad|extend|lost|reclaim' fsck)"
}

# NAME SIZE-IN-KIB COUNT CLUSTER MKFS-OPTIONS
one() {
	name=$1 kib=$2 count=$3 cluster=$4
	shift 4
	tree $((SEED * 100 + kib)) "$count" "$cluster"
	rm -rf x.img back
	mkfs.fat -C "$@" x.img "$kib" >/dev/null && mcopy -s -i x.img t/* :: </dev/null || { notok "${name}_made"; return; }
	{
		echo "$M || exit mount"
		grep -v '^d ' tree | cut -d' ' -f2- | quoted | sed "s/.*/cat '\/c\/&' || exit cat/"
	} >read.rc
	lp --disk x.img read.rc >got 2>err
	status "${name}_read" 0 $?
	grep -v '^d ' tree | cut -d' ' -f2- | while read -r f; do cat "t/$f"; done >want
	cmp want got && ok "${name}_bytes" || notok "${name}_bytes" "$(cat err)"
	# a copy made by LP49; then names, times and contents change
	{
		echo "$M || exit mount"
		echo "mkdir /c/new || exit mkdir"
		quoted <tree | sed "s/^d \(.*\)/mkdir '\/c\/new\/\1' || exit mkdir/; t
			s/^[0-9]* \(.*\)/cp '\/c\/\1' '\/c\/new\/\1' || exit cp/"
		cat <<-'RC'
		mkdir '/c/Emoji 😀🚀' && echo penguin >'/c/Emoji 😀🚀/🐧' || exit emoji
		echo 1 >/c/case && mv /c/case /c/CASE || exit case
		mkdir /c/dir.a && echo 2 >/c/dir.a/f && mv /c/dir.a '/c/Another name of the folder' || exit folder
		seq 1000 >/c/cut && seq 3 >/c/cut && seq 4 5 >>/c/cut || exit cut
		echo 3 >/c/protected && touch -t 1000000000 /c/protected && chmod -w /c/protected || exit chmod
		@{ echo 4 >/c/protected } >[2]/dev/null && exit 'was written'
		rm /c/protected >[2]/dev/null && exit 'was removed'
		echo 5 >/c/gone && mkdir /c/gone.d && rm -r /c/gone /c/gone.d || exit rm
		unmount /c
		RC
	} >write.rc
	lp --disk x.img write.rc >out 2>&1
	same "${name}_write" "0 " "$? $(head -5 out)"
	mkdir back
	mcopy -s -n -i x.img ::new ::CASE ::'Another name of the folder' ::cut ::protected back </dev/null
	diff -r t back/new >d && ok "${name}_copy_is_equal" || notok "${name}_copy_is_equal" "$(head -5 d)"
	same "${name}_changes" "1 2 1 2 3 4 5 3" "$(cat back/CASE back/Another*/f back/cut back/protected | tr '\n' ' ' | sed 's/ $//')"
	same "${name}_attributes" "R" "$(mattrib -i x.img ::protected | tr -cd R)"
	same "${name}_emoji" penguin "$(lp --disk x.img -c "$M; cat '/c/emoji 😀🚀/🐧'" 2>&1)"
	fsck_clean "$name" x.img
}
one fat12 1900 40 512 -F 12 -s 1 -r 512
one fat12_many_fats_4k 30000 40 4096 -F 12 -S 4096 -f 1 -r 512
one fat16_hidden 20000 60 2048 -F 16 -s 4 -h 63 -R 7 -f 2
one fat16_64k_clusters 300000 25 65536 -F 16 -s 128
one fat32 40000 60 512 -F 32 -s 1 -a
one fat32_8k 600000 40 8192 -F 32 -s 16 -R 40

# an MBR with primary and logical partitions: table NTH TYPE START SIZE
byte() { printf '\\%03o' $(($1 & 255)); }
word() { printf "$(byte $1)$(byte $(($1 >> 8)))$(byte $(($1 >> 16)))$(byte $(($1 >> 24)))"; }
entry() {
	{ printf "\0\0\0\0$(byte $3)\0\0\0"; word $4; word $5; } |
		dd of=p.img bs=1 seek=$(($1 * 512 + 446 + 16 * $2)) conv=notrunc status=none
	printf '\125\252' | dd of=p.img bs=1 seek=$(($1 * 512 + 510)) conv=notrunc status=none
}
truncate -s 60M p.img
entry 0 0 6 2048 20000
entry 0 1 12 22048 70000
entry 0 2 5 92048 25000
entry 92048 0 1 52 4000
entry 92048 1 5 10000 10000
entry 102048 0 4 952 9000
entry 0 3 11 117048 99999999
n=0
for part in "12 2048 20000" "32 22048 70000" "12 92100 4000" "16 103000 9000"; do
	set -- $part
	n=$((n + 1))
	truncate -s $(($3 * 512)) one.img
	mkfs.fat -F $1 $([ $1 = 12 ] && echo -s 8 || echo -s 1) -h $2 one.img >/dev/null
	echo "partition $n" >name
	mcopy -i one.img name ::name
	dd if=one.img of=p.img bs=512 seek=$2 conv=notrunc status=none
	rm one.img
done
cat >p.rc <<'RC'
ls -p /dev/sdC0
for(p in dos dos.1 dos.2 dos.3) {
	mount -ac /srv/dos /c /dev/sdC0/$p || exit mount
	cat /c/name
	echo new $p >/c/new
	unmount /c
}
mount -a /srv/dos /c /dev/sdC0/data:22048 && cat /c/new
RC
same partitions "$(echo ctl data dos dos.1 dos.2 dos.3 raw partition 1 partition 2 partition 3 partition 4 new dos.1)" \
	"$(lp --disk p.img p.rc 2>&1 | tr '\n' ' ' | sed 's/ $//')"
for part in "2048 20000" "22048 70000" "92100 4000" "103000 9000"; do
	set -- $part
	dd if=p.img of=one.img bs=512 skip=$1 count=$2 status=none
	mtype -i one.img ::new
	fsck_clean "partition_at_$1" one.img >&2
done 2>fscks >news
same partitions_written "new dos new dos.1 new dos.2 new dos.3" "$(tr '\n' ' ' <news | sed 's/ $//')"
cat fscks

# a GPT as sfdisk makes it, its first copy damaged, both
truncate -s 40M g.img
printf '%s\n' 'label: gpt' 'start=2048, size=4096, type=U' 'start=8192, size=20480, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7' \
	'start=32768, size=8192, type=L' 'start=49152, size=2048, type=L' 'start=57344, size=1000, type=S' | sfdisk -q g.img
truncate -s 10M one.img
mkfs.fat -F 16 -h 8192 one.img >/dev/null
echo gpt >f && mcopy -i one.img f ::f
dd if=one.img of=g.img bs=512 seek=8192 conv=notrunc status=none
parts='part data 0 81920
part esp 2048 6144
part dos 8192 28672
part linux 32768 40960
part linux.1 49152 51200
part linuxswap 57344 58344'
show='cat /dev/sdC0/ctl | grep part; mount -a /srv/dos /c /dev/sdC0/dos && cat /c/f'
same gpt "$parts
gpt" "$(lp --disk g.img -c "$show" 2>&1)"
printf x | dd of=g.img bs=1 seek=540 conv=notrunc status=none
same gpt_from_the_end "$parts
gpt" "$(lp --disk g.img -c "$show" 2>&1)"
printf x | dd of=g.img bs=1 seek=$((81919 * 512 + 20)) conv=notrunc status=none
same gpt_damaged "part data 0 81920
part gpt 1 81920" "$(lp --disk g.img -c 'cat /dev/sdC0/ctl | grep part' 2>&1)"

# two disks, one of them read-only; floppies
mkfs.fat -C a.img 1440 >/dev/null
mkfs.fat -C b.img 720 >/dev/null
echo A >f && mcopy -i a.img f ::f
echo B >f && mcopy -i b.img f ::f
cat >two.rc <<'RC'
mount -ac /srv/dos /c $1 && mount -ac /srv/dos /n $2 || exit mount
cat /c/f /n/f
cp /c/f /n/a >[2]/dev/null && exit 'was written'
cp /n/f /c/$3
RC
same two_disks "A B 0" "$(echo $(lp --disk a.img --disk b.img,ro two.rc /dev/sdC0/dos /dev/sdC1/dos sd 2>&1; echo $?))"
same two_floppies "A B 0" "$(echo $(lp --floppy a.img --floppy b.img,ro two.rc /dev/fd0disk /dev/fd1disk fd 2>&1; echo $?))"
same written_to_both_kinds "B B" "$(echo $(mtype -i a.img ::sd; mtype -i a.img ::fd))"
same floppy_ctl "3½HD 3½DD" "$(echo $(lp --floppy a.img --floppy b.img -c 'cat /dev/fd0ctl /dev/fd1ctl'))"
fsck_clean floppy a.img

# to the brim: the reason is said, nothing is lost
cat >brim.rc <<'RC'
mount -ac /srv/dos /c /dev/sdC0/dos || exit mount
mkdir /c/d
for(i in `{seq 9}) cp /c/big /c/d/$i
@{ for(i in `{seq 99}) { echo $i >/c/d/small$i || exit full } }
cmp /c/big /c/d/1 && cmp /c/big /c/d/2 && rm -r /c/d && cp /c/big /c/again && cmp /c/big /c/again
RC
seq 60000 | head -c 300000 >big
for fat in "12 1440" "16 2100" "32 33600"; do
	set -- $fat
	rm -f x.img
	mkfs.fat -C -F $1 -s 1 x.img $2 >/dev/null
	mcopy -i x.img big ::big
	[ $1 = 32 ] && head -c 32300000 /dev/zero | mcopy -i x.img - ::most
	lp --disk x.img brim.rc >out 2>err
	status fat$1_brim 0 $?
	same fat$1_full_is_said "" "$(grep -v 'file system full' err | head -3)"
	grep -q 'file system full' err && ok fat$1_is_full || notok fat$1_is_full "$(head -3 err)"
	fsck_clean fat$1_brim x.img
done

# killed at work: what was closed 2 s ago or unmounted is there
for how in unmount close; do
	rm -f x.img s
	mkfs.fat -C x.img 2880 >/dev/null
	mcopy -i x.img big ::big
	[ $how = unmount ] && then='unmount /c' || then='{ while(true) cat /c/big >/dev/null } &'
	"$LP49" --disk x.img -c "$M; cp /c/big /c/s; mkdir /c/d; echo hi >/c/d/f; $then; echo ready; sleep 60" >out 2>&1 &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do grep -q ready out && break; sleep .1; done
	[ $how = close ] && sleep 2
	kill -9 $pid
	wait $pid 2>/dev/null
	mcopy -i x.img ::s s && cmp big s && ok killed_after_$how || notok killed_after_$how
	same killed_after_${how}_small hi "$(mtype -i x.img ::d/f)"
	fsck_clean killed_after_$how x.img
done

# damage: errors, no crash, no hang
rm -f x.img
mkfs.fat -C x.img 1440 >/dev/null
tree "$SEED" 15 512
mcopy -s -i x.img t/* :: </dev/null
cat >damage.rc <<'RC'
mount -ac /srv/dos /c /dev/sdC0/data && {
	for(i in /c/* /c/*/*) { cat $i; ls -l $i }
	@{ echo x >/c/x }
	mkdir /c/dir
	rm -r /c/d*
	unmount /c
}
echo alive >[1=2]
RC
for n in 1 2 3 4 5 6 7 8; do
	cp x.img y.img
	awk -v x=$((SEED * 77 + n)) -v n=$n 'BEGIN { for (i = 0; i < 40; i++) {
		x = x * 16807 % 2147483647
		print (n == 1 ? x % 512 : n < 5 ? 512 + x % 300 : 9728 + x % 4000), int(x / 65536) % 256 } }' |
		while read -r at value; do
			printf "$(byte $value)" | dd of=y.img bs=1 seek=$at conv=notrunc status=none
		done
	lp --timeout 20 --disk y.img damage.rc >out 2>err
	[ $? -le 1 ] && [ "$(tail -1 err)" = alive ] && ok damaged_$n || notok damaged_$n "$(tail -5 err)"
done
truncate -s 1000000 x.img
lp --disk x.img -c "$M && exit mounted" 2>&1 | grep -q 'its disk' && ok short_image_is_refused || notok short_image_is_refused
"$LP49" --timeout 20 --disk a.img -c 'echo ready; sleep 3' >out &
pid=$!
for i in 1 2 3 4 5 6 7 8 9; do grep -q ready out && break; sleep .1; done
lp --disk a.img -c 'echo no' >got 2>&1
same image_in_use "2 $tool: a.img: the image is in use by another LP49" "$? $(cat got)"
kill $pid
wait $pid

# a volume has one writer: a second file server is told so, and gets in as soon
# as the first is gone, killed or not
rm -f x.img
mkfs.fat -C x.img 1440 >/dev/null
cat >writers.rc <<'RC'
dosfs second
mount -ac /srv/dos /c /dev/sdC0/dos || exit mount
echo one >/c/one
mount -ac /srv/second /n /dev/sdC0/dos && exit 'two writers'
mount -ac /srv/second /n /dev/sdC0/data && exit 'two writers, data'
mount -ac /srv/dos /n /dev/sdC0/data && exit 'one server, two caches'
@{ echo x >/dev/sdC0/data } && exit 'written past the server'
dosfs -r reader && mount -a /srv/reader /n /dev/sdC0/dos && cat /n/one && unmount /n || exit reader
kill dosfs | sed 1q | rc
mount -ac /srv/second /n /dev/sdC0/dos || exit 'the claim stayed'
cat /n/one
echo two >/n/two
unmount /n
mount -ac /srv/second /n /dev/sdC0/data || exit 'the claim stayed at the unmount'
cat /n/two
RC
lp --disk x.img writers.rc >out 2>err
same one_writer "0 one one two" "$(echo $? $(cat out))"
same one_writer_is_said 4 "$(grep -c 'dos has a writer already; unmount that, or open read-only: device or object already in use' err)"
fsck_clean one_writer x.img
lp --floppy x.img -c 'dosfs second; mount -ac /srv/dos /c /dev/fd0disk && mount -ac /srv/second /n /dev/fd0disk' >out 2>err
same one_writer_floppy "1 1" "$? $(grep -c 'fd0: has a writer already' err)"
same nothing_left_behind "" "$(left_behind)"
