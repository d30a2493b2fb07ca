-- console and ctx.log: what reaches whom, and how values look.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_console;
RESET client_min_messages;
SET search_path = plts_console;

DO LANGUAGE plts $$
  console.log('text', 'two', 1, -0, 1n, true, null, undefined, Symbol('s'), () => 1, function named() {}, class C {});
  console.log({ a: 1, 'b c': "it's", [Symbol('k')]: [1, , 'x'], get g() { throw new Error('no') }, n: { m: { o: { p: { q: { r: { s: 1 } } } } } } });
  console.log([], {}, [[]], [{}], Object.create(null), new (class Point { x = 1 })(), new Map([[{ k: 1 }, new Set([1n, 'x'])]]), new Map(), new Set());
  console.log(new Date(0), new Date(NaN), /a\/b/gi, new Uint8Array([1, 2, 3]), new Float64Array(2), new ArrayBuffer(2), Promise.resolve(1), new WeakMap(), new Proxy({}, { ownKeys() { throw 1 } }));
  const cycle: any = { list: [] }; cycle.self = cycle; cycle.list.push(cycle, { again: cycle });
  console.log(cycle, [cycle.list]);
  console.log('%s is no format', 'x');
  console.log();
  console.log(await ctx.db.one("SELECT 1 AS id, '{1,2}'::int[] AS a, now() IS NULL AS n"));
$$;
-- Errors: message, fields, the place in the TypeScript, the cause.
CREATE FUNCTION errors() RETURNS void LANGUAGE plts AS $$
  interface Nothing { a: number }
  const make = (): Error => new TypeError('made here', { cause: new RangeError('the cause') });
  console.log(make());
  console.log({ nested: new Error('inside') });
  try { await ctx.db.exec('SELECT 1 / 0') } catch (error) { console.log('caught:', error) }
  console.log(new (class Own extends Error { name = 'Own'; status = 404 })('mine'));
  const cut = new Error('no stack'); cut.stack = undefined; console.log(cut);
$$;
SELECT errors();
-- Limits.
DO LANGUAGE plts $$
  const lines: string[] = [];
  console.log(Array.from({ length: 105 }, (_, i) => i));
  console.log(Object.fromEntries(Array.from({ length: 102 }, (_, i) => ['k' + i, i])).k101, new Set(Array.from({ length: 103 }, (_, i) => i)));
$$;
SET client_min_messages = warning;
SET log_min_messages = notice;
DO LANGUAGE plts $$
  const deep: any = {}; let at = deep; for (let i = 0; i < 100000; i++) at = at.x = {};
  ctx.log.notice(deep);
  ctx.log.notice('x'.repeat(5_000_000), ['y'.repeat(50_000)]);
  const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 'z'.repeat(1000)));
  ctx.log.notice(wide, wide, wide);
$$;
RESET client_min_messages;
RESET log_min_messages;
-- Which level is which.
SET client_min_messages = debug1;
DO LANGUAGE plts $$
  console.debug('d'); console.log('l'); console.info('i'); console.warn('w'); console.error('e'); console.dir({ a: 1 }, { depth: 0 }); console.table([{ a: 1 }]);
  ctx.log.debug('d'); ctx.log.info('i'); ctx.log.notice('n'); ctx.log.warn('w'); ctx.log.error('e');
  console.assert(true, 'not said'); console.assert(false); console.assert(0, 'said', { x: 1 });
  const traced = () => console.trace('here', 1);
  traced();
$$;
RESET client_min_messages;
-- What is not there says so.
DO LANGUAGE plts $$ console.group('x') $$;
DO LANGUAGE plts $$ console.time('x') $$;
-- What nobody gets is not made into text: the getter of the list is not asked.
DO LANGUAGE plts $$
  let asked = 0;
  const list = new Proxy([1], { get(target, key, self) { asked += 1; return Reflect.get(target, key, self) } });
  console.debug(list); ctx.log.debug(list); console.trace(list);
  const before = asked;
  console.log(list);
  ctx.log.info(before, asked > 0);
$$;
-- The context has the place in the TypeScript, and the functions around it.
CREATE FUNCTION says(t text) RETURNS void LANGUAGE plts AS $$
  type T = string;
  const say = (what: T) => ctx.log.notice(what);
  say(t);
$$;
\set SHOW_CONTEXT always
SELECT says('with its place');
DO LANGUAGE plpgsql $$ BEGIN PERFORM says('from plpgsql'); END $$;
\set SHOW_CONTEXT errors
-- What the client does not ask for is not sent.
SET client_min_messages = error;
SELECT says('not heard');
RESET client_min_messages;
