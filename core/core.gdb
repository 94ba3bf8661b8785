# core.gdb - the part of build/lp49.gdb that knows CORE and 9P, on both machines:
# messages, handles, name spaces, calls under way, and step9p. See doc/gdb.md.
#
# An address space is a Place: an inferior on the simulator, a page directory on
# the PC. What step9p stops at are Stations: first instructions of functions, where
# the arguments still are where the ABI puts them, so that a test of them needs no
# symbols; on the PC only one program's are loaded at a time.
python
import gdb

NTEXT = 60                      # bytes of data shown

# ---- address spaces ----
class Place:
    def __init__(self, name, key):
        self.name, self.key = name, key
    def go(self):
        """Look at it, with its symbols."""
        if target is not None:
            target.space(self.key, self.name)
        elif gdb.selected_inferior().num != self.key:
            inferior_go(next(i for i in gdb.inferiors() if i.num == self.key))
    def is_here(self):
        if target is not None:
            return int(gdb.parse_and_eval("$cr3")) == int(self.key["cr3"])
        return gdb.selected_inferior().num == self.key
    def address(self, function):
        """Of a function of this program (not of the kernel's or HVM's of that name); None: it has none."""
        name = "hvm" if self.name == "root" else self.name
        for o in gdb.objfiles():
            if not o.filename.endswith("/%s.elf" % name):
                continue
            s = o.lookup_global_symbol(function) or o.lookup_static_symbol(function)
            if s is not None:
                return int(s.value().address)
        return None

def places():
    if target is not None:
        return [Place(name, s) for s, sid, name in target.spaces()]
    symbols_refresh()
    if not gdb.selected_inferior().pid:
        raise gdb.GdbError("lp49-attach first")
    return [Place(space_of(i.pid)[1], i.num) for i in gdb.inferiors() if i.pid and space_of(i.pid)]

def place_here():
    for p in places():
        if p.is_here():
            return p
    raise gdb.GdbError("no space of LP49 is stopped here")

def in_core():
    """Looks at CORE; the Place to go back to."""
    here = [p for p in places() if p.is_here()]
    for p in places():
        if p.name == "core":
            p.go()
            return here[0] if here else None
    raise gdb.GdbError("no CORE: lp49-attach first, and let it start")

def core_symbol(name):
    """REQUIRES CORE looked at. The kernel's symbols are there too, with names of their own."""
    for o in gdb.objfiles():
        s = o.filename.endswith("/core.elf") and o.lookup_global_symbol(name)
        if s:
            return s.value()
    raise gdb.GdbError("CORE has no " + name)

def leave_core(here):
    if target is not None:
        target.restore()
    if here is not None:
        here.go()

# ---- memory and registers, without symbols ----
def word_size():
    return 4 if target is not None else 8

def memory(at, n):
    return bytes(gdb.selected_inferior().read_memory(at, n))

def readable(at):
    try:
        memory(at, 1)
    except gdb.MemoryError:
        return False
    return True

def word(at):
    return int.from_bytes(memory(at, word_size()), "little")

def register(name):
    return int(gdb.parse_and_eval("$" + name)) & (1 << 8 * word_size()) - 1

def argument(n):
    """Of the function at whose first instruction we are."""
    if target is not None:
        return word(register("esp") + 4 * (n + 1))
    return register(("rdi", "rsi", "rdx", "rcx")[n])

def utcb_word(i):
    """Thread control register i, as lib9/l4/utcb.h counts them."""
    base = word(0xFFFFF000) if target is not None else word(register("gs_base"))
    return word(base + i * word_size())

def my_id():
    return utcb_word(-15)

def offset(type, field):
    return next(f.bitpos // 8 for f in gdb.lookup_type(type).fields() if f.name == field)

def text(value):
    return value.string(errors="replace") if int(value) else ""

# ---- 9P, as lib9/fcall.c's table has it ----
KINDS = ["end", 1, 2, None, 4, None, None, None, 8, "str", "qid", "names", "qids", "data", "stat"]
NOFID = 0xFFFFFFFF

def quoted(b, n=NTEXT):
    s = "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else "\\%c" % c if c in b'"\\' else "\\x%02x" % c for c in b[:n])
    return ' "%s"%s' % (s, "..." if len(b) > n else "")

def qid_text(path, vers, type):
    return " (%x %d 0x%x)" % (path, vers, type)

def number_text(name, v):
    return " %s %s" % (name, "-1" if v == NOFID else "0%o" % v if name == "perm" else "0x%x" % v if name == "mode" else "%d" % v)

def message_row(type):
    row = gdb.lookup_static_symbol("msgs").value()[type - 100]
    return text(row["name"]), [(KINDS[int(f["kind"])], int(f["at"]), text(f["name"])) for f in
        (row["field"][i] for i in range(6)) if int(f["kind"])]

class Bytes:
    def __init__(self, b):
        self.b, self.at = b, 0
    def int(self, n):
        self.at += n
        return int.from_bytes(self.b[self.at - n:self.at], "little")
    def take(self, n):
        self.at += n
        return self.b[self.at - n:self.at]
    def str(self):
        return self.take(self.int(2))
    def qid(self):
        type, vers, path = self.int(1), self.int(4), self.int(8)
        return qid_text(path, vers, type)

def bytes_text(b):
    """A message as it is on the link."""
    size, type = int.from_bytes(b[:4], "little"), b[4]
    if not 100 <= type < 128 or type == 106:
        return "no 9P message: type %d, %d bytes" % (type, size)
    name, fields = message_row(type)
    c = Bytes(b)
    c.at = 5
    out = "%s tag %d" % (name, c.int(2))
    for kind, at, field in fields:
        if isinstance(kind, int):
            out += number_text(field, c.int(kind))
        elif kind == "str":
            out += " %s%s" % (field, quoted(c.str()))
        elif kind == "qid":
            out += " %s%s" % (field, c.qid())
        elif kind == "names":
            out += "".join(quoted(c.str()) for i in range(c.int(2)))
        elif kind == "qids":
            out += "".join(c.qid() for i in range(c.int(2)))
        elif kind == "data":
            n = c.int(4)
            out += " count %d" % n + (quoted(c.take(n)) if n else "")
        elif kind == "stat":
            out += " stat %d bytes" % c.int(2)
    return out

def fcall_text(f):
    """A struct Fcall."""
    type = int(f["type"])
    if not 100 <= type < 128 or type == 106:
        return "no 9P message: type %d" % type
    name, fields = message_row(type)
    out = "%s tag %d" % (name, int(f["tag"]))
    base = int(f.address)
    str_of = lambda s: memory(int(s["s"]), int(s["n"])) if int(s["n"]) else b""
    qid_of = lambda q: qid_text(int(q["path"]), int(q["vers"]), int(q["type"]))
    for kind, at, field in fields:
        if isinstance(kind, int):
            out += number_text(field, int.from_bytes(memory(base + at, kind), "little"))
        elif kind == "str":
            out += " %s%s" % (field, quoted(str_of(f[field])))
        elif kind == "qid":
            out += " %s%s" % (field, qid_of(f[field]))
        elif kind == "names":
            out += "".join(quoted(str_of(f["wname"][i])) for i in range(min(int(f["nwname"]), 16)))
        elif kind == "qids":
            out += "".join(qid_of(f["wqid"][i]) for i in range(min(int(f["nwqid"]), 16)))
        elif kind == "data":
            n = int(f["count"])
            out += " count %d" % n
            if n and int(f["data"]):
                out += quoted(memory(int(f["data"]), min(n, NTEXT + 1)))
        elif kind == "stat":
            out += " stat %d bytes" % int(f["nstat"])
    return out

class Message(gdb.Command):
    """lp49-9p EXPRESSION: a 9P message: an Fcall, #M's Rpc, a server's Req, or where its bytes are."""
    def __init__(self):
        super(Message, self).__init__("lp49-9p", gdb.COMMAND_DATA)
    def invoke(self, arg, from_tty):
        v = gdb.parse_and_eval(arg)
        type = v.type.strip_typedefs()
        if type.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_ARRAY):
            if type.target().unqualified().strip_typedefs().sizeof == 1:
                at = int(v.address) if type.code == gdb.TYPE_CODE_ARRAY else int(v)
                n = int.from_bytes(memory(at, 4), "little")
                print(bytes_text(memory(at, max(7, min(n, 8192)))))
                return
            v = v.dereference()
        fields = [f.name for f in v.type.strip_typedefs().fields()]
        if "nwname" in fields:
            print(fcall_text(v))
        elif "rendez" in fields:
            print("%s%s" % (fcall_text(v["t"]), "" if int(v["done"]) else ": not answered yet"))
            if int(v["done"]):
                print("error %s" % v["err"].string() if int(v["rc"]) < 0 else fcall_text(v["r"]))
        elif "in" in fields:
            print(fcall_text(v["in"]))
            if int(v["out"]["type"]):
                print(fcall_text(v["out"]))
        else:
            raise gdb.GdbError("neither Fcall, Rpc, Req nor bytes: %s" % v.type)

# ---- CORE's tables ----
FLAGS = [(1, "open"), (2, "closed at exec"), (4, "removed at close"), (16, "server link"), (32, "cached")]
MODES = ["read", "write", "read and write", "execute"]

def chan_name(c):
    return text(c["path"]["s"]) if int(c["path"]) else "?"

def chan_text(c):
    q = c["qid"]
    flag = int(c["flag"])
    out = "#%c%s %s qid%s" % (int(c["servant"]["dc"]), int(c["dev"]) or "", chan_name(c),
        qid_text(int(q["path"]), int(q["vers"]), int(q["type"])))
    if flag & 1:
        out += " to %s" % MODES[int(c["mode"]) & 3]
    out += " offset %d references %d" % (int(c["offset"]), int(c["ref"]))
    out += "".join(", " + name for bit, name in FLAGS if flag & bit)
    if int(c["mchan"]):
        out += "\n  remote: fid %d on #%c %s" % (int(c["fid"]), int(c["mchan"]["servant"]["dc"]), chan_name(c["mchan"]))
    return out

class Handle(gdb.Command):
    """lp49-chan EXPRESSION: an object handle (Chan): servant, name, qid, mode; a remote one's fid and link."""
    def __init__(self):
        super(Handle, self).__init__("lp49-chan", gdb.COMMAND_DATA)
    def invoke(self, arg, from_tty):
        v = gdb.parse_and_eval(arg)
        if v.type.strip_typedefs().code != gdb.TYPE_CODE_PTR:
            v = v.address
        if int(v) == 0:
            raise gdb.GdbError("no handle: NULL")
        print(chan_text(v))

def processes():
    """REQUIRES CORE looked at."""
    table = core_symbol("proctab")["proc"]
    lo, hi = table.type.range()
    for i in range(lo, hi + 1):
        if int(table[i]):
            yield table[i]

def process_find(want):
    for p in processes():
        if want in (str(int(p["pid"])), p["name"].string()):
            return p
    raise gdb.GdbError("no process %s; lp49-calls lists them" % want)

def mounts(pgrp):
    """(place in time, onto, Mount) of a name space."""
    for i in range(32):
        head = pgrp["hash"][i]
        while int(head):
            m = head["mount"]
            while int(m):
                yield int(m["id"]), head["from"], m
                m = m["next"]
            head = head["hash"]

class Names(gdb.Command):
    """lp49-ns PID|NAME: a process's name space: what is bound and mounted, in the order of making."""
    def __init__(self):
        super(Names, self).__init__("lp49-ns", gdb.COMMAND_DATA)
    def invoke(self, arg, from_tty):
        here = in_core()
        try:
            p = process_find(arg.strip())
            for id, onto, m in sorted(mounts(p["pgrp"]), key=lambda e: e[0]):
                flags = "".join(c for bit, c in ((4, "c"), (16, "C")) if int(m["flag"]) & bit)
                name = chan_name(m["to"]["mchan"]) if int(m["to"]["mchan"]) else chan_name(m["to"])
                print("%s%s %s %s%s" % ("mount" if int(m["spec"]) else "bind", " -" + flags if flags else "", name,
                    chan_name(onto), " " + text(m["spec"]) if text(m["spec"]) else ""))
            print("cd %s" % chan_name(p["dot"]))
        finally:
            leave_core(here)

class Calls(gdb.Command):
    """lp49-calls: the processes, and the system calls that they wait in."""
    def __init__(self):
        super(Calls, self).__init__("lp49-calls", gdb.COMMAND_STATUS)
    def invoke(self, arg, from_tty):
        here = in_core()
        try:
            for p in processes():
                r, line = p["reqs"], []
                while int(r):
                    line.append(request_text(r))
                    r = r["pnext"]
                print("%5d %-12s %s" % (int(p["pid"]), p["name"].string(), "; ".join(line) or "computes"))
        finally:
            leave_core(here)

# ---- lp49-space, lp49-threads and lp49-bt of the simulator (the PC's: target.gdb) ----
def sim_space(want):
    for p in places():
        if want in (p.name, "hvm" if p.name == "root" else None):
            p.go()
            return
    raise gdb.GdbError("no space %s; lp49-spaces lists them" % want)

def sim_threads(want):
    """From the kernel's tables, which each space process has."""
    if not gdb.selected_inferior().pid:
        raise gdb.GdbError("lp49-attach first")
    kern = gdb.parse_and_eval("kern_tables")
    tcb, space, number = kern["tcb"], kern["space"], int(kern["kern"]["live"])
    rows = []
    while number:
        t = tcb[number - 1]
        name = space[int(t["space"])]["name"].string()
        state = str(gdb.Value(int(t["state"])).cast(kern["state"].type))
        partner = (t["to_id"] if state == "TS_SEND" else t["from"] if state == "TS_RECV" else
            tcb[int(t["peer"])]["id"] if state in ("TS_XSND", "TS_XRCV") else 0)
        if want in ("", name):
            rows.append((int(t["id"]), state[3:].lower(), int(partner) & (1 << 64) - 1, int(t["prio"]), name))
        number = int(t["live_next"])
    for id, state, partner, prio, name in sorted(rows):
        other = ("anybody" if partner == (1 << 64) - 1 else "its own space" if partner == (1 << 64) - 64 else
            "%x" % partner if partner else "-")
        print("%011x %-8s %-13s prio %3d %s" % (id, state, other, prio, name))

def sim_bt(want):
    here = gdb.selected_thread()
    sim_space(want)
    gdb.execute("thread apply all bt 40")
    if here is not None:
        here.switch()

# ---- step9p ----
class Layout:
    """Offsets that a Station's test needs while other symbols are loaded."""
    def __init__(self):
        self.req_from, self.priv = offset("Request", "from"), offset("Uthread", "priv")
        self.clerk_req, self.fcall_tag = offset("Clerk", "req"), offset("Fcall", "tag")

class Station(gdb.Breakpoint):
    """Stops where test() says so; arguments are read with argument()."""
    def __init__(self, place, address, test, arrive):
        place.go()
        # a page that its pager has not given yet takes no breakpoint: then one of the CPU's
        kind = gdb.BP_BREAKPOINT if readable(address) else gdb.BP_HARDWARE_BREAKPOINT
        super(Station, self).__init__("*0x%x" % address, kind, internal=True)
        self.silent = True
        self.place, self.test, self.arrive = place, test, arrive
        self.cr3 = int(place.key["cr3"]) if target is not None else 0
    def stop(self):
        if target is not None and register("cr3") != self.cr3:
            return False
        if not self.test():
            return False
        Station.reached = self
        return True

class Journey:
    """Where the request is."""
    def __init__(self):
        self.calls = []         # a stack of (thread that called, Request), innermost last
        self.message = None     # on its way: ("request" or "answer", tag)
        self.replied = False    # the innermost call's reply is on its way
        self.at = None          # the thread that step9p stopped last

journey = Journey()

def clerk_request(layout):
    return word(word(utcb_word(-13) + layout.priv) + layout.clerk_req)

def request_text(r):
    num = int(r["num"])
    if int(r["job"]):
        return "a job of CORE's"
    name = text(core_symbol("sys_name")[num])
    args = [int(r["arg"][i]) & 0xFFFFFFFF for i in range(4)]
    n = int(r["nin"])
    data = memory(int(r["in"]), min(n, NTEXT + 1)) if n and int(r["in"]) else b""
    return "%s(%s)%s" % (name, ", ".join("%#x" % a for a in args), quoted(data) if data else "")

def thread_find(id):
    """REQUIRES the simulator. The gdb thread with that L4 id."""
    for inf in gdb.inferiors():
        for t in inf.threads() if inf.pid else []:
            t.switch()
            try:
                if my_id() == id:
                    return t
            except gdb.error:
                pass            # a helper: no UTCB
    return None

def call_return(id, name):
    """Where thread id, which waits in a system call, goes on: the address behind its stub's IPC."""
    if target is not None:
        for s, sid, n in target.spaces():
            for t in target.list(s["threads"], "Thread", "in_space"):
                if int(t["id"]) == id:
                    place = Place(n, s)
                    target.symbols(n)
                    target.thread(t)
                    at = frame_return()
                    target.restore()
                    return place, at
        return None, None
    t = thread_find(id)
    if t is None:
        return None, None
    return Place(name, t.inferior.num), frame_return()

def frame_return():
    f = gdb.newest_frame()
    while f is not None:
        if f.name() in ("send", "syscall_"):
            return f.pc()
        f = f.older()
    return None

def say(what):
    print("step9p: " + what)

class Step9p(gdb.Command):
    """step9p: go on to where this request is handled next.

From a program's system call to the clerk in CORE that serves it; if #M makes 9P
of it, to the message, to the server that gets it, to the server's own calls,
to its answer, back to the clerk and to the program. Begin anywhere in a program, or
in a clerk."""
    def __init__(self):
        super(Step9p, self).__init__("step9p", gdb.COMMAND_RUNNING)

    def invoke(self, arg, from_tty):
        here = place_here()
        self.thread = my_id()
        core = next(p for p in places() if p.name == "core")
        core.go()
        self.core, self.layout = core, Layout()
        here.go()
        if journey.at != self.thread:   # another thread stopped: a new journey
            journey.__init__()
            if here.name == "core":
                r = clerk_request(self.layout)
                if not r:
                    raise gdb.GdbError("this thread of CORE serves no request")
                self.enter(r)
        stations = []
        try:
            stations = self.stations(here)
            if target is not None:
                target.restore()
                target.stopped()
            else:
                here.go()
            Station.reached = None
            target_continue() if target is not None else gdb.execute("lp49-continue")
        finally:
            for s in stations:
                if s.is_valid():
                    s.delete()
        if Station.reached is not None:
            try:
                journey.at = my_id()
                Station.reached.arrive()
                gdb.execute("frame 0")
            except gdb.MemoryError as e:
                raise gdb.GdbError("cannot look at what came: %s" % e)

    def enter(self, r):
        journey.calls.append((word(r + self.layout.req_from), r))

    def in_core(self, function, test, arrive):
        self.core.go()
        return Station(self.core, self.core.address(function), test, arrive)

    def stations(self, here):
        if journey.message is not None:
            return self.of_message(here)
        if journey.replied:
            return self.of_reply()
        if here.name != "core":
            return self.of_program(here)
        return self.of_clerk()

    # a program is about to call; a server may answer instead
    def of_program(self, here):
        layout, id = self.layout, self.thread
        def called():
            self.enter(argument(0))
            r = gdb.parse_and_eval("(Request *)%d" % argument(0))
            say("CORE: %s of %s" % (request_text(r), r["proc"]["name"].string() if int(r["proc"]) else "CORE"))
        found = [self.in_core("request_call", lambda: word(argument(0) + layout.req_from) == id, called)]
        here.go()
        for f in ("fcall_pack", "fcall_header"):
            at = here.address(f)
            if at is not None:
                found.append(Station(here, at, lambda: my_id() == id, self.answered))
        return found

    def answered(self):
        journey.message = "answer", int.from_bytes(memory(argument(0) + self.layout.fcall_tag, 2), "little")
        say("%s answers: %s" % (place_here().name, fcall_text(gdb.parse_and_eval("*(Fcall *)%d" % argument(0)))))

    # a clerk serves journey.calls[-1]
    def of_clerk(self):
        layout = self.layout
        caller, r = journey.calls[-1]
        def packed():
            journey.message = "request", int.from_bytes(memory(argument(0) + layout.fcall_tag, 2), "little")
            say("#M sends: %s" % fcall_text(gdb.parse_and_eval("*(Fcall *)%d" % argument(0))))
        def replied():
            result = int(gdb.parse_and_eval("(long long)%d" % argument(1)))
            if target is not None:
                result = int.from_bytes(memory(register("esp") + 8, 8), "little", signed=True)
            elif result >= 1 << 63:
                result -= 1 << 64
            request = gdb.parse_and_eval("(Request *)%d" % r)
            say("CORE answers: %s = %d" % (text(core_symbol("sys_name")[int(request["num"])]), result))
            journey.replied = True
        return [self.in_core("fcall_pack", lambda: clerk_request(layout) == r, packed),
            self.in_core("request_reply", lambda: argument(0) == r, replied)]

    # the clerk is about to answer
    def of_reply(self):
        caller = journey.calls[-1][0]
        name = next((p.name for p in places() if p.name != "core" and self.has(p, caller)), None)
        place, at = call_return(caller, name)
        if at is None:
            raise gdb.GdbError("the program that called is not stopped in its call")
        def returned():
            f = gdb.newest_frame()
            while f is not None and (f.name() or "L4_").startswith(("L4_", "send", "syscall_")):
                f = f.older()
            journey.replied = False
            journey.calls.pop()
            say("%s: %s returns" % (place.name, f.name() if f is not None else "?"))
        return [Station(place, at, lambda: my_id() == caller, returned)]

    def has(self, p, id):
        if target is not None:
            return False
        t = thread_find(id)
        return t is not None and t.inferior.num == p.key

    # a 9P message is on its way
    def of_message(self, here):
        what, tag = journey.message
        def same_tag(requests):
            def test():
                head = memory(argument(1), 7)
                return head[4] % 2 == (0 if requests else 1) and int.from_bytes(head[5:7], "little") == tag
            return test
        def shown(at):
            n = int.from_bytes(memory(at, 4), "little")
            return bytes_text(memory(at, min(n, 8192)))
        def came_back():
            journey.message = None
            say("#M has the answer: %s" % shown(argument(1)))
        def arrived():
            journey.message = None
            say("%s gets: %s" % (place_here().name, shown(argument(1))))
        found = [self.in_core("fcall_unpack", same_tag(False), came_back)]
        if what == "request":
            for p in places():
                p.go()
                at = p.address("srv_msg") and p.address("fcall_unpack")
                if p.name != "core" and at:
                    found.append(Station(p, at, same_tag(True), arrived))
        return found

Message()
Handle()
Names()
Calls()
Step9p()
end
