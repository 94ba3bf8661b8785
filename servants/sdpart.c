/*
 * servants/sdpart.c - finds the partitions of a disk: MBR, its extended
 * partitions, or a bare FAT file system. No locks, no system: bytes in,
 * names and bounds out.
 * LIMITS  PART_MAX partitions; a chain of logical ones ends after as many
 * SEE     tests/unit/sdpart.c
 */
#include "servants/sd_impl.h"

enum { TABLE = 446, ENTRY = 16, NENTRY = 4, SECTOR_MAX = 4096 };

static const struct {
	uint8_t type;
	const char *name;
} type_name[] = {
	{ 0x01, "dos" }, { 0x04, "dos" }, { 0x06, "dos" }, { 0x0B, "dos" },
	{ 0x0C, "dos" }, { 0x0E, "dos" }, { 0x07, "ntfs" }, { 0x39, "plan9" },
	{ 0x82, "linuxswap" }, { 0x83, "linux" }, { 0x8E, "linuxlvm" },
	{ 0xA5, "freebsd" }, { 0xA6, "openbsd" }, { 0xA9, "netbsd" },
	{ 0xEE, "gpt" }, { 0xEF, "esp" }, { 0xFD, "linuxraid" },
};

typedef struct Scan Scan;
struct Scan {
	PartRead *read;
	void *arg;
	uint64_t nsector;
	uint32_t sector_size;
	PartList *out;
	uint8_t sector[SECTOR_MAX];
};
typedef struct MbrEntry MbrEntry;
struct MbrEntry {
	uint8_t boot, type;
	uint64_t start, count;
};

static uint32_t
le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint16_t
le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static MbrEntry
mbr_entry(const uint8_t *sector, int i)
{
	const uint8_t *e = sector + TABLE + ENTRY * i;

	return (MbrEntry){ e[0], e[4], le32(e + 8), le32(e + 12) };
}

static bool
mbr_signed(const uint8_t *sector)
{
	return sector[510] == 0x55 && sector[511] == 0xAA;
}

static bool
type_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0F || type == 0x85;
}

static bool
entry_inside(const Scan *s, const MbrEntry *e)
{
	return e->start > 0 && e->count > 0 && e->start < s->nsector &&
	    e->count <= s->nsector - e->start;
}

/* A table, not a boot program that happens to end in 55 AA. */
static bool
mbr_valid(const Scan *s)
{
	bool any = false;

	if (!mbr_signed(s->sector))
		return false;
	for (int i = 0; i < NENTRY; i++) {
		MbrEntry e = mbr_entry(s->sector, i);

		if (e.boot != 0 && e.boot != 0x80)
			return false;
		if (e.type != 0 && e.start > 0 && e.count > 0 && e.start < s->nsector)
			any = true;
	}
	return any;
}

/* The BIOS parameter block of a FAT file system (that it may be damaged is
 * for the file server to say). */
static bool
fat_valid(const Scan *s)
{
	const uint8_t *b = s->sector;
	uint32_t bps = le16(b + 11), spc = b[13], total = le16(b + 19);
	uint8_t media = b[21];

	if (b[0] != 0xEB && b[0] != 0xE9)
		return false;
	if (bps < 512 || bps > 4096 || (bps & (bps - 1)) != 0)
		return false;
	if (spc == 0 || (spc & (spc - 1)) != 0 || le16(b + 14) == 0)
		return false;
	if (b[16] == 0 || b[16] > 4 || (media != 0xF0 && media < 0xF8))
		return false;
	if (total == 0)
		total = le32(b + 32);
	return total > 0;
}

static bool
name_taken(const PartList *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->part[i].name, name) == 0)
			return true;
	return false;
}

static bool
part_overlaps(const PartList *l, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < l->n; i++)
		if (start < l->part[i].end && l->part[i].start < end)
			return true;
	return false;
}

static void
scan_add(PartList *l, uint8_t type, uint64_t start, uint64_t end)
{
	char base[PART_NAME - 8];
	Part *p;

	if (l->n == PART_MAX || part_overlaps(l, start, end)) {
		l->nbad++;
		return;
	}
	snprintf(base, sizeof base, "type%02x", type);
	for (size_t i = 0; i < nelem(type_name); i++)
		if (type_name[i].type == type)
			snprintf(base, sizeof base, "%s", type_name[i].name);
	p = &l->part[l->n];
	snprintf(p->name, sizeof p->name, "%s", base);
	for (unsigned k = 1; name_taken(l, p->name); k++)
		snprintf(p->name, sizeof p->name, "%s.%u", base, k);
	p->start = start;
	p->end = end;
	l->n++;
}

/*
 * Logical partitions: each EBR has one of them, relative to itself, and the
 * next EBR, relative to the extended partition. The number of steps is
 * bounded, so a loop ends; the overlap test drops what it repeats.
 */
static void
extended_scan(Scan *s, const MbrEntry *ext)
{
	uint64_t at = ext->start;

	for (int step = 0; step < PART_MAX; step++) {
		uint64_t next = 0;

		if (s->read(s->arg, at, s->sector) < 0 || !mbr_signed(s->sector)) {
			s->out->nbad++;
			return;
		}
		for (int i = 0; i < 2; i++) {
			MbrEntry e = mbr_entry(s->sector, i);

			if (e.type == 0 || e.count == 0)
				continue;
			if (type_extended(e.type)) {
				if (e.start < ext->count)
					next = ext->start + e.start;
				else
					s->out->nbad++;
				continue;
			}
			e.start += at;
			if (e.start == at || e.start >= ext->start + ext->count ||
			    e.count > ext->start + ext->count - e.start)
				s->out->nbad++;
			else
				scan_add(s->out, e.type, e.start, e.start + e.count);
		}
		if (next == 0 || next == at || next == ext->start)
			return;
		at = next;
	}
	s->out->nbad++;
}

static void
mbr_scan(Scan *s)
{
	MbrEntry entry[NENTRY];

	for (int i = 0; i < NENTRY; i++)
		entry[i] = mbr_entry(s->sector, i);
	for (int i = 0; i < NENTRY; i++) {
		MbrEntry *e = &entry[i];

		if (e->type == 0 || type_extended(e->type))
			continue;
		if (entry_inside(s, e))
			scan_add(s->out, e->type, e->start, e->start + e->count);
		else
			s->out->nbad++;
	}
	for (int i = 0; i < NENTRY; i++) {
		if (!type_extended(entry[i].type))
			continue;
		if (entry_inside(s, &entry[i]))
			extended_scan(s, &entry[i]);
		else
			s->out->nbad++;
	}
}

int
part_scan(PartRead *reader, void *arg, uint64_t nsector, uint32_t sector_size, PartList *out)
{
	Scan *s;
	int rc;

	memset(out, 0, sizeof *out);
	if (nsector == 0 || sector_size < 512 || sector_size > SECTOR_MAX)
		return 0;
	if ((s = calloc(1, sizeof *s)) == NULL)
		return seterr(Enomem, NULL);
	s->read = reader;
	s->arg = arg;
	s->nsector = nsector;
	s->sector_size = sector_size;
	s->out = out;
	if ((rc = reader(arg, 0, s->sector)) == 0) {
		if (mbr_valid(s))
			mbr_scan(s);
		else if (fat_valid(s))
			scan_add(out, 0x01, 0, nsector);
	}
	free(s);
	return rc;
}
