/*
 * servants/more.c - no more servants than servants.def has. With make SERVANTS=X.c
 * the Makefile writes a file that stands in the place of this one.
 * SEE   doc/servant.md
 */
#include "servants/servants.h"

const Servant *const servants_more[] = { NULL };
