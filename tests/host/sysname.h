/*
 * host/sysname.h - in the host build the system calls of lib9/sys.h are the
 * functions sys_* of sys_posix.c: the names themselves are the C library's.
 */
#ifndef TESTS_HOST_SYSNAME_H
#define TESTS_HOST_SYSNAME_H
#define putenv sys_putenv /* declared by <stdlib.h> with another type */
#define execl sys_execl
#pragma redefine_extname open sys_open
#pragma redefine_extname create sys_create
#pragma redefine_extname close sys_close
#pragma redefine_extname pread sys_pread
#pragma redefine_extname pwrite sys_pwrite
#pragma redefine_extname read sys_read
#pragma redefine_extname write sys_write
#pragma redefine_extname readn sys_readn
#pragma redefine_extname seek sys_seek
#pragma redefine_extname stat sys_stat
#pragma redefine_extname fstat sys_fstat
#pragma redefine_extname wstat sys_wstat
#pragma redefine_extname fwstat sys_fwstat
#pragma redefine_extname dirstat sys_dirstat
#pragma redefine_extname dirread sys_dirread
#pragma redefine_extname dirreadall sys_dirreadall
#pragma redefine_extname access sys_access
#pragma redefine_extname remove sys_remove
#pragma redefine_extname dup sys_dup
#pragma redefine_extname pipe sys_pipe
#pragma redefine_extname fd2path sys_fd2path
#pragma redefine_extname chdir sys_chdir
#pragma redefine_extname mount sys_mount
#pragma redefine_extname rfork sys_rfork
#pragma redefine_extname fork sys_fork
#pragma redefine_extname exec sys_exec
#pragma redefine_extname exits sys_exits
#pragma redefine_extname _exits sys__exits
#pragma redefine_extname atexit sys_atexit
#pragma redefine_extname await sys_await
#pragma redefine_extname wait sys_wait
#pragma redefine_extname waitpid sys_waitpid
#pragma redefine_extname getpid sys_getpid
#pragma redefine_extname getppid sys_getppid
#pragma redefine_extname sleep sys_sleep
#pragma redefine_extname alarm sys_alarm
#pragma redefine_extname notify sys_notify
#pragma redefine_extname noted sys_noted
#pragma redefine_extname postnote sys_postnote
#pragma redefine_extname brk sys_brk
#pragma redefine_extname sbrk sys_sbrk
#pragma redefine_extname getenv sys_getenv
#endif
