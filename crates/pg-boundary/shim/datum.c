/*
 * datum.c: reading and making datums, after src/pl/plpython/plpy_typeio.c.
 */
#include "datum.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "varatt_compat.h"

struct PgbTypeIo
{
	MemoryContext context;
	Oid			type;
	FmgrInfo	output;
	FmgrInfo	input;
	Oid			parameter;
	int32		typmod;
};

ErrorData *
pgb_type_lookup(Oid oid, PgbType *type)
{
	PGB_BEGIN();
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(oid));
	Form_pg_type form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", oid);
	form = (Form_pg_type) GETSTRUCT(tuple);
	type->oid = oid;
	type->element = IsTrueArrayType(form) ? form->typelem : InvalidOid;
	type->length = form->typlen;
	type->by_value = form->typbyval;
	type->align = form->typalign;
	type->kind = form->typtype;
	type->category = form->typcategory;
	type->base_typmod = -1;
	type->base = form->typtype == TYPTYPE_DOMAIN ? getBaseTypeAndTypmod(oid, &type->base_typmod) : oid;
	ReleaseSysCache(tuple);
	PGB_END();
}

ErrorData *
pgb_type_name(Oid oid, int32 typmod, char **name)
{
	PGB_BEGIN();
	*name = format_type_extended(oid, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_ALLOW_INVALID);
	PGB_END();
}

ErrorData *
pgb_type_io_open(Oid oid, int32 typmod, PgbTypeIo **io)
{
	PGB_BEGIN();
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "plts type functions", ALLOCSET_SMALL_SIZES);
	PgbTypeIo  *opened = MemoryContextAllocZero(context, sizeof(PgbTypeIo));
	Oid			output;
	Oid			input;
	bool		is_varlena;

	opened->context = context;
	opened->type = oid;
	opened->typmod = typmod;
	getTypeOutputInfo(oid, &output, &is_varlena);
	getTypeInputInfo(oid, &input, &opened->parameter);
	fmgr_info_cxt(output, &opened->output, context);
	fmgr_info_cxt(input, &opened->input, context);
	*io = opened;
	PGB_END();
}

void
pgb_type_io_close(PgbTypeIo *io)
{
	MemoryContextDelete(io->context);
}

/* An interval as ISO 8601 writes it, whatever the session's IntervalStyle. */
static char *
interval_text(PgbTypeIo *io, Datum value)
{
	int			style = IntervalStyle;
	char	   *volatile text = NULL;

	PG_TRY();
	{
		IntervalStyle = INTSTYLE_ISO_8601;
		text = OutputFunctionCall(&io->output, value);
	}
	PG_FINALLY();
	{
		IntervalStyle = style;
	}
	PG_END_TRY();
	return text;
}

/* `iso`: times come out as ISO 8601, and not as the session's settings would have them. */
ErrorData *
pgb_type_output(PgbTypeIo *io, Datum value, bool iso, char **text)
{
	PGB_BEGIN();
	char		buffer[MAXDATELEN + 1];

	switch (iso ? io->type : InvalidOid)
	{
		case TIMESTAMPOID:
		case TIMEOID:
		case TIMETZOID:
			*text = pstrdup(JsonEncodeDateTime(buffer, value, io->type, NULL));
			break;
		case INTERVALOID:
			*text = interval_text(io, value);
			break;
		default:
			*text = OutputFunctionCall(&io->output, value);
	}
	PGB_END();
}

ErrorData *
pgb_type_input(PgbTypeIo *io, const char *text, Datum *value)
{
	PGB_BEGIN();
	*value = InputFunctionCall(&io->input, (char *) text, io->parameter, io->typmod);
	PGB_END();
}

struct PgbDomain
{
	MemoryContext context;
	Oid			oid;
	void	   *state;			/* domain_check's own, which follows changes of the constraints */
	bool		busy;
};

ErrorData *
pgb_domain_open(Oid oid, PgbDomain **domain)
{
	PGB_BEGIN();
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "plts domain", ALLOCSET_SMALL_SIZES);
	PgbDomain  *opened = MemoryContextAllocZero(context, sizeof(PgbDomain));

	opened->context = context;
	opened->oid = oid;
	*domain = opened;
	PGB_END();
}

void
pgb_domain_close(PgbDomain *domain)
{
	MemoryContextDelete(domain->context);
}

/* Checks a value of a domain's base type against the domain. Its constraints may run any code, this domain's check
 * included: such a nested check gets a state of its own. */
ErrorData *
pgb_domain_check(PgbDomain *domain, Datum value, bool is_null)
{
	bool		nested = domain->busy;

	{
		PGB_BEGIN();
		PG_TRY();
		{
			domain->busy = true;
			if (nested)
				domain_check(value, is_null, domain->oid, NULL, CurrentMemoryContext);
			else
				domain_check(value, is_null, domain->oid, &domain->state, domain->context);
		}
		PG_FINALLY();
		{
			domain->busy = nested;
		}
		PG_END_TRY();
		PGB_END();
	}
}

/* Rounded as timestamptz(n) says. */
ErrorData *
pgb_timestamptz_round(int64 time, int32 typmod, Datum *value)
{
	PGB_BEGIN();
	*value = DirectFunctionCall2(timestamptz_scale, TimestampTzGetDatum(time), Int32GetDatum(typmod));
	PGB_END();
}

ErrorData *
pgb_detoast(Datum value, struct varlena **flat)
{
	PGB_BEGIN();
	*flat = PG_DETOAST_DATUM_PACKED(value);
	PGB_END();
}

ErrorData *
pgb_numeric_text(Datum value, char **text)
{
	PGB_BEGIN();
	*text = DatumGetCString(DirectFunctionCall1(numeric_out, value));
	PGB_END();
}

ErrorData *
pgb_jsonb_text(Datum value, char **text, int *length)
{
	PGB_BEGIN();
	Jsonb	   *jsonb = DatumGetJsonbP(value);
	StringInfoData buffer;

	initStringInfo(&buffer);
	(void) JsonbToCString(&buffer, &jsonb->root, VARSIZE(jsonb));
	*text = buffer.data;
	*length = buffer.len;
	PGB_END();
}

ErrorData *
pgb_jsonb_make(const char *text, Datum *value)
{
	PGB_BEGIN();
	*value = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
	PGB_END();
}

/* As pgb_varlena_make, without a way to fail: false when there is no memory, or would never be. */
bool
pgb_varlena_try(const char *bytes, Size length, Datum *value)
{
	struct varlena *made;

	if (length > MaxAllocSize - VARHDRSZ)
		return false;
	made = MemoryContextAllocExtended(CurrentMemoryContext, length + VARHDRSZ, MCXT_ALLOC_NO_OOM);
	if (made == NULL)
		return false;
	SET_VARSIZE(made, length + VARHDRSZ);
	memcpy(VARDATA(made), bytes, length);
	*value = PointerGetDatum(made);
	return true;
}

ErrorData *
pgb_varlena_make(const char *bytes, Size length, Datum *value)
{
	PGB_BEGIN();
	struct varlena *made;

	if (length > MaxAllocSize - VARHDRSZ)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("value is too large")));
	made = palloc(length + VARHDRSZ);
	SET_VARSIZE(made, length + VARHDRSZ);
	memcpy(VARDATA(made), bytes, length);
	*value = PointerGetDatum(made);
	PGB_END();
}

ErrorData *
pgb_uuid_make(const uint8 *bytes, Datum *value)
{
	PGB_BEGIN();
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

	memcpy(uuid->data, bytes, UUID_LEN);
	*value = UUIDPGetDatum(uuid);
	PGB_END();
}

ErrorData *
pgb_array_open(Datum value, Oid element, int16 length, bool by_value, char align, PgbArray *array)
{
	PGB_BEGIN();
	ArrayType  *flat = DatumGetArrayTypeP(value);

	array->dimensions = ARR_NDIM(flat);
	memcpy(array->lengths, ARR_DIMS(flat), sizeof(int) * ARR_NDIM(flat));
	memcpy(array->lowers, ARR_LBOUND(flat), sizeof(int) * ARR_NDIM(flat));
	deconstruct_array(flat, element, length, by_value, align, &array->values, &array->nulls, &array->count);
	PGB_END();
}

ErrorData *
pgb_array_make(PgbArray *array, Oid element, int16 length, bool by_value, char align, Datum *value)
{
	PGB_BEGIN();
	*value = PointerGetDatum(array->dimensions == 0
							 ? construct_empty_array(element)
							 : construct_md_array(array->values, array->nulls, array->dimensions, array->lengths,
												  array->lowers, element, length, by_value, align));
	PGB_END();
}

/* Cannot raise: the tuple is in memory and the arrays are large enough, which the caller guarantees. */
void
pgb_deform(HeapTuple tuple, TupleDesc descriptor, Datum *values, bool *nulls)
{
	heap_deform_tuple(tuple, descriptor, values, nulls);
}

Datum
pgb_float8_datum(double value)
{
	return Float8GetDatum(value);
}

Datum
pgb_float4_datum(float value)
{
	return Float4GetDatum(value);
}

Datum
pgb_int8_datum(int64 value)
{
	return Int64GetDatum(value);
}

/* A name as SQL writes it, quoted only where it must be. */
ErrorData *
pgb_quote_identifier(const char *name, char **quoted)
{
	PGB_BEGIN();
	/* A name that needs no quotes is given back as it is. */
	*quoted = pstrdup(quote_identifier(name));
	PGB_END();
}

/* Gives the text itself when no conversion is needed. The result need not end in NUL in that case. */
ErrorData *
pgb_server_to_utf8(const char *text, int length, char **converted)
{
	PGB_BEGIN();
	*converted = pg_server_to_any(text, length, PG_UTF8);
	PGB_END();
}

ErrorData *
pgb_utf8_to_server(const char *text, int length, char **converted)
{
	PGB_BEGIN();
	*converted = pg_any_to_server(text, length, PG_UTF8);
	PGB_END();
}

int
pgb_attribute_count(TupleDesc descriptor)
{
	return descriptor->natts;
}

void
pgb_attribute(TupleDesc descriptor, int index, const char **name, Oid *type, int32 *typmod)
{
	Form_pg_attribute attribute = TupleDescAttr(descriptor, index);

	*name = NameStr(attribute->attname);
	*type = attribute->atttypid;
	*typmod = attribute->atttypmod;
}
