/*
 * uthread.h - the block of data that each thread owns. In programs, CORE and
 * HVM the platform's start-up code makes it (lib9/plat.h); in the host build it
 * is thread-local data (tests/host/uthread.c).
 */
#ifndef LIB9_UTHREAD_H
#define LIB9_UTHREAD_H
#include "lib9/lib9.h"

typedef struct Uthread Uthread;
struct Uthread {
	char err[ERRMAX];
	int errcode;
	/* a note may interrupt the thread between any two instructions */
	volatile bool in_note;              /* the note handler runs on this thread */
	volatile unsigned hold_notes;       /* inside malloc: notes wait */
	void (*volatile note_missed)(void); /* one came meanwhile: call this at the end; NULL: none */
	void *priv;         /* free for the program (CORE: its Clerk) */
};
/* The caller's own block; never NULL. */
Uthread *uthread_self(void);
#endif
