# The manual and what it tells of agree: programs, flags, servants' files, calls,
# functions, options of the host's programs; and each page is what man can format.
. "$TOP/tests/sys/lib.sh"
SECONDS_MAX=250

truncate -s 1M a.img
truncate -s 1440K f.img
lp --disk a.img --floppy f.img --share . --net hub:man$$ "$TOP/tests/sys/man.rc" </dev/null >out 2>err; status the_script_ends 0 $?
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
same a_section_is_listed "$(cd "$TOP/man/4" && ls)" "$(section section | sed 's/(4).*//')"
same a_page_is_formatted "$(cat "$TOP/tests/sys/man.want")" "$(section formatted)"

# on a terminal: as wide as that, bold, through the pager
type_start "stty cols 60 rows 30; $LP49 --timeout 120"
seen 'lp49% '
seen 'help tells how to begin' && ok the_greeting_tells_of_help || notok the_greeting_tells_of_help "$(cat screen)"
type 'PAGER=/bin/wc; man sleep\r'
seen '^ *[1-9][0-9]* *[1-9][0-9]* *[1-9][0-9]*' && ok the_pager_is_used || notok the_pager_is_used "$(cat screen)"
type 'PAGER=/bin/cat; man sleep\r'
seen 'cmd/sleep.c'
sleep=$(tr -d '\r' <screen | grep -a '^SLEEP')
on_qemu || same as_wide_as_the_terminal "SLEEP(1)                    LP49                    SLEEP(1)" "$sleep"
grep -aqF "$(printf '\033[1mNAME\033[0m')" screen && ok bold_on_a_terminal || notok bold_on_a_terminal "$(cat -v screen)"
type '\004'
type_end

help=
for p in lp49sim lp49qemu u9fs; do
	[ -x "$B/$p" ] && "$B/$p" --help >"$p.help" && help="$help $p=$p.help"
done
perl "$TOP/tests/sys/man.pl" "$TOP" out $help || notok man_pl "it ended with $?"

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
