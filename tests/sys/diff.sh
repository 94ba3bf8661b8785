# diff: its scripts are applied by others' patch and by our ed, and give the second file;
# a smallest set of changes is what the host's diff -d finds. SEED=n for others.
. "$TOP/tests/sys/lib.sh"
SEED=${SEED:-1}
cat >make.pl <<'EOF'
my ($seed, $n) = @ARGV; srand($seed);
sub text { my $s = join '', map { "$_\n" } @_; chop $s if rand() < .15; $s }
sub out { open my $f, '>', shift or die; print $f @_ }
mkdir $_ for qw(a b);
for my $i (0 .. $n - 1) {
	my $k = (2, 5, 1000)[rand 3];
	my @a = map { ('', '.', 'x' . int rand $k, 'y' . int rand $k)[rand 4] } 1 .. (0, 1, 3, 10, 50, 300)[rand 6];
	my @b = @a;
	for (1 .. rand 10) {
		my $p = int rand(@b + 1), my $m = int rand 5;
		$m = @b - $p if $m > @b - $p;
		splice @b, $p, $m, map { 'n' . int rand $k } 1 .. rand 5;
	}
	out("a/$i", text(@a)); out("b/$i", text(@b));
}
EOF
N=40; on_qemu && N=10
perl make.pl $SEED $N
cat >run.rc <<EOF
cd /tmp; tar x; mkdir o
for(i in \`{seq 0 $((N - 1))}){
	diff a/\$i b/\$i >o/\$i.n
	diff -u a/\$i b/\$i >o/\$i.u
	diff -e a/\$i b/\$i >o/\$i.e >[2]/dev/null
}
tar c o
EOF
tar cf in.tar a b
lp run.rc <in.tar >out.tar 2>err; tar xf out.tar
bad= long=
i=0
while [ $i -lt $N ]; do
	for k in n u; do
		cp a/$i w
		[ -s o/$i.$k ] && patch -s $(test $k = u && echo -u || echo --normal) w <o/$i.$k >patch.out 2>&1
		touch w; cmp -s w b/$i || bad="$bad $i.$k"
	done
	[ $(grep -c '^[<>]' o/$i.n) -le $(diff -a -d a/$i b/$i | grep -c '^[<>]') ] || long="$long $i"
	i=$((i + 1))
done
same "patch_makes_the_second_file" "" "$bad${bad:+, SEED=$SEED}"
same "no_change_too_many" "" "$long${long:+, SEED=$SEED}"

# two files that have nothing in common, and ten thousand changes
seq 1 20000 >x; seq 30000 50000 >y; seq 1 20000 | sed 's/[05]$/&x/' >z
tar cf in.tar x y z
lp -c "cd /tmp; tar x; diff x y | wc -l; diff x z | grep -c '^[<>]'" <in.tar >out 2>err
same many_changes "40003 8000" "$(echo $(cat out))"
lp -c 'diff /bin/ls /bin/cat; diff /bin/ls /nofile; diff /proc/1/mem /bin/ls; diff /dev/full' >out 2>&1
same trouble_is_told "Binary files /bin/ls and /bin/cat differ
diff: can't stat /nofile: file does not exist
diff: error reading /proc/1/mem: hvm_peek: bad address
usage: diff [-abcefmnruw] file1 ... file2
usage" "$(cat out)"
