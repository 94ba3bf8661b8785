# IDE disks and CDs, behind the PC's own controller: four drives, masters and slaves,
# addresses beyond 28 bits, bad sectors, a drive that does not answer, no medium.
. "$TOP/tests/sys/lib.sh"
on_qemu || { skip ide "lp49sim has virtio disks only"; exit 0; }

has() { grep -q "$2" out && ok "$1" || notok "$1" "$(head -20 out)"; }
# an error that QEMU makes: NTH SECTOR read, write or flush
error() {
	echo ",inject-error.$1.event=none,inject-error.$1.errno=5,inject-error.$1.sector=$2,inject-error.$1.iotype=$3"
}

for i in 0 1 2 3; do
	seq $((i + 1))000 9999999 | head -c $((999936 + i * 512)) >d$i.img
done
cp d2.img was
cat >four.rc <<'RC'
cat /dev/sdC?/ctl | grep config
@{ cat /dev/sdC3/data >/dev/sdC1/data } >[2]/dev/null # two sectors more than there are
@{ cat /dev/sdC0/data >/dev/sdC2/data } >[2=1]
cat /dev/sdC0/data
RC
cat >want <<'END'
config ide0 master dma lba48 QEMU HARDDISK
config ide0 slave dma lba48 QEMU HARDDISK
config ide1 master dma lba48 QEMU HARDDISK
config ide1 slave dma lba48 QEMU HARDDISK
rc: /boot/script:3: can't open /dev/sdC2/data: sdC2: file system is read only
END
cat d0.img >>want
lp --ide --disk d0.img --disk d1.img --disk d2.img,ro --disk d3.img four.rc >out 2>err
cmp want out && ok four_drives || notok four_drives "$(head -n 9 out)" "$(cat err)"
head -c $(stat -c %s d1.img) d3.img | cmp - d1.img && ok written_byte_for_byte || notok written_byte_for_byte "$(cat err)"
cmp was d2.img && ok read_only_is_kept || notok read_only_is_kept
lp --ide --disk d0.img --disk d1.img --disk d2.img --disk d3.img --disk was -c true >out 2>&1
same five_do_not_fit "2 $tool: was: a PC has room for 4 IDE disks; leave out --ide" "$? $(cat out)"

# behind sector 2^28 addresses have 48 bits; without the upper ones it is sector 31564544
truncate -s 200G big.img
cat >big.rc <<'RC'
echo part end 300000000 300000100 >/dev/sdC0/ctl
echo 'behind the 28th bit' >/dev/sdC0/end
sed 1q /dev/sdC0/end
RC
lp --ide --disk big.img big.rc >out 2>&1
same lba48 "behind the 28th bit" "$(tr -d '\0' <out)"
same lba48_lies_there "behind the 28th bit" "$(dd if=big.img bs=512 skip=300000000 count=1 status=none | tr -d '\0')"

truncate -s 1M bad.img
lp --qemu "-blockdev driver=blkdebug,node-name=bad,image.driver=file,image.filename=bad.img$(error 0 100 read
	)$(error 1 300 write)$(error 2 0 flush) -device ide-hd,drive=bad,bus=ide.0,unit=0,rerror=report,werror=report" \
	-c 'wc -c /dev/sdC0/data; cat /dev/zero >/dev/sdC0/data; echo alive; cat /dev/kmesg' >out 2>&1
status bad_sector_status 0 $?
has bad_sector_is_named 'wc: /dev/sdC0/data: ide0 master: read sector 100: refused by the drive: i/o error'
has bad_sector_written 'cat: .*: ide0 master: write sector 300: refused by the drive: i/o error'
has bad_sector_system_goes_on '^alive'
has bad_sector_is_logged 'ide0 master: read sector 100: refused'

# 3000 bytes in a second: more than a piece has no answer in time
lp --qemu "-drive file=bad.img,format=raw,if=ide,throttling.bps-total=3000" \
	-c 'wc -c /dev/sdC0/data; echo alive' >out 2>&1
status no_answer_status 0 $?
has no_answer_is_said 'wc: .*ide0 master: read sector 128: no answer in time, the drive was reset'
has no_answer_system_goes_on '^alive'

# CDs: a slave of a disk, a master without a medium, a slave of that
seq 100000 | head -c 512000 >cd.iso
cat >cd.rc <<'RC'
cat /dev/sdD?/ctl | grep config
cmp /dev/sdD0/data /dev/sdD2/data && echo equal
@{ echo x >/dev/sdD0/data } >[2=1]
@{ cat /dev/sdD1/data } >[2=1]
ls -p /dev/sdD1
cat /dev/sdD2/data
RC
cat >want <<'END'
config ide0 slave atapi dma QEMU DVD-ROM
config ide1 master atapi dma QEMU DVD-ROM
config ide1 slave atapi dma QEMU DVD-ROM
equal
rc: /boot/script:3: can't open /dev/sdD0/data: sdD0: file system is read only
cat: can't open /dev/sdD1/data: file does not exist
ctl
raw
END
cat cd.iso >>want
cd="-drive format=raw,readonly=on,if=ide,media=cdrom"
lp --ide --disk d0.img --qemu "$cd,file=cd.iso,index=1 -drive if=ide,media=cdrom,index=2 $cd,file=cd.iso,index=3" cd.rc >out 2>err
cmp want out && ok cds || notok cds "$(head -n 9 out)" "$(cat err)"
same nothing_left_behind "" "$(left_behind)"
