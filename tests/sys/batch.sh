# Batch use: exit statuses, clean standard streams, command line errors.
. "$TOP/tests/sys/lib.sh"

lp -c true >out 2>err; status true_exits_0 0 $?
same true_prints_nothing "" "$(cat out err)"
lp -c false >out 2>err; status false_exits_1 1 $?
same false_prints_its_status false "$(cat err)"
lp -c "exit 'some text'" 2>err; status exit_text_exits_1 1 $?
same the_status_text_goes_to_stderr "some text" "$(cat err)"
lp -c 'echo hello' >out 2>err; status echo_exits_0 0 $?
same echo_prints "hello" "$(cat out)"
lp -c 'echo to stderr >[1=2]' >out 2>err
same stderr_is_apart "to stderr" "$(cat err)"

# 8-bit clean in both directions, large
head -c 3000000 /dev/urandom >in
lp -c cat <in >out; cmp in out && ok stdin_to_stdout_byte_for_byte || notok stdin_to_stdout_byte_for_byte
lp -c cat </dev/null >out; same empty_stdin_is_end_of_file "" "$(cat out)"
echo 'a b' | lp -c 'read_nothing=1; cat' | cat >out; same pipes_on_both_sides "a b" "$(cat out)"

# scripts with arguments
printf 'echo $#* $1 $2\nexit $3\n' >s.rc
lp s.rc 'x y' z bad >out 2>err; status script_status 1 $?
same script_arguments "3 x y z" "$(cat out)"
same script_status_text bad "$(cat err)"

# bad usage: one line, status 2, nothing done
bad() {
	name=$1
	shift
	lp "$@" >out 2>err </dev/null; status "$name" 2 $?
	same "${name}_one_line" "1" "$(wc -l <err | tr -d ' ')"
	same "${name}_stdout_empty" "" "$(cat out)"
}
bad unknown_option --frob
bad missing_disk --disk nonexistent.img -c true
bad missing_argument --disk
bad folder_as_disk --disk . -c true
bad bad_mem --mem lots -c true
bad small_mem --mem 1M -c true
bad bad_cpus --cpus 0 -c true
bad bad_trace --trace everything -c true
bad missing_script nonexistent.rc
bad cmd_and_script -c true s.rc
bad bad_timeout --timeout x -c true
truncate -s 1M a.img
"$LP49" --disk a.img -c 'sleep 3' & first=$!
sleep 1
bad locked_image --disk a.img -c true
wait $first
"$LP49" --version >out; status version_exits_0 0 $?
"$LP49" --help >out; status help_exits_0 0 $?
grep -q -- --disk out && ok help_names_the_options || notok help_names_the_options "$(cat out)"
"$LP49" --timeout 1 -c 'sleep 30' 2>err; status timeout_exits_124 124 $?
same nothing_left_behind "" "$(left_behind)"
