# man.pl TOP OUT HELP... - do the pages of man/ and what they tell of agree? OUT is what
# tests/sys/man.rc printed; each HELP is NAME=FILE, what a program of the host says to
# --help. Prints ok and not ok, as the other tests.
use strict;
use warnings;
use Encode;

my ($top, $out, @help) = @ARGV;
my (%page, %names, @section, %said);

sub plain {
	my ($s) = @_;
	my %char = (aq => "'", ha => '^', ti => '~', ga => '`', bu => '*', em => '--', dq => '"', rs => '\\');
	$s =~ s/\\f[BIRP]//g;
	$s =~ s/\\\((..)/$char{$1} \/\/ $1/ge;
	$s =~ s/\\-/-/g;
	$s =~ s/\\&//g;
	$s =~ s/\\e/\\/g;
	return $s;
}
sub result {
	my ($name, @bad) = @_;
	print @bad ? "not ok $name\n" . join('', map { "  $_\n" } @bad) : "ok $name\n";
}

# ---- the pages ----
for my $file (glob "$top/man/[1-9]/*") {
	my ($id) = $file =~ m{man/(\d/[^/]+)$};
	my ($head, %text, @synopsis, @tags, @refs, $tag) = ('');
	open my $f, '<', $file or die "$file: $!";
	while (<$f>) {
		chomp;
		if (/^\.SH (.*)/) { $head = $1; next; }
		push @tags, [ $head, $_ ] if $tag;
		$tag = /^\.TP/;
		push @refs, "$2/$1" if /^\.BR (\S+) \((\d)\)/;
		push @refs, map { "$2/$1" } /\b([\w!]+)\((\d)\)/ if $head eq 'SEE ALSO' && !/^\./;
		push @synopsis, $_ if $head eq 'SYNOPSIS';
		next if /^\.(?!B |I )/;
		s/^\.[BI] //;
		push @{$text{$head}}, plain($_);
	}
	$text{NAME} = [ join ' ', @{$text{NAME} // []} ];
	$page{$id} = { text => \%text, synopsis => \@synopsis, tags => \@tags, refs => \@refs };
	my ($list) = ($text{NAME}[0] // '') =~ /^(.*?) - /;
	push @{$names{$_}}, $id for split /, */, $list // '';
}
result('every_page_has_name_description_source', grep {
	my $t = $page{$_}{text};
	!$t->{NAME} || !$t->{DESCRIPTION} || !$t->{SOURCE} } sort keys %page);
# the functions of a group have a page, which need not be one of them
result('a_page_is_named_in_itself', grep {
	my $id = $_;
	my ($name) = $id =~ m{/(.*)};
	$id !~ m{^2/} && !grep { $_ eq $id } @{$names{$name} // []} } sort keys %page);
sub known {     # is there a page for that, "2/create"?
	my ($sec, $name) = split m{/}, $_[0], 2;
	return $page{$_[0]} || grep { m{^$sec/} } @{$names{$name} // []};
}
my @gone;
for my $id (sort keys %page) {
	push @gone, map { "$id: $_" } grep { !-e "$top/$_" }
		map { split /[ ,]+/ } @{$page{$id}{text}{SOURCE} // []};
}
result('sources_are_there', @gone);
my @lost;
for my $id (sort keys %page) {
	push @lost, map { "$id: $_" } grep { !known($_) } @{$page{$id}{refs}};
}
result('pages_that_are_referred_to_are_there', @lost);

# ---- what LP49 said ----
my $key = '';
open my $o, '<', $out or die "$out: $!";
while (<$o>) {
	chomp;
	if (/^= (.*)/) { $key = $1; $said{$key} //= []; } else { push @{$said{$key}}, $_; }
}
result('man_knows_all_requests', grep { /^man: / } map { @{$said{$_}} } grep { /^page / } sort keys %said);

# ---- programs: usage, SYNOPSIS and the tags of DESCRIPTION ----
sub words { return join ' ', split ' ', $_[0] }
sub flags {     # [-abc] [-x arg] -{b1w2}{odx}: the flags, arguments in italics left out
	my %flag;
	for (@_) {
		s/\\fI.*?\\fR/\x01/g;
		for (plain($_)) {
			while (/(?:^|[\s\[|,])-(?:\{(\w+)\}|(\w+))( \x01)?/g) {
				$flag{$_} = 1 for defined $3 ? $2 : split //, $1 // $2;
			}
		}
	}
	return join ' ', sort keys %flag;
}
my (@nopage, @differ, @flags, %program);
for my $key (sort grep { /^usage / } keys %said) {
	my ($name) = $key =~ /^usage (.*)/;
	my ($id) = grep { m{^[148]/} } @{$names{$name} // []};
	$program{$name} = 1;
	if (!$id) {
		push @nopage, "$name";
		next;
	}
	my ($usage) = map { /^usage: (.*)/ ? $1 : () } @{$said{$key}};
	if (!defined $usage) {
		push @differ, "$name -? does not say its usage";
		next;
	}
	$usage =~ s/ \([^()]*\)$//;
	my @want = map { words($_) } split / \| (?=\Q$name\E )/, $usage;
	my @have = grep { /^\Q$name\E\b/ } map { words($_) } @{$page{$id}{text}{SYNOPSIS} // []};
	push @differ, "$id: usage:    " . join(' | ', @want), "$id: SYNOPSIS: " . join(' | ', @have)
		if "@want" ne "@have";
	next if $usage =~ / expression$/;     # its words are operators, not flags
	my $flags = flags(@{$page{$id}{synopsis}});
	my $told = flags(map { s/(\\fB\\-\w+\\fR)/$1 \\fIx\\fR/gr } map { $_->[1] =~ s/\[.*?\]//gr } @{$page{$id}{tags}});
	push @flags, "$id: usage has $flags, the page tells of $told" if $flags ne $told;
}
result('every_program_has_a_page', @nopage);
result('usage_and_synopsis_are_the_same', @differ);
result('every_flag_is_described_and_no_other', @flags);
result('every_page_of_section_1_has_its_program', map { my $id = $_; my ($n) = m{/(.*)};
	grep { !$program{$_} } grep { grep { $_ eq $id } @{$names{$_}} } keys %names } grep { m{^1/} && !m{/intro$} } sort keys %page);

sub slurp { local $/; open my $f, '<', "$top/$_[0]" or die "$_[0]: $!"; return <$f> }

# ---- servants: files and FILES, verbs of control files ----
sub patterns {  # the tags of FILES, and of each word: italics stand for anything
	my ($id) = @_;
	my @p;
	for (@{$page{$id}{tags}}) {
		my ($head, $tag) = @$_;
		next if $head ne 'FILES';
		$tag =~ s/\\fI(.*?)\\fR/\x01/g;
		push @p, grep { m{^[\w/.\x01]+$} } map { s{^/}{}r } split /[ ,]+/, plain($tag);
	}
	return @p;
}
my (@untold, @unreal);
for my $key (sort grep { /^files / } keys %said) {
	my ($name) = $key =~ /^files (.*)/;
	my $id = "3/$name";
	my @p = patterns($id);
	my %hit;
	push @untold, "$id: there is no such page" if !$page{$id};
	for my $file (@{$said{$key}}) {
		my ($f) = $file =~ m{^'?#[^/]\d*/(.*?)'?$};
		my $hit = 0;

		next if !defined $f;
		for my $p (@p) {
			(my $re = quotemeta $p) =~ s/\\\x01/[^\/]+/g;
			if ($f =~ m{^$re$}) { $hit = 1; $hit{$p} = 1; }
		}
		push @untold, "$id: $f is not in FILES" if !$hit;
	}
	push @unreal, map { "$id: there is no $_" } grep { !/\x01/ && !$hit{$_} } @p;
}
result('every_file_of_a_servant_is_described', @untold);
result('every_described_file_of_a_servant_is_there', @unreal);
my @verbs;
for my $id (grep { m{^3/} } sort keys %page) {
	my $told = join ' ', map { @$_ } values %{$page{$id}{text}};
	for my $file (grep { /\.c$/ } map { split /[ ,]+/ } @{$page{$id}{text}{SOURCE}}) {
		for (slurp($file) =~ /\bconst Cmd \w+\[\] = \{(.*?)\n?\};/gs) {
			push @verbs, map { "$id: $_" } grep { $told !~ /\b$_\b/ } /\{ "(\w+)",/g;
		}
	}
}
result('every_verb_is_described', @verbs);
my @noservant;
for (@{$said{drivers} // []}) {
	next if !/^#(.)/;
	my $dc = $1;
	push @noservant, "#$dc" if !grep { /#\Q$dc\E/ }
		map { @{$page{$_}{text}{SYNOPSIS} // []}, @{$page{$_}{text}{DESCRIPTION} // []} }
		grep { m{^3/} && $_ ne '3/intro' } keys %page;
}
result('every_servant_has_a_page', @noservant);

# ---- system calls and library functions ----
my @calls = slurp('lib9/sysmsg.h') =~ /^\s*X\((\w+)\)/mg;
result('every_system_call_has_a_page', grep { my $c = $_; !grep { m{^2/} } @{$names{$c} // []} } @calls);
my $synopses = join "\n", map { @{$page{$_}{text}{SYNOPSIS} // []} } grep { m{^2/} } keys %page;
my @nofunction;
for my $h ('free/decl', map { m{/(\w+)\.h$} } glob "$top/lib9/*.h") {
	next if $h =~ /_impl$|^(plat|rootar|sysmsg|trace|ttymode|uthread)$/;  # not for programs
	my $text = slurp("lib9/$h.h");
	$text =~ s{/\*.*?\*/}{}gs;
	$text =~ s{^.*\b(mem_more|malloc_lock|assert_failed)\b.*$}{}mg;    # malloc's and assert's own
	$text =~ s/^struct \w+ \{.*?^\};//gms;
	$text =~ s/^#.*?[^\\]$//gms;
	for ($text =~ /^\w[^\n{}=]*\([^{}=]*?;/mg) {
		next if /^typedef/;
		s/__attribute__.*|PRINTF\(.*|MUST_USE|NORETURN//gs;
		push @nofunction, map { "$h.h: $_" } grep { $synopses !~ /\b\Q$_\E\(/ } /\b(\w+)\(/g;
	}
}
result('every_library_function_has_a_page', @nofunction);

# what a page of section 2 names is in the files that it gives as source
my @elsewhere;
for my $id (grep { m{^2/} } sort keys %page) {
	my @files = map { -d "$top/$_" ? glob "$top/$_/*" : "$top/$_" } grep { /./ }
		map { split /[ ,]+/ } @{$page{$id}{text}{SOURCE}};
	my $text = join '', map { slurp(s{^\Q$top\E/}{}r) } @files;
	my ($list) = ($page{$id}{text}{NAME}[0] // '') =~ /^(.*?) - /;
	push @elsewhere, map { "$id: $_" } grep { $_ ne 'intro' && $text !~ /\b\Q$_\E\b/ } split /, */, $list;
}
result('functions_are_in_their_sources', @elsewhere);

# ---- two formats: the name space that init makes, boot arguments ----
my %ns = map { words($_) => 1 } @{$said{ns}};
my %drawn = map { words($_) => 1 } grep { /^(bind|mount) / } @{$page{'6/namespace'}{text}{DESCRIPTION}};
result('namespace_is_what_ns_prints', (map { "6/namespace: there is no $_" } grep { !$ns{$_} } sort keys %drawn),
	map { "6/namespace: $_ is not described" } grep { !$drawn{$_} && !m{^cd |#l|/n/host} } sort keys %ns);
my $bootargs = join ' ', map { plain($_->[1]) } @{$page{'6/bootargs'}{tags}};
result('every_boot_argument_is_described', grep { $bootargs !~ /\b$_\b/ } slurp('doc/boot.md') =~ /^\| `(\w+)` \| [^|\n]*\|$/mg);

my $rc = join ' ', @{$page{'1/rc'}{text}{DESCRIPTION}};
result('every_builtin_of_rc_is_described', grep { $rc !~ /(^| )\Q$_\E / }
	slurp('cmd/rc/builtin.c') =~ /\{ "([^"]+)", builtin_/g);

# ---- programs of the host ----
for (@help) {
	my ($name, $file) = split /=/;
	my $id = "8/$name";
	open my $f, '<', $file or die "$file: $!";
	my (%has, %told);
	while (<$f>) {
		$has{$_} = 1 for grep { !/^--?$/ } /(?:^|\s|\()(--[a-z][\w-]*|-[a-zA-Z])(?=[\s,.:;)]|$)/g;
	}
	for (@{$page{$id}{tags}}) { $told{$_} = 1 for plain($_->[1]) =~ /(?:^|[\s,])(--?[a-zA-Z][\w-]*)/g; }
	result("options_of_$name", (map { "$id: $_ is not described" } grep { !$told{$_} } sort keys %has),
		(map { "$id: there is no $_" } grep { !$has{$_} } sort keys %told));
}

# ---- man shows what another formatter shows, but for blanks and the head line ----
if (grep { -x "$_/mandoc" } split /:/, $ENV{PATH}) {
	my @other;
	for my $key (sort grep { /^page / } keys %said) {
		my ($file) = $key =~ m{/sys/(.*)};
		my @want = split /\n/, decode('UTF-8', `mandoc -T utf8 "$top/$file"`);
		my $want = join '', @want[1 .. $#want - 1];
		my $have = decode('UTF-8', join '', @{$said{$key}}[1 .. $#{$said{$key}}]);
		$want =~ s/.\x08//g;
		for ($want, $have) { s/\x{2019}/'/g; s/[\x{2010}-\x{2014}\x{2212}]/-/g; s/\s//g; }
		push @other, $file if $want ne $have;
	}
	result('man_shows_what_mandoc_shows', @other);
} else {
	print "skip man_shows_what_mandoc_shows: not installed\n";
}
