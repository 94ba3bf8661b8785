/* free/sysname.h - the system calls have their own names here; tests/host/
 * has another file of this name, for the build beside the host's C library. */
