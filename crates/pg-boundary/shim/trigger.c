/*
 * trigger.c: trigger functions, after plpgsql_exec_trigger in src/pl/plpgsql/src/pl_exec.c.
 */
#include "trigger.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "tcop/cmdtag.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

/* Takes a trigger's record apart; false when the call is none of a trigger. */
bool
pgb_trigger_read(Node *context, PgbTrigger *trigger)
{
	TriggerData *data = (TriggerData *) context;
	TriggerEvent event;

	if (context == NULL || !IsA(context, TriggerData))
		return false;
	event = data->tg_event;
	trigger->event = TRIGGER_FIRED_BY_INSERT(event) ? 0
		: TRIGGER_FIRED_BY_DELETE(event) ? 1
		: TRIGGER_FIRED_BY_UPDATE(event) ? 2 : 3;
	trigger->timing = TRIGGER_FIRED_BEFORE(event) ? 0 : TRIGGER_FIRED_AFTER(event) ? 1 : 2;
	trigger->for_each_row = TRIGGER_FIRED_FOR_ROW(event);
	trigger->oid = data->tg_trigger->tgoid;
	trigger->relation = RelationGetRelid(data->tg_relation);
	trigger->schema = RelationGetNamespace(data->tg_relation);
	trigger->name = data->tg_trigger->tgname;
	trigger->table = RelationGetRelationName(data->tg_relation);
	trigger->argument_count = data->tg_trigger->tgnargs;
	trigger->arguments = data->tg_trigger->tgargs;
	trigger->old_row = NULL;
	trigger->new_row = NULL;
	if (trigger->for_each_row)
	{
		if (TRIGGER_FIRED_BY_INSERT(event))
			trigger->new_row = data->tg_trigtuple;
		else
			trigger->old_row = data->tg_trigtuple;
		if (TRIGGER_FIRED_BY_UPDATE(event))
			trigger->new_row = data->tg_newtuple;
	}
	trigger->descriptor = RelationGetDescr(data->tg_relation);
	trigger->old_table = data->tg_oldtable ? data->tg_trigger->tgoldtable : NULL;
	trigger->new_table = data->tg_newtable ? data->tg_trigger->tgnewtable : NULL;
	trigger->data = context;
	return true;
}

/* The event's name and the command's; false when the call is none of an event trigger. */
bool
pgb_event_trigger_read(Node *context, const char **event, const char **tag)
{
	EventTriggerData *data = (EventTriggerData *) context;

	if (context == NULL || !IsA(context, EventTriggerData))
		return false;
	*event = data->event;
	*tag = GetCommandTagName(data->tag);
	return true;
}

/*
 * Keeps a relation's descriptor, as lookup_type_cache does: by a count of ours and without a resource owner. While it
 * is held nothing else can come to lie at its address, and the relation cache replaces it when anything in it changes.
 * False for a descriptor that is not counted; those of relations are.
 */
bool
pgb_descriptor_hold(TupleDesc descriptor)
{
	if (descriptor->tdrefcount < 0)
		return false;
	descriptor->tdrefcount++;
	return true;
}

void
pgb_descriptor_release(TupleDesc descriptor)
{
	if (--descriptor->tdrefcount == 0)
		FreeTupleDesc(descriptor);
}

void
pgb_column(TupleDesc descriptor, int index, PgbColumn *column)
{
	Form_pg_attribute attribute = TupleDescAttr(descriptor, index);

	column->name = NameStr(attribute->attname);
	column->type = attribute->atttypid;
	column->typmod = attribute->atttypmod;
	column->dropped = attribute->attisdropped;
	column->generated = attribute->attgenerated != '\0';
}

/* A copy of a tuple with some columns (numbered from 1) replaced; the others are kept as they are stored. */
ErrorData *
pgb_tuple_modify(HeapTuple tuple, TupleDesc descriptor, int count, int *columns, Datum *values, bool *nulls,
				 HeapTuple *modified)
{
	PGB_BEGIN();
	*modified = heap_modify_tuple_by_cols(tuple, descriptor, count, columns, values, nulls);
	PGB_END();
}

/* An environment that names one transition table, for analysing a statement outside of SPI. */
static void
add_table(QueryEnvironment *environment, char *name, Oid relation, Tuplestorestate *rows)
{
	EphemeralNamedRelation named = palloc0(sizeof(EphemeralNamedRelationData));

	named->md.name = name;
	named->md.reliddesc = relation;
	named->md.tupdesc = NULL;
	named->md.enrtype = ENR_NAMED_TUPLESTORE;
	named->md.enrtuples = tuplestore_tuple_count(rows);
	named->reldata = rows;
	register_ENR(environment, named);
}

/*
 * Makes a trigger's transition tables visible to the statements of the SPI connection that is open, and gives an
 * environment in which they are visible too; it lives in the current memory context.
 */
ErrorData *
pgb_transition_tables_open(Node *data, QueryEnvironment **environment)
{
	PGB_BEGIN();
	TriggerData *trigger = (TriggerData *) data;
	int			code = SPI_register_trigger_data(trigger);

	if (code < 0)
		elog(ERROR, "SPI_register_trigger_data failed: %s", SPI_result_code_string(code));
	*environment = create_queryEnv();
	if (trigger->tg_newtable)
		add_table(*environment, trigger->tg_trigger->tgnewtable, RelationGetRelid(trigger->tg_relation),
				  trigger->tg_newtable);
	if (trigger->tg_oldtable)
		add_table(*environment, trigger->tg_trigger->tgoldtable, RelationGetRelid(trigger->tg_relation),
				  trigger->tg_oldtable);
	PGB_END();
}

ErrorData *
pgb_schema_name(Oid schema, char **name)
{
	PGB_BEGIN();
	*name = get_namespace_name(schema);
	if (*name == NULL)
		elog(ERROR, "cache lookup failed for schema %u", schema);
	PGB_END();
}

/* Registers a callback for changes of pg_namespace; to be called once a process. */
ErrorData *
pgb_schema_watch(void (*changed) (Datum argument, int cache, uint32 hash))
{
	PGB_BEGIN();
	CacheRegisterSyscacheCallback(NAMESPACEOID, changed, (Datum) 0);
	PGB_END();
}
