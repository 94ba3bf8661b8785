/*
 * cmd/file.c - file [-m] [file...]: says what is in files, or in the standard input: by the
 * first bytes of what has them by rule, else by what sort of text it is, else "data".
 * -m: as a MIME type. Only the first 8192 bytes are looked at. It can be wrong.
 */
#include "lib9/cmd.h"

enum { PROBE = 8192 };
static bool mime;
static uint8_t buf[PROBE + 1];
static size_t n;                /* bytes of it */
static Biobuf *out;

/* Bytes at an offset, what they mean. */
static const struct {
	size_t at, n;
	const char *bytes, *what, *mime;
} magics[] = {
	{ 0, 4, "\x7f" "ELF", "ELF program", "application/x-elf" },
	{ 257, 5, "ustar", "tar archive", "application/x-tar" },
	{ 0, 8, "!<arch>\n", "archive of objects", "application/x-archive" },
	{ 0, 2, "\x1f\x8b", "gzip compressed data", "application/gzip" },
	{ 0, 3, "BZh", "bzip2 compressed data", "application/x-bzip2" },
	{ 0, 6, "\xfd" "7zXZ\0", "xz compressed data", "application/x-xz" },
	{ 0, 4, "\x28\xb5\x2f\xfd", "zstd compressed data", "application/zstd" },
	{ 0, 4, "PK\x03\x04", "zip archive", "application/zip" },
	{ 0, 6, "070701", "cpio archive", "application/x-cpio" },
	{ 0, 8, "\x89PNG\r\n\x1a\n", "PNG image", "image/png" },
	{ 0, 3, "\xff\xd8\xff", "JPEG image", "image/jpeg" },
	{ 0, 4, "GIF8", "GIF image", "image/gif" },
	{ 0, 2, "P5", "PGM image", "image/x-portable-graymap" },
	{ 0, 2, "P6", "PPM image", "image/x-portable-pixmap" },
	{ 0, 11, "compressed\n", "compressed Plan 9 image", "image/x-plan9-bitmap" },
	{ 0, 4, "RIFF", "RIFF data (sound or pictures)", "application/octet-stream" },
	{ 0, 4, "OggS", "Ogg data (sound or pictures)", "application/ogg" },
	{ 0, 4, "fLaC", "FLAC sound", "audio/flac" },
	{ 0, 3, "ID3", "MP3 sound", "audio/mpeg" },
	{ 0, 5, "%PDF-", "PDF document", "application/pdf" },
	{ 0, 2, "%!", "PostScript document", "application/postscript" },
	{ 0, 4, "\x0a\x0d\x0d\x0a", "pcapng network trace", "application/x-pcapng" },
	{ 0, 4, "\xd4\xc3\xb2\xa1", "pcap network trace", "application/vnd.tcpdump.pcap" },

	{ 54, 3, "FAT", "FAT file system", "application/octet-stream" },
	{ 82, 5, "FAT32", "FAT32 file system", "application/octet-stream" },
	{ 510, 2, "\x55\xaa", "boot sector", "application/octet-stream" },
	{ 0, 5, "{\\rtf", "RTF document", "application/rtf" },
	{ 0, 15, "<!DOCTYPE html>", "HTML text", "text/html" },
	{ 0, 5, "<html", "HTML text", "text/html" },
	{ 0, 5, "<?xml", "XML text", "text/xml" },
	{ 0, 5, "From ", "mail box", "text/plain" },
	{ 0, 10, "#!/bin/rc\n", "rc script", "text/plain" },
	{ 0, 5, "diff ", "diff output", "text/plain" },
};

/* Words that tell what language a text is in: at the beginning of a line, so often. */
static const struct {
	const char *starts[8];
	unsigned least;
	const char *what, *mime;
} languages[] = {
	{ { "#include ", "#define ", "static ", "typedef ", "int\n", "void\n", "/*\n", "struct " }, 2, "C source", "text/plain" },
	{ { ".TH ", ".SH ", ".PP", ".B ", ".\\\"" }, 2, "troff text", "text/troff" },
	{ { "fn ", "switch(", "if(", "for(", "}", "if not" }, 2, "rc script", "text/plain" },
	{ { "# ", "## ", "```", "- ", "| " }, 3, "text with marks for headings and lists (Markdown)", "text/plain" },
};

static const struct {
	Rune low, high;
	const char *name;
} scripts[] = {
	{ 0x0100, 0x024f, "Extended Latin" }, { 0x0370, 0x03ff, "Greek" }, { 0x0400, 0x052f, "Cyrillic" },
	{ 0x0530, 0x058f, "Armenian" }, { 0x0590, 0x05ff, "Hebrew" }, { 0x0600, 0x06ff, "Arabic" },
	{ 0x0900, 0x097f, "Devanagari" }, { 0x0980, 0x09ff, "Bengali" }, { 0x0a00, 0x0a7f, "Gurmukhi" },
	{ 0x0a80, 0x0aff, "Gujarati" }, { 0x0b00, 0x0b7f, "Oriya" }, { 0x0b80, 0x0bff, "Tamil" },
	{ 0x0c00, 0x0c7f, "Telugu" }, { 0x0c80, 0x0cff, "Kannada" }, { 0x0d00, 0x0d7f, "Malayalam" },
	{ 0x0e00, 0x0e7f, "Thai" }, { 0x0e80, 0x0eff, "Lao" }, { 0x0f00, 0x0fff, "Tibetan" },
	{ 0x10a0, 0x10ff, "Georgian" }, { 0x3040, 0x30ff, "Japanese" }, { 0x3400, 0x9fff, "Chinese characters" },
	{ 0xac00, 0xd7a3, "Korean" },
};

static void
say(const char *what, const char *type)
{
	Bprint(out, "%s\n", mime ? type : what);
}

static bool
by_magic(void)
{
	for (size_t i = 0; i < nelem(magics); i++)
		if (magics[i].at + magics[i].n <= n && memcmp(buf + magics[i].at, magics[i].bytes, magics[i].n) == 0) {
			const uint8_t *p = buf;

			if (p[0] == 0x7f && n > 18 && !mime)
				Bprint(out, "%d-bit %s%s\n", p[4] == 2 ? 64 : 32, magics[i].what, p[18] == 3 ? " for 386" : p[18] == 62 ? " for amd64" : "");
			else
				say(magics[i].what, magics[i].mime);
			return true;
		}
	if (n > 2 && memcmp(buf, "#!", 2) == 0) {
		int k = (int)strcspn((char *)buf + 2, "\n\r");

		if (mime)
			say("", "text/plain");
		else
			Bprint(out, "script for %.*s\n", k < 60 ? k : 60, (char *)buf + 2);
		return true;
	}
	return false;
}

static bool
by_language(void)
{
	unsigned count[nelem(languages)] = { 0 };

	for (const char *s = (char *)buf; s != NULL && *s != '\0'; s = strchr(s, '\n'), s = s == NULL ? NULL : s + 1)
		for (size_t i = 0; i < nelem(languages); i++)
			for (size_t k = 0; k < 8 && languages[i].starts[k] != NULL; k++)
				count[i] += strncmp(s, languages[i].starts[k], strlen(languages[i].starts[k])) == 0;
	for (size_t i = 0; i < nelem(languages); i++)
		if (count[i] >= languages[i].least) {
			say(languages[i].what, languages[i].mime);
			return true;
		}
	return false;
}

/* What kinds of runes there are. */
static void
by_runes(void)
{
	bool seen[nelem(scripts)] = { false }, ascii = true;
	const char *between = " with ";
	Rune r;

	for (const char *s = (char *)buf; *s != '\0'; ) {
		s += chartorune(&r, s);
		ascii = ascii && r < 0x80;
		for (size_t i = 0; i < nelem(scripts); i++)
			seen[i] = seen[i] || (r >= scripts[i].low && r <= scripts[i].high);
	}
	if (mime) {
		Bprint(out, "text/plain%s\n", ascii ? "" : "; charset=utf-8");
		return;
	}
	Bprint(out, ascii ? "ASCII text" : "UTF-8 text");
	for (size_t i = 0; i < nelem(scripts); i++)
		if (seen[i]) {
			Bprint(out, "%s%s", between, scripts[i].name);
			between = ", ";
		}
	Bputc(out, '\n');
}

/* Is it text? A rune may be cut at the end of what was read. */
static bool
is_text(bool *utf)
{
	size_t controls = 0, i = 0;
	Rune r;

	*utf = true;
	while (i < n) {
		int k = 1;

		if (buf[i] < ' ' && strchr("\t\n\r\b\f\033", buf[i]) == NULL)
			controls++;
		if (buf[i] >= 0x80) {
			if (!fullrune((char *)buf + i, n - i))
				break;
			k = chartorune(&r, (char *)buf + i);
			*utf = *utf && !(r == Runeerror && k == 1);
		}
		i += (size_t)k;
	}
	return controls == 0 && memchr(buf, '\0', n) == NULL;
}

static void
classify(void)
{
	bool utf;

	buf[n] = '\0';
	if (n == 0) {
		say("empty file", "text/plain");
	} else if (buf[0] == '\0' && memcmp(buf, buf + 1, n - 1) == 0) {
		say("file of zeros", "application/octet-stream");
	} else if (by_magic()) {
		return;
	} else if (!is_text(&utf)) {
		say("data", "application/octet-stream");
	} else if (!utf) {
		say("text that is not UTF-8 (Latin-1?)", "text/plain; charset=iso-8859-1");
	} else if (!by_language()) {
		by_runes();
	}
}

static void
file(int fd, const char *name)
{
	Dir *d = dirfstat(fd);
	int64_t got;

	if (fd != 0)
		Bprint(out, "%s: ", name);
	if (d != NULL && (d->mode & DMDIR)) {
		say("directory", "text/directory");
	} else if (d != NULL && d->type != 'M' && d->type != 'R' && d->length == 0 && d->type != '|' && fd != 0) {
		say("file of a device", "application/octet-stream"); /* to read it may do something */
	} else if ((got = readn(fd, buf, PROBE)) < 0) {
		Bputc(out, '\n');
		Bflush(out);
		cmd_error("error reading %s: %r", name);
	} else {
		n = (size_t)got;
		classify();
	}
	free(d);
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case 'm':
		mime = true;
		break;
	default:
		cmd_usage("[-m] [file ...]");
	} ARGEND
	out = cmd_out();
	cmd_each(argv, file);
	cmd_end(out);
}
