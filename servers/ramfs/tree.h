/*
 * tree.h - a file tree in memory, as handlers for the 9P server library.
 * A server with Srv.ops = &tree_ops and Srv.aux = a Tree serves it. Several
 * servers in one thread may serve the same tree, one after the other.
 */
#ifndef SERVERS_RAMFS_TREE_H
#define SERVERS_RAMFS_TREE_H
#include "lib9/srv.h"

typedef struct Tree Tree;

/* tree_new: an empty root directory of mode 0777 that owner owns. now gives
 * seconds since 1970. NULL: no memory. */
Tree *tree_new(const char *owner, uint32_t (*now)(void));
/*
 * tree_limit: what files and names may take, in bytes; and, NULL or asked
 * before memory is taken that the tree did not have yet, whether so many bytes
 * can be had. No room is Enospc for the one who writes or creates.
 */
void tree_limit(Tree *t, uint64_t limit, bool (*room)(uint64_t bytes));
void tree_free(Tree *t);        /* no fid may be in use any more */
size_t tree_nodes(const Tree *t); /* files and directories, also removed ones still in use */
extern const SrvOps tree_ops;
#endif
