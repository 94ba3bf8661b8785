/*
 * servers/dosfs/dir.c - directories: slots of 32 bytes. A file has one short
 * entry, and before it up to 20 slots with its long name, last part first,
 * bound to the short one by a checksum.
 *
 * Long-name slots that belong to nothing, labels and entries whose name can't
 * be a name are passed over, and never reused.
 */
#include "servers/dosfs/dosfs_impl.h"

enum { PART = 13, DELETED = 0xE5, LAST_PART = 0x40, ALIAS_LEN = 11, TAILS = DIR_SLOTS };

static const uint8_t unit_at[PART] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };

static uint32_t
dir_slots(const Node *dir)
{
	uint64_t n;

	if (dir->fixed)
		return dir->vol->root_slots;
	n = (uint64_t)dir->nalloc * (dir->vol->cluster / SLOT);
	return n < DIR_SLOTS ? (uint32_t)n : DIR_SLOTS;
}

int
dosdir_where(Node *dir, uint32_t slot, uint64_t *loc)
{
	uint32_t per = dir->vol->cluster / SLOT, c, run;
	int rc;

	if (dir->fixed) {
		*loc = dir->vol->root_off + (uint64_t)slot * SLOT;
		return 0;
	}
	if ((rc = dosfile_map(dir, slot / per, 1, &c, &run)) < 0)
		return rc;
	*loc = dosfat_where(dir->vol, c) + (uint64_t)(slot % per) * SLOT;
	return 0;
}

static int
slot_get(Node *dir, uint32_t slot, uint64_t *loc, uint8_t **raw)
{
	int rc = dosdir_where(dir, slot, loc);

	return rc < 0 ? rc : dosblk_get(dir->vol, *loc, raw);
}

/* The long name while its slots come by. */
typedef struct Run Run;
struct Run {
	uint16_t unit[LONG_SLOTS * PART];
	uint32_t first;         /* slot */
	uint8_t parts, next;    /* next: the part expected now; 0: the short entry */
	uint8_t sum;
};

static void
run_part(Run *r, const uint8_t *raw, uint32_t slot)
{
	uint8_t part = raw[0] & 0x3F;

	if (raw[0] & LAST_PART) {
		r->first = slot;
		r->parts = part >= 1 && part <= LONG_SLOTS ? part : 0;
		r->next = r->parts;
		r->sum = raw[13];
	}
	if (r->parts == 0 || part != r->next || part == 0 || raw[13] != r->sum) {
		r->parts = 0;
		return;
	}
	r->next--;
	for (uint32_t i = 0; i < PART; i++)
		r->unit[(part - 1) * PART + i] = (uint16_t)le16(raw + unit_at[i]);
}

static bool
run_name(const Run *r, const uint8_t *raw, char *text)
{
	uint32_t n = 0;

	if (r->parts == 0 || r->next != 0 || r->sum != dosname_sum(raw))
		return false;
	while (n < (uint32_t)r->parts * PART && r->unit[n])
		n++;
	return dosname_text(r->unit, n, text);
}

static bool
entry_plain(const uint8_t *raw)
{
	return !(raw[DE_ATTR] & (ATTR_LABEL | 0xC0)) && raw[0] != '.' && raw[0] != DELETED;
}

/* The next file at or after *slot; *slot is then behind it. */
int
dosdir_next(Node *dir, uint32_t *slot, Dent *e)
{
	uint32_t n, i = *slot;
	Run run = { .parts = 0 };
	bool has_long, has_alias;
	uint8_t *raw;
	int rc = dosfile_load(dir, false);

	if (rc < 0)
		return rc;
	for (n = dir_slots(dir); i < n; i++) {
		if ((rc = slot_get(dir, i, &e->loc, &raw)) < 0)
			return rc;
		if (raw[0] == 0)
			break;
		if (raw[0] != DELETED && (raw[DE_ATTR] & 0x3F) == ATTR_LONG) {
			run_part(&run, raw, i);
			continue;
		}
		has_long = entry_plain(raw) && run_name(&run, raw, e->name);
		has_alias = entry_plain(raw) && dosname_alias(raw, e->alias);
		if (has_long || has_alias) {
			memcpy(e->raw, raw, SLOT);
			if (!has_long)
				snprintf(e->name, sizeof e->name, "%s", e->alias);
			if (!has_alias)
				e->alias[0] = '\0';
			e->first = has_long ? run.first : i;
			e->slot = i;
			*slot = i + 1;
			return 1;
		}
		run.parts = 0;
	}
	*slot = n; /* what follows the end mark is no entry */
	return 0;
}

int
dosdir_find(Node *dir, Str name, Dent *e)
{
	uint32_t slot = 0;
	int rc;

	while ((rc = dosdir_next(dir, &slot, e)) == 1)
		if (dosname_same(name, str_of(e->name)) || dosname_same(name, str_of(e->alias)))
			return 0;
	return rc < 0 ? rc : seterr(Enonexist, "%.*s", name.n < 60 ? (int)name.n : 60, name.s);
}

int
dosdir_empty(Node *dir)
{
	uint32_t slot = 0;
	Dent e;
	int rc = dosdir_next(dir, &slot, &e);

	return rc == 1 ? seterr(Enotempty, "%.40s", dir->name) : rc;
}

/* ---- where a new entry goes ---- */

typedef struct Taken Taken;
struct Taken {
	uint8_t *tails;         /* bit map of the N in basis~N that are used */
	bool basis;             /* and whether the basis itself is */
};

static int
names_scan(Node *dir, Str name, const Node *self, const uint8_t *basis, Taken *t)
{
	uint32_t slot = 0, n;
	Dent e;
	int rc;

	while ((rc = dosdir_next(dir, &slot, &e)) == 1) {
		if (self && e.loc == self->loc)
			continue;
		if (dosname_same(name, str_of(e.name)) || dosname_same(name, str_of(e.alias)))
			return seterr(Eexist, "%.60s", e.name);
		n = dosname_tail(basis, e.raw);
		if (n > 0 && n < TAILS)
			t->tails[n / 8] |= (uint8_t)(1u << n % 8);
		t->basis = t->basis || memcmp(e.raw, basis, ALIAS_LEN) == 0;
	}
	return rc;
}

/* The alias of a new file; p->count becomes the number of slots. */
static int
alias_choose(Node *dir, Str name, const Node *self, Place *p)
{
	uint8_t basis[ALIAS_LEN];
	bool lossy, exact = dosname_basis(&p->name, basis, &lossy);
	Taken t = { calloc(1, TAILS / 8), false };
	uint32_t n = 1;
	int rc;

	if (!t.tails)
		return seterr(Enomem, "dosfs: directory");
	rc = names_scan(dir, name, self, basis, &t);
	while (n < TAILS && t.tails[n / 8] >> n % 8 & 1)
		n++;
	free(t.tails);
	if (rc < 0)
		return rc;
	if (lossy || t.basis) {
		if (n == TAILS)
			return seterr(Enospc, "no short name left for %.60s", dir->name);
		dosname_set_tail(p->alias, basis, n);
		exact = false;
	} else {
		memcpy(p->alias, basis, ALIAS_LEN);
	}
	p->count = exact ? 1 : 1 + (p->name.n + PART - 1) / PART;
	return 0;
}

/* A free run of p->count slots; from the end mark on all are free. *end is the
 * number of slots in use, *first where the free ones before it begin. */
static int
run_find(Node *dir, const Place *p, uint32_t *first, uint32_t *end)
{
	uint32_t n = dir_slots(dir), i, len = 0;
	uint64_t loc;
	uint8_t *raw;
	int rc;

	for (i = 0; i < n; i++) {
		if ((rc = slot_get(dir, i, &loc, &raw)) < 0)
			return rc;
		if (raw[0] == 0)
			break;
		len = raw[0] == DELETED ? len + 1 : 0;
		if (len == p->count) {
			*first = i + 1 - len;
			*end = n;
			return 0;
		}
	}
	*first = i - len;
	*end = i;
	return 0;
}

static int
dir_grow(Node *dir, uint32_t slots)
{
	Vol *v = dir->vol;
	uint32_t per = v->cluster / SLOT, clusters = (slots + per - 1) / per;
	Chain ch;
	int rc;

	if (dir->fixed)
		return seterr(Enospc, "root directory has room for %u entries", (unsigned)v->root_slots);
	if (dir_slots(dir) + slots > DIR_SLOTS)
		return seterr(Enospc, "directory %.40s is full", dir->name);
	for (uint32_t i = 0; i < clusters; i++) {
		uint32_t last = dir->last;

		if ((rc = dosfile_extend(dir, 1, &ch)) < 0)
			return rc;
		if ((rc = dosblk_store(v, dosfat_where(v, ch.first), NULL, v->cluster)) < 0) {
			dir->nalloc--;
			dir->last = last;
			dir->pos = dir->pos_cluster = 0;
			if (dosfat_unlink(v, last) < 0 || dosfat_release(v, ch.first) < 0)
				return -Eio;
			return rc;
		}
	}
	return 0;
}

/*
 * Some systems leave rubbish behind the end mark. When the new entry covers
 * the mark, the slot after it must become one first.
 */
static int
end_mark(Node *dir, uint32_t slot)
{
	uint64_t loc;
	uint8_t *raw;
	int rc;

	if (slot >= dir_slots(dir))
		return 0;
	if ((rc = slot_get(dir, slot, &loc, &raw)) < 0 || raw[0] == 0)
		return rc;
	if ((rc = dosblk_edit(dir->vol, loc, &raw)) < 0)
		return rc;
	raw[0] = 0;
	return dossync_all(dir->vol);
}

static int
run_choose(Node *dir, const Node *self, Place *p)
{
	uint32_t have, end = 0, n;
	int rc;

	if (self && p->count <= self->slot - self->first + 1) {
		p->first = self->slot + 1 - p->count;
		return 0;
	}
	if ((rc = run_find(dir, p, &p->first, &end)) < 0)
		return rc;
	n = dir_slots(dir);
	have = n - p->first;
	if (have < p->count && (rc = dir_grow(dir, p->count - have)) < 0)
		return rc;
	return p->first + p->count > end ? end_mark(dir, p->first + p->count) : 0;
}

/*
 * dosdir_place checks that `name` may be created in dir (self: a file there
 * that is to be called so, else NULL) and finds its short name and its slots.
 * The directory may have grown, else nothing has changed. REQUIRES
 * dosvol_change. Ebadname, Ebadchar, Eexist, Enospc.
 */
int
dosdir_place(Node *dir, Str name, const Node *self, Place *p)
{
	uint64_t loc;
	uint8_t *raw;
	int rc;

	if ((rc = dosname_parse(name, &p->name)) < 0 || (rc = dosfile_load(dir, true)) < 0)
		return rc;
	if ((rc = alias_choose(dir, name, self, p)) < 0 || (rc = run_choose(dir, self, p)) < 0)
		return rc;
	for (uint32_t i = 0; i < p->count; i++) /* so that dosdir_put finds them in memory */
		if ((rc = slot_get(dir, p->first + i, &loc, &raw)) < 0)
			return rc;
	return 0;
}

static void
long_part(const Place *p, uint32_t part, bool last, uint8_t *raw)
{
	memset(raw, 0, SLOT);
	raw[0] = (uint8_t)(part | (last ? LAST_PART : 0));
	raw[DE_ATTR] = ATTR_LONG;
	raw[13] = dosname_sum(p->alias);
	for (uint32_t i = 0; i < PART; i++) {
		uint32_t k = (part - 1) * PART + i;

		put_le16(raw + unit_at[i], k < p->name.n ? p->name.unit[k] : k == p->name.n ? 0 : 0xFFFF);
	}
}

/* dosdir_put fills the slots of p; raw gets its short name, *loc its place. */
int
dosdir_put(Node *dir, const Place *p, uint8_t *raw, uint64_t *loc)
{
	uint32_t parts = p->count - 1;
	uint8_t *to;
	int rc;

	memcpy(raw, p->alias, ALIAS_LEN);
	raw[DE_CASE] = 0;
	for (uint32_t i = 0; i < p->count; i++) {
		if ((rc = dosdir_where(dir, p->first + i, loc)) < 0 ||
		    (rc = dosblk_edit(dir->vol, *loc, &to)) < 0)
			return rc;
		if (i < parts)
			long_part(p, parts - i, i == 0, to);
		else
			memcpy(to, raw, SLOT);
	}
	return 0;
}

int
dosdir_erase(Node *dir, uint32_t first, uint32_t last)
{
	uint64_t loc;
	uint8_t *raw;
	int rc;

	for (uint32_t i = first; i <= last; i++)
		if ((rc = slot_get(dir, i, &loc, &raw)) < 0)
			return rc;
	for (uint32_t i = first; i <= last; i++) {
		if ((rc = dosdir_where(dir, i, &loc)) < 0 || (rc = dosblk_edit(dir->vol, loc, &raw)) < 0)
			return rc;
		raw[0] = DELETED;
	}
	return 0;
}
