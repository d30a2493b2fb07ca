-- Functions and procedures by name, and quoting.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_call;
RESET client_min_messages;
SET search_path = plts_call;

CREATE FUNCTION add(a int, b int DEFAULT 10) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE FUNCTION upto(n int) RETURNS SETOF int LANGUAGE sql AS 'SELECT generate_series(1, n)';
CREATE FUNCTION pair(n int, OUT x int, OUT y text) LANGUAGE sql AS $$ SELECT n, 'y' $$;
CREATE FUNCTION pairs(n int) RETURNS TABLE (x int, y text) LANGUAGE sql AS $$ SELECT i, 'y' FROM generate_series(1, n) i $$;
CREATE FUNCTION total(VARIADIC n int[]) RETURNS bigint LANGUAGE sql AS 'SELECT sum(v) FROM unnest(n) v';
CREATE FUNCTION "Odd "" name"("The arg" text) RETURNS text LANGUAGE sql AS 'SELECT upper("The arg")';
CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION kind(a int) RETURNS text LANGUAGE sql AS $$ SELECT 'int' $$;
CREATE FUNCTION kind(a text) RETURNS text LANGUAGE sql AS $$ SELECT 'text' $$;
CREATE FUNCTION mixed(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION mixed(a text) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE twice(a int, INOUT b int) LANGUAGE plpgsql AS 'BEGIN b := a * 2; END';
CREATE PROCEDURE silent() LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION calls() RETURNS jsonb LANGUAGE plts AS $$
  const { call } = ctx.db.sync;
  return {
    positional: [call('add', [1]), call('add', [1, 2]), call('plts_call.add', [3, 4])],
    named: [call('add', { b: 1, a: 2 }), call('add', { a: 5 }), call(['plts_call', 'Odd " name'], { 'The arg': 'x' })],
    set: [call('upto', [3]), call('upto', [0])],
    composite: [call('pair', [4]), await ctx.db.call('pairs', [2])],
    variadic: call('total', [1, 2, 3]),
    none: [call('nothing'), call('add', [null]), typeof call('pg_catalog.now')],
    procedure: [call('twice', [4, null]), await ctx.db.call('silent'), call('twice', { a: 5, b: null })],
    system: [call('lower', ['ABC']), call('pg_catalog.left', ['abc', 2])],
  };
$$;
SELECT jsonb_pretty(calls());
CREATE FUNCTION refused(kind text) RETURNS text LANGUAGE plts AS $$
  const { call } = ctx.db.sync;
  const kinds: Record<string, () => unknown> = {
    missing: () => call('nope', [1]),
    missing_schema: () => call('nowhere.add', [1]),
    arguments: () => call('add', [1, 2, 3]),
    name: () => call('add', { a: 1, c: 2 }),
    type: () => call('add', ['x']),
    overload: () => call('kind', [1]),
    mixed: () => call('mixed', [1]),
    aggregate: () => call('sum', [1]),
    window: () => call('row_number'),
    parts: () => call('a.b.c'),
    no_array: () => call('add', 5 as any),
    injection: () => call('add(1) --'),
    capital: () => call('ADD', [1]),
    fails: () => call('pg_catalog.int4div', [1, 0]),
  };
  try { return 'no error: ' + kinds[kind]() } catch (error) { return `${error.sqlstate ?? error.name} ${error.message}` }
$$;
SELECT kind, refused(kind) FROM unnest('{missing,missing_schema,arguments,name,type,overload,mixed,aggregate,window,parts,no_array,injection,capital,fails}'::text[]) kind;
-- The search path decides which; whoever may not execute gets the error that a statement would get.
CREATE SCHEMA plts_call_other;
CREATE FUNCTION plts_call_other.add(a int, b int DEFAULT 10) RETURNS int LANGUAGE sql AS 'SELECT a - b';
CREATE FUNCTION add_them() RETURNS int LANGUAGE plts AS 'return ctx.db.sync.call("add", [1, 2])';
SELECT add_them();
SET search_path = plts_call_other, plts_call;
SELECT add_them();
SET search_path = plts_call;
CREATE ROLE plts_call_user;
GRANT USAGE ON SCHEMA plts_call TO plts_call_user;
REVOKE EXECUTE ON FUNCTION add(int, int) FROM PUBLIC;
SET ROLE plts_call_user;
SELECT add_them();
RESET ROLE;

-- Quoting is PostgreSQL's, to the letter.
CREATE FUNCTION literal(t text) RETURNS text LANGUAGE plts AS 'return ctx.db.quote.literal(t)';
CREATE FUNCTION ident(t text) RETURNS text LANGUAGE plts AS 'return t === null ? null : ctx.db.quote.ident(t)';
CREATE FUNCTION nullable(t text) RETURNS text LANGUAGE plts AS 'return ctx.db.sync.quote.nullable(t)';
SELECT t, literal(t), literal(t) IS NOT DISTINCT FROM quote_literal(t) AND ident(t) IS NOT DISTINCT FROM quote_ident(t) AND nullable(t) IS NOT DISTINCT FROM quote_nullable(t) AS same
  FROM unnest(ARRAY['', 'a', 'A', 'it''s', '''''', 'back\slash', '\', '\''', 'select', 'SELECT', 'user', 'value', 'zone', '1a', 'a1', 'a b', 'a"b', '"', 'naïve', '日本', E'two\nlines', '$$', NULL]) t;
SELECT ident('select'), ident('a"b'), ident('plain'), nullable(NULL), literal(NULL) IS NULL AS none;
SET quote_all_identifiers = on;
SELECT ident('plain') = quote_ident('plain') AS same;
RESET quote_all_identifiers;
CREATE FUNCTION others() RETURNS jsonb LANGUAGE plts AS $$
  const { quote } = ctx.db;
  const attempt = (work: () => unknown) => { try { return work() } catch (error) { return `${error.sqlstate ?? error.name} ${error.message}` } };
  return [quote.literal(5), quote.literal(5n), quote.literal(true), quote.literal(undefined), quote.nullable(undefined), quote.nullable('NULL'),
    attempt(() => quote.literal({} as any)), attempt(() => quote.literal('a\0b')), attempt(() => quote.literal('\udc00')), attempt(() => quote.ident(5 as any)), attempt(() => quote.ident('a\0')), attempt(() => quote.ident(''))];
$$;
SELECT jsonb_pretty(others());
SELECT quote_literal(true), quote_literal(5), quote_ident('');
