/*
 * cmd/man/find.c - the pages: /sys/man/SECTION/NAME. All of them are looked at only when
 * a name is no file's, and for -k: a page tells in its NAME section of what it is.
 */
#include "cmd/man/man.h"

enum { WORD_MAX = 40, NEAR_MAX = 6 };

typedef struct Page Page;
struct Page {
	char *section, *name, *path;
	char *title;            /* of its NAME section: "name, name - what" */
};

static Page *pages;
static size_t npage;

bool
page_section(const char *s)
{
	return s[0] >= '1' && s[0] <= '9' && s[1] == '\0';
}

/* The NAME section's text, malloc'd. */
static char *
title_read(const char *path)
{
	Biobuf *in = Bopen(path, OREAD);
	bool here = false;
	Text t = { 0 };
	char *s, *title;

	text_add(&t, "", 0);
	while (in != NULL && (s = Brdstr(in, '\n', true)) != NULL) {
		if (here && *s != '.') {
			if (t.n > 0)
				text_put(&t, ' ');
			text_add(&t, s, strlen(s));
		}
		if (*s == '.')
			here = !here && strcmp(s, ".SH NAME") == 0;
		free(s);
		if (t.n > 0 && !here)
			break;
	}
	if (in != NULL)
		Bterm(in);
	title = roff_plain(t.s);
	free(t.s);
	return title;
}

static int64_t
dir_read(const char *path, Dir **d)
{
	int fd = open(path, OREAD);
	int64_t n = fd < 0 ? 0 : dirreadall(fd, d);

	if (fd >= 0)
		close(fd);
	return n;
}

static int
page_order(const void *a, const void *b)
{
	const Page *x = a, *y = b;
	int c = strcmp(x->section, y->section);

	return c != 0 ? c : strcmp(x->name, y->name);
}

static void
pages_load(void)
{
	Dir *sections, *d;
	int64_t nsection, n;
	size_t max = 0;

	if (npage > 0)
		return;
	nsection = dir_read(MAN_DIR, &sections);
	for (int64_t i = 0; i < nsection; i++) {
		char *dir = cmd_join(MAN_DIR, sections[i].name);

		n = page_section(sections[i].name) ? dir_read(dir, &d) : 0;
		for (int64_t k = 0; k < n; k++) {
			char *path = cmd_join(dir, d[k].name);

			if (npage == max)
				pages = cmd_alloc(pages, (max = 2 * max + 256) * sizeof *pages);
			pages[npage++] = (Page){ cmd_strdup(sections[i].name), cmd_strdup(d[k].name),
				path, title_read(path) };
		}
		if (n > 0)
			free(d);
		free(dir);
	}
	if (nsection > 0)
		free(sections);
	qsort(pages, npage, sizeof *pages, page_order);
}

/* The next of a title's names, which end at " - ", into word; NULL: no more. */
static const char *
name_next(const char *s, char word[WORD_MAX])
{
	size_t n;

	s += strspn(s, ", ");
	n = strcspn(s, ", ");
	if (n == 0 || (n == 1 && *s == '-'))
		return NULL;
	snprintf(word, WORD_MAX, "%.*s", (int)n, s);
	return s + n;
}

static bool
title_names(const char *title, const char *name)
{
	char word[WORD_MAX];

	while ((title = name_next(title, word)) != NULL)
		if (strcmp(word, name) == 0)
			return true;
	return false;
}

char *
page_find(const char *section, const char *name)
{
	for (char s = '1'; s <= '9'; s++) {
		char *path = smprint("%s/%c/%s", MAN_DIR, s, name);

		if (path != NULL && *name != '\0' && (section == NULL || *section == s) && access(path, AEXIST) == 0)
			return path;
		free(path);
	}
	pages_load();
	for (size_t i = 0; i < npage; i++)
		if ((section == NULL || strcmp(section, pages[i].section) == 0) && title_names(pages[i].title, name))
			return cmd_strdup(pages[i].path);
	return NULL;
}

/* ---- names like one, and words in titles ---- */
static char *
lower(const char *s)
{
	char *t = cmd_strdup(s);

	for (char *p = t; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return t;
}

/* How many letters must be changed, put in or left out to get b from a. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t k = 0; k <= nb; k++)
		row[k] = k;
	for (size_t i = 1; i <= na; i++) {
		size_t corner = row[0], d;

		row[0] = i;
		for (size_t k = 1; k <= nb; k++) {
			d = corner + (a[i - 1] != b[k - 1]);
			corner = row[k];
			if (row[k] + 1 < d)
				d = row[k] + 1;
			if (row[k - 1] + 1 < d)
				d = row[k - 1] + 1;
			row[k] = d;
		}
	}
	return row[nb];
}

static bool
is_near(const char *word, const char *name)
{
	size_t n = strlen(name);

	return (n > 0 && distance(word, name) <= 1 + n / 6) || (n > 2 && strstr(word, name) != NULL);
}

char *
page_near(const char *name)
{
	char word[WORD_MAX], *low = lower(name);
	Text t = { 0 };
	int n = 0;

	text_add(&t, "", 0);
	pages_load();
	for (size_t i = 0; i < npage; i++) {
		const char *s = pages[i].title;
		bool near = is_near(pages[i].name, low);

		while (!near && (s = name_next(s, word)) != NULL) {
			char *w = lower(word);

			near = is_near(w, low);
			free(w);
		}
		if (near && n++ < NEAR_MAX) {
			char *text = smprint("%s%s(%s)", t.n > 0 ? ", " : "", pages[i].name, pages[i].section);

			text_add(&t, text, strlen(text));
			free(text);
		}
	}
	free(low);
	return t.s;
}

static void
title_print(Biobuf *out, const Page *p)
{
	Bprint(out, "%s(%s): %s\n", p->name, p->section, p->title);
}

bool
page_list(Biobuf *out, const char *section)
{
	bool found = false;

	pages_load();
	for (size_t i = 0; i < npage; i++)
		if (strcmp(pages[i].section, section) == 0) {
			title_print(out, &pages[i]);
			found = true;
		}
	return found;
}

bool
page_search(Biobuf *out, const char *word)
{
	char *low = lower(word);
	bool found = false;

	pages_load();
	for (size_t i = 0; i < npage; i++) {
		char *title = lower(pages[i].title);

		if (strstr(title, low) != NULL || strstr(pages[i].name, low) != NULL) {
			title_print(out, &pages[i]);
			found = true;
		}
		free(title);
	}
	free(low);
	return found;
}
