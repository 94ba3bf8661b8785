/*
 * servant_list.c - the servants of this system, in the order of servants.def, and
 * those that make SERVANTS=... adds behind them: started in it, shut down in reverse,
 * found by their letter.
 * LOCKS  none: the table is constant
 */
#include "core/core_impl.h"
#include "servants/servants.h"

static const Servant *const servants[] = {
#define X(n) &servant_##n,
#include "servants/servants.def"
#undef X
};

/* NULL behind the last one. */
static const Servant *
servant_at(size_t i)
{
	return i < nelem(servants) ? servants[i] : servants_more[i - nelem(servants)];
}

const Servant *
servant_find(int dc)
{
	const Servant *s;

	for (size_t i = 0; (s = servant_at(i)) != NULL; i++)
		if (s->dc == dc)
			return s;
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
	const Servant *s;

	for (size_t i = 0; (s = servant_at(i)) != NULL; i++) {
		servant_check(s);
		if (s->reset && s->reset() < 0)
			klog("servant %s: reset: %s", s->name, err_reason());
	}
}

void
core_shutdown(void)
{
	size_t n = 0;

	while (servant_at(n) != NULL)
		n++;
	while (n-- > 0)
		if (servant_at(n)->shutdown)
			servant_at(n)->shutdown();
}
