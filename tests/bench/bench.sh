#!/bin/sh
# tests/bench/bench.sh - what each layer costs, beside what bare Linux takes for
# the like, in one run on one CPU: a table, and BUILD/bench.json.
# usage: bench.sh BUILD            (make bench)
#        NOBUILD=1: leave out the time of a full build
# A row is: name, what it is, unit, baseline, and its goal as factor of F (a bare
# futex hand-off and back) plus µs; a goal "<N" is a plain bound, ">N" a lower
# one, "<NB" N times the baseline.
# Nothing fails when a goal is missed. SEE doc/bench.md
set -u
TOP=$(cd "$(dirname "$0")/../.." && pwd)
B=$(cd "$1" && pwd) || exit 1
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin MTOOLS_SKIP_CHECK=1
CCACHE_DISABLE=1 # a compilation is a compilation
export LC_ALL PATH MTOOLS_SKIP_CHECK CCACHE_DISABLE
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
base=$B/bench/base
cpu=$(taskset -cp $$ | sed 's/.*[ ,-]//')
one="taskset -c $cpu"

die() {
	echo "bench: $*" >&2
	cat "$work/err" >&2 2>/dev/null
	exit 1
}
lp() { # lp49sim on the CPU of the baselines
	$one "$B/lp49sim" --timeout 60 "$@" >>figures 2>err || die "lp49sim $* failed"
}
say() { echo "bench: $*" >&2; }

say "the host"
$one "$base" >figures || die base
say "the micro-kernel, CORE, servers"
lp -c /bin/tests/bench_ipc
lp -c /bin/tests/bench_call
lp -c /bin/tests/bench_many
if [ "$(nproc)" -gt 1 ]; then
	"$B/lp49sim" --timeout 60 --cpus 2 -c '/bin/tests/bench_ipc cross' 2>err | sed 's/^/2cpu./' >>figures
fi

say "a disk"
mkfs.fat -C -F 32 disk 150000 >/dev/null && head -c 67108864 /dev/urandom >big && mcopy -i disk big ::big || die disk
"$base" disk big >>figures || die disk
"$B/lp49sim" --timeout 60 --disk disk -c 'mount -ac /srv/dos /c /dev/sdC0/dos && /bin/tests/bench_disk /c/big' >>figures 2>err || die dosfs
mkdir share && mv big share/big
"$B/lp49sim" --timeout 60 --share share -c '/bin/tests/bench_disk /n/host/big share.' >>figures 2>err || die share

say "start-up, memory, build"
"$base" run b.start 50 true >>figures
"$base" run start 30 "$B/lp49sim" -c true >>figures 2>err || die start
# memory NAME COMMANDS: the sum of the shares of a system's processes while it waits
family() { for c in $(cat /proc/"$1"/task/*/children 2>/dev/null); do echo "$c"; family "$c"; done; }
memory() {
	: >idle
	"$B/lp49sim" --timeout 30 -c "$2; echo up; sleep 9" >idle 2>err &
	sim=$!
	while [ ! -s idle ] && kill -0 $sim 2>/dev/null; do sleep 0.05; done
	sleep 0.5
	for p in $sim $(family $sim); do cat "/proc/$p/smaps_rollup" 2>/dev/null; done |
		awk -v name="$1" '$1 == "Pss:" { kb += $2 } END { printf "%s %d %d\n", name, kb * 1024, kb * 1024 }' >>figures
	kill $sim 2>/dev/null
	wait $sim 2>/dev/null
}
memory idle true
memory idle50 'for(i in `{seq 50}) {sleep 9 &}'
awk '$1 == "idle" { a = $2 } $1 == "idle50" { b = ($2 - a) / 50 } END { printf "process %d %d\n", b, b }' figures >x && cat x >>figures
if [ -z "${NOBUILD:-}" ]; then
	start=$(date +%s%N)
	(cd "$TOP" && MAKEFLAGS='' make B="$work/b" all >/dev/null 2>"$work/err") || die build
	end=$(date +%s%N)
	echo "build $((end - start)) $((end - start))" >>figures
	echo 'int x;' >x.c
	"$base" run gcc 10 gcc -c x.c >cc || die gcc
	# the floor of a build: as many empty compilations, on as many CPUs
	awk -v n="$(find b -name '*.o' | wc -l)" -v cpu="$(nproc)" '{ printf "b.build %d %d\n", $2 * n / cpu, $3 * n / cpu }' cc >>figures
fi

cat >rows <<'ROWS'
F|futex to a process and back (F)|us||
clock|L4_SystemClock|us||
ipc.same.0|L4 call, reply: one space, 0 words|us|F|1.5F+0
ipc.same.4|... 4 words|us|F|1.5F+0
ipc.same.63|... 63 words|us|F|1.5F+0
ipc.same.s4096|... a string of 4 KiB|us|b.pipe.4096|
ipc.same.s65536|... a string of 64 KiB|us|b.pipe.64k|
ipc.cross.0|L4 call, reply: two spaces, 0 words|us|F|1.5F+0
ipc.cross.4|... 4 words|us|F|1.5F+0
ipc.cross.63|... 63 words|us|F|1.5F+0
ipc.cross.s4096|... a string of 4 KiB|us|b.pipe.4096|
ipc.cross.s65536|... a string of 64 KiB|us|b.pipe.64k|
2cpu.ipc.cross.0|... 0 words, --cpus 2|us|F|<0.6
fault.fresh|page fault: fresh pages in turn|us|b.fault|<20
fault.apart|... 64 KiB apart|us|b.fault|<20
fault.flushed|L4_Flush of a page and its fault|us|b.fault|
call.null|null system call|us|F|2F+0
read.root.16|read 16 B of a RAM file in CORE (#R)|us|b.read.16|2F+0
read.root.1024|... 1 KiB|us|b.read.1024|2F+1
read.root.4096|... 4 KiB|us|b.read.4096|2F+1
read.root.8192|... 8 KiB|us|b.read.8192|2.4F+0
read.root.65536|... 64 KiB|us|b.read.65536|
read.env.16|read 16 B of a variable (#e)|us|b.read.16|2F+0
read.env.4096|... 4 KiB|us|b.read.4096|2F+1
read.env.65536|... 64 KiB|us|b.read.65536|
read.ramfs.16|read 16 B through #M and ramfs|us|b.9p.16|2F+3
read.ramfs.1024|... 1 KiB|us|b.9p.1024|2F+3
read.ramfs.4096|... 4 KiB|us|b.9p.4096|2F+3
read.ramfs.8192|... 8 KiB|us|b.9p.8192|2F+3
read.ramfs.65536|... 64 KiB|us|b.9p.65536|
open.root|open, close: #R|us|b.open|
open.ramfs|... #M and ramfs|us|b.open|
stat.root|stat: #R|us|b.stat|
stat.ramfs|... #M and ramfs|us|b.stat|
stat.deep|... a name of ten elements|us|b.stat|
bind|bind, unmount|us||
mount|mount of ramfs, unmount|us||
fork|fork, exits, wait|us|b.fork|
fork.memory|rfork with shared memory, exits, wait|us|b.fork|
fork.exec|fork, exec of /bin/true, wait|us|b.fork.exec|
pipe.1|pipe: 1 byte there and back|us|b.pipe.1|
pipe.64k|pipe: throughput, 64 KiB writes|MB/s|b.pipe.64k|
clients.1|4 KiB through #M and ramfs, by 1 client|us||
clients.2|... 2 clients, each read|us|clients.1|
clients.8|... 8|us|clients.1|
clients.32|... 32|us|clients.8|<1.25B
clients.128|... 128|us|clients.8|<1.25B
disk.seq.read|dosfs: 64 KiB reads in turn, warm|MB/s|b.disk.seq.read|>500
disk.random.read|... 4 KiB reads anywhere|us|b.disk.random.read|
disk.seq.write|... 64 KiB writes in turn|MB/s|b.disk.seq.write|
disk.random.write|... 4 KiB writes anywhere|us|b.disk.random.write|
disk.new.write|... 64 KiB writes to a new file|MB/s|b.disk.new.write|
share.disk.seq.read|--share: 64 KiB reads in turn|MB/s|b.disk.seq.read|
share.disk.random.read|... 4 KiB reads anywhere|us|b.9p.4096|
share.disk.seq.write|... 64 KiB writes in turn|MB/s|b.disk.seq.write|
share.disk.random.write|... 4 KiB writes anywhere|us|b.disk.random.write|
share.disk.new.write|... 64 KiB writes to a new file|MB/s|b.disk.new.write|
start|lp49sim -c true|ms|b.start|<100
idle|memory of an idle system (PSS)|MB||
process|... of one more process|KB||
build|full build|s|b.build|<15
ROWS

# A read through a server has its baseline, the 9P latency, as part of its goal.
awk -F'|' -v json="$B/bench.json" -v date="$(date -u +%Y-%m-%dT%H:%M:%SZ)" '
function value(ns, unit) {
	if (unit == "us") return ns / 1e3
	if (unit == "ms") return ns / 1e6
	if (unit == "s") return ns / 1e9
	if (unit == "KB") return ns / 1024
	if (unit == "MB/s") return ns > 0 ? 65536 * 1e3 / ns : 0
	return ns / 1e6
}
function number(v) { return v == "" ? "-" : sprintf(v < 100 ? "%.2f" : "%.0f", v) }
FNR == NR { split($0, f, " "); p50[f[1]] = f[2]; p99[f[1]] = f[3]; next }
FNR == 1 {
	printf "%-42s %8s %8s %-4s %8s %6s %9s\n", "", "p50", "p99", "", "baseline", "ratio", "goal"
	printf "{\"date\": \"%s\", \"results\": [", date >json
}
!($1 in p50) { printf "%-42s not measured\n", $2; next }
{
	v = value(p50[$1], $3); w = value(p99[$1], $3)
	b = $4 == "" ? "" : value(p50[$4], $3)
	ratio = $4 == "" || b == 0 ? "" : v / b
	goal = ""; met = ""; op = "<"
	if ($5 ~ /^[<>]/) { goal = (substr($5, 2) + 0) * ($5 ~ /B$/ ? b : 1); op = substr($5, 1, 1) }
	else if ($5 != "") { split($5, g, "F+"); goal = g[1] * p50["F"] / 1e3 + g[2] + ($4 ~ /^b.9p/ ? b : 0) }
	if (goal != "") met = (op == "<" ? v <= goal : v >= goal) ? "" : " !"
	printf "%-42s %8s %8s %-4s %8s %6s %9s%s\n", $2, number(v), number(w), $3, number(b), number(ratio), goal == "" ? "" : (op == "<" ? "<= " : ">= ") number(goal), met
	printf "%s\n{\"name\": \"%s\", \"value\": %.4f, \"p99\": %.4f, \"unit\": \"%s\", \"baseline\": %s, \"ratio\": %s, \"goal\": %s}", n++ ? "," : "", $1, v, w, $3,
		b == "" ? "null" : sprintf("%.4f", b), ratio == "" ? "null" : sprintf("%.4f", ratio), goal == "" ? "null" : sprintf("%.4f", goal) >json
}
END { print "\n]}" >json }' figures rows
echo "! a goal of the design that is missed; every figure: $B/bench.json"
