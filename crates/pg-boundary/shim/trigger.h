/*
 * trigger.h: what PostgreSQL passes to a trigger function, and the rows it gets back. The rules of boundary.h hold.
 */
#ifndef PGB_TRIGGER_H
#define PGB_TRIGGER_H

#include "boundary.h"

/* A TriggerData, taken apart. The pointers live as long as the call. */
typedef struct PgbTrigger
{
	int			event;			/* 0 INSERT, 1 DELETE, 2 UPDATE, 3 TRUNCATE */
	int			timing;			/* 0 BEFORE, 1 AFTER, 2 INSTEAD OF */
	bool		for_each_row;
	Oid			oid;
	Oid			relation;
	Oid			schema;
	const char *name;
	const char *table;
	int			argument_count;
	char	  **arguments;
	HeapTuple	old_row;		/* NULL where the event has none */
	HeapTuple	new_row;
	TupleDesc	descriptor;		/* the relation's */
	const char *old_table;		/* names of transition tables, NULL when there is none */
	const char *new_table;
	Node	   *data;
} PgbTrigger;

typedef struct PgbColumn
{
	const char *name;
	Oid			type;
	int32		typmod;
	bool		dropped;
	bool		generated;
} PgbColumn;

extern bool pgb_trigger_read(Node *context, PgbTrigger *trigger);
extern bool pgb_event_trigger_read(Node *context, const char **event, const char **tag);
extern bool pgb_descriptor_hold(TupleDesc descriptor);
extern void pgb_descriptor_release(TupleDesc descriptor);
extern void pgb_column(TupleDesc descriptor, int index, PgbColumn *column);
extern ErrorData *pgb_tuple_modify(HeapTuple tuple, TupleDesc descriptor, int count, int *columns, Datum *values,
								   bool *nulls, HeapTuple *modified);
extern ErrorData *pgb_transition_tables_open(Node *data, QueryEnvironment **environment);
extern ErrorData *pgb_schema_name(Oid schema, char **name);
extern ErrorData *pgb_schema_watch(void (*changed) (Datum argument, int cache, uint32 hash));

#endif
