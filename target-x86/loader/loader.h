/*
 * loader.h - what the loader's files share. The loader is a program of its own:
 * no paging, addresses are physical, nothing of lib9 is there.
 */
#ifndef X86_LOADER_H
#define X86_LOADER_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "target-x86/plain/plain.h"

enum { PAGE = 4096, MODULE_MAX = 16, RANGE_MAX = 32 };

/* [low, high) */
typedef struct Range Range;
struct Range {
	uint64_t low, high;
};
typedef struct Memory Memory;
struct Memory {
	Range r;
	int type;                /* X.2's */
	int subtype;             /* … of an architecture-specific one: the BIOS's */
};
typedef struct Module Module;
struct Module {
	uint32_t start, size;
	char *words;             /* its name, then its arguments */
};
typedef struct Program Program; /* an ELF file in its place */
struct Program {
	uint32_t entry, low, high; /* physical */
};

/* ---- con.c ---- */
void con_init(void);
void con_screen(const Plain *p);         /* from now on on this one; VGA text before */
void con_print(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* %s %x %u %c */
/* Stops the machine with one line: what, and what to do next. */
void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- elf.c ---- */
Program elf_look(const Module *m);       /* checks it, and says where it belongs */
void elf_load(const Module *m);

/* ---- place.c: who is where in memory ---- */
extern Memory memory[RANGE_MAX];
extern size_t nmemory;
extern Module module[MODULE_MAX];
extern size_t nmodule;
void memory_add(uint64_t low, uint64_t high, int type, int subtype);
void keep_add(uint32_t low, uint32_t high); /* modules must go from there */
/* place_find: a free block of RAM below limit, as high as can be; 0: there is none */
uint32_t place_find(uint32_t size, uint32_t align, uint32_t limit);
void modules_move(void);                 /* away from what is kept */

/* ---- kip.c: what the kernel is told ---- */
void kip_find(const Program *kernel);
void kip_fill(const Program *sigma0, const Program *root);
uint32_t kip_kmem(void);                 /* bytes that the kernel wants from us; 0: none */

/* ---- mbi.c ----
 * A frame buffer is told by words behind the kernel's name, and as a module "screen"
 * without content: plain.h has the words. */
void mbi_read(uint32_t magic, const void *mbi);
const char *mbi_kernel_words(void);      /* its module's, and the screen's */

void kernel_jump(uint32_t entry) __attribute__((noreturn));
bool word_value(const char *words, const char *key, uint32_t *value); /* key=NUMBER[KMG] */
bool text_same(const char *a, const char *b, size_t n);
uint32_t page_up(uint32_t n);
#endif
