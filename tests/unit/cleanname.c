/*
 * tests/unit/cleanname.c - cleanname(2), by its rules.
 */
#include "lib9/lib9.h"
#include "tests/unit.h"

static const struct {
	const char *from, *to;
} names[] = {
	{ "", "." }, { ".", "." }, { "./", "." }, { "./.", "." }, { "a", "a" }, { "./a", "a" }, { "a/", "a" }, { "a/.", "a" },
	{ "a//b", "a/b" }, { "a/./b", "a/b" }, { "a/../b", "b" }, { "a/..", "." }, { "a/b/..", "a" }, { "a/b/../..", "." },
	{ "..", ".." }, { "../..", "../.." }, { "../a/..", ".." }, { "../../a", "../../a" }, { "a/../..", ".." },
	{ "a/../../b", "../b" }, { "/", "/" }, { "//", "/" }, { "/.", "/" }, { "/..", "/" }, { "/../a", "/a" }, { "/a/..", "/" },
	{ "/a/b/../../..", "/" }, { "/a//b/./c/../d/", "/a/b/d" }, { "#s", "#s" }, { "#s/", "#s" }, { "#s/dos", "#s/dos" },
	{ "#s/../x", "#s/x" }, { "#s/a/..", "#s" }, { "#s//a", "#s/a" }, { "...", "..." }, { "a/...", "a/..." }, { "..a/..", "." },
	{ "日本/../x", "x" }, { "/../..", "/" }, { "a/b/c/../../d", "a/d" },
};

START_TEST(name_is_cleaned)
{
	char *name = malloc(strlen(names[_i].from) + 2); /* "" grows to "." */

	strcpy(name, names[_i].from);
	ck_assert_ptr_eq(cleanname(name), name);
	ck_assert_str_eq(name, names[_i].to);
	cleanname(name);
	ck_assert_str_eq(name, names[_i].to);
	free(name);
}
END_TEST

UNIT_SUITE("cleanname", LOOP(name_is_cleaned, names))
