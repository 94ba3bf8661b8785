# Wild L4 calls and instructions of a user program: the system goes on and holds
# afterwards what it held before.
. "$TOP/tests/sys/lib.sh"
case $LP49 in
*qemu) calls=${CALLS:-1000000} ;; # the micro-kernel: the count is the test
*) calls=${CALLS:-4000} ;;      # the simulator: a call costs a host's IPC
esac
seed=${SEED:-1}

# the first run warms up: CORE keeps clerks, and memory for them
cat >run <<E
fn state {
	echo state \$1
	ls /proc
	hvm frames
	hvm spaces >/env/x
	wc -l </env/x
	hvm handles >/env/x
	tail -n 1 /env/x
	hvm mem >/env/x
	sed 1q /env/x
}
/bin/tests/fuzz 99 $((calls / 10)) >/dev/null
state before
/bin/tests/fuzz $seed $calls
state after
echo goes on
E
# what state NAME printed: processes but the program that lists them, lists in order, counts
state() {
	sed -n "/^state $1\$/,/ pages,/p" out | sed '1d; /^[0-9]* frames free in lists/s/^[0-9]* //; s/ pages,.*//; s,^/proc/.*,process,' | grep -vx '[0-9][0-9]*'
}
free_pages() {
	sed -n "/^state $1\$/,/ pages,/s/.* pages, \([0-9]*\) free.*/\1/p" out
}
SECONDS_MAX=280 lp run >out 2>err; status "fuzz_seed_${seed}_exits_0" 0 $?
sed -n '/^ok/p; /^not ok/p; /^# seed/p' out
same system_goes_on 'goes on' "$(tail -n 1 out)"
same no_process_space_or_handle_is_left "$(state before)" "$(state after)"
lost=$(($(free_pages before) - $(free_pages after)))
if [ $lost -lt 64 ]; then ok memory_comes_back; else notok memory_comes_back "$lost pages are gone"; fi
grep -a 'panic\|check:' err | sed 's/^/not ok kernel_panic: /'
grep -av 'suicide' err | head -n 20 | sed 's/^/# /'
