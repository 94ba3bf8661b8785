/*
 * kdb.c - the trace ring and the debugger on the serial line.
 *
 * Boot words, behind the kernel's name on the boot command line:
 *   kdb=on         a break on COM1 (in QEMU's terminal: ^A b) stops the machine
 *                  and gives a prompt, at any time, whoever else uses the line;
 *                  so do a panic and an int3 in the kernel
 *   trace=A[,B]    these trace classes are on from the start
 *   check=N        the kernel checks itself after every Nth entry (kcheck.c)
 * Without them only the trace mask's branch remains. Nothing but "reset" and
 * "trace" changes anything.
 */
#include "target-x86/kernel/kernel.h"

enum { LINE = 80, SHOWN = 256 };
Word trace_mask;
bool kdb_on;
static Ktrace ktrace __attribute__((aligned(4096)));
static const char *const trace_name[NTRACE] = { "ipc", "fault", "irq", "exc", "unmap", "sched", "thread" };

void
trace_add(enum Trace what, Word a, Word b, Word c, Word d, Word e)
{
	ktrace.ring[ktrace.count % NEVENT] = (Event){ clock_now(), current->id, what, a, b, c, d, e, 0 };
	__asm__ volatile("" : : : "memory");
	ktrace.count++;
}

/* At each interrupt, the clock's too: sooner than the line's driver sees it. */
void
kdb_poll(Frame *f)
{
	if (kdb_on && console_break())
		kdb_enter(f, "break on COM1");
}

/* ---- words of a command line ---- */
static bool
word_is(const char *s, const char *w)
{
	while (*w != 0 && *s == *w)
		s++, w++;
	return *w == 0 && (*s == 0 || *s == ' ' || *s == ',');
}

static const char *
next_word(const char *s)
{
	while (*s != 0 && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	return s;
}

static Word
hex(const char *s)
{
	Word v = 0;

	if (s[0] == '0' && s[1] == 'x')
		s += 2;
	for (;; s++) {
		if (*s >= '0' && *s <= '9')
			v = v << 4 | (Word)(*s - '0');
		else if (*s >= 'a' && *s <= 'f')
			v = v << 4 | (Word)(*s - 'a' + 10);
		else
			return v;
	}
}

static void
read_line(char *line)
{
	unsigned n = 0;
	int c;

	for (;;) {
		while ((c = console_getc()) < 0)
			__asm__ volatile("pause");
		if (c == '\r' || c == '\n')
			break;
		if ((c == 8 || c == 127) && n > 0) {
			n--;
			console_puts("\b \b");
		} else if (c >= ' ' && c < 127 && n < LINE - 1) {
			line[n++] = (char)c;
			console_putc(c);
		}
	}
	line[n] = 0;
	console_putc('\n');
}

/* ---- commands: the rest of the line, the registers ---- */
static void
kdb_threads(const char *arg, Frame *f)
{
	static const char *const state[] = { "inactive", "ready", "send", "recv", "sending", "receiving",
		"fault", "halted", "quantum", "dead" };

	(void)arg;
	(void)f;
	kprintf("id       prio state     partner  ip       sp       space\n");
	for (Link *l = all_threads.next; l != &all_threads; l = l->next) {
		Thread *t = CONTAINER(l, Thread, all);

		kprintf("%08x %4u %-9s %08x %08x %08x %08x%s\n", t->id, t->prio,
		    t->state < sizeof state / sizeof state[0] ? state[t->state] : "?",
		    t->xfer.other != NULL ? t->xfer.other->id : t->from, thread_frame(t)->eip, thread_frame(t)->esp,
		    t->cr3, t == current ? " *" : "");
	}
}

static void
kdb_spaces(const char *arg, Frame *f)
{
	(void)arg;
	(void)f;
	kprintf("space    threads  pages   kip      utcb\n");
	for (Link *l = all_spaces.next; l != &all_spaces; l = l->next) {
		Space *s = CONTAINER(l, Space, all);

		kprintf("%08x %7u %7u  %08x %08x+%x%s\n", s->cr3, s->nthread, s->map.npage, s->kip_base,
		    s->utcb_base, s->utcb_size, s->map.sigma0 ? " sigma0" : "");
	}
}

static void
kdb_memory(const char *arg, Frame *f)
{
	KmemInfo i = kmem_info();

	(void)arg;
	(void)f;
	kprintf("pool %u KB, free %u KB, reserve %u KB\n", i.total * 4, i.free * 4, i.reserve * 4);
}

static Space *
space_by_cr3(Word cr3)
{
	for (Link *l = all_spaces.next; l != &all_spaces; l = l->next)
		if (CONTAINER(l, Space, all)->cr3 == cr3)
			return CONTAINER(l, Space, all);
	return NULL;
}

/* map SPACE ADDRESS */
static void
kdb_map(const char *arg, Frame *f)
{
	Space *s = space_by_cr3(hex(arg));
	Word va = hex(next_word(arg));
	MapEntry e;

	(void)f;
	if (s == NULL)
		kprintf("no such space; \"spaces\" lists them\n");
	else if (!map_query(&s->map, va, &e))
		kprintf("%08x: nothing there\n", va);
	else {
		kprintf("%08x: physical %08x rights %u status %u%s%s\n", va, e.pa, e.rights, e.status,
		    e.super ? " 4 MB" : "", e.kernel ? " kernel's" : "");
		map_print_tree(e.node);
	}
}

/* dump SPACE ADDRESS, or dump 0 KERNELADDRESS: 128 bytes */
static void
kdb_dump(const char *arg, Frame *f)
{
	Space *s = space_by_cr3(hex(arg));
	Word va = hex(next_word(arg)) & ~15u;

	(void)f;
	for (unsigned row = 0; row < 8; row++, va += 16) {
		const Word *w = NULL;
		MapEntry e;

		if (s != NULL && map_query(&s->map, va, &e))
			w = map_touch_phys(e.pa, 6);
		else if (s == NULL && va >= KBASE && va < KBASE + KWIN_SIZE)
			w = (const Word *)va;
		if (w == NULL) {
			kprintf("%08x: not mapped\n", va);
			return;
		}
		kprintf("%08x: %08x %08x %08x %08x\n", va, w[0], w[1], w[2], w[3]);
	}
}

static void
kdb_regs(const char *arg, Frame *f)
{
	(void)arg;
	if (f == NULL) {
		kprintf("no registers: the kernel itself called\n");
		return;
	}
	kprintf("eax %08x ebx %08x ecx %08x edx %08x\nesi %08x edi %08x ebp %08x\n"
	    "eip %08x esp %08x eflags %08x cs %x trap %u err %x\n", f->eax, f->ebx, f->ecx, f->edx,
	    f->esi, f->edi, f->ebp, f->eip, f->esp, f->eflags, f->cs, f->trap, f->err);
}

/* trace: the switches and the ring; trace NAME: the other way */
static void
kdb_trace(const char *arg, Frame *f)
{
	(void)f;
	for (unsigned i = 0; i < NTRACE; i++) {
		if (word_is(arg, trace_name[i]))
			trace_mask ^= 1u << i;
		kprintf("%s %s  ", trace_name[i], trace_mask >> i & 1 ? "on" : "off");
	}
	kprintf("\n");
	if (*arg != 0)
		return;
	for (Word n = ktrace.count < SHOWN ? 0 : ktrace.count - SHOWN; n < ktrace.count; n++) {
		const Event *e = &ktrace.ring[n % NEVENT];

		kprintf("%10u %08x %-6s %08x %08x %08x %08x\n", (Word)e->when, e->thread, trace_name[e->what], e->a, e->b, e->c, e->d);
	}
}

static void
kdb_check(const char *arg, Frame *f)
{
	(void)arg;
	(void)f;
	if (kernel_check())
		kprintf("check: nothing wrong\n");
}

static void
kdb_reset(const char *arg, Frame *f)
{
	(void)arg;
	(void)f;
	outb(0x64, 0xFE);             /* the keyboard controller pulls the line */
}

static void kdb_help(const char *arg, Frame *f);
static const struct {
	const char *name, *what;
	void (*run)(const char *, Frame *);
} commands[] = {
	{ "help", "this list", kdb_help },
	{ "threads", "all threads", kdb_threads },
	{ "spaces", "all address spaces", kdb_spaces },
	{ "map", "SPACE ADDRESS: what is mapped there, from whom, to whom", kdb_map },
	{ "dump", "SPACE ADDRESS: memory; SPACE 0: the kernel's", kdb_dump },
	{ "memory", "the kernel's pool", kdb_memory },
	{ "regs", "registers of what was interrupted", kdb_regs },
	{ "trace", "the trace ring; trace NAME switches a class", kdb_trace },
	{ "check", "is the kernel's state consistent?", kdb_check },
	{ "reset", "the machine", kdb_reset },
};

static void
kdb_help(const char *arg, Frame *f)
{
	(void)arg;
	(void)f;
	for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
		kprintf("%-8s %s\n", commands[i].name, commands[i].what);
	kprintf("continue goes on. Numbers are hexadecimal.\n");
}

void
kdb_init(void)
{
	const char *w = bootword("kdb");

	ktrace.version = KTRACE_VERSION;
	ktrace.nevent = NEVENT;
	ktrace.mask_at = kern_to_phys(&trace_mask);
	for (unsigned i = 0; i < sizeof KTRACE_MAGIC; i++)
		ktrace.magic[i] = KTRACE_MAGIC[i];
	kdb_on = w && word_is(w, "on");
	for (w = bootword("trace"); w; w = *w == ',' ? w + 1 : NULL) {
		for (unsigned i = 0; i < NTRACE; i++)
			if (word_is(w, trace_name[i]))
				trace_mask |= 1u << i;
		while (*w != 0 && *w != ' ' && *w != ',')
			w++;
	}
	for (w = bootword("check"); w && *w >= '0' && *w <= '9'; w++)
		check_every = check_every * 10 + (Word)(*w - '0');
}

void
kdb_enter(Frame *f, const char *why)
{
	char line[LINE];

	kprintf("\nkdb: %s; \"help\" lists the commands\n", why);
	for (;;) {
		unsigned i = 0;

		kprintf("kdb> ");
		read_line(line);
		if (word_is(line, "continue") || word_is(line, "c"))
			return;
		while (i < sizeof commands / sizeof commands[0] && !word_is(line, commands[i].name))
			i++;
		if (i < sizeof commands / sizeof commands[0])
			commands[i].run(next_word(line), f);
		else if (line[0] != 0)
			kprintf("unknown: %s; try help\n", line);
	}
}
