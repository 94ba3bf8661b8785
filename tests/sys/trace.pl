# tests/sys/trace.pl - reads what --trace-file wrote, with a reader of its own.
#   trace.pl json FILE STATION ...   is it a Trace Event file that keeps its rules, and
#                                    does one flow cross these slices, in this order?
#   trace.pl cut FILE STATION ...    the same of a file that was never ended
#   trace.pl pcapng FILE             the 9P messages in it, a line each, as lp49sim
#                                    writes them behind "link"; dies of what TCP would not take
# Knows the formats from their descriptions, nothing of LP49's sources.
use strict;
use warnings;

sub slurp {
	open(my $f, '<:raw', $_[0]) or die "$_[0]: $!\n";
	local $/;
	return scalar <$f>;
}

# ---- Trace Event Format ----
sub json {
	my ($cut, $file, @want) = @_;
	my (%open, %flow, %last, %cross, $found);
	require JSON::PP;
	my $events = JSON::PP::decode_json(slurp($file))->{traceEvents};
	for my $e (@$events) {
		my $ph = $e->{ph};
		defined $e->{$_} or die "an event without $_\n" for qw(ph ts pid tid);
		next if $ph eq 'M';
		my $track = "$e->{pid}/$e->{tid}";
		defined $e->{name} or die "$ph without a name\n" if $ph ne 'E';
		if ($ph ne 'X') {
			$e->{ts} >= ($last{$track} // 0) or die "time runs backwards on $track at $e->{ts}\n";
			$last{$track} = $e->{ts};
		}
		push @{$open{$track}}, $e->{name} if $ph eq 'B';
		if ($ph eq 'E') {
			pop @{$open{$track}} // die "an end without a begin on $track at $e->{ts}\n";
		}
		if ($ph =~ /^[stf]$/) {
			my $id = $e->{id};
			my $slice = $open{$track} ? $open{$track}[-1] : undef;
			defined $slice or die "flow $id outside of a slice at $e->{ts}\n";
			die "flow $id: $ph after " . ($flow{$id} // 'nothing') . "\n"
			    if ($ph eq 's') != (($flow{$id} // 'f') eq 'f');
			$cross{$id} = [] if $ph eq 's';
			push @{$cross{$id}}, $slice;
			$flow{$id} = $ph;
			if ($ph eq 'f') {
				my $i = 0;
				for (@{$cross{$id}}) {
					$i++ if $i < @want && /$want[$i]/;
				}
				$found ||= $i == @want;
			}
		}
	}
	for ($cut ? () : keys %open) {
		die "slices left open on $_\n" if @{$open{$_}};
	}
	for ($cut ? () : keys %flow) {
		die "flow $_ does not end\n" if $flow{$_} ne 'f';
	}
	die "no flow crosses @want\n" if !$found && @want;
	print scalar(@$events), " events are in order\n";
}

# ---- pcapng ----
sub checksum {
	my $s = 0;
	$s += $_ for unpack('n*', $_[0] . (length($_[0]) % 2 ? "\0" : ''));
	$s = ($s & 0xffff) + ($s >> 16) while $s >> 16;
	return $s;
}

# Bytes as text: quoted, what a terminal should not get escaped. ASCII alone.
sub quote {
	my ($s, $max) = @_;
	my $cut = substr($s, 0, $max);
	$cut =~ s/(["\\])/\\$1/g;
	$cut =~ s/([\x00-\x1f\x7f-\xff])/sprintf('\\x%02x', ord $1)/ge;
	return "\"$cut\"";
}

sub str {
	my ($m) = @_;
	my $n = unpack('v', $$m);
	my $s = substr($$m, 2, $n);
	$$m = substr($$m, 2 + $n);
	return quote($s, 96) . ($n > 96 ? "...($n)" : '');
}

sub num {
	my ($m, $form, $n) = @_;
	my $v = unpack($form, $$m);
	$$m = substr($$m, $n);
	return $v;
}

sub fid {
	my $v = num($_[0], 'V', 4);
	return $v == 0xffffffff ? -1 : $v;
}

sub qid {
	my ($type, $vers, $lo, $hi) = unpack('CVVV', ${$_[0]});
	${$_[0]} = substr(${$_[0]}, 13);
	return sprintf('(%s %u 0x%x)', $hi ? sprintf('%x%08x', $hi, $lo) : sprintf('%x', $lo), $vers, $type);
}

sub data {
	my ($m) = @_;
	my $n = num($m, 'V', 4);
	my $s = " count $n" . ($n > 0 ? ' ' . quote($$m, 24) : '') . ($n > 24 ? '...' : '');
	$$m = substr($$m, $n);
	return $s;
}

# each message's fields, from section 5 of the Plan 9 manual
my %field = (
	100 => ['Tversion', sub { ' msize ' . num($_[0], 'V', 4) . ' version ' . str($_[0]) }],
	101 => ['Rversion', sub { ' msize ' . num($_[0], 'V', 4) . ' version ' . str($_[0]) }],
	104 => ['Tattach', sub { ' fid ' . fid($_[0]) . ' afid ' . fid($_[0]) . ' uname ' . str($_[0]) . ' aname ' . str($_[0]) }],
	105 => ['Rattach', sub { ' qid ' . qid($_[0]) }],
	107 => ['Rerror', sub { ' ename ' . str($_[0]) }],
	110 => ['Twalk', sub {
		my $s = ' fid ' . fid($_[0]) . ' newfid ' . fid($_[0]);
		my $n = num($_[0], 'v', 2);
		$s .= ' ' . str($_[0]) while $n-- > 0;
		return $s;
	}],
	111 => ['Rwalk', sub {
		my $s = '';
		my $n = num($_[0], 'v', 2);
		$s .= ' ' . qid($_[0]) while $n-- > 0;
		return $s;
	}],
	112 => ['Topen', sub { ' fid ' . fid($_[0]) . sprintf(' mode 0x%x', num($_[0], 'C', 1)) }],
	113 => ['Ropen', sub { ' qid ' . qid($_[0]) . ' iounit ' . num($_[0], 'V', 4) }],
	114 => ['Tcreate', sub { ' fid ' . fid($_[0]) . ' name ' . str($_[0]) . sprintf(' perm 0%o', num($_[0], 'V', 4)) .
	    sprintf(' mode 0x%x', num($_[0], 'C', 1)) }],
	115 => ['Rcreate', sub { ' qid ' . qid($_[0]) . ' iounit ' . num($_[0], 'V', 4) }],
	116 => ['Tread', sub { ' fid ' . fid($_[0]) . ' offset ' . num($_[0], 'Q<', 8) . ' count ' . num($_[0], 'V', 4) }],
	117 => ['Rread', sub { data($_[0]) }],
	118 => ['Twrite', sub { ' fid ' . fid($_[0]) . ' offset ' . num($_[0], 'Q<', 8) . data($_[0]) }],
	119 => ['Rwrite', sub { ' count ' . num($_[0], 'V', 4) }],
	120 => ['Tclunk', sub { ' fid ' . fid($_[0]) }], 121 => ['Rclunk', sub { '' }],
	122 => ['Tremove', sub { ' fid ' . fid($_[0]) }], 123 => ['Rremove', sub { '' }],
	124 => ['Tstat', sub { ' fid ' . fid($_[0]) }],
	125 => ['Rstat', sub { my $n = num($_[0], 'v', 2); ${$_[0]} = ''; " stat $n bytes" }],
	126 => ['Twstat', sub { my $s = ' fid ' . fid($_[0]); my $n = num($_[0], 'v', 2); ${$_[0]} = ''; "$s stat $n bytes" }],
	127 => ['Rwstat', sub { '' }],
);

sub message {
	my ($link, $m) = @_;
	my ($size, $type, $tag) = unpack('VCv', $m);
	my $f = $field{$type} or die "message type $type\n";
	my $rest = substr($m, 7);
	my $text = $f->[1]->(\$rest);
	die "$f->[0] has bytes left over\n" if $rest ne '';
	print $type % 2 ? '<-' : '->', " link $link $f->[0] tag $tag$text\n";
}

sub pcapng {
	my $s = slurp($_[0]);
	my (%next, %bytes, $stats, @lines);
	die "no section header\n" if unpack('V', $s) != 0x0a0d0d0a || unpack('x8V', $s) != 0x1a2b3c4d;
	while (length $s) {
		my ($type, $n) = unpack('VV', $s);
		die "block of $n bytes\n" if $n % 4 || $n < 12 || $n > length $s || unpack('V', substr($s, $n - 4)) != $n;
		my $body = substr($s, 8, $n - 12);
		$s = substr($s, $n);
		$stats++ if $type == 5;
		die "link type\n" if $type == 1 && unpack('v', $body) != 1;
		next if $type != 6;
		my ($if, $hi, $lo, $have, $size) = unpack('V5', $body);
		my $p = substr($body, 20, $have);
		die "frame of $size bytes cut to $have\n" if $have != $size;
		die "no IP\n" if unpack('x12n', $p) != 0x800;
		my $ip = substr($p, 14, 20);
		die "IP checksum\n" if checksum($ip) != 0xffff;
		die "IP length\n" if unpack('x2n', $ip) != length($p) - 14;
		my $tcp = substr($p, 34);
		die "TCP checksum\n" if checksum(substr($ip, 12, 8) . pack('nn', 6, length $tcp) . $tcp) != 0xffff;
		my ($src, $dst, $seq, $ack, $off, $flags) = unpack('nnNNCC', $tcp);
		my $data = substr($tcp, 20);
		my ($link, $dir) = $dst == 564 ? ($src - 10000, 0) : ($dst - 10000, 1);
		die "sequence of $src: $seq, not $next{$src}{$dst}\n" if defined $next{$src}{$dst} && $seq != $next{$src}{$dst};
		die "acknowledged what was not sent\n" if $flags & 16 && $ack != $next{$dst}{$src};
		die "data before the handshake\n" if length($data) && !(defined $next{$src}{$dst} && defined $next{$dst}{$src});
		$next{$src}{$dst} = ($seq + length($data) + ($flags & 2 ? 1 : 0)) & 0xffffffff;
		$bytes{$src}{$dst} .= $data;
		while (length($bytes{$src}{$dst}) >= 4 && (my $k = unpack('V', $bytes{$src}{$dst})) <= length $bytes{$src}{$dst}) {
			message($link, substr($bytes{$src}{$dst}, 0, $k));
			$bytes{$src}{$dst} = substr($bytes{$src}{$dst}, $k);
		}
	}
	die "no statistics: the file was not ended\n" if !$stats;
}

utf8::decode($_) for @ARGV;
my $what = shift;
$what eq 'pcapng' ? pcapng(@ARGV) : json($what eq 'cut', @ARGV);
