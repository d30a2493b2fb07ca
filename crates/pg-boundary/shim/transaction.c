/*
 * transaction.c: subtransactions, and the end of a transaction inside a procedure.
 */
#include "spi.h"

#include "access/xact.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"

/*
 * Runs the work; guarded, in a subtransaction, so that the caller can go on after an error. Not guarded, nothing but an
 * abort may follow one.
 */
void
pgb_run_guarded(bool guarded, PgbWork work, void *state)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	if (!guarded)
	{
		work(state);
		return;
	}
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(state);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		ReThrowError(error);
	}
	PG_END_TRY();
}

/*
 * Commits or rolls back, and begins a new transaction. After an error too there is a new transaction, unless it was
 * refused from the start. Cursors that are pinned are held over the end, as those of plpgsql's loops are.
 */
ErrorData *
pgb_transaction_end(bool commit)
{
	PGB_BEGIN();
	if (commit)
		SPI_commit();
	else
		SPI_rollback();
	PGB_END();
}

/* For code that SPI does not run: in a transaction that has just begun there may be no snapshot yet. */
ErrorData *
pgb_ensure_snapshot(void)
{
	PGB_BEGIN();
	EnsurePortalSnapshotExists();
	PGB_END();
}

/* Opens a subtransaction; context and owner are the caller's, to be given back at the end. */
ErrorData *
pgb_subtransaction_begin(MemoryContext *context, ResourceOwner *owner)
{
	PGB_BEGIN();
	*context = CurrentMemoryContext;
	*owner = CurrentResourceOwner;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(*context);
	PGB_END();
}

ErrorData *
pgb_subtransaction_end(bool commit, MemoryContext context, ResourceOwner owner)
{
	PGB_BEGIN();
	if (commit)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	PGB_END();
}
