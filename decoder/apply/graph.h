/*
 * apply/graph.h
 *	  What refers to what: mwmirror.reference, resolved, and which of it is needed by the streams that are on. Kept over calls, made
 *	  anew when one of these or a mirror table changes.
 */
#ifndef MWMIRROR_APPLY_GRAPH_H
#define MWMIRROR_APPLY_GRAPH_H

#include "postgres.h"

#include "access/attnum.h"
#include "fmgr.h"
#include "wire/batch.h"

#define GRAPH_COLUMNS_MAX 4 /* of a reference */
#define GRAPH_UPDATE_MAX 8  /* of those that an UPDATE must change */
#define USER_PAGE_COLUMNS 2 /* namespace and title */

/* A way to find rows: a table by some of its columns. */
typedef struct graph_target
{
	uint32 number; /* among the graph's targets */
	Oid relid;
	const char *table;  /* in schema mediawiki */
	const char *way;    /* its name; "": none */
	batch_shape shape;  /* wiki_id and the columns that find, then the others */
	const char **names; /* of all columns of the shape */
	AttrNumber *attnums;
	Oid *types;
	int16 *lengths; /* of the types */
	bool *by_value;
	FmgrInfo *send;
	batch_bytes item; /* that tells the shape: wire/reference.h */
	int find_count;   /* but wiki_id */
	bool follows;     /* what its rows refer to is of interest too */
	bool is_needed;   /* some reference to it is */
} graph_target;

/* What is known of a row that changed: how it was, or becomes. */
typedef enum graph_side
{
	GRAPH_BEFORE = 1,  /* of a row that is updated */
	GRAPH_AFTER = 2,   /* of a row that is inserted or updated */
	GRAPH_GONE = 4,    /* of a row that is deleted */
	GRAPH_UPDATED = 8, /* with GRAPH_AFTER: of a row that is updated */
	GRAPH_TOLD = 16    /* of a row that a request tells again: it is, and did not change */
} graph_side;

/* Rows of a table name rows of a target. */
typedef struct graph_edge
{
	const graph_target *to;
	AttrNumber from[GRAPH_COLUMNS_MAX];
	int value_count;                    /* of the target's columns that they give */
	Datum constants[GRAPH_COLUMNS_MAX]; /* of its other ones; texts */
	bool is_needed;                     /* by a stream that is on; else it is not followed */
	uint64 streams;                     /* that need it, by number; 0: all */
	bool user_page; /* from has namespace and title of a page, and gives its user's name */
	/* from has parameters of a log entry, and gives the text of that name; NULL: it gives what it has */
	const char *member;
	bool only_changed;
	unsigned of_changed; /* sides of a row that changed from which it is followed */
	bool zero_is_none;   /* its one column is an integer */
	AttrNumber odd;      /* a smallint that must be odd in the row that refers; 0: none */
	/* an UPDATE that changes none of these is passed over, if there are any */
	AttrNumber update_of[GRAPH_UPDATE_MAX];
	int update_count;
	/* followed from rows that are referred to only if this found them; NULL: never */
	bool only_found;
	const char *found_way;
	const graph_target *found_by;
	const char *found_by_names[GRAPH_COLUMNS_MAX];
	int found_by_count;
} graph_edge;

/* A table that refers, or is referred to. */
typedef struct graph_node
{
	Oid relid;
	AttrNumber wiki; /* its column wiki_id */
	graph_edge *edges;
	int edge_count;
	const graph_target **found_by; /* targets that find its rows */
	int found_by_count;
	/*
	 * Finds a row by its key: of a table whose rows a state stream tells, for an UPDATE that leaves long values alone does not have them in the
	 * WAL. NULL: they are there (REPLICA IDENTITY FULL), or nobody needs them
	 */
	const graph_target *itself;
} graph_node;

typedef struct graph
{
	uint64 version; /* another one: its targets have other numbers */
	graph_target *targets;
	int target_count;
	graph_node *nodes;
	int node_count;
	uint64 lacking;  /* streams that need an edge that is not followed, by number */
	bool has_states; /* a state stream is on, perhaps one that needs no edge */
	MemoryContext memory;
} graph;

/*
 * The graph as it is now; it stays until the next call. Errors: a reference names a table or column that is not there, or
 * columns of different types.
 */
const graph *graph_get(void);

/* NULL if the table neither refers nor is referred to. */
const graph_node *graph_find(const graph *g, Oid relid);

#endif
