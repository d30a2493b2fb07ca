/*
 * heap.c: rows of a table by their key, without a plan, after src/backend/access/index/genam.c.
 *
 * The newest committed row is what counts, also under REPEATABLE READ: pg_proc is read that way, and a pointer that
 * pg_proc shows must find its artifact. No privilege is checked here; who may ask is the caller's affair.
 */
#include "heap.h"

#include "access/detoast.h"
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

/* The rows of a table whose primary key begins with a text. */
typedef struct KeyScan
{
	Relation	table;
	Snapshot	snapshot;
	SysScanDesc rows;
} KeyScan;

static KeyScan
key_scan_begin(Oid relation, const char *key)
{
	KeyScan		scan;
	ScanKeyData scan_key;
	Oid			index;

	scan.table = table_open(relation, AccessShareLock);
	/* Fills rd_pkindex. */
	list_free(RelationGetIndexList(scan.table));
	index = scan.table->rd_pkindex;
	scan.snapshot = RegisterSnapshot(IsInParallelMode() ? GetActiveSnapshot() : GetLatestSnapshot());
	ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(key));
	scan.rows = systable_beginscan(scan.table, index, OidIsValid(index), scan.snapshot, 1, &scan_key);
	return scan;
}

static void
key_scan_end(KeyScan *scan)
{
	systable_endscan(scan->rows);
	UnregisterSnapshot(scan->snapshot);
	table_close(scan->table, AccessShareLock);
}

static void
check_columns(const KeyScan *scan, int columns)
{
	if (RelationGetDescr(scan->table)->natts < columns)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has fewer columns than this library reads",
						RelationGetRelationName(scan->table)),
				 errhint("Run ALTER EXTENSION ... UPDATE.")));
}

/*
 * Fetches the first `columns` columns of the row whose first column, a text of collation C and the primary key, is
 * `key`. Gives a NULL descriptor when there is none, else that of the columns, and flat copies of them in the current
 * memory context; of column `packed`, from 0, a copy that is not out of line but may be compressed. What lies out of
 * line in the other columns is not read.
 */
ErrorData *
pgb_heap_fetch(Oid relation, const char *key, int columns, int packed, Datum *values, bool *nulls,
			   TupleDesc *descriptor)
{
	PGB_BEGIN();
	KeyScan		scan = key_scan_begin(relation, key);
	TupleDesc	stored = RelationGetDescr(scan.table);
	HeapTuple	found = systable_getnext(scan.rows);

	*descriptor = NULL;
	if (HeapTupleIsValid(found))
	{
		check_columns(&scan, columns);
		*descriptor = CreateTemplateTupleDesc(columns);
		for (int column = 0; column < columns; column++)
		{
			Form_pg_attribute attribute = TupleDescAttr(stored, column);

			TupleDescCopyEntry(*descriptor, column + 1, stored, column + 1);
			values[column] = heap_getattr(found, column + 1, stored, &nulls[column]);
			if (nulls[column])
				continue;
			if (attribute->attlen == -1 && column != packed)
				values[column] = PointerGetDatum(PG_DETOAST_DATUM_COPY(values[column]));
			else if (attribute->attlen == -1 && VARATT_IS_EXTERNAL(DatumGetPointer(values[column])))
				values[column] = PointerGetDatum(detoast_external_attr((struct varlena *) DatumGetPointer(values[column])));
			else
				values[column] = datumCopy(values[column], attribute->attbyval, attribute->attlen);
		}
	}
	key_scan_end(&scan);
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

/*
 * Hands the third column, a bytea, of each row whose first column is `key` to `take`, in the order of the primary key,
 * which is on the first two.
 */
ErrorData *
pgb_heap_fetch_parts(Oid relation, const char *key, PgbTakePart take, void *taker)
{
	PGB_BEGIN();
	KeyScan		scan = key_scan_begin(relation, key);
	TupleDesc	stored = RelationGetDescr(scan.table);
	HeapTuple	found;

	check_columns(&scan, 3);
	while (HeapTupleIsValid(found = systable_getnext(scan.rows)))
	{
		bool		is_null;
		Datum		part = heap_getattr(found, 3, stored, &is_null);

		if (!is_null)
		{
			struct varlena *bytes = PG_DETOAST_DATUM_PACKED(part);

			take(taker, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		}
	}
	key_scan_end(&scan);
	PGB_END();
}
