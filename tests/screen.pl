#!/usr/bin/perl
# tests/screen.pl - what is written on a screen of pixels, read with the fonts it was
# written with: each cell of 8 by 16 (wide ones 16) must be a glyph, whatever its colours.
# usage: screen.pl DUMP.ppm FONT.psfu.gz [FONT.pf2]
# Prints the rows as UTF-8, without blanks at their ends; a cell that is no glyph is ¿.
use strict;
use warnings;

my ($dump, $psf, $pf2) = @ARGV;
my %rune = ("\0" x 16 => 32);
binmode STDOUT, ":utf8";

sub slurp { open(my $f, "-|", @_) or die "@_: $!\n"; local $/; binmode $f; return scalar <$f> }

# PSF 1: the glyphs, then for each its code points, up to FFFF
my $font = slurp("gzip", "-dc", $psf);
my @points = unpack("v*", substr($font, 4 + 512 * 16));
for my $g (0 .. 511) {
	while (@points && (my $r = shift @points) != 0xFFFF) {
		$rune{substr($font, 4 + $g * 16, 16)} //= $r;
	}
}
# PF2: CHIX has code point, flags, offset; a glyph its box and its bits
if (defined $pf2) {
	my $f = slurp("cat", $pf2);
	my $at = index($f, "CHIX");
	my $ascent = unpack("n", substr($f, index($f, "ASCE") + 8, 2));
	for my $i (0 .. unpack("N", substr($f, $at + 4, 4)) / 9 - 1) {
		my ($r, undef, $o) = unpack("NCN", substr($f, $at + 8 + 9 * $i, 9));
		my ($w, $h, $x, $y) = unpack("nns>s>", substr($f, $o, 8));
		my $bits = unpack("B*", substr($f, $o + 10, ($w * $h + 7) / 8));
		my @row = ("0" x 16) x 16;
		substr($row[$ascent - $y - $h + $_], $x, $w) = substr($bits, $_ * $w, $w) for 0 .. $h - 1;
		my ($left, $right) = map { my $half = $_; join "", map { pack "B8", substr($_, $half, 8) } @row } 0, 8;
		$rune{$x + $w > 8 ? $left . $right : $left} //= $r;
	}
}
my $ppm = slurp("cat", $dump);
$ppm =~ s/^P6\s+(\d+)\s+(\d+)\s+255\s//s or die "$dump: no PPM\n";
my ($width, $height) = ($1, $2);
# a cell's bits, and the same with the colours the other way round
sub cell {
	my ($x, $y) = @_;
	my @row = map { substr($ppm, 3 * (($y * 16 + $_) * $width + $x * 8), 24) } 0 .. 15;
	my $paper = substr($row[0], 0, 3);
	my $bits = join "", map { my $r = $_; pack "B8", join "", map { substr($r, 3 * $_, 3) eq $paper ? 0 : 1 } 0 .. 7 } @row;
	return ($bits, ~$bits);
}
for my $y (0 .. int($height / 16) - 1) {
	my $line = "";
	for (my $x = 0; $x < int($width / 8); $x++) {
		my @left = cell($x, $y);
		my ($r) = grep { defined } map { $rune{$_} } @left;
		if (!defined $r && $x + 1 < int($width / 8)) {
			my @right = cell($x + 1, $y);
			($r) = grep { defined } map { $rune{$left[$_] . $right[$_]} } 0, 1;
			$x++ if defined $r;
		}
		$line .= chr($r // 0xBF);
	}
	$line =~ s/ +$//;
	print "$line\n";
}
