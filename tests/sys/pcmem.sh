# How much memory a PC may have: all of 3 GiB but what HVM needs addresses for, as
# little as 20 MiB; what can't be used is said. Two processors, too.
. "$TOP/tests/sys/lib.sh"
on_qemu || { skip pcmem "lp49sim makes its own memory"; exit 0; }

memory() { # OPTIONS: bytes that LP49 has
	echo $(lp "$@" -c "sed -n 's/ memory//p' /dev/swap; seq 20000 >/tmp/a; tail -n 1 /tmp/a" 2>&1)
}
between() { # NAME LOW HIGH "BYTES 20000": MiB
	set -- "$1" "$2" "$3" $4
	[ "$5" = 20000 ] && [ $(($4 >> 20)) -ge $2 ] && [ $(($4 >> 20)) -lt $3 ] && ok "$1" || notok "$1" "$4 $5"
}
between smallest 10 20 "$(memory --mem 20M)"
between small 20 32 "$(memory --mem 32M --cpus 2)"
between three_gib 2955 3040 "$(memory --mem 3G)"
between three_gib_two_cpus 2955 3040 "$(memory --mem 3G --cpus 2)"
between beyond_four_gib 2955 3040 "$(memory --mem 6G)"
lp --mem 6G --root "$B/x86/boot/hvm" -c true >out 2>&1
grep -q 'loader: 3072 MiB of memory above 4 GiB are not used' out && ok above_4_gib_is_said || notok above_4_gib_is_said "$(head out)"
grep -q 'hvm: 31 MiB of memory at 3040 MiB and on are not used' out && ok beyond_hvm_is_said || notok beyond_hvm_is_said "$(head out)"
lp --qemu '-m 14M' -c true >out 2>&1
status too_little_status 3 $?
grep -q 'loader: .* lies beyond the memory; give the machine more' out && ok too_little_is_said || notok too_little_is_said "$(tail -n 5 out)"
lp --mem 16M -c true >out 2>&1
same too_little_is_refused "2 $tool: --mem: want 20M to 16384M, not \"16M\"" "$? $(cat out)"
