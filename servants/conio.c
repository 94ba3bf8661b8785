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
conio_start(void)
{
	char value[16];
	bool own = plat_bootarg("console", value, sizeof value) >= 0 && strcmp(value, "own") == 0;
	int rc = own ? -Enonexist : vcons_start(NULL);

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

void
conio_size(unsigned *cols, unsigned *rows)
{
	if (device == OWN)
		plat_cons_size(cols, rows);
	else
		vcons_size(cols, rows);
}

void
conio_drain(int64_t timeout_ms)
{
	if (device == VIRTIO)
		vcons_drain(timeout_ms);
}
