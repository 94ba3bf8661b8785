# Name spaces as users see them: what ns prints can be run, dead servers say so.
. "$TOP/tests/sys/lib.sh"

rm -f x.img; mkfs.fat -C -F 16 x.img 32768 >/dev/null
echo hello >hello
mcopy -i x.img hello ::hello
cat >ns.rc <<'RC'
mount -ac /srv/dos /c /dev/sdC0/dos
ns >/tmp/n
rc /tmp/n || exit replay
cat /c/hello
ns | grep dos | sed 1q
RC
lp --disk x.img ns.rc >out 2>err; status ns_output_is_a_script 0 $?
same ns_names_the_posted_server "hello
mount -ac '#s/dos' /c /dev/sdC0/dos" "$(cat out)"

cat >again.rc <<'RC'
mkdir /tmp/a /tmp/b /tmp/c /tmp/u /tmp/v
bind -a /tmp/a /tmp/u && bind -bc /tmp/b /tmp/u && bind -a /tmp/c /tmp/u
bind /tmp/a /tmp/v && bind -b /tmp/b /tmp/v && bind -ac /tmp/c /tmp/v
mount -ac /srv/dos /mnt /dev/sdC0/dos && mount -b /srv/dos /mnt /dev/sdC0/dos
ns >/tmp/n1
rfork n
. /tmp/n1 || exit replay
ns >/tmp/n2
cmp /tmp/n1 /tmp/n2 || exit 'not the same'
cat /tmp/n2
RC
lp --disk x.img again.rc >out 2>err
same replay_leaves_the_name_space "0 " "$? $(cat err)"
same union_has_an_element_once "1 1" "$(grep -c '/tmp/a /tmp/u$' out) $(grep -c '^mount.* /mnt ' out)"
cat >nested.rc <<'RC'
mkdir /tmp/p /tmp/q /tmp/u /tmp/v; for(i in p q u v) >/tmp/$i/in$i
bind -b /tmp/p /tmp/u; bind -a /tmp/q /tmp/u
bind -b /bin /n; bind -b /n /usr; bind -a /tmp/u /tmp/v; unmount /tmp/p /tmp/v
ns >/tmp/n
ls /tmp/v /n /usr >/tmp/before
{ rfork N; rc; ls /tmp/v /n /usr >/tmp/after } </tmp/n
cmp /tmp/before /tmp/after
RC
lp nested.rc >out 2>err
same a_union_in_a_union_comes_back "0 " "$? $(cat out err)"

seq 20000 | head -c 100000 >big; mcopy -i x.img big ::big
cat >cache.rc <<'RC'
mount /srv/dos /mnt /dev/sdC0/dos; cat /mnt/big /mnt/big /mnt/big >/tmp/big; unmount /mnt
mount -C /srv/dos /mnt /dev/sdC0/dos
ns | grep /mnt
cat /mnt/big /mnt/big /mnt/big | cmp - /tmp/big
hvm cache
RC
lp --disk x.img cache.rc >out 2>err
same mount_C_reads_once "mount -C '#s/dos' /mnt /dev/sdC0/dos
cached files 1 bytes 114688 reads without the server 2" "$(sed 's/ with [0-9]*$//' out; cat err)"

lp -c 'ramfs -m /mnt; ns >/tmp/n; grep /mnt /tmp/n; rc /tmp/n' >out 2>err
same unnamed_link_is_a_comment "0 1" "$? $(grep -c '^# mount .* /mnt # not posted in #s' out)"

lp -c 'kill ramfs | rc; sleep 1; ls /tmp; ls /srv; echo over' >out 2>err
same a_killed_server_is_the_reason "ls: /tmp: i/o on hungup channel" "$(cat err)"
same its_name_in_srv_goes_with_it "over" "$(cat out)"
