-- The conversions of plv8.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE SCHEMA plts_plv8_types;
RESET client_min_messages;
SET search_path = plts_plv8_types;
SET timezone = 'Europe/Berlin';
SET datestyle = 'ISO';
CREATE FUNCTION kind_of(anyelement) RETURNS text LANGUAGE plv8 AS $$
  var value = $1;
  if (value === null) return 'null';
  var kind = typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
  var shown = value instanceof Date ? value.toISOString() : kind === 'bigint' ? String(value) : JSON.stringify(value);
  return kind + ' ' + shown;
$$;
-- Out of SQL.
SELECT kind_of(true), kind_of(1::int2), kind_of(1), kind_of(1::oid), kind_of(1.5::real), kind_of(1.5::float8);
SELECT kind_of(9223372036854775807), kind_of(1.25::numeric), kind_of('NaN'::numeric), kind_of(123456789012345678901234567890::numeric);
SELECT kind_of('a'::text), kind_of('a'::varchar), kind_of('a'::char(3)), kind_of('a'::name), kind_of('\x0102'::bytea);
SELECT kind_of('2001-02-03'::date), kind_of('2001-02-03 04:05:06.789'::timestamp), kind_of('2001-02-03 04:05:06+00'::timestamptz);
SELECT kind_of('infinity'::timestamptz), kind_of('-infinity'::date), kind_of('04:05'::time), kind_of('1 day'::interval);
SELECT kind_of('{"a": 9007199254740993}'::json), kind_of('[1, "b", null]'::jsonb), kind_of('"text"'::jsonb), kind_of('null'::jsonb);
SELECT kind_of('[1,5)'::int4range), kind_of('{[1,5)}'::int4multirange), kind_of('00000000-0000-0000-0000-000000000001'::uuid), kind_of(null::int);
SELECT kind_of(array[1, null, 3]), kind_of('{{1,2},{3,4}}'::int[]), kind_of('[5:6]={1,2}'::int[]), kind_of('{}'::text[]);
CREATE TYPE point3 AS (x int, y numeric, z date);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN document AS jsonb;
CREATE DOMAIN numbers AS int[];
CREATE TYPE mood AS ENUM ('sad', 'glad');
SELECT kind_of((1, 2.5, '2001-02-03')::point3), kind_of(array[(1, 2, null)::point3]), kind_of('glad'::mood);
SELECT kind_of(row(1, 'a'::text));
-- A domain over a scalar comes as text, one over an array as an array.
SELECT kind_of(5::positive), kind_of('{"a": 1}'::document), kind_of('{1,2}'::numbers);
-- Typed arrays, by the domains that stand for them.
CREATE FUNCTION typed(a plv8_int2array, b plv8_int4array, c plv8_int8array, d plv8_float4array, e plv8_float8array) RETURNS text LANGUAGE plv8 AS $$
  return [a, b, c, d, e].map(function (each) { return Object.prototype.toString.call(each).slice(8, -1) + '(' + each.join() + ')' }).join();
$$;
SELECT typed('{1,-2}', '{3,4}', '{5,9223372036854775807}', '{0.5}', '{0.1,Infinity}');
SELECT typed('{}', '[3:4]={3,4}', '{}', '{}', '{}');
SELECT typed('{1,null}', '{}', '{}', '{}', '{}');
SELECT typed('{}', '{{1},{2}}', '{}', '{}', '{}');
CREATE FUNCTION doubled(a plv8_int4array) RETURNS plv8_int4array LANGUAGE plv8 AS 'for (var i = 0; i < a.length; i++) a[i] *= 2; return a';
SELECT doubled('{1,2,3}');

-- Into SQL: a function that gives what a text says, for each type.
CREATE FUNCTION run(source text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  type text := split_part(source, ' ', 1);
  expression text := substr(source, length(type) + 2);
  result text;
BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION given() RETURNS %s LANGUAGE plv8 AS %L', type, 'return ' || expression);
  BEGIN
    EXECUTE 'SELECT given()::text' INTO result;
    RAISE NOTICE '% -> %', source, coalesce(result, 'NULL');
  EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE '% -> % (%)', source, sqlerrm, sqlstate;
  END;
  DROP FUNCTION given();
END $$;
SELECT count(run(each)) FROM unnest(array[
  'int4 1.9', 'int4 -1.9', 'int4 "12"', 'int4 "1.5"', 'int4 true', 'int4 2147483648', 'int4 NaN', 'int4 5n', 'int4 null', 'int4 undefined',
  'int2 32768', 'int8 1e18', 'int8 1e19', 'int8 "9223372036854775807"', 'int8 2n**63n', 'oid -1', 'oid 4294967295',
  'float8 "Infinity"', 'float8 "x"', 'real 1e39', 'numeric 0.1+0.2', 'numeric "0.30000000000000004"', 'numeric 10n**30n', 'numeric Infinity', 'numeric 1e21',
  'bool 1', 'bool "yes"', 'bool "perhaps"', 'text 12', 'text 1.5', 'text true', 'text 5n', 'text {}', 'text [1,2]', 'varchar(2) "abc"',
  'bytea new·Uint8Array([1,255])', 'bytea new·Uint16Array([1]).buffer', 'bytea "\\x00ff"', 'date new·Date(Date.UTC(2001,1,3,23))', 'date "2001-02-03"', 'date new·Date(NaN)',
  'timestamp new·Date(Date.UTC(2001,1,3,4,5,6,789))', 'timestamp(0) new·Date(Date.UTC(2001,1,3,4,5,6,789))', 'timestamp "2001-02-03·04:05"', 'timestamptz new·Date(0)', 'timestamptz "no·time"', 'interval "1·day"',
  'json {a:[1,null]}', 'json "{\"a\":·1}"', 'json "no·json"', 'jsonb "{\"a\":·1}"', 'jsonb 1.5', 'jsonb {a:5n}', 'jsonb function(){}', 'uuid 1', 'mood "glad"', 'mood "mad"',
  'int[] [1,"2",null,undefined]', 'int[] 1', 'text[] [1,true]', 'int[] new·Int32Array([1,2])', 'positive 5', 'positive 0', 'positive "6"', 'document {a:1}', 'document "{\"a\":·1}"', 'numbers [1,2]',
  'point3 {x:1,y:0.1+0.2,z:null}', 'point3 {x:1,y:2}', 'point3 {x:1,y:2,z:null,other:3}', 'point3 1', 'point3[] [{x:1,y:2,z:"2001-02-03"}]', 'int4range "[1,5)"', 'void 5'
]) WITH ORDINALITY AS t (source, place), replace(source, '·', ' ') AS each;

-- Microseconds that a Date cannot hold come back if it is unchanged.
CREATE FUNCTION same(t timestamp, z timestamptz) RETURNS text LANGUAGE plv8 AS $$
  return plv8.execute('SELECT $1::timestamp = $3::text::timestamp AND $2::timestamptz = $4::text::timestamptz AS same', [t, z, '2001-02-03 04:05:06.123456', '2001-02-03 04:05:06.123456+00'])[0].same;
$$;
SELECT same('2001-02-03 04:05:06.123456', '2001-02-03 04:05:06.123456+00');
-- Columns and parameters of statements go the same way.
DO LANGUAGE plv8 $$
  var row = plv8.execute('SELECT 1.5::numeric AS n, 5::int8 AS b, $1::date AS d, $2::numeric + 1 AS s, $3::int[] AS a, row(1, $4::text) AS r', ['2001-02-03', '2', [[1, 2], [3, 4]], 7])[0];
  plv8.elog(NOTICE, typeof row.n, typeof row.b, row.d.toISOString(), row.s, JSON.stringify(row.a), JSON.stringify(row.r));
$$;
-- Two columns of one name: the last one stays.
DO LANGUAGE plv8 $$ plv8.elog(NOTICE, JSON.stringify(plv8.execute('SELECT 1 AS a, 2 AS b, 3 AS a'))) $$;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_types CASCADE;
