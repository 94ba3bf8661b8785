# tar: trees to GNU tar and back, each format; hostile archives, made by hand, that must
# not write outside; damaged ones, that must be told.
. "$TOP/tests/sys/lib.sh"

# a tree with what is hard: long names, names at the limits, empty files and folders
tree() {
	mkdir -p src/empty "src/é日本 x" src/deep
	long=$(printf '%0100d' 7)
	for n in 98 99 100 101; do printf "$n" >"src/$(printf "%0${n}d" 0)"; done
	mkdir -p "src/$long/$long"; echo long >"src/$long/$long/$long"
	d=src/deep
	for i in 1 2 3 4 5 6 7 8 9; do d=$d/level$i-of-a-deep-tree; mkdir $d; echo $i >$d/file; done
	: >src/none; printf %512s x >src/block; printf %513s x >src/more; seq 20000 >src/big
	echo n >'src/#c'; echo q >"src/it's"; printf 'a\n' >"src/é日本 x/ü"
	chmod 600 src/none; chmod 755 src/block; chmod 444 src/more
	touch -d '1999-12-31 23:59:58 UTC' src/big src/more
}
tree
list() {
	(cd $1 && find . -type f -exec sh -c 'for f; do stat -c "%a %s %Y %n" "$f"; cksum <"$f"; done' sh {} + | sort)
}
mkdir back
for format in ustar gnu pax v7; do
	part=src
	case $format in # what those can't hold
	ustar | v7) rm -rf part; cp -a src part; rm -rf part/00*; [ $format = ustar ] || rm -rf part/deep; part=part ;;
	esac
	tar --format=$format -cf in.tar -C $part . || notok "made_$format"
	rm -rf back/*
	lp -c 'mkdir /tmp/d; cd /tmp/d; tar xT && tar c .' <in.tar >out.tar 2>err
	tar -xpf out.tar -C back 2>>err
	same "there_and_back_$format" "$(list $part)" "$(list back)"
	same "says_nothing_$format" "" "$(cat err)"
done
lp -c 'tar t' <in.tar >out; tar -tf in.tar >want; same lists_names "$(cat want)" "$(cat out)"
lp -c 'mkdir /tmp/d; cd /tmp/d; tar x; echo new >new; tar cf /tmp/a.tar block none; tar rf /tmp/a.tar new; tar kxf /tmp/a.tar; cat /tmp/a.tar' <in.tar >out.tar 2>err
same appends "block none new" "$(echo $(tar -tf out.tar))"
same keeps_what_is_there 3 "$(grep -c 'exists already' err)"
ln src/big src/hard; ln -s big src/soft
tar -cf in.tar -C src big hard soft
lp -c 'cd /tmp; tar x; cmp big hard; ls; tar cf a.tar a.tar big; tar tf a.tar' <in.tar >out 2>err
same hard_links_are_copies "big big hard" "$(echo $(sed 's,^/tmp/,,' out | sort))"
same left_out_is_told "tar: soft: a symbolic link: left out
tar: a.tar is the archive itself: left out" "$(cat err)"

cat >hostile.rc <<'EOF'
mkdir /tmp/d; echo safe >/tmp/victim; cd /tmp/d
tar x
s=$status
cd /; cat /tmp/victim
du -n /tmp /env | sed 's/.*	//' | grep '^/tmp/.?/?[^/]*$|evil' | sed '/victim$/d' | sort
~ $s '' || echo told
EOF
# hostile: perl writes what no tar would
hostile() {
	perl - "$@" <<'EOF' >bad.tar
my ($name, $type, $data, $size) = @ARGV; $size = length $data unless defined $size;
$name =~ s/\\0/\0/g;
sub head { my ($n, $t, $size, $sum) = @_;
	my $h = pack('a100a8a8a8a12a12a8a1a100a6a2a32a32a8a8a155a12', $n, '0000644', '0000000', '0000000',
	    $size, '00000000000', ' ' x 8, $t, 'victim', "ustar\0", '00', 'glenda', 'glenda', '', '', '', '');
	substr($h, 148, 8) = sprintf("%06o\0 ", $sum // unpack('%32C*', $h)); $h }
print head($name, $type, $size =~ /^\d/ ? sprintf('%011o', $size) : pack('H*', substr($size, 1)), $ENV{SUM}), $data, "\0" x (-length($data) % 512);
print head('after', '0', sprintf('%011o', 2)), "ok", "\0" x 510, "\0" x 1024;
EOF
	lp hostile.rc <bad.tar >out 2>err
}
# inside NAME: nothing but "after" is there, and it was told
inside() {
	same "$1" "$(printf 'safe\n/tmp/d\n/tmp/d/after\ntold')" "$(cat out)"
}
hostile ../victim 0 evil; inside dotdot_is_left_out
hostile a/../../victim 0 evil; inside dotdot_in_the_middle
hostile .. 0 evil; inside dotdot_alone
hostile ../evil/ 5 ''; inside dotdot_folder
hostile '' 0 evil; inside no_name
hostile / 0 evil; inside only_a_slash
hostile x 1 ''; inside link_to_nothing
hostile /tmp/victim 0 evil; same absolute_names_go_below "$(printf 'safe\n/tmp/d\n/tmp/d/after')" "$(sed '/tmp.victim/d;/^\/tmp\/d\/tmp/d' out)"
hostile '#e/evil' 0 evil; same no_device_by_name "$(printf 'safe\n/tmp/d\n/tmp/d/#e\n/tmp/d/#e/evil\n/tmp/d/after')" "$(cat out)"
hostile x L ../victim; same long_name_with_dotdot "$(printf 'safe\n/tmp/d\ntold')" "$(cat out)"
hostile x x '18 path=../victim
'; same pax_name_with_dotdot "$(printf 'safe\n/tmp/d\ntold')" "$(cat out)"
for r in '99 path=x
' '3 path=x
' 'path=x
' '9 pathx
' '18446744073709551615 path=x
' '14 size=99999
' '31 size=99999999999999999999999
'; do hostile x x "$r"; grep -q told out && ok malformed_pax_is_told || notok malformed_pax_is_told "$r" "$(cat out err)"; done
damaged() { # NAME MESSAGE
	grep -q told out && grep -q -- "$2" err && ok "$1" || notok "$1" "$(cat out err)"
}
hostile big 0 x 68719476735; damaged huge_size 'unexpected end'
hostile big 0 x Xffffffffffffffffffffffff; damaged negative_size 'bad number'
hostile big 0 x X80ffffffffffffffffffffff; damaged size_beyond_64_bits 'bad number'
hostile big L x 8589934591; damaged huge_long_name 'more than'
SUM=1; export SUM; hostile x 0 x; unset SUM; damaged bad_checksum 'bad checksum'
tar -cf in.tar -C src big
on_qemu && exit # the same code as on the simulator: the word size has been tried
for n in 100 700 1024 50000; do
	head -c $n in.tar | lp -c 'cd /tmp; tar x || echo told' >out 2>err; damaged "cut_at_$n" 'unexpected end'
done
head -c 5000 /dev/urandom | lp -c 'cd /tmp; tar x || echo told' >out 2>err; damaged noise 'tar: '
(head -c 512 /dev/urandom; cat in.tar) | lp -c 'cd /tmp; tar xs; wc -l big' >out 2>err
same resync "20000 big" "$(echo $(cat out))"
lp -c 'ramfs -l 60k -m /mnt; cd /mnt; tar x; ~ $status ?* && echo told; true' <in.tar >out 2>err; damaged full_file_system 'file system full'
lp -c 'tar c /bin >/dev/full; ~ $status ?* && echo told; true' >out 2>err; damaged full_output 'error writing'
