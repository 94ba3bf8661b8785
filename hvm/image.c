/*
 * hvm/image.c - program files in memory. An image of a file in the root archive
 * is the archive's own frames; another one is filled by CORE through a window
 * and checked when it is sealed.
 *
 * REFS    Image.ref: CORE's handles, and each TEXT and DATA seg made from it.
 *         Image.pages holds one reference on each frame.
 * LIMITS  NIMAGE images, IMAGE_MAX bytes each
 */
#include "hvm/hvm_impl.h"
#include "hvm/hvm.h"
#include "lib9/plat.h"

enum { NIMAGE = 256, IMAGE_MAX = 64 << 20 };

static Image image[NIMAGE]; /* ref 0: free */

static size_t
pages_of(size_t size)
{
	return (size + PAGE - 1) / PAGE;
}

static Image *
image_alloc(size_t size)
{
	Image *i = image;

	while (i < image + NIMAGE && i->ref != 0)
		i++;
	if (i == image + NIMAGE)
		return NULL;
	*i = (Image){ .size = size };
	i->pages = seg_new(SEG_SHARED, pages_of(size), FRAME_CORE);
	if (i->pages == NULL)
		return NULL;
	i->ref = i->handles = 1;
	return i;
}

static int
image_id(const Image *i)
{
	return (int)(i - image) + 1;
}

Image *
image_find(int id)
{
	if (id < 1 || id > NIMAGE || image[id - 1].handles == 0)
		return NULL;
	return &image[id - 1];
}

void
image_get(Image *i)
{
	i->ref++;
}

void
image_put(Image *i)
{
	if (i == NULL || --i->ref > 0)
		return;
	seg_put(i->pages, true);
	i->pages = NULL;
}

int
image_handle_put(int id)
{
	Image *i = image_find(id);

	if (i == NULL)
		return seterr(Ebadarg, "no image %d", id);
	i->handles--;
	image_put(i);
	return 0;
}

int
image_seal(int id)
{
	Image *i = image_find(id);
	int rc;

	if (i == NULL)
		return seterr(Ebadarg, "no image %d", id);
	if (i->sealed)
		return 0;
	rc = elf_check((const uint8_t *)seg_peek(i->pages, 0), PAGE, i->size,
	    plat_elf_class, plat_elf_machine, PAGE, HVM_SEG, &i->elf);
	if (rc == 0)
		i->sealed = true;
	return rc;
}

/* The image whose frames these are already, with one more handle. */
static int
image_again(uintptr_t pa, size_t size)
{
	for (Image *i = image; i < image + NIMAGE; i++)
		if (i->ref > 0 && i->pa == pa && i->size == size && i->sealed) {
			i->ref++;
			i->handles++;
			return image_id(i);
		}
	return 0;
}

static bool
frames_held(uintptr_t pa, size_t npage)
{
	for (size_t p = 0; p < npage; p++)
		if (frame_ref(pa + p * PAGE) == 0)
			return false;
	return true;
}

int
image_phys(uint64_t pa, size_t size)
{
	uintptr_t at = (uintptr_t)pa;
	Image *i;
	int id, rc;

	if (size == 0 || size > IMAGE_MAX || at != pa || at % PAGE != 0 ||
	    at + size < at || !frames_held(at, pages_of(size)))
		return seterr(Ebadarg, "no boot memory at 0x%lx", (unsigned long)at);
	if ((id = image_again(at, size)) > 0)
		return id;
	if ((i = image_alloc(size)) == NULL)
		return seterr(Enomem, "image");
	i->pa = at;
	id = image_id(i);
	for (size_t p = 0; p < pages_of(size); p++) {
		if ((rc = seg_set(i->pages, p, at + p * PAGE)) < 0)
			goto bad;
		frame_get(at + p * PAGE);
	}
	if ((rc = image_seal(id)) == 0)
		return id;
bad:
	image_handle_put(id);
	return rc;
}

int
image_new(size_t size, Seg **pages)
{
	Image *i;

	if (size == 0 || size > IMAGE_MAX)
		return seterr(Ebadexec, "a program of %zu bytes", size);
	if ((i = image_alloc(size)) == NULL)
		return seterr(Enomem, "image");
	for (size_t p = 0; p < pages_of(size); p++) {
		uintptr_t addr;
		int rc = seg_page(i->pages, p, true, SEG_LOOK, &addr);

		if (rc < 0) {
			image_handle_put(image_id(i));
			return rc;
		}
	}
	*pages = i->pages;
	return image_id(i);
}

size_t
image_table(char *text, size_t n)
{
	char *p = text, *end = text + n;

	p = seprint(p, end, "image  refs handles    bytes  at\n");
	for (Image *i = image; i < image + NIMAGE; i++)
		if (i->ref > 0)
			p = seprint(p, end, "%5d %5d %7d %8zu  %s0x%lx\n", image_id(i),
			    i->ref, i->handles, i->size, i->sealed ? "" : "(open) ",
			    (unsigned long)i->pa);
	return (size_t)(p - text);
}
