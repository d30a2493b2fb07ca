-- Window functions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_window;
RESET client_min_messages;
SET search_path = plts_window;

CREATE TABLE sale (shop text, day int, amount int);
INSERT INTO sale VALUES ('a', 1, 10), ('a', 2, 20), ('a', 2, 5), ('a', 3, NULL), ('b', 1, 7), ('b', 4, 8);

CREATE FUNCTION place() RETURNS text LANGUAGE plts WINDOW AS 'return `${ctx.window.position + 1} of ${ctx.window.rowCount}`';
SELECT shop, day, place() OVER (PARTITION BY shop ORDER BY day, amount) FROM sale;
SELECT place() OVER () FROM sale LIMIT 2;
-- The arguments are those of the current row.
CREATE FUNCTION difference(amount int) RETURNS int LANGUAGE plts WINDOW AS $$
  const before = ctx.window.argInPartition(0, -1);
  return before === undefined ? undefined : amount - before;
$$;
SELECT shop, day, amount, difference(amount) OVER (PARTITION BY shop ORDER BY day, amount) FROM sale;
CREATE FUNCTION ends(amount int) RETURNS text LANGUAGE plts WINDOW AS $$
  const { window } = ctx;
  return JSON.stringify([window.argInFrame(0, 0, 'head'), window.argInFrame(0, 0, 'tail'), window.argInPartition(0, 0, 'tail'), window.argInPartition(0, 100) === undefined]);
$$;
SELECT shop, day, amount, ends(amount) OVER (PARTITION BY shop ORDER BY day, amount ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM sale;
-- Peers.
CREATE FUNCTION ties() RETURNS boolean LANGUAGE plts WINDOW AS 'const p = ctx.window.position; return p > 0 && ctx.window.arePeers(p, p - 1)';
SELECT shop, day, ties() OVER (PARTITION BY shop ORDER BY day) FROM sale ORDER BY shop, day;
-- State of a partition, any value.
CREATE FUNCTION running(amount int) RETURNS text LANGUAGE plts WINDOW AS $$
  const seen: Map<number | null, number> = (ctx.window.state ??= new Map());
  seen.set(amount, (seen.get(amount) ?? 0) + 1);
  return [...seen].map(([key, count]) => `${key}x${count}`).join(' ');
$$;
SELECT shop, amount, running(amount) OVER (PARTITION BY shop ORDER BY day, amount) FROM sale;
SELECT running(1) OVER (ORDER BY i) FROM generate_series(1, 2) i;
-- Two windows in one query have states of their own.
SELECT running(1) OVER (ORDER BY i), running(2) OVER (ORDER BY i DESC) FROM generate_series(1, 2) i ORDER BY i;
SELECT count(DISTINCT r) FROM (SELECT running(i) OVER (PARTITION BY i) AS r FROM generate_series(1, 2000) i) r;
-- A mark, and asking before it.
CREATE FUNCTION marked(a int) RETURNS int LANGUAGE plts WINDOW AS $$
  ctx.window.setMark(ctx.window.position);
  return ctx.window.argInPartition(0, -1);
$$;
SELECT marked(i) OVER (ORDER BY i) FROM generate_series(1, 3) i;
CREATE FUNCTION lagging(a int) RETURNS int LANGUAGE plts WINDOW AS 'return ctx.window.argInPartition(0, -1, "current", true)';
SELECT lagging(i) OVER (ORDER BY i) FROM generate_series(1, 3) i;
-- Polymorphic.
CREATE FUNCTION further(a anyelement, by int) RETURNS anyelement LANGUAGE plts WINDOW AS 'return ctx.window.argInPartition(0, by)';
SELECT further(i, 1) OVER w, further('t' || i, 2) OVER w FROM generate_series(1, 3) i WINDOW w AS (ORDER BY i);
-- A module, statements, errors in an argument.
CREATE FUNCTION from_module(a int) RETURNS bigint LANGUAGE plts WINDOW AS $$
  export default async (ctx) => (await ctx.db.one('SELECT sum(amount) AS s FROM plts_window.sale WHERE day <= $1', [ctx.args.a])).s;
$$;
SELECT from_module(day) OVER (ORDER BY day) FROM (SELECT DISTINCT day FROM sale) d;
CREATE FUNCTION ahead(a int) RETURNS text LANGUAGE plts WINDOW AS $$
  try { return String(ctx.window.argInPartition(0, 1)) } catch (error) { return error.message }
$$;
SELECT ahead(6 / (3 - i)) OVER (ORDER BY i) FROM generate_series(1, 3) i;
-- Bad questions.
CREATE FUNCTION ask(what text) RETURNS text LANGUAGE plts WINDOW AS $$
  const { window } = ctx;
  const questions = {
    'no argument': () => window.argInPartition(1, 0),
    'negative argument': () => window.argInPartition(-1, 0),
    'fraction': () => window.argInPartition(0, 0.5),
    'text': () => window.argInPartition('0', 0),
    'far': () => window.argInPartition(0, 1e12),
    'from nowhere': () => window.argInFrame(0, 0, 'middle'),
    'from prototype': () => window.argInFrame(0, 0, 'toString'),
    'peers outside': () => window.arePeers(0, 99),
    'negative mark': () => window.setMark(-1),
    'overwritten': () => { window.position = 5 },
    'unbound': () => { const { argInPartition } = window; return argInPartition(0, 0) },
  };
  return questions[what]();
$$;
SELECT ask('no argument') OVER ();
SELECT ask('negative argument') OVER ();
SELECT ask('fraction') OVER ();
SELECT ask('text') OVER ();
SELECT ask('far') OVER ();
SELECT ask('from nowhere') OVER ();
SELECT ask('from prototype') OVER ();
SELECT ask('peers outside') OVER ();
SELECT ask('negative mark') OVER ();
SELECT ask('overwritten') OVER ();
SELECT ask('unbound') OVER ();
-- Only in a window.
SELECT place();
CREATE FUNCTION plain() RETURNS text LANGUAGE plts AS 'return typeof ctx.window';
SELECT plain();
SELECT plain() OVER ();
CREATE FUNCTION window_set() RETURNS SETOF int LANGUAGE plts WINDOW AS 'yield 1';
SELECT window_set() OVER ();
-- A plain function called from a window function has no window, not even through what it is given.
CREATE FUNCTION outer_window() RETURNS text LANGUAGE plts WINDOW AS $$ return ctx.db.sync.one('SELECT plts_window.plain() AS p').p $$;
SELECT outer_window() OVER ();
