# The console of a machine at a terminal: typing, ^C, the debug shell, the ways out.
. "$TOP/tests/sys/lib.sh"

type_start "$LP49 --timeout 120"
seen 'lp49% ' && ok it_comes_to_a_prompt || notok it_comes_to_a_prompt "$(cat screen)"
type "echo ty''ped; seq 3\r"
seen '^typed' && seen '^3' && ok typed_commands_run || notok typed_commands_run "$(cat screen)"
type 'echo sleeps; sleep 100\r'
seen '^sleeps' && sleep 1
type '\003'
seen '\^C'
type "echo on'' again\r"
seen '^on again' && ok interrupt || notok interrupt "$(cat screen)"
type '\020frames\r'
seen 'frames free in lists' && ok debug_shell || notok debug_shell "$(cat screen)"
type "\020echo ba''ck\r"
seen '^back' && ok debug_shell_ends || notok debug_shell_ends "$(cat screen)"
type '\004'
type_end; status end_of_input_ends_it 0 $?

type_start "$LP49 --timeout 120"
seen 'lp49% '
type '\001x'
type_end; status a_command_leaves_it 0 $?
type_start "$LP49 --timeout 2"
wait $typed; status time_limit 124 $?
same nothing_left_behind "" "$(left_behind)"
