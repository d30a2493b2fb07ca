/*
 * cursor.c: portals, by name: one that a rolled-back subtransaction took along is then found to be gone.
 */
#include "spi.h"

#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"

static void
require(Portal portal)
{
	if (!PortalIsValid(portal))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_CURSOR_NAME),
				 errmsg("the cursor is gone"),
				 errdetail("It was opened inside a savepoint or a transaction that has been rolled back.")));
}

typedef struct Opening
{
	SPIPlanPtr	plan;
	Datum	   *values;
	const char *nulls;
	bool		read_only;
	const char *name;
} Opening;

static void
open_cursor(void *state)
{
	Opening    *opening = state;
	Portal		portal = SPI_cursor_open(NULL, opening->plan, opening->values, opening->nulls, opening->read_only);

	if (portal == NULL)
		elog(ERROR, "SPI_cursor_open failed: %s", SPI_result_code_string(SPI_result));
	/* Nobody else may close it, and a commit holds it. */
	PinPortal(portal);
	opening->name = portal->name;
}

/* The name lives in the caller's memory context. */
ErrorData *
pgb_cursor_open(SPIPlanPtr plan, Datum *values, const char *nulls, PgbExecution how, const char **name)
{
	PGB_BEGIN();
	Opening		opening = {plan, values, nulls, how.read_only, NULL};

	pgb_run_guarded(how.guarded, open_cursor, &opening);
	*name = MemoryContextStrdup(pgb_entry_context, opening.name);
	PGB_END();
}

typedef struct Fetching
{
	Portal		portal;
	long		count;
	DestReceiver *receiver;
	uint64		moved;
} Fetching;

static void
fetch(void *state)
{
	Fetching   *fetching = state;
	bool		forward = fetching->count >= 0;
	long		count = fetching->count;

	fetching->moved = PortalRunFetch(fetching->portal, forward ? FETCH_FORWARD : FETCH_BACKWARD,
									 forward ? count : -count, fetching->receiver);
}

/* Fetches so many rows, backwards when negative, all when it is FETCH_ALL; without a sink it only moves. */
ErrorData *
pgb_cursor_fetch(const char *name, long count, bool guarded, const PgbRowSink *sink, uint64 *moved)
{
	PGB_BEGIN();
	PgbReceiver receiver;
	Fetching	fetching = {SPI_cursor_find(name), count, None_Receiver, 0};

	require(fetching.portal);
	if (sink)
	{
		pgb_receiver_init(&receiver, sink);
		fetching.receiver = (DestReceiver *) &receiver;
	}
	pgb_run_guarded(guarded, fetch, &fetching);
	*moved = fetching.moved;
	PGB_END();
}

/* One that is gone already is closed. */
ErrorData *
pgb_cursor_close(const char *name)
{
	PGB_BEGIN();
	Portal		portal = SPI_cursor_find(name);

	if (PortalIsValid(portal))
	{
		if (portal->portalPinned)
			UnpinPortal(portal);
		SPI_cursor_close(portal);
	}
	PGB_END();
}
