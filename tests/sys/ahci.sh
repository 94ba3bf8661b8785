# SATA disks and a CD behind an AHCI controller, as newer PCs have: QEMU's machine q35. Bad
# sectors, a drive that does not answer.
. "$TOP/tests/sys/lib.sh"
on_qemu || { skip ahci "lp49sim has virtio disks only"; exit 0; }
has() { grep -q "$2" out && ok "$1" || notok "$1" "$(head -20 out)"; }

seq 1000 9999999 | head -c 999936 >d0.img
seq 5000 9999999 | head -c 1000448 >d1.img
seq 100000 | head -c 512000 >cd.iso
cat >drives.rc <<'RC'
cat /dev/sd??/ctl | grep config
cat /dev/sdC0/data >/dev/sdC1/data
@{ cat /dev/sdC0/data /dev/sdC0/data >/dev/sdC1/data } >[2]/dev/null # more than it has
cat /dev/sdD0/data
RC
cat >want <<'END'
config ahci0 port 0 dma lba48 QEMU HARDDISK
config ahci0 port 1 dma lba48 QEMU HARDDISK
config ahci0 port 3 atapi dma QEMU DVD-ROM
END
cat cd.iso >>want
drive() { # NUMBER FILE KIND OPTIONS
	echo "-drive file=$2,format=raw,if=none,id=d$1$4 -device ide-$3,drive=d$1,bus=ide.$1"
}
lp --qemu "-machine q35 $(drive 0 d0.img hd) $(drive 1 d1.img hd) $(drive 3 cd.iso cd ,media=cdrom,readonly=on)" drives.rc >out 2>err
cmp out want && ok drives || notok drives "$(head -n 9 out)" "$(cat err)"
(cat d0.img; head -c 512 d0.img) | cmp - d1.img && ok written_byte_for_byte || notok written_byte_for_byte

truncate -s 1M bad.img
lp --qemu "-machine q35 -blockdev driver=blkdebug,node-name=bad,image.driver=file,image.filename=bad.img,inject-error.0.event=none,inject-error.0.errno=5,inject-error.0.sector=100,inject-error.0.iotype=read -device ide-hd,drive=bad,bus=ide.0,rerror=report" \
	-c 'wc -c /dev/sdC0/data; echo written >/dev/sdC0/data; sed 1q /dev/sdC0/data | tr -d "\0"; echo alive' >out 2>&1
status bad_sector_status 0 $?
has bad_sector_is_named 'wc: /dev/sdC0/data: ahci0 port 0: read sector 100: refused by the drive: i/o error'
has bad_sector_system_goes_on '^alive'

# 3000 bytes in a second: more than a piece has no answer in time
lp --qemu "-machine q35 $(drive 0 bad.img hd ,throttling.bps-total=3000)" -c 'wc -c /dev/sdC0/data; echo alive' >out 2>&1
status no_answer_status 0 $?
has no_answer_is_said 'wc: .*ahci0 port 0: read sector [0-9]*: no answer in time, the drive was reset'
has no_answer_system_goes_on '^alive'
same nothing_left_behind "" "$(left_behind)"
