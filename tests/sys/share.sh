# --share: a directory of the host at /n/host, by u9fs; its program killed, stopped.
. "$TOP/tests/sys/lib.sh"
here=$PWD
mkdir share

# ---- trees, both ways, byte for byte ----
mkdir -p tree/a/b/c tree/empty tree/many
head -c 300000 /dev/urandom >tree/a/random
head -c 65536 /dev/urandom >tree/a/b/64K
head -c 65537 /dev/urandom >tree/a/b/64K+1
: >tree/a/none
printf 'x' >"tree/a/b/c/with space and 'quote'"
printf 'u' >tree/a/b/c/größe-漢字
for i in $(seq 120); do echo $i >tree/many/f$i; done
chmod 750 tree/a/b
chmod 700 tree/a/random
touch -d 2001-02-03T04:05:06 tree/a/b/64K
long=$(printf '%0255d' 0)
echo long >tree/$long
cp -r -p tree share/in
ls -l --time-style=+%s share/in/a/b >before

cat >copy.rc <<'RC'
cp -r /n/host/in /tmp/t || exit in
cp -rx /tmp/t /n/host/back || exit back
cp -rx /n/host/in /n/host/in2 || exit in2
cmp /tmp/t/a/random /n/host/in/a/random || exit cmp
mv /n/host/in2/a/random /n/host/in2/a/renamed || exit mv
mv /n/host/in2/many /n/host/in2/lots || exit mvdir
ls -l /n/host/in/a/b/64K | sed 's/ [A-Z][a-z][a-z] .* / /'
ls /n/host/in2/lots | wc -l
rm -r /n/host/in || exit rm
ls /n/host
RC
lp --share $here/share copy.rc >out 2>err
status copies 0 $?
user=$(stat -c '%U %G' tree/a/b/64K)
same ls_shows_the_hosts_files "--rw-r--r-- M 1 $user 65536 /n/host/in/a/b/64K
    120
/n/host/back
/n/host/in2" "$(sed 's/M [0-9]*/M 1/' out)"
same nothing_is_said "" "$(cat err)"
diff -r tree share/back && ok there_and_back || notok there_and_back
mv share/in2/a/renamed share/in2/a/random && mv share/in2/lots share/in2/many
diff -r tree share/in2 && ok within_the_share || notok within_the_share
same times_and_modes_are_kept "$(cat before)" "$(ls -l --time-style=+%s share/in2/a/b)"
[ ! -e share/in ] && ok removed || notok removed "$(find share/in | head)"
rm -rf share/back share/in2

# ---- deep paths, other names, links ----
cat >deep.rc <<'RC'
cd /n/host
d=directory-with-a-name-that-is-long-enough-to-make-the-whole-path-much-longer-than-PATH_MAX
for(i in `{seq 60}) { mkdir $d || exit mkdir; cd $d || exit cd }
echo deep >file && cat file
RC
lp --share $here/share deep.rc >out 2>err
same deep "0 deep" "$? $(cat out)"
same deep_on_the_host deep "$(find share -name file -execdir cat {} ';')"
lp --share $here/share -c 'rm -r /n/host/directory* && ls /n/host' >out 2>err
same deep_removed "0 " "$? $(cat out err)"
printf latin >"share/$(printf 'caf\351')"
printf line >"share/$(printf 'cafo\nline')"
echo canary >canary
ln -s ../canary share/out
ln -s "$here/canary" share/absolute
ln -s /etc share/etc
echo real >share/real
ln -s real share/link
ln -s . share/loop
mkfifo share/pipe
lp --share $here/share -c 'cat /n/host/caf* /n/host/link; cat /n/host/../../n/host/real; for(i in out absolute etc/passwd pipe loop/real) cat /n/host/$i; @{ echo changed >/n/host/out }; rm /n/host/link /n/host/pipe; ls /n/host | wc -l' >out 2>err
same what_is_inside "linelatinreal
real
      7" "$(cat out)"
same what_is_not "cat: can't open /n/host/out: symbolic link that leads outside or nowhere: permission denied" "$(grep '/out' err | head -1)"
same outside_is_untouched canary "$(cat canary)"
[ -e share/real ] && [ ! -e share/link ] && [ ! -L share/link ] && ok the_link_goes_not_its_file || notok the_link_goes_not_its_file
rm -rf share/*

# ---- read-only, several, what is no directory ----
mkdir ro two
echo keep >ro/f
cat >several.rc <<'RC'
cat /n/host1/f
echo new >/n/host2/n
ls /n
@{ echo x >/n/host1/f }
rm /n/host1/f
mkdir /n/host1/d
chmod 777 /n/host1/f
mv /n/host1/f /n/host1/g
cat /n/host1/f
RC
lp --share $here/share --share $here/ro,ro --share $here/two several.rc >out 2>err
same several "keep
/n/host
/n/host1
/n/host2
keep" "$(cat out)"
same several_written new "$(cat two/n)"
same read_only 5 "$(grep -c 'read only' err)"
same read_only_kept "f keep" "$(ls ro) $(cat ro/f)"
bad() {
	name=$1 want=$2
	shift 2
	lp "$@" -c 'echo ran' >out 2>&1
	same "$name" "2 $tool: $want" "$? $(cat out)"
}
bad share_missing "--share nothing: No such file or directory" --share nothing
bad share_file "--share canary: not a directory" --share canary
bad share_empty "--share: want a directory" --share ""
bad share_too_many "more than 8 shared directories" $(printf ' --share share%.0s' 1 2 3 4 5 6 7 8 9)
lp --share share -c 'ls -ld /n/host >/dev/null' >out 2>&1
same relative_names "0 " "$? $(cat out)"
same nothing_left_behind "" "$(left_behind)"

# ---- a sparse file of 5 GiB, times ----
truncate -s 5G share/big
printf end | dd of=share/big bs=1 seek=5368709000 conv=notrunc 2>/dev/null
lp --share $here/share -c 'ls -l /n/host/big; dd -if /n/host/big -ibs 1000 -iseek 5368709 -quiet 1; touch -t 1000000000 /n/host/big' >out 2>err
same big " 5368709120 end" "$(grep -ao ' 5368709120 ' out)$(tail -n 1 out | tr -d '\0')"
same touched 1000000000 "$(stat -c %Y share/big)"
rm share/big

# ---- a host that hangs from the start ----
mkdir slow
cp "$LP49" slow/
ln -s "$B/boot" "$B/x86" slow/
printf '#!/bin/sh\nexec sleep 1000\n' >slow/u9fs
chmod +x slow/u9fs
slow/$tool --timeout 60 --share $here/share -c 'echo up; ls /n' >out 2>err </dev/null
same a_host_that_does_not_answer_holds_up_nobody "0 up
/n/host" "$? $(cat out)"
same and_that_is_said "init: /n/host: the host does not answer yet" "$(cat err)"
rm slow/u9fs
slow/$tool --share $here/share -c 'echo up' >out 2>&1
same u9fs_is_missing "2 $tool: --share: $here/slow/u9fs: No such file or directory; \"make\" builds it" "$? $(cat out)"

# ---- its program dies; its host hangs ----
u9fs_pid() {
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/cmdline" 2>/dev/null | tr '\0' ' ')" = "u9fs -- $here/share " ] && echo "${p#/proc/}"
	done | head -n 1
}
wait_for() {
	for i in $(seq 300); do
		[ -e "$1" ] && return
		sleep .1
	done
}
echo text >share/f
cat >die.rc <<'RC'
echo >/n/host/ready
while(test -e /n/host/ready) sleep 1
echo it is gone
cat /n/host/f && exit 'still there'
echo >[1=2] the rest goes on
unmount /n/host
if(mount -c '#h/host' /n/host) cat /n/host/f
exit ''
RC
lp --share $here/share die.rc >out 2>err & sim=$!
wait_for share/ready
kill -KILL $(u9fs_pid)
wait $sim; status u9fs_killed_system_goes_on 0 $?
grep -q "$tool: --share $here/share: u9fs was killed by signal 9: /n/host is gone" err && ok its_death_is_told || notok its_death_is_told "$(cat err)"
grep -q 'i/o on hungup channel' err && ok readers_get_an_error || notok readers_get_an_error "$(cat err)"
if on_qemu; then
	same not_again "it is gone" "$(cat out)"
else
	same mounted_again "it is gone
text" "$(cat out)"
fi
rm -f share/ready
cat >hang.rc <<'RC'
echo >/n/host/ready
sleep 3
cat /n/host/f &
pid=$apid
sleep 2
echo the others run
kill cat | rc
wait $pid
ls /srv/host
echo over
RC
lp --share $here/share hang.rc >out 2>err & sim=$!
wait_for share/ready
u9=$(u9fs_pid)
kill -STOP $u9
wait $sim; status hung_host_system_goes_on 0 $?
same hung_host "the others run
/srv/host
over" "$(cat out)"
same nothing_left_behind_by_a_hung_host "" "$(left_behind)"
rm -f share/ready
"$LP49" --timeout 60 --share $here/share -c 'echo >/n/host/ready; sleep 60' & sim=$!
wait_for share/ready
kill -KILL $sim
wait $sim 2>/dev/null
same nothing_left_behind_by_a_kill "" "$(left_behind)"

# ---- on a terminal: of QEMU's the terminal is the serial line, and only the share a port ----
echo text >share/f
type_start "$LP49 --timeout 120 --share $here/share"
seen 'lp49% '
type 'cat /n/host/f\r'
seen '^text' && ok on_a_terminal || notok on_a_terminal "$(cat -v screen)"
type 'echo typed >/n/host/typed\r\004'
type_end
same written_from_a_terminal typed "$(cat share/typed)"
same nothing_left_behind_by_a_terminal "" "$(left_behind)"
