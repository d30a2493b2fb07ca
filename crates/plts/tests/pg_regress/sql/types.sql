-- Values, both ways.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types;
RESET client_min_messages;
SET search_path = plts_types;

SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
-- bool
CREATE FUNCTION t_bool(x bool) RETURNS bool LANGUAGE plts AS 'if (x !== null && typeof x !== "boolean") throw new Error(typeof x); return x';
SELECT t_bool(true), t_bool(false), t_bool(NULL);
CREATE FUNCTION not_bool() RETURNS bool LANGUAGE plts AS 'return 1';
SELECT not_bool();
-- int2, int4, int8
CREATE FUNCTION t_int2(x int2) RETURNS int2 LANGUAGE plts AS 'if (x !== null && typeof x !== "number") throw new Error(typeof x); return x';
SELECT t_int2('32767'), t_int2('-32768'), t_int2(NULL);
CREATE FUNCTION t_int4(x int4) RETURNS int4 LANGUAGE plts AS 'if (x !== null && typeof x !== "number") throw new Error(typeof x); return x';
SELECT t_int4(2147483647), t_int4(-2147483648), t_int4(0), t_int4(NULL);
CREATE FUNCTION t_int8(x int8) RETURNS int8 LANGUAGE plts AS 'if (x !== null && typeof x !== "bigint") throw new Error(typeof x); return x';
SELECT t_int8(9223372036854775807), t_int8(-9223372036854775808), t_int8(0), t_int8(NULL);
CREATE FUNCTION int2_of(x float8) RETURNS int2 LANGUAGE plts AS 'return x';
CREATE FUNCTION int4_of(x float8) RETURNS int4 LANGUAGE plts AS 'return x';
CREATE FUNCTION int8_of(x float8) RETURNS int8 LANGUAGE plts AS 'return x';
SELECT int2_of(32768);
SELECT int2_of(-0.0), int4_of(-0.0), int8_of(-0.0);
SELECT int4_of(2147483648);
SELECT int4_of(-2147483649);
SELECT int4_of(1.5);
SELECT int4_of('NaN');
SELECT int4_of('Infinity');
SELECT int8_of(9007199254740992), int8_of(-9223372036854775808);
SELECT int8_of(9223372036854775808);
SELECT int8_of(0.5);
CREATE FUNCTION int8_over() RETURNS int8 LANGUAGE plts AS 'return 9223372036854775808n';
SELECT int8_over();
CREATE FUNCTION int4_big() RETURNS int4 LANGUAGE plts AS 'return 5n';
SELECT int4_big();
CREATE FUNCTION int4_text() RETURNS int4 LANGUAGE plts AS 'return "5"';
SELECT int4_text();
CREATE FUNCTION int4_object() RETURNS int4 LANGUAGE plts AS 'return {}';
SELECT int4_object();
CREATE FUNCTION int4_undefined() RETURNS int4 LANGUAGE plts AS 'return undefined';
SELECT int4_undefined() IS NULL AS is_null;
-- float4, float8
CREATE FUNCTION t_float4(x float4) RETURNS float4 LANGUAGE plts AS 'if (x !== null && typeof x !== "number") throw new Error(typeof x); return x';
SELECT t_float4(1.1), t_float4('NaN'), t_float4('-Infinity'), t_float4(3.4028235e38), t_float4(NULL);
CREATE FUNCTION t_float8(x float8) RETURNS float8 LANGUAGE plts AS 'if (x !== null && typeof x !== "number") throw new Error(typeof x); return x';
SELECT t_float8(0.1), t_float8('NaN'), t_float8('Infinity'), t_float8(1.7976931348623157e308), t_float8(5e-324), t_float8('-0'), t_float8(NULL);
CREATE FUNCTION float4_of(x float8) RETURNS float4 LANGUAGE plts AS 'return x';
SELECT float4_of(1e39);
-- numeric
CREATE FUNCTION t_numeric(x numeric) RETURNS numeric LANGUAGE plts AS 'if (x !== null && typeof x !== "string") throw new Error(typeof x); return x';
SELECT t_numeric(123456789012345678901234567890.123456789), t_numeric(1.50), t_numeric('NaN'), t_numeric('-Infinity'), t_numeric(NULL);
CREATE FUNCTION numeric_from(kind text) RETURNS numeric LANGUAGE plts AS $$
  switch (kind) { case 'number': return 1.5; case 'bigint': return 12345678901234567890n; case 'text': return ' 2.50 '; case 'bool': return true; default: return kind }
$$;
SELECT numeric_from('number'), numeric_from('bigint'), numeric_from('text');
SELECT numeric_from('bool');
SELECT numeric_from('one');
-- text and its kin
CREATE FUNCTION t_text(x text) RETURNS text LANGUAGE plts AS 'if (x !== null && typeof x !== "string") throw new Error(typeof x); return x';
SELECT t_text('plain'), t_text('') = '' AS empty, t_text(NULL), t_text(E'line\n\ttab "quoted" \\');
SELECT length(t_text(repeat('x', 1000000))) AS million, md5(t_text(repeat('naïve ☃ 😀', 100000))) = md5(repeat('naïve ☃ 😀', 100000)) AS same;
CREATE FUNCTION t_varchar(x varchar) RETURNS varchar LANGUAGE plts AS 'return x + "!"';
SELECT t_varchar('v');
CREATE FUNCTION t_bpchar(x bpchar) RETURNS bpchar LANGUAGE plts AS 'return "[" + x + "]"';
SELECT t_bpchar('ab '::char(4));
CREATE FUNCTION t_name(x name) RETURNS name LANGUAGE plts AS 'return x';
SELECT t_name('a_name');
CREATE FUNCTION text_from(kind text) RETURNS text LANGUAGE plts AS $$
  switch (kind) {
    case 'number': return 1.5; case 'bigint': return 5n; case 'bool': return true;
    case 'object': return { a: 1 }; case 'symbol': return Symbol('s'); case 'function': return () => 1; case 'date': return new Date(0);
    case 'nul': return 'a\0b'; case 'lone': return 'a\ud800b'; case 'lone low': return '\udc00'; case 'pair': return '\ud83d\ude00';
  }
$$;
SELECT text_from('number'), text_from('bigint'), text_from('bool'), text_from('pair');
SELECT text_from('object');
SELECT text_from('symbol');
SELECT text_from('function');
SELECT text_from('date');
SELECT text_from('nul');
SELECT text_from('lone');
SELECT text_from('lone low');
-- uuid
CREATE FUNCTION t_uuid(x uuid) RETURNS uuid LANGUAGE plts AS 'if (x !== null && typeof x !== "string") throw new Error(typeof x); return x';
SELECT t_uuid('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), t_uuid(NULL);
CREATE FUNCTION uuid_of(x text) RETURNS uuid LANGUAGE plts AS 'return x';
SELECT uuid_of('{a0eebc999c0b4ef8bb6d6bb9bd380a11}');
SELECT uuid_of('no uuid');
-- bytea
CREATE FUNCTION t_bytea(x bytea) RETURNS bytea LANGUAGE plts AS 'if (x !== null && !(x instanceof Uint8Array)) throw new Error(typeof x); return x';
SELECT t_bytea('\x00ff10'), t_bytea(''), t_bytea(NULL), length(t_bytea(decode(repeat('00ff', 200000), 'hex'))) AS long;
CREATE FUNCTION bytea_from(kind text) RETURNS bytea LANGUAGE plts AS $$
  switch (kind) {
    case 'part': return new Uint8Array([1, 2, 3, 4]).subarray(1, 3); case 'buffer': return new Uint8Array([9, 8]).buffer;
    case 'words': return new Uint16Array([0x0201]); case 'array': return [1, 2]; case 'text': return 'abc';
  }
$$;
SELECT bytea_from('part'), bytea_from('buffer'), bytea_from('words');
SELECT bytea_from('array');
SELECT bytea_from('text');
-- json and jsonb
CREATE FUNCTION t_jsonb(x jsonb) RETURNS jsonb LANGUAGE plts AS 'return x';
SELECT t_jsonb('{"a": [1, 2.5, null, true, "s"], "b": {}}'), t_jsonb('"text"'), t_jsonb('1'), t_jsonb(NULL);
-- SQL NULL and JSON null are both null in JavaScript; null becomes SQL NULL.
SELECT t_jsonb('null') IS NULL AS sql_null;
CREATE FUNCTION t_json(x json) RETURNS json LANGUAGE plts AS 'return x';
SELECT t_json('{"b": 1,   "a": [ ]}');
-- Integers beyond 2^53 keep every digit.
SELECT t_jsonb('[9007199254740991, 9007199254740993, -9223372036854775809, 123456789012345678901234567890]');
SELECT t_jsonb('{"1234567890123456789": 1234567890123456789, "s": "1234567890123456789", "f": 1234567890123456.5}');
CREATE FUNCTION json_kinds(x jsonb) RETURNS text LANGUAGE plts AS 'return x.map((e) => typeof e).join(",")';
SELECT json_kinds('[1, 9007199254740993, 1.5, 1e3, 10000000000000000000.0]');
CREATE FUNCTION jsonb_from(kind text) RETURNS jsonb LANGUAGE plts AS $$
  switch (kind) {
    case 'bigint': return { n: 12345678901234567890n }; case 'date': return new Date(0); case 'undefined in': return { a: undefined, b: 1 };
    case 'nan': return [NaN, Infinity]; case 'map': return new Map([[1, 2]]); case 'toJSON': return { toJSON() { return { t: 1 } } };
    case 'function': return () => 1; case 'symbol': return Symbol('s'); case 'nul': return { a: 'x\0y' }; case 'lone': return ['\ud800'];
    case 'cycle': { const a: any = {}; a.self = a; return a } case 'proto': return JSON.parse('{"__proto__": {"a": 1}}'); case 'throws': return { toJSON() { throw new RangeError('no') } };
  }
$$;
SELECT jsonb_from('bigint'), jsonb_from('date'), jsonb_from('undefined in'), jsonb_from('nan'), jsonb_from('map'), jsonb_from('toJSON'), jsonb_from('proto');
SELECT jsonb_from('function');
SELECT jsonb_from('symbol');
SELECT jsonb_from('nul');
SELECT jsonb_from('lone');
SELECT jsonb_from('cycle');
SELECT jsonb_from('throws');
-- timestamptz
CREATE FUNCTION t_timestamptz(x timestamptz) RETURNS timestamptz LANGUAGE plts AS 'if (x !== null && !(x instanceof Date) && typeof x !== "number") throw new Error(typeof x); return x';
SELECT t_timestamptz('2024-02-29 12:34:56.789123+02'), t_timestamptz(NULL);
SELECT t_timestamptz('infinity'), t_timestamptz('-infinity');
SELECT t_timestamptz('1969-12-31 23:59:59.999999Z'), t_timestamptz('0044-03-15 12:00:00.000001Z BC'), t_timestamptz('4714-11-24 00:00:00Z BC');
SELECT t_timestamptz('275760-09-13 00:00:00Z');
SELECT t_timestamptz('275760-09-13 00:00:00.001Z');
SELECT t_timestamptz('294276-12-31 23:59:59.999999Z');
CREATE FUNCTION later(x timestamptz) RETURNS timestamptz LANGUAGE plts AS 'x.setMilliseconds(x.getMilliseconds() + 1); return x';
SELECT later('2024-01-01 00:00:00.123456Z');
CREATE FUNCTION copied(x timestamptz) RETURNS timestamptz LANGUAGE plts AS 'return new Date(x)';
SELECT copied('2024-01-01 00:00:00.123456Z');
CREATE FUNCTION timestamptz_from(kind text) RETURNS timestamptz LANGUAGE plts AS $$
  switch (kind) {
    case 'invalid': return new Date(NaN); case 'text': return '2024-01-01'; case 'number': return 5;
    case 'least': return new Date(-8.64e15); case 'most': return new Date(8.64e15); case 'infinite': return Infinity;
  }
$$;
SELECT timestamptz_from('most'), timestamptz_from('infinite');
SELECT timestamptz_from('least');
SELECT timestamptz_from('invalid');
SELECT timestamptz_from('text');
SELECT timestamptz_from('number');
-- date
CREATE FUNCTION t_date(x date) RETURNS date LANGUAGE plts AS 'if (x !== null && typeof x !== "string") throw new Error(typeof x); return x';
SELECT t_date('2024-02-29'), t_date('0044-03-15 BC'), t_date('4714-11-24 BC'), t_date('5874897-12-31'), t_date(NULL);
SELECT t_date('infinity'), t_date('-infinity');
CREATE FUNCTION date_text(x date) RETURNS text LANGUAGE plts AS 'return x';
SET datestyle = 'German';
SELECT date_text('2024-02-29'), date_text('0044-03-15 BC'), date_text('infinity'), date_text('12024-01-01');
SET datestyle = 'ISO, MDY';
CREATE FUNCTION date_from(kind text) RETURNS date LANGUAGE plts AS $$
  switch (kind) { case 'date': return new Date(Date.UTC(2024, 1, 29, 23, 59)); case 'number': return 1; case 'invalid': return new Date('x'); default: return kind }
$$;
SELECT date_from('date'), date_from('2024-12-31');
SELECT date_from('number');
SELECT date_from('invalid');
SELECT date_from('2024-02-30');
-- enums, oid, and other base types cross as text
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE FUNCTION t_mood(x mood) RETURNS mood LANGUAGE plts AS 'return x === "sad" ? "happy" : x';
SELECT t_mood('sad'), t_mood('ok'), t_mood(NULL);
CREATE FUNCTION bad_mood() RETURNS mood LANGUAGE plts AS 'return "furious"';
SELECT bad_mood();
CREATE FUNCTION t_oid(x oid) RETURNS oid LANGUAGE plts AS 'return x';
SELECT t_oid(4294967295);
CREATE FUNCTION t_inet(x inet) RETURNS inet LANGUAGE plts AS 'return x';
SELECT t_inet('10.0.0.1/8');
-- arrays
CREATE FUNCTION t_ints(x int[]) RETURNS int[] LANGUAGE plts AS 'return x === null ? null : x.map((n) => n === null ? null : n + 1)';
SELECT t_ints('{1,2,NULL,3}'), t_ints('{}'), t_ints(NULL);
CREATE FUNCTION t_texts(x text[]) RETURNS text[] LANGUAGE plts AS 'return x.reverse()';
SELECT t_texts(ARRAY['a', NULL, '', 'd,e', '"q"']);
CREATE FUNCTION t_bigints(x int8[]) RETURNS int8[] LANGUAGE plts AS 'return x.map((n) => n * 2n)';
SELECT t_bigints('{1,4611686018427387903}');
CREATE FUNCTION t_times(x timestamptz[]) RETURNS timestamptz[] LANGUAGE plts AS 'return x';
SELECT t_times('{2024-01-01 00:00:00.000001Z,infinity,NULL}');
CREATE FUNCTION t_jsons(x jsonb[]) RETURNS jsonb[] LANGUAGE plts AS 'return [...x, { n: x.length }]';
SELECT t_jsons(ARRAY['1', '{"a": 2}']::jsonb[]);
CREATE FUNCTION t_moods(x mood[]) RETURNS mood[] LANGUAGE plts AS 'return x';
SELECT t_moods('{sad,NULL,happy}');
CREATE FUNCTION t_byteas(x bytea[]) RETURNS bytea[] LANGUAGE plts AS 'return x.map((b) => b.slice(1))';
SELECT t_byteas(ARRAY['\x0102', '\x03']::bytea[]);
-- A new array counts from 1; elements of an array of arrays are arrays.
SELECT t_ints('[5:6]={1,2}');
SELECT t_ints('{{1,2},{3,4}}');
CREATE FUNCTION array_from(kind text) RETURNS int[] LANGUAGE plts AS $$
  switch (kind) {
    case 'typed': return new Int32Array([1, 2]); case 'holes': return [1, , 3]; case 'float': return [1, 2.5]; case 'text': return [1, 'x'];
    case 'scalar': return 1; case 'nested': return [[1], [2]]; case 'undefined': return [undefined]; case 'big': return [1, 2 ** 40]; case 'object': return { length: 1 };
  }
$$;
SELECT array_from('typed'), array_from('holes'), array_from('undefined');
SELECT array_from('float');
SELECT array_from('text');
SELECT array_from('scalar');
SELECT array_from('nested');
SELECT array_from('big');
SELECT array_from('object');
-- STRICT is PostgreSQL's own.
CREATE FUNCTION strict_one(x int) RETURNS int STRICT LANGUAGE plts AS 'throw new Error("called")';
SELECT strict_one(NULL) IS NULL AS is_null;
-- Many arguments.
CREATE FUNCTION many(a int, b int, c int, d int, e int, f int, g int, h int, i int, j int, k int, l int, m int, n int) RETURNS int LANGUAGE plts AS 'return a + b + c + d + e + f + g + h + i + j + k + l + m + n + $14';
SELECT many(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10);
-- Default arguments and pseudo-types that are refused.
CREATE FUNCTION defaults(a int, b int DEFAULT 5) RETURNS int LANGUAGE plts AS 'return a * b';
SELECT defaults(2), defaults(2, 3);
CREATE FUNCTION r(x "any") RETURNS int LANGUAGE plts AS '';
CREATE FUNCTION r(x internal) RETURNS int LANGUAGE plts AS '';
CREATE FUNCTION r(x cstring) RETURNS int LANGUAGE plts AS '';
