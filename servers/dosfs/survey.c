/*
 * servers/dosfs/survey.c - before the first change of a volume: count the free
 * clusters, and find those that two chains or two files lead to. Chains that
 * contain one of these are never changed (file.c:dosfile_load), and none of
 * them is given to a new file: else writing one file would change another.
 *
 * One pass over the FAT, one over the directories; each cluster number found in
 * either is a reference, the second reference to a cluster makes it suspect.
 * LIMITS  3 bits of memory for each cluster while it runs; directories that
 *         can't be read are passed over (they can't be changed either).
 */
#include "servers/dosfs/dosfs_impl.h"

typedef struct Survey Survey;
struct Survey {
	Vol *v;
	uint8_t *seen, *free, *bad;
	uint32_t *todo;         /* first clusters of directories to look through */
	size_t ntodo, room;
	uint32_t nfree, nbad;
};

static bool
bit(const uint8_t *map, uint32_t c)
{
	return map[c / 8] >> c % 8 & 1;
}

static void
bit_set(uint8_t *map, uint32_t c)
{
	map[c / 8] |= (uint8_t)(1u << c % 8);
}

bool
dossurvey_suspect(const Vol *v, uint32_t c)
{
	return v->suspect && bit(v->suspect, c);
}

/* True if this is the first reference to c. */
static bool
refer(Survey *s, uint32_t c)
{
	if (!bit(s->seen, c)) {
		bit_set(s->seen, c);
		return true;
	}
	bit_set(s->bad, c);
	s->nbad++;
	return false;
}

static int
fat_pass(Survey *s)
{
	for (uint32_t c = 2; c < s->v->max; c++) {
		uint32_t next;
		int rc = dosfat_get(s->v, c, &next);

		if (rc < 0)
			return rc;
		if (next == FAT_FREE) {
			bit_set(s->free, c);
			s->nfree++;
		} else if (dosfat_valid(s->v, next)) {
			refer(s, next);
		}
	}
	return 0;
}

static int
todo_add(Survey *s, uint32_t c)
{
	if (s->ntodo == s->room) {
		size_t n = s->room ? 2 * s->room : 64;
		uint32_t *t = realloc(s->todo, n * sizeof *t);

		if (!t)
			return seterr(Enomem, "dosfs: survey");
		s->todo = t;
		s->room = n;
	}
	s->todo[s->ntodo++] = c;
	return 0;
}

/* One entry; 1: the directory ends here. */
static int
entry(Survey *s, const uint8_t *raw)
{
	uint32_t c = le16(raw + DE_START);
	uint8_t attr = raw[DE_ATTR];

	if (raw[0] == 0)
		return 1;
	if (raw[0] == 0xE5 || raw[0] == '.' || (attr & ATTR_LABEL))
		return 0; /* long-name slots have the label bit too */
	if (s->v->bits == 32)
		c |= le16(raw + DE_STARTHI) << 16;
	if (!dosfat_valid(s->v, c) || !refer(s, c) || !(attr & ATTR_DIR))
		return 0;
	return todo_add(s, c);
}

static int
entries(Survey *s, uint64_t off, uint32_t count)
{
	int rc = 0;

	for (uint32_t i = 0; i < count && rc == 0; i++) {
		uint8_t *raw;

		if (dosblk_get(s->v, off + i * SLOT, &raw) < 0)
			return 1;
		rc = entry(s, raw);
	}
	return rc;
}

static int
directory(Survey *s, uint32_t c)
{
	uint32_t per = s->v->cluster / SLOT, next;
	int rc = 0;

	for (uint32_t n = 0; n <= DIR_SLOTS / per && rc == 0; n++, c = next) {
		rc = entries(s, dosfat_where(s->v, c), per);
		if (rc != 0 || dosfat_get(s->v, c, &next) < 0 || !dosfat_valid(s->v, next))
			break;
	}
	return rc < 0 ? rc : 0;
}

static int
tree_pass(Survey *s)
{
	Vol *v = s->v;
	int rc;

	if (v->bits == 32) {
		refer(s, v->root_cluster);
		rc = todo_add(s, v->root_cluster);
	} else {
		rc = entries(s, v->root_off, v->root_slots);
	}
	while (rc >= 0 && s->ntodo)
		rc = directory(s, s->todo[--s->ntodo]);
	return rc < 0 ? rc : 0;
}

/* Free, yet something leads there: giving it away would join two files. */
static void
free_pass(Survey *s)
{
	for (uint32_t i = 0; i < s->v->max / 8 + 1; i++)
		if (s->free[i] & s->seen[i]) {
			s->bad[i] |= s->free[i] & s->seen[i];
			s->nbad++;
		}
}

int
dossurvey_run(Vol *v)
{
	size_t n = v->max / 8 + 1;
	Survey s = { .v = v };
	int rc;

	s.seen = calloc(1, n);
	s.free = calloc(1, n);
	s.bad = calloc(1, n);
	if (!s.seen || !s.free || !s.bad) {
		rc = seterr(Enomem, "dosfs: survey");
		goto out;
	}
	if ((rc = fat_pass(&s)) < 0 || (rc = tree_pass(&s)) < 0)
		goto out;
	free_pass(&s);
	v->info_stale = v->info_off && v->nfree != s.nfree;
	v->nfree = s.nfree;
	if (s.nbad) {
		v->suspect = s.bad;
		s.bad = NULL;
	}
	v->surveyed = true;
out:
	free(s.seen);
	free(s.free);
	free(s.bad);
	free(s.todo);
	return rc;
}
