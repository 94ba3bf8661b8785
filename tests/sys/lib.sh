# lib.sh - sourced by the whole-system tests. Each test runs in an empty folder.
#   lp OPTION ...          lp49sim with a time limit
#   same NAME WANT GOT     ok when the two texts are equal
#   status NAME WANT GOT   ok when the two numbers are equal
#   ok NAME / notok NAME TEXT
#   skip NAME REASON       what does not exist on this machine; counted
# LP49 is the machine: lp49sim, or lp49qemu; $tool its name. A test says the same
# on both. LP49FLAGS: more options for every run, such as --ide.
LP49=${LP49:-$B/lp49sim}
tool=${LP49##*/}
on_qemu() {
	[ "$tool" = lp49qemu ]
}
lp() {
	"$LP49" $LP49FLAGS --timeout "${SECONDS_MAX:-60}" "$@"
}
ok() {
	echo "ok $1"
}
notok() {
	echo "not ok $1"
	shift
	printf '%s\n' "$@"
}
skip() {
	echo "skip $1: $2"
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
# processes that this test could have left behind: of the build's programs, or
# QEMU with the build's loader; it may take a moment to be gone
left_behind_now() {
	for p in /proc/[0-9]*; do
		exe=$(readlink "$p/exe" 2>/dev/null) || continue
		case $exe in
		"$B"/*) echo "${p#/proc/} $exe" ;;
		*/qemu-system-*) tr '\0' ' ' <"$p/cmdline" | grep -o "^.* -kernel $B/" ;;
		esac
	done
}
left_behind() {
	for i in 1 2 3 4 5 6 7 8 9; do
		[ -z "$(left_behind_now)" ] && return
		sleep .1
	done
	left_behind_now
}
export MTOOLS_SKIP_CHECK=1
# a machine that is typed at: type_start COMMAND runs it on a terminal of its own,
# what it says goes to "screen"; type TEXT; seen PATTERN waits until a line has it;
# type_end waits for its end and has its exit status
export TERM=xterm XDG_STATE_HOME="$PWD/state" # whoever runs the tests keeps his history
type_start() {
	rm -f keys screen
	mkfifo keys
	timeout 200 script -qefc "$1" /dev/null <keys >screen 2>&1 & typed=$!
	exec 4>keys
}
type() {
	printf "$1" >&4
}
seen() {
	n=0
	until grep -aq -- "$1" screen; do
		sleep 0.1
		n=$((n + 1))
		if [ $n -ge 1200 ] || ! kill -0 $typed 2>/dev/null; then
			return 1
		fi
	done
}
type_end() {
	exec 4>&-
	wait $typed
}
