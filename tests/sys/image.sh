# The image as firmware finds it: a CD, a disk and a USB stick for a BIOS, a CD for
# UEFI; GRUB's menu, the prompt, on serial line and screen.
. "$TOP/tests/sys/lib.sh"
if ! on_qemu; then
	skip image "the simulator boots no image"
	exit 0
fi
UEFI=/usr/share/ovmf/OVMF.fd

# boots NAME QEMU OPTION ...
boots() {
	name=$1
	shift
	type_start "$* -m 128 -display none -serial mon:stdio -no-reboot"
	seen 'lp49% ' && ok "${name}_comes_to_a_prompt" || notok "${name}_comes_to_a_prompt" "$(tail -c 2000 screen)"
	type 'cat /dev/bootargs; ls /bin/rc\r'
	seen '^/bin/rc' && ok "${name}_runs_programs" || notok "${name}_runs_programs" "$(tail -c 2000 screen)"
}
# the monitor saves the text screen; letters are every other byte
vga() {
	type '\001cpmemsave 0xb8000 4000 "cells"\r'
	seen '(qemu).*pmemsave.*' && sleep 1
	tr -d '\000-\037' <cells | grep -aq "$1"
}
leave() {
	type '\001x'
	type_end
}
boots cd qemu-system-i386 -cdrom "$B/lp49.iso"
vga '/bin/rc *lp49%' && ok cd_on_the_screen || notok cd_on_the_screen "$(tr -d '\000-\037' <cells)"
leave
boots disk qemu-system-i386 -drive "file=$B/lp49.img,format=raw,snapshot=on"
leave
boots usb qemu-system-i386 -drive "file=$B/lp49.img,format=raw,snapshot=on,if=none,id=u" -device qemu-xhci -device usb-storage,drive=u
leave
if [ -e $UEFI ]; then
	boots uefi qemu-system-x86_64 -bios $UEFI -cdrom "$B/lp49.iso"
	leave
else
	skip uefi "no $UEFI"
fi
