# Memory: programs' faults, fork, limits; a program that is its own pager; CORE's end.
. "$TOP/tests/sys/lib.sh"

lp -c /bin/tests/memory 2>err; status memory_exits_0 0 $?
lp -c /bin/tests/threads 2>err; status threads_exits_0 0 $?
lp --mem 32M -c /bin/tests/memory >out 2>err; status memory_in_32M_exits_0 0 $?
sed 's/ \([a-z]\)/ in_32M_\1/' out

lp -c '/bin/examples/pager 8' >out 2>err; status own_pager_exits_0 0 $?
same own_pager_saw_each_page 8 "$(grep -c '^pager: fault .*: read 0x6000[0-7]000, pc 0x4' out)"
same own_pager_gave_zeroed_pages "worker: 8 pages, sum 36, 8 faults" "$(tail -n 1 out)"

lp -c 'hvm frames; hvm spaces; hvm threads 1; hvm regions 1; hvm images; hvm mem; hvm boot; hvm events' >out 2>err
status debug_commands_exit_0 0 $?
same unknown_debug_command_is_said "no command nonsense; help lists them" "$(lp -c 'hvm nonsense' 2>&1)"
for line in 'frames free in lists' ' core' '^Stack   rw' '^module core'; do
	grep -q -- "$line" out && ok "debug_shows_$(echo $line | tr -cd 'a-zA-Z')" || notok "debug_shows_$line" "$(cat out)"
done

for seed in 1 2 3; do
	lp -c "/bin/tests/wild $seed; hvm frames >/dev/null" 2>err; status wild_${seed}_exits_0 0 $?
done
