/*
 * cmd/false.c - false: ends with the status "false".
 */
#include "lib9/sys.h"

int
main(void)
{
	exits("false");
}
