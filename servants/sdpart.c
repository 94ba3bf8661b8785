/*
 * servants/sdpart.c - finds the partitions of a disk: GPT, or MBR with its extended
 * partitions, or a bare FAT file system. No locks, no system: bytes in,
 * names and bounds out.
 * A GPT counts when both its checksums are right; the one at the disk's end is
 * asked when the first is damaged.
 * LIMITS  PART_MAX partitions; a chain of logical ones ends after as many; a GPT of
 *         GPT_ENTRIES. A GPT's own names for its partitions are not used.
 * SEE     tests/unit/sdpart.c
 */
#include "servants/sd_impl.h"

enum { TABLE = 446, ENTRY = 16, NENTRY = 4, SECTOR_MAX = 4096, TYPE_GPT = 0xEE };
enum { GPT_HEAD = 92, GPT_ENTRY = 128, GPT_ENTRIES = 1024 };

static const struct {
	uint8_t type;
	const char *name;
} type_name[] = {
	{ 0x01, "dos" }, { 0x04, "dos" }, { 0x06, "dos" }, { 0x0B, "dos" },
	{ 0x0C, "dos" }, { 0x0E, "dos" }, { 0x07, "ntfs" }, { 0x39, "plan9" },
	{ 0x82, "linuxswap" }, { 0x83, "linux" }, { 0x8E, "linuxlvm" },
	{ 0xA5, "freebsd" }, { 0xA6, "openbsd" }, { 0xA9, "netbsd" },
	{ TYPE_GPT, "gpt" }, { 0xEF, "esp" }, { 0xFD, "linuxraid" },
};

/* The numbers of a GUID as it is written; in a GPT the first three are little-endian. */
static const struct {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
	const char *name;
} guid_name[] = {
	{ 0xC12A7328, 0xF81F, 0x11D2, { 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B }, "esp" },
	{ 0xEBD0A0A2, 0xB9E5, 0x4433, { 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7 }, NULL }, /* basic_name */
	{ 0x0FC63DAF, 0x8483, 0x4772, { 0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4 }, "linux" },
	{ 0x0657FD6D, 0xA4AB, 0x43C4, { 0x84, 0xE5, 0x09, 0x33, 0xC8, 0x4B, 0x4F, 0x4F }, "linuxswap" },
	{ 0xE6D6D379, 0xF507, 0x44C2, { 0xA2, 0x3C, 0x23, 0x8F, 0x2A, 0x3D, 0xF9, 0x28 }, "linuxlvm" },
	{ 0xA19D880F, 0x05FC, 0x4D3B, { 0xA0, 0x06, 0x74, 0x3F, 0x0F, 0x84, 0x91, 0x1E }, "linuxraid" },
	{ 0xC91818F9, 0x8025, 0x47AF, { 0x89, 0xD2, 0xF0, 0x30, 0xD7, 0x00, 0x0C, 0x2C }, "plan9" },
	{ 0x21686148, 0x6449, 0x6E6F, { 0x74, 0x4E, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49 }, "biosboot" },
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
scan_add(PartList *l, const char *base, uint64_t start, uint64_t end)
{
	Part *p;

	if (l->n == PART_MAX || part_overlaps(l, start, end)) {
		l->nbad++;
		return;
	}
	p = &l->part[l->n];
	snprintf(p->name, sizeof p->name, "%.16s", base);
	for (unsigned k = 1; name_taken(l, p->name); k++)
		snprintf(p->name, sizeof p->name, "%.16s.%u", base, k);
	p->start = start;
	p->end = end;
	l->n++;
}

static void
mbr_add(PartList *l, uint8_t type, uint64_t start, uint64_t end)
{
	char other[8];
	const char *base = other;

	snprintf(other, sizeof other, "type%02x", type);
	for (size_t i = 0; i < nelem(type_name); i++)
		if (type_name[i].type == type)
			base = type_name[i].name;
	scan_add(l, base, start, end);
}

/* ---- GPT ---- */

static uint64_t
le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

static uint32_t
crc32_add(uint32_t crc, const uint8_t *p, size_t n)
{
	for (; n > 0; n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
	}
	return crc;
}

typedef struct Gpt Gpt;
struct Gpt {
	uint64_t entries;        /* their first sector */
	uint32_t count, size;
	uint64_t first, last;    /* sectors that partitions may have */
};

/* Is the table whose header is in sector `at` one? Reads all of it. */
static bool
gpt_read(Scan *s, uint64_t at, Gpt *g)
{
	uint8_t *b = s->sector;
	uint32_t size, sum, array_sum, crc = ~0u;
	uint64_t bytes;

	if (at >= s->nsector || s->read(s->arg, at, b) < 0 || memcmp(b, "EFI PART", 8) != 0)
		return false;
	size = le32(b + 12);
	sum = le32(b + 16);
	memset(b + 16, 0, 4);
	if (size < GPT_HEAD || size > s->sector_size || ~crc32_add(~0u, b, size) != sum || le64(b + 24) != at)
		return false;
	*g = (Gpt){ .entries = le64(b + 72), .count = le32(b + 80), .size = le32(b + 84), .first = le64(b + 40), .last = le64(b + 48) };
	array_sum = le32(b + 88);
	if (g->size < GPT_ENTRY || s->sector_size % g->size != 0 || g->count > GPT_ENTRIES || g->last >= s->nsector)
		return false;
	bytes = (uint64_t)g->count * g->size;
	if (g->entries >= s->nsector || bytes / s->sector_size >= s->nsector - g->entries)
		return false;
	for (uint64_t i = 0; i < bytes; i += s->sector_size) {
		if (s->read(s->arg, g->entries + i / s->sector_size, b) < 0)
			return false;
		crc = crc32_add(crc, b, bytes - i < s->sector_size ? (size_t)(bytes - i) : s->sector_size);
	}
	return ~crc == array_sum;
}

/* Microsoft's "basic data" may be either; the file system says. */
static const char *
basic_name(Scan *s, uint64_t start)
{
	if (s->read(s->arg, start, s->sector) < 0)
		return "basic";
	return fat_valid(s) ? "dos" : memcmp(s->sector + 3, "NTFS    ", 8) == 0 ? "ntfs" : "basic";
}

static void
gpt_add(Scan *s, const Gpt *g, const uint8_t *e)
{
	uint64_t start = le64(e + 32), last = le64(e + 40);
	const char *base;
	char other[16];

	snprintf(other, sizeof other, "type%08x", (unsigned)le32(e));
	base = other;
	for (size_t i = 0; i < nelem(guid_name); i++)
		if (le32(e) == guid_name[i].a && le16(e + 4) == guid_name[i].b && le16(e + 6) == guid_name[i].c &&
		    memcmp(e + 8, guid_name[i].d, 8) == 0)
			base = guid_name[i].name;
	if (start < g->first || start > last || last > g->last)
		s->out->nbad++;
	else
		scan_add(s->out, base != NULL ? base : basic_name(s, start), start, last + 1);
}

static bool
gpt_scan(Scan *s)
{
	static const uint8_t unused[16];
	uint8_t e[GPT_ENTRY];
	bool read = false;
	Gpt g;

	if (!gpt_read(s, 1, &g) && !gpt_read(s, s->nsector - 1, &g))
		return false;
	for (uint32_t i = 0; i < g.count; i++) {
		uint64_t at = (uint64_t)i * g.size;

		if ((!read || at % s->sector_size == 0) && s->read(s->arg, g.entries + at / s->sector_size, s->sector) < 0) {
			s->out->nbad++;
			continue;
		}
		read = true;
		memcpy(e, s->sector + at % s->sector_size, sizeof e);
		if (memcmp(e, unused, sizeof unused) != 0) {
			gpt_add(s, &g, e);
			read = false; /* it may have read another sector */
		}
	}
	return true;
}

static bool
mbr_protects(const Scan *s)
{
	bool gpt = false;

	for (int i = 0; i < NENTRY; i++)
		gpt = gpt || mbr_entry(s->sector, i).type == TYPE_GPT;
	return gpt;
}

/* ---- MBR ---- */

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
				mbr_add(s->out, e.type, e.start, e.start + e.count);
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
			mbr_add(s->out, e->type, e->start, e->start + e->count);
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

/* A CD's tables, if it has any, are for who copies it to a disk: they count sectors of
 * 512 bytes. */
static bool
cd_valid(Scan *s)
{
	enum { CD_SECTOR = 2048, VOLUME = 16 };

	return s->sector_size == CD_SECTOR && VOLUME < s->nsector && s->read(s->arg, VOLUME, s->sector) == 0 &&
	    memcmp(s->sector + 1, "CD001", 5) == 0;
}

int
part_scan(PartRead *reader, void *arg, uint64_t nsector, uint32_t sector_size, PartList *out)
{
	Scan *s;
	int rc = 0;

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
	if (!cd_valid(s) && (rc = reader(arg, 0, s->sector)) == 0) {
		if (!mbr_valid(s)) {
			if (fat_valid(s))
				scan_add(out, "dos", 0, nsector);
		} else if (!(mbr_protects(s) && gpt_scan(s)) && (rc = reader(arg, 0, s->sector)) == 0) {
			mbr_scan(s);
		}
	}
	free(s);
	return rc;
}
