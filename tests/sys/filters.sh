# Filters against others' programs on random input: coreutils' where the manual's output
# is theirs, 9base's else. SEED=n for others; what fails names its case.
. "$TOP/tests/sys/lib.sh"
SEED=${SEED:-1}
N=40; on_qemu && N=10
cat >make.pl <<'EOF'
use utf8; use open qw(:std :utf8);
my ($seed, $n) = @ARGV; srand($seed);
sub any { $_[rand @_] }
sub word { any('a', 'b', 'ab', 'c', 'd1', 'é', 'zz', '日本', 'A', 'Zed', '-3', '10', '2.5', 'x.', 'y!') }
sub line { my $s = any(' ', ' ', '  ', "\t"); join $s, map { word() } 0 .. rand 5 }
sub out { open my $f, '>', shift or die; print $f @_ }
sub lines { map { rand() < .3 ? "dup\n" : line() . "\n" } 0 .. rand 15 }
sub table { my $s = shift; my @l = sort { $a->[0] cmp $b->[0] } map { [map { any('a', 'b', 'ab', 'c', 'd') } 0 .. rand 3] } 0 .. rand 10;
	map { join($s, @$_) . "\n" } @l }
open my $ours, '>', 'ours'; open my $theirs, '>', 'theirs';
my $p9 = '/usr/lib/plan9/bin/';
for my $i (0 .. $n - 1) {
	my @l = lines();
	chomp $l[-1] if rand() < .2;
	out("l$i", @l);
	out("p$i", map { any('', '', '', ' ', "\t") . join(any(' ', '  '), map { word() } 0 .. rand 20) . any("\n", "\n", "\n\n") } 0 .. rand 8);
	my $s = any(' ', ' ', ':');
	out("a$i", table($s)); out("b$i", table($s));
	my $j = ($s eq ':' ? '-t: ' : '') . any('', '-a 1 ', '-a 2 ', '-v 1 ', '-a 1 -a 2 -e E -o 0,1.2,2.2,2.3 ', '-o 1.1,2.2 ');
	my $sort = any('', '-r', '-n', '-u', '-nr', '-k 2', '-k 2,2', '-rk 1,1', '-k 2n', "-t a -k 2");
	my ($u, $gu) = @{any(['', ''], ['-d', '-d'], ['-u', '-u'], ['-1', '-f1'], ['+2', '-s2'], ['-1 +1', '-f1 -s1'])};
	my $tr = any("a-c x-z", "-d a-z", "-cs A-Za-z _", "-s ab", "éa b", "a-z A-Z", "-cd 'a-z\n'", "-ds a b", "'a\\142' '\\x41B'");
	$tr .= ' ab' if $tr eq '-s ab';
	my $fmt = any('', '-l 20', '-j -l 15', '-l 40', '-w 5');
	my @p = (["join $j a$i b$i", "join --nocheck-order $j a$i b$i"], ["comm a$i b$i", "comm --nocheck-order a$i b$i"],
		["sort $sort l$i", "sort $sort l$i"], ["uniq $u l$i", "uniq $gu l$i"], ["uniq -c l$i | sed 's/^ *//'", "uniq -c l$i | sed 's/^ *//'"],
		["tr $tr <l$i", "${p9}tr $tr <l$i"], ["fmt $fmt p$i", "${p9}fmt $fmt p$i"], ["freq -r p$i", "${p9}freq -r p$i"],
		["strings l$i | sed 's/^ *[0-4]://'", "${p9}strings l$i | sed 's/^ *[0-4]://'"]);
	for my $k (0 .. $#p) { my $q = $p[$k][0] =~ s/'/''/gr; print $ours "echo '= $q'; $p[$k][0]; echo\n"; print $theirs "cat <<'E'\n= $p[$k][0]\nE\n$p[$k][1]\necho\n" }
}
EOF
mkdir in; (cd in && perl ../make.pl $SEED $N)
tar cf in.tar in
lp -c 'cd /tmp; tar x; cd in; rc ours >[2=1]' <in.tar >out 2>err
(cd in && LC_ALL=C.UTF-8 sh ./theirs) >want 2>&1
sed -i 's/[ 	]*$//' want out # fmt of 9base indents empty lines
one() { awk -v n="= $2 " 'index($0, "= ") == 1 { on = index($0 " ", n) == 1 } on' "$1"; }
for p in join comm sort uniq tr fmt freq strings; do
	one want $p >w; one out $p >o
	[ -s w ] && cmp -s w o && ok "$p" || notok "$p" "SEED=$SEED" "$(diff w o | head -20)"
done

# large numbers, and all there are to 5000
seq 5000 | factor | sed 's/://' | tr ' ' '\n' >want
lp -c 'seq 5000 | factor' | tr -d ' ' | grep . >out
cmp -s want out && ok factor || notok factor "$(diff want out | head)"
awk -v s=$SEED 'BEGIN { srand(s); for (i = 0; i < 50; i++) printf "%d%09d%08d\n", 1 + int(rand() * 18), int(rand() * 1e9), int(rand() * 1e8) }' >numbers
factor <numbers | sed 's/://' | tr ' ' '\n' >want
lp -c factor <numbers | tr -d ' ' | grep . >out
cmp -s want out && ok factor_large || notok factor_large "SEED=$SEED" "$(diff want out | head)"
# digests of every length about a block
i=0; while [ $i -lt 140 ]; do head -c $i "$TOP/README.md" >in/d$i; i=$((i + 1)); done
(cd in && md5sum d* && sha1sum d* && sha256sum d* && sha512sum d*) | sed 's/  /	/' >want
(cd in && tar cf ../in.tar d*)
lp -c 'cd /tmp; tar x; md5sum d*; sha1sum d*; sha1sum -2 256 d*; sha1sum -2 512 d*' <in.tar >out
cmp -s want out && ok digests || notok digests "$(diff want out | head)"

# many operands, output that nobody reads, input that is a folder
lp -c 'cat `{seq 5000 | sed s,.*,/dev/null,} | wc -c; seq 1000000 | sed 1q; for(i in (cat sort uniq tail wc md5sum fmt grep) ) {eval $i x / >[2]/dev/null >/dev/null; ~ $status '''' && echo $i reads a folder}; true' >out 2>err
same many_operands 0 "$(sed -n 1p out | tr -d ' ')"
same nobody_reads 1 "$(sed -n 2p out)"
