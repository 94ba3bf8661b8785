/*
 * tests/unit/hvm_seg.c - hvm/seg.c without L4: what a page holds after fill,
 * copy, fork, resize; what was taken back from whom; that all frames return.
 */
#include "tests/unit.h"
#include "hvm/hvm_impl.h"

enum { NFRAME = 4096 };
static Frame table[NFRAME];
static uint8_t *ram;
static struct {
	uintptr_t addr;
	size_t npage;
	int rights;
} taken[256];
static size_t ntaken, nfree;

void
unmap_add(uintptr_t addr, size_t npage, int rights)
{
	taken[ntaken].addr = addr;
	taken[ntaken].npage = npage;
	taken[ntaken++].rights = rights;
}

void
unmap_flush(void)
{
}

void
image_get(Image *i)
{
	i->ref++;
}

void
image_put(Image *i)
{
	if (i != NULL)
		i->ref--;
}

static void
start(void)
{
	ram = aligned_alloc(1 << 20, NFRAME * PAGE);
	memset(ram, 0xAA, NFRAME * PAGE);
	memset(table, 0, sizeof table);
	frame_init((uintptr_t)ram, table, NFRAME);
	frame_add((uintptr_t)ram + PAGE, NFRAME - 1);
	/* pools keep their frames: fill them once */
	Seg *s = seg_new(SEG_BSS, 8, FRAME_HVM);
	uintptr_t a;
	ck_assert_int_eq(seg_page(s, 0, true, SEG_FAULT, &a), 0);
	seg_put(s, false);
	ntaken = 0;
	nfree = frame_check();
}

static void
end(void)
{
	ck_assert_uint_eq(frame_check(), nfree);
	free(ram);
}

/* An image of npage pages whose bytes are their page's number. */
static Image
image_make(size_t npage)
{
	Image i = { .ref = 1, .pages = seg_new(SEG_SHARED, npage, FRAME_HVM) };
	uintptr_t run = frame_alloc_run(npage, FRAME_HVM);

	for (size_t p = 0; p < npage; p++) {
		memset((void *)(run + p * PAGE), (int)p + 1, PAGE);
		ck_assert_int_eq(seg_set(i.pages, p, run + p * PAGE), 0);
	}
	return i;
}

static Seg *
seg_of(Image *i, enum SegKind kind, size_t npage, size_t tail)
{
	Seg *s = seg_new(kind, npage, FRAME_HVM);

	s->image = i;
	i->ref++;
	s->nfile = npage;
	s->tail = tail;
	return s;
}

static uint8_t *
page_of(Seg *s, size_t page, bool write)
{
	uintptr_t a;

	ck_assert_int_eq(seg_page(s, page, write, SEG_FAULT, &a), 0);
	return (uint8_t *)a;
}

START_TEST(new_pages_are_zero)
{
	start();
	Seg *s = seg_new(SEG_STACK, 4096, FRAME_HVM);
	uint8_t *p = page_of(s, 4095, false);

	for (size_t i = 0; i < PAGE; i++)
		ck_assert_uint_eq(p[i], 0);
	ck_assert(seg_writable(s, 4095));
	seg_put(s, false);
	end();
}
END_TEST

START_TEST(text_is_the_images_own_frame)
{
	start();
	Image i = image_make(4);
	Seg *s = seg_of(&i, SEG_TEXT, 4, 0);

	ck_assert_uint_eq((uintptr_t)page_of(s, 2, false), seg_peek(i.pages, 2));
	ck_assert(!seg_writable(s, 2));
	seg_put(s, false);
	ck_assert_int_eq(i.ref, 1);
	seg_put(i.pages, false);
	end();
}
END_TEST

START_TEST(data_behind_the_file_is_zero)
{
	start();
	Image i = image_make(2);
	Seg *s = seg_of(&i, SEG_DATA, 2, 100);
	uint8_t *p = page_of(s, 1, false);

	ck_assert_uint_eq(p[99], 2);
	ck_assert_uint_eq(p[100], 0);
	ck_assert_uint_eq(p[PAGE - 1], 0);
	seg_put(s, false);
	seg_put(i.pages, false);
	end();
}
END_TEST

START_TEST(a_written_page_of_data_is_a_copy)
{
	start();
	Image i = image_make(2);
	Seg *s = seg_of(&i, SEG_DATA, 2, 0);

	page_of(s, 0, false);
	page_of(s, 0, true)[7] = 99;
	ck_assert_uint_eq(page_of(s, 0, false)[7], 99);
	ck_assert_uint_eq(page_of(s, 0, false)[8], 1);
	ck_assert_uint_eq(((uint8_t *)seg_peek(i.pages, 0))[7], 1);
	seg_put(s, false);
	seg_put(i.pages, false);
	end();
}
END_TEST

START_TEST(fork_copies_on_write_both_ways)
{
	start();
	Seg *s = seg_new(SEG_BSS, 300, FRAME_HVM), *c;

	memset(page_of(s, 0, true), 1, PAGE);
	memset(page_of(s, 299, true), 2, PAGE);
	seg_mapped(s, 0, true);
	seg_mapped(s, 299, true);
	c = seg_fork(s);
	/* the parent's rights to write are gone, once for each mapped page */
	ck_assert_uint_eq(ntaken, 2);
	ck_assert_int_eq(taken[0].rights, UNMAP_WRITE);
	ck_assert(!seg_writable(s, 0));
	ck_assert_ptr_eq(page_of(c, 0, false), page_of(s, 0, false));
	page_of(s, 0, true)[0] = 77;
	ck_assert_uint_eq(page_of(c, 0, false)[0], 1);
	page_of(c, 299, true)[0] = 88;
	ck_assert_uint_eq(page_of(s, 299, false)[0], 2);
	/* the last one that has it need not copy */
	uintptr_t before = seg_peek(c, 0);
	ck_assert_uint_eq((uintptr_t)page_of(c, 0, true), before);
	seg_put(s, false);
	seg_put(c, false);
	end();
}
END_TEST

START_TEST(a_copy_takes_the_old_page_back_from_sharers)
{
	start();
	Seg *s = seg_new(SEG_BSS, 4, FRAME_HVM), *c;
	uint8_t *old = page_of(s, 0, true);

	seg_mapped(s, 0, true);
	seg_get(s); /* two spaces with RFMEM */
	c = seg_fork(s);
	seg_mapped(s, 0, false);
	ntaken = 0;
	ck_assert_ptr_ne(page_of(s, 0, true), old);
	ck_assert_uint_eq(ntaken, 1);
	ck_assert_uint_eq(taken[0].addr, (uintptr_t)old);
	ck_assert_int_eq(taken[0].rights, UNMAP_ALL);
	seg_put(c, false);
	seg_put(s, false);
	seg_put(s, false);
	end();
}
END_TEST

START_TEST(a_freed_page_is_taken_back_first)
{
	start();
	Seg *s = seg_new(SEG_BSS, 200, FRAME_HVM);
	uintptr_t a = (uintptr_t)page_of(s, 150, true);

	page_of(s, 160, true); /* never mapped */
	seg_mapped(s, 150, true);
	ck_assert_int_eq(seg_resize(s, 140), 0);
	ck_assert_uint_eq(ntaken, 1);
	ck_assert_uint_eq(taken[0].addr, a);
	ck_assert_uint_eq(s->npresent, 0);
	ck_assert_int_eq(seg_resize(s, 200), 0);
	ck_assert_uint_eq(page_of(s, 150, false)[0], 0);
	seg_put(s, false);
	end();
}
END_TEST

START_TEST(a_heap_grows_to_hundreds_of_megabytes)
{
	start();
	Seg *s = seg_new(SEG_BSS, 0, FRAME_HVM);

	for (size_t n = 1; n < SEG_MAXPAGE; n = n * 2 + 1) {
		ck_assert_int_eq(seg_resize(s, n), 0);
		page_of(s, n - 1, true)[0] = (uint8_t)n;
	}
	for (size_t n = 1; n < SEG_MAXPAGE; n = n * 2 + 1)
		ck_assert_uint_eq(page_of(s, n - 1, false)[0], (uint8_t)n);
	ck_assert_int_eq(seg_resize(s, SEG_MAXPAGE + 1), -Enomem);
	Seg *c = seg_fork(s);
	ck_assert_uint_eq(page_of(c, 0, false)[0], 1);
	page_of(s, SEG_NDIRECT * SEG_LEAF, true);
	ck_assert_int_eq(seg_resize(s, 1), 0);
	Seg *d = seg_fork(s); /* has fewer leaves than s */
	for (size_t k = 0; k < sizeof d->class; k++) /* right behind them */
		ck_assert_int_eq(d->class[k], 0);
	seg_put(d, false);
	seg_put(s, false);
	seg_put(c, false);
	free(ram);
}
END_TEST

START_TEST(pages_past_the_end_are_a_bad_address)
{
	uintptr_t a;

	start();
	Seg *s = seg_new(SEG_BSS, 4, FRAME_HVM);
	ck_assert_int_eq(seg_page(s, 4, false, SEG_FAULT, &a), -Eaddr);
	seg_put(s, false);
	s = seg_new(SEG_RESERVE, 4, FRAME_HVM);
	ck_assert_int_eq(seg_page(s, 0, false, SEG_FAULT, &a), -Eaddr);
	seg_put(s, false);
	end();
}
END_TEST

START_TEST(without_memory_nothing_changes)
{
	uintptr_t a;

	start();
	Seg *s = seg_new(SEG_BSS, 4, FRAME_HVM), *c;
	page_of(s, 0, true)[0] = 5;
	c = seg_fork(s);
	page_of(c, 0, false);
	size_t n = 0;
	static uintptr_t hog[NFRAME];
	while ((hog[n] = frame_alloc(0, FRAME_HVM)) != 0)
		n++;
	ck_assert_int_eq(seg_page(s, 0, true, SEG_FAULT, &a), -Enomem);
	ck_assert_int_eq(seg_page(s, 1, true, SEG_FAULT, &a), -Enomem);
	ck_assert_uint_eq(page_of(s, 0, false)[0], 5);
	ck_assert_uint_eq(s->npresent, 1);
	while (n-- > 0)
		frame_put(hog[n]);
	seg_put(s, false);
	seg_put(c, false);
	end();
}
END_TEST

START_TEST(a_run_is_aligned_and_present)
{
	start();
	Image i = image_make(64); /* aligned to 64 frames */
	Seg *s = seg_of(&i, SEG_TEXT, 60, 0);
	uintptr_t base = 0x400000;

	page_of(s, 17, false);
	/* 60 pages: the largest aligned block around page 17 is 0..31 */
	ck_assert_uint_eq(seg_run(s, 17, base, 8), 5);
	ck_assert_uint_eq(s->npresent, 32);
	for (size_t p = 0; p < 32; p++)
		ck_assert_uint_eq(seg_peek(s, p), seg_peek(i.pages, p));
	/* address and frame not equally aligned: one page */
	seg_put(s, false);
	s = seg_of(&i, SEG_TEXT, 60, 0);
	page_of(s, 17, false);
	ck_assert_uint_eq(seg_run(s, 17, base + PAGE, 8), 0);
	seg_put(s, false);
	seg_put(i.pages, false);
	end();
}
END_TEST

START_TEST(a_run_leaves_out_written_pages_and_the_tail)
{
	start();
	Image i = image_make(8);
	Seg *s = seg_of(&i, SEG_DATA, 8, 100);

	page_of(s, 1, true);
	seg_mapped(s, 1, true);
	page_of(s, 4, false);
	ck_assert_uint_eq(seg_run(s, 4, 0x400000, 8), 1); /* 4, 5; 7 is the tail */
	page_of(s, 0, false);
	ck_assert_uint_eq(seg_run(s, 0, 0x400000, 8), 0);
	seg_put(s, false);
	seg_put(i.pages, false);
	end();
}
END_TEST

START_TEST(a_run_never_takes_rights_away)
{
	start();
	Seg *s = seg_new(SEG_BSS, 2, FRAME_HVM);
	uintptr_t a = frame_alloc(1, FRAME_HVM);

	ck_assert_int_eq(seg_set(s, 0, a), 0);
	ck_assert_int_eq(seg_set(s, 1, a + PAGE), 0);
	frame_get(a); /* page 0 is shared, page 1 mapped with write rights */
	seg_mapped(s, 1, true);
	ck_assert_uint_eq(seg_run(s, 0, a, 8), 0);
	frame_put(a);
	seg_put(s, false);
	end();
}
END_TEST

UNIT_SUITE("hvm_seg", CASE(new_pages_are_zero), CASE(text_is_the_images_own_frame),
    CASE(data_behind_the_file_is_zero), CASE(a_written_page_of_data_is_a_copy),
    CASE(fork_copies_on_write_both_ways), CASE(a_copy_takes_the_old_page_back_from_sharers),
    CASE(a_freed_page_is_taken_back_first), CASE(a_heap_grows_to_hundreds_of_megabytes),
    CASE(pages_past_the_end_are_a_bad_address), CASE(without_memory_nothing_changes),
    CASE(a_run_is_aligned_and_present), CASE(a_run_leaves_out_written_pages_and_the_tail),
    CASE(a_run_never_takes_rights_away))
