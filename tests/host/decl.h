/*
 * host/decl.h - what lib9/free/decl.h declares, from the host's C library, for
 * the unit tests and fuzzers. Nothing here may be used that the freestanding
 * one does not have.
 */
#ifndef TESTS_HOST_DECL_H
#define TESTS_HOST_DECL_H
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#endif
