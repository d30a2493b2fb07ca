/*
 * set.c: what type a call must give, and sets given row by row into a tuplestore, after plpgsql's
 * exec_init_tuple_store and exec_stmt_return_next (src/pl/plpgsql/src/pl_exec.c).
 */
#include "set.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

ErrorData *
pgb_call_result_type(FunctionCallInfo call, PgbResultType *result)
{
	PGB_BEGIN();
	result->descriptor = NULL;
	result->kind = get_call_result_type(call, &result->type, &result->descriptor);
	PGB_END();
}

ErrorData *
pgb_function_result_type(Oid function, PgbResultType *result)
{
	PGB_BEGIN();
	result->descriptor = NULL;
	result->kind = get_func_result_type(function, &result->type, &result->descriptor);
	PGB_END();
}

/* Puts the types of this call in the place of polymorphic ones, if the call knows them. */
ErrorData *
pgb_actual_types(FunctionCallInfo call, int count, Oid *types, char *modes, bool *known)
{
	PGB_BEGIN();
	*known = resolve_polymorphic_argtypes(count, types, modes, call->flinfo->fn_expr);
	PGB_END();
}

/* The type of an argument as it was written in this call. Cannot raise for what the parser has made. */
Oid
pgb_argument_type(FunctionCallInfo call, int index)
{
	return get_fn_expr_argtype(call->flinfo, index);
}

/*
 * What an argument that is not NULL is: its type, declared where the call does not say it, and how many bytes it has when it
 * is read, 0 for a type of fixed length. Does not read it.
 */
ErrorData *
pgb_argument_size(FunctionCallInfo call, int index, Oid *type, size_t *bytes)
{
	PGB_BEGIN();
	int16		length;

	*type = get_fn_expr_argtype(call->flinfo, index);
	if (!OidIsValid(*type))
	{
		Oid		   *declared;
		int			count;

		get_func_signature(call->flinfo->fn_oid, &declared, &count);
		*type = index < count ? declared[index] : InvalidOid;
	}
	length = get_typlen(*type);
	*bytes = length == -1 ? toast_raw_datum_size(call->args[index].value)
		: length == -2 ? strlen(DatumGetCString(call->args[index].value)) : 0;
	PGB_END();
}

/*
 * Begins a set of such rows; without a descriptor they are what the query expects. It lives in the query's memory and
 * belongs to the resource owner of the caller, which a subtransaction of the function must not take along.
 */
ErrorData *
pgb_set_begin(FunctionCallInfo call, TupleDesc descriptor, PgbSet *set)
{
	PGB_BEGIN();
	ReturnSetInfo *info = (ReturnSetInfo *) call->resultinfo;
	MemoryContext caller;

	if (info == NULL || !IsA(info, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (!(info->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("materialize mode required, but it is not allowed in this context")));
	if (descriptor == NULL)
		descriptor = info->expectedDesc;
	if (descriptor == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function returning record called in context that cannot accept type record")));
	caller = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	set->descriptor = CreateTupleDescCopy(descriptor);
	set->store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	MemoryContextSwitchTo(caller);
	set->row = AllocSetContextCreate(CurrentMemoryContext, "plts row", ALLOCSET_SMALL_SIZES);
	PGB_END();
}

/* Adds a row and frees what was made for it. */
ErrorData *
pgb_set_put(PgbSet *set, Datum *values, bool *nulls)
{
	PGB_BEGIN();
	CHECK_FOR_INTERRUPTS();
	tuplestore_putvalues(set->store, set->descriptor, values, nulls);
	MemoryContextReset(set->row);
	PGB_END();
}

/* As pgb_set_put, for a row that is a datum of a composite type. */
ErrorData *
pgb_set_put_composite(PgbSet *set, Datum row)
{
	PGB_BEGIN();
	HeapTupleHeader header = DatumGetHeapTupleHeader(row);
	HeapTupleData tuple;

	CHECK_FOR_INTERRUPTS();
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	tuplestore_puttuple(set->store, &tuple);
	MemoryContextReset(set->row);
	PGB_END();
}

/* Hands the set to the caller. */
void
pgb_set_end(FunctionCallInfo call, PgbSet *set)
{
	ReturnSetInfo *info = (ReturnSetInfo *) call->resultinfo;

	info->returnMode = SFRM_Materialize;
	info->setResult = set->store;
	info->setDesc = set->descriptor;
	MemoryContextDelete(set->row);
	call->isnull = true;
}
