/*
 * wordsize.h - what printf needs to know of this machine's types; decl.h
 * includes it by include path.
 */
#ifndef X86_USER_WORDSIZE_H
#define X86_USER_WORDSIZE_H
#define DECL_64 "ll"    /* int64_t */
#define DECL_PTR ""     /* intptr_t */
#endif
