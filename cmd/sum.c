/*
 * cmd/sum.c - sum [-5r] [file...]: a checksum, the size and the name of each file.
 * The sum is CRC-32 (without inversions) of the bytes and of their number, in hex,
 * the size in bytes. -r, -5: the sums of System V's sum -r (in units of 1024 bytes)
 * and sum (512 bytes), in decimal.
 */
#include "lib9/cmd.h"
#include "lib9/hash.h"

static int kind = ' ';          /* ' ', '5', 'r' */
static Biobuf *out;

static uint32_t
add(uint32_t sum, const uint8_t *p, int64_t n)
{
	if (kind == ' ')
		return crc32(sum, p, (size_t)n);
	for (; n > 0; n--, p++)
		if (kind == '5')
			sum += *p;
		else
			sum = ((sum >> 1) + *p + (sum & 1 ? 0x8000 : 0)) & 0xffff;
	return sum;
}

static void
sum_file(int fd, const char *name)
{
	static uint8_t buf[64 << 10];
	uint64_t size = 0, unit = kind == 'r' ? 1024 : 512;
	uint32_t sum = 0;
	int64_t n;

	for (; (n = read(fd, buf, sizeof buf)) > 0; size += (uint64_t)n)
		sum = add(sum, buf, n);
	if (n < 0) {
		cmd_error("error reading %s: %r", name);
		return;
	}
	if (kind == ' ') {
		uint32_t k = (uint32_t)size ^ 0xcc55cc55; /* so that an empty file's sum isn't 0 */
		uint8_t length[4] = { (uint8_t)(k >> 24), (uint8_t)(k >> 16), (uint8_t)(k >> 8), (uint8_t)k };

		Bprint(out, "%.8lx %6llu", (unsigned long)crc32(sum, length, 4), (unsigned long long)size);
	} else {
		if (kind == '5')
			sum = (sum >> 16) + sum;
		Bprint(out, "%.5lu%6llu", (unsigned long)(sum & 0xffff), (unsigned long long)((size + unit - 1) / unit));
	}
	Bprint(out, fd != 0 ? " %s\n" : "\n", name);
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case '5':
	case 'r':
		kind = (int)ARGC();
		break;
	default:
		cmd_usage("[-5r] [file ...]");
	} ARGEND
	out = cmd_out();
	cmd_each(argv, sum_file);
	cmd_end(out);
}
