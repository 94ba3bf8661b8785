#!/bin/sh
# tests/run.sh - run every test that was built; the last line has the totals.
# usage: run.sh WHAT BUILD SCRIPT ...
#   WHAT  names, commas between: host (unit tests, fuzz corpora), sim and x86 (the
#         X.2 suite and the scripts on lp49sim, on lp49qemu)
# A test is a unit binary (Check), a fuzz target replaying its corpus, the X.2
# suite as the root task, or a script; the last two print "ok NAME", "not ok NAME"
# and "skip NAME: REASON" lines. Each has a time limit and an empty folder of its
# own, and another as TMPDIR; both go with it, however it ends. A script that doesn't source lib.sh needs no machine and runs once.
what=,$1,
B=$(cd "$2" && pwd) || exit 1
shift 2
TOP=$(cd "$(dirname "$0")/.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
export B TOP PATH
# names on disks are UTF-8, whatever the user's language; mtools asks the locale
LC_ALL=C.UTF-8
export LC_ALL
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0 skipped=0 unsteady=

# once NAME COMMAND ...: run it in an empty folder; good, bad, not: its lines; rc
once() {
	name=$1
	shift
	mkdir -p "$work/dir" "$work/tmp"
	(cd "$work/dir" && TMPDIR="$work/tmp" timeout -k 5 "${LIMIT:-300}" "$@") >"$work/out" 2>&1 </dev/null
	rc=$?
	rm -rf "$work/dir" "$work/tmp"
	good=$(grep -c '^ok ' "$work/out")
	bad=$(grep -c '^not ok ' "$work/out")
	not=$(grep -c '^skip ' "$work/out")
	set -- $(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$work/out")
	if [ $# = 3 ]; then
		bad=$((bad + $2 + $3)) good=$((good + $1 - $2 - $3))
	fi
	# a fuzz target counts the inputs that it has taken without a complaint
	good=$((good + $(sed -n 's/^.*: \([0-9]*\) inputs$/\1/p' "$work/out" | head -n 1 | grep . || echo 0)))
	if [ $rc = 124 ] || [ $rc = 137 ]; then
		echo "not ok $name: time limit" >>"$work/out"
		bad=$((bad + 1))
	elif [ $rc != 0 ] && [ $bad = 0 ]; then
		bad=1
	elif [ $good = 0 ] && [ $bad = 0 ] && [ $not = 0 ]; then
		echo "not ok $name: ran no test" >>"$work/out"
		bad=1
	fi
}

# one NAME COMMAND ...: run it and count; what failed is shown, and run once more:
# what fails only sometimes is said, and is no reason to throw a day's work away
one() {
	once "$@"
	if [ $bad != 0 ]; then
		echo "---- $1 failed, exit status $rc; once more:"
		tail -n 60 "$work/out"
		echo "----"
		once "$@"
		[ $bad != 0 ] || unsteady="$unsteady $1"
	fi
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + not))
	printf '%-28s %4d passed %3d failed\n' "$1" "$good" "$bad"
	sed -n 's/^skip /    skipped: /p' "$work/out"
	[ $bad = 0 ] || { echo "---- $1: exit status $rc"; tail -n 60 "$work/out"; echo "----"; }
}

wanted() {
	case $what in *,$1,*) return 0 ;; esac
	return 1
}

if wanted host; then
	for t in "$B"/host/tests/unit/*; do
		[ -x "$t" ] && [ ! -d "$t" ] && one "unit/${t##*/}" "$t"
	done
	for t in "$B"/host/tests/fuzz/*; do
		[ -x "$t" ] && [ ! -d "$t" ] && one "fuzz/${t##*/}" "$t" "$TOP/tests/fuzz/corpus/${t##*/}"
	done
fi
if wanted sim; then
	LP49=$B/lp49sim
	export LP49
	if [ -e "$B/l4suite.elf" ]; then
		one l4suite "$LP49" --root "$B/l4suite.elf"
		one "l4suite, 2 CPUs" "$LP49" --cpus 2 --root "$B/l4suite.elf"
	fi
	for t; do
		one "$(basename "$(dirname "$t")")/$(basename "$t" .sh)" sh "$TOP/$t"
	done
fi
if wanted x86; then
	LP49=$B/lp49qemu
	export LP49
	one x86/l4suite "$LP49" --root "$B/x86/l4suite"
	for t; do
		if ! wanted sim || grep -q 'sys/lib.sh"' "$TOP/$t"; then
			one "x86/$(basename "$t" .sh)" sh "$TOP/$t"
		fi
	done
fi
[ -z "$unsteady" ] || echo "failed, and passed when repeated:$unsteady"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
