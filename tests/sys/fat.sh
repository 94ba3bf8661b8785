# dosfs on disks that mkfs.fat and mcopy made: read and written through LP49,
# compared from the host byte for byte, fsck.fat finds nothing.
. "$TOP/tests/sys/lib.sh"

M="mount -ac /srv/dos /c /dev/sdC0/dos"
tree() { # folder with a seeded random tree of long names
	rm -rf "$1"
	mkdir -p "$1/Some long folder name/and one below" "$1/Ünïcode ☃"
	echo hello >"$1/README.TXT"
	: >"$1/empty file"
	head -c 1 /dev/urandom >"$1/one.byte"
	head -c 511 /dev/urandom >"$1/just.under"
	head -c 512 /dev/urandom >"$1/a sector.bin"
	head -c 70001 /dev/urandom >"$1/Some long folder name/and one below/a rather long file name, with a comma.data"
	head -c 200000 /dev/urandom >"$1/Ünïcode ☃/日本語のファイル.dat"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo "file $i" >"$1/Some long folder name/longish name number $i.text"
	done
}
# NAME SIZE-IN-KIB MKFS-OPTIONS
one() {
	name=$1 size=$2
	shift 2
	rm -f x.img
	mkfs.fat -C "$@" x.img "$size" >/dev/null || { notok "$name" mkfs; return; }
	tree t
	mcopy -s -i x.img t/* :: || { notok "$name" mcopy; return; }
	# read: every file through LP49
	(cd t && find . -type f | sed 's/^\.//' | sort) >list
	bad=0
	while read -r f; do
		printf "cat '/c%s' >[1=1]\n" "$f"
	done <list >cats
	{ echo "$M"; cat cats; } >read.rc
	lp --disk x.img read.rc >got 2>err || bad=1
	while read -r f; do cat "t$f"; done <list >want
	cmp want got && [ $bad = 0 ] && ok "${name}_read" || notok "${name}_read" "$(cat err)"
	# write: a copy of the tree made by LP49, seen by mtools
	cat >write.rc <<-'RC'
	mount -ac /srv/dos /c /dev/sdC0/dos || exit mount
	mkdir /c/new || exit mkdir
	cp /c/README.TXT '/c/new/A copy with a long name.txt' || exit cp
	cp '/c/Ünïcode ☃/日本語のファイル.dat' /c/new/日本.dat || exit cp
	echo appended >>/c/README.TXT || exit append
	rm '/c/a sector.bin' || exit rm
	mv '/c/one.byte' '/c/another name.byte' || exit mv
	rm -r '/c/Some long folder name' || exit rm
	unmount /c || exit unmount
	RC
	lp --disk x.img write.rc >out 2>err; status "${name}_write" 0 $?
	same "${name}_write_says_nothing" "" "$(cat out err)"
	rm -rf back
	mkdir back
	mcopy -s -i x.img ::/ back >/dev/null 2>&1 || mcopy -s -i x.img '::*' back
	cmp "t/Ünïcode ☃/日本語のファイル.dat" back/new/日本.dat && ok "${name}_copy_is_equal" || notok "${name}_copy_is_equal"
	same "${name}_append" "$(printf 'hello\nappended')" "$(cat back/README.TXT)"
	same "${name}_long_copy" hello "$(cat 'back/new/A copy with a long name.txt')"
	[ ! -e "back/a sector.bin" ] && [ ! -e "back/Some long folder name" ] && ok "${name}_removed" || notok "${name}_removed"
	cmp t/one.byte "back/another name.byte" && ok "${name}_renamed" || notok "${name}_renamed"
	fsck.fat -n x.img >fsck 2>&1; status "${name}_fsck" 0 $?
	grep -qiE 'dirty|differ|free cluster|orphan|wrong' fsck && notok "${name}_fsck_finds_nothing" "$(cat fsck)" || ok "${name}_fsck_finds_nothing"
}
one fat12 1440 -F 12
one fat12_sectors_2 2880 -F 12 -s 2 -r 224
one fat16 16384 -F 16
one fat16_s8 65536 -F 16 -s 8
one fat32 40960 -F 32 -s 1
one fat32_4k 300000 -F 32 -s 8 -S 512
one fat32_one_fat 70000 -F 32 -s 2 -f 1
one fat16_sector_4096 65536 -F 16 -S 4096

# batch reading gives exactly the file's bytes
rm -f x.img
mkfs.fat -C -F 32 x.img 100000 >/dev/null
head -c 20000000 /dev/urandom >big
mcopy -i x.img big ::big
lp --disk x.img -c "$M; cat /c/big" >out; status big_status 0 $?
cmp big out && ok big_file_byte_for_byte || notok big_file_byte_for_byte
lp --disk x.img,ro -c "$M; cp /c/big /c/big2" >out 2>err; status read_only_disk_refuses 1 $?
cmp big out 2>/dev/null; fsck.fat -n x.img >fsck 2>&1; status read_only_fsck 0 $?
same nothing_left_behind "" "$(left_behind)"
