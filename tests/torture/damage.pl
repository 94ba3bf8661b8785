#!/usr/bin/perl
# tests/torture/damage.pl - damaged FAT disks: bytes of the boot sector, the FAT and
# the directories change, LP49 reads everything, then writes. It may refuse and
# complain; it may not crash or hang, and not write outside of the volume.
# usage: damage.pl LP49SIM SEED ...     "ok N" or "not ok N" for each seed
# SEE fatdisk.pl
use strict;
use warnings;
BEGIN { unshift @INC, $0 =~ m{^(.*)/} ? $1 : '.'; require 'fatdisk.pl' }

our (%node, %disk, $lp49, $size_most);

$size_most = 80e6; # it is read into memory
$lp49 = shift or die "usage: damage.pl LP49SIM SEED ...\n";

use constant { AROUND => 1 << 20, FLIPS => 40, SEARCH => 8 << 20 };

# Where the metadata lies: [offset, length] of the FATs, and of directories.
sub metadata {
	my $image = shift;
	my ($sector, $per, $reserved, $nfat, $nroot) = unpack 'x11 vCvCv', $image;
	my $fat = $sector * (unpack('x22 v', $image) || unpack('x36 V', $image));
	my $root = $sector * $reserved + $nfat * $fat;
	my @dirs = $nroot ? [$root, 32 * $nroot] : [$root, $disk{cluster}];
	my $data = $root + $sector * int((32 * $nroot + $sector - 1) / $sector);
	for (my $at = $data; $at + $disk{cluster} <= length $image && $at < $data + SEARCH; $at += $disk{cluster}) {
		push @dirs, [$at, $disk{cluster}] if substr($image, $at, 11) eq '.          ';
	}
	return ([$sector * $reserved, $fat], @dirs);
}

# What a byte becomes: something near, something far, nothing.
sub worse { pick($_[0] ^ 1 << rand 8, int rand 256, 0, 255) }

# A byte changes, or an entry becomes another one's copy: a loop, or two owners.
sub hurt_once {
	my ($image, $at, $len, $entry) = @_;
	$len = 512 if $len > 512 && rand() < .7; # where there is something
	my ($to, $from) = map { $at + int rand $len } 1, 2;
	if (rand() < .5) {
		substr($$image, $to, 1) = chr worse(ord substr $$image, $to, 1);
	} else {
		$_ -= ($_ - $at) % $entry for $to, $from;
		substr($$image, $to, $entry) = substr $$image, $from, $entry;
	}
}

sub hurt {
	my $image = slurp('volume');
	my ($fat, @dirs) = metadata($image);
	my $boot = rand() < .15;
	for (1 .. FLIPS) {
		if ($boot) {
			hurt_once(\$image, 11, 40, 1);
			last if rand() < .4;
		} elsif (rand() < .5) {
			hurt_once(\$image, @$fat, $disk{bits} == 12 ? 3 : $disk{bits} / 8);
		} else {
			hurt_once(\$image, @{ pick(@dirs) }, 32);
		}
	}
	spew('disk', 'a' x AROUND . $image . 'z' x AROUND);
	return $boot;
}

sub writes {
	my @some = map { quoted($_) } sort { rand() <=> .5 } keys %node;
	my @lines = ('echo x >/c/new', 'mkdir /c/dir', 'echo y >/c/dir/f');
	for my $q (@some[0 .. ($#some < 20 ? $#some : 20)]) {
		push @lines, pick("echo more >>$q", "echo less >$q", "rm $q", "rm -r $q", "mv $q /c/dir", "/bin/tests/tree cut $q 5000", "cp $q /c/copy", "chmod -w $q");
	}
	return map { "\@{ $_ }" } @lines;
}

sub seed_run {
	my $boot = hurt();
	my $size = -s 'disk';
	my $rc = lp49('disk', 'mount -ac /srv/dos /c /dev/sdC0/data:' . AROUND / 512 . ' && {',
		'/bin/tests/tree dump /c 8192 >/dev/null', writes(), 'unmount /c', '}', 'echo alive >[1=2]');
	my $err = slurp('lp.err');
	fail "exit $rc: ", substr $err, -800 if $rc > 1 || $err !~ /^alive\n/m;
	fail 'the server died: ', substr $err, -800 if $err =~ /sys: trap|hungup|hung up/;
	my $after = slurp('disk');
	fail 'another size' if length $after != $size;
	fail 'written before the volume' if substr($after, 0, AROUND) ne 'a' x AROUND;
	fail 'written behind the volume' if !$boot && substr($after, -AROUND) ne 'z' x AROUND;
}

exit seeds_run('damage', \&seed_run, @ARGV);
