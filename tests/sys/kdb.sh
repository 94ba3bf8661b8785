# The micro-kernel's debugger on the serial line that is the console too, its
# trace points, its check of itself, and what a panic shows on both consoles.
. "$TOP/tests/sys/lib.sh"
X=$B/x86
if [ ! -e "$X/boot/root" ] || ! command -v qemu-system-i386 >/dev/null 2>&1; then
	echo "ok no_boot_image_or_no_QEMU_so_skipped"
	exit 0
fi

# start WORDS: boots with these words for the kernel; fd 3 is QEMU's terminal
start() {
	rm -f tty out
	mkfifo tty
	timeout -k 5 120 qemu-system-i386 -nodefaults -no-user-config -accel tcg -m 64 -vga std -display none \
		-serial mon:stdio -no-reboot -device isa-debug-exit,iobase=0x501,iosize=4 -kernel "$X/boot/loader" \
		-initrd "$X/kernel.elf name=kernel $1,$X/boot/sigma0,$X/boot/hvm,$X/boot/core console=pc,$X/boot/root" \
		<tty >out 2>&1 & qemu=$!
	exec 3>tty
}
# until NTH TEXT: waits for its Nth appearance
until_seen() {
	n=0
	until [ "$(grep -ac -- "$2" out)" -ge "$1" ]; do
		n=$((n + 1))
		[ $n -lt 600 ] || { notok "no_$2" "$(tail -n 20 out)"; break; }
		sleep 0.1
	done
}
# command_ NTH LINE: types LINE, then waits for kdb's NTH prompt
command_() {
	printf '%s\r' "$2" >&3
	until_seen "$1" 'kdb> '
}
has() {
	if grep -aq -- "$2" out; then ok "$1"; else notok "$1" "$(tail -n 40 out)"; fi
}
# the text on the screen: a monitor's dump of its memory, each second byte a letter
screen() {
	printf '\001cxp /1600xb 0xb8000\r' >&3
	until_seen 1 'b8638:\( 0x..\)\{8\}'
	sed -n 's/^00000000000b[0-9a-f]*: //p' out | tr ' ' '\n' | sed -n '/^0x/s/0x//p' |
		awk 'NR % 2 { printf "%c", index("0123456789abcdef", substr($1, 1, 1)) * 16 - 16 + index("0123456789abcdef", substr($1, 2, 1)) - 1 }'
}

start 'kdb=on trace=fault'
until_seen 1 'lp49% '
printf '\001b' >&3
until_seen 1 'kdb> '
command_ 2 help
command_ 3 threads
space=$(tr -d '\r' <out | sed -n 's/^00100003 .* \([0-9a-f]\{8\}\)$/\1/p' | head -n 1)
command_ 4 spaces
command_ 5 memory
command_ 6 check
command_ 7 "map $space 401000"
command_ 8 "dump $space bff00000"
command_ 9 trace
command_ 10 'trace ipc'
command_ 11 regs
command_ 12 nonsense
printf 'continue\r' >&3
has break_enters 'kdb: break on COM1'
has help_lists '^threads *all threads'
has threads_are_listed '^000c8001  255 recv'
has spaces_are_listed '^[0-9a-f]* *1 *0  bff00000 bf000000+100000 sigma0'
has memory_is_counted '^pool [0-9]* KB, free [0-9]* KB'
has kernel_checks_itself '^check: nothing wrong'
has mapping_says_from_whom '^00401000: physical [0-9a-f]* rights'
has memory_is_dumped '^bff00000: 4be6344c'
has trace_ring_has_faults '[0-9]* [0-9a-f]* fault  [0-9a-f]* '
has trace_point_is_switched 'ipc on'
has registers_are_shown '^eip [0-9a-f]* esp'
has unknown_command_is_said 'unknown: nonsense'
until_seen 1 'kdb> continue'
printf 'echo it goes on\r' >&3
until_seen 2 'it goes on'
has system_goes_on '^it goes on'
printf '\001b' >&3
until_seen 13 'kdb> '
command_ 14 trace
has traced_messages_are_in_the_ring '[0-9]* [0-9a-f]* ipc    [0-9a-f]* '
printf 'continue\r' >&3
until_seen 2 'kdb> continue'
printf 'echo once more\r' >&3
until_seen 2 'once more'
# a panic: a hardware fault that the monitor makes
printf '\001cnmi\r\001c' >&3
until_seen 1 'kernel panic'
until_seen 15 'kdb> '
has panic_enters 'kdb: panic'
command_ 16 threads
exec 3>&-
kill $qemu 2>/dev/null
wait $qemu 2>/dev/null

start ''
until_seen 1 'lp49% '
printf '\001b' >&3
printf 'echo no debugger\r' >&3
until_seen 2 'no debugger'
has break_alone_enters_nothing '^no debugger'
printf '\001cnmi\r\001c' >&3
until_seen 1 'Reset the machine'
has panic_says_what 'LP49 kernel panic: NMI: bad memory or hardware'
has panic_says_where '^trap 2 error 0 eip [0-9a-f]*'
case $(screen | tr -d '\0') in
*'LP49 kernel panic: NMI'*'Reset the machine.'*) ok panic_is_on_the_screen_too ;;
*) notok panic_is_on_the_screen_too "$(tail -n 30 out)" ;;
esac
exec 3>&-
kill $qemu 2>/dev/null
wait $qemu 2>/dev/null

# as many words as there are: each entry is followed by the kernel's check of itself
start 'check=1 trace=ipc,,fault,,sched'
until_seen 1 'lp49% '
printf 'ls / | wc -l; ps >/dev/null; echo checked\r' >&3
until_seen 2 'checked'
has checked_at_each_entry '^checked'
exec 3>&-
kill $qemu 2>/dev/null
wait $qemu 2>/dev/null
