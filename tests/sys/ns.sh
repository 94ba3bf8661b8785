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
lp -c 'ramfs -m /mnt; ns >/tmp/n; grep /mnt /tmp/n; rc /tmp/n' >out 2>err
same unnamed_link_is_a_comment "0 1" "$? $(grep -c '^# mount .* /mnt # not posted in #s' out)"

lp -c 'kill ramfs | rc; sleep 1; ls /tmp; ls /srv; echo over' >out 2>err
same a_killed_server_is_the_reason "ls: /tmp: i/o on hungup channel" "$(cat err)"
same its_name_in_srv_goes_with_it "over" "$(cat out)"
