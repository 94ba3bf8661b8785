# Everything above the L4 line, and the X.2 suite, compiles for a 32-bit machine
# without a warning; of the suite, which has a few lines of assembly, these too.
cd "$TOP" || exit 1
inc=$(gcc -print-file-name=include)
check() {
	if found=$(gcc -m32 -std=c11 -ffreestanding -nostdinc -isystem "$inc" \
		-I. -Ilib9/free -Itests/word32 -Wall -Wextra -Werror -fno-pic "$@" 2>&1); then
		echo "ok $1"
	else
		echo "$found"
		echo "not ok $1"
	fi
}
for f in lib9/*.c lib9/free/*.c lib9/sys/*.c hvm/*.c core/*.c servants/*.c \
	servers/*/*.c cmd/*.c cmd/rc/*.c examples/*.c; do
	check "$f" -fsyntax-only
done
for f in tests/l4/*.c; do
	[ "$f" = tests/l4/sim.c ] || check "$f" -c -O2 -o /dev/null
done
