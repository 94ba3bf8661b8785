# The manual and what it tells of agree: programs, flags, servants' files, calls,
# functions, options of the host's programs; and each page is what man can format.
. "$TOP/tests/sys/lib.sh"

truncate -s 1M a.img
truncate -s 1440K f.img
lp --disk a.img --floppy f.img --net hub:man$$ "$TOP/tests/sys/man.rc" </dev/null >out 2>err; status the_script_ends 0 $?
same nothing_is_left_on_stderr "" "$(cat err)"
section() {
	awk -v n="= $1" '$0 == n { on = 1; next } /^= / { on = 0 } on' out
}
same pages_are_found_by_name "BIND(1)
BIO(2)
BIND(2)" "$(section found | awk '{ print $1 }')"
same near_names_are_told "man: no page for bnd; near: bind(1), bind(2)
man: no page binds in section 2; near: bind(1), bind(2)
man: no page for nosuchpageatall; man -k word searches titles, help leads you
man 1: not found" "$(section near | sed 's/^man [0-9]*:/man 1:/')"
same titles_are_searched "ns(1): ns - print a name space" "$(section search | grep '^ns')"
same a_page_is_formatted "$(cat "$TOP/tests/sys/man.want")" "$(section formatted)"

help=
for p in lp49sim lp49qemu u9fs; do
	[ -x "$B/$p" ] && "$B/$p" --help >"$p.help" && help="$help $p=$p.help"
done
perl "$TOP/tests/sys/man.pl" "$TOP" out $help

# the host's own formatters, where it has them
cd "$TOP/man" || exit 1
if command -v mandoc >/dev/null; then
	same mandoc_has_no_warning "" "$(mandoc -T lint [1-9]/* help/* | grep -v 'STYLE\|missing date')"
else
	skip mandoc "not installed"
fi
if command -v groff >/dev/null; then
	same groff_has_no_warning "" "$(for f in [1-9]/* help/*; do groff -man -Tutf8 -ww "$f" 2>&1 >/dev/null; done)"
else
	skip groff "not installed"
fi
