/*
 * hvm/symbol.c - the name of the function at an address of CORE's, for its last
 * line. CORE's boot module keeps its symbol table for this.
 */
#include "hvm/space_impl.h"

static uint64_t
word_at(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

typedef struct Section Section;
struct Section {
	uint32_t type, link;
	uint64_t offset, size, entsize;
};

static bool
section_read(const uint8_t *file, size_t size, size_t index, Section *s)
{
	bool wide = file[4] == 2;
	uint64_t off = wide ? word_at(file + 40, 8) : word_at(file + 32, 4);
	size_t entry = wide ? 64 : 40, n = (size_t)word_at(file + (wide ? 60 : 48), 2);
	const uint8_t *p;

	if (index >= n || off > size || n * entry > size - off)
		return false;
	p = file + off + index * entry;
	s->type = (uint32_t)word_at(p + 4, 4);
	s->link = (uint32_t)word_at(p + (wide ? 40 : 24), 4);
	s->offset = wide ? word_at(p + 24, 8) : word_at(p + 16, 4);
	s->size = wide ? word_at(p + 32, 8) : word_at(p + 20, 4);
	s->entsize = wide ? 24 : 16;
	if (s->offset > size || s->size > size - s->offset) /* bss has a size and no bytes */
		s->size = s->type = 0;
	return true;
}

void
debug_symbol(uintptr_t pc, char *text, size_t n)
{
	enum { SYMTAB = 2 };
	const Module *m = boot_module_find("core");
	const uint8_t *file = m == NULL ? NULL : (const uint8_t *)m->pa, *best = NULL;
	uint64_t above = 1 << 20;
	Section sym, str;
	bool wide;

	*text = '\0';
	if (file == NULL || m->size < 64)
		return;
	wide = file[4] == 2;
	for (size_t i = 0; section_read(file, m->size, i, &sym); i++) {
		if (sym.type != SYMTAB || !section_read(file, m->size, sym.link, &str))
			continue;
		for (uint64_t at = 0; at + sym.entsize <= sym.size; at += sym.entsize) {
			const uint8_t *p = file + sym.offset + at;
			uint64_t value = wide ? word_at(p + 8, 8) : word_at(p + 4, 4);
			uint64_t name = word_at(p, 4);

			if ((p[wide ? 4 : 12] & 15) == 2 && value <= pc && pc - value < above &&
			    name < str.size) {
				above = pc - value;
				best = file + str.offset + name;
			}
		}
		if (best != NULL)
			snprintf(text, n, "(%.*s+0x%lx)", 48, (const char *)best, (unsigned long)above);
	}
}
