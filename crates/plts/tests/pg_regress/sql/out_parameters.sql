-- OUT and INOUT arguments, of functions and procedures.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_out;
RESET client_min_messages;
SET search_path = plts_out;

-- One is a value, many are a row.
CREATE FUNCTION one_out(a int, OUT b int) LANGUAGE plts AS 'return a + 1';
SELECT one_out(1), pg_typeof(one_out(1));
SELECT * FROM one_out(1);
CREATE FUNCTION one_inout(INOUT a int) LANGUAGE plts AS 'return a * 2';
SELECT one_inout(4);
CREATE FUNCTION two_out(a int, OUT double int, OUT half numeric) LANGUAGE plts AS 'return { double: a * 2, half: a / 2 }';
SELECT two_out(3);
SELECT * FROM two_out(3);
SELECT (two_out(3)).half;
SELECT two_out(i) FROM generate_series(1, 3) i;
CREATE FUNCTION mixed(INOUT a int, b int, OUT c text, INOUT d int DEFAULT 9) LANGUAGE plts AS 'return { a: a + b, c: `${ctx.args.length} ${ctx.args.d}`, d: $3 }';
SELECT * FROM mixed(1, 2);
SELECT * FROM mixed(d => 5, a => 1, b => 2);
-- Without names.
CREATE FUNCTION unnamed(OUT int, OUT text) LANGUAGE plts AS $$ return { column1: 1, column2: 'x' } $$;
SELECT * FROM unnamed();
CREATE FUNCTION half_named(int, OUT a int, OUT text) LANGUAGE plts AS $$ return { a: $1, column2: 'x' } $$;
SELECT * FROM half_named(3);
-- Nothing, parts, too much.
CREATE FUNCTION nothing(OUT a int, OUT b int) LANGUAGE plts AS '';
SELECT nothing() IS NULL AS is_null;
SELECT * FROM nothing();
CREATE FUNCTION some_of(OUT a int, OUT b int) LANGUAGE plts AS 'return { b: 2 }';
SELECT * FROM some_of();
CREATE FUNCTION too_many(OUT a int, OUT b int) LANGUAGE plts AS 'return { a: 1, b: 2, c: 3 }';
SELECT * FROM too_many();
CREATE FUNCTION wrong(OUT a int, OUT b int) LANGUAGE plts AS 'return 5';
SELECT * FROM wrong();
CREATE FUNCTION wrong_field(OUT a int, OUT b int) LANGUAGE plts AS 'return { a: 1, b: {} }';
SELECT * FROM wrong_field();
CREATE FUNCTION as_array(OUT a int, OUT b int) LANGUAGE plts AS 'return [1, 2]';
SELECT * FROM as_array();
-- Async, modules, statements.
CREATE FUNCTION from_statement(OUT a int, OUT b text) LANGUAGE plts AS $$ return await ctx.db.one("SELECT 1 AS a, 'x' AS b") $$;
SELECT * FROM from_statement();
CREATE FUNCTION from_module(x int, OUT a int, OUT b int) LANGUAGE plts AS $$ export default ({ args }) => ({ a: args.x, b: args[0] + 1 }) $$;
SELECT * FROM from_module(4);
-- VARIADIC beside OUT; polymorphic.
CREATE FUNCTION extremes(VARIADIC numbers int[], OUT lowest int, OUT highest int) LANGUAGE plts AS 'return { lowest: Math.min(...numbers), highest: Math.max(...numbers) }';
SELECT * FROM extremes(3, 1, 2);
CREATE FUNCTION dup(a anyelement, OUT b anyelement, OUT c anyarray) LANGUAGE plts AS 'return { b: a, c: [a, a] }';
SELECT * FROM dup(1);
SELECT * FROM dup('x'::text);
CREATE FUNCTION one_poly(a anyelement, OUT b anyarray) LANGUAGE plts AS 'return [a]';
SELECT one_poly(1), one_poly('x'::text);
CREATE FUNCTION bounds(r anyrange, OUT l anyelement, OUT u anyelement) LANGUAGE plts AS 'return { l: r.lower, u: r.upper }';
SELECT * FROM bounds('[1,5)'::int4range);
SELECT * FROM bounds('[1.5,2.5]'::numrange);
-- Strict: NULL without a call.
CREATE FUNCTION strict_out(a int, OUT b int, OUT c int) LANGUAGE plts STRICT AS $$ throw new Error('called') $$;
SELECT strict_out(NULL), (SELECT count(*) FROM strict_out(NULL)) AS rows;
-- A composite type as the result.
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION make_pair(n int) RETURNS pair LANGUAGE plts AS 'return n === 0 ? null : { a: n, b: `b${n}` }';
SELECT make_pair(1), make_pair(0) IS NULL AS is_null, (make_pair(2)).b;
SELECT * FROM make_pair(1);
SELECT * FROM make_pair(0);
ALTER TYPE pair ADD ATTRIBUTE c int;
SELECT make_pair(1);
-- ctx as the name of an output.
CREATE FUNCTION named_ctx(OUT ctx int, OUT b int) LANGUAGE plts AS 'return { ctx: 1, b: 2 }';
SELECT * FROM named_ctx();

-- Procedures.
CREATE PROCEDURE inout_one(INOUT a int) LANGUAGE plts AS 'return a + 1';
CALL inout_one(1);
CREATE PROCEDURE inout_two(INOUT a int, b int, INOUT c text) LANGUAGE plts AS 'return { a: a + b, c: c + c }';
CALL inout_two(1, 2, 'x');
CREATE PROCEDURE out_only(a int, OUT b int, OUT c int) LANGUAGE plts AS 'return { b: a, c: a * a }';
CALL out_only(3, NULL, NULL);
CREATE PROCEDURE out_nothing(INOUT a int, INOUT b int) LANGUAGE plts AS '';
CALL out_nothing(1, 2);
CREATE PROCEDURE out_null(INOUT a int) LANGUAGE plts AS 'return null';
CALL out_null(1);
CREATE PROCEDURE wrong_row(INOUT a int, INOUT b int) LANGUAGE plts AS 'return 5';
CALL wrong_row(1, 2);
CREATE PROCEDURE wrong_value(INOUT a int) LANGUAGE plts AS 'return { a: 1 }';
CALL wrong_value(1);
CREATE PROCEDURE json_value(INOUT a jsonb) LANGUAGE plts AS 'return { ...a, b: 2 }';
CALL json_value('{"a": 1}');
CREATE PROCEDURE poly(INOUT a anyelement, INOUT b anyarray) LANGUAGE plts AS 'return { a, b: [...b, a] }';
CALL poly(1, ARRAY[0]);
CALL poly('x'::text, ARRAY['y']);
DO $$ DECLARE a int := 1; c text := 'x'; BEGIN CALL plts_out.inout_two(a, 2, c); RAISE NOTICE '% %', a, c; CALL plts_out.inout_one(a); RAISE NOTICE '%', a; END $$;
CREATE FUNCTION calls() RETURNS jsonb LANGUAGE plts AS $$ return await ctx.db.query('CALL plts_out.inout_two(1, 2, $1)', ['x']) $$;
SELECT calls();
CREATE PROCEDURE no_outputs(a int) LANGUAGE plts AS 'return { dropped: a }';
CALL no_outputs(1);
