# ed: random scripts give what another ed of Plan 9 gives (9base's), printed and written;
# then what scripts don't show. SEED=n for others.
. "$TOP/tests/sys/lib.sh"
SEED=${SEED:-1}
N=40; on_qemu && N=10
cat >make.pl <<'EOF'
use utf8; binmode STDOUT, ':utf8';
my ($seed, $n) = @ARGV; srand($seed);
sub any { $_[rand @_] }
sub word { join '', map { any('a', 'b', 'c', 'x', ' ', 'é') } 1 .. rand 6 }
sub text { join '', map { word() . "\n" } 1 .. rand 4 }
sub pat { any('a', 'b', 'x*', '[ab]', '(a|b)+', '.', '^a', 'c$', 'é', 'a.b', '(a)(b)', '[^a]', 'x?', '^$', 'a+', '(.*)b', 'ab|x', '\\.', '^', '$', 'zz', '') }
sub addr { any(sub { int rand 10 }, sub { any('.', '$', '2') }, sub { any('+', '-', '+2', '-1', '--', '.+1', '$-2', '^') },
	sub { '/' . pat() . '/' }, sub { '?' . pat() . '?' }, sub { "'" . any('a', 'b') }, sub { '1/' . pat() . '/' })->() }
sub addrs { any(sub { '' }, sub { '' }, sub { addr() }, sub { addr() }, sub { addr() . any(',', ',', ';') . addr() },
	sub { any(',', addr() . ',', ';' . addr(), ',' . addr()) })->() }
sub suffix { any('', '', '', 'p', 'n', 'l') }
sub subst {
	my $d = any('/', '/', '|', ','), my $p = pat(), my $r = any('', 'X', '&&', '[&]', '\\&', 'yy', 'a b', '\\1', 'é', "\\$d");
	$p = '(a)(b)' if $r eq '\\1'; $p =~ tr/|//d if $d eq '|';
	my $g = $p =~ /\^/ ? '' : any('', 'g');  # theirs looks at the line as it is by then
	my $n = $p =~ /^(a|b|\.|\[ab\]|é)$/ ? any('', '2') : '';
	"s$n$d$p$d$r$d$g" . suffix() }
sub command {
	my $k = rand;
	return addrs() . any('a', 'i', 'c') . "\n" . text() . ".\n" if $k < .15;
	return addrs() . any('g', 'v') . '/' . pat() . '/' . any('', 'p', '.d', 's//Z/', 's/a/Q/p', 'm0', 'm$', 't.', 'j', 'n', '-d',
		'.,+1j', 's/x*/-/g', '-1m$', 't0', '+m0', "a\\\nnew\\\n.\\\np", "i\\\nnew", "c\\\nch\\\n.\\\n-p", "p\\\np", "d\\\np",
		"s/a/X\\\\\\\nY/", "s/a/A/\\\ns/b/B/") . "\n" if $k < .3;
	return any("r f2\n", "w\n", "2,3w g\n", "W g\n", "e\n", "E f2\n", "\$r f2\n", "0r f2\n", "1s/a/x\\\ny/\n", "f g\n", "q\n") if $k < .33;
	addrs() . any(sub { any('d', 'j') . suffix() }, sub { any('p', 'n', 'l', 'P', '=', 'u', '', 'z', 'b', 'b-', 'b2', 'b+3n') },
		sub { any('m', 't') . addr() . suffix() }, \&subst, \&subst, sub { 'k' . any('a', 'b') })->() . "\n" }
sub out { open my $f, '>:utf8', shift or die; print $f @_ }
out('f2', "two\nlines\nlast");
for my $i (0 .. $n - 1) {
	out("f$i", map { word() . "\n" } 0 .. rand 8);
	out("s$i", (map { command() } 0 .. rand 25), ",p\nw out\nQ\n");
}
EOF
mkdir in; (cd in && perl ../make.pl $SEED $N)
tar cf in.tar in
cat >run.rc <<EOF
cd /tmp; tar x; cd in; mkdir o
for(i in \`{seq 0 $((N - 1))}){
	cp f\$i f; rm -f g out
	cat s\$i | ed f >o/\$i.o >[2=1]
	if(test -f g) mv g o/\$i.g
	if(test -f out) mv out o/\$i.out
}
tar c o
EOF
lp run.rc <in.tar >out.tar 2>err; tar xf out.tar
bad= i=0
while [ $i -lt $N ]; do
	rm -rf w; mkdir w; cp in/f$i w/f; cp in/f2 w
	(cd w && cat ../in/s$i | timeout 5 /usr/lib/plan9/bin/ed f >o 2>&1)
	if [ $? -ne 124 ]; then # it goes round and round with some
		for x in o g out; do
			[ -e w/$x ] && { cmp -s w/$x o/$i.$x || bad="$bad $i.$x"; }
		done
	fi
	i=$((i + 1))
done
same as_the_other_ed "" "$bad${bad:+, SEED=$SEED}"

# a case: NAME WANT FILE SCRIPT; FILE is f, what is printed comes back
ed_case() {
	printf "$3" >f; printf "$4" >s; tar cf in.tar f s
	same "$1" "$(printf "$2")" "$(lp -c 'cd /tmp; tar x; cat s | ed f >[2=1]' <in.tar)"
}
ed_case nuls_are_dropped '3\nab' 'a\0b\n' 'p\nq\n'
ed_case newline_at_the_end "'\\\\n' appended\n2\n2" 'x' 'w\nq\n'
ed_case bytes_that_are_no_utf8 '3\na\377b'  'a\377\n' 's/$/b/\np\nQ\n'
ed_case wq '2\n3' 'a\n' 's/$/b/\nwq\n'
ed_case join_is_a_change '2\n?' 'a\n' '1j\nq\nq\n'
ed_case nothing_to_delete '0\nhi' '' 'v/x/d\na\nhi\n.\np\nQ\n'
ed_case a_global_is_one_pass '6\nb\nb' 'a\nb\na\n' 'g/a/m$\n1,2g/./s/./b/\n1,2p\nQ\n'
ed_case shell '2\nhi\n!' 'a\n' '!echo hi\nq\n'
ed_case end_of_input '2\n?' 'a\n' 'd\na\nb\n'
ed_case directory '2\n?/\n/' 'a\n' 'E /\nf\nq\n' 2>/dev/null
lp -c 'cd /tmp; ed nofile </dev/null; ed -? ; {echo a; echo x; echo .; echo w} | ed -o | cat; {echo a; echo x; echo .; echo w /dev/full; echo Q} | ed' >out 2>err
same no_file "?nofile" "$(sed 1q out)"
same output_is_for_a_pipe "x" "$(sed -n 2p out)"
same full_disk_is_told "?/dev/full" "$(tail -1 out)"
# long lines, many lines
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "%s", "0123456789"; print "" }' >f
printf '1s/9012/x/g\n1p\nQ\n' >s
tar cf in.tar f s
lp -c 'cd /tmp; tar x; cat s | ed - f' <in.tar >out 2>err
same long_line "$(sed 's/9012/x/g' f | cksum)" "$(cksum <out)"
seq 20000 >f
printf 'g/1$/d\ng/3/s//three/g\nv/three/j\ng/7/t0\n1,5p\n$=\nQ\n' >s
tar cf in.tar f s
lp -c 'cd /tmp; tar x; cat s | ed - f' <in.tar >out 2>err
cat s | /usr/lib/plan9/bin/ed - f >want
same many_lines "$(cat want)" "$(cat out)"
