/*
 * range.h: ranges and multiranges. The rules of boundary.h hold.
 */
#ifndef PGB_RANGE_H
#define PGB_RANGE_H

#include "boundary.h"

typedef struct PgbRange
{
	bool		empty;
	bool		lower_infinite;
	bool		upper_infinite;
	bool		lower_inclusive;
	bool		upper_inclusive;
	Datum		lower;
	Datum		upper;
} PgbRange;

extern ErrorData *pgb_range_element(Oid range, Oid *element);
extern ErrorData *pgb_multirange_element(Oid multirange, Oid *range);
extern ErrorData *pgb_range_open(Datum value, PgbRange *range);
extern ErrorData *pgb_range_make(Oid type, const PgbRange *range, Datum *value);
extern ErrorData *pgb_multirange_open(Datum value, int *count, Datum **ranges);
extern ErrorData *pgb_multirange_make(Oid type, const Datum *ranges, int count, Datum *value);

#endif
