/*
 * parse.c - a line of rc to a tree, by recursive descent.
 *
 *	line  = cmd { (";" | "&") cmd } newline
 *	cmd   = unary { ("&&" | "||") unary }
 *	unary = ("!" | "@" | redir | name "=" word) unary | pipe
 *	pipe  = prim { "|" (prim | unary) }
 *	prim  = brace | simple | nothing | one of parse_cmd.c's
 *
 * As in rc(1), ! @ and a redirection in front reach over a whole pipeline.
 * ERRORS  told on fd 2 with file and line; nesting deeper than PARSE_DEPTH is one.
 */
#include "cmd/rc/parse_impl.h"

static Node *parse_unary(Parser *p);

/* ---- tokens ---- */
static const char *
token_name(const Token *t, char buf[64])
{
	char *s;

	switch (t->type) {
	case Teof: return "end of input";
	case Tnl: return "newline";
	case Tand: return "&&";
	case Tor: return "||";
	case Tpipe: return "|";
	case Tredir: return t->op == Rread || t->op == Rhere || t->op == Rrdwr ? "<" : ">";
	case Tcount: return "$#";
	case Tjoin: return "$\"";
	case Tword:
		s = word_unmark(list_new(t->text, strlen(t->text)))->s;
		snprintf(buf, 64, "%s", s);
		free(s - offsetof(List, s));
		return buf;
	}
	snprintf(buf, 64, "%c", t->type);
	return buf;
}

Node *
parse_fail(Parser *p, const char *text)
{
	char name[64];
	const char *file = shell.file;

	if (p->bad)
		return NULL;
	p->bad = true;
	shell.file = p->u->file;
	shell.line = p->t.line;
	if (p->t.type == Tbad && p->t.text != NULL)
		rc_warn("%s: syntax error", p->t.text);
	else if (p->t.type != Tbad)
		rc_warn("token '%s': %s", token_name(&p->t, name), text);
	shell.file = file; /* the unit goes */
	return NULL;
}

void
parse_next(Parser *p, int mode)
{
	p->lastword = p->t.type == Tword;
	if (!p->bad)
		lex(p->in, p->u, mode, &p->t);
	if (p->t.type == Tbad)
		parse_fail(p, "");
}

bool
parse_at(Parser *p, const char *s)
{
	return p->t.type == Tword && !p->t.quoted && strcmp(p->t.text, s) == 0;
}

bool
parse_want(Parser *p, int type, int mode)
{
	if (p->bad || p->t.type != type) {
		parse_fail(p, "syntax error");
		return false;
	}
	parse_next(p, mode);
	return true;
}

void
parse_skipnl(Parser *p)
{
	while (!p->bad && p->t.type == Tnl)
		parse_next(p, 0);
}

bool
parse_enter(Parser *p)
{
	if (p->depth >= PARSE_DEPTH) {
		parse_fail(p, "nested too deeply");
		return false;
	}
	p->depth++;
	return !p->bad;
}

Node *
parse_node(Parser *p, int type)
{
	Node *n = unit_alloc(p->u, sizeof *n);

	n->type = (uint8_t)type;
	n->line = p->t.line;
	return n;
}

/* ---- bodies ---- */
/* if, and the if of `if not if(…)': an `if not' may follow. */
static bool
is_if(const Node *n)
{
	return n->type == NIF || (n->type == NIFNOT && n->b != NULL && n->b->type == NIF);
}

/* Statements up to a token that can't go on one; newlines only inside braces. */
static Node *
parse_body(Parser *p, bool newlines)
{
	Node *seq = parse_node(p, NSEQ), **tail = &seq->kid;

	for (;;) {
		Node *n = parse_cmd(p);

		if (p->bad)
			return NULL;
		if (n != NULL)
			p->iflast = p->t.type != '&' && is_if(n);
		if (p->t.type == '&') {
			Node *bg = parse_node(p, NASYNC);

			bg->a = n;
			n = bg;
		}
		if (n != NULL) {
			*tail = n;
			tail = &n->next;
		}
		if (p->t.type != ';' && p->t.type != '&' && !(newlines && p->t.type == Tnl))
			break;
		parse_next(p, 0);
	}
	/* one command needs no list */
	return seq->kid != NULL && seq->kid->next == NULL ? seq->kid : seq;
}

Node *
parse_block(Parser *p, int open, int close)
{
	Node *n;
	bool iflast = p->iflast;

	if (!parse_enter(p))
		return NULL;
	if (!parse_want(p, open, 0))
		return NULL;
	p->iflast = false;
	n = parse_body(p, true);
	p->iflast = iflast;
	if (p->bad)
		return NULL;
	if (p->t.type != close)
		return parse_fail(p, "syntax error");
	p->depth--;
	return n; /* the caller goes past close, in its own mode */
}

/* ---- redirections ---- */
static bool
at_redir(Parser *p)
{
	return p->t.type == Tredir && !parse_at_word(p);
}

static Node *
parse_redir(Parser *p, int mode)
{
	Node *n = parse_node(p, NREDIR);

	n->op = (uint8_t)p->t.op;
	n->fd0 = p->t.fd0;
	n->fd1 = p->t.fd1;
	if (n->op == Rdup || n->op == Rclose) {
		parse_next(p, mode);
		return n;
	}
	parse_next(p, LEXARG);
	if (n->op == Rhere) {
		if (p->t.type != Tword)
			return parse_fail(p, "a here document wants a word");
		n->quoted = p->t.quoted;
		n->text = p->t.text;
		*p->in->here_tail = n;
		p->in->here_tail = &n->b;
		if (p->here_last != NULL)
			p->here_last->kid = n;
		p->here_last = n;
		parse_next(p, mode);
		return n;
	}
	n->a = parse_word(p, mode);
	return n;
}

static Node *
redirs_around(Parser *p, Node *redir, Node *cmd)
{
	Node *n;

	if (redir == NULL)
		return cmd;
	n = parse_node(p, NREDIRS);
	n->line = redir->line;
	n->kid = redir;
	n->a = cmd;
	return n;
}

/* ---- commands ---- */
static Node *
parse_simple(Parser *p)
{
	Node *n = parse_node(p, NSIMPLE), **tail = &n->kid;
	Node *redir = NULL, **rtail = &redir;

	*tail = parse_word(p, 0);
	if (p->bad)
		return NULL;
	if (p->t.type == '=') {
		Node *as = parse_node(p, NASSIGN);

		as->a = n->kid;
		parse_next(p, LEXARG);
		if (!parse_at_word(p) || !parse_enter(p))
			return parse_fail(p, "syntax error");
		as->b = parse_word(p, 0);
		as->c = p->bad ? NULL : parse_unary(p);
		p->depth--;
		return as;
	}
	tail = &(*tail)->next;
	while (!p->bad) {
		if (parse_at_word(p)) {
			*tail = parse_word(p, LEXARG);
			if (!p->bad)
				tail = &(*tail)->next;
		} else if (at_redir(p)) {
			*rtail = parse_redir(p, LEXARG);
			if (!p->bad)
				rtail = &(*rtail)->next;
		} else {
			break;
		}
	}
	return redirs_around(p, redir, n);
}

static Node *
parse_brace(Parser *p)
{
	Node *n = parse_block(p, '{', '}'), *redir = NULL, **tail = &redir;

	if (p->bad)
		return NULL;
	parse_next(p, 0);
	while (!p->bad && at_redir(p)) {
		*tail = parse_redir(p, 0);
		if (!p->bad)
			tail = &(*tail)->next;
	}
	/* a list, so that {} is a command, and `if' inside is not the last one outside */
	if (!p->bad && (n->type != NSEQ)) {
		Node *seq = parse_node(p, NSEQ);

		seq->kid = n;
		n = seq;
	}
	return redirs_around(p, redir, n);
}

static Node *
parse_prim(Parser *p)
{
	if (p->t.type == '{')
		return parse_brace(p);
	if (parse_at(p, "if"))
		return parse_if(p);
	if (parse_at(p, "for"))
		return parse_for(p);
	if (parse_at(p, "while"))
		return parse_while(p);
	if (parse_at(p, "switch"))
		return parse_switch(p);
	if (parse_at(p, "fn"))
		return parse_fn(p);
	if (parse_at(p, "~"))
		return parse_match(p);
	if (parse_at(p, "in") || parse_at(p, "not"))
		return parse_fail(p, "syntax error");
	if (parse_at_word(p))
		return parse_simple(p);
	return NULL;
}

static bool
at_prefix(Parser *p)
{
	return parse_at(p, "!") || parse_at(p, "@") || at_redir(p);
}

/* Past | && or || to the command after it, which may be none, but not missing. */
static void
operand_next(Parser *p)
{
	parse_next(p, 0);
	parse_skipnl(p);
	if (p->t.type == Teof)
		parse_fail(p, "syntax error");
}

static Node *
parse_pipe(Parser *p)
{
	Node *first = parse_prim(p), *n, **tail;

	if (p->bad || p->t.type != Tpipe)
		return first;
	n = parse_node(p, NPIPE);
	n->kid = first;
	tail = &n->kid;
	while (!p->bad && p->t.type == Tpipe) {
		Node *k = parse_node(p, NSEQ); /* so that every stage has fields of its own */

		k->kid = *tail;
		k->fd0 = p->t.fd0;
		k->fd1 = p->t.fd1;
		*tail = k;
		tail = &k->next;
		operand_next(p);
		*tail = at_prefix(p) ? parse_unary(p) : parse_prim(p);
	}
	if (!p->bad && *tail == NULL)
		*tail = parse_node(p, NSEQ);
	return n;
}

static Node *
parse_unary(Parser *p)
{
	Node *n, *redir = NULL, **tail = &redir;

	if (p->bad || !at_prefix(p))
		return p->bad ? NULL : parse_pipe(p);
	if (!parse_enter(p))
		return NULL;
	if (p->t.type == Tword) {
		n = parse_node(p, p->t.text[0] == '!' ? NBANG : NSUBSHELL);
		parse_next(p, 0);
		n->a = parse_unary(p);
	} else {
		while (!p->bad && at_redir(p)) {
			*tail = parse_redir(p, 0);
			if (!p->bad)
				tail = &(*tail)->next;
		}
		n = p->bad ? NULL : redirs_around(p, redir, parse_unary(p));
	}
	p->depth--;
	return n;
}

Node *
parse_cmd(Parser *p)
{
	Node *first = parse_unary(p), *n, **tail;

	if (p->bad || (p->t.type != Tand && p->t.type != Tor))
		return first;
	n = parse_node(p, NCHAIN);
	n->kid = parse_node(p, NSEQ); /* carries op; the command may be shared by none */
	n->kid->kid = first;
	tail = &n->kid->next;
	while (!p->bad && (p->t.type == Tand || p->t.type == Tor)) {
		Node *k = parse_node(p, NSEQ);

		k->op = p->t.type == Tand ? '&' : '|';
		operand_next(p);
		k->kid = parse_unary(p);
		*tail = k;
		tail = &k->next;
	}
	return n;
}

Unit *
parse_unit(Input *in, bool *bad)
{
	Parser p = { .in = in, .iflast = in->iflast };
	bool echo = (shell.flag['v'] && !in->quiet) || shell.flag['V'];

	*bad = false;
	input_drop(in);
	p.u = unit_new(in->name);
	p.u->eflag = shell.flag['e'] && !in->quiet;
	parse_next(&p, 0);
	if (!p.bad && p.t.type == Teof) {
		unit_put(p.u);
		return NULL;
	}
	p.u->root = parse_body(&p, in->whole);
	if (!p.bad && p.t.type != Tnl && p.t.type != Teof)
		parse_fail(&p, "syntax error");
	if (!p.bad && in->here != NULL)
		here_read(in, p.u); /* the last line has no newline: all are empty */
	if (echo)
		write(2, in->src + in->start, (int64_t)(in->pos - in->start));
	in->iflast = p.iflast;
	if (!p.bad) {
		parse_fn_texts(&p);
		return p.u;
	}
	*bad = true;
	in->iflast = false;
	unit_put(p.u);
	return NULL;
}
