#!/usr/bin/perl
# cases.pl - tests/rc/*.cases on a whole LP49, all in one run of it.
# usage: cases.pl MACHINE FILE ...	("ok", "not ok" lines; MACHINE: lp49sim …)
# A case is a script, run as ./s.rc with the arguments a1 'a 2' a3 in an empty
# folder, and what must come of it:
#	%%
#	the script
#	%=
#	standard output
#	%!		(left out when there is none)
#	standard error; * alone: any
#	%. ok		(or failed: whether its status is "")
# Newlines at the end of the outputs don't count. tests/unit/rc_scripts.c runs
# the same on the host, and those of host/*.cases, which name Linux's programs.
use strict;
use warnings;

sub cases {
	my ($file) = @_;
	my (@cases, $part);

	open(my $f, '<', $file) or die "cases.pl: $file: $!\n";
	while (my $line = <$f>) {
		if ($line eq "%%\n") {
			push @cases, { script => '', out => '', err => '', line => $. };
			$part = 'script';
		} elsif ($line eq "%=\n") {
			$part = 'out';
		} elsif ($line eq "%!\n") {
			$part = 'err';
		} elsif ($line =~ /^%\. (ok|failed)\n/) {
			$cases[-1]{end} = $1;
			undef $part;
		} elsif (defined $part) {
			$cases[-1]{$part} .= $line;
		}
	}
	return @cases;
}

sub trim {
	my ($s) = @_;

	$s =~ s/\n+\z//;
	return $s;
}

my $machine = shift;
my $bad = 0;
for my $file (@ARGV) {
	my @cases = cases($file);
	my $script = '';
	my ($name) = $file =~ m{([^/]*)\.cases$};

	for my $i (0 .. $#cases) {
		$script .= "mkdir /tmp/c.$i\ncd /tmp/c.$i\ncat >s.rc <<'%%'\n$cases[$i]{script}%%\n" .
		    "\@{rfork ens; cdpath=() home=/ rc ./s.rc a1 'a 2' a3 </dev/null >/tmp/out >[2]/tmp/err}\n" .
		    "if(~ \$status '') st=ok\nif not st=failed\n" .
		    "echo '%='$i; cat /tmp/out; echo; echo '%!'$i; cat /tmp/err; echo; echo '%.'$i \$st\n";
	}
	open(my $f, '>', "driver.rc") or die;
	print $f $script;
	close $f;
	my $out = `$machine --timeout 280 driver.rc 2>driver.err </dev/null`;
	for my $i (0 .. $#cases) {
		my $c = $cases[$i];
		my ($o, $e, $end) = $out =~ /^%=$i\n(.*?)^%!$i\n(.*?)^%\.$i (ok|failed)\n/ms;
		my $got = defined $end ? "$o%!\n$e%. $end\n" : "nothing\n";

		if (defined $end && trim($o) eq trim($c->{out}) && ($c->{err} eq "*\n" || trim($e) eq trim($c->{err})) &&
		    $end eq $c->{end}) {
			print "ok $name:$c->{line}\n";
			next;
		}
		print "not ok $name:$c->{line}\n$c->{script}wanted:\n$c->{out}%!\n$c->{err}%. $c->{end}\ngot:\n$got";
		$bad = 1;
	}
}
exit $bad;
