-- Polymorphic functions, VARIADIC, defaults and named arguments.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_polymorphic;
RESET client_min_messages;
SET search_path = plts_polymorphic;

CREATE FUNCTION kind(a anyelement) RETURNS text LANGUAGE plts AS 'return Array.isArray(a) ? "array" : typeof a';
SELECT kind(1), kind(1::bigint), kind('x'::text), kind(1.5), kind(true), kind(NULL::int), kind('{1}'::int[]), kind('{}'::jsonb);
CREATE FUNCTION same(a anyelement) RETURNS anyelement LANGUAGE plts AS 'return a';
SELECT same(1), same(9007199254740993::bigint), same('x'::text), same(1.50), same('a'::varchar(3)), same('{1,2}'::int[]), same('{"a": [1]}'::jsonb);
SELECT pg_typeof(same(1::smallint)), pg_typeof(same('x'::name)), pg_typeof(same(ARRAY[1.5]));
-- One call site and one type each; many types in one session, in turn.
SELECT same(i), same(i::text), same(i::float8) FROM generate_series(1, 3) i;
DO $$ DECLARE a int; b text; BEGIN FOR i IN 1..3 LOOP a := plts_polymorphic.same(i); b := plts_polymorphic.same('t' || i); RAISE NOTICE '% %', a, b; END LOOP; END $$;
CREATE FUNCTION first_of(a anyarray) RETURNS anyelement LANGUAGE plts AS 'return a[0]';
SELECT first_of(ARRAY[3, 4]), first_of(ARRAY['x', 'y']), first_of(ARRAY[1.5]), first_of('{}'::int[]);
CREATE FUNCTION pair(a anyelement, b anyelement) RETURNS anyarray LANGUAGE plts AS 'return [a, b]';
SELECT pair(1, 2), pair('a'::text, 'b'), pair(true, NULL);
SELECT pair(1, 'a'::text);
CREATE FUNCTION compatible(a anycompatible, b anycompatible) RETURNS anycompatiblearray LANGUAGE plts AS 'return [a, b]';
SELECT compatible(1, 2.5), pg_typeof(compatible(1, 2.5)), compatible(1::int2, 3::int8);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION shout(m anyenum) RETURNS text LANGUAGE plts AS 'return m.toUpperCase()';
SELECT shout('happy'::mood);
SELECT shout(1);
CREATE FUNCTION not_array(a anynonarray) RETURNS anynonarray LANGUAGE plts AS 'return a';
SELECT not_array(5);
SELECT not_array(ARRAY[5]);
-- A set of them.
CREATE FUNCTION each(a anyarray) RETURNS SETOF anyelement LANGUAGE plts AS 'yield* a';
SELECT * FROM each(ARRAY[1, 2]);
SELECT * FROM each(ARRAY['x', 'y']);
SELECT each(ARRAY[1.5, 2.5]), each(ARRAY[true]);
-- What does not fit the actual type.
CREATE FUNCTION misfit(a anyelement) RETURNS anyelement LANGUAGE plts AS 'return "text"';
SELECT misfit('x'::text);
SELECT misfit(1);
SELECT misfit(ARRAY[1]);
-- Types that no call says.
SELECT same(NULL);
SELECT same('unknown');
-- Replaced: every type of it.
SELECT same(1), same('x'::text);
CREATE OR REPLACE FUNCTION same(a anyelement) RETURNS anyelement LANGUAGE plts AS 'return null';
SELECT same(1), same('x'::text);
-- In an aggregate and an index.
CREATE FUNCTION keep_last(state anyelement, value anyelement) RETURNS anyelement LANGUAGE plts AS 'return value ?? state';
CREATE AGGREGATE last_of(anyelement) (SFUNC = keep_last, STYPE = anyelement);
SELECT last_of(i), last_of('t' || i) FROM generate_series(1, 3) i;

-- VARIADIC.
CREATE FUNCTION total(VARIADIC numbers int[]) RETURNS int LANGUAGE plts AS 'return numbers.reduce((a, b) => a + b, 0)';
SELECT total(1), total(1, 2, 3), total(VARIADIC ARRAY[4, 5]), total(VARIADIC '{}');
CREATE FUNCTION joined(separator text, VARIADIC parts anyarray) RETURNS text LANGUAGE plts AS 'return parts.join(separator)';
SELECT joined('-', 1, 2), joined('+', 'a'::text, 'b'), joined(',', VARIADIC ARRAY[1.5, 2.5]);
CREATE FUNCTION first_common(VARIADIC anycompatiblearray) RETURNS anycompatible LANGUAGE plts AS 'return $1[0]';
SELECT first_common(1, 2.5), pg_typeof(first_common(1, 2.5));
CREATE FUNCTION any_number(VARIADIC "any") RETURNS int LANGUAGE plts AS 'return 1';

-- Defaults and named arguments.
CREATE FUNCTION greet(name text, greeting text DEFAULT 'hello', times int DEFAULT 1) RETURNS text LANGUAGE plts
  AS 'return Array(times).fill(`${greeting} ${name}`).join()';
SELECT greet('a'), greet('a', 'bye'), greet('a', times => 2), greet(greeting => 'hi', name => 'b');
SELECT greet();
