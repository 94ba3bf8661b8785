/*
 * servants/diskio.c - any range of bytes of a disk that does whole sectors.
 * LOCKS   Disk.rmw: readers change whole sectors, a writer part of one
 */
#include "servants/sd_impl.h"

/* n bytes inside one sector, at byte `at` of it. */
static int
sector_io(Disk *d, bool write, uint64_t sector, size_t at, uint8_t *buf, size_t n)
{
	uint8_t *bounce = malloc(d->sector_size);
	int rc;

	if (bounce == NULL)
		return seterr(Enomem, NULL);
	if (write)
		wlock(&d->rmw);
	if ((rc = d->io(d, false, sector, 1, bounce)) == 0) {
		if (write) {
			memcpy(bounce + at, buf, n);
			rc = d->io(d, true, sector, 1, bounce);
		} else {
			memcpy(buf, bounce + at, n);
		}
	}
	if (write)
		wunlock(&d->rmw);
	free(bounce);
	return rc;
}

int
disk_sectors(Disk *d, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	int rc;

	if (!write)
		return d->io(d, false, sector, count, buf);
	rlock(&d->rmw);
	rc = d->io(d, true, sector, count, buf);
	runlock(&d->rmw);
	return rc;
}

static int64_t
bytes_io(Disk *d, bool write, uint64_t at, uint8_t *buf, size_t n)
{
	uint32_t size = d->sector_size;
	size_t done = 0, k;
	int rc = 0;

	while (done < n && rc == 0) {
		size_t in = (size_t)((at + done) % size);

		if (in > 0 || n - done < size) {
			k = size - in < n - done ? size - in : n - done;
			rc = sector_io(d, write, (at + done) / size, in, buf + done, k);
		} else {
			k = (n - done) / size * size;
			rc = disk_sectors(d, write, (at + done) / size, k / size, buf + done);
		}
		if (rc == 0)
			done += k;
	}
	return done > 0 ? (int64_t)done : rc;
}

int64_t
disk_bytes(Disk *d, bool write, uint64_t at, uint8_t *buf, size_t n)
{
	int64_t rc;

	if (!TRACING(flow))
		return bytes_io(d, write, at, buf, n);
	trace_begin("disk %s %s %zu bytes at %llu", d->name, write ? "write" : "read", n, (unsigned long long)at);
	rc = bytes_io(d, write, at, buf, n);
	trace_end();
	return rc;
}
