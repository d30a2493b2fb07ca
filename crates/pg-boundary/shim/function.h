/*
 * function.h: what pg_proc says of a function, and who runs it. The rules of boundary.h hold.
 */
#ifndef PGB_FUNCTION_H
#define PGB_FUNCTION_H

#include "boundary.h"

#include "storage/itemptr.h"

typedef struct PgbFunction
{
	Oid			oid;
	Oid			owner;
	TransactionId xmin;
	ItemPointerData tid;
	char	   *schema;
	char	   *name;
	char	   *source;
	Oid			result;
	bool		returns_set;
	char		kind;			/* pg_proc.prokind */
	char		volatility;		/* pg_proc.provolatile */
	int			argument_count; /* all arguments, in pg_proc's order */
	Oid		   *types;
	char	   *modes;			/* NULL when all are IN */
	char	  **names;			/* NULL when none has a name */
} PgbFunction;

extern ErrorData *pgb_function_lookup(Oid oid, PgbFunction *function);
extern ErrorData *pgb_function_signature(Oid oid, char **signature);
extern ErrorData *pgb_function_watch(void (*changed) (Datum argument, int cache, uint32 hash));
extern ErrorData *pgb_validator_access(Oid validator, Oid function, bool *allowed);
extern bool pgb_check_function_bodies(void);
extern ErrorData *pgb_inline_block(Datum argument, char **source, bool *atomic);
extern ErrorData *pgb_syntax_position(const char *source, int line, int column, int *position);

#endif
