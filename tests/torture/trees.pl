#!/usr/bin/perl
# tests/torture/trees.pl - random trees on FAT disks of random geometry. mkfs.fat and
# mtools make them, LP49 reads them, changes them at random and unmounts; then
# fsck.fat must have nothing to say, and mtools must find what the model has.
# usage: trees.pl LP49SIM SEED ...      "ok N" or "not ok N" for each seed; a
#        seed always makes the same disk, tree and changes. Runs in an empty
#        folder; what belongs to a seed that failed stays there, as N.*
# The model is a hash, path => { dir, mtime, ro, size }, and the bytes are files
# below model/. SEE tests/guest/tree.c, `make trees SEEDS=100`
use strict;
use warnings;
use Fcntl ':mode';

$| = 1;

my $lp49 = shift or die "usage: trees.pl LP49SIM SEED ...\n";
$ENV{LC_ALL} = 'C.UTF-8';       # mtools takes names as this says
$ENV{TZ} = 'UTC';
$ENV{MTOOLS_SKIP_CHECK} = 1;
$ENV{PATH} .= ':/usr/sbin:/sbin';

my (%node, %disk, @script, $pool, $now);

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

# mtools 4.0.32 loops for ever over some short names with letters that aren't
# ASCII, or with ~: what it has to write gets none of these.
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
	return $s eq '' || $s =~ /^(con|aux|nul|prn|clock\$|com\d|lpt\d)(\.|$)/i ? name_new($by_mtools) : $s;
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
		fail "mkfs.fat: " . slurp('run.out', 300) if $tries++ == 40;
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
	} while ($disk{size} > 1.5e9 || $disk{cluster} > 65536 || !mkfs());
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

# False if mtools has made something that fsck.fat complains about, as it does with
# some names that aren't ASCII.
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
	run('mcopy', 'mcopy -s -m -i volume', @top, '::') if @top;
	return eval { fsck('mcopy'); 1 };
}

# ---- changes: each adds its line of rc, and does the same to the model ----
sub say { push @script, "$_[0] || exit " . @script }
sub writable { grep { !$node{$_}{ro} } files() }
sub forget {
	my $path = shift;
	delete $node{$_} for $path, below($path);
	run('rm', 'rm -rf', sh("model/$path"));
}

# A new name in some directory, with room for so many bytes; () if there is none.
sub place {
	my $size = shift;
	my $dir = pick(dirs());
	my $name = name_new(0);
	my $path = joined($dir, $name);
	return length $path < 700 && !taken($dir, $name) && room($dir, $name, $size) ? $path : ();
}

my %change = (
	make => sub {
		my $n = int rand 9000;
		my $text = join '', map { "$_\n" } 1 .. $n;
		my $path = place(length $text) // return;
		say("seq $n >" . quoted($path));
		model_write($path, $text);
	},
	copy => sub {
		my $from = pick(files()) // return;
		my $to = place($node{$from}{size}) // return;
		say('cp ' . quoted($from) . ' ' . quoted($to));
		model_write($to, slurp("model/$from"));
		$node{$to}{ro} = $node{$from}{ro};
	},
	overwrite => sub { # perhaps with the name's letters in the other case
		my ($from, $to) = (pick(files()), pick(writable()));
		return if !defined $to || $from eq $to || !room('', '', $node{$from}{size});
		(my $name = $to) =~ s{[^/]*$}{rand() < .5 ? uc $& : $&}e;
		say('cp ' . quoted($from) . ' ' . quoted($name));
		model_write($to, slurp("model/$from"));
	},
	append => sub {
		my ($from, $to) = (pick(files()), pick(writable()));
		return if !defined $to || $from eq $to || !room('', '', $node{$from}{size} + $node{$to}{size});
		say('cat ' . quoted($from) . ' >>' . quoted($to));
		model_write($to, slurp("model/$to") . slurp("model/$from")) if $node{$from}{size};
	},
	put => sub {
		my ($from, $to) = (pick(files()), pick(writable()));
		return if !defined $to || $from eq $to;
		my $old = slurp("model/$to");
		my $new = slurp("model/$from");
		my $off = int rand(length($old) + pick(1, 1, 50000));
		return if !room('', '', $off + length $new) || length $new == 0;
		say('/bin/tests/tree put ' . quoted($to) . " $off <" . quoted($from));
		$old .= "\0" x ($off - length $old) if $off > length $old;
		substr($old, $off, length $new) = $new;
		model_write($to, $old);
	},
	cut => sub {
		my $path = pick(writable()) // return;
		my $n = int rand pick($node{$path}{size} + 1, $node{$path}{size} + 1, size_new() + 1);
		return if !room('', '', $n);
		say('/bin/tests/tree cut ' . quoted($path) . " $n");
		return if $n == $node{$path}{size}; # its time stays, but need not
		my $text = substr(slurp("model/$path"), 0, $n);
		model_write($path, $text . "\0" x ($n - length $text));
	},
	rename => sub {
		my @all = grep { !$node{$_}{ro} } sort keys %node;
		my $from = pick(@all) // return;
		my ($dir, $name) = (parent($from), name_new(0));
		($name = $from) =~ s{.*/}{}, $name =~ tr/a-zA-Z/A-Za-z/ if rand() < .2;
		my $to = joined($dir, $name);
		my ($there) = taken($dir, $name);
		return if $from eq $to || length $to > 700 || !room($dir, $name, 0);
		return if defined $there && $there ne $from && ($node{$from}{dir} || $node{$there}{dir} || $node{$there}{ro});
		say('mv ' . quoted($from) . ' ' . quoted($to));
		forget($there) if defined $there && $there ne $from;
		rename "model/$from", "model/$to" or fail "rename $from $to: $!";
		for my $old ($from, below($from)) {
			(my $new = $old) =~ s/^\Q$from\E/$to/;
			$node{$new} = delete $node{$old};
			$disk{slots}{$new} = delete $disk{slots}{$old} if exists $disk{slots}{$old};
		}
	},
	move => sub {
		my $from = pick(writable()) // return;
		my $dir = pick(dirs());
		(my $name = $from) =~ s{.*/}{};
		my $to = joined($dir, $name);
		return if $dir eq parent($from) || taken($dir, $name) || length $to > 700 || !room($dir, $name, $node{$from}{size});
		say('mv ' . quoted($from) . ' ' . quoted($dir));
		rename "model/$from", "model/$to" or fail "rename $from $to: $!";
		$node{$to} = delete $node{$from};
	},
	mkdir => sub {
		my $path = place($disk{cluster}) // return;
		say('mkdir ' . quoted($path));
		node_new($path, dir => 1);
		$disk{slots}{$path} = 2;
	},
	remove => sub {
		my $path = pick(writable()) // return;
		say('rm ' . quoted($path));
		forget($path);
	},
	remove_all => sub {
		my $path = pick(grep { $_ ne '' } dirs()) // return;
		return if rand() < .7 || grep { $node{$_}{ro} } below($path);
		say('rm -r ' . quoted($path));
		forget($path);
	},
	copy_all => sub {
		my $from = pick(grep { $_ ne '' } dirs()) // return;
		my $size = 0;
		my @all = below($from);
		$size += $node{$_}{size} + 2 * $disk{cluster} + 1000 for @all;
		my $to = place($size) // return;
		return if @all > 40 || $to =~ /^\Q$from\E\// || grep { length($_) + length $to > 900 } @all;
		say('cp -r ' . quoted($from) . ' ' . quoted($to));
		node_new($to, dir => 1);
		$disk{slots}{$to} = 2;
		for my $old (sort { length $a <=> length $b } @all) {
			my $new = $to . substr $old, length $from;
			room(parent($new), substr($new, 1 + rindex $new, '/'), 0);
			if ($node{$old}{dir}) {
				node_new($new, dir => 1);
			} else {
				model_write($new, slurp("model/$old"));
				$node{$new}{ro} = $node{$old}{ro};
			}
		}
	},
	touch => sub {
		my $path = pick(writable()) // return;
		my $t = time_new();
		say("touch -t $t " . quoted($path));
		$node{$path}{mtime} = $t;
	},
	chmod => sub {
		my $path = pick(files()) // return;
		$node{$path}{ro} ^= 1;
		say('chmod ' . ($node{$path}{ro} ? '-w ' : '+w ') . quoted($path));
	},
	protected => sub {
		my $path = pick(grep { $node{$_}{ro} } files()) // return;
		my $q = quoted($path);
		say("! { \@{ echo x >$q } >[2]/dev/null || rm $q >[2]/dev/null }");
	},
	removed_is_read => sub {
		my $from = pick(writable()) // return;
		my $size = $node{$from}{size};
		my $to = place($size) // return;
		say('{ rm ' . quoted($from) . ' && cat >' . quoted($to) . ' } <' . quoted($from));
		my $text = slurp("model/$from");
		forget($from);
		model_write($to, $text);
	},
	remount => sub {
		return if rand() < .7;
		say('unmount /c');
		say($disk{mount});
	},
);

# ---- LP49 ----
sub lp49 {
	my ($what, $image, @lines) = @_;
	spew('script.rc', join '', map { "$_\n" } @lines);
	my $rc = system("timeout -s KILL 400 $lp49 --timeout 300 --disk $image script.rc >lp.out 2>lp.err </dev/null");
	fail "$what: LP49 exit ", $rc >> 8, slurp('lp.err', 800), $rc >> 8 ? () : 'signal' if $rc != 0;
	fail "$what: LP49 says ", slurp('lp.err', 800) if -s 'lp.err';
}

# The dump of tree.c in lp.out, beside the model.
sub dump_check {
	my $what = shift;
	my $all = slurp('lp.out');
	my (%seen, $at);
	for ($at = 0; $at < length $all;) {
		my $end = index $all, "\n", $at;
		substr($all, $at, $end - $at) =~ /^(\d+) (\d+) (\d+) (.*)$/s or fail "$what: no header at byte $at of lp.out";
		my ($mode, $mtime, $size, $path) = (oct $1, $2, $3, $4);
		my $n = $node{$path} or fail "$what: $path should not be there";
		fail "$what: $path twice" if $seen{$path}++;
		fail "$what: $path: mode $1" if $mode != ($n->{dir} ? 040777 : $n->{ro} ? 0555 : 0777);
		$at = $end + 1;
		next if $n->{dir};
		node_check($what, $path, $size, $mtime, substr $all, $at, $size);
		$at += $size;
	}
	all_seen($what, \%seen);
}
sub node_check {
	my ($what, $path, $size, $mtime, $text) = @_;
	my $n = $node{$path};
	fail "$what: $path: $size bytes, not $n->{size}" if $size != $n->{size};
	fail "$what: $path: other bytes" if $text ne slurp("model/$path");
	fail "$what: $path: time $mtime, not $n->{mtime}" if defined $n->{mtime} && $mtime != $n->{mtime};
	fail "$what: $path: time $mtime, not about $now" if !defined $n->{mtime} && ($mtime < $now - 3 || $mtime > time + 3);
}
sub all_seen {
	my ($what, $seen) = @_;
	my @gone = grep { !$seen->{$_} } sort keys %node;
	fail "$what: missing: @gone[0 .. ($#gone < 3 ? $#gone : 3)]" if @gone;
}

# What mtools finds, beside the model.
sub mtools_check {
	run('rm', 'rm -rf back');
	mkdir 'back';
	run('mcopy', "mcopy -s -m -n -i volume '::/*' back") if %node;
	my (%seen, @todo);
	for (@todo = (''); @todo;) {
		my $dir = shift @todo;
		opendir my $d, "back/$dir" or fail "back/$dir: $!";
		for my $path (map { joined($dir, $_) } grep { !/^\.\.?$/ } readdir $d) {
			my @st = stat "back/$path";
			my $n = $node{$path} or fail "mtools: $path should not be there";
			$seen{$path} = 1;
			fail "mtools: $path: directory?" if S_ISDIR($st[2]) != $n->{dir};
			push @todo, $path if $n->{dir};
			node_check('mtools', $path, $st[7], $st[9], slurp("back/$path")) if !$n->{dir};
		}
	}
	all_seen('mtools', \%seen);
	return if !%node;
	run('mattrib', 'mattrib -i volume -/ -X ::');
	my %ro = map { /^\w*R\w* ::\/(.*)/ ? ($1 => 1) : () } split /\n/, slurp('run.out');
	$node{$_}{ro} == ($ro{$_} // 0) or fail "mtools: $_: read-only?" for files();
}

sub seed_run {
	my $seed = shift;
	srand $seed;
	@script = ();
	$now = time;
	$pool = pack 'L*', map { int rand 2**32 } 1 .. 1 << 18;
	my $tries = 0;
	do {
		fail 'mtools: ', slurp('run.out', 500) if $tries++ == 5;
		disk_make();
	} until tree_make();
	my $image = partition_make();
	$disk{mount} = 'mount -ac /srv/dos /c /dev/sdC0/' . ($disk{start} ? 'dos' : pick('dos', 'data'));
	my $dump = '/bin/tests/tree dump /c ' . pick(100, 511, 4096, 8192, 65536, 200000);
	lp49('read', "$image,ro", "$disk{mount} || exit mount", "$dump");
	dump_check('read');
	@script = ("$disk{mount} || exit mount");
	$change{pick(sort keys %change)}->() for 1 .. 30 + rand 120;
	lp49('changes', $image, @script, $dump, 'unmount /c');
	dump_check('after the changes');
	partition_read();
	fsck('the changes');
	mtools_check();
	lp49('read again', "$image,ro", "$disk{mount} || exit mount", $dump);
	dump_check('read again');
}

my $failed = 0;
for my $seed (@ARGV) {
	if (eval { seed_run($seed); 1 }) {
		printf "ok %s\n", "tree_$seed";
		next;
	}
	$failed = 1;
	print "not ok tree_$seed\nseed $seed: mkfs.fat ", $disk{mkfs} // '', " size $disk{size} partition at $disk{start}\n$@";
	-e $_ && rename $_, "$seed.$_" for qw(volume disk script.rc lp.out lp.err);
}
exit $failed;
