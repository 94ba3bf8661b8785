# "#!" scripts written inside LP49: exec(2)'s interpreter line and arguments.
. "$TOP/tests/sys/lib.sh"

cat >s.rc <<'RC'
fn script { cat >$1; chmod +x $1 }
cd /tmp
script f <<'E'
#!/bin/rc
echo args $#* $1 $2
E
/tmp/f a 'b c'
./f x
script g <<'E'
#! /bin/sed -n 2,3p
line 2
line 3
line 4
E
./g
echo '#!/bin/echo one two' | script h; ./h last
echo -n '#!/bin/echo no newline' | script n; ./n
RC
lp s.rc >out 2>err
same scripts_run "$(printf '%s\n' 'args 2 a b c' 'args 1 x' 'line 2' 'line 3' 'one two ./h last' 'no newline ./n')" "$(cat out err)"

# what can't run says why: NAME CONTENTS REASON
refused() {
	got=$(lp -c "echo '$2' >/tmp/f; chmod +x /tmp/f; /tmp/f" 2>&1)
	case $got in
	*"$3"*) ok "refused_$1" ;;
	*) notok "refused_$1" "$got" ;;
	esac
}
refused nothing '#!' '#! without a program'
refused missing '#!/none' '/none: file does not exist'
refused script_as_interpreter '#!/tmp/f' 'interpreter is no program'
refused plain_text 'echo no line' '/tmp/f: exec header invalid'
refused long_line "#!/bin/echo $(printf '%300s' | tr ' ' x)" '#! line too long'
same not_executable "permission denied" "$(lp -c "echo '#!/bin/rc' >/tmp/f; /tmp/f" 2>&1 | grep -o 'permission denied' | head -1)"
