# rc on the whole system: what the unit test's scripts can't show on the host.
. "$TOP/tests/sys/lib.sh"

# run NAME WANT COMMAND: standard output
run() {
	same "$1" "$2" "$(lp -c "$3" 2>&1 </dev/null)"
}
run pipeline_of_three "C" 'echo a | sed s/a/b/ | sed s/b/C/'
run backquote_and_lists "3 b" 'x=`{echo a b c}; echo $#x $x(2)'
run variables_reach_programs "1 2" 'x=(1 2); rc -c '\''echo $x'\'''
run functions_reach_programs "hi you" 'fn f {echo hi $*}; rc -c '\''f you'\'''
run local_variables_end "in" 'x=in rc -c '\''echo $x'\''; rc -c '\''echo -n $x'\'''
run a_subshell_keeps_its_environment "out" 'x=out; @ {x=in; true}; rc -c '\''echo $x'\'''
run names_of_pipes_in_fd "hi" 'cat <{echo hi}'
run output_to_a_command "HI" 'echo hi | tee >{sed s/hi/HI/ >/tmp/o} >/dev/null; sleep 1; cat /tmp/o'
run here_document "a 1 b" 'x=1; cat <<E
a $x b
E'
run long_here_document "   5000" "wc -l <<E
$(yes line | head -5000)
E"
run background_and_wait "done" 'sleep 1 & wait $apid; echo done'
run background_reads_nothing "      0" 'wc -c & wait'
run redirect_and_append "one two" '>/tmp/f echo one; echo two >>/tmp/f; echo `{cat /tmp/f}'
run files_by_pattern "/bin/cat" 'echo /bin/ca[t]'
run pattern_of_folders "/bin/rc" 'echo /b*/rc'
run whatis_finds_a_program "/bin/cat" 'whatis cat'
run cd_changes_the_folder "/tmp" 'cd /tmp; pwd'
run missing_program "rc: nosuch: file does not exist" 'nosuch; true'
run missing_file "rc: can't open /nofile: file does not exist
error" 'cat </nofile; true'
run a_killed_program_says_why "killed" 'sleep 30 & p=$apid; echo kill >/proc/$p/note; wait $p; ~ $status *kill* && echo killed'
run sigexit_runs "bye" 'fn sigexit {echo bye}; true'
run sigexit_is_not_inherited "in
bye" 'fn sigexit {echo bye}; rc -c '\''echo in'\''; true'
printf '#!/bin/rc\necho script $#* $*\n' >s.rc
same script_with_arguments "script 2 a b c" "$(lp s.rc a 'b c' </dev/null)"
printf 'x=`{cat}\necho $#x\ncat /tmp/none\necho after $status\nexit bad\n' >t.rc
same script_reads_standard_input 3 "$(echo a b c | lp t.rc 2>err | sed 1q)"
same script_end "bad" "$(tail -1 err)"
