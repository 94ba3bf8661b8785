#!/usr/bin/perl
# random.pl - random scripts with what another rc makes of them, as cases.
# usage: random.pl RC SEED COUNT >X.cases	(then: cases.pl MACHINE X.cases)
# Left out is what the rc's do differently: here documents in functions, the
# text of $status, what whatis prints. The text of errors is not compared.
use strict;
use warnings;
use File::Temp qw(tempdir);

my ($rc, $seed, $count) = @ARGV;
our $deep = 0;

sub one {
	return $_[int rand @_];
}

sub simple_word {
	return one(qw(a b c abc 1 2 x.c a-b), "'q r'", "''", "'it''s'", "'*'", '$x', '$y', '$z',
	    '$#x', '$#y', '$"x', '$"z', '$x(1)', '$y(2)', '$x(2-)', '$z(1-2)', '$1', '$2', '$*', '$#*', '$i');
}

sub word {
	my $k = rand;

	return simple_word() if $k < .62;
	return simple_word() . '^' . simple_word() if $k < .74;
	return '(' . words() . ')' if $k < .80;
	if ($k < .86 && $deep < 4) {
		local $deep = $deep + 1;
		return '`{' . simple() . '}';
	}
	return '(' . simple_word() . ' ' . simple_word() . ')^(' . simple_word() . ' ' . simple_word() . ')' if $k < .90;
	return one('a', 'x.c', "'q r'", '$x', '$1') . one('$x', "'q'", '$y') if $k < .94;
	return one('f*', '?.c', '[ab]', '*', 'x[~y]', '[a-c]*');
}

sub words {
	return join ' ', map { word() } 1 .. int rand 4;
}

sub pattern {
	return one('a*', '?', '[a-c]', '[~a]', '*', 'abc', "'*'", '$x', "''", '()', '(a b)', '*c', 'a^*', '??*');
}

sub assign {
	return one('x', 'y', 'z') . '=' . word();
}

sub simple {
	my $k = rand;

	return 'echo ' . words() if $k < .55;
	return one('true', 'false', 'shift', 'cd .') if $k < .66;
	return assign() if $k < .80;
	return 'f ' . words() if $k < .84;
	return '{~ ' . word() . ' ' . pattern() . ' ' . pattern() . '}' if $k < .94;
	return 'eval ' . one("echo '\$x'", "'x=1'", 'echo ' . simple_word(), "'{echo a; echo b}'");
}

# a command that may stand where one is wanted
sub closed {
	my $c = command();

	return $c =~ /[\n;]/ ? "{$c}" : $c;
}

sub body {
	return join one('; ', "\n"), map { command() } 1 .. 1 + int rand 3;
}

sub command {
	local $deep = $deep + 1;
	my $k = rand;

	return simple() if $deep > 5 || $k < .35;
	return 'if(' . body() . ') ' . closed() . "\nif not " . closed() if $k < .41;
	return 'for(i in ' . words() . ') ' . closed() if $k < .46;
	return 'for(i) ' . closed() if $k < .49;
	return 'switch(' . word() . "){\ncase " . pattern() . ' ' . pattern() . "\n" . command() . "\ncase " . pattern() .
	    "\n" . command() . "\ncase *\n" . command() . "\n}" if $k < .54;
	return '{' . body() . '}' if $k < .60;
	return '@ {' . body() . '}' if $k < .64;
	return '! ' . closed() if $k < .68;
	return closed() . one(' && ', ' || ') . closed() if $k < .74;
	return '{' . command() . '} | ' . one('cat', '{cat; ' . simple() . '}', 'sed s/a/X/') if $k < .79;
	return assign() . ' ' . closed() if $k < .83;
	return assign() . ' ' . assign() . ' ' . closed() if $k < .86;
	return 'fn f {' . body() . '}' if $k < .90;
	return '{' . simple() . ' >out; cat out}' if $k < .94;
	return '{n=(1 2 3); while(! ~ $#n 0){n=$n(2-); ' . closed() . '}}' if $k < .97;
	return 'x=`{' . body() . '}';
}

my $dir = tempdir(CLEANUP => 1);
srand $seed;
$ENV{PATH} = '/bin:/usr/bin';
for (1 .. $count) {
	my $script = "touch a.c b.c fa fb x; fn f {echo f \$*}\n";

	$script .= command() . "\n" for 1 .. 3 + int rand 6;
	$script .= "echo end \$#x \$#y\n";
	next if $script =~ /=[^\n;{}]*\)[\$'a-z`]/; # x=$y(1)z=...: a = in a word is an error there
	system "rm -rf $dir/w; mkdir $dir/w";
	open(my $f, '>', "$dir/w/s.rc") or die;
	print $f $script;
	close $f;
	my $out = `cd $dir/w && timeout -k 1 10 $rc ./s.rc a1 'a 2' a3 2>$dir/err </dev/null`;
	my $end = $? == 0 ? 'ok' : 'failed';
	die "random.pl: $rc does not end: seed $seed\n$script" if $? >> 8 == 124;
	$out .= "\n" if $out =~ /[^\n]\z/;
	print "%%\n$script%=\n$out%!\n*\n%. $end\n";
}
