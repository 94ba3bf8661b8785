# A PC's own terminal: a session typed at the keyboard and read from the screen, by
# QEMU's monitor; the devices that LP49 sees on the PCI bus beside those it has.
. "$TOP/tests/sys/lib.sh"
on_qemu || { skip pc "lp49sim has no screen"; exit 0; }
X=$B/x86

# start OPTION ...: no virtio console, no serial line; fd 3 is QEMU's monitor. The clock
# is that of the instructions: keys don't come faster than a busy host can run LP49.
start() {
	rm -f monitor out
	mkfifo monitor
	timeout -k 5 200 qemu-system-i386 -nodefaults -no-user-config -accel tcg -m 64 -vga std -display none \
		-monitor stdio -no-reboot -icount shift=4 "$@" -kernel "$X/boot/loader" \
		-initrd "$X/kernel.elf name=kernel,$X/boot/sigma0,$X/boot/hvm,$X/boot/core,$X/boot/root" \
		<monitor >>out 2>&1 & qemu=$!
	exec 3>monitor
}
stop() {
	exec 3>&-
	kill $qemu 2>/dev/null
	wait $qemu 2>/dev/null
}
# the screen's 25 lines, without blanks at their ends
screen() {
	: >out
	echo 'xp /2000xh 0xb8000' >&3
	until grep -q '^[0-9a-f]*b8f90:.* 0x[0-9a-f]*.$' out || ! kill -0 $qemu 2>/dev/null; do sleep 0.1; done
	tr -d '\r' <out | sed -n 's/^[0-9a-f]*b8[0-9a-f]*: //p' | tr ' ' '\n' |
		awk '{ h = "0123456789abcdef"; c = index(h, substr($1, 5, 1)) * 16 + index(h, substr($1, 6, 1)) - 17
			line = line sprintf("%c", c == 0 ? 32 : c); if (NR % 80 == 0) { sub(/ *$/, "", line); print line; line = "" } }'
}
# until TEXT is a line of the screen (a basic regular expression); 1: it is not
seen() {
	n=0
	until screen >now; grep -q -e "$1" now; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.2
	done
}
check() { # NAME TEXT
	seen "$2" && ok "$1" || notok "$1" "wanted: $2" "the screen:" "$(cat now)"
}
key() {
	for k; do echo "sendkey $k 20" >&3; done
}
# what a US keyboard has for each character
type_() {
	printf '%s' "$1" | LC_ALL=C awk 'BEGIN {
			split("space spc;! shift-1;@ shift-2;# shift-3;$ shift-4;% shift-5;^ shift-6;& shift-7;* shift-8;( shift-9;) shift-0;" \
			"- minus;_ shift-minus;= equal;+ shift-equal;[ bracket_left;{ shift-bracket_left;] bracket_right;} shift-bracket_right;" \
			"\\ backslash;| shift-backslash;: shift-semicolon;\047 apostrophe;\" shift-apostrophe;` grave_accent;~ shift-grave_accent;" \
			", comma;< shift-comma;. dot;> shift-dot;/ slash;? shift-slash", row, ";")
			for (i in row) { split(row[i], w, " "); name[w[1] == "space" ? " " : w[1]] = w[2] }
			name[";"] = "semicolon"
		}
		{ for (i = 1; i <= length($0); i++) { c = substr($0, i, 1)
			print "sendkey " (c in name ? name[c] : c ~ /[A-Z]/ ? "shift-" tolower(c) : c) " 20" } }' >&3
}
line() {
	type_ "$1"
	key ret
}

start -serial none -rtc base=2011-12-13T14:15:16 -drive if=ide,media=cdrom,index=3 \
	-device pci-bridge,id=b1,chassis_nr=1,addr=0x10 -device virtio-rng-pci,bus=b1,addr=3 \
	-device virtio-net-pci,addr=0x11.1 -device virtio-blk-pci,addr=0x11.0,multifunction=on,drive=none -blockdev null-co,node-name=none,size=1048576
check prompt '^lp49%$'
# every character that can be typed; QEMU queues a line's keys, not many lines'
line 'cat >/tmp/a'
line 'abcdefghijklmnopqrstuvwxyz 1234567890'
check lower_case '^abcdefghijklmnopqrstuvwxyz 1234567890$'
line 'ABCDEFGHIJKLMNOPQRSTUVWXYZ !@#$%^&*()'
check upper_case '^ABCDEFGHIJKLMNOPQRSTUVWXYZ !@#$%^&\*()$'
line '-=[]\;'\'',./_+{}|:"<>?`~'
check others "^-=\[\]\\\\;',\./_+{}|:\"<>?\`~\$"
key caps_lock
type_ 'caps SHIFT 12'
key caps_lock backspace tab x ret ctrl-d
check caps_lock '^CAPS shift 1    x$'
line 'wc /tmp/a'
check end_of_file_and_back_space '^ *4 *9 *114 /tmp/a'
line 'sleep 1000; echo not reached'
check sleeps 'lp49% sleep 1000'
key ctrl-c
line 'echo went on'
check interrupt '^went on'
line 'cat >/tmp/a'
key up down left right home pgup f1 x delete ret ctrl-d
line 'xd -1x /tmp/a'
check arrows_are_sequences '^0000000  1b 5b 41 1b 5b 42 1b 5b 44 1b 5b 43 1b 5b 48 1b$'
check function_keys_too '^0000010  5b 35 7e 1b 4f 50 78 1b 5b 33 7e 0a$'
# scroll back
line 'seq 200'
check scroll_end '^200$'
key shift-pgup shift-pgup
check scrolled_back '^150$'
key shift-pgdn shift-pgdn shift-pgdn
check scrolled_forward '^200$'
key shift-pgup
line 'echo typed'
check typing_scrolls_forward '^typed'
line date
check clock '^Tue Dec 13 14:1[5-9]:[0-5][0-9] GMT 2011$'

# LP49's PCI functions are the monitor's
: >out
echo 'info pci' >&3
until grep -q 'Ethernet controller' out && sleep 0.5; do sleep 0.1; done
tr -d '\r' <out | awk '/ Bus *[0-9]+, device/ { gsub(/[,:]/, ""); at = $2 "." $4 "." $6 "ctl" }
	/: PCI device |PCI bridge: / { for (i = 1; i <= NF; i++) if ($i == "device") { sub(":", "/", $(i + 1)); print at, $(i + 1) } }' |
	sort >want
line "cd '#\$/pci'"
type_ 'for(i in *ctl) { x=`{cat $i}; echo $i $x(2) }'
key ret
seen '^[0-9.]*ctl 1af4'
sleep 1
screen | grep '^[0-9.]*ctl ' | sort >got
cmp -s want got && ok pci_functions || notok pci_functions "wanted:" "$(cat want)" "got:" "$(cat got)"
stop
