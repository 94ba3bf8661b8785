/*
 * regex.c - regular expressions into instructions, by recursive descent. All
 * jumps are relative and stay inside the piece that they belong to, so that a
 * piece can be moved up by one to put a split before it.
 *
 *	e0: e1 { '|' e1 }    e1: { e2 }    e2: e3 { '*' | '+' | '?' }
 *	e3: literal | '.' | '^' | '$' | '[' … ']' | '(' e0 ')'
 *
 * LIMITS  parentheses nest 500 deep
 * SEE     regexp(6); R. Cox, "Regular Expression Matching: the Virtual Machine
 *         Approach"; tests/unit/regex.c
 */
#include "lib9/regex_impl.h"

enum { MAXDEPTH = 500 };

typedef struct Parser Parser;
struct Parser {
	Regex *re;
	const char *p;
	size_t maxinst, maxclass;
	uint32_t nsub;
	int depth;
	bool failed;
};

static void
fail(Parser *ps, int code, const char *what)
{
	if (!ps->failed)
		seterr(code, "regular expression: %s", what);
	ps->failed = true;
	ps->p += strlen(ps->p); /* nothing more to parse */
}

/* Makes room for one more instruction. */
static bool
room(Parser *ps)
{
	Inst *more;

	if (ps->re->ninst < ps->maxinst)
		return true;
	more = realloc(ps->re->prog, (2 * ps->maxinst + 32) * sizeof *more);
	if (more == NULL) {
		fail(ps, Enomem, "too large");
		return false;
	}
	ps->maxinst = 2 * ps->maxinst + 32;
	ps->re->prog = more;
	return true;
}

static void
insert(Parser *ps, size_t at, Inst in)
{
	Regex *re = ps->re;

	if (!room(ps))
		return;
	memmove(re->prog + at + 1, re->prog + at, (re->ninst - at) * sizeof in);
	re->prog[at] = in;
	re->ninst++;
}

static void
emit(Parser *ps, enum Op op, uint32_t arg)
{
	insert(ps, ps->re->ninst, (Inst){ op, arg, 0, 0 });
}

static Rune
next_rune(Parser *ps)
{
	Rune r;
	int len = chartorune(&r, ps->p);

	if (len == 1 && (unsigned char)*ps->p >= 0x80)
		r = BADBYTE + (unsigned char)*ps->p;
	ps->p += len;
	return r;
}

/* A character behind \ : itself, but for \n. */
static Rune
escaped(Parser *ps)
{
	Rune r = next_rune(ps);

	return r == 'n' ? '\n' : r;
}

static Rune
fold(const Regex *re, Rune r)
{
	return re->flags & REGEX_ICASE ? tolowerrune(r) : r;
}

static void
add_range(Parser *ps, Class *c, Rune low, Rune high)
{
	void *more = realloc(c->ranges, (c->nrange + 1) * sizeof *c->ranges);

	if (more == NULL) {
		fail(ps, Enomem, "too large");
		return;
	}
	c->ranges = more;
	c->ranges[c->nrange][0] = low;
	c->ranges[c->nrange++][1] = high;
}

static bool
in_ranges(const Class *c, Rune r)
{
	for (size_t i = 0; i < c->nrange; i++)
		if (r >= c->ranges[i][0] && r <= c->ranges[i][1])
			return true;
	return false;
}

static bool
in_class(const Regex *re, const Class *c, Rune r)
{
	bool in = in_ranges(c, r);

	if (!in && re->flags & REGEX_ICASE)
		in = in_ranges(c, tolowerrune(r)) || in_ranges(c, toupperrune(r));
	if (c->negated)
		in = !in && (r != '\n' || re->flags & REGEX_NL);
	return in;
}

static void
parse_members(Parser *ps, Class *c)
{
	if (*ps->p == '^') {
		c->negated = true;
		ps->p++;
	}
	for (bool first = true; *ps->p != ']' || first; first = false) {
		Rune low, high;

		if (*ps->p == '\0' || (first && ps->p[0] == ']' && strchr(ps->p + 1, ']') == NULL)) {
			fail(ps, Ebadarg, "missing ]");
			return;
		}
		low = next_rune(ps);
		if (low == '\\' && *ps->p != '\0')
			low = escaped(ps);
		high = low;
		if (ps->p[0] == '-' && ps->p[1] != ']' && ps->p[1] != '\0') {
			ps->p++;
			high = next_rune(ps);
			if (high == '\\' && *ps->p != '\0')
				high = escaped(ps);
		}
		if (high < low) {
			fail(ps, Ebadarg, "malformed []");
			return;
		}
		add_range(ps, c, low, high);
	}
	ps->p++;
}

static void
parse_class(Parser *ps)
{
	Regex *re = ps->re;
	Class *c;

	if (re->nclass == ps->maxclass) {
		c = realloc(re->classes, (2 * ps->maxclass + 4) * sizeof *c);
		if (c == NULL) {
			fail(ps, Enomem, "too large");
			return;
		}
		re->classes = c;
		ps->maxclass = 2 * ps->maxclass + 4;
	}
	c = &re->classes[re->nclass++];
	*c = (Class){ 0 };
	parse_members(ps, c);
	for (Rune r = 0; r < 256; r++)
		if (in_class(re, c, r))
			c->low[r / 32] |= 1u << r % 32;
	emit(ps, RCLASS, (uint32_t)re->nclass - 1);
}

static void parse_alternatives(Parser *ps);

static void
parse_group(Parser *ps)
{
	uint32_t sub = ++ps->nsub;

	if (++ps->depth > MAXDEPTH) {
		fail(ps, Etoobig, "too many (");
		return;
	}
	if (sub < REGEX_NSUB)
		emit(ps, RSAVE, 2 * sub);
	parse_alternatives(ps);
	if (sub < REGEX_NSUB)
		emit(ps, RSAVE, 2 * sub + 1);
	if (*ps->p == ')')
		ps->p++;
	else
		fail(ps, Ebadarg, "missing )");
	ps->depth--;
}

static void
parse_single(Parser *ps)
{
	Rune r = next_rune(ps);

	switch (r) {
	case '.':
		emit(ps, RANY, 0);
		break;
	case '^':
		emit(ps, RBOL, 0);
		break;
	case '$':
		emit(ps, REOL, 0);
		break;
	case '[':
		parse_class(ps);
		break;
	case '(':
		parse_group(ps);
		break;
	case '*':
	case '+':
	case '?':
		fail(ps, Ebadarg, "missing operand for * + ?");
		break;
	case '\\':
		if (*ps->p == '\0')
			fail(ps, Ebadarg, "ends in \\");
		else
			emit(ps, RCHAR, fold(ps->re, escaped(ps)));
		break;
	default:
		emit(ps, RCHAR, fold(ps->re, r));
	}
}

/* One of * + ? behind the piece that begins at start. */
static void
repeat(Parser *ps, size_t start, int op)
{
	int32_t len = (int32_t)(ps->re->ninst - start);

	if (op == '+') {
		insert(ps, ps->re->ninst, (Inst){ RSPLIT, 0, -len, 1 });
		return;
	}
	insert(ps, start, (Inst){ RSPLIT, 0, 1, op == '*' ? len + 2 : len + 1 });
	if (op == '*')
		insert(ps, ps->re->ninst, (Inst){ RJUMP, 0, -len - 1, 0 });
}

static void
parse_sequence(Parser *ps)
{
	while (*ps->p != '\0' && *ps->p != '|' && (*ps->p != ')' || ps->depth == 0)) {
		size_t start = ps->re->ninst;
		int last = 0;

		parse_single(ps);
		for (; *ps->p == '*' || *ps->p == '+' || *ps->p == '?'; last = *ps->p++)
			if (*ps->p != last) /* a** is a* */
				repeat(ps, start, *ps->p);
	}
}

/* Each alternative but the last gets a split before it and a jump behind it;
 * the jumps are chained through y until it is known where they lead. */
static void
parse_alternatives(Parser *ps)
{
	Regex *re = ps->re;
	size_t start = re->ninst, jump = SIZE_MAX;

	parse_sequence(ps);
	while (*ps->p == '|') {
		ps->p++;
		insert(ps, start, (Inst){ RSPLIT, 0, 1, (int32_t)(re->ninst - start) + 2 });
		insert(ps, re->ninst, (Inst){ RJUMP, 0, 0, jump == SIZE_MAX ? 0 : (int32_t)(re->ninst - jump) });
		jump = re->ninst - 1;
		start = re->ninst;
		parse_sequence(ps);
	}
	while (jump != SIZE_MAX && !ps->failed) {
		int32_t back = re->prog[jump].y;

		re->prog[jump].x = (int32_t)(re->ninst - jump);
		jump = back == 0 ? SIZE_MAX : jump - (size_t)back;
	}
}

/* The characters that the program begins with, whatever way it takes. */
static bool
find_prefix(Regex *re)
{
	size_t n = 0;

	re->prefix = malloc(re->ninst * UTFmax);
	if (re->prefix == NULL)
		return false;
	for (size_t i = 0; i < re->ninst && !(re->flags & REGEX_ICASE); i++) {
		const Inst *in = &re->prog[i];
		Rune r = in->arg;

		if (in->op == RSAVE)
			continue;
		if (in->op != RCHAR)
			break;
		if (r >= BADBYTE)
			re->prefix[n++] = (char)(r - BADBYTE);
		else
			n += (size_t)runetochar(re->prefix + n, &r);
	}
	re->nprefix = n;
	return true;
}

Regex *
regex_new(const char *pattern, int flags)
{
	Regex *re = calloc(1, sizeof *re);
	Parser ps = { .re = re, .p = pattern };

	if (re == NULL)
		return NULL;
	re->flags = flags;
	parse_alternatives(&ps);
	emit(&ps, RMATCH, 0);
	if (!ps.failed && !find_prefix(re))
		fail(&ps, Enomem, "too large");
	if (ps.failed) {
		regex_free(re);
		return NULL;
	}
	return re;
}

void
regex_free(Regex *re)
{
	if (re == NULL)
		return;
	for (size_t i = 0; i < re->nclass; i++)
		free(re->classes[i].ranges);
	free(re->classes);
	free(re->prog);
	free(re->prefix);
	run_free(re->run);
	dfa_free(re->dfa);
	free(re);
}

int
regex_rune(const Regex *re, const char *text, size_t n, Rune *r)
{
	unsigned char c = (unsigned char)*text;
	int len = 1;

	if (c < 0x80) {
		*r = c;
	} else {
		if (fullrune(text, n < UTFmax ? n : UTFmax))
			len = chartorune(r, text);
		if (len == 1)
			*r = BADBYTE + c;
	}
	if (re->flags & REGEX_ICASE)
		*r = tolowerrune(*r);
	return len;
}

bool
regex_takes(const Regex *re, const Inst *in, Rune r)
{
	const Class *c;

	switch (in->op) {
	case RCHAR:
		return in->arg == r;
	case RANY:
		return r != '\n' || re->flags & REGEX_NL;
	case RCLASS:
		c = &re->classes[in->arg];
		return r < 256 ? c->low[r / 32] >> r % 32 & 1 : in_class(re, c, r);
	default:
		return false;
	}
}
