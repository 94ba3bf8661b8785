/*
 * task/exc.c - exception messages (lib9/l4/l4.h) for people.
 */
#include "lib9/task/task.h"

static const char *const names[] = {
	"divide error", "debug exception", "nonmaskable interrupt", "breakpoint",
	"overflow", "bounds check", "invalid opcode", "no coprocessor",
	"double fault", "coprocessor segment overrun", "invalid TSS",
	"segment not present", "stack exception", "general protection violation",
	"page fault", "reserved", "coprocessor error", "alignment check",
	"machine check", "SIMD floating point",
};

void
plat_exc_decode(const L4_Msg_t *m, Excinfo *e)
{
	L4_Word_t number = m->msg[L4_EXC_NUMBER];

	e->pc = m->msg[L4_EXC_IP];
	e->sp = m->msg[L4_EXC_SP];
	e->number = (int)(number & 0xFF);
	if (number < nelem(names))
		snprintf(e->text, sizeof e->text, "%s", names[number]);
	else
		snprintf(e->text, sizeof e->text, "exception %d", e->number);
}

int
plat_exc_regs(const L4_Msg_t *m, char *text, size_t n)
{
	static const ExcReg reg[] = {
		{ "pc", L4_EXC_IP }, { "flags", L4_EXC_FLAGS }, { "sp", L4_EXC_SP },
		{ "ax", L4_EXC_AX }, { "bx", L4_EXC_BX }, { "cx", L4_EXC_CX },
		{ "dx", L4_EXC_DX }, { "si", L4_EXC_SI }, { "di", L4_EXC_DI },
		{ "bp", L4_EXC_BP }, { "trap", L4_EXC_NUMBER }, { "error", L4_EXC_ERROR },
	};
	char *p = text, *end = text + n;

	for (size_t i = 0; i < nelem(reg); i++)
		p = seprint(p, end, "%s 0x%lx\n", reg[i].name, (unsigned long)m->msg[reg[i].index]);
	for (const ExcReg *r = task_more_regs; r->name[0] != '\0'; r++)
		p = seprint(p, end, "%s 0x%lx\n", r->name, (unsigned long)m->msg[r->index]);
	return (int)(p - text);
}
