/*
 * tests/fuzz/srv.c - any sequence of requests to the server library over a tree
 * in memory (ask.h); at the end no memory is left (the leak sanitizer looks).
 */
#include "servers/ramfs/tree.h"
#include "tests/fuzz/ask.h"

static uint32_t
now(void)
{
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Srv s = { .ops = &tree_ops, .name = "fuzz", .check_perm = true };
	Tree *t = tree_new("bob", now);

	s.aux = t;
	ask_all(&s, data, size);
	srv_end(&s);
	tree_free(t);
	return 0;
}
