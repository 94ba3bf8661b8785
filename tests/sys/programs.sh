# The programs of cmd/, all in one start: programs.rc runs the cases, each with
# its name before and its status behind it; programs.want holds what the manual
# asks for, checked with the host's tools where the two agree.
. "$TOP/tests/sys/lib.sh"

lp "$TOP/tests/sys/programs.rc" </dev/null >out 2>err; status the_script_ends 0 $?
same nothing_is_left_on_stderr "" "$(cat err)"
section() {
	awk -v n="= $2" '$0 == n { on = 1; next } /^= / { on = 0 } on' "$1"
}
sed -n 's/^= //p' "$TOP/tests/sys/programs.want" >names
for name in $(cat names); do
	same "$name" "$(section "$TOP/tests/sys/programs.want" "$name")" "$(section out "$name")"
done
same every_case_ran "$(cat names)" "$(sed -n 's/^= //p' out)"

# numbers as C prints them: the host's seq does
: >formats; : >want
while read -r f args; do
	echo "seq -f '$f' $args" >>formats
	seq -f "$f" $args >>want
done <<'END'
%g 8 1.13 13
%g 99990 7 100020
%g 999990 7 1000020
%g 0.001
%g 0 0.00001 0.0001
%.3g 0.99 0.0041 1.02
%10.2f| 1 0.26 3
<%-9.4e> 9990 17 10040
x%05gy%% -3 3
%+.0f 0.6 0.7 3.4
%e 0 123456.789 400000
%.1e 0.94 0.03 1.1
%.2g 99.3 0.4 101
END
lp formats >out; cmp -s out want && ok seq_formats || notok seq_formats "$(diff out want)"

# large input and long lines
seq 1 200000 >big
lp -c 'sort -n' <big >out; cmp -s big out && ok sort_200000_lines || notok sort_200000_lines
lp -c 'grep -c 99' <big >out; same grep_200000_lines "$(grep -c 99 big)" "$(cat out)"
lp -c 'sed s/9/x/g' <big >out; sed s/9/x/g big | cmp -s - out && ok sed_200000_lines || notok sed_200000_lines
lp -c 'wc' <big >out; same wc_200000_lines "$(wc big | awk '{ print $1, $2, $3 }')" "$(awk '{ print $1, $2, $3 }' out)"
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "word%d ", i; print "" }' >long
lp -c "sed 's/word99999/END/'" <long >out; sed 's/word99999/END/' long | cmp -s - out && ok one_long_line || notok one_long_line
lp -c "grep -c '(a*)*b'" <big >out; same grep_without_backtracking 0 "$(cat out)"
lp -c 'xd -1x | sed 3q' <big >out
same xd_of_the_first_bytes "$(printf '0000000  31 0a 32 0a 33 0a 34 0a 35 0a 36 0a 37 0a 38 0a\n0000010  39 0a 31 30 0a 31 31 0a 31 32 0a 31 33 0a 31 34\n0000020  0a 31 35 0a 31 36 0a 31 37 0a 31 38 0a 31 39 0a')" "$(cat out)"
