/*
 * row.h: rows as values: composites, records, and the tuples of relations. The rules of boundary.h hold.
 */
#ifndef PGB_ROW_H
#define PGB_ROW_H

#include "boundary.h"

/* A tuple descriptor of our own, and which version of its type it is. Lives in a context of its own. */
typedef struct PgbRow PgbRow;

typedef struct PgbAttribute
{
	const char *name;
	Oid			type;
	int32		typmod;
	bool		dropped;
} PgbAttribute;

extern ErrorData *pgb_row_of_type(Oid type, int32 typmod, PgbRow **row);
extern ErrorData *pgb_row_of_descriptor(TupleDesc descriptor, PgbRow **row);
extern void pgb_row_close(PgbRow *row);
extern ErrorData *pgb_row_is_current(PgbRow *row, bool *current);
extern Oid	pgb_row_type(PgbRow *row);
extern int	pgb_row_width(PgbRow *row);
extern int32 pgb_row_typmod(PgbRow *row);
extern TupleDesc pgb_row_descriptor(PgbRow *row);
extern void pgb_row_attribute(PgbRow *row, int index, PgbAttribute *attribute);
extern ErrorData *pgb_row_identify(Datum value, Datum *flat, Oid *type, int32 *typmod);
extern bool pgb_row_fits(PgbRow *row, Oid type, int32 typmod);
extern void pgb_row_deform(PgbRow *row, Datum flat, Datum *values, bool *nulls);
extern void pgb_row_deform_tuple(PgbRow *row, HeapTuple tuple, Datum *values, bool *nulls);
extern ErrorData *pgb_row_make_datum(PgbRow *row, Datum *values, bool *nulls, Datum *value);
extern ErrorData *pgb_row_make_tuple(PgbRow *row, Datum *values, bool *nulls, HeapTuple *tuple);

#endif
