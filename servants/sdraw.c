/*
 * servants/sdraw.c - the raw file of a disk that is no SCSI disk: the SCSI
 * commands that scuzz(8) and the like need, done by the disk's own driver.
 * Write a command of 6, 10, 12 or 16 bytes; read or write its data (a command
 * without data: read or write 0 bytes); read the status, as decimal text.
 * A write to what is open for writing through a partition fails as on a disk
 * that is write-protected.
 * ERRORS  Einuse opened twice; Ebadarg a command of another length, or a read
 *         or write where the other is due
 * LOCKS   Raw.lk guards all; the disk's io runs under it: one command at a time
 * SEE     SCSI SPC-3 and SBC-3 for the layouts; sd(3)
 */
#include "servants/sd_unit_impl.h"

enum {
	TEST_UNIT_READY = 0x00, REQUEST_SENSE = 0x03, INQUIRY = 0x12, READ_CAPACITY = 0x25,
	READ_10 = 0x28, WRITE_10 = 0x2A, SYNC_CACHE = 0x35, READ_16 = 0x88, WRITE_16 = 0x8A,
	SERVICE_IN_16 = 0x9E,
	STATUS_OK = 0, STATUS_CHECK = 2,
	MEDIUM_ERROR = 3, ILLEGAL_REQUEST = 5, DATA_PROTECT = 7,
	BAD_OPCODE = 0x20, LBA_RANGE = 0x21, WRITE_PROTECTED = 0x27, IO_FAILED = 0x11,
};

static uint64_t
be(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static void
be_put(uint8_t *p, int n, uint64_t v)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static int64_t
raw_fail(Raw *r, uint8_t key, uint8_t code)
{
	memset(r->sense, 0, sizeof r->sense);
	r->sense[0] = 0x70;
	r->sense[2] = key;
	r->sense[7] = sizeof r->sense - 8;
	r->sense[12] = code;
	r->status = STATUS_CHECK;
	return 0;
}

static int64_t
raw_reply(void *buf, size_t n, const uint8_t *data, size_t size)
{
	if (n > size)
		n = size;
	memcpy(buf, data, n);
	return (int64_t)n;
}

static int64_t
raw_inquiry(Unit *u, void *buf, size_t n)
{
	uint8_t d[36] = { 0, 0, 4, 2, sizeof d - 5 };
	char text[29];

	snprintf(text, sizeof text, "%-8s%-16.16s%-4s", "LP49", u->disk->driver, "1");
	memcpy(d + 8, text, 28);
	return raw_reply(buf, n, d, sizeof d);
}

static int64_t
raw_capacity(Unit *u, void *buf, size_t n, bool wide)
{
	uint8_t d[32] = { 0 };
	uint64_t last = u->disk->nsector > 0 ? u->disk->nsector - 1 : 0;

	if (wide) {
		be_put(d, 8, last);
		be_put(d + 8, 4, u->disk->sector_size);
		return raw_reply(buf, n, d, 32);
	}
	be_put(d, 4, last > 0xFFFFFFFF ? 0xFFFFFFFF : last);
	be_put(d + 4, 4, u->disk->sector_size);
	return raw_reply(buf, n, d, 8);
}

/* READ and WRITE: n is the room (or the data) of the caller. */
static int64_t
raw_transfer(Unit *u, bool write, uint64_t sector, uint64_t count, uint8_t *buf, size_t n)
{
	Disk *d = u->disk;
	int rc;

	if (count > n / d->sector_size)
		count = n / d->sector_size;
	if (sector > d->nsector || count > d->nsector - sector)
		return raw_fail(&u->raw, ILLEGAL_REQUEST, LBA_RANGE);
	if (write && (d->readonly || unit_written(u, sector, sector + count)))
		return raw_fail(&u->raw, DATA_PROTECT, WRITE_PROTECTED);
	if (count == 0)
		return 0;
	rc = disk_sectors(d, write, sector, (size_t)count, buf);
	if (rc < 0)
		return raw_fail(&u->raw, MEDIUM_ERROR, IO_FAILED);
	return (int64_t)(count * d->sector_size);
}

/* REQUIRES raw.lk. Does the command; the count of data, the status in raw. */
static int64_t
raw_do(Unit *u, bool write, uint8_t *buf, size_t n)
{
	Raw *r = &u->raw;
	const uint8_t *c = r->cmd;

	r->status = STATUS_OK;
	switch (c[0]) {
	case TEST_UNIT_READY:
		return 0;
	case SYNC_CACHE:
		return u->disk->flush(u->disk) < 0 ? raw_fail(r, MEDIUM_ERROR, IO_FAILED) : 0;
	case REQUEST_SENSE:
		return write ? 0 : raw_reply(buf, n, r->sense, sizeof r->sense);
	case INQUIRY:
		return write ? 0 : raw_inquiry(u, buf, n);
	case READ_CAPACITY:
		return write ? 0 : raw_capacity(u, buf, n, false);
	case SERVICE_IN_16:
		if ((c[1] & 0x1F) == 0x10 && !write)
			return raw_capacity(u, buf, n, true);
		break;
	case READ_10:
	case WRITE_10:
		if (write == (c[0] == WRITE_10))
			return raw_transfer(u, write, be(c + 2, 4), be(c + 7, 2), buf, n);
		break;
	case READ_16:
	case WRITE_16:
		if (write == (c[0] == WRITE_16))
			return raw_transfer(u, write, be(c + 2, 8), be(c + 10, 4), buf, n);
		break;
	}
	return raw_fail(r, ILLEGAL_REQUEST, BAD_OPCODE);
}

int
sdraw_open(Unit *u)
{
	int rc = 0;

	qlock(&u->raw.lk);
	if (u->raw.open)
		rc = seterr(Einuse, "%s/raw", u->name);
	u->raw.open = true;
	if (rc == 0)
		u->raw.state = RAW_CMD;
	qunlock(&u->raw.lk);
	return rc;
}

void
sdraw_close(Unit *u)
{
	qlock(&u->raw.lk);
	u->raw.open = false;
	qunlock(&u->raw.lk);
}

int64_t
sdraw_read(Unit *u, void *buf, size_t n)
{
	Raw *r = &u->raw;
	char text[12];
	int64_t rc;

	if (n > RAW_MAX)
		n = RAW_MAX;
	qlock(&r->lk);
	if (r->state == RAW_STATUS) {
		snprintf(text, sizeof text, "%d", r->status);
		rc = readstr(buf, n, 0, text);
		r->state = RAW_CMD;
	} else if (r->state == RAW_DATA) {
		rc = raw_do(u, false, buf, n);
		r->state = RAW_STATUS;
	} else {
		rc = seterr(Ebadarg, "%s/raw: a command is due", u->name);
	}
	qunlock(&r->lk);
	return rc;
}

int64_t
sdraw_write(Unit *u, const void *buf, size_t n)
{
	Raw *r = &u->raw;
	int64_t rc = (int64_t)n;

	qlock(&r->lk);
	if (r->state == RAW_CMD) {
		if (n != 6 && n != 10 && n != 12 && n != 16) {
			rc = seterr(Ebadarg, "%s/raw: command of %zu bytes", u->name, n);
		} else {
			memset(r->cmd, 0, sizeof r->cmd);
			memcpy(r->cmd, buf, n);
			r->ncmd = n;
			r->state = RAW_DATA;
		}
	} else if (r->state == RAW_DATA && n <= RAW_MAX) {
		/* the disk only reads what a write command gives it */
		rc = raw_do(u, true, (uint8_t *)(uintptr_t)buf, n);
		r->state = RAW_STATUS;
	} else {
		rc = seterr(Ebadarg, "%s/raw: a read is due", u->name);
	}
	qunlock(&r->lk);
	return rc;
}
