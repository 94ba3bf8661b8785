/*
 * hvm_impl.h - what HVM's own files share. Reading order: README.md.
 *
 * HVM has one thread; nothing here is locked. It has every frame of the
 * machine at its physical address (sigma0 maps 1:1), so a frame's address is a
 * pointer. Device pages are the exception (boot.c gives them a window).
 */
#ifndef HVM_HVM_IMPL_H
#define HVM_HVM_IMPL_H
#include "lib9/lib9.h"

enum { PAGE_LOG2 = 12, PAGE = 1 << PAGE_LOG2, HVM_NAMELEN = 28 };

/* ---- frame.c: page frames, in runs of powers of two; counted references ---- */
typedef struct Frame Frame;
struct Frame {
	uint32_t next, prev; /* free list; frame numbers, 0: none */
	uint32_t ref;
	uint8_t state, order; /* order: of the free block that starts here */
};
/* Who asks: programs leave FRAME_KEEP_CORE frames, CORE leaves FRAME_KEEP_HVM. */
enum FrameUse { FRAME_PROGRAM, FRAME_CORE, FRAME_HVM };
enum { FRAME_KEEP_HVM = 64, FRAME_KEEP_CORE = 512, FRAME_MAXORDER = 10 };

/* table: n entries, zeroed; frame 0 is at base and is never given out. */
void frame_init(uintptr_t base, Frame *table, size_t n);
void frame_add(uintptr_t addr, size_t npage);  /* free memory; known frames are skipped */
void frame_hold(uintptr_t addr, size_t npage); /* there for good, 1 reference: boot modules */
/* frame_more asks for memory that frame.c hasn't seen yet (boot.c); it calls
 * frame_add. frame_unseen: how many frames it could still get. */
extern bool (*frame_more)(size_t npage);
extern size_t frame_unseen;
/* Pages with 1 reference each, aligned to the run's size; 0: no memory. */
uintptr_t frame_alloc(unsigned order, enum FrameUse use);
uintptr_t frame_alloc_at(uintptr_t addr, enum FrameUse use); /* this one, if it is free */
uintptr_t frame_alloc_run(size_t npage, enum FrameUse use);  /* contiguous, not a power of 2 */
void frame_get(uintptr_t addr);
void frame_put(uintptr_t addr);
uint32_t frame_ref(uintptr_t addr);            /* 0: free, or no frame of ours */
size_t frame_free(void), frame_total(void);    /* unseen ones included */
uint32_t frame_number(uintptr_t addr);
uintptr_t frame_addr(uint32_t number);
/* frame_check walks all lists; the number of free frames, or panics. For tests. */
size_t frame_check(void);

/* ---- pool.c: small objects out of frames ---- */
typedef struct Pool Pool;
struct Pool {
	const char *name;
	size_t size;
	void *free;
	size_t nlive;
};
void *pool_new(Pool *p, enum FrameUse use); /* zeroed; NULL: no memory */
void pool_put(Pool *p, void *object);       /* NULL ok */

/* ---- unmap.c: takes rights back from whoever got pages of ours ---- */
enum { UNMAP_WRITE = 2, UNMAP_ALL = 7 };
void unmap_add(uintptr_t addr, size_t npage, int rights);
void unmap_flush(void); /* done when it returns */
extern bool unmap_whole; /* the kernel can't take write rights alone: all rights go */

/* ---- elf.c ---- */
enum { ELF_NLOAD = 8, ELF_R = 4, ELF_W = 2, ELF_X = 1 };
typedef struct ElfLoad ElfLoad;
struct ElfLoad {
	uintptr_t vaddr;
	size_t filesz, memsz, offset; /* offset and vaddr agree modulo PAGE */
	int rights;
};
typedef struct Elf Elf;
struct Elf {
	uintptr_t entry;
	size_t nload;
	ElfLoad load[ELF_NLOAD]; /* ascending, no page in two of them, none empty */
};
/* elf_check reads the headers in the first n bytes of a file of size bytes.
 * Every address is in [low, high). 0, or -Ebadexec. */
int elf_check(const uint8_t *head, size_t n, size_t size, int class, int machine,
    uintptr_t low, uintptr_t high, Elf *out) MUST_USE;

/* ---- image.c ---- */
typedef struct Seg Seg;
typedef struct Image Image;
struct Image {
	int ref;             /* CORE's handles and the segs made from it */
	int handles;         /* CORE's part of ref */
	bool sealed;
	size_t size;
	uintptr_t pa;        /* image_phys: where; else 0 */
	Seg *pages;          /* one entry per page of the file */
	Elf elf;
};
int image_phys(uint64_t pa, size_t size);
int image_new(size_t size, Seg **pages);
int image_seal(int id);
void image_get(Image *i);
void image_put(Image *i);                /* NULL ok */
int image_handle_put(int id);
Image *image_find(int id);               /* NULL: no such handle */
size_t image_table(char *text, size_t n);

/* ---- seg.c: memory objects: what is on each page, whoever sees it ---- */
enum SegKind { SEG_TEXT, SEG_DATA, SEG_BSS, SEG_STACK, SEG_MEMORY, SEG_SHARED, SEG_RESERVE, SEG_PHYS };
enum {
	SEG_LEAF = 128,      /* pages per leaf */
	SEG_NDIRECT = 32,    /* leaves before a table of its own: 16 MiB, a stack */
	SEG_MAXPAGE = 1 << 18,
};
/* An entry: frame number << 12 | bits. MAPPED: somebody may have it mapped. */
enum { PTE_PRESENT = 1, PTE_MAPPED = 2, PTE_WRITE = 4, PTE_BITS = PAGE - 1 };
struct Seg {
	int ref;             /* regions (image: the image) */
	enum SegKind kind;
	enum FrameUse use;
	size_t npage;
	Image *image;        /* TEXT, DATA: 1 reference */
	size_t first;        /* … the image's page for page 0 */
	size_t nfile;        /* … pages that come from it */
	size_t tail;         /* … bytes of the last of them, 0: all */
	size_t npresent, nfault, ncopy;
	size_t nleaf;
	uint32_t **leaf;     /* direct, or a run of frames */
	uint32_t *direct[SEG_NDIRECT];
	char class[HVM_NAMELEN];
};
Seg *seg_new(enum SegKind kind, size_t npage, enum FrameUse use); /* NULL: no memory */
int seg_resize(Seg *s, size_t npage) MUST_USE;  /* shrinking frees pages */
Seg *seg_get(Seg *s);
/* seg_put takes back what alive spaces have mapped: alive says whether the
 * space that lets go of it still is. NULL ok. */
void seg_put(Seg *s, bool alive);
/* seg_fork: a private copy, page by page when written; NULL: no memory. Write
 * rights on the original are taken back before it returns. */
Seg *seg_fork(Seg *s);
/* seg_page makes a page present (write: and its own) and returns its address in
 * *addr. how: SEG_FAULT when the caller maps it now over what the thread had.
 * 0, -Eaddr (nothing can be there), -Enomem. */
enum SegHow { SEG_FAULT, SEG_LOOK };
int seg_page(Seg *s, size_t page, bool write, enum SegHow how, uintptr_t *addr) MUST_USE;
/* seg_set enters a page that exists: an image's, a device's. The reference passes. */
int seg_set(Seg *s, size_t page, uintptr_t addr) MUST_USE;
uintptr_t seg_peek(const Seg *s, size_t page);  /* 0: not present */
bool seg_writable(const Seg *s, size_t page);   /* may be mapped with write rights as it is */
void seg_mapped(Seg *s, size_t page, bool write); /* somebody is getting it */
bool seg_unmap(Seg *s);                         /* nobody has any of it mapped; false: nobody had */
/* seg_run: the largest naturally aligned block of pages around page, at most
 * 2^max, that lies in contiguous, equally aligned frames, for a space that has
 * page 0 at base. All of it is present then. Returns log2 of its pages. */
unsigned seg_run(Seg *s, size_t page, uintptr_t base, unsigned max);
const char *seg_name(const Seg *s);
size_t seg_live(void);

#endif
