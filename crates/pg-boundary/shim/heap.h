/*
 * heap.h: rows of a table by their key, without a plan. The rules of boundary.h hold.
 */
#ifndef PGB_HEAP_H
#define PGB_HEAP_H

#include "boundary.h"

/* Takes a part of a value, which it must copy. It raises no error. */
typedef void (*PgbTakePart) (void *taker, const char *bytes, size_t length);

extern ErrorData *pgb_heap_fetch(Oid relation, const char *key, int columns, int packed, Datum *values, bool *nulls,
								 TupleDesc *descriptor);
extern void pgb_heap_release(TupleDesc descriptor, Datum *values, const bool *nulls);
extern ErrorData *pgb_heap_fetch_parts(Oid relation, const char *key, PgbTakePart take, void *taker);

#endif
