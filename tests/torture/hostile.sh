# Hostile programs: each attack runs while another program's calls are timed.
. "$TOP/tests/sys/lib.sh"

SECONDS_MAX=90 lp -c /bin/tests/hostile 2>err; status attacked_system_goes_on 0 $?
SECONDS_MAX=90 lp --cpus 2 -c /bin/tests/hostile 2>err | sed 's/ \([a-z]\)/ on_2_cpus_\1/'

lp -c '/bin/tests/syscalls 1 100000' 2>err; status wild_calls_end_nobody_else 0 $?
