/*
 * parse_word.c - words.
 *
 *	word = atom { ["^"] atom }
 *	atom = WORD | "$" name ["(" words ")"] | "$#" name | "$\"" name
 *	     | "`" [word] "{" … "}" | "(" words ")" | "<{" … "}" | ">{" … "}"
 *
 * A ^ is put between two atoms that touch when the first ends in a word and
 * the second begins with a word, $ or `.
 */
#include "cmd/rc/parse_impl.h"

static Node *parse_atom(Parser *p, int mode);

bool
parse_at_word(Parser *p)
{
	switch (p->t.type) {
	case Tword: case '$': case Tcount: case Tjoin: case '`': case '(':
		return true;
	case Tredir:
		return p->t.op != Rhere && p->t.op != Rdup && p->t.op != Rclose && input_at_brace(p->in);
	}
	return false;
}

static Node *
parse_list(Parser *p, int mode)
{
	Node *n = parse_node(p, NLIST);

	parse_next(p, LEXARG);
	parse_words(p, &n->kid);
	while (!p->bad && p->t.type == Tnl) {
		Node **tail = &n->kid;

		parse_next(p, LEXARG);
		while (*tail != NULL)
			tail = &(*tail)->next;
		parse_words(p, tail);
	}
	return parse_want(p, ')', mode) ? n : NULL;
}

static Node *
parse_dollar(Parser *p, int mode)
{
	Node *n = parse_node(p, p->t.type == '$' ? NDOL : p->t.type == Tcount ? NCOUNT : NJOIN);

	parse_next(p, LEXNAME);
	if (p->t.type == Tword) {
		n->a = parse_node(p, NWORD);
		n->a->text = p->t.text;
		parse_next(p, mode);
	} else if (p->t.type == '$' || p->t.type == '(' || p->t.type == '`') {
		if (!parse_enter(p))
			return NULL;
		n->a = p->t.type == '$' ? parse_dollar(p, mode) :
		    p->t.type == '(' ? parse_list(p, mode) : parse_atom(p, mode);
		p->depth--;
	} else {
		return parse_fail(p, "syntax error");
	}
	if (n->type != NCOUNT && !p->bad && p->t.type == '(' && !p->t.spaced) {
		Node *subs;

		if (!parse_enter(p))
			return NULL;
		subs = parse_list(p, mode);
		p->depth--;
		n->b = subs;
	}
	return n;
}

static Node *
parse_backquote(Parser *p, int mode)
{
	Node *n = parse_node(p, NBACKQ);

	parse_next(p, LEXARG);
	if (p->t.type != '{') {
		if (!parse_at_word(p) || !parse_enter(p))
			return parse_fail(p, "syntax error");
		n->b = parse_word(p, 0); /* the separators */
		p->depth--;
	}
	n->a = parse_block(p, '{', '}');
	if (!p->bad)
		parse_next(p, mode);
	return n;
}

static Node *
parse_pipefd(Parser *p, int mode)
{
	Node *n = parse_node(p, NPIPEFD);

	n->op = p->t.op;
	parse_next(p, 0);
	n->a = parse_block(p, '{', '}');
	if (!p->bad)
		parse_next(p, mode);
	return n;
}

static Node *
parse_atom(Parser *p, int mode)
{
	Node *n = NULL;

	if (!parse_enter(p))
		return NULL;
	switch (p->t.type) {
	case Tword:
		n = parse_node(p, NWORD);
		n->text = p->t.text;
		n->quoted = p->t.quoted;
		parse_next(p, mode);
		break;
	case '$': case Tcount: case Tjoin:
		n = parse_dollar(p, mode);
		break;
	case '`':
		n = parse_backquote(p, mode);
		break;
	case '(':
		n = parse_list(p, mode);
		break;
	case Tredir:
		n = parse_at_word(p) ? parse_pipefd(p, mode) : parse_fail(p, "syntax error");
		break;
	default:
		n = parse_fail(p, "syntax error");
	}
	p->depth--;
	return p->bad ? NULL : n;
}

/* Whether a ^ is meant here, and past it if it was written. */
static bool
parse_caret(Parser *p)
{
	if (!p->bad && p->lastword && !p->t.spaced && p->t.type == '(')
		parse_fail(p, "syntax error"); /* f(x) is no call, and no two words */
	if (p->bad)
		return false;
	if (p->t.type == '^') {
		parse_next(p, LEXARG);
		return true;
	}
	return p->lastword && !p->t.spaced && (p->t.type == Tword || p->t.type == '$' ||
	    p->t.type == Tcount || p->t.type == Tjoin || p->t.type == '`');
}

Node *
parse_word(Parser *p, int mode)
{
	Node *first = parse_atom(p, mode), *cat, **tail;

	if (!parse_caret(p))
		return first;
	cat = parse_node(p, NCAT);
	cat->kid = first;
	tail = &first->next;
	do {
		*tail = parse_atom(p, mode);
		if (p->bad)
			return NULL;
		tail = &(*tail)->next;
	} while (parse_caret(p));
	return cat;
}

void
parse_words(Parser *p, Node **tail)
{
	while (!p->bad && parse_at_word(p)) {
		*tail = parse_word(p, LEXARG);
		if (!p->bad)
			tail = &(*tail)->next;
	}
}
