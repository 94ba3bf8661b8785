/* wordsize.h - of a 32-bit machine, for tests/sys/word32.sh. */
#ifndef TESTS_WORD32_WORDSIZE_H
#define TESTS_WORD32_WORDSIZE_H
#define DECL_64 "ll"
#define DECL_PTR
#endif
