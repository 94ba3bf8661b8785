# The folders above the L4 line hold no platform code: no host headers, no
# conditionals on a machine or host.
cd "$TOP" || exit 1
folders="core servants servers hvm cmd lib9 examples"
check() {
	name=$1
	shift
	if found=$(grep -rnE "$@" $folders --include='*.[chS]'); then
		echo "$found"
		echo "not ok $name"
	else
		echo "ok $name"
	fi
}
check no_host_headers '^[[:space:]]*#[[:space:]]*include[[:space:]]*<(unistd|sys/|pthread|fcntl|errno|signal|stdio|stdlib|string|linux/|asm/)'
check no_platform_conditionals '^[[:space:]]*#[[:space:]]*(el)?if(n?def)?\b.*(SIM|TARGET|X86|i386|x86_64|linux|__SIZEOF|__WORDSIZE|__LP64__|HOST)'
check no_way_into_the_simulator '^[[:space:]]*#[[:space:]]*include[[:space:]]*"(sim|target-x86)/'
# includes are root-relative and point down: lib9 <- hvm <- core <- servants
# (examples/servant is not a program but a part of CORE)
for f in lib9 servers cmd examples; do
	folders=$f
	[ $f = examples ] && folders=$(ls -d examples/*.c)
	check "${f}_includes_only_lib9" '^[[:space:]]*#[[:space:]]*include[[:space:]]*"(core|servants)/'
done
