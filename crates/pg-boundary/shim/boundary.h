/*
 * boundary.h: what Rust may call of PostgreSQL.
 *
 * Every function that can raise an error runs its body under PG_TRY and returns the error, copied into the memory
 * context it was called in, or NULL. No longjmp ever leaves a function declared here, except pgb_throw's.
 */
#ifndef PGB_BOUNDARY_H
#define PGB_BOUNDARY_H

#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/elog.h"
#include "utils/queryenvironment.h"

/* Opens a protected body; see PGB_END. */
#define PGB_BEGIN() \
	MemoryContext pgb_entry_context = CurrentMemoryContext; \
	ErrorData *volatile pgb_caught = NULL; \
	PG_TRY(); \
	{

/* Closes a protected body and returns the error, or NULL. */
#define PGB_END() \
	} \
	PG_CATCH(); \
	{ \
		MemoryContextSwitchTo(pgb_entry_context); \
		pgb_caught = CopyErrorData(); \
		FlushErrorState(); \
	} \
	PG_END_TRY(); \
	/* SPI leaves one of its own contexts current. */ \
	MemoryContextSwitchTo(pgb_entry_context); \
	return pgb_caught

/* error.c */
typedef struct PgbErrorFields
{
	int			sqlstate;
	bool		context_is_complete;
	const char *message;
	const char *detail;
	const char *hint;
	const char *context;
	const char *schema_name;
	const char *table_name;
	const char *column_name;
	const char *datatype_name;
	const char *constraint_name;
	int			cursor_position;
	int			internal_position;
	const char *internal_query;
} PgbErrorFields;

extern ErrorData *pgb_error_stage(const PgbErrorFields *fields);
extern void pgb_throw(ErrorData *error) pg_attribute_noreturn();
extern void pgb_end_backend(ErrorData *error) pg_attribute_noreturn();
extern ErrorData *pgb_log(int elevel, const char *message);
extern ErrorData *pgb_log_event(const char *line);
extern bool pgb_log_is_wanted(int elevel);
extern void pgb_errcontext(const char *line);

#endif
