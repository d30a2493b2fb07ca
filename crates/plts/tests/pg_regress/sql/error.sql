-- Errors, both ways.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_error;
RESET client_min_messages;
SET search_path = plts_error;

-- Every field of the error that a function raises, as plpgsql sees it.
CREATE FUNCTION diagnose(call text) RETURNS TABLE (field text, value text) LANGUAGE plpgsql AS $$
DECLARE s text; m text; d text; h text; c text; k text; t text; sc text; ty text; cx text;
BEGIN
  EXECUTE call;
  RETURN QUERY VALUES ('no error', NULL);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS s = RETURNED_SQLSTATE, m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = COLUMN_NAME, k = CONSTRAINT_NAME,
    t = TABLE_NAME, sc = SCHEMA_NAME, ty = PG_DATATYPE_NAME, cx = PG_EXCEPTION_CONTEXT;
  RETURN QUERY SELECT * FROM (VALUES ('sqlstate', s), ('message', m), ('detail', d), ('hint', h), ('schema', sc), ('table', t), ('column', c), ('constraint', k), ('type', ty), ('context', cx)) v(f, x) WHERE x <> '';
END $$;
-- An uncaught error: 38000, with the TypeScript's lines.
CREATE FUNCTION boom() RETURNS int LANGUAGE plts AS $$
  interface Unused { a: number }

  function inner(n: number): never {
    throw new Error(`boom ${n}`);
  }
  const outer = (n: number) => inner(n + 1);
  return outer(1);
$$;
SELECT boom();
SELECT * FROM diagnose('SELECT plts_error.boom()');
CREATE FUNCTION boom_module() RETURNS int LANGUAGE plts AS $$
  type T = number;
  enum Kind { A, B }
  class Thing<T> {
    constructor(private value: T) {}
    fail(): never { throw new RangeError('in a method') }
  }
  export default async function handler(ctx) {
    await null;
    return new Thing<Kind>(Kind.A).fail();
  }
$$;
SELECT boom_module();
-- What only V8 finds wrong with a source is a syntax error at its line as well.
SET check_function_bodies = off;
CREATE FUNCTION early() RETURNS int LANGUAGE plts AS $$
  interface Unused { a: number }
  let twice: number = 1; let twice = 2;
$$;
CREATE FUNCTION early_module() RETURNS int LANGUAGE plts AS $$
  interface Unused { a: number }
  let twice: number = 1; let twice = 2;
  export default () => twice;
$$;
RESET check_function_bodies;
\set VERBOSITY verbose
SELECT early();
SELECT early_module();
\set VERBOSITY default
-- What is thrown need not be an Error.
CREATE FUNCTION throws(kind text) RETURNS int LANGUAGE plts AS $$
  class Custom extends Error { constructor(message: string) { super(message); this.name = 'Custom' } }
  switch (kind) {
    case 'text': throw 'a text'; case 'number': throw 5; case 'null': throw null; case 'undefined': throw undefined; case 'symbol': throw Symbol('s');
    case 'object': throw { message: 'like an error', sqlstate: '22000' }; case 'custom': throw new Custom('mine'); case 'type': (undefined as any).x; case 'reference': missing;
    case 'empty': throw new Error(); case 'multiline': throw new Error('one\ntwo'); case 'percent': throw new Error('%s %d %n'); case 'nul': throw new Error('a\0b');
    case 'lone': throw new Error('a\ud800b'); case 'cause': throw new Error('outer', { cause: new Error('inner') }); case 'aggregate': throw new AggregateError([new Error('a')], 'many');
    case 'getter': throw Object.defineProperty(new Error('x'), 'sqlstate', { get() { throw new Error('trap') } });
    case 'proxy': throw new Proxy(new Error('p'), { get() { throw new Error('trap') }, getPrototypeOf() { throw new Error('trap') } });
    case 'frozen': throw Object.freeze(new Error('frozen'));
  }
$$;
SELECT kind, d.field, d.value
  FROM unnest('{text,number,"null",undefined,symbol,object,custom,type,reference,empty,multiline,percent,nul,lone,cause,aggregate,getter,proxy,frozen}'::text[]) WITH ORDINALITY AS k(kind, n),
       LATERAL diagnose(format('SELECT plts_error.throws(%L)', kind)) d
 WHERE d.field IN ('sqlstate', 'message') ORDER BY n, d.field DESC;
-- Fields of our own.
CREATE FUNCTION custom(sqlstate text) RETURNS int LANGUAGE plts AS $$
  throw Object.assign(new Error('custom error'), { sqlstate: $1, detail: 'The detail.', hint: 'The hint.', schema: 's', table: 't', column: 'c', constraint: 'k', dataType: 'd' });
$$;
SELECT * FROM diagnose($$SELECT plts_error.custom('AB123')$$);
\set VERBOSITY verbose
\set SHOW_CONTEXT never
SELECT custom('P0001');
\set SHOW_CONTEXT errors
\set VERBOSITY default
-- A code that is none, or of a class that is no error, is not taken.
SELECT code, (SELECT value FROM diagnose(format('SELECT plts_error.custom(%L)', code)) WHERE field = 'sqlstate')
  FROM unnest('{00000,01000,02000,ab123,1234,123456,"     ",22012,XX000}'::text[]) AS code;
-- Errors of statements, caught with every field.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int CONSTRAINT child_positive CHECK (id > 0), parent int NOT NULL CONSTRAINT child_parent REFERENCES parent, code text CONSTRAINT child_code UNIQUE);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1, 1, 'a');
CREATE DOMAIN short AS text CONSTRAINT short_length CHECK (length(VALUE) < 3);
CREATE FUNCTION fields_of(statement text) RETURNS jsonb LANGUAGE plts AS $$
  try { await ctx.db.exec(statement); return 'no error' } catch (error) {
    if (!(error instanceof PgError) || !(error instanceof Error) || error.name !== 'PgError') throw error;
    const { sqlstate, code, message, detail, hint, schema, table, column, constraint, dataType, position, where } = error;
    return { sqlstate, code, message, detail, hint, schema, table, column, constraint, dataType, position, where };
  }
$$;
SELECT jsonb_pretty(fields_of(s)) FROM unnest(ARRAY[
  'insert into child values (-1, 1)', 'insert into child values (2, 99)', 'insert into child values (3, null)', $$insert into child values (4, 1, 'a')$$,
  $$select 'long'::short$$, 'selec 1', 'select nope from child', 'select nope()', 'select 1/0']) s;
-- The same errors, not caught: nothing is lost on the way out.
CREATE FUNCTION runs(statement text) RETURNS int LANGUAGE plts AS $$ return (await ctx.db.exec(statement)).rowCount $$;
SELECT * FROM diagnose($$SELECT plts_error.runs('insert into plts_error.child values (-1, 1)')$$);
SELECT * FROM diagnose($$SELECT plts_error.runs('insert into plts_error.child values (2, 99)')$$);
SELECT * FROM diagnose($$SELECT plts_error.runs('insert into plts_error.child values (3, null)')$$);
SELECT * FROM diagnose($$SELECT plts_error.runs('select ''long''::plts_error.short')$$);
\set VERBOSITY verbose
SELECT runs('insert into child values (5, 1, ''a'')');
SELECT runs('selec 1');
\set VERBOSITY default
SELECT runs('select nope from child');
-- Caught and thrown again, changed or not.
CREATE FUNCTION rethrows(change bool) RETURNS int LANGUAGE plts AS $$
  try { await ctx.db.exec("insert into plts_error.child values (6, 1, 'a')") } catch (error) {
    if (change) { error.message = 'changed'; error.sqlstate = 'AB456'; error.hint = 'Hinted.' }
    throw error;
  }
$$;
SELECT * FROM diagnose('SELECT plts_error.rethrows(false)');
SELECT * FROM diagnose('SELECT plts_error.rethrows(true)');
-- The context of functions in between.
CREATE FUNCTION raises(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  IF n = 0 THEN RAISE EXCEPTION 'raised' USING ERRCODE = 'XY001', DETAIL = 'From plpgsql.', HINT = 'None.'; END IF;
  RETURN plts_error.passes(n - 1);
END $$;
CREATE FUNCTION passes(n int) RETURNS int LANGUAGE plts AS $$ return (await ctx.db.one('select plts_error.raises($1) as n', [n])).n $$;
SELECT passes(0);
SELECT passes(1);
SELECT * FROM diagnose('SELECT plts_error.passes(0)');
-- Caught, and on it goes: what the failed statement did is undone, what came before stays.
CREATE FUNCTION goes_on() RETURNS text LANGUAGE plts AS $$
  await ctx.db.exec('insert into parent values (2)');
  let caught = '';
  try { await ctx.db.exec('insert into parent values (3), (2)') } catch (error) { caught = error.constraint }
  await ctx.db.exec('insert into parent values (4)');
  return `${caught}: ${(await ctx.db.query('select id from parent order by id')).map((row) => row.id)}`;
$$;
SELECT goes_on();
CREATE FUNCTION with_catch_method() RETURNS text LANGUAGE plts AS $$ return await ctx.db.query('select 1/0').then(() => 'no').catch((error) => error.code) $$;
SELECT with_catch_method();
CREATE FUNCTION with_settled() RETURNS jsonb LANGUAGE plts AS $$ return (await Promise.allSettled([ctx.db.query('select 1/0'), ctx.db.query('select 1 as one')])).map((r) => r.status) $$;
SELECT with_settled();
CREATE FUNCTION with_finally() RETURNS int LANGUAGE plts AS $$ try { await ctx.db.query('select 1/0') } finally { return (await ctx.db.one('select 7 as n')).n } $$;
SELECT with_finally();
-- 200 failures in one call, then in one session.
CREATE FUNCTION fails_often() RETURNS int LANGUAGE plts AS $$
  let caught = 0;
  for (let i = 0; i < 200; i++) { try { await ctx.db.exec('insert into parent values (1)') } catch (error) { if (error.sqlstate === '23505') caught++ } }
  return caught;
$$;
SELECT fails_often();
DO $$ DECLARE n int := 0; BEGIN FOR i IN 1..200 LOOP BEGIN PERFORM plts_error.boom(); EXCEPTION WHEN external_routine_exception THEN n := n + 1; END; END LOOP; RAISE NOTICE '% caught', n; END $$;
-- Where the code cannot catch, a failure ends the call even when nobody waits for it: later statements are refused, and the first error comes out.
CREATE FUNCTION floats() RETURNS int LANGUAGE plts AS $$ ctx.db.query('select 1/0'); return 1 $$;
SELECT floats();
CREATE FUNCTION floats_on() RETURNS int LANGUAGE plts AS $$ ctx.db.exec('insert into parent values (1)'); await ctx.db.exec('insert into parent values (50)'); return 1 $$;
SELECT * FROM diagnose('SELECT plts_error.floats_on()');
SELECT count(*) FROM parent WHERE id = 50;
-- A promise that is rejected with nobody waiting fails the call also where the code could have caught it.
CREATE FUNCTION unhandled() RETURNS int LANGUAGE plts AS $$ Promise.reject(new Error('nobody waits')); try { return 1 } catch { return 2 } $$;
SELECT unhandled();
-- Cancel is not to be caught.
CREATE FUNCTION uncatchable() RETURNS text LANGUAGE plts AS $$
  try { await ctx.db.query('select pg_sleep(10)') } catch (error) { return 'caught ' + error.sqlstate } finally { ctx.log.notice('finally') }
  return 'no error';
$$;
SET statement_timeout = '50ms';
SELECT uncatchable();
RESET statement_timeout;
-- Raised by plpgsql on purpose it is the same.
CREATE FUNCTION cancel_by_hand() RETURNS text LANGUAGE plts AS $$ try { await ctx.db.query("do 'begin raise exception using errcode = ''57014'', message = ''by hand''; end'") } catch { return 'caught' } return 'none' $$;
SELECT cancel_by_hand();
SELECT 'alive' AS session;
-- A stack that is full is an error like others.
CREATE FUNCTION overflows(catches bool) RETURNS text LANGUAGE plts AS $$
  const dive = (n: number): number => 1 + dive(n + 1);
  if (catches) { try { dive(0) } catch (error) { return error.constructor.name } }
  return String(dive(0));
$$;
SELECT overflows(true);
\set VERBOSITY terse
SELECT overflows(false);
\set VERBOSITY sqlstate
SELECT overflows(false);
\set VERBOSITY default
-- Errors in a transaction block, and after ROLLBACK TO.
BEGIN;
SAVEPOINT a;
SELECT boom();
SELECT 1;
ROLLBACK TO a;
SELECT goes_on();
ROLLBACK;
