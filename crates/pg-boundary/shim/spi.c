/*
 * spi.c: statements over SPI, one PG_TRY each, after plperl_spi_exec in src/pl/plperl/plperl.c.
 */
#include "spi.h"

#include "catalog/namespace.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

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

/* As SPI's own: a position in the statement is told together with the statement, else the statement is context. */
static void
locate_in_statement(void *statement)
{
	const char *sql = statement;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(sql);
	}
	else
		errcontext("SQL statement \"%s\"", sql);
}

/*
 * The types of a statement's parameters: what PostgreSQL infers from the text, as for a PREPARE without types
 * (PrepareQuery in src/backend/commands/prepare.c). `environment` has the names that SPI's connection has beside the
 * catalogs, or is NULL. Types that are given stay, also those of parameters that the text does not use.
 */
static Oid *
infer_parameters(const char *sql, QueryEnvironment *environment, PgbGivenTypes given, int *count)
{
	/* A throw-away analysis finds the types; its trees live no longer than this. */
	MemoryContext scratch;
	MemoryContext entry;
	ErrorContextCallback located;
	bool		pushed = false;
	List	   *statements;
	ListCell   *cell;
	Oid		   *inferred = NULL;
	Oid		   *types = NULL;

	*count = 0;
	if (given.types == NULL && strchr(sql, '$') == NULL)
		return NULL;
	scratch = AllocSetContextCreate(CurrentMemoryContext, "plts parameter types", ALLOCSET_DEFAULT_SIZES);
	entry = MemoryContextSwitchTo(scratch);
	if (given.count > 0)
	{
		inferred = palloc(sizeof(Oid) * given.count);
		memcpy(inferred, given.types, sizeof(Oid) * given.count);
		*count = given.count;
	}
	located.callback = locate_in_statement;
	located.arg = unconstify(char *, sql);
	located.previous = error_context_stack;
	error_context_stack = &located;
	statements = raw_parser(sql, RAW_PARSE_DEFAULT);
	/* There is none in a transaction that has just begun. */
	if (!ActiveSnapshotSet())
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		pushed = true;
	}
	foreach(cell, statements)
		(void) pg_analyze_and_rewrite_varparams(lfirst_node(RawStmt, cell), sql, &inferred, count, environment);
	MemoryContextSwitchTo(entry);
	if (pushed)
		PopActiveSnapshot();
	if (*count > 0)
	{
		types = palloc(sizeof(Oid) * *count);
		for (int i = 0; i < *count; i++)
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
	error_context_stack = located.previous;
	MemoryContextDelete(scratch);
	return types;
}

/* Prepares a statement and keeps its plan. */
ErrorData *
pgb_spi_prepare(const char *sql, int cursor_options, QueryEnvironment *environment, PgbGivenTypes given,
				SPIPlanPtr *plan)
{
	PGB_BEGIN();
	int			count;
	Oid		   *types = infer_parameters(sql, environment, given, &count);
	SPIPlanPtr	prepared = SPI_prepare_cursor(sql, count, types, cursor_options);

	if (prepared == NULL)
		check_spi_result(SPI_result);
	SPI_keepplan(prepared);
	*plan = prepared;
	PGB_END();
}

static bool
search_path_fits(CachedPlanSource *source)
{
#if PG_VERSION_NUM >= 170000
	return source->search_path == NULL || SearchPathMatchesCurrentEnvironment(source->search_path);
#else
	return source->search_path == NULL || OverrideSearchPathMatchesCurrent(source->search_path);
#endif
}

/*
 * Whether nothing has changed under the plan. If something has, PostgreSQL will plan anew by itself; but it keeps the
 * types of the parameters, which may not be what it would infer now.
 */
ErrorData *
pgb_spi_plan_fits(SPIPlanPtr plan, bool *fits)
{
	PGB_BEGIN();
	ListCell   *cell;

	*fits = true;
	foreach(cell, SPI_plan_get_plan_sources(plan))
	{
		CachedPlanSource *source = lfirst(cell);

		if (!source->is_valid || !search_path_fits(source))
			*fits = false;
	}
	PGB_END();
}

/* Whether the parameters would still be of the same types. */
ErrorData *
pgb_spi_same_parameters(const char *sql, QueryEnvironment *environment, PgbGivenTypes given, SPIPlanPtr plan,
						bool *same)
{
	PGB_BEGIN();
	int			count;
	Oid		   *types = infer_parameters(sql, environment, given, &count);

	*same = count == SPI_getargcount(plan);
	for (int i = 0; *same && i < count; i++)
		*same = types[i] == SPI_getargtypeid(plan, i);
	PGB_END();
}

/* Whether it calls something that can commit, where commits are allowed. */
bool
pgb_spi_may_end_transaction(SPIPlanPtr plan)
{
	ListCell   *cell;

	foreach(cell, SPI_plan_get_plan_sources(plan))
	{
		CommandTag	tag = ((CachedPlanSource *) lfirst(cell))->commandTag;

		if (tag == CMDTAG_CALL || tag == CMDTAG_DO)
			return true;
	}
	return false;
}

static ParamListInfo
make_parameters(SPIPlanPtr plan, Datum *values, const char *nulls)
{
	int			count = SPI_getargcount(plan);
	ParamListInfo parameters;

	if (count == 0)
		return NULL;
	parameters = makeParamList(count);
	for (int i = 0; i < count; i++)
	{
		ParamExternData *parameter = &parameters->params[i];

		parameter->value = values[i];
		parameter->isnull = nulls[i] == 'n';
		parameter->pflags = PARAM_FLAG_CONST;
		parameter->ptype = SPI_getargtypeid(plan, i);
	}
	return parameters;
}

typedef struct Execution
{
	SPIPlanPtr	plan;
	SPIExecuteOptions options;
} Execution;

static void
run_plan(void *state)
{
	Execution  *execution = state;

	check_spi_result(SPI_execute_plan_extended(execution->plan, &execution->options));
}

/* The transaction may end inside, and its resource owners with it: the plan is held by one of its own. */
static void
run_nonatomic(Execution *execution)
{
	ResourceOwner owner = ResourceOwnerCreate(NULL, "plts procedure call");

	execution->options.allow_nonatomic = true;
	execution->options.owner = owner;
	PG_TRY();
	{
		run_plan(execution);
	}
	PG_FINALLY();
	{
#if PG_VERSION_NUM >= 170000
		ReleaseAllPlanCacheRefsInOwner(owner);
#else
		ResourceOwnerReleaseAllPlanCacheRefs(owner);
#endif
		ResourceOwnerDelete(owner);
	}
	PG_END_TRY();
}

/* Runs a plan. Its rows go to the sink while it runs. */
ErrorData *
pgb_spi_execute(SPIPlanPtr plan, Datum *values, const char *nulls, PgbExecution how, const PgbRowSink *sink,
				uint64 *processed)
{
	PGB_BEGIN();
	PgbReceiver receiver;
	Execution	execution = {plan, {0}};

	pgb_receiver_init(&receiver, sink);
	execution.options.params = make_parameters(plan, values, nulls);
	execution.options.read_only = how.read_only;
	execution.options.dest = (DestReceiver *) &receiver;
	if (how.nonatomic)
		run_nonatomic(&execution);
	else
		pgb_run_guarded(how.guarded, run_plan, &execution);
	/* SPI does not count the rows of a utility statement. */
	*processed = Max(SPI_processed, receiver.received);
	PGB_END();
}

typedef struct Text
{
	const char *sql;
	bool		read_only;
	PgbResult  *result;
} Text;

static void
run_text(void *state)
{
	Text	   *text = state;

	SPI_tuptable = NULL;
	check_spi_result(SPI_execute(text->sql, text->read_only, 0));
	text->result->processed = SPI_processed;
	text->result->tuples = SPI_tuptable;
}

/* For texts of several statements, of which a later one may need what an earlier one made. */
ErrorData *
pgb_spi_execute_text(const char *sql, bool read_only, bool guarded, PgbResult *result)
{
	PGB_BEGIN();
	Text		text = {sql, read_only, result};

	pgb_run_guarded(guarded, run_text, &text);
	PGB_END();
}
