# lib.sh - sourced by the whole-system tests. Each test runs in an empty folder.
#   lp OPTION ...          lp49sim with a time limit
#   same NAME WANT GOT     ok when the two texts are equal
#   status NAME WANT GOT   ok when the two numbers are equal
#   ok NAME / notok NAME TEXT
LP49=${LP49:-$B/lp49sim}
lp() {
	"$LP49" --timeout "${SECONDS_MAX:-60}" "$@"
}
ok() {
	echo "ok $1"
}
notok() {
	echo "not ok $1"
	shift
	printf '%s\n' "$@"
}
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		notok "$1" "wanted:" "$2" "got:" "$3"
	fi
}
status() {
	if [ "$2" -eq "$3" ]; then
		ok "$1"
	else
		notok "$1" "wanted exit status $2, got $3"
	fi
}
# processes of lp49sim that this test's user could have left behind
left_behind() {
	for p in /proc/[0-9]*; do
		exe=$(readlink "$p/exe" 2>/dev/null) || continue
		case $exe in "$B"/*) echo "${p#/proc/} $exe" ;; esac
	done
}
export MTOOLS_SKIP_CHECK=1
