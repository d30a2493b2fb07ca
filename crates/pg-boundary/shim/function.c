/*
 * function.c: what pg_proc says of a function, after plpgsql's do_compile (src/pl/plpgsql/src/pl_comp.c).
 */
#include "function.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/proclang.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

ErrorData *
pgb_function_lookup(Oid oid, PgbFunction *function)
{
	PGB_BEGIN();
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	Form_pg_proc form;
	Datum		source;
	bool		is_null;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", oid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null);
	if (is_null)
		elog(ERROR, "null prosrc for function %u", oid);
	function->oid = oid;
	function->owner = form->proowner;
	function->xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	function->tid = tuple->t_self;
	function->schema = get_namespace_name(form->pronamespace);
	if (function->schema == NULL)
		elog(ERROR, "cache lookup failed for schema %u", form->pronamespace);
	function->name = pstrdup(NameStr(form->proname));
	function->source = TextDatumGetCString(source);
	function->result = form->prorettype;
	function->returns_set = form->proretset;
	function->kind = form->prokind;
	function->volatility = form->provolatile;
	function->argument_count = get_func_arg_info(tuple, &function->types, &function->names, &function->modes);
	ReleaseSysCache(tuple);
	PGB_END();
}

ErrorData *
pgb_function_signature(Oid oid, char **signature)
{
	PGB_BEGIN();
	*signature = format_procedure(oid);
	PGB_END();
}

/* Registers a callback for changes of pg_proc; to be called once a process, since there is no way to take it back. */
ErrorData *
pgb_function_watch(void (*changed) (Datum argument, int cache, uint32 hash))
{
	PGB_BEGIN();
	CacheRegisterSyscacheCallback(PROCOID, changed, (Datum) 0);
	PGB_END();
}

ErrorData *
pgb_validator_access(Oid validator, Oid function, bool *allowed)
{
	PGB_BEGIN();
	*allowed = CheckFunctionValidatorAccess(validator, function);
	PGB_END();
}

bool
pgb_check_function_bodies(void)
{
	return check_function_bodies;
}

ErrorData *
pgb_inline_block(Datum argument, char **source, bool *atomic)
{
	PGB_BEGIN();
	InlineCodeBlock *block = (InlineCodeBlock *) DatumGetPointer(argument);

	Assert(IsA(block, InlineCodeBlock));
	*source = block->source_text;
	*atomic = block->atomic;
	PGB_END();
}

/* The one-based character position of a line and column (one-based, in UTF-16 units) of a source. */
ErrorData *
pgb_syntax_position(const char *source, int line, int column, int *position)
{
	PGB_BEGIN();
	const char *at = source;
	int			characters = 1;

	while (line > 1 && *at)
	{
		if (*at == '\n')
			line--;
		at += pg_mblen(at);
		characters++;
	}
	while (column > 1 && *at && *at != '\n')
	{
		int			length = pg_mblen(at);

		/* Four bytes of UTF-8 are two UTF-16 units. */
		column -= length == 4 ? 2 : 1;
		at += length;
		characters++;
	}
	*position = characters;
	PGB_END();
}
