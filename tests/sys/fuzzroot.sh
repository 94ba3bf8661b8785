# Wild L4 calls of a root task, whose ThreadControl and SpaceControl succeed: the
# micro-kernel alone, without HVM and CORE, stays in order and gets its memory back.
. "$TOP/tests/sys/lib.sh"
X=$B/x86
if [ ! -e "$X/fuzzroot" ] || ! command -v qemu-system-i386 >/dev/null 2>&1; then
	echo "ok no_boot_image_or_no_QEMU_so_skipped"
	exit 0
fi
timeout -k 5 280 qemu-system-i386 -nodefaults -no-user-config -accel tcg -m 64 -display none -serial file:out \
	-no-reboot -device isa-debug-exit,iobase=0x501,iosize=4 -kernel "$X/boot/loader" \
	-initrd "$X/kernel.elf name=kernel ${WORDS-},$X/boot/sigma0,$X/fuzzroot" </dev/null >err 2>&1
status root_task_ends_by_itself 33 $?
tr -d '\r' <out | sed -n '/^ok/p; /^not ok/p; /^#/p'
grep -a 'panic' out | sed 's/^/not ok kernel_panic: /'
cat err
