/*
 * heap.c: one row of a table by its key, without a plan, after src/backend/access/index/genam.c.
 *
 * The newest committed row is what counts, also under REPEATABLE READ: pg_proc is read that way, and a pointer that
 * pg_proc shows must find its artifact. No privilege is checked here; who may ask is the caller's affair.
 */
#include "heap.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

/*
 * Fetches the first `columns` columns of the row whose first column, a text of collation C and the primary key, is
 * `key`. Gives a NULL descriptor when there is none, else that of the columns, and flat copies of them in the current
 * memory context. What lies out of line in the other columns is not read.
 */
ErrorData *
pgb_heap_fetch(Oid relation, const char *key, int columns, Datum *values, bool *nulls, TupleDesc *descriptor)
{
	PGB_BEGIN();
	Relation	table = table_open(relation, AccessShareLock);
	TupleDesc	stored = RelationGetDescr(table);
	Oid			index;
	Snapshot	snapshot;
	SysScanDesc scan;
	ScanKeyData scan_key;
	HeapTuple	found;

	/* Fills rd_pkindex. */
	list_free(RelationGetIndexList(table));
	index = table->rd_pkindex;
	snapshot = RegisterSnapshot(IsInParallelMode() ? GetActiveSnapshot() : GetLatestSnapshot());
	ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(key));
	scan = systable_beginscan(table, index, OidIsValid(index), snapshot, 1, &scan_key);
	found = systable_getnext(scan);
	*descriptor = NULL;
	if (HeapTupleIsValid(found))
	{
		if (stored->natts < columns)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("table \"%s\" has fewer columns than this library reads",
							RelationGetRelationName(table)),
					 errhint("Run ALTER EXTENSION ... UPDATE.")));
		*descriptor = CreateTemplateTupleDesc(columns);
		for (int column = 0; column < columns; column++)
		{
			Form_pg_attribute attribute = TupleDescAttr(stored, column);

			TupleDescCopyEntry(*descriptor, column + 1, stored, column + 1);
			values[column] = heap_getattr(found, column + 1, stored, &nulls[column]);
			if (nulls[column])
				continue;
			if (attribute->attlen == -1)
				values[column] = PointerGetDatum(PG_DETOAST_DATUM_COPY(values[column]));
			else
				values[column] = datumCopy(values[column], attribute->attbyval, attribute->attlen);
		}
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(table, AccessShareLock);
	PGB_END();
}

/*
 * Frees what pgb_heap_fetch gave.
 */
void
pgb_heap_release(TupleDesc descriptor, Datum *values, const bool *nulls)
{
	for (int column = 0; column < descriptor->natts; column++)
	{
		if (!nulls[column] && !TupleDescAttr(descriptor, column)->attbyval)
			pfree(DatumGetPointer(values[column]));
	}
	FreeTupleDesc(descriptor);
}
