/*
 * heap.h: one row of a table by its key, without a plan. The rules of boundary.h hold.
 */
#ifndef PGB_HEAP_H
#define PGB_HEAP_H

#include "boundary.h"

extern ErrorData *pgb_heap_fetch(Oid relation, const char *key, int columns, Datum *values, bool *nulls,
								 TupleDesc *descriptor);
extern void pgb_heap_release(TupleDesc descriptor, Datum *values, const bool *nulls);

#endif
