-- The forms of a function's body.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_body;
RESET client_min_messages;
SET search_path = plts_body;

-- A body: parameters by name, and by position.
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
SELECT add(1, 2);
CREATE FUNCTION add_positions(int, int) RETURNS int LANGUAGE plts AS 'return $1 + $2';
SELECT add_positions(3, 4);
CREATE FUNCTION add_mixed(a int, int) RETURNS int LANGUAGE plts AS 'return a + $1 + $2';
SELECT add_mixed(1, 10);
-- A text that only looks like a position is none.
CREATE FUNCTION dollar_in_text(a text) RETURNS text LANGUAGE plts AS $_$ return `$1 ${a} $2` $_$;
SELECT dollar_in_text('x');
-- Names that JavaScript keeps for itself are reached by position.
CREATE FUNCTION reserved_word("class" int) RETURNS int LANGUAGE plts AS 'return $1 * 2';
SELECT reserved_word(21);
CREATE FUNCTION quoted("some name" int) RETURNS int LANGUAGE plts AS 'return $1 + 1';
SELECT quoted(1);
-- No parameter may be called ctx.
CREATE FUNCTION takes_ctx(ctx int) RETURNS int LANGUAGE plts AS 'return 1';
-- The body is strict code.
CREATE FUNCTION sloppy() RETURNS text LANGUAGE plts AS 'undeclared = 1; return "no"';
SELECT sloppy();
CREATE FUNCTION this_is() RETURNS text LANGUAGE plts AS 'return typeof this';
SELECT this_is();
-- Assigning to a parameter stays inside the call.
CREATE FUNCTION assigns(a int) RETURNS int LANGUAGE plts AS 'a = a + 1; return a';
SELECT assigns(1), assigns(a => 5);
-- An empty body gives NULL; so does one without a return.
CREATE FUNCTION nothing() RETURNS int LANGUAGE plts AS '';
SELECT nothing() IS NULL AS is_null;
CREATE FUNCTION no_return(a int) RETURNS int LANGUAGE plts AS 'a + 1';
SELECT no_return(1) IS NULL AS is_null;
-- Comments around it do no harm.
CREATE FUNCTION commented() RETURNS int LANGUAGE plts AS '
  // first
  return 7 // last';
SELECT commented();
-- Await at the top makes it async.
CREATE FUNCTION awaits(a int) RETURNS int LANGUAGE plts AS $$
  const [row] = await ctx.db.query('select $1::int * 2 as twice', [a]);
  return row.twice;
$$;
SELECT awaits(21);
-- A promise that is returned is waited for.
CREATE FUNCTION promised() RETURNS int LANGUAGE plts AS 'return Promise.resolve(5)';
SELECT promised();
CREATE FUNCTION never() RETURNS int LANGUAGE plts AS 'return new Promise(() => {})';
SELECT never();
-- Yield makes it a generator, which is no single value.
CREATE FUNCTION yields() RETURNS int LANGUAGE plts AS 'yield 1';
SELECT yields();
-- TypeScript syntax.
CREATE FUNCTION typed(a int, b text) RETURNS text LANGUAGE plts AS $$
  interface Pair<T> { readonly left: T; right?: string }
  type Name = `n${string}`;
  enum Color { Red = 1, Green }
  const enum Flag { On = 'on' }
  namespace Tools { export const twice = (n: number): number => n * 2 }
  class Point<T extends number> { constructor(public x: T, private readonly y = 2) {} sum(this: Point<T>): number { return this.x + this.y } }
  abstract class Base { abstract name(): string; declare hidden: string }
  class Derived extends Base { override name() { return 'derived' } }
  function assertText(value: unknown): asserts value is string { if (typeof value !== 'string') throw new Error('no text') }
  const pair = { left: a, right: b } satisfies Pair<number>;
  const value = pair.right as unknown;
  assertText(value);
  const sure = (value as string)!;
  let maybe: { deep?: { deeper?: string } } | null = null;
  return [Color[2], Flag.On, Tools.twice(a), new Point(3).sum(), new Derived().name(), sure, maybe?.deep?.deeper ?? 'none'].join(',');
$$;
SELECT typed(4, 'text');
-- ctx.
CREATE FUNCTION shows_ctx(a int, name text, "length" int, "0" text) RETURNS jsonb LANGUAGE plts AS $$
  return {
    schema: ctx.fn.schema, name: ctx.fn.name, oid: typeof ctx.fn.oid, env: ctx.env,
    positions: [...ctx.args], named: [ctx.args.a, ctx.args.name], count: ctx.args.length,
    now: ctx.now instanceof Date, mode: ctx.db.mode, user: Object.keys(ctx.user),
  };
$$;
SELECT shows_ctx(1, 'n', 3, 'zero');
-- The transaction's time, microseconds and all.
CREATE FUNCTION time_is() RETURNS timestamptz LANGUAGE plts AS 'return ctx.now';
SELECT time_is() = now() AS same;
-- A module: the default export is called with ctx.
CREATE FUNCTION module_args(a int, b text) RETURNS jsonb LANGUAGE plts AS $$
  const greeting: string = 'hello';
  function helper(n: number) { return n + 1 }
  export default (ctx) => ({ greeting, next: helper(ctx.args.a), b: ctx.args[1] });
$$;
SELECT module_args(1, 'x');
-- One jsonb parameter: ctx.args is its value.
CREATE FUNCTION module_json(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
  export default async ({ args }: { args: { n: number } | null }) => args === null ? 'null' : args.n + 1;
$$;
SELECT module_json('{"n": 1}'), module_json('null'), module_json(NULL);
-- A type-only export makes a module; without a default export there is nothing to call.
CREATE FUNCTION type_only() RETURNS int LANGUAGE plts AS 'export type T = number; const x: T = 1;';
CREATE FUNCTION type_and_default() RETURNS int LANGUAGE plts AS 'export type T = number; export default (): T => 1;';
SELECT type_and_default();
CREATE FUNCTION not_a_function() RETURNS int LANGUAGE plts AS 'export default 5';
SELECT not_a_function();
-- The runtime can be imported; nothing else can, and nothing at run time.
CREATE FUNCTION imports_runtime(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
  import { mutation, v } from '@stopgap/runtime';
  export default mutation(v.object({ n: v.number() }), (args) => args.n * 2);
$$;
SELECT imports_runtime('{"n": 4}');
\set VERBOSITY terse
SELECT imports_runtime('{"n": "four"}');
\set VERBOSITY default
CREATE FUNCTION imports_other() RETURNS int LANGUAGE plts AS $$
  import fs from 'node:fs';
  export default () => fs.readFileSync('/etc/passwd');
$$;
CREATE FUNCTION imports_late() RETURNS text LANGUAGE plts AS $$
  try { await import('node:fs'); return 'imported' } catch (error) { return 'refused' }
$$;
SELECT imports_late();
-- No database while a module is evaluated: there is no ctx yet. Its state lives as long as its context.
CREATE FUNCTION counts() RETURNS int LANGUAGE plts AS 'let n = 0; export default () => ++n;';
SELECT counts(), counts();
-- A pointer to an artifact.
SELECT plts.compile_and_store('export default (ctx) => ctx.args.n * 3; export const other = () => "other";', '{"filename": "triple.ts"}') AS hash \gset
SELECT format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"prod"}', :'hash') AS body \gset
CREATE FUNCTION pointer(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
SELECT pointer('{"n": 5}');
SELECT format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"other","env":"prod"}', :'hash') AS body \gset
CREATE FUNCTION pointer_other(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
SELECT pointer_other('{}');
SELECT format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"missing","env":"prod"}', :'hash') AS body \gset
CREATE FUNCTION pointer_missing(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
SELECT pointer_missing('{}') = '1';
