/*
 * servant_list.c - the servants of this system, in the order of servants.def:
 * started in it, shut down in reverse, found by their letter.
 * LOCKS  none: the table is constant
 */
#include "core/core_impl.h"
#include "servants/servants.h"

static const Servant *const servants[] = {
#define X(n) &servant_##n,
#include "servants/servants.def"
#undef X
};

const Servant *
servant_find(int dc)
{
	for (size_t i = 0; i < nelem(servants); i++)
		if (servants[i]->dc == dc)
			return servants[i];
	return NULL;
}

static void
servant_check(const Servant *s)
{
	if (servant_find(s->dc) != s)
		panic("servant %s: the letter %c is taken", s->name, s->dc);
	if (s->ntree && strcmp(s->tree[0].name, ".") != 0)
		panic("servant %s: its tree does not begin with .", s->name);
}

void
servants_reset(void)
{
	for (size_t i = 0; i < nelem(servants); i++) {
		servant_check(servants[i]);
		if (servants[i]->reset && servants[i]->reset() < 0)
			klog("servant %s: reset: %s", servants[i]->name, err_reason());
	}
}

void
core_shutdown(void)
{
	for (size_t i = nelem(servants); i-- > 0;)
		if (servants[i]->shutdown)
			servants[i]->shutdown();
}
