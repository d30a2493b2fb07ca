/*
 * spi.h: statements, cursors and transactions over SPI. The rules of boundary.h hold.
 */
#ifndef PGB_SPI_H
#define PGB_SPI_H

#include "boundary.h"
#include "rows.h"

#include "utils/resowner.h"

typedef struct PgbResult
{
	uint64		processed;
	SPITupleTable *tuples;		/* NULL for a statement that returns no rows */
} PgbResult;

/* What a statement may do, and whether its failure can be survived. */
typedef struct PgbExecution
{
	bool		read_only;
	bool		guarded;
	bool		nonatomic;		/* it may end the transaction; never together with guarded */
} PgbExecution;

/* The types of a statement's parameters where the text does not say them; types is NULL when all are inferred. */
typedef struct PgbGivenTypes
{
	const Oid  *types;
	int			count;
} PgbGivenTypes;

/* spi.c */
extern ErrorData *pgb_spi_connect(bool nonatomic);
extern ErrorData *pgb_spi_finish(void);
extern ErrorData *pgb_spi_prepare(const char *sql, int cursor_options, QueryEnvironment *environment,
								  PgbGivenTypes given, SPIPlanPtr *plan);
extern ErrorData *pgb_spi_plan_fits(SPIPlanPtr plan, bool *fits);
extern ErrorData *pgb_spi_same_parameters(const char *sql, QueryEnvironment *environment, PgbGivenTypes given,
										  SPIPlanPtr plan, bool *same);
extern bool pgb_spi_may_end_transaction(SPIPlanPtr plan);
extern ErrorData *pgb_spi_execute(SPIPlanPtr plan, Datum *values, const char *nulls, PgbExecution how,
								  const PgbRowSink *sink, uint64 *processed);
extern ErrorData *pgb_spi_execute_text(const char *sql, bool read_only, bool guarded, PgbResult *result);

/* cursor.c */
extern ErrorData *pgb_cursor_open(SPIPlanPtr plan, Datum *values, const char *nulls, PgbExecution how,
								  const char **name);
extern ErrorData *pgb_cursor_fetch(const char *name, long count, bool guarded, const PgbRowSink *sink,
								   uint64 *moved);
extern ErrorData *pgb_cursor_close(const char *name);

/* transaction.c */
extern ErrorData *pgb_transaction_end(bool commit);
extern ErrorData *pgb_ensure_snapshot(void);
extern ErrorData *pgb_subtransaction_begin(MemoryContext *context, ResourceOwner *owner);
extern ErrorData *pgb_subtransaction_end(bool commit, MemoryContext context, ResourceOwner owner);

/* What is run in a subtransaction if it is guarded: an error then rolls it back and goes on. */
typedef void (*PgbWork) (void *state);
extern void pgb_run_guarded(bool guarded, PgbWork work, void *state);

#endif
