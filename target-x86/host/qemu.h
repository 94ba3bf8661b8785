/*
 * qemu.h - the parts of lp49qemu: QEMU's command line, the channels to its devices,
 * QEMU's life.
 */
#ifndef X86_HOST_QEMU_H
#define X86_HOST_QEMU_H
#include "sim/host/host.h"

/* LP49 writes status + EXIT_BASE to the port; QEMU exits with twice that and one. */
enum { EXIT_BASE = 16, DEBUG_EXIT_PORT = 0x501 };

/* How the console is used: QEMU has the terminal; a pipe types into LP49's
 * terminal; a command or a script runs with the host's standard streams. */
enum Mode { MODE_TERMINAL, MODE_PIPE, MODE_BATCH };

void __attribute__((noreturn, format(printf, 2, 3))) die(int status, const char *fmt, ...);

/* ---- line.c ---- */
/* QEMU's arguments, NULL behind the last; the channels are made before. */
const char **line_make(const Options *o, enum Mode mode);

/* ---- channel.c: sockets between this program and QEMU's devices, a thread each ---- */
enum { TERM, IN, OUT, ERR, SERIAL, NCHANNEL };
/* Before QEMU is started, which inherits one end of each. COM1 is shown, or its end kept. */
void channels_make(enum Mode mode, bool show_serial);
int channel_qemu(int channel);          /* QEMU's end */
void channels_start(void);              /* QEMU runs */
void channels_join(void);               /* … no more: until all output is written */
void channel_interrupt(void);           /* types ^C */
bool channel_output_failed(void);       /* some output was lost, and it was said */
void channel_serial_show(void);         /* the last of COM1, on standard error */

/* ---- relay.c: between QEMU's network cards and the links of --net ---- */
void relays_make(const Options *o);     /* before QEMU is started, which inherits one end of each */
int relay_qemu(int i);                  /* QEMU's end for card i */
int relay_monitor(void);                /* … of its monitor, when there are cards */
void relays_start(void);                /* QEMU runs */

/* ---- share.c: a u9fs for each shared directory, at the other end of a port's socket ---- */
void shares_start(const Options *o);    /* before QEMU, which inherits one end of each */
int share_qemu(int i);                  /* QEMU's end */
void shares_close(void);                /* QEMU runs and has its ends */
void shares_reap(void);                 /* says which have ended */
#endif
