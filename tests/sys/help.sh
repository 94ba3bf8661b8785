# Each command that a page of help shows works, and so do the examples of doc/: a program,
# a server, a servant in a CORE that is built with it.
. "$TOP/tests/sys/lib.sh"
SECONDS_MAX=250

# the lines for LP49 of help's pages and of the manual's examples, each page in a name
# space of its own
mkfs.fat -C x.img 4096 >/dev/null
mcopy -i x.img "$TOP/doc/disk/README.TXT" ::
echo 'rfork ne' >all.rc
take() {
	{
		echo "echo '= $1'"
		echo "cat >/tmp/$1.rc <<'END OF $1'"
		cat "$1/lp49"
		echo "END OF $1"
		echo "cd /usr/glenda"
		echo "@ { rfork ne; rc -e /tmp/$1.rc } >[2=1]"
		echo "echo '=' status \$status"
	} >>all.rc
}
topics=
for page in "$TOP"/man/help/*; do
	t=$(basename "$page")
	topics="$topics $t"
	mkdir "$t"
	case $t in program | server | servant) continue ;; esac # they change the sources: below
	perl "$TOP/tests/sys/help.pl" "$page" "$t"
	take "$t"
done
examples=
for page in $(grep -l '^\.SH EXAMPLES' "$TOP"/man/[134]/*); do
	case $page in
	*/p | */less | */edit) continue ;; # they wait for keys
	*/share) continue ;;               # for when u9fs was killed
	esac
	t=$(basename "$page")_$(basename "$(dirname "$page")")
	examples="$examples $t"
	mkdir "$t"
	sed -n '/^\.SH EXAMPLES/,/^\.SH [^E]/p' "$page" >page
	perl "$TOP/tests/sys/help.pl" page "$t"
	case $(cat "$t/lp49") in *" /c/"*) sed -i '1i mount -ac /srv/dos /c /dev/sdC0/dos' "$t/lp49" ;; esac
	take "$t"
done
mkdir shared
lp --disk x.img --share shared all.rc >out 2>err </dev/null
same nothing_is_left_on_stderr "" "$(cat err)"
for t in $topics $examples; do
	[ -s "$t/lp49" ] || continue
	got=$(awk -v n="= $t" '$0 == n { on = 1; next } /^= status/ { if (on) print; on = 0 } on' out)
	case $got in
	*"= status ") ok "help_$t" ;;
	*) notok "help_$t" "$got" ;;
	esac
	# rc -e says nothing of a command that only complained
	bad=$(echo "$got" | grep -E '^(rc|[a-z0-9]+): ')
	same "help_${t}_without_complaint" "" "$bad"
done

lp -c 'seq 8 12 | examples/longest; seq 8 12 | examples/longest -n; examples/longest /none >[2=1]; echo $status' >out 2>&1
same doc_program "10
2
longest: can't open /none: file does not exist
errors" "$(sed 's/^longest [0-9]*: //' out)"
cat >wall.rc <<'END'
examples/wall9p
mount /srv/wall /mnt
echo hello >/mnt/wall
echo again >/mnt/wall
cat /mnt/wall /mnt/count
ls -l /mnt/wall | sed 's/ M .*//'
rc -c 'echo x >/mnt/count'
dd -if /dev/zero -of /mnt/wall -bs 64k -count 1 -quiet 1
cat /mnt/count
unmount /mnt
rm /srv/wall
while(ps | grep -s wall9p) sleep 0.05
exit ''
END
lp wall.rc >out 2>err
same doc_server "hello
again
2
--rw-rw-rw-
2" "$(cat out)"
same doc_server_refuses "/mnt/count: permission denied
the wall is full: file system full" "$(grep -o '/mnt/count: perm.*\|the wall.*' err)"

# the lines for the host, and what changes the sources: in a copy of all
on_qemu && { skip help_on_the_host "its commands start lp49sim"; exit; }
mkdir -p tree/build
(cd "$TOP" && { git ls-files -zco --exclude-standard 2>/dev/null || find . -name build -prune -o -type f -print0; } |
	tar cf - --null -T -) | tar xf - -C tree
(cd "$B" && tar cf - --exclude=./x86 --exclude=./host --exclude="*.iso" --exclude="*.img" .) | tar xf - -C tree/build
cd tree || exit 1
cp ../x.img .
for t in $topics; do
	perl "$TOP/tests/sys/help.pl" "$TOP/man/help/$t" "../$t"
	[ -s "../$t/host" ] || continue
	env -u B -u TOP -u MAKEFLAGS sh -e "../$t/host" >"../$t/got" 2>&1 </dev/null
	status "host_$t" 0 $?
	[ "$(tail -n 1 "../$t/got")" ] || notok "host_$t" "no output"
done
same greet "hello, you" "$(tail -n 1 ../program/got)"
same hi9p "hi there (1)" "$(tail -n 1 ../server/got)"
same counter 5 "$(tail -n 1 ../servant/got)"
# the programs that pages of section 2 show
for page in intro srv; do
	sed -n '/^\.SH EXAMPLES/,/^\.SH SOURCE/p' "man/2/$page" >../page
	mkdir "../$page"
	perl "$TOP/tests/sys/help.pl" ../page "../$page"
	cp "../$page/lp49" "cmd/eg_$page.c"
done
env -u B -u TOP -u MAKEFLAGS make CI=true SERVANTS=examples/servant/counter.c >../make 2>&1 || notok make "$(cat ../make)"
LP49=build/lp49sim
lp -c "{ echo 5 >'#k/count'; echo add 37 >'#k/ctl'; cat '#k/count'; ls '#k'; echo add x >'#k/ctl'
	echo sub >'#k/ctl'; true } >[2=1]" >../k 2>&1
same doc_servant "42
#k/count
#k/ctl
echo: write error: 'x' is no number: bad arg in system call
echo: write error: 'sub' is none of add reset: unknown control request" "$(sed "s/^'\(.*\)'$/\1/" ../k)"
lp -c 'eg_intro; eg_srv; mount /srv/hi /mnt; ls /mnt; cat /mnt/hi' >../eg 2>&1
same examples_of_the_manual "fd 3
/mnt/hi
hi there" "$(cat ../eg)"
