/*
 * row.c: rows as values. How a type's change is noticed is taken from plpgsql's revalidate_rectypeid
 * (src/pl/plpgsql/src/pl_exec.c): the type cache gives each descriptor it loads a number of its own.
 */
#include "row.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

struct PgbRow
{
	MemoryContext context;
	TupleDesc	descriptor;
	TypeCacheEntry *entry;		/* of a named type, which may change; else NULL. Entries live as long as the backend. */
	uint64		identifier;		/* the type cache's number of the descriptor */
};

/* In a context that goes with the current one until `keep` says that all went well. */
static PgbRow *
new_row(TupleDesc descriptor)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "plts row", ALLOCSET_SMALL_SIZES);
	MemoryContext former = MemoryContextSwitchTo(context);
	PgbRow	   *row = palloc0(sizeof(PgbRow));

	row->context = context;
	/* With its constraints: those know the values of columns that older tuples do not have. */
	row->descriptor = CreateTupleDescCopyConstr(descriptor);
	MemoryContextSwitchTo(former);
	return row;
}

static PgbRow *
keep(PgbRow *row)
{
	MemoryContextSetParent(row->context, TopMemoryContext);
	return row;
}

static TypeCacheEntry *
composite_entry(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_TUPDESC);

	if (entry->tupDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("type %s is not composite", format_type_be(type))));
	return entry;
}

/* A named composite type, or the record that a typmod of this session stands for. */
ErrorData *
pgb_row_of_type(Oid type, int32 typmod, PgbRow **row)
{
	PGB_BEGIN();
	PgbRow	   *made;

	check_stack_depth();
	if (type == RECORDOID)
	{
		TupleDesc	descriptor = lookup_rowtype_tupdesc(type, typmod);

		made = new_row(descriptor);
		ReleaseTupleDesc(descriptor);
	}
	else
	{
		TypeCacheEntry *entry = composite_entry(type);

		made = new_row(entry->tupDesc);
		made->entry = entry;
		made->identifier = entry->tupDesc_identifier;
	}
	*row = keep(made);
	PGB_END();
}

/* The row that a descriptor says. It is copied. */
ErrorData *
pgb_row_of_descriptor(TupleDesc descriptor, PgbRow **row)
{
	PGB_BEGIN();
	PgbRow	   *made;

	check_stack_depth();
	made = new_row(descriptor);
	if (made->descriptor->tdtypeid == RECORDOID || !OidIsValid(made->descriptor->tdtypeid))
	{
		made->descriptor->tdtypeid = RECORDOID;
		if (made->descriptor->tdtypmod < 0)
			assign_record_type_typmod(made->descriptor);
	}
	else
	{
		TypeCacheEntry *entry = composite_entry(made->descriptor->tdtypeid);

		if (equalTupleDescs(made->descriptor, entry->tupDesc))
		{
			made->entry = entry;
			made->identifier = entry->tupDesc_identifier;
		}
	}
	*row = keep(made);
	PGB_END();
}

void
pgb_row_close(PgbRow *row)
{
	MemoryContextDelete(row->context);
}

/* Whether the type is still what it was. What was reloaded without having changed counts as current. */
ErrorData *
pgb_row_is_current(PgbRow *row, bool *current)
{
	*current = row->entry == NULL || row->entry->tupDesc_identifier == row->identifier;
	if (*current)
		return NULL;
	{
		PGB_BEGIN();
		TypeCacheEntry *entry = composite_entry(row->descriptor->tdtypeid);

		if (equalTupleDescs(row->descriptor, entry->tupDesc))
		{
			row->entry = entry;
			row->identifier = entry->tupDesc_identifier;
			*current = true;
		}
		PGB_END();
	}
}

Oid
pgb_row_type(PgbRow *row)
{
	return row->descriptor->tdtypeid;
}

int32
pgb_row_typmod(PgbRow *row)
{
	return row->descriptor->tdtypmod;
}

TupleDesc
pgb_row_descriptor(PgbRow *row)
{
	return row->descriptor;
}

int
pgb_row_width(PgbRow *row)
{
	return row->descriptor->natts;
}

void
pgb_row_attribute(PgbRow *row, int index, PgbAttribute *attribute)
{
	Form_pg_attribute form = TupleDescAttr(row->descriptor, index);

	attribute->name = NameStr(form->attname);
	attribute->type = form->atttypid;
	attribute->typmod = form->atttypmod;
	attribute->dropped = form->attisdropped;
}

/* The value in one piece, and the type that it says it is of. */
ErrorData *
pgb_row_identify(Datum value, Datum *flat, Oid *type, int32 *typmod)
{
	PGB_BEGIN();
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);

	*flat = PointerGetDatum(header);
	*type = HeapTupleHeaderGetTypeId(header);
	*typmod = HeapTupleHeaderGetTypMod(header);
	PGB_END();
}

bool
pgb_row_fits(PgbRow *row, Oid type, int32 typmod)
{
	return row->descriptor->tdtypeid == type && (type != RECORDOID || row->descriptor->tdtypmod == typmod);
}

/* Cannot raise: the value is in memory, of this row's type, and the arrays are as wide as the row. */
void
pgb_row_deform(PgbRow *row, Datum flat, Datum *values, bool *nulls)
{
	HeapTupleHeader header = (HeapTupleHeader) DatumGetPointer(flat);
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, row->descriptor, values, nulls);
}

/* Cannot raise: as above. */
void
pgb_row_deform_tuple(PgbRow *row, HeapTuple tuple, Datum *values, bool *nulls)
{
	heap_deform_tuple(tuple, row->descriptor, values, nulls);
}

ErrorData *
pgb_row_make_datum(PgbRow *row, Datum *values, bool *nulls, Datum *value)
{
	PGB_BEGIN();
	*value = HeapTupleGetDatum(heap_form_tuple(row->descriptor, values, nulls));
	PGB_END();
}

ErrorData *
pgb_row_make_tuple(PgbRow *row, Datum *values, bool *nulls, HeapTuple *tuple)
{
	PGB_BEGIN();
	*tuple = heap_form_tuple(row->descriptor, values, nulls);
	PGB_END();
}
