-- What a function cannot reach.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_security;
RESET client_min_messages;
SET search_path = plts_security;

-- No host but the database.
CREATE FUNCTION kind_of(name text) RETURNS text LANGUAGE plts AS 'return typeof (globalThis as any)[name]';
SELECT name, kind_of(name) FROM unnest('{Deno,process,require,module,Buffer,global,window,self,WebAssembly,SharedArrayBuffer,Atomics,XMLHttpRequest,WebSocket,Worker,importScripts,d8,print,load,read,gc,ShadowRealm,FinalizationRegistry,bootstrap,internals}'::text[]) AS name WHERE kind_of(name) <> 'undefined';
CREATE FUNCTION globals() RETURNS text LANGUAGE plts AS $$ return Reflect.ownKeys(globalThis).filter((key) => typeof key === 'symbol' || !/^[A-Z]|^(is|parse|decode|encode|un|set|clear|request|queue|e|glob|undef)/.test(key)).map(String).sort().join(' ') $$;
SELECT globals();
-- No code from text.
CREATE FUNCTION evaluates(kind text) RETURNS text LANGUAGE plts AS $$
  const tricks: Record<string, () => unknown> = {
    eval: () => (0, eval)('1 + 1'), direct: () => eval('1 + 1'), Function: () => new Function('return 1')(), called: () => Function('return 1')(),
    constructor: () => (() => {}).constructor('return 1')(), async: () => (async () => {}).constructor('return 1')(), generator: () => (function* () {}).constructor('yield 1')(),
    asyncGenerator: () => (async function* () {}).constructor('yield 1')(), reflect: () => Reflect.construct(Function, ['return 1']), bound: () => Function.bind(null, 'return 1')()(),
    timeout: () => (setTimeout as any)('1', 0), fetch: () => (globalThis as any).fetch('http://localhost'),
    url: () => (URL as any).constructor('return 1')(), digest: () => (crypto.subtle.digest as any).constructor('return 1')(),
  };
  try { return 'ran: ' + String(tricks[kind]()) } catch (error) { return `${error.name}: ${error.message}` }
$$;
SELECT kind, evaluates(kind) FROM unnest('{eval,direct,Function,called,constructor,async,generator,asyncGenerator,reflect,bound,timeout,fetch,url,digest}'::text[]) AS kind;
-- What one function sees, another one cannot change.
CREATE FUNCTION tampers() RETURNS jsonb LANGUAGE plts AS $$
  const attempt = (work: () => unknown) => { try { const result = work(); return result === false ? 'false' : 'done' } catch (error) { return error.constructor.name } };
  return {
    global: attempt(() => { (globalThis as any).leak = 1 }), defined: attempt(() => Object.defineProperty(globalThis, 'leak', { value: 1 })),
    array: attempt(() => { Array.prototype.map = null as any }), object: attempt(() => { (Object.prototype as any).polluted = 1 }), proto: attempt(() => { ({} as any).__proto__.polluted = 1 }),
    promise: attempt(() => { Promise.prototype.then = null as any }), json: attempt(() => { JSON.stringify = null as any }), math: attempt(() => { Math.random = () => 4 }), date: attempt(() => { Date.now = () => 0 }),
    builtin: attempt(() => { (globalThis as any).Array = null }), deleted: attempt(() => { delete (globalThis as any).Object }), setProto: attempt(() => Object.setPrototypeOf(Object.prototype, {})),
    reflect: attempt(() => Reflect.defineProperty(Array.prototype, 'x', { value: 1 })), symbol: attempt(() => { (Array.prototype as any)[Symbol.iterator] = null }), pgError: attempt(() => { (PgError.prototype as any).x = 1 }),
    console: attempt(() => { console.log = null as any }), db: attempt(() => { (ctx.db as any).query = null }), dbProto: attempt(() => { Object.getPrototypeOf(ctx.db).query = null }), fn: attempt(() => { (ctx.fn as any).name = 'x' }),
    generator: attempt(() => { Object.getPrototypeOf(function* () {}).x = 1 }), regexp: attempt(() => { RegExp.prototype.exec = null as any }), typed: attempt(() => { Object.getPrototypeOf(Uint8Array.prototype).set = null }),
    errorProto: attempt(() => { (Error.prototype as any).toString = null }), prepare: attempt(() => { (Error as any).prepareStackTrace = () => 'x' }), iterator: attempt(() => { Object.getPrototypeOf([][Symbol.iterator]()).next = null }),
  };
$$;
SELECT key, value FROM jsonb_each_text(tampers()) WHERE value = 'done';
-- New globals may be made; they are the role's own.
SELECT kind_of('leak'), kind_of('polluted');
-- Ordinary code that sets such names on its own objects works.
CREATE FUNCTION overrides() RETURNS jsonb LANGUAGE plts AS $$
  const own: any = {}; own.toString = () => 'own'; own.constructor = 1; own.valueOf = () => 5;
  class Custom extends Error { constructor() { super('m'); this.name = 'Custom'; this.message = 'changed' } }
  function Old(this: any) { } Old.prototype = { constructor: Old, toString() { return 'old' } };
  const c = new Custom();
  return [String(own), own + 1, `${c}`, String(new (Old as any)()), Object.keys(own)];
$$;
SELECT overrides();
-- The prelude's own parts are not in reach through errors, stacks or callers.
CREATE FUNCTION pries() RETURNS jsonb LANGUAGE plts AS $$
  const seen: string[] = [];
  try { seen.push(typeof (pries as any)) } catch (error) { seen.push(error.name) }
  try { seen.push(String((ctx.db.query as any).caller)) } catch (error) { seen.push(error.name) }
  try { (function () { seen.push(typeof arguments.callee) })() } catch (error) { seen.push(error.name) }
  try { ctx.db.sync.query.call({ natives: null }, 'select 1'); seen.push('bound') } catch (error) { seen.push(error.name) }
  let trapped = 'no trap';
  const spy = { get sql() { return 'select 1' }, get params() { trapped = new Error().stack!.includes('natives') ? 'natives seen' : 'clean'; return [] } };
  ctx.db.sync.query(spy); seen.push(trapped);
  return seen;
$$;
SELECT pries();
-- Roles share nothing: neither modules' state nor globals.
CREATE ROLE regress_plts_alice;
CREATE ROLE regress_plts_bob;
GRANT USAGE ON SCHEMA plts_security TO PUBLIC;
CREATE FUNCTION remembers(value text) RETURNS text LANGUAGE plts AS $$ let last = 'nothing'; export default (ctx) => { const before = last; last = ctx.args.value; return `${ctx.user.current} after ${before}` } $$;
SET ROLE regress_plts_alice;
SELECT remembers('alice 1');
SELECT remembers('alice 2');
SET ROLE regress_plts_bob;
SELECT remembers('bob 1'), kind_of('leak');
RESET ROLE;
SELECT remembers('super') = format('%s after nothing', current_user) AS own;
SET ROLE regress_plts_alice;
SELECT remembers('alice 3');
RESET ROLE;
-- SECURITY DEFINER beside a plain call, in one statement.
CREATE FUNCTION who() RETURNS text LANGUAGE plts AS $$ const [row] = await ctx.db.query('select current_user as u'); return `${ctx.user.current} ${row.u}` $$;
CREATE FUNCTION who_definer() RETURNS text LANGUAGE plts SECURITY DEFINER AS $$ let calls = 0; export default async (ctx) => { calls++; const [row] = await ctx.db.query('select current_user as u, plts_security.who() as inner'); return `${ctx.user.current} ${row.u} ${row.inner} ${calls}` } $$;
ALTER FUNCTION who_definer() OWNER TO regress_plts_bob;
SET ROLE regress_plts_alice;
SELECT who(), who_definer(), who();
CREATE TEMP TABLE t AS SELECT 1 AS one;
RESET ROLE;
-- The caller's rights hold.
CREATE TABLE secret (v text);
INSERT INTO secret VALUES ('hidden');
CREATE FUNCTION peeks() RETURNS text LANGUAGE plts AS $$ try { return (await ctx.db.one('select v from plts_security.secret')).v } catch (error) { return `${error.code} ${error.message}` } $$;
SELECT peeks();
SET ROLE regress_plts_alice;
SELECT peeks();
RESET ROLE;
SELECT peeks();
GRANT SELECT ON secret TO regress_plts_alice;
SET ROLE regress_plts_alice;
SELECT peeks();
RESET ROLE;
-- A change of role inside a call does not outlive what PostgreSQL lets it.
CREATE FUNCTION switches() RETURNS text LANGUAGE plts AS $$ await ctx.db.exec('set local role regress_plts_alice'); return (await ctx.db.one('select current_user as u')).u $$;
BEGIN;
SELECT switches();
SELECT current_user;
ROLLBACK;
-- Row-level security is the caller's.
CREATE TABLE notes (owner name, note text);
INSERT INTO notes VALUES ('regress_plts_alice', 'a'), ('regress_plts_bob', 'b');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (owner = current_user);
GRANT SELECT ON notes TO PUBLIC;
CREATE FUNCTION my_notes() RETURNS jsonb LANGUAGE plts AS $$ return (await ctx.db.query('select note from plts_security.notes')).map((row) => row.note) $$;
SET ROLE regress_plts_alice;
SELECT my_notes();
SET ROLE regress_plts_bob;
SELECT my_notes();
RESET ROLE;
-- A role of its own may create functions in the language: it is trusted.
GRANT CREATE ON SCHEMA plts_security TO regress_plts_alice;
SET ROLE regress_plts_alice;
CREATE FUNCTION alices() RETURNS text LANGUAGE plts AS 'return ctx.user.current';
SELECT alices();
DO LANGUAGE plts $$ ctx.log.notice(ctx.user.current) $$;
SET plts.max_heap_mb = 64;
RESET ROLE;
SET client_min_messages = warning;
DROP OWNED BY regress_plts_alice, regress_plts_bob CASCADE;
DROP ROLE regress_plts_alice, regress_plts_bob;
