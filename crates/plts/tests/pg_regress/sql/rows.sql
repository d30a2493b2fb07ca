-- Rows into objects: one, a few, and many at a time.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_rows;
RESET client_min_messages;
SET search_path = plts_rows;

-- Each number of rows gives so many objects, in order, with the same properties.
CREATE FUNCTION counted(n int) RETURNS text LANGUAGE plts AS $$
  const rows = ctx.db.sync.query(
    "SELECT i AS id, i * 4294967296 AS big, 'row ' || i AS name, timestamptz '2026-01-01Z' + i * interval '1.000001 s' AS at, i % 2 = 0 AS ok, NULLIF(i % 3, 0) AS gap FROM generate_series(1, $1) AS i", [n]);
  if (!Array.isArray(rows) || rows.length !== n) return `${rows.length} rows`;
  for (let i = 1; i <= n; i++) {
    const row = rows[i - 1];
    if (Object.keys(row).join() !== "id,big,name,at,ok,gap") return `keys of ${i}`;
    if (row.id !== i || row.big !== BigInt(i) * 4294967296n || row.name !== `row ${i}` || row.ok !== (i % 2 === 0)) return `row ${i}`;
    if (row.gap !== (i % 3 || null) || row.at.getTime() !== Date.UTC(2026, 0, 1) + i * 1000 + Math.floor(i / 1000)) return `row ${i}, ${row.at.toISOString()}`;
  }
  return "good";
$$;
SELECT DISTINCT counted(n) FROM unnest('{0,1,2,3,4,5,12,13,14,15,16,17,63,64,65,67,68,69,128,131,132,133,1000,3000}'::int[]) AS n;
-- As wide as PostgreSQL lets a row be, and without any column.
CREATE FUNCTION wide(columns int, n int) RETURNS text LANGUAGE plts AS $$
  const list = Array.from({ length: columns }, (_, i) => `i + ${i} AS c${i}`);
  const rows = ctx.db.sync.query(`SELECT ${list.join()} FROM generate_series(1, ${n}) AS i`);
  return rows.length === n && rows.every((row, at) => Object.keys(row).length === columns && Object.values(row).every((value, i) => value === at + 1 + i)) ? "good" : "bad";
$$;
SELECT columns, DISTINCT_of.result FROM unnest('{0,1,16,17,40,79,80,81,160,1000,1600}'::int[]) AS columns,
  LATERAL (SELECT string_agg(DISTINCT wide(columns, n), ',') AS result FROM unnest('{1,2,5,70}'::int[]) AS n) AS DISTINCT_of;
-- Names that mean something in JavaScript.
CREATE FUNCTION names() RETURNS SETOF text LANGUAGE plts AS $$
  const sql = `SELECT i AS "__proto__", i AS "constructor", i AS "a b", i AS "0", i AS "return", i AS "ü", i AS "a""b'c\`d\\" FROM generate_series(1, 3) AS i`;
  for (const row of ctx.db.sync.query(sql)) yield JSON.stringify(Object.entries(row));
  yield String(Object.getPrototypeOf(ctx.db.sync.query(sql)[2]) === Object.prototype);
$$;
SELECT names();
-- The only row.
CREATE FUNCTION one_row(n int, maybe boolean) RETURNS jsonb LANGUAGE plts AS $$
  const sql = "SELECT i AS id FROM generate_series(1, $1) AS i";
  return maybe ? ctx.db.sync.maybeOne(sql, [n]) : ctx.db.sync.one({ sql, params: [n] });
$$;
SELECT one_row(1, false), one_row(1, true), one_row(0, true) IS NULL AS none;
SELECT one_row(0, false);
SELECT one_row(2, false);
SELECT one_row(200, true);
-- Texts of every kind, in rows, arguments and results.
CREATE TABLE texts (id int, t text);
ALTER TABLE texts ALTER t SET STORAGE EXTERNAL;
INSERT INTO texts VALUES (1, ''), (2, 'ascii'), (3, 'Latin é ÿ'), (4, '€ Ā'), (5, '😀'), (6, NULL), (7, repeat('x', 126)), (8, repeat('x', 127)), (9, repeat('é', 5000));
ALTER TABLE texts ALTER t SET STORAGE EXTENDED;
INSERT INTO texts VALUES (10, repeat('compressed', 10000)), (11, repeat('ü', 100000));
CREATE FUNCTION same(t text) RETURNS text LANGUAGE plts AS 'return t';
CREATE FUNCTION joined(a text, b text) RETURNS text LANGUAGE plts AS 'return a + b';
CREATE FUNCTION lengths() RETURNS int[] LANGUAGE plts AS 'return ctx.db.sync.query("SELECT t FROM texts ORDER BY id").map((row) => row.t?.length ?? null)';
SELECT id, same(t) IS NOT DISTINCT FROM t AS same, octet_length(joined(t, 'é')) AS octets FROM texts ORDER BY id;
SELECT lengths();
-- Elements of arrays can be set like anywhere else, and the prototypes cannot.
CREATE FUNCTION elements() RETURNS text LANGUAGE plts AS $$
  const list = [], holes = new Array(3), object = {};
  for (let i = 0; i < 1000; i++) list[i] = i;
  holes[1] = "x"; object[7] = "y";
  const failures = [Array.prototype, Object.prototype].map((prototype) => {
    try { prototype[0] = 1; return "set"; } catch (error) { return error.name + Object.isFrozen(prototype); }
  });
  return [list.length, list[999], String(holes), object[7], ...failures].join(" ");
$$;
SELECT elements();
-- Dates: equal, subclassed, shared, invalid, with and without microseconds.
CREATE FUNCTION later(a timestamptz, b timestamptz) RETURNS timestamptz LANGUAGE plts AS 'return a > b ? a : b';
CREATE FUNCTION date_of(kind text, a timestamptz) RETURNS timestamptz LANGUAGE plts AS $$
  class Own extends Date { valueOf() { return 0; } }
  switch (kind) {
    case 'same': return a;
    case 'copy': return new Date(a);
    case 'subclass': return new Own(a);
    case 'changed': a.setMilliseconds(a.getMilliseconds() + 1); return a;
    case 'infinity': return -Infinity;
    case 'invalid': return new Date(NaN);
    case 'proxy': return new Proxy(a, {});
    case 'number': return 5;
  }
$$;
SET timezone = 'UTC';
SELECT later('2026-01-01Z', '2026-01-02Z'), later('2026-01-01 00:00:00.000001Z', '2025-01-01Z'), later('infinity', '2026-01-01Z'), later('0044-03-15 BC', '4713-01-01 BC');
SELECT kind, date_of(kind, a) FROM unnest('{same,copy,subclass,changed,infinity}'::text[]) AS kind, unnest('{2026-01-01 00:00:00.5Z,2026-01-01 00:00:00.123456Z,4713-01-01 00:00:00.123456Z BC}'::timestamptz[]) AS a;
SELECT date_of('invalid', now());
SELECT date_of('proxy', now());
SELECT date_of('number', now());
SELECT later('294276-12-31 23:59:59Z', now());
SET client_min_messages = warning;
DROP SCHEMA plts_rows CASCADE;
