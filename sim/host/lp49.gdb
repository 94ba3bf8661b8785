# lp49.gdb - gdb over a whole node: `lp49sim --gdb …`, or `gdb -x build/lp49.gdb`
# and `lp49-attach NODE`. See doc/gdb.md. build/lp49.gdb has target-x86/host/target.gdb
# behind it: the same commands for a PC.
set pagination off
set confirm off
set print thread-events off
set print inferior-events off
set breakpoint pending on
set detach-on-fork off
set follow-fork-mode parent
set schedule-multiple on
# page faults, illegal instructions (KIP) and the kernel's own signals are daily work
handle SIGSEGV SIGILL SIGUSR1 SIGUSR2 nostop noprint pass

python
import gdb, os, glob


build = os.environ.get("LP49_BUILD", "build")

def build_of(pid):
    """The build folder that a space process, BUILD/boot/space, comes from."""
    try:
        exe = os.readlink("/proc/%d/exe" % pid)
    except OSError:
        return build
    return os.path.dirname(os.path.dirname(exe)) if exe.endswith("/boot/space") else build

def space_of(pid):
    """NODE, NAME of a space process, from its title "lp49: NODE/NAME"."""
    try:
        title = open("/proc/%d/cmdline" % pid, "rb").read().split(b"\0")[0].decode("utf-8", "replace")
    except OSError:
        return None
    if not title.startswith("lp49: ") or "/" not in title:
        return None
    node, name = title[6:].strip().split("/", 1)
    return node, name.strip()

def elf_of(pid, name):
    d = build_of(pid) + "/sim/"
    name = {"root": "hvm"}.get(name, name)
    for pattern in (name, "cmd/" + name, "servers/" + name, "examples/" + name, "tests/guest/" + name):
        if os.path.exists(d + pattern + ".elf"):
            return d + pattern + ".elf"
    return None

loaded = {}

def inferior_go(inf):
    """As `inferior N`, which says a lot."""
    threads = inf.threads()
    if threads:
        threads[0].switch()
    else:
        gdb.execute("inferior %d" % inf.num, to_string=True)

def symbols_refresh(event=None):
    here = gdb.selected_inferior()
    for inf in gdb.inferiors():
        if inf.pid == 0:
            continue
        space = space_of(inf.pid)
        if space is None or loaded.get(inf.num) == space:
            continue
        elf = elf_of(inf.pid, space[1])
        if elf is None:
            continue
        inferior_go(inf)
        gdb.execute("symbol-file " + elf, to_string=True)
        kernel = build_of(inf.pid) + "/boot/space"
        if os.path.exists(kernel):
            gdb.execute("add-symbol-file " + kernel, to_string=True)
        loaded[inf.num] = space
    if gdb.selected_inferior().num != here.num:
        inferior_go(here)

gdb.events.stop.connect(symbols_refresh)

class Attach(gdb.Command):
    """lp49-attach NODE [NAME]: attach to the spaces of a running node, with symbols.
lp49-attach :PORT: to a PC that QEMU emulates."""
    def __init__(self):
        super(Attach, self).__init__("lp49-attach", gdb.COMMAND_RUNNING)
    def invoke(self, arg, from_tty):
        want = arg.split()
        if want and want[0].startswith(":"):
            target_attach(want[0][1:])
            return
        SimBreak()
        for proc in sorted(glob.glob("/proc/[0-9]*"), key=lambda p: int(p[6:])):
            pid = int(proc[6:])
            space = space_of(pid)
            if space is None or (want and space[0] != want[0]) or (len(want) > 1 and space[1] != want[1]):
                continue
            if gdb.selected_inferior().pid != 0:
                gdb.execute("add-inferior", to_string=True)
                gdb.execute("inferior %d" % max(i.num for i in gdb.inferiors()), to_string=True)
            gdb.execute("attach %d" % pid, to_string=True)
        symbols_refresh()

class Spaces(gdb.Command):
    """lp49-spaces: the inferiors and the programs in them."""
    def __init__(self):
        super(Spaces, self).__init__("lp49-spaces", gdb.COMMAND_STATUS)
    def invoke(self, arg, from_tty):
        if target is not None:
            target_spaces()
            return
        symbols_refresh()
        for inf in gdb.inferiors():
            space = space_of(inf.pid) if inf.pid else None
            print("%3d pid %-7d %s" % (inf.num, inf.pid, "/".join(space) if space else "-"))

class Continue(gdb.Command):
    """lp49-continue: continue all spaces until one stops; programs may end meanwhile."""
    def __init__(self):
        super(Continue, self).__init__("lp49-continue", gdb.COMMAND_RUNNING)
    def invoke(self, arg, from_tty):
        if target is not None:
            target_continue()
            return
        stops = []
        note = lambda event: stops.append(event)
        gdb.events.stop.connect(note)
        try:
            while not stops:
                alive = [i for i in gdb.inferiors() if i.pid != 0]
                if not alive:
                    print("the node has ended")
                    return
                if gdb.selected_inferior().pid == 0:
                    gdb.execute("inferior %d" % alive[0].num, to_string=True)
                try:
                    gdb.execute("continue")
                except gdb.error as e: # a program ended in this moment
                    if "No such process" not in str(e):
                        raise
        finally:
            gdb.events.stop.disconnect(note)

class SimBreak(gdb.Command):
    """break LOCATION [if CONDITION]: in all attached spaces that have it.

A space whose pager has not given the page yet takes none; there one of the CPU's
four hardware breakpoints is used, as hbreak does."""
    def __init__(self):
        super(SimBreak, self).__init__("break", gdb.COMMAND_BREAKPOINTS)
    def invoke(self, arg, from_tty):
        here = gdb.selected_thread()
        where, _, condition = arg.partition(" if ")
        b = gdb.Breakpoint(where or "*$pc")
        if condition:
            b.condition = condition
        for i, l in enumerate(b.locations):
            for inf in gdb.inferiors():
                if inf.num in l.thread_groups and inf.pid and not self.present(inf, l.address):
                    gdb.execute("disable %d.%d" % (b.number, i + 1))
                    h = gdb.Breakpoint("*0x%x" % l.address, gdb.BP_HARDWARE_BREAKPOINT)
                    h.condition = b.condition
        if here is not None:
            here.switch()
    def present(self, inf, at):
        inferior_go(inf)
        try:
            inf.read_memory(at, 1)
        except gdb.MemoryError:
            return False
        return True

Attach()
Spaces()
Continue()
end
