# target.gdb - the part of build/lp49.gdb that knows the PC: one CPU behind QEMU's
# gdb stub, all address spaces in it. `lp49-attach :PORT`. See doc/gdb.md.
#
# What is known comes from memory: the kernel's lists (all_spaces, all_threads),
# HVM's table of spaces for their names. The kernel's window shows physical memory
# in any address space, and HVM lies at its physical address.
# Another address space is seen by changing $cr3, another thread by changing the
# registers; both are put back before the machine goes on.
python
import gdb, os, re

KBASE = 0xC0000000
FRAME_SIZE, TCB_SIZE = 18 * 4, 4096
STATES = ["inactive", "ready", "send", "receive", "sending", "receiving", "fault", "halted", "quantum", "dead"]
SLOW_OWN_FRAME = 2 | 4          # SLOW_KERNEL, SLOW_IRET: the Frame's eip is true
REGISTERS = ["eip", "esp", "ebp", "ebx", "esi", "edi", "eax", "ecx", "edx", "cr3"]

class Target:
    """The machine behind the stub; None before lp49-attach :PORT."""
    def __init__(self, port):
        self.dir = os.path.join(os.path.abspath(build), "x86")
        self.saved = None       # the registers, while another thread is looked at
        self.program = None     # whose symbols are loaded beside kernel's and HVM's
        gdb.execute("set stack-cache off")
        gdb.execute("set code-cache off")
        gdb.execute("symbol-file " + self.elf("kernel"), to_string=True)
        gdb.execute("add-symbol-file " + self.elf("hvm"), to_string=True)
        gdb.execute("target remote localhost:" + port, to_string=True)
        Break()

    def elf(self, name):
        for d in ("", "cmd", "servers", "examples", "tests/guest"):
            path = os.path.join(self.dir, d, name + ".elf")
            if os.path.exists(path):
                return path
        return None

    def list(self, head, type, field):
        """The structures on one of the kernel's rings."""
        if not self.up():
            return
        t = gdb.lookup_type(type)
        offset = next(f.bitpos // 8 for f in t.fields() if f.name == field)
        head = gdb.parse_and_eval("&" + head) if isinstance(head, str) else head.address
        link = head["next"]
        while link != head:
            at = int(link) - offset
            link = link["next"]
            yield gdb.Value(at).cast(t.pointer())

    def up(self):
        """Has the kernel turned paging on?"""
        return int(gdb.parse_and_eval("$cr0")) & 0x80000000 != 0

    def names(self):
        """Thread number -> (sid, name): X.2's first servers, and HVM's table."""
        info = gdb.parse_and_eval("((unsigned int *)&kip_page)[0xC4 / 4]")
        base = int(info) >> 20  # UserBase
        result = {base: (0, "sigma0"), base + 2: (0, "hvm")}
        table = gdb.parse_and_eval("&'hvm/space.c'::spaces")
        lo, hi = table.type.target().range()
        entry = gdb.lookup_type("unsigned int").pointer()
        pointers = gdb.Value(int(table) + KBASE).cast(entry)
        space = table.type.target().target().target()
        for sid in range(lo, hi + 1):
            at = int(pointers[sid])
            if at == 0:
                continue
            s = gdb.Value(at + KBASE).cast(space.pointer()).dereference()
            first = int(s["thread"][0]["id"]["raw"]) >> 14
            for slot in range(int(s["nthread"])):
                result[first + slot] = (sid, s["name"].string())
        return result

    def spaces(self):
        """[(kernel's Space, sid, name)], as the kernel lists them."""
        names = self.names() if self.up() else {}
        result = []
        for s in self.list("all_spaces", "Space", "all"):
            sid, name = None, "?"
            for t in self.list(s["threads"], "Thread", "in_space"):
                sid, name = names.get(int(t["id"]) >> 14, (sid, name))
            result.append((s, sid, name))
        return result

    def find(self, want):
        for s, sid, name in self.spaces():
            if want in (name, str(sid), "0x%x" % int(s["cr3"])):
                return s, name
        raise gdb.GdbError("no space %s; lp49-spaces lists them" % want)

    def symbols(self, name):
        """Loads a program's symbols in place of the one's before."""
        if name == self.program:
            return
        if self.program is not None and self.elf(self.program):
            gdb.execute("remove-symbol-file " + self.elf(self.program), to_string=True)
        self.program = None
        if name == "hvm" or self.elf(name) is None:
            return
        gdb.execute("add-symbol-file " + self.elf(name), to_string=True)
        self.program = name

    def stopped(self):
        """The machine has stopped by itself: symbols of who runs."""
        self.saved = None
        cr3 = int(gdb.parse_and_eval("$cr3"))
        for s, sid, name in self.spaces():
            if int(s["cr3"]) == cr3:
                self.symbols(name)

    def keep(self):
        if self.saved is None:
            self.saved = [(r, int(gdb.parse_and_eval("$" + r)) & 0xFFFFFFFF) for r in REGISTERS]

    def restore(self):
        if self.saved is not None:
            for r, v in self.saved:
                gdb.execute("set $%s = %d" % (r, v))
        self.saved = None

    def space(self, s, name):
        self.keep()
        gdb.execute("set $cr3 = %d" % int(s["cr3"]))
        self.symbols(name)

    def thread(self, t):
        """The user's registers of a thread that does not run. Behind a system call
        they are those of its stub's caller."""
        f = gdb.Value(int(t) + TCB_SIZE - FRAME_SIZE).cast(gdb.lookup_type("Frame").pointer())
        v = dict((r, int(f[r])) for r in REGISTERS if r != "cr3")
        kip = int(t["space"]["kip_base"])
        if STATES[int(t["state"])] == "receive" and int(t["slow"]) & SLOW_OWN_FRAME == 0:
            v["eip"] = int(t["kip_ret"])
        self.keep()
        gdb.execute("set $cr3 = %d" % int(t["cr3"]))
        if kip <= v["eip"] < kip + 4096:
            word = gdb.lookup_type("unsigned int").pointer()
            v["eip"] = int(gdb.Value(v["esp"]).cast(word).dereference())
            v["esp"] += 4
        for r in v:
            gdb.execute("set $%s = %d" % (r, v[r]))

target = None

def target_attach(port):
    global target
    target = Target(port)
    gdb.events.stop.connect(lambda event: target.stopped())
    target.stopped()

def target_spaces():
    here = int(gdb.parse_and_eval("$cr3"))
    for s, sid, name in target.spaces():
        cr3 = int(s["cr3"])
        print("%s%4s 0x%08x %3d threads %s" % ("*" if cr3 == here else " ", "-" if sid is None else sid, cr3, int(s["nthread"]), name))

def target_continue():
    try:
        gdb.execute("continue")
    except gdb.error as e:
        if "Remote connection closed" not in str(e):
            raise
        print("the machine has ended")

class Space(gdb.Command):
    """lp49-space NAME|SID: look at another address space, with its program's symbols."""
    def __init__(self):
        super(Space, self).__init__("lp49-space", gdb.COMMAND_DATA)
    def invoke(self, arg, from_tty):
        if target is None:
            sim_space(arg.strip())
        else:
            target.space(*target.find(arg.strip()))

class Threads(gdb.Command):
    """lp49-threads [NAME|SID]: all threads, or those of a space: state, partner, where they are."""
    def __init__(self):
        super(Threads, self).__init__("lp49-threads", gdb.COMMAND_STATUS)
    def invoke(self, arg, from_tty):
        if target is None:
            sim_threads(arg.strip())
            return
        for s, sid, name in target.spaces():
            if arg.strip() not in ("", name, str(sid)):
                continue
            for t in target.list(s["threads"], "Thread", "in_space"):
                state = STATES[int(t["state"])]
                other = t["xfer"]["other"]
                partner = other["id"] if int(other) else t["from"] if state == "receive" else 0
                f = gdb.Value(int(t) + TCB_SIZE - FRAME_SIZE).cast(gdb.lookup_type("Frame").pointer())
                print("%08x %-9s %08x prio %3d eip %08x esp %08x %s" % (int(t["id"]), state,
                    int(partner), int(t["prio"]), int(f["eip"]), int(f["esp"]), name))

class Backtrace(gdb.Command):
    """lp49-bt NAME|SID|THREAD: backtraces of a space's threads, or of one thread (its id, in hex)."""
    def __init__(self):
        super(Backtrace, self).__init__("lp49-bt", gdb.COMMAND_STACK)
    def invoke(self, arg, from_tty):
        want = arg.strip()
        if target is None:
            sim_bt(want)
            return
        for s, sid, name in target.spaces():
            for t in target.list(s["threads"], "Thread", "in_space"):
                if want in (name, str(sid), "%x" % int(t["id"]), "0x%x" % int(t["id"])) and int(t["utcb"]):
                    target.symbols(name)
                    self.show(t, name)
        target.restore()
    def show(self, t, name):
        print("thread %08x %s of %s:" % (int(t["id"]), STATES[int(t["state"])], name))
        if t != gdb.parse_and_eval("current"):
            target.thread(t)
        try:
            gdb.execute("bt 24")
        except gdb.error as e:
            print(e)
        target.restore()

class Break(gdb.Command):
    """break LOCATION [if CONDITION]: in the space that is looked at (lp49-space), or in the kernel.

All programs lie at the same addresses, so the breakpoint asks for its space."""
    def __init__(self):
        super(Break, self).__init__("break", gdb.COMMAND_BREAKPOINTS)
    def invoke(self, arg, from_tty):
        where, _, condition = arg.partition(" if ")
        probe = gdb.Breakpoint(where, internal=True)
        text = gdb.execute("maint info breakpoints %d" % probe.number, to_string=True)
        probe.delete()
        addresses = sorted(set(int(a, 16) for a in re.findall(r" (0x[0-9a-f]{8,16}) in ", text)))
        if not addresses:
            raise gdb.GdbError("no %s in the kernel, HVM or %s; lp49-space NAME loads a program's symbols" % (where, target.program))
        for a in addresses:
            b = gdb.Breakpoint("*0x%x" % a)
            if a < KBASE:
                space = "hvm" if self.in_hvm(a) else target.program
                own = "$cr3 == 0x%x" % int(target.find(space)[0]["cr3"])
                b.condition = "%s && (%s)" % (own, condition) if condition else own
            elif condition:
                b.condition = condition
    def in_hvm(self, a):
        o = [o for o in gdb.objfiles() if o.filename.endswith("/hvm.elf")]
        block = gdb.block_for_pc(a)
        while block is not None and block.superblock is not None and not block.is_global:
            block = block.superblock
        table = gdb.find_pc_line(a).symtab
        return bool(o) and table is not None and table.objfile == o[0]

def target_before_going_on():
    if target is not None:
        target.restore()

Space()
Threads()
Backtrace()
end

define hook-continue
	python target_before_going_on()
end
define hook-step
	python target_before_going_on()
end
define hook-next
	python target_before_going_on()
end
define hook-stepi
	python target_before_going_on()
end
define hook-nexti
	python target_before_going_on()
end
define hook-finish
	python target_before_going_on()
end
define hook-detach
	python target_before_going_on()
end
