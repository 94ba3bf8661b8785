/*
 * sim/host/boot.c - what a multiboot loader does on a PC: puts sigma0 and the
 * root task at their link addresses, the modules behind them, and describes
 * them in a BootInfo page.
 * RAM     0 .. 1 MiB reserved; 0x100000 sigma0; 0x400000 root task; right
 *         behind it the BootInfo page and the modules, each on a page.
 * MODULES core, root (the archive), cmd, script, args (NUL-terminated strings)
 * SEE     shared ABI page of L4 X.2: BootInfo, memory descriptors
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { PAGE = 4096, MAXMOD = 8 };
enum { BI_MODULE = 1, MEM_RESERVED = 2, MEM_DEDICATED = 3, MEM_BOOT = 0xE };

/* BootInfo's layout, in words of the simulated machine */
typedef struct BootInfo BootInfo;
struct BootInfo {
	uint64_t magic, version, size, first_entry, num_entries, reserved[3];
};
typedef struct BootModule BootModule;
struct BootModule {
	uint64_t type, version, offset_next, start, size, cmdline_offset, pad[2];
};
_Static_assert(sizeof(BootModule) % 8 == 0, "words");

extern size_t ram_size;
static struct {
	uint64_t info;          /* the BootInfo page */
	uint64_t next;          /* where the following module goes */
	char name[MAXMOD][16];
	uint64_t start[MAXMOD], size[MAXMOD];
	int n;
} module;

static int
boot_fail(const char *file, const char *why)
{
	fprintf(stderr, "lp49sim: %s: %s\n", file, why);
	return -1;
}

/* A whole file in malloc'd memory, or NULL with a line on stderr. */
static uint8_t *
file_load(const char *file, size_t *size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		boot_fail(file, strerror(errno));
		return NULL;
	}
	if ((data = malloc((size_t)st.st_size + 1)) == NULL) {
		close(fd);
		boot_fail(file, "out of memory");
		return NULL;
	}
	while (n < (size_t)st.st_size) {
		ssize_t r = read(fd, data + n, (size_t)st.st_size - n);

		if (r <= 0)
			break;
		n += (size_t)r;
	}
	close(fd);
	*size = n;
	return data;
}

/* Copies the segments of an ELF file to their link addresses in RAM. */
static int
task_load(const char *file, NodeTask *t)
{
	size_t size;
	uint8_t *data = file_load(file, &size);
	Elf64_Ehdr e;

	if (data == NULL)
		return -1;
	if (size >= sizeof e)
		memcpy(&e, data, sizeof e);
	if (size < sizeof e || memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 ||
	    e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_type != ET_EXEC ||
	    e.e_phentsize != sizeof(Elf64_Phdr) || e.e_phoff > size ||
	    e.e_phnum > (size - e.e_phoff) / sizeof(Elf64_Phdr)) {
		free(data);
		return boot_fail(file, "not a 64-bit ELF program");
	}
	*t = (NodeTask){ .ip = e.e_entry, .low = UINT64_MAX };
	for (int i = 0; i < e.e_phnum; i++) {
		Elf64_Phdr p;

		memcpy(&p, data + e.e_phoff + (size_t)i * sizeof p, sizeof p);
		if (p.p_type != PT_LOAD || p.p_memsz == 0)
			continue;
		if (p.p_filesz > p.p_memsz || p.p_offset > size ||
		    p.p_filesz > size - p.p_offset || p.p_vaddr < 1 << 20 ||
		    p.p_vaddr >= ram_size || p.p_memsz > ram_size - p.p_vaddr) {
			free(data);
			return boot_fail(file, "a segment lies below 1M or outside memory; try a larger --mem");
		}
		memcpy(node_ram() + p.p_vaddr, data + p.p_offset, p.p_filesz);
		if (p.p_vaddr < t->low)
			t->low = p.p_vaddr & ~(uint64_t)(PAGE - 1);
		if (p.p_vaddr + p.p_memsz > t->high)
			t->high = (p.p_vaddr + p.p_memsz + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	}
	free(data);
	return 0;
}

static int
module_add(const char *name, const void *data, size_t size)
{
	if (module.n == MAXMOD || size > ram_size / 2 ||
	    module.next + size > ram_size - (4u << 20))
		return boot_fail(name, "does not fit into memory; try a larger --mem");
	memcpy(node_ram() + module.next, data, size);
	snprintf(module.name[module.n], sizeof module.name[0], "%s", name);
	module.start[module.n] = module.next;
	module.size[module.n++] = size;
	module.next += (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	return 0;
}

static int
module_file(const char *name, const char *file)
{
	size_t size;
	uint8_t *data = file_load(file, &size);
	int rc;

	if (data == NULL)
		return -1;
	rc = module_add(name, data, size);
	free(data);
	return rc;
}

/* The script's arguments, each with its NUL. */
static int
module_args(const Options *o)
{
	size_t n = 0, k;
	char *text;
	int rc;

	for (int i = 0; i < o->nargs; i++)
		n += strlen(o->args[i]) + 1;
	if ((text = malloc(n + 1)) == NULL)
		return boot_fail("args", "out of memory");
	n = 0;
	for (int i = 0; i < o->nargs; i++, n += k) {
		k = strlen(o->args[i]) + 1;
		memcpy(text + n, o->args[i], k);
	}
	rc = module_add("args", text, n);
	free(text);
	return rc;
}

static void
bootinfo_write(void)
{
	uint8_t *page = node_ram() + module.info;
	BootInfo bi = { .magic = 0x14b0021d, .version = 1,
		.first_entry = sizeof bi, .num_entries = (uint64_t)module.n };
	uint64_t text = sizeof bi + (uint64_t)module.n * sizeof(BootModule);

	for (int i = 0; i < module.n; i++) {
		uint64_t at = sizeof bi + (uint64_t)i * sizeof(BootModule);
		BootModule m = { .type = BI_MODULE, .version = 1,
			.offset_next = i + 1 < module.n ? sizeof m : 0,
			.start = module.start[i], .size = module.size[i],
			.cmdline_offset = text - at };

		memcpy(page + at, &m, sizeof m);
		strcpy((char *)page + text, module.name[i]);
		text += strlen(module.name[i]) + 1;
	}
	bi.size = text;
	memcpy(page, &bi, sizeof bi);
}

int
boot_load(const Options *o, const char *libdir)
{
	NodeTask sigma0, root;
	NodeMem mem[3 + MAXMOD];
	char file[PATH_MAX];
	size_t nmem = 0;

	snprintf(file, sizeof file, "%s/boot/sigma0", libdir);
	if (task_load(file, &sigma0) < 0)
		return -1;
	snprintf(file, sizeof file, "%s/boot/hvm", libdir);
	if (task_load(o->root ? o->root : file, &root) < 0)
		return -1;
	module.info = root.high > sigma0.high ? root.high : sigma0.high;
	module.next = module.info + PAGE;
	snprintf(file, sizeof file, "%s/boot/core", libdir);
	if (!o->root && module_file("core", file) < 0)
		return -1;
	snprintf(file, sizeof file, "%s/boot/root", libdir);
	if (!o->root && module_file("root", file) < 0)
		return -1;
	if (o->cmd && module_add("cmd", o->cmd, strlen(o->cmd)) < 0)
		return -1;
	if (o->script && (module_file("script", o->script) < 0 || module_args(o) < 0))
		return -1;
	bootinfo_write();
	mem[nmem++] = (NodeMem){ 0, 1 << 20, MEM_RESERVED, 0 };
	mem[nmem++] = (NodeMem){ SIM_DEV_PHYS, SIM_DEV_PHYS + SIM_DEV_MAX * PAGE, MEM_DEDICATED, 0 };
	mem[nmem++] = (NodeMem){ module.info, module.info + PAGE, MEM_BOOT, 1 };
	for (int i = 0; i < module.n; i++)
		mem[nmem++] = (NodeMem){ module.start[i],
			(module.start[i] + module.size[i] + PAGE - 1) & ~(uint64_t)(PAGE - 1),
			MEM_BOOT, 3 };
	return node_boot(&sigma0, &root, mem, nmem, module.info);
}
