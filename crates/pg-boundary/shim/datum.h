/*
 * datum.h: reading and making datums. The rules of boundary.h hold.
 */
#ifndef PGB_DATUM_H
#define PGB_DATUM_H

#include "boundary.h"

#include "utils/array.h"

typedef struct PgbType
{
	Oid			oid;
	Oid			element;		/* element type of a true array, else InvalidOid */
	Oid			base;			/* what a domain is over, else oid itself */
	int32		base_typmod;	/* what a domain says of its base, else -1 */
	int16		length;
	bool		by_value;
	char		align;
	char		kind;			/* pg_type.typtype */
	char		category;		/* pg_type.typcategory */
} PgbType;

/* Input and output functions of a type, ready to be called any number of times. Lives in a context of its own. */
typedef struct PgbTypeIo PgbTypeIo;

/* A domain, ready to check any number of values. Lives in a context of its own. */
typedef struct PgbDomain PgbDomain;

typedef struct PgbArray
{
	int			dimensions;
	int			lengths[MAXDIM];
	int			lowers[MAXDIM];
	int			count;
	Datum	   *values;
	bool	   *nulls;
} PgbArray;

extern ErrorData *pgb_type_lookup(Oid oid, PgbType *type);
extern ErrorData *pgb_type_name(Oid oid, int32 typmod, char **name);
extern ErrorData *pgb_type_io_open(Oid oid, int32 typmod, PgbTypeIo **io);
extern void pgb_type_io_close(PgbTypeIo *io);
extern ErrorData *pgb_type_output(PgbTypeIo *io, Datum value, bool iso, char **text);
extern ErrorData *pgb_type_input(PgbTypeIo *io, const char *text, Datum *value);
extern ErrorData *pgb_domain_open(Oid oid, PgbDomain **domain);
extern void pgb_domain_close(PgbDomain *domain);
extern ErrorData *pgb_domain_check(PgbDomain *domain, Datum value, bool is_null);
extern ErrorData *pgb_timestamptz_round(int64 time, int32 typmod, Datum *value);
extern ErrorData *pgb_detoast(Datum value, struct varlena **flat);
extern ErrorData *pgb_numeric_text(Datum value, char **text);
extern ErrorData *pgb_jsonb_text(Datum value, char **text, int *length);
extern ErrorData *pgb_jsonb_make(const char *text, Datum *value);
extern bool pgb_varlena_try(const char *bytes, Size length, Datum *value);
extern ErrorData *pgb_varlena_make(const char *bytes, Size length, Datum *value);
extern ErrorData *pgb_uuid_make(const uint8 *bytes, Datum *value);
extern ErrorData *pgb_array_open(Datum value, Oid element, int16 length, bool by_value, char align, PgbArray *array);
extern ErrorData *pgb_array_make(PgbArray *array, Oid element, int16 length, bool by_value, char align,
								 Datum *value);
extern void pgb_deform(HeapTuple tuple, TupleDesc descriptor, Datum *values, bool *nulls);
extern Datum pgb_float8_datum(double value);
extern Datum pgb_float4_datum(float value);
extern Datum pgb_int8_datum(int64 value);
extern ErrorData *pgb_quote_identifier(const char *name, char **quoted);
extern ErrorData *pgb_server_to_utf8(const char *text, int length, char **converted);
extern ErrorData *pgb_utf8_to_server(const char *text, int length, char **converted);
extern int	pgb_attribute_count(TupleDesc descriptor);
extern void pgb_attribute(TupleDesc descriptor, int index, const char **name, Oid *type, int32 *typmod);

#endif
