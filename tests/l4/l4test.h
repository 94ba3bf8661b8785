/*
 * l4test.h - the X.2 suite: a root task that tests the kernel it runs on.
 *
 * Each test runs in a thread of its own, which may block for SECONDS at the
 * most; the threads and spaces it made are deleted after it. Spaces made by
 * space_new see the suite's memory 1:1 (its pager maps it to them), so threads
 * in other spaces run its functions and share its variables.
 *
 * All of it but tests/l4/sim.c, and its like for another machine, runs on any X.2
 * kernel for x86, with words of 32 or 64 bits.
 * SEE the L4 X.2 reference manual
 */
#ifndef TESTS_L4_L4TEST_H
#define TESTS_L4_L4TEST_H
#include "lib9/plat.h"

enum { SECONDS = 60 }; /* on a machine that does much else, too */

typedef struct Test Test;
struct Test {
	const char *name;       /* a claim */
	void (*fn)(void);
};
#define TEST(n) { #n, n }
#define TESTS(group) extern const Test group[]; const Test group[]

/* one file per machine (tests/l4/sim.c): its own tests, and its end */
extern const Test machine_tests[];
void power_off(int status);

/* a check that fails ends the test */
#define CHECK(c) check((c) != 0, __FILE__, __LINE__, #c)
#define SAME(a, b) check_same((L4_Word_t)(a), (L4_Word_t)(b), __FILE__, __LINE__, #a " is " #b)
void check(bool ok, const char *file, int line, const char *text);
void check_same(L4_Word_t a, L4_Word_t b, const char *file, int line, const char *text);
void say(const char *fmt, ...) PRINTF(1, 2);

/* ---- threads and spaces; all fail the test when they can't ---- */
extern L4_ThreadId_t main_id, pager_id, sigma0_id, test_id;
L4_ThreadId_t id_new(void);                             /* a free number */
void *utcb_new(void);                                   /* a free slot of the suite's own area */
L4_ThreadId_t thread_new(void (*fn)(void *), void *arg); /* in the suite's space, running */
L4_ThreadId_t thread_in(L4_ThreadId_t space, int slot, L4_ThreadId_t pager, void (*fn)(void *), void *arg);
/* a space with an active thread, which waits for its start from pager_id … */
L4_ThreadId_t space_new(void);
void space_run(L4_ThreadId_t main, void (*fn)(void *), void *arg); /* … until here */
L4_ThreadId_t thread_raw(L4_ThreadId_t pager);          /* active, waits for its start message */
void thread_go(L4_ThreadId_t t, void (*fn)(void *), void *arg); /* the start message; the caller is its pager */
void thread_delete(L4_ThreadId_t t);
void *stack_for(void (*fn)(void *), void *arg);         /* start it at plat_thread_entry with this */
#define UTCB_AREA utcb_area     /* the suite's own areas; space_new's are at the same addresses */
#define KIP_AREA ((L4_Word_t)kip)
extern L4_Word_t utcb_area;
extern const L4_KernelInterfacePage_t *kip;
bool in_image(L4_Word_t ip);    /* code of the suite, if it is not the kernel's */

/* ThreadControl; 0 or its error code */
#define KEEP ((void *)~(L4_Word_t)0)
L4_Word_t control(L4_ThreadId_t dest, L4_ThreadId_t space, L4_ThreadId_t sched, L4_ThreadId_t pager, void *utcb);

/* ---- what threads of tests do (roles.c) ---- */
void idles(void *arg);          /* sleeps for ever */
void spins(void *arg);          /* counts `spun` up for ever */
void tells(void *arg);          /* sends the test label 0x10 and arg, then idles */
extern volatile L4_Word_t spun;

/* ---- memory ---- */
enum { PAGE = 4096, NPOOL = 1024 };
extern uint8_t *pool;                                   /* NPOOL pages, mapped and zeroed, naturally aligned */
uint8_t *window(size_t size);                           /* unused addresses, aligned to size (a power of two) */
/* Can the suite's space get at *p? write: change it. Faults go no further. */
bool reachable(volatile void *p, bool write);

/* ---- small talk ---- */
L4_Word_t now_us(void);
void sleep_ms(unsigned ms);
/* waits for what other threads will do, on a busy machine too */
#define UNTIL(c) do { \
	for (unsigned n_ = 0; !(c); n_++) { \
		CHECK(n_ < PATIENCE && #c); \
		sleep_ms(1); \
	} \
} while (0)
enum { PATIENCE = 5000 };
L4_Word_t state_of(L4_ThreadId_t t);                    /* Schedule's result */
void until_blocked(L4_ThreadId_t t);                    /* in an IPC of its own; t must not have page faults */
L4_MsgTag_t tag(L4_Word_t label, unsigned u);
L4_Word_t mr(int i);
L4_MsgTag_t send_words(L4_ThreadId_t to, L4_Word_t label, unsigned u, L4_Word_t first); /* first, first + 1 … */
L4_MsgTag_t call_words(L4_ThreadId_t to, L4_Word_t label, unsigned u, L4_Word_t first);
#define ERROR(phase, code) ((L4_Word_t)((code) << 1 | (phase)))
enum { SND, RCV };
#endif
