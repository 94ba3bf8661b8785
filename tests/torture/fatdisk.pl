# tests/torture/fatdisk.pl - FAT disks of random geometry with random trees, made by
# mkfs.fat and mtools: what trees.pl and damage.pl have in common.
# The model is a hash, path => { dir, mtime, ro, size }, and the bytes are files
# below model/; `volume` is the FAT volume, `disk` has it in a partition.
use strict;
use warnings;

our (%node, %disk, $pool, $now, $lp49);
our $size_most = 1.5e9;
$ENV{LC_ALL} = 'C.UTF-8';       # mtools takes names as this says
$ENV{TZ} = 'UTC';
$ENV{MTOOLS_SKIP_CHECK} = 1;
$ENV{PATH} .= ':/usr/sbin:/sbin';
$| = 1;

sub pick { $_[rand @_] }
sub quoted { my $s = shift; $s =~ s/'/''/g; "'/c/$s'" }
sub parent { $_[0] =~ m{^(.*)/} ? $1 : '' }
sub joined { my ($dir, $name) = @_; $dir eq '' ? $name : "$dir/$name" }
sub fail { die "@_\n" }

# ---- files of the host ----
sub run {
	my ($what, @command) = @_;
	system("timeout -s KILL 100 @command >run.out 2>&1 </dev/null") == 0 or fail "$what: $?: " . slurp('run.out', 600);
}
sub sh { my $s = shift; $s =~ s/'/'\\''/g; "'$s'" }
sub slurp {
	my ($file, $max) = @_;
	open my $f, '<:raw', $file or fail "$file: $!";
	read $f, my $text, $max // -s $f;
	$text // '';
}
sub spew {
	my ($file, $text) = @_;
	open my $f, '>:raw', $file or fail "$file: $!";
	print $f $text;
	close $f or fail "$file: $!";
}

# ---- names ----
my @plain = ('a' .. 'h', 'X' .. 'Z', 0 .. 3, split //, q(_-#$;(){}!+,=[]@^&%`'));
my @wide = (qw(ü é ñ Å ß Ж д λ Ω ש ל ا ع ก ไ 한 국 日 本 語 ☃ € ∑ क), "e\xcc\x81");
sub units { my $s = shift; utf8::decode($s); length $s }
sub key { my $s = shift; utf8::decode($s); uc $s }

# mtools takes - for the standard input, and 4.0.32 loops for ever over some short
# names with letters that aren't ASCII, or with ~: what it writes gets none of these.
sub name_new {
	my $by_mtools = shift;
	my $n = rand() < .1 ? 100 + rand 156 : 1 + rand pick(3, 8, 40);
	my $s = '';
	my $wide = rand() < .4 && !($by_mtools && $n < 10);
	$s = 'aq' if $wide && $by_mtools;
	while (units($s) < $n) {
		my $r = rand;
		my $c = $r < .05 ? ' ' : $r < .1 ? '.' : $r < .12 && !$by_mtools ? '~' : $wide && $r < .4 ? pick(@wide) : pick(@plain);
		last if length("$s$c") > 250; # the host's limit
		$s .= $c;
	}
	$s .= pick('.txt', '.TXT', '.tar.gz', '.c') if rand() < .2 && length $s < 245;
	$s =~ s/^ +//;
	$s =~ s/[ .]+$//;
	return $s eq '' || $s eq '-' || $s =~ /^(con|aux|nul|prn|clock\$|com\d|lpt\d)(\.|$)/i ? name_new($by_mtools) : $s;
}

# ---- the model ----
sub children { my $dir = shift; grep { parent($_) eq $dir } keys %node }
sub below { my $dir = shift; grep { /^\Q$dir\E\// } keys %node }
sub files { sort grep { !$node{$_}{dir} } keys %node }
sub dirs { ('', sort grep { $node{$_}{dir} } keys %node) }
sub taken {
	my ($dir, $name) = @_;
	my $k = key($name);
	grep { (my $n = $_) =~ s{.*/}{}; key($n) eq $k } children($dir);
}
sub slots { 2 + int(units($_[0]) / 13) } # mtools may take one more than it needs
sub clusters { int(($_[0] + $disk{cluster} - 1) / $disk{cluster}) }

# What may be made: the disk is never filled, that is tests/sys/disk.sh's.
sub room {
	my ($dir, $name, $size) = @_;
	$disk{slots}{$dir} += slots($name);
	my $slots = $disk{slots}{$dir};
	return 0 if $slots > 60000 || ($dir eq '' && $disk{root} && $slots > $disk{root} - 3);
	my $used = clusters($size) + 2;
	$used += clusters(2 * 32 * $_) + 1 for values %{ $disk{slots} };
	$used += clusters($node{$_}{size}) for files();
	return $used < .8 * $disk{clusters};
}
sub node_new {
	my ($path, %what) = @_;
	$node{$path} = { dir => 0, ro => 0, size => 0, mtime => undef, %what };
	mkdir "model/$path" or fail "model/$path: $!" if $what{dir};
}
sub bytes { my $n = shift; substr($pool x (1 + $n / (1 << 19)), rand 1 << 19, $n) }
sub size_new {
	my $c = $disk{cluster};
	my $n = pick(0, 1, int rand 3000, int rand 3000, $c, $c - 1, $c + 1, 512 * int rand 20, int rand 5 * $c + 9000, int rand pick(20000, 400000));
	my $most = $disk{clusters} * $c / 12;
	return $n < $most ? $n : int rand $most;
}
sub time_new { 2 * int(160e6 + rand 1.88e9) } # from 1980; mtools takes 2100 for a leap year
sub model_write {
	my ($path, $text) = @_;
	spew("model/$path", $text);
	node_new($path, size => length $text) unless $node{$path};
	$node{$path}{size} = length $text;
	$node{$path}{mtime} = undef;
}

# ---- a disk ----
sub disk_make {
	my $tries = 0;
	do {
		fail "mkfs.fat: " . slurp('run.out', 300) if $tries++ == 200;
		my $bits = pick(12, 16, 32);
		my $sector = pick((512) x 6, 1024, 2048, 4096);
		my $per = 1 << rand 8;
		my $n = $bits == 12 ? 60 + rand 3900 : $bits == 16 ? 4200 + rand pick(2000, 60000) : 66000 + rand 4000; # mtools takes a smaller FAT32 for a FAT16
		%disk = (bits => $bits, cluster => $sector * $per, root => $bits == 32 ? 0 : pick(112, 224, 512, 1024));
		$disk{size} = int($n * $disk{cluster} / 512) * 512 + 40 * $sector;
		$disk{start} = $disk{size} < 60e6 && rand() < .4 ? pick(63, 2048, 2049) : 0;
		$disk{mkfs} = "-F $bits -S $sector -s $per -f " . pick(1, 2, 2, 2) . " -R " . ($bits == 32 ? pick(3, 32, 40) : pick(1, 2, 7, 33));
		$disk{mkfs} .= " -r $disk{root}" if $disk{root};
		$disk{mkfs} .= ' -a' if rand() < .3;
		$disk{mkfs} .= " -h $disk{start}" if $disk{start};
	} while ($disk{size} > $size_most || $disk{cluster} > 65536 || !mkfs());
	fsck('mkfs.fat');
}
sub mkfs {
	run('rm', 'rm -f volume');
	spew('volume', '');
	truncate 'volume', $disk{size};
	return system("mkfs.fat $disk{mkfs} volume >run.out 2>&1") == 0;
}

# fsck.fat says its version and the count of files, and nothing else.
sub fsck {
	my $who = shift;
	run("fsck.fat after $who", 'fsck.fat -n volume');
	my $said = slurp('run.out');
	fail "fsck.fat after $who: $said" unless $said =~ m{^fsck.fat .*\nvolume: \d+ files, \d+/(\d+) clusters\n$};
	$disk{clusters} = $1;
}

# The volume in a partition, and out of it again.
sub partition_make {
	return 'volume' unless $disk{start};
	my $sectors = $disk{size} / 512;
	my $type = $disk{bits} == 12 ? 1 : $disk{bits} == 16 ? pick(4, 6, 'e') : pick('b', 'c');
	spew('disk', '');
	truncate 'disk', ($disk{start} + $sectors + 5) * 512;
	system("echo 'start=$disk{start}, size=$sectors, type=$type' | sfdisk -q --no-reread disk >run.out 2>&1") == 0 or fail 'sfdisk: ' . slurp('run.out', 300);
	run('dd', "dd if=volume of=disk bs=1M oflag=seek_bytes seek=" . 512 * $disk{start} . ' conv=notrunc,sparse');
	return 'disk';
}
sub partition_read {
	return unless $disk{start};
	run('dd', "dd if=disk of=volume bs=1M iflag=skip_bytes,count_bytes skip=" . 512 * $disk{start} . " count=$disk{size} conv=sparse");
}

# False if mtools could not, or has made something that fsck.fat complains about, as
# it does with some names that aren't ASCII.
sub tree_make {
	%node = ();
	run('rm', 'rm -rf model');
	mkdir 'model';
	my $crowd = rand() < .3 ? pick(100, 300) : 0; # of small files in one directory
	for my $i (1 .. 5 + rand(60) + $crowd) {
		my @dirs = dirs();
		my $small = $i > 20 && $crowd;
		my $dir = $small ? $dirs[-1] : rand() < .3 ? $dirs[-1] : pick(@dirs);
		my $name = $small ? "small file $i" : name_new(1);
		my $path = joined($dir, $name);
		my $size = $small ? int rand 20 : size_new();
		next if taken($dir, $name) || length $path > 700 || !room($dir, $name, $size);
		if (rand() < .25 && !$small) {
			node_new($path, dir => 1);
			$disk{slots}{$path} = 2;
		} else {
			model_write($path, bytes($size));
			$node{$path}{mtime} = time_new();
			utime $now, $node{$path}{mtime}, "model/$path";
		}
	}
	opendir my $d, 'model';
	my @top = map { sh("model/$_") } grep { !/^\.\.?$/ } readdir $d;
	return eval {
		run('mcopy', 'mcopy -s -m -i volume', @top, '::') if @top;
		fsck('mcopy');
		1;
	};
}

# ---- LP49 ----
# Runs rc's lines with the disk; the exit status.
sub lp49 {
	my ($image, @lines) = @_;
	spew('script.rc', join '', map { "$_\n" } @lines);
	return system("timeout -s KILL 400 $lp49 --timeout 300 --disk $image script.rc >lp.out 2>lp.err </dev/null") >> 8;
}

# The disk and the tree of a seed.
sub seed_start {
	my $tries = 0;
	srand shift;
	$now = time;
	$pool = pack 'L*', map { int rand 2**32 } 1 .. 1 << 18;
	do {
		fail 'mtools: ', slurp('run.out', 500) if $tries++ == 5;
		disk_make();
	} until tree_make();
}

# "ok" or "not ok" for each seed; what belongs to one that failed stays, as N.*
sub seeds_run {
	my ($name, $run, @seeds) = @_;
	my $failed = 0;
	for my $seed (@seeds) {
		if (eval { seed_start($seed); $run->(); 1 }) {
			print "ok ${name}_$seed\n";
			next;
		}
		$failed = 1;
		print "not ok ${name}_$seed\nseed $seed: mkfs.fat ", $disk{mkfs} // '', " size $disk{size} partition at $disk{start}\n$@";
		-e $_ && rename $_, "$seed.$_" for qw(volume disk script.rc lp.out lp.err);
	}
	return $failed;
}
1;
