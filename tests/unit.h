/*
 * unit.h - Check without its ceremony: UNIT_SUITE("name", CASE(f), LOOP(f, table))
 * makes main(). Each test runs in its own process with a time limit.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct UnitCase UnitCase;
struct UnitCase {
	const TTest *test;
	int n;
};
#define CASE(f) { f, 1 }
#define LOOP(f, table) { f, (int)(sizeof(table) / sizeof((table)[0])) }
#define UNIT_SUITE(name, ...)                                                  \
	int main(void)                                                         \
	{                                                                      \
		const UnitCase cases[] = { __VA_ARGS__ };               \
		Suite *s = suite_create(name);                                 \
		TCase *tc = tcase_create(name);                                \
		tcase_set_timeout(tc, 60);                                     \
		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)    \
			tcase_add_loop_test(tc, cases[i].test, 0, cases[i].n); \
		suite_add_tcase(s, tc);                                        \
		SRunner *r = srunner_create(s);                                \
		srunner_run_all(r, CK_NORMAL);                                 \
		int bad = srunner_ntests_failed(r);                            \
		srunner_free(r);                                               \
		return bad != 0;                                               \
	}
#endif
