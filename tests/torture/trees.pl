#!/usr/bin/perl
# tests/torture/trees.pl - random trees on FAT disks: LP49 reads them, changes them
# at random and unmounts; then fsck.fat must have nothing to say, and mtools must
# find what the model has.
# usage: trees.pl LP49SIM SEED ...      "ok N" or "not ok N" for each seed; a
#        seed always makes the same disk, tree and changes. Runs in an empty folder.
# SEE fatdisk.pl, tests/guest/tree.c, `make trees SEEDS=100`
use strict;
use warnings;
use Fcntl ':mode';
BEGIN { unshift @INC, $0 =~ m{^(.*)/} ? $1 : '.'; require 'fatdisk.pl' }

our (%node, %disk, $now, $lp49);
my @script;

$lp49 = shift or die "usage: trees.pl LP49SIM SEED ...\n";

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

# LP49 has to be through without a word.
sub lp49_clean {
	my ($what, @rest) = @_;
	my $rc = lp49(@rest);
	fail "$what: LP49 exit $rc: ", slurp('lp.err', 800) if $rc != 0 || -s 'lp.err';
}

sub seed_run {
	my $image = partition_make();
	my $dump = '/bin/tests/tree dump /c ' . pick(100, 511, 4096, 8192, 65536, 200000);
	$disk{mount} = 'mount ' . pick('-ac', '-acC') . ' /srv/dos /c /dev/sdC0/' . ($disk{start} ? 'dos' : pick('dos', 'data'));
	lp49_clean('read', "$image,ro", "$disk{mount} || exit mount", $dump);
	dump_check('read');
	@script = ("$disk{mount} || exit mount");
	$change{pick(sort keys %change)}->() for 1 .. 30 + rand 120;
	lp49_clean('changes', $image, @script, $dump, 'unmount /c');
	dump_check('after the changes');
	partition_read();
	fsck('the changes');
	mtools_check();
	lp49_clean('read again', "$image,ro", "$disk{mount} || exit mount", $dump);
	dump_check('read again');
}

exit seeds_run('tree', \&seed_run, @ARGV);
