/*
 * cmd/true.c - true: ends with an empty status.
 */
#include "lib9/sys.h"

int
main(void)
{
	exits(NULL);
}
