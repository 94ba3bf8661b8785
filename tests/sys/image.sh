# The image as firmware finds it: a CD, a disk and a USB stick for a BIOS, a CD for
# UEFI of 64 and 32 bits; GRUB's menu, the prompt, on serial line and screen: text
# memory, or a frame buffer whose pixels tests/screen.pl reads with the fonts.
. "$TOP/tests/sys/lib.sh"
if ! on_qemu; then
	skip image "the simulator boots no image"
	exit 0
fi
UEFI=/usr/share/ovmf/OVMF.fd
UEFI32=/usr/share/OVMF/OVMF32
FONTS="/usr/share/consolefonts/spleen-8x16.psfu.gz /usr/share/grub/unicode.pf2"

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
# monitor COMMAND: QEMU's; then the keys are the serial line's again
monitor() {
	type "\001c$1\r\001c"
}
# pixels NAME LINE: a row of the screen is LINE (a basic regular expression)
pixels() {
	n=0
	until rm -f dump; monitor 'screendump dump'; sleep 1; perl "$TOP/tests/screen.pl" dump $FONTS >rows 2>err; grep -q "$2" rows; do
		n=$((n + 1))
		[ $n -lt 20 ] || { notok "$1" "wanted: $2" "the screen:" "$(grep -h . rows err)"; return; }
	done
	ok "$1"
}
if [ -e $UEFI ]; then
	boots uefi qemu-system-x86_64 -bios $UEFI -cdrom "$B/lp49.iso"
	type 'echo ┌─┐ Änd 日本語のテキスト αβω Дюж; seq 300\r'
	seen '^300'
	pixels uefi_scrolls '^300$'
	monitor 'sendkey shift-pgup'
	for i in 1 2 3 4 5 6 7 8 9 a; do monitor 'sendkey shift-pgup'; done
	pixels uefi_scrolls_back '^┌─┐ Änd 日本語のテキスト αβω Дюж$'
	pixels uefi_screen_is_the_serial_lines '^lp49% cat /dev/bootargs; ls /bin/rc$'
	monitor 'sendkey e'
	monitor 'sendkey x'
	monitor 'sendkey ret'
	pixels uefi_keyboard "^rc: ex: "
	monitor nmi
	pixels uefi_panic_is_on_the_screen '^LP49 kernel panic: NMI'
	leave
else
	skip uefi "no $UEFI"
fi
if [ -e ${UEFI32}_CODE_4M.secboot.fd ]; then
	cp ${UEFI32}_VARS_4M.fd vars
	boots uefi32 qemu-system-i386 -machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on \
		-drive if=pflash,unit=0,format=raw,readonly=on,file=${UEFI32}_CODE_4M.secboot.fd \
		-drive if=pflash,unit=1,format=raw,file=vars -cdrom "$B/lp49.iso"
	pixels uefi32_on_the_screen '^/bin/rc$'
	leave
else
	skip uefi32 "no ${UEFI32}_CODE_4M.secboot.fd"
fi
