/*
 * rootar.h - the root archive: what mkroot writes, the loader puts into memory
 * and #R serves. Little-endian; programs start on page boundaries, so that HVM
 * maps them straight from it.
 */
#ifndef LIB9_ROOTAR_H
#define LIB9_ROOTAR_H
#include <stdint.h>

typedef struct RootHead RootHead;
typedef struct RootEnt RootEnt;
struct RootHead {
	char magic[8];          /* "LP49ROOT" */
	uint32_t count;         /* of RootEnt, right behind */
	uint32_t mtime;         /* seconds since 1970, of the build */
	uint64_t size;          /* of the whole archive, bytes, a multiple of 4096 */
	uint8_t pad[104];
};
struct RootEnt {
	char path[100];         /* absolute, NUL-terminated; parents come first */
	uint32_t mode;          /* 9P: DMDIR | 0755 … */
	uint64_t offset, size;  /* of the data, bytes from the start of the archive */
	uint8_t pad[8];
};
_Static_assert(sizeof(RootHead) == 128, "RootHead is 128 bytes");
_Static_assert(sizeof(RootEnt) == 128, "RootEnt is 128 bytes");
#endif
