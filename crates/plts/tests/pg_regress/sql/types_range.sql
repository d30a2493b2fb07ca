-- Ranges and multiranges.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types_range;
RESET client_min_messages;
SET search_path = plts_types_range;
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

CREATE FUNCTION ints(x int4range) RETURNS int4range LANGUAGE plts AS 'return x';
CREATE FUNCTION seen(x int4range) RETURNS text LANGUAGE plts AS 'return JSON.stringify(x)';
SELECT x, seen(x), ints(x) = x AS same FROM unnest('{"[1,5)","(,5)","[1,)","(,)","empty"}'::int4range[]) x;
SELECT seen(NULL), ints(NULL);
CREATE FUNCTION nums(x numrange) RETURNS numrange LANGUAGE plts AS 'return x';
SELECT nums('(1.10,2.50]'), nums('[-Infinity,NaN]'), nums('empty');
CREATE FUNCTION times(x tstzrange) RETURNS tstzrange LANGUAGE plts AS 'return x';
SELECT times('[2024-01-01 00:00:00.000001Z,infinity]'), times('(,2024-01-01 00:00:00Z)');
CREATE FUNCTION days(x daterange) RETURNS daterange LANGUAGE plts AS 'return { ...x, upper: new Date(Date.UTC(2024, 1, 29)) }';
SELECT days('[2024-01-01,2024-01-02]');
CREATE FUNCTION made(kind text) RETURNS int4range LANGUAGE plts AS $$
  switch (kind) {
    case 'lower': return { lower: 1 };
    case 'nothing': return {};
    case 'both': return { lower: 1, upper: 5, lowerInclusive: false, upperInclusive: true };
    case 'empty': return { empty: true };
    case 'same': return { lower: 1, upper: 1 };
    case 'empty with bounds': return { empty: true, lower: 1 };
    case 'backwards': return { lower: 5, upper: 1 };
    case 'extra': return { lower: 1, uper: 5 };
    case 'element': return { lower: 1.5 };
    case 'flag': return { lower: 1, lowerInclusive: 'yes' };
    case 'array': return [1, 5];
    case 'text': return '[1,5)';
  }
$$;
SELECT kind, made(kind) FROM unnest('{lower,nothing,both,empty,same,null}'::text[]) AS kind;
SELECT made('empty with bounds');
SELECT made('backwards');
SELECT made('extra');
SELECT made('element');
SELECT made('flag');
SELECT made('array');
SELECT made('text');
-- Multiranges are arrays of ranges.
CREATE FUNCTION multi(x int4multirange) RETURNS int4multirange LANGUAGE plts AS 'return x';
CREATE FUNCTION multi_seen(x int4multirange) RETURNS text LANGUAGE plts AS 'return JSON.stringify(x)';
SELECT multi_seen('{[1,3),[5,)}'), multi_seen('{}'), multi('{[1,3),[5,)}'), multi('{}'), multi(NULL);
CREATE FUNCTION multi_made(kind text) RETURNS int4multirange LANGUAGE plts AS $$
  switch (kind) {
    case 'overlapping': return [{ lower: 4, upper: 8 }, { lower: 1, upper: 5 }, { empty: true }];
    case 'null': return [null];
    case 'range': return { lower: 1 };
    case 'nested': return [[{ lower: 1 }]];
    case 'element': return [{ lower: 1 }, { lower: 'x' }];
  }
$$;
SELECT multi_made('overlapping');
SELECT multi_made('null');
SELECT multi_made('range');
SELECT multi_made('nested');
SELECT multi_made('element');
-- Own range types, also over domains and composites; arrays of ranges; domains over ranges.
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C", multirange_type_name = textmultirange);
CREATE FUNCTION text_range(x textrange) RETURNS textrange LANGUAGE plts AS 'return x';
SELECT text_range('[a,b]'), text_range('["",)');
CREATE FUNCTION ranges(x int4range[]) RETURNS int4range[] LANGUAGE plts AS 'return x';
SELECT ranges('{"[1,5)",NULL,empty}'), ranges('{{"[1,2)"},{"(,)"}}');
CREATE FUNCTION multis(x int4multirange[]) RETURNS int4multirange[] LANGUAGE plts AS 'return x';
SELECT multis(ARRAY['{[1,2)}', '{}', NULL]::int4multirange[]), multis('{{"{[1,2)}"},{"{}"}}');
CREATE DOMAIN short AS int4range CHECK (upper(VALUE) - lower(VALUE) < 10);
CREATE FUNCTION short(x int) RETURNS short LANGUAGE plts AS 'return { lower: 0, upper: x }';
SELECT short(9);
SELECT short(10);
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE TYPE smallrange AS RANGE (subtype = small);
CREATE FUNCTION small(x int) RETURNS smallrange LANGUAGE plts AS 'return { lower: x }';
SELECT small(1);
SELECT small(100);
CREATE FUNCTION through() RETURNS jsonb LANGUAGE plts AS $$
  const db = ctx.db.sync;
  const row = db.one("SELECT numrange(1.0, 2.50, '()') AS a, '{[2024-01-01,2024-02-01)}'::datemultirange AS b");
  return { ...row, ...db.one("SELECT $1::numrange::text AS c, $2::datemultirange::text AS d", [row.a, row.b]) };
$$;
SELECT jsonb_pretty(through());
SET client_min_messages = warning;
DROP SCHEMA plts_types_range CASCADE;
