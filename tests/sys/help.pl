# help.pl PAGE DIR - what a page of help shows, to be run: DIR/lp49 has the lines that are
# typed in LP49, DIR/host those for the host, which begin with "$ ". A text between .nf
# and .fi is a file of the source tree, whose name stands in bold before it: it is made.
use strict;
use warnings;

my ($page, $dir) = @ARGV;
my ($in, $name, $to) = ('', '');

sub plain {
	my ($s) = @_;
	my %char = (aq => "'", ha => '^', ti => '~', ga => '`', rs => '\\');
	$s =~ s/\\\((..)/$char{$1} \/\/ die "$page: $1"/ge;
	$s =~ s/\\-/-/g;
	$s =~ s/\\&//g;
	$s =~ s/\\e/\\/g;
	return $s;
}
open my $f, '<', $page or die "$page: $!";
open my $lp49, '>', "$dir/lp49" or die;
open my $host, '>', "$dir/host" or die;
while (<$f>) {
	if (/^\.(EX|EE|nf|fi)$/) {
		$in = $1 eq 'EX' || $1 eq 'nf' ? $1 : '';
		if ($in eq 'nf') { open $to, '>', $name or die "$name: $!"; }
		close $to if $to && !$in;
		next;
	}
	$name = $1 while !$in && m{\\fB(\w+/[\w./]+)\\fR}g;
	my $line = plain($_);
	if ($in eq 'nf') { print $to $line; }
	elsif ($in && $line =~ s/^\$ //) { print $host $line; }
	elsif ($in) { print $lp49 $line; }
}
