/*
 * spi.c: statements over SPI, one PG_TRY each, after plperl_spi_exec in src/pl/plperl/plperl.c.
 */
#include "boundary.h"

#include "access/xact.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

ErrorData *
pgb_spi_connect(bool nonatomic)
{
	PGB_BEGIN();
	SPI_connect_ext(nonatomic ? SPI_OPT_NONATOMIC : 0);
	PGB_END();
}

ErrorData *
pgb_spi_finish(void)
{
	PGB_BEGIN();
	SPI_finish();
	PGB_END();
}

/* SPI reports some misuse by a negative code and not by an error. */
static void
check_spi_result(int code)
{
	if (code >= 0)
		return;
	switch (code)
	{
		case SPI_ERROR_TRANSACTION:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("transaction commands are not allowed in a function"),
					 errhint("Use ctx.db.savepoint to undo a part of the work.")));
		case SPI_ERROR_COPY:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("COPY to or from the client is not allowed in a function")));
		default:
			elog(ERROR, "SPI failed: %s", SPI_result_code_string(code));
	}
}

/*
 * Prepares a statement and keeps its plan. The types of its parameters are what PostgreSQL infers from the text, as
 * for a PREPARE without types (PrepareQuery in src/backend/commands/prepare.c). `environment` has the names that SPI's
 * connection has beside the catalogs, or is NULL.
 */
ErrorData *
pgb_spi_prepare(const char *sql, QueryEnvironment *environment, SPIPlanPtr *plan)
{
	PGB_BEGIN();
	Oid		   *types = NULL;
	int			count = 0;
	SPIPlanPtr	prepared;

	if (strchr(sql, '$') != NULL)
	{
		/* A throw-away analysis finds the types; its trees live no longer than this. */
		MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "plts parameter types",
													  ALLOCSET_DEFAULT_SIZES);
		MemoryContext entry = MemoryContextSwitchTo(scratch);
		List	   *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
		ListCell   *cell;
		Oid		   *inferred = NULL;

		foreach(cell, statements)
			(void) pg_analyze_and_rewrite_varparams(lfirst_node(RawStmt, cell), sql, &inferred, &count,
															environment);
		MemoryContextSwitchTo(entry);
		if (count > 0)
		{
			types = palloc(sizeof(Oid) * count);
			for (int i = 0; i < count; i++)
			{
				/* A gap ($2 without $1), or a parameter nothing says a type of. */
				if (inferred[i] == InvalidOid || inferred[i] == UNKNOWNOID)
					ereport(ERROR,
							(errcode(ERRCODE_INDETERMINATE_DATATYPE),
							 errmsg("could not determine data type of parameter $%d", i + 1),
							 errhint("Write a cast, as in $%d::text.", i + 1)));
				types[i] = inferred[i];
			}
		}
		MemoryContextDelete(scratch);
	}
	prepared = SPI_prepare(sql, count, types);
	if (prepared == NULL)
		check_spi_result(SPI_result);
	SPI_keepplan(prepared);
	*plan = prepared;
	PGB_END();
}

static void
run(SPIPlanPtr plan, const char *sql, Datum *values, const char *nulls, bool read_only, long limit,
	PgbResult *result)
{
	SPI_tuptable = NULL;
	if (plan)
		check_spi_result(SPI_execute_plan(plan, values, nulls, read_only, limit));
	else
		check_spi_result(SPI_execute(sql, read_only, limit));
	result->processed = SPI_processed;
	result->tuples = SPI_tuptable;
}

/*
 * Runs a plan, or a text when there is none. Guarded: in a subtransaction, which an error rolls back, so that the
 * caller can go on. Not guarded: after an error nothing but an abort may follow.
 */
static void
execute(SPIPlanPtr plan, const char *sql, Datum *values, const char *nulls, bool read_only, bool guarded, long limit,
		PgbResult *result)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	if (!guarded)
	{
		run(plan, sql, values, nulls, read_only, limit, result);
		return;
	}
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		run(plan, sql, values, nulls, read_only, limit, result);
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

ErrorData *
pgb_spi_execute(SPIPlanPtr plan, Datum *values, const char *nulls, bool read_only, bool guarded, long limit,
				PgbResult *result)
{
	PGB_BEGIN();
	execute(plan, NULL, values, nulls, read_only, guarded, limit, result);
	PGB_END();
}

/* For texts of several statements, of which a later one may need what an earlier one made. */
ErrorData *
pgb_spi_execute_text(const char *sql, bool read_only, bool guarded, PgbResult *result)
{
	PGB_BEGIN();
	execute(NULL, sql, NULL, NULL, read_only, guarded, 0, result);
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
