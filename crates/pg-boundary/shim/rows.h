/*
 * rows.h: rows of a running statement, handed to Rust in batches.
 */
#ifndef PGB_ROWS_H
#define PGB_ROWS_H

#include "boundary.h"

#include "executor/tuptable.h"
#include "tcop/dest.h"

/*
 * Who takes the rows. A function that returns false refuses and keeps the reason to itself; the statement then fails.
 * The values of a batch lie row by row, and live until the function returns.
 */
typedef struct PgbRowSink
{
	void	   *state;
	bool		(*columns) (void *state, TupleDesc descriptor);
	bool		(*rows) (void *state, Datum *values, bool *nulls, int count);
} PgbRowSink;

/* A destination of a query's rows; lives on the stack of whoever runs the query. */
typedef struct PgbReceiver
{
	DestReceiver pub;
	const PgbRowSink *sink;
	TupleDesc	descriptor;		/* NULL until the statement turns out to return rows */
	int			width;
	Datum	   *values;
	bool	   *nulls;
	int			room;
	int			count;
	uint64		received;
	MemoryContext memory;		/* the caller's, for the first batch and what lasts */
	MemoryContext batch;		/* for each later one */
} PgbReceiver;

extern void pgb_receiver_init(PgbReceiver *receiver, const PgbRowSink *sink);

#endif
