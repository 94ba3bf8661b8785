# Network cards: #l's files, frames between nodes over a hub and over sockets, the
# capture, a node killed in the middle, floods, frames of bad sizes, bad options. On
# QEMU the other node is lp49sim, and once QEMU's own -netdev is at the other end.
. "$TOP/tests/sys/lib.sh"
XDG_RUNTIME_DIR=$(mktemp -d)
export XDG_RUNTIME_DIR
A=02:00:00:00:00:0a B_MAC=02:00:00:00:00:0b C=02:00:00:00:00:0c
a=02000000000a b=02000000000b
sim() { "$B/lp49sim" --timeout 200 "$@"; }
# said FILE TEXT PID: waits until the file has that line, and the process lives
said() {
	until grep -q "^$2" "$1" 2>/dev/null; do
		kill -0 "$3" 2>/dev/null || return 1
		sleep 0.05
	done
}
# node MACHINE FILE OPTION ...: in the background; its process is $pid
node() {
	machine=$1 file=$2
	shift 2
	rm -f "$file"
	"$machine" $LP49FLAGS --timeout 200 "$@" >"$file" 2>&1 & pid=$!
}

# ---- one node ----
same no_card "bind: #l0 on /net: #l0: this machine has no network card: unknown device specifier
bind" "$(lp -c "ls /net; bind -a '#l0' /net" 2>&1)"
lp --net hub:one,mac=$A --net hub:two,mac=$C -c '
	cat /net/ether0/addr; echo; cat /net/ether1/addr; echo
	ls /net; ls -l /net/ether0
	<>[3]/net/ether0/clone {
		cat <[0=3]; echo
		echo connect -1 >[1=3]; cat /net/ether0/0/type; echo
		ls -l /net/ether0/0; cat /net/ether0/0/stats
		echo connect everything >[1=3]
		echo dance >[1=3]
		tests/ether send ffffffffffff 2048 1 59
		tests/ether send ffffffffffff 2048 1 1515
		tests/ether send ffffffffffff 2048 1 13
	}
	ls -l /net/ether0/0/data' >got 2>err
sed 's/ [A-Z][a-z][a-z] [0-9 ][0-9] [0-9:]* / /' got >out
same files "$a
02000000000c
/net/ether0
/net/ether1
--r--r--r-- l 0 glenda glenda 0 /net/ether0/addr
--rw-rw-rw- l 0 glenda glenda 0 /net/ether0/clone
--r--r--r-- l 0 glenda glenda 0 /net/ether0/ifstats
--r--r--r-- l 0 glenda glenda 0 /net/ether0/stats
          0 
         -1 
--rw-rw---- l 0 glenda glenda 0 /net/ether0/0/ctl
--rw-rw---- l 0 glenda glenda 0 /net/ether0/0/data
--r--r--r-- l 0 glenda glenda 0 /net/ether0/0/ifstats
--r--r--r-- l 0 glenda glenda 0 /net/ether0/0/stats
--r--r--r-- l 0 glenda glenda 0 /net/ether0/0/type
in: 0
link: 1
out: 0
crc errs: 0
overflows: 0
soft overflows: 0
framing errs: 0
buffer errs: 0
output errs: 0
prom: 0
mbps: 1000
addr: $a
--rw-rw-rw- l 0 glenda glenda 0 /net/ether0/0/data" "$(cat out)"
same errors "echo: write error: connect: a type is -2, -1 or 0 to 65535, not 'everything': bad arg in system call
echo: write error: 'dance' is none of connect promiscuous bridge headersonly: unknown control request
ether: write: ether0: a frame has 60 to 1514 bytes, not 59: read or write too small
ether: write: ether0: a frame has 60 to 1514 bytes, not 1515: file or argument too large
ether: write: ether0: a frame has 60 to 1514 bytes, not 13: read or write too small" "$(cat err)"
# a program that receives, and one that sends when the first is ready
both() { # RECEIVER SENDER
	echo "{ tests/ether $1 >/tmp/r } & while(! ~ \`{cat /tmp/r} ready) sleep 0.1; tests/ether $2; wait; cat /tmp/r"
}
same to_itself "ready
$a 100 0" "$(lp --net hub:one,mac=$A -c "$(both "recv 2048 1" "send $a 2048 1 100")" 2>&1)"

# ---- bad options: one line, status 2, nothing left ----
bad() { # NAME PATTERN OPTION ...
	name=$1 want=$2
	shift 2
	lp "$@" -c 'echo no' >out 2>&1
	[ $? = 2 ] && [ "$(wc -l <out)" = 1 ] && grep -q -- "$want" out && ok "bad_$name" || notok "bad_$name" "$(cat out)"
}
bad kind 'want user, hub:NAME' --net wire
bad user_word 'There may be hostfwd' --net user,x
bad forward 'want hostfwd=tcp:ADDR:PORT-:PORT' --net user,hostfwd=tcp::80
bad forward_port 'want hostfwd=tcp:ADDR:PORT-:PORT' --net user,hostfwd=tcp::80-:65536
bad tap_name 'at most 15 letters' --net tap:abcdefghijklmnop
bad hub_name 'letters, digits' --net hub:../x
bad hub_empty 'want user, hub:NAME' --net hub:
bad hub_word 'Behind the name' --net hub:x,y
bad mac 'six bytes' --net hub:x,mac=1:2:3
bad group 'first byte has to be even' --net hub:x,mac=01:00:00:00:00:01
bad half 'want user, hub:NAME' --net socket:local=/tmp/x
bad both 'does not go with' --net socket:listen=x,connect=y
bad mixed 'both paths, or both UDP ports' --net socket:local=x,remote=1234
bad port '1 to 65535' --net socket:local=70000,remote=1
bad nobody 'start the machine that listens there first' --net hub:x --net socket:connect=nobody
bad long 'at most 107 bytes' --net socket:listen=$(printf %0200d 0)
echo x >file
bad file 'in use, or not a socket' --net socket:listen=file
bad many 'more than 4' --net hub:x --net hub:x --net hub:x --net hub:x --net hub:x
bad pcap 'add --net' --pcap x.pcap
bad pcap_file 'No such file' --net hub:x --pcap no/x.pcap
mkdir -m 755 "$XDG_RUNTIME_DIR/lp49-hub"
bad hub_of_others 'yours alone' --net hub:x
rmdir "$XDG_RUNTIME_DIR/lp49-hub"
same bad_options_leave_nothing "" "$(ls -A "$XDG_RUNTIME_DIR")"

# ---- two nodes and a third ----
node "$LP49" b.out --net hub:h,mac=$B_MAC --pcap b.pcap -c \
	'tests/ether recv 2048 4; { tests/ether echo 2049 } & tests/ether drain 2050; echo drained; sleep 200'
nodeb=$pid
said b.out ready $nodeb
same hub_is_private 'drwx------' "$(ls -ld "$XDG_RUNTIME_DIR/lp49-hub/h" | cut -c1-10)"
sim --net hub:h,mac=$A --pcap a.pcap -c "
	tests/ether send ffffffffffff 2048 2 60
	tests/ether send 02000000ffff 2048 1 60
	tests/ether send $b 2051 1 60
	tests/ether send $b 2048 2 1514" >a.out 2>&1
same sender "0 " "$? $(cat a.out)"
until [ "$(grep -cs ready b.out)" = 3 ] || ! kill -0 $nodeb 2>/dev/null; do sleep 0.05; done
# not the frame for another address, nor the one of another type
same received "$a 60 0
$a 60 1
$a 1514 0
$a 1514 1" "$(grep $a b.out)"
frames() { tcpdump -enr "$1" 2>/dev/null | grep length | sed 's/^[^ ]* //; s/,.*length \([0-9]*\):.*/ \1/'; }
if ! command -v tcpdump >/dev/null; then
	skip captured "tcpdump is not installed"
else
	same captured_where_sent "$A > ff:ff:ff:ff:ff:ff 60
$A > ff:ff:ff:ff:ff:ff 60
$A > 02:00:00:00:ff:ff 60
$A > $B_MAC 60
$A > $B_MAC 1514
$A > $B_MAC 1514" "$(frames a.pcap)"
	same captured_where_received "$(frames a.pcap)" "$(frames b.pcap)"
fi
same ping "500 came back" "$(sim --net hub:h,mac=$A -c "tests/ether ping $b 2049 500 1000" 2>&1)"

# a third node is killed while it floods; the two others go on
node "$B/lp49sim" c.out --net hub:h,mac=$C --pcap c.pcap -c "tests/ether flood $b 2050 1000000 1514"
until [ "$(wc -c <c.pcap)" -gt 1000000 ] || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done 2>/dev/null
kill -9 $pid
wait $pid 2>/dev/null
same goes_on_without_the_third "500 came back" "$(sim --net hub:h,mac=$A -c "tests/ether ping $b 2049 500 60" 2>&1)"
# one that is stopped holds up nobody: what it does not take is lost to it
node "$B/lp49sim" c.out --net hub:h,mac=$C -c 'tests/ether echo 2049'
said c.out ready $pid
kill -STOP $pid
same goes_on_beside_a_stopped_one "3000 came back" "$(sim --net hub:h,mac=$A -c "tests/ether ping $b 2049 3000 1514" 2>&1)"
kill -CONT $pid
same stopped_one_goes_on_too "10 came back" "$(sim --net hub:h,mac=$A -c "tests/ether ping 02000000000c 2049 10 60" 2>&1)"
kill $pid
wait $pid 2>/dev/null
node "$B/lp49sim" a.out --net hub:h,mac=$A -c "tests/ether flood $b 2050 3000 700"
nodea=$pid
said b.out drained $nodeb
same flood_is_whole "some frames, 0 bad" "$(grep frames b.out)"
kill $nodea
wait $nodea 2>/dev/null
# the node itself is killed: the files it leaves are in nobody's way
kill -9 $nodeb
wait $nodeb 2>/dev/null
same after_a_kill "ready
$a 60 0" "$(sim --net hub:h,mac=$A -c "$(both "recv 7 1" "send ffffffffffff 7 1 60")" 2>&1)"
same hub_is_gone_with_its_last_node "" "$(ls -A "$XDG_RUNTIME_DIR")"

# ---- sockets: the other side is lp49sim ----
pair() { # NAME OPTION-OF-THE-NODE OPTION-OF-THE-OTHER
	node "$LP49" b.out --net "$2,mac=$B_MAC" -c '{ tests/ether echo 2049 } & tests/ether recv 2048 1; sleep 200'
	until [ "$(grep -cs ready b.out)" = 2 ] || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
	same "$1" "300 came back" "$(sim --net "$3,mac=$A" -c "tests/ether send $b 2048 1 1514; tests/ether ping $b 2049 300 1514" 2>&1)"
	same "$1_received" "$a 1514 0" "$(grep $a b.out)"
	[ -z "$4" ] || same "$1_again" "300 came back" "$(sim --net "$3,mac=$A" -c "tests/ether ping $b 2049 300 60" 2>&1)"
	kill $pid
	wait $pid 2>/dev/null
}
pair stream socket:listen=s socket:connect=s again
pair dgram socket:local=d1,remote=d2 socket:local=d2,remote=d1 again
port=$((20000 + $$ % 20000))
pair udp socket:local=$port,remote=$((port + 1)) socket:local=$((port + 1)),remote=$port again
# datagrams that are no frames, then one that is
node "$LP49" b.out --net "socket:local=$port,remote=$((port + 1)),mac=$B_MAC" -c 'tests/ether recv 2048 1; cat /net/ether0/stats'
said b.out ready $pid
perl -MIO::Socket::INET -e '
	$s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1:$ARGV[1]", PeerAddr => "127.0.0.1:$ARGV[0]") or die;
	$good = pack("H*", "ffffffffffff" . "02000000000c" . "0800" . "00000000") . pack("C*", 18 .. 59);
	$s->send(substr($good x 1000, 0, $_)) for 0, 1, 13, 1515, 9000, 60000;
	$s->send($good)' $port $((port + 1))
wait $pid
same no_frames "02000000000c 60 0 in: 1 framing errs: 0" "$(echo $(grep -E '^(02|in|framing)' b.out))"
same sockets_are_gone "" "$(find . -type s)"
cat >link.rc <<'RC'
while(grep 'link: 1' /net/ether0/stats >/dev/null) sleep 0.1
echo down
while(grep 'link: 0' /net/ether0/stats >/dev/null) sleep 0.1
echo up
while(grep 'link: 1' /net/ether0/stats >/dev/null) sleep 0.1
echo down again
RC
node "$LP49" b.out --net socket:listen=s link.rc
nodeb=$pid
said b.out down $nodeb
node "$B/lp49sim" a.out --net socket:connect=s -c 'grep link /net/ether0/stats; sleep 200'
said b.out up $nodeb
said a.out link $pid
kill $pid
wait $pid 2>/dev/null
wait $nodeb
same link_is_up_while_somebody_is_connected "link: 1 down up down again" "$(echo $(grep link a.out) $(cat b.out))"

# ---- the host's network: its gateway and name server answer; a port of the host leads in ----
if lp --net user -c 'ls /net' 2>&1 | grep -q libslirp; then
	skip user "built without libslirp"
else
	same user "52550a000202 52550a000203" "$(echo $(lp --net user -c 'tests/arp 10.0.2.2; tests/arp 10.0.2.3' 2>&1))"
	node "$LP49" b.out --net "user,hostfwd=tcp:127.0.0.1:$port-:564" -c 'tests/arp -l 10.0.2.15'
	said b.out ready $pid
	bad forward_in_use 'Address already in use' --net "user,hostfwd=tcp:127.0.0.1:$port-:1"
	perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]"); sleep 200' $port & host=$!
	wait $pid
	same hostfwd "ready 564" "$(echo $(cat b.out))"
	kill $host
	wait $host 2>/dev/null
fi

# ---- QEMU's own backends ----
qemu_own() { # NAME NETDEV OPTION-OF-LP49SIM
	node "$B/lp49sim" a.out --net "$3,mac=$A" -c '{ tests/ether echo 2049 } & sleep 200'
	nodea=$pid
	said a.out ready $nodea
	same "qemus_$1" "300 came back" "$(lp --qemu "-netdev $2,id=x -device virtio-net-pci,netdev=x,mac=$B_MAC" \
		-c "tests/ether ping $a 2049 300 1514" 2>&1)"
	kill $nodea
	wait $nodea 2>/dev/null
}
if on_qemu; then
	qemu_own stream stream,server=off,addr.type=unix,addr.path=q socket:listen=q
	qemu_own dgram dgram,local.type=unix,local.path=q1,remote.type=unix,remote.path=q2 socket:local=q2,remote=q1
	qemu_own udp dgram,local.type=inet,local.host=127.0.0.1,local.port=$port,remote.type=inet,remote.host=127.0.0.1,remote.port=$((port + 1)) \
		socket:local=$((port + 1)),remote=$port
else
	skip qemus_own_backends "no QEMU here"
fi
rmdir "$XDG_RUNTIME_DIR"
same nothing_left_behind "" "$(left_behind)"
