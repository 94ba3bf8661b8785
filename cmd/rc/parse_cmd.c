/*
 * parse_cmd.c - the commands that begin with a keyword: if, while, for, switch,
 * fn and ~. The command of if, for and while reaches over && and || too.
 */
#include "cmd/rc/parse_impl.h"

/* The command that if, for and while rule. */
static Node *
parse_ruled(Parser *p)
{
	Node *n;

	parse_skipnl(p);
	if (!parse_enter(p))
		return NULL;
	n = parse_cmd(p);
	p->depth--;
	return n;
}

Node *
parse_if(Parser *p)
{
	Node *n = parse_node(p, NIF);

	parse_next(p, 0);
	if (parse_at(p, "not")) {
		n->type = NIFNOT;
		if (!p->iflast)
			return parse_fail(p, "`if not' does not follow `if(...)'");
		parse_next(p, 0);
	} else {
		n->a = parse_block(p, '(', ')');
		if (!p->bad)
			parse_next(p, 0);
	}
	p->iflast = false;
	n->b = parse_ruled(p);
	return n;
}

Node *
parse_while(Parser *p)
{
	Node *n = parse_node(p, NWHILE);

	parse_next(p, 0);
	n->a = parse_block(p, '(', ')');
	if (!p->bad)
		parse_next(p, 0);
	n->b = parse_ruled(p);
	return n;
}

Node *
parse_for(Parser *p)
{
	Node *n = parse_node(p, NFOR);

	parse_next(p, 0);
	if (!parse_want(p, '(', LEXARG))
		return NULL;
	n->a = parse_word(p, LEXARG);
	if (parse_at(p, "in")) {
		n->b = parse_node(p, NLIST);
		parse_next(p, LEXARG);
		parse_words(p, &n->b->kid);
	}
	if (!parse_want(p, ')', 0))
		return NULL;
	n->c = parse_ruled(p);
	return n;
}

/* An arm is the statements from one case to the next: a = NLIST of patterns. */
static bool
is_case(const Node *n)
{
	return n->type == NSIMPLE && n->kid->type == NWORD && !n->kid->quoted &&
	    strcmp(n->kid->text, "case") == 0;
}

Node *
parse_switch(Parser *p)
{
	Node *n = parse_node(p, NSWITCH), *body, *next, **tail = NULL;

	parse_next(p, LEXARG);
	n->a = parse_word(p, 0);
	parse_skipnl(p);
	body = parse_block(p, '{', '}');
	if (p->bad)
		return NULL;
	parse_next(p, 0);
	body = body->type == NSEQ ? body->kid : body;
	for (; body != NULL; body = next) {
		next = body->next;
		body->next = NULL;
		if (is_case(body)) {
			Node *arm = parse_node(p, NSEQ), **last = &n->kid;

			arm->line = body->line;
			arm->a = parse_node(p, NLIST);
			arm->a->kid = body->kid->next;
			while (*last != NULL)
				last = &(*last)->next;
			*last = arm;
			tail = &arm->kid;
		} else if (tail == NULL) {
			return parse_fail(p, "case missing in switch");
		} else {
			*tail = body;
			tail = &body->next;
		}
	}
	return n;
}

Node *
parse_match(Parser *p)
{
	Node *n = parse_node(p, NMATCH);

	parse_next(p, LEXARG);
	n->a = parse_word(p, LEXARG);
	n->b = parse_node(p, NLIST);
	if (!p->bad)
		parse_words(p, &n->b->kid);
	return n;
}

/* The text of a function. When its here documents are still to come, as in
 * fn f {cat <<E}, parse_fn_texts puts them in before the last brace. */
static void
fn_text(Parser *p, Node *fn, size_t start, Node *mark)
{
	Node *n;

	fn->text = unit_text(p->u, p->in->src + start, p->t.end - start);
	if (p->in->here == NULL || p->here_last == mark)
		return;
	n = parse_node(p, NFN);
	n->a = fn;
	n->b = mark == NULL || mark->c != NULL ? p->in->here : mark->kid;
	n->c = p->here_last;
	n->next = p->fns;
	p->fns = n;
}

void
parse_fn_texts(Parser *p)
{
	for (Node *n = p->fns; n != NULL; n = n->next) {
		Buf b = { 0 };

		buf_add(&b, n->a->text, strlen(n->a->text) - 1);
		buf_str(&b, "\n");
		for (Node *h = n->b; h != NULL; h = h == n->c ? NULL : h->kid) {
			buf_str(&b, h->text);
			buf_str(&b, h->c->text);
			buf_str(&b, "\n");
		}
		buf_str(&b, "}");
		n->a->text = unit_text(p->u, b.s, b.n);
		buf_free(&b);
	}
}

Node *
parse_fn(Parser *p)
{
	Node *n = parse_node(p, NFN), *mark = p->here_last;
	size_t start;

	parse_next(p, LEXARG);
	n->a = parse_node(p, NLIST);
	parse_words(p, &n->a->kid);
	if (p->bad || p->t.type != '{')
		return n->a->kid == NULL ? parse_fail(p, "syntax error") : n;
	start = p->t.start;
	n->b = parse_block(p, '{', '}');
	if (p->bad)
		return NULL;
	fn_text(p, n, start, mark);
	parse_next(p, 0);
	return n;
}
