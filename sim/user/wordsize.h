/*
 * wordsize.h - what printf needs to know of this machine's types; decl.h
 * includes it by include path.
 */
#ifndef SIM_USER_WORDSIZE_H
#define SIM_USER_WORDSIZE_H
#define DECL_64 "l"     /* int64_t */
#define DECL_PTR "l"    /* intptr_t */
#endif
