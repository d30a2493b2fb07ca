/*
 * range.c: ranges and multiranges by their parts.
 */
#include "range.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

static TypeCacheEntry *
range_entry(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_RANGE_INFO);

	if (entry->rngelemtype == NULL)
		elog(ERROR, "type %u is not a range type", type);
	return entry;
}

static TypeCacheEntry *
multirange_entry(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_MULTIRANGE_INFO);

	if (entry->rngtype == NULL)
		elog(ERROR, "type %u is not a multirange type", type);
	return entry;
}

ErrorData *
pgb_range_element(Oid range, Oid *element)
{
	PGB_BEGIN();
	*element = range_entry(range)->rngelemtype->type_id;
	PGB_END();
}

ErrorData *
pgb_multirange_element(Oid multirange, Oid *range)
{
	PGB_BEGIN();
	*range = multirange_entry(multirange)->rngtype->type_id;
	PGB_END();
}

ErrorData *
pgb_range_open(Datum value, PgbRange *range)
{
	PGB_BEGIN();
	RangeType  *flat = DatumGetRangeTypeP(value);
	RangeBound	lower;
	RangeBound	upper;

	range_deserialize(range_entry(RangeTypeGetOid(flat)), flat, &lower, &upper, &range->empty);
	range->lower_infinite = lower.infinite;
	range->upper_infinite = upper.infinite;
	range->lower_inclusive = lower.inclusive;
	range->upper_inclusive = upper.inclusive;
	range->lower = lower.val;
	range->upper = upper.val;
	PGB_END();
}

/* May run code of users: a range type's canonical function and comparison. */
ErrorData *
pgb_range_make(Oid type, const PgbRange *range, Datum *value)
{
	PGB_BEGIN();
	RangeBound	lower = {range->lower, range->lower_infinite, range->lower_inclusive, true};
	RangeBound	upper = {range->upper, range->upper_infinite, range->upper_inclusive, false};

#if PG_VERSION_NUM >= 160000
	*value = RangeTypePGetDatum(make_range(range_entry(type), &lower, &upper, range->empty, NULL));
#else
	*value = RangeTypePGetDatum(make_range(range_entry(type), &lower, &upper, range->empty));
#endif
	PGB_END();
}

ErrorData *
pgb_multirange_open(Datum value, int *count, Datum **ranges)
{
	PGB_BEGIN();
	MultirangeType *flat = DatumGetMultirangeTypeP(value);
	RangeType **parts;

	multirange_deserialize(multirange_entry(MultirangeTypeGetOid(flat))->rngtype, flat, count, &parts);
	*ranges = palloc(sizeof(Datum) * Max(*count, 1));
	for (int index = 0; index < *count; index++)
		(*ranges)[index] = RangeTypePGetDatum(parts[index]);
	PGB_END();
}

ErrorData *
pgb_multirange_make(Oid type, const Datum *ranges, int count, Datum *value)
{
	PGB_BEGIN();
	RangeType **parts = palloc(sizeof(RangeType *) * Max(count, 1));

	for (int index = 0; index < count; index++)
		parts[index] = DatumGetRangeTypeP(ranges[index]);
	*value = MultirangeTypePGetDatum(make_multirange(type, multirange_entry(type)->rngtype, count, parts));
	PGB_END();
}
