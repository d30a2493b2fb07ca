/*
 * rows.c: a DestReceiver that gathers rows and hands them on in batches: no tuple is made of them, and a large result
 * is never in memory twice.
 */
#include "rows.h"

#include "utils/datum.h"
#include "utils/memutils.h"

/* Most statements give one row, so the first batch is small. */
#define FIRST_BATCH 4
#define BATCH 64

static void
refused(void)
{
	ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("a row was refused")));
}

static void
flush(PgbReceiver *receiver)
{
	MemoryContext entry = CurrentMemoryContext;
	int			count = receiver->count;
	bool		taken;

	if (count == 0)
		return;
	receiver->count = 0;
	MemoryContextSwitchTo(receiver->batch ? receiver->batch : receiver->memory);
	taken = receiver->sink->rows(receiver->sink->state, receiver->values, receiver->nulls, count);
	MemoryContextSwitchTo(entry);
	if (!taken)
		refused();
	if (receiver->batch)
		MemoryContextReset(receiver->batch);
}

static void
make_room(PgbReceiver *receiver, int room)
{
	size_t		cells = (size_t) Max(receiver->width, 1) * room;

	receiver->room = room;
	receiver->values = MemoryContextAlloc(receiver->memory, sizeof(Datum) * cells);
	receiver->nulls = MemoryContextAlloc(receiver->memory, sizeof(bool) * cells);
}

static void
startup(DestReceiver *self, int operation, TupleDesc descriptor)
{
	PgbReceiver *receiver = (PgbReceiver *) self;

	receiver->descriptor = descriptor;
	receiver->width = descriptor->natts;
	receiver->count = 0;
	receiver->received = 0;
	receiver->batch = NULL;
	if (!receiver->sink->columns(receiver->sink->state, descriptor))
		refused();
	make_room(receiver, FIRST_BATCH);
}

static bool
receive(TupleTableSlot *slot, DestReceiver *self)
{
	PgbReceiver *receiver = (PgbReceiver *) self;
	int			width = receiver->width;
	Datum	   *values = receiver->values + (size_t) width * receiver->count;
	bool	   *nulls = receiver->nulls + (size_t) width * receiver->count;
	MemoryContext entry = CurrentMemoryContext;

	slot_getallattrs(slot);
	MemoryContextSwitchTo(receiver->batch ? receiver->batch : receiver->memory);
	for (int i = 0; i < width; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(receiver->descriptor, i);

		nulls[i] = slot->tts_isnull[i];
		if (nulls[i])
			values[i] = (Datum) 0;
		else if (attribute->attbyval)
			values[i] = slot->tts_values[i];
		else
			values[i] = datumCopy(slot->tts_values[i], false, attribute->attlen);
	}
	MemoryContextSwitchTo(entry);
	receiver->received++;
	if (++receiver->count == receiver->room)
	{
		flush(receiver);
		if (receiver->batch == NULL)
		{
			make_room(receiver, BATCH);
			receiver->batch = AllocSetContextCreate(receiver->memory, "plts rows", ALLOCSET_DEFAULT_SIZES);
		}
	}
	return true;
}

static void
shutdown(DestReceiver *self)
{
	PgbReceiver *receiver = (PgbReceiver *) self;

	flush(receiver);
	if (receiver->batch)
	{
		MemoryContextDelete(receiver->batch);
		receiver->batch = NULL;
	}
}

static void
destroy(DestReceiver *self)
{
}

void
pgb_receiver_init(PgbReceiver *receiver, const PgbRowSink *sink)
{
	memset(receiver, 0, sizeof(PgbReceiver));
	receiver->pub.receiveSlot = receive;
	receiver->pub.rStartup = startup;
	receiver->pub.rShutdown = shutdown;
	receiver->pub.rDestroy = destroy;
	/* Any destination but None and SPI: SPI must neither drop the rows nor look for a table of them. */
	receiver->pub.mydest = DestTuplestore;
	receiver->sink = sink;
	receiver->memory = CurrentMemoryContext;
}
