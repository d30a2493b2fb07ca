/*
 * set.h: what type a call must give, and sets given row by row. The rules of boundary.h hold.
 */
#ifndef PGB_SET_H
#define PGB_SET_H

#include "boundary.h"

#include "access/tupdesc.h"
#include "utils/tuplestore.h"

typedef struct PgbResultType
{
	int			kind;			/* TypeFuncClass */
	Oid			type;
	TupleDesc	descriptor;		/* NULL for what is no row, or a row of unknown columns */
} PgbResultType;

typedef struct PgbSet
{
	Tuplestorestate *store;
	TupleDesc	descriptor;
	MemoryContext row;
} PgbSet;

extern ErrorData *pgb_call_result_type(FunctionCallInfo call, PgbResultType *result);
extern ErrorData *pgb_function_result_type(Oid function, PgbResultType *result);
extern ErrorData *pgb_actual_types(FunctionCallInfo call, int count, Oid *types, char *modes, bool *known);
extern Oid	pgb_argument_type(FunctionCallInfo call, int index);
extern ErrorData *pgb_argument_size(FunctionCallInfo call, int index, Oid *type, size_t *bytes);
extern ErrorData *pgb_set_begin(FunctionCallInfo call, TupleDesc descriptor, PgbSet *set);
extern ErrorData *pgb_set_put(PgbSet *set, Datum *values, bool *nulls);
extern ErrorData *pgb_set_put_composite(PgbSet *set, Datum row);
extern void pgb_set_end(FunctionCallInfo call, PgbSet *set);

#endif
