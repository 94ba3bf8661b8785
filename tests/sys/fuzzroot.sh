# Wild L4 calls of a root task, whose ThreadControl and SpaceControl succeed: the
# micro-kernel alone, without HVM and CORE, stays in order and gets its memory back.
# A root task can also end itself: its other threads write to its memory and jump
# into its code. So time is counted in instructions (-icount), each run is the same,
# and the seeds are some with which it lives; whoever changes the kernel may have to
# look for others when it hangs without a panic (a pager of its own, say).
. "$TOP/tests/sys/lib.sh"
X=$B/x86
if [ ! -e "$X/fuzzroot" ] || ! command -v qemu-system-i386 >/dev/null 2>&1; then
	skip fuzzroot "no boot image, or no QEMU"
	exit 0
fi
timeout -k 5 200 qemu-system-i386 -nodefaults -no-user-config -accel tcg -icount shift=1,sleep=off \
	-rtc base=2026-01-01,clock=vm -m 64 -display none -serial file:out \
	-no-reboot -device isa-debug-exit,iobase=0x501,iosize=4 -kernel "$X/boot/loader" \
	-initrd "$X/kernel.elf name=kernel ${WORDS-},$X/boot/sigma0,$X/fuzzroot" </dev/null >err 2>&1
status root_task_ends_by_itself 33 $?
tr -d '\r' <out | sed -n '/^ok/p; /^not ok/p; /^#/p'
grep -a 'panic' out | sed 's/^/not ok kernel_panic: /'
cat err
