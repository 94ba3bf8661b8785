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

lp -c 'kill ramfs | rc; sleep 1; ls /tmp; ls /srv; echo over' >out 2>err
same a_killed_server_is_the_reason "ls: /tmp: i/o on hungup channel" "$(cat err)"
same its_name_in_srv_goes_with_it "over" "$(cat out)"
