# Virtio devices that don't answer: a disk is dead then, which is said in one line, and
# holds nobody; a source of randomness is done without. The rest goes on.
. "$TOP/tests/sys/lib.sh"
on_qemu || { skip silent "lp49sim's devices answer, or end with it"; exit 0; }
has() { grep -q "$2" out && ok "$1" || notok "$1" "$(head -20 out)"; }

# 5 bytes in a second; the firmware's own request is the one that is answered
truncate -s 1M d.img
disk="-drive if=none,id=s,format=raw,file=d.img,throttling.bps-total=5 -device virtio-blk-pci,drive=s"
rng="-chardev null,id=e -object rng-egd,chardev=e,id=g -device virtio-rng-pci,rng=g,addr=01.4"
lp --qemu "$disk $rng" \
	-c 'cat /dev/sdC0/data; xd -1x /dev/random | sed 1q | wc -l; echo alive; cat /dev/kmesg' >out 2>&1
status silent_status 0 $?
has silent_disk_is_an_error 'cat: .*sdC0: the disk is dead: i/o error'
same silent_disk_is_said_once 1 "$(grep -c 'no answer in 30 s: the disk is dead, it is not used until' out)"
has silent_rng_is_said 'rng: no answer in 2 s'
has silent_rng_has_a_substitute '#c/random: no source of randomness but the clock'
has system_goes_on '^alive'
