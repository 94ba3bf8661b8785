# What can't boot says so: modules that are no programs, damaged, missing, too many;
# no kernel, too little memory. One line on the serial port and on the screen that
# says what and what next; the machine stands still.
. "$TOP/tests/sys/lib.sh"
if ! on_qemu; then
	skip badboot "the simulator has neither loader nor modules"
	exit 0
fi
X=$B/x86
kernel="$X/kernel.elf name=kernel" sigma0="$X/boot/sigma0 name=sigma0" hvm="$X/boot/hvm name=hvm"
core="$X/boot/core name=core" root="$X/boot/root name=root"

# said NAME LINE MODULES [QEMU OPTION ...]
said() {
	name=$1 line=$2 modules=$3
	shift 3
	rm -f com1 cells keys
	mkfifo keys
	timeout 60 qemu-system-i386 -nodefaults -vga std -display none -no-reboot -no-shutdown -m 64 -serial file:com1 \
		-monitor stdio -kernel "$X/boot/loader" -initrd "$modules" "$@" <keys >monitor 2>&1 & qemu=$!
	exec 4>keys
	n=0
	until grep -aqF "$line" com1 2>/dev/null || [ $n -ge 300 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	printf 'pmemsave 0xb8000 4000 cells\nquit\n' >&4
	exec 4>&-
	wait $qemu
	grep -aqF "$line" com1 && ok "${name}_on_the_serial_port" || notok "${name}_on_the_serial_port" "$(cat com1)"
	tr -d '\000-\037O' <cells | grep -aqF "$(echo "$line" | tr -d O)" && ok "${name}_on_the_screen" ||
		notok "${name}_on_the_screen" "$(tr -d '\000-\037' <cells)" "$(cat com1)"
}
echo 'no program' >text
head -c 5000 "$X/boot/hvm" >short
echo '.globl _start; _start: hlt' | gcc -m32 -nostdlib -static -Wl,-Ttext=0x200000,--build-id=none -x assembler -o plain -

said no_elf "loader: kernel is not a 32-bit ELF file; give kernel, sigma0 and root task first, in this order" \
	"text name=kernel,$sigma0,$hvm"
said another_elf "loader: sigma0 is not a 32-bit ELF file" "$kernel,$B/lp49sim name=sigma0,$hvm"
said no_kernel "loader: kernel is no X.2 kernel: no kernel interface page in it; give another first module" \
	"plain name=kernel,$sigma0,$hvm"
said damaged "loader: hvm is damaged: a segment reaches past its end; copy the file again" "$kernel,$sigma0,short name=hvm"
said two_modules "loader: needs the modules kernel, sigma0 and root task; name them after the loader" "$kernel,$sigma0"
many=$kernel,$sigma0,$hvm
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do many=$many,text; done
said many_modules "loader: more than 16 modules; give fewer" "$many"
said overlap "loader: sigma0 and root overlap at 0x400000; link one elsewhere" "$kernel,$sigma0,$X/boot/sigma0 name=root"
said little_memory "give the machine more memory" "$kernel,$sigma0,$hvm,$core,$root" -m 14
said no_core 'hvm: no boot module "core"; name it behind the root task' "$kernel,$sigma0,$hvm"
said no_root 'is it in the boot module "root"?' "$kernel,$sigma0,$hvm,$core"
said core_is_text 'hvm: core: ' "$kernel,$sigma0,$hvm,text name=core"
# under UEFI the screen is pixels: said_uefi NAME LINE ROW, where what boots is in iso/boot,
# LINE is on the serial port and ROW, a basic regular expression, a row of the screen
said_uefi() {
	rm -f com1 dump keys
	grub-mkrescue -d /usr/lib/grub/x86_64-efi -o bad.iso iso >mkrescue 2>&1 || cat mkrescue
	mkfifo keys
	timeout 100 qemu-system-x86_64 -nodefaults -vga std -display none -no-reboot -m 128 -serial file:com1 \
		-monitor stdio -bios $UEFI -cdrom bad.iso <keys >monitor 2>&1 & qemu=$!
	exec 4>keys
	n=0
	until grep -aqF "$2" com1 2>/dev/null || [ $n -ge 600 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	printf 'screendump dump\nquit\n' >&4
	exec 4>&-
	wait $qemu
	perl "$TOP/tests/screen.pl" dump /usr/share/consolefonts/spleen-8x16.psfu.gz >rows 2>&1
	grep -aqF "$2" com1 && grep -q "$3" rows && ok "$1_under_uefi" || notok "$1_under_uefi" "$(grep -h . rows com1)"
}
UEFI=/usr/share/ovmf/OVMF.fd
if [ ! -e $UEFI ]; then
	skip uefi "no $UEFI"
	exit 0
fi
mkdir -p iso/boot/grub
cp "$X/boot/sigma0" "$X/boot/hvm" iso/boot
cp "$X/boot/loader-image" iso/boot/loader
cp text iso/boot/kernel
cat >iso/boot/grub/grub.cfg <<'END'
insmod efi_gop
multiboot /boot/loader
module /boot/kernel kernel
module /boot/sigma0 sigma0
module /boot/hvm hvm
boot
END
said_uefi no_elf "loader: kernel is not a 32-bit ELF file; " "^loader: kernel is not a 32-bit ELF file; .* in this order$"
cp "$X/kernel.elf" iso/boot/kernel
said_uefi no_core 'hvm: no boot module "core"; name it behind the root task' '^hvm: no boot module "core"; name it behind the root task$'
