/*
 * error.c: the way out for errors that Rust made, after src/backend/utils/error/elog.c.
 */
#include "boundary.h"

#include "utils/memutils.h"

static char *
copied(const char *text)
{
	return text ? pstrdup(text) : NULL;
}

/*
 * Copies the fields into PostgreSQL's memory, so that Rust can drop its own before anything is thrown. Returns NULL
 * when even that is out of memory.
 */
ErrorData *
pgb_error_stage(const PgbErrorFields *fields)
{
	MemoryContext entry = CurrentMemoryContext;
	ErrorData  *volatile staged = NULL;

	PG_TRY();
	{
		ErrorData  *error = palloc0(sizeof(ErrorData));

		error->elevel = ERROR;
		/* saved_errno is of no use here: hide_ctx carries "the context is complete" to pgb_throw. */
		error->hide_ctx = fields->context_is_complete;
		error->sqlerrcode = fields->sqlstate;
		error->message = copied(fields->message);
		error->detail = copied(fields->detail);
		error->hint = copied(fields->hint);
		error->context = copied(fields->context);
		error->schema_name = copied(fields->schema_name);
		error->table_name = copied(fields->table_name);
		error->column_name = copied(fields->column_name);
		error->datatype_name = copied(fields->datatype_name);
		error->constraint_name = copied(fields->constraint_name);
		error->cursorpos = fields->cursor_position;
		error->internalpos = fields->internal_position;
		error->internalquery = copied(fields->internal_query);
		staged = error;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(entry);
		FlushErrorState();
	}
	PG_END_TRY();
	return staged;
}

/*
 * Throws a staged error. The caller's Rust frames must hold nothing that wants dropping. An error whose context is
 * complete has met every context callback already, when it was first raised; running them again would repeat its
 * callers, so they are left out (whoever catches restores error_context_stack).
 */
void
pgb_throw(ErrorData *error)
{
	if (error == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	if (error->hide_ctx)
		error_context_stack = NULL;
	ThrowErrorData(error);
	pg_unreachable();
}

/*
 * Ends the backend with a staged error as FATAL: the transaction is rolled back, locks and shared memory are given back,
 * and the postmaster sees an ordinary exit. Frames between here and the top of the stack may be gone (see EndProcess in
 * plts-js), so nothing that lies in them may be followed: neither context callbacks nor handlers of errors.
 */
void
pgb_end_backend(ErrorData *error)
{
	error_context_stack = NULL;
	PG_exception_stack = NULL;
	if (error == NULL)
		ereport(FATAL, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	ereport(FATAL,
			(errcode(error->sqlerrcode),
			 errmsg_internal("%s", error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
	pg_unreachable();
}

/* Reports a message below ERROR. */
ErrorData *
pgb_log(int elevel, const char *message)
{
	PGB_BEGIN();
	ereport(elevel, (errmsg_internal("%s", message)));
	PGB_END();
}

static ErrorData *
log_line(const char *line)
{
	PGB_BEGIN();
	ereport(LOG_SERVER_ONLY, (errmsg_internal("%s", line), errhidestmt(true), errhidecontext(true)));
	PGB_END();
}

/*
 * Writes a line to the server's log only, without the statement and its parameters, and without context. The context is not
 * even asked for: at the end of a deep recursion each level logs, and each of its callers would have to say where it stands.
 */
ErrorData *
pgb_log_event(const char *line)
{
	ErrorContextCallback *callbacks = error_context_stack;
	ErrorData  *error;

	error_context_stack = NULL;
	error = log_line(line);
	error_context_stack = callbacks;
	return error;
}

/* Whether a message of that level would go anywhere. */
bool
pgb_log_is_wanted(int elevel)
{
	return message_level_is_interesting(elevel);
}

/* Adds lines of context; for use inside an error context callback only. */
void
pgb_errcontext(const char *line)
{
	errcontext("%s", line);
}
