/*
 * parse_impl.h - what the files of the parser share: parse.c (tokens, bodies,
 * commands), parse_cmd.c (commands with a keyword) and parse_word.c.
 */
#ifndef CMD_RC_PARSE_IMPL_H
#define CMD_RC_PARSE_IMPL_H
#include "cmd/rc/rc.h"

typedef struct Parser Parser;
struct Parser {
	Input *in;
	Unit *u;
	Token t;          /* the next one */
	bool lastword;    /* the one before was a Tword */
	bool bad;
	int depth;
	bool iflast;      /* the command before was an if */
	Node *here_last;  /* the last here document; kid leads from one to the next */
	Node *fns;        /* functions whose here documents follow their text */
};

/* parse.c; after a failure all of them do nothing, and p->bad is set */
Node *parse_fail(Parser *p, const char *text);      /* tells where; NULL */
void parse_next(Parser *p, int mode);
bool parse_want(Parser *p, int type, int mode);     /* past this token */
bool parse_at(Parser *p, const char *keyword);
bool parse_enter(Parser *p);                        /* one level deeper; undo: p->depth-- */
Node *parse_node(Parser *p, int type);
Node *parse_block(Parser *p, int open, int close);  /* stays at close */
Node *parse_cmd(Parser *p);                         /* NULL: there is none */
void parse_skipnl(Parser *p);

/* parse_cmd.c; p is at the keyword */
Node *parse_if(Parser *p);
Node *parse_while(Parser *p);
Node *parse_for(Parser *p);
Node *parse_switch(Parser *p);
Node *parse_match(Parser *p);
Node *parse_fn(Parser *p);
void parse_fn_texts(Parser *p);

/* parse_word.c; mode is for the token after the word */
bool parse_at_word(Parser *p);
Node *parse_word(Parser *p, int mode);
void parse_words(Parser *p, Node **tail);

#endif
