# lp49.gdb - gdb over a whole node: `lp49sim --gdb …`, or `gdb -x build/lp49.gdb`
# and `lp49-attach NODE`. See doc/gdb.md.
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


def build_dir():
    for objfile in gdb.objfiles():
        if os.path.basename(objfile.filename or "") in ("lp49sim", "space"):
            d = os.path.dirname(objfile.filename)
            return os.path.dirname(d) if d.endswith("/boot") else d
    return os.environ.get("LP49_BUILD", "build")

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

def elf_of(name):
    d = build_dir() + "/sim/"
    name = {"root": "hvm"}.get(name, name)
    for pattern in (name, "cmd/" + name, "servers/" + name, "examples/" + name, "tests/guest/" + name):
        if os.path.exists(d + pattern + ".elf"):
            return d + pattern + ".elf"
    return None

loaded = {}

def symbols_refresh(event=None):
    here = gdb.selected_inferior()
    for inf in gdb.inferiors():
        if inf.pid == 0:
            continue
        space = space_of(inf.pid)
        if space is None or loaded.get(inf.num) == space:
            continue
        elf = elf_of(space[1])
        if elf is None:
            continue
        gdb.execute("inferior %d" % inf.num, to_string=True)
        gdb.execute("symbol-file " + elf, to_string=True)
        kernel = build_dir() + "/boot/space"
        if os.path.exists(kernel):
            gdb.execute("add-symbol-file " + kernel, to_string=True)
        loaded[inf.num] = space
    if gdb.selected_inferior().num != here.num:
        gdb.execute("inferior %d" % here.num, to_string=True)

gdb.events.stop.connect(symbols_refresh)

class Attach(gdb.Command):
    """lp49-attach NODE [NAME]: attach to the spaces of a running node, with symbols."""
    def __init__(self):
        super(Attach, self).__init__("lp49-attach", gdb.COMMAND_RUNNING)
    def invoke(self, arg, from_tty):
        want = arg.split()
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
        symbols_refresh()
        for inf in gdb.inferiors():
            space = space_of(inf.pid) if inf.pid else None
            print("%3d pid %-7d %s" % (inf.num, inf.pid, "/".join(space) if space else "-"))

Attach()
Spaces()
end
