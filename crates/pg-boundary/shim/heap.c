/*
 * heap.c: one row of a table by its key, without a plan, after src/backend/access/index/genam.c.
 *
 * The newest committed row is what counts, also under REPEATABLE READ: pg_proc is read that way, and a pointer that
 * pg_proc shows must find its artifact. No privilege is checked here; who may ask is the caller's affair.
 */
#include "heap.h"

#include "access/genam.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

/*
 * Fetches the row whose first column, a text of collation C and the primary key, is `key`. Gives NULL when there is
 * none, else a flat copy and its descriptor in the current memory context.
 */
ErrorData *
pgb_heap_fetch(Oid relation, const char *key, HeapTuple *tuple, TupleDesc *descriptor)
{
	PGB_BEGIN();
	Relation	table = table_open(relation, AccessShareLock);
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
	*tuple = NULL;
	*descriptor = NULL;
	if (HeapTupleIsValid(found))
	{
		*tuple = HeapTupleHasExternal(found)
			? toast_flatten_tuple(found, RelationGetDescr(table))
			: heap_copytuple(found);
		*descriptor = CreateTupleDescCopy(RelationGetDescr(table));
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(table, AccessShareLock);
	PGB_END();
}
