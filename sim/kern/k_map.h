/*
 * k_map.h - what the files of the mapping database share: k_map.c, k_flush.c,
 * k_remap.c. All functions REQUIRE K->map.
 */
#ifndef SIM_KERN_K_MAP_H
#define SIM_KERN_K_MAP_H
#include "sim/kern/kern.h"

#pragma GCC visibility push(hidden) /* as in kern.h */
/* k_map.c */
uint32_t *node_head(const Node *n);     /* of the list that n is in */
void node_link(uint32_t i);
/* k_flush.c */
void flush_queue(Op *op, Space *s, uint32_t page); /* s's process had it loaded */
#pragma GCC visibility pop
#endif
