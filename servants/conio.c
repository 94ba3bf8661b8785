/*
 * servants/conio.c - which device is the terminal: a virtio console when the machine
 * has one (with the host's standard files on its other ports), else the machine's
 * own, such as screen, keyboard and serial line. The boot argument console=own
 * takes the machine's own in any case.
 * LOCKS   none: decided at the start
 * SEE     servants/virtio_cons.c; lib9/plat.h; doc/boot.md
 */
#include "servants/cons_impl.h"

static enum { NONE, VIRTIO, OWN } device;

int
conio_start(void (*resized)(void))
{
	char value[16];
	bool own = plat_bootarg("console", value, sizeof value) >= 0 && strcmp(value, "own") == 0;
	int rc = vcons_start(resized);

	/* it may have no port for a terminal, and only connect to programs of the host */
	if (rc == 0 && (own || !vcons_there(PORT_TERM)))
		rc = -Enonexist;
	if (rc == 0)
		device = VIRTIO;
	else if (rc == -Enonexist && (rc = plat_cons_start()) == 0)
		device = OWN;
	return rc;
}

static int
port_check(int port)
{
	return port == PORT_TERM && device == OWN ? 0 : seterr(Enonexist, "console port %d", port);
}

int64_t
conio_read(int port, void *buf, size_t n)
{
	int rc;

	if (device == VIRTIO)
		return vcons_read(port, buf, n);
	return (rc = port_check(port)) < 0 ? rc : n == 0 ? 0 : plat_cons_read(buf, n);
}

int64_t
conio_write(int port, const void *buf, size_t n)
{
	int rc;

	if (device == VIRTIO)
		return vcons_write(port, buf, n);
	return (rc = port_check(port)) < 0 ? rc : plat_cons_write(buf, n);
}

void
conio_put(const char *s, size_t n)
{
	if (device == VIRTIO)
		vcons_put(s, n);
	else if (device == OWN)
		plat_cons_put(s, n);
}

/* The boot argument is of who knows the terminal at the serial line. */
void
conio_size(unsigned *cols, unsigned *rows)
{
	char value[24], *part[2];
	uint64_t c, r;

	if (device == OWN && plat_bootarg("winsize", value, sizeof value) >= 0 &&
	    getfields(value, part, 2, false, "x") == 2 && parse_u64(part[0], strlen(part[0]), &c) == 0 &&
	    parse_u64(part[1], strlen(part[1]), &r) == 0 && c > 0 && r > 0 && c < 10000 && r < 10000) {
		*cols = (unsigned)c;
		*rows = (unsigned)r;
	} else if (device == OWN)
		plat_cons_size(cols, rows);
	else
		vcons_size(cols, rows);
}

bool
conio_tells_size(void)
{
	unsigned cols = 0, rows = 0;

	if (device == VIRTIO)
		vcons_size(&cols, &rows);
	return cols > 0 && rows > 0;
}

void
conio_drain(int64_t timeout_ms)
{
	if (device == VIRTIO)
		vcons_drain(timeout_ms);
}
