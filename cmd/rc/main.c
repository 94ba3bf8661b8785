/* main.c - of rc; the rest is a library, so that the unit tests can run it. */
#include "cmd/rc/rc.h"

int main(int argc, char **argv);

int
main(int argc, char **argv)
{
	return rc_main(argc, argv);
}
