#!/bin/sh
# tests/bench/x86.sh - the boot image under QEMU: a table, and BUILD/bench-x86.json.
# usage: x86.sh BUILD              (make bench TARGET=x86)
#        NOBUILD=1: leave out the times of builds
# Under emulation times say little. Instructions are counted with -icount shift=0
# and are the same each time; µs are for the papers' bounds.
# A row is: name, what it is, unit, the reference kernel's figure, bound.
# Nothing fails when a bound is missed. SEE doc/bench.md, tests/x86/ipcbench.c
set -u
TOP=$(cd "$(dirname "$0")/../.." && pwd)
B=$(cd "$1" && pwd) || exit 1
LC_ALL=C
export LC_ALL
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1

die() {
	echo "bench: $*" >&2
	cat err >&2 2>/dev/null
	exit 1
}
say() { echo "bench: $*" >&2; }
lp() { "$B/lp49qemu" --timeout 300 "$@" 2>err; }
# seconds NAME COMMAND ...: the time of the last of COMMANDs, in s
seconds() {
	name=$1
	shift
	from=$(date +%s%N)
	"$@" >log 2>&1 || { cat log >&2; die "$*"; }
	echo "$name $(($(date +%s%N) - from))" | awk '{ printf "%s %.3f\n", $1, $2 / 1e9 }' >>figures
}
makes() { (cd "$TOP" && MAKEFLAGS='' CCACHE_DISABLE=1 make "$@"); }

say "instructions of the micro-kernel"
"$B/lp49qemu" --timeout 120 --qemu "-icount shift=0" --root "$B/x86/ipcbench" -c true 2>&1 | tr -d '\r' |
	sed -n 's/^\([a-z]*-*[a-z]*-*[0-9]*\) \([0-9]*\) instructions.*/\1 \2/p' >figures
[ -s figures ] || die "ipcbench says nothing"
say "reads, calls"
lp -c /bin/tests/bench_call >calls || die bench_call
awk '{ printf "%s %.2f\n", $1, $2 / 1000 }' calls >>figures
say "start"
seconds boot lp -c true
if [ -z "${NOBUILD:-}" ]; then
	say "a full build, an edit"
	seconds build makes B="$work/b" x86
	touch "$TOP/servants/cons.c"
	edit() { makes B="$work/b" x86 && "$work/b/lp49qemu" --timeout 60 -c true; }
	seconds edit edit
	awk '$1 == "build" { a = $2 } $1 == "boot" { b = $2 } END { printf "build.boot %.3f\n", a + b }' figures >>figures
fi

cat >rows <<'ROWS'
ipc-inter-0|IPC, one way, two spaces: 0 words|insn|101|101
ipc-inter-4|... 4 words|insn|112|112
ipc-inter-16|... 16 words|insn||
ipc-inter-63|... 63 words|insn|171|171
ipc-intra-0|IPC, one way, one space: 0 words|insn|100|
ipc-intra-4|... 4 words|insn|111|
ipc-intra-63|... 63 words|insn|170|
null-call|null call of the kernel|insn||
page-fault|page fault, served by a user pager|insn||
call.null|null system call of CORE|us||
read.root.16|read 16 B of a RAM file in CORE (#R)|us||97
read.root.1024|... 1 KiB|us||107
read.root.4096|... 4 KiB|us||157
read.root.65536|... 64 KiB|us||373
read.ramfs.16|read 16 B through #M and ramfs|us||
read.ramfs.65536|... 64 KiB|us||
fork.exec|fork, exec of /bin/true, wait|us||
boot|QEMU's start to rc's first command, and the end|s||3
build|full build of the image|s||
build.boot|... and boot|s||40
edit|servants/cons.c changed: make, boot to rc|s||10
ROWS
awk -F'|' -v json="$B/bench-x86.json" -v date="$(date -u +%Y-%m-%dT%H:%M:%SZ)" '
FNR == NR { split($0, f, " "); value[f[1]] = f[2]; next }
FNR == 1 {
	printf "%-50s %9s %-5s %9s %9s\n", "", "", "", "reference", "bound"
	printf "{\"date\": \"%s\", \"results\": [", date >json
}
!($1 in value) { printf "%-50s not measured\n", $2; next }
{
	v = value[$1]
	printf "%-50s %9s %-5s %9s %9s%s\n", $2, v, $3, $4 == "" ? "-" : $4, $5 == "" ? "-" : "<= " $5, ($5 != "" && v > $5 + 0 ? " !" : "")
	printf "%s\n{\"name\": \"%s\", \"value\": %s, \"unit\": \"%s\", \"reference\": %s, \"goal\": %s}", n++ ? "," : "", $1, v, $3, $4 == "" ? "null" : $4, $5 == "" ? "null" : $5 >json
}
END { print "\n]}" >json }' figures rows
echo "! a bound that is missed; every figure: $B/bench-x86.json"
