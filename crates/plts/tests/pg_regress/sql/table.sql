-- Sets of rows: composite types, RETURNS TABLE, record with a column definition list.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_table;
RESET client_min_messages;
SET search_path = plts_table;

CREATE FUNCTION squares(n int) RETURNS TABLE (number int, square bigint) LANGUAGE plts AS $$
  for (let i = 1; i <= n; i += 1) yield { number: i, square: i * i };
$$;
SELECT * FROM squares(3);
SELECT square FROM squares(1000) ORDER BY square DESC LIMIT 1;
SELECT squares(2);
SELECT (squares(2)).*;
SELECT i, s.* FROM generate_series(1, 2) i, LATERAL squares(i) s;
SELECT * FROM ROWS FROM (squares(2), generate_series(1, 3)) AS r(a, b, c);
SELECT * FROM squares(2) WITH ORDINALITY;
-- One column: the bare value.
CREATE FUNCTION one_column(n int) RETURNS TABLE (number int) LANGUAGE plts AS 'for (let i = 1; i <= n; i += 1) yield i';
SELECT * FROM one_column(2);
-- Missing, undefined and null fields; whole rows that are null.
CREATE FUNCTION gaps() RETURNS TABLE (a int, b text) LANGUAGE plts AS $$
  return [{ a: 1, b: 'x' }, { a: 2 }, { b: undefined }, {}, null, undefined, { b: null, a: 7 }];
$$;
SELECT a, b, gaps IS NULL AS is_null FROM gaps();
-- Other names, other kinds.
CREATE FUNCTION bad_row(how text) RETURNS TABLE (a int, b text) LANGUAGE plts AS $$
  yield { a: 1 };
  yield { extra: { a: 1, c: 2 }, array: [1, 'x'], number: 5, string: 'a', field: { a: 'x' }, range: { a: 3e9 } }[how];
$$;
SELECT * FROM bad_row('extra');
SELECT * FROM bad_row('array');
SELECT * FROM bad_row('number');
SELECT * FROM bad_row('string');
SELECT * FROM bad_row('field');
SELECT * FROM bad_row('range');
-- Objects of classes, with getters, without a prototype; the same object again and again.
CREATE FUNCTION objects() RETURNS TABLE (a int, b text) LANGUAGE plts AS $$
  class Row { constructor(readonly a: number) {} get b() { return `b${this.a}` } }
  yield new Row(1);
  yield Object.assign(Object.create(null), { a: 2, b: 'null' });
  const same = { a: 3, b: 'same' };
  for (; same.a < 6; same.a += 1) yield same;
$$;
SELECT * FROM objects();
CREATE FUNCTION throwing_getter() RETURNS TABLE (a int, b text) LANGUAGE plts AS $$
  try { yield { a: 1 }; yield { get a() { throw new RangeError('getter') } } } finally { ctx.log.notice('finally') }
$$;
SELECT * FROM throwing_getter();

-- Named composite types, their changes, tables.
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION pairs() RETURNS SETOF pair LANGUAGE plts AS $$ yield { a: 1, b: 'x' }; yield null; yield { a: 2 } $$;
SELECT * FROM pairs();
SELECT pairs();
SELECT count(*) FROM pairs() p WHERE p IS NULL;
ALTER TYPE pair ADD ATTRIBUTE c boolean;
SELECT * FROM pairs();
ALTER TYPE pair DROP ATTRIBUTE b;
-- Changed while the set is being given.
CREATE FUNCTION restless() RETURNS SETOF pair LANGUAGE plts AS $$
  yield { a: 1 };
  ctx.db.sync.exec('ALTER TYPE plts_table.pair ADD ATTRIBUTE d int');
  yield { a: 2 };
$$;
SELECT * FROM restless();
SELECT * FROM pairs();
CREATE OR REPLACE FUNCTION pairs() RETURNS SETOF pair LANGUAGE plts AS $$ yield { a: 1, c: true } $$;
SELECT * FROM pairs();
CREATE TABLE item (id int, gone int, name text NOT NULL, tags text[], info jsonb);
ALTER TABLE item DROP COLUMN gone;
INSERT INTO item VALUES (1, 'tea', '{a,b}', '{"x": 1}'), (2, 'mug', NULL, NULL);
CREATE FUNCTION copies() RETURNS SETOF item LANGUAGE plts AS $$ yield* await ctx.db.query('SELECT * FROM plts_table.item ORDER BY id') $$;
SELECT * FROM copies();
INSERT INTO item SELECT (c).id + 10, (c).name, (c).tags, (c).info FROM copies() c;
SELECT * FROM item ORDER BY id;
-- A domain over a composite type.
CREATE TYPE point2 AS (x int, y int);
CREATE DOMAIN quadrant AS point2 CHECK ((VALUE).x >= 0);
CREATE FUNCTION quadrants(lowest int) RETURNS SETOF quadrant LANGUAGE plts AS 'for (let x = 2; x >= lowest; x -= 1) yield { x, y: 1 }';
SELECT * FROM quadrants(0);
SELECT * FROM quadrants(-1);
-- A column's own constraints are those of its domain.
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION positives() RETURNS TABLE (p positive, t varchar(3)) LANGUAGE plts AS $$ yield { p: 1, t: 'abc' }; yield { p: 0, t: 'd' } $$;
SELECT * FROM positives();

-- record.
CREATE FUNCTION any_rows() RETURNS SETOF record LANGUAGE plts AS $$ yield { a: 1, b: 'x' }; yield { b: 'y' }; yield null $$;
SELECT * FROM any_rows() AS r(a int, b text);
SELECT * FROM any_rows() AS r(b text, a bigint);
SELECT * FROM any_rows() AS r(a int);
SELECT * FROM any_rows();
SELECT any_rows();
CREATE FUNCTION any_row(n int) RETURNS record LANGUAGE plts AS 'return { a: n, b: [n] }';
SELECT * FROM any_row(1) AS r(a int, b int[]);
SELECT * FROM any_row(2) AS r(b text, a text);
SELECT i, r.* FROM generate_series(1, 2) i, any_row(i) AS r(a int, b jsonb);
SELECT any_row(1);
-- OUT arguments of a set; polymorphic ones.
CREATE FUNCTION out_set(n int, OUT a int, OUT b text) RETURNS SETOF record LANGUAGE plts AS 'for (let a = 1; a <= n; a += 1) yield { a, b: `b${a}` }';
SELECT * FROM out_set(2);
SELECT out_set(1);
CREATE FUNCTION doubled(v anyelement) RETURNS TABLE (one anyelement, two anyarray) LANGUAGE plts AS 'yield { one: v, two: [v, v] }';
SELECT * FROM doubled(5);
SELECT * FROM doubled('x'::text);
SELECT * FROM doubled(5), doubled(true) AS b(c, d);
-- The generator throws between rows; a cursor; a view.
CREATE FUNCTION breaks() RETURNS TABLE (a int, b int) LANGUAGE plts AS $$ yield { a: 1 }; throw new Error('broken') $$;
SELECT * FROM breaks();
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT * FROM squares(4);
FETCH LAST FROM c;
FETCH PRIOR FROM c;
COMMIT;
CREATE VIEW small_squares AS SELECT * FROM squares(2);
SELECT s.number, t.square FROM small_squares s, small_squares t;
-- Within a statement of another one.
CREATE FUNCTION summed(count int) RETURNS TABLE (n int, total bigint) LANGUAGE plts AS $$
  for (let n = 1; n <= count; n += 1) {
    const { total } = await ctx.db.one('SELECT sum(square)::bigint AS total FROM plts_table.squares($1)', [n]);
    yield { n, total };
  }
$$;
SELECT * FROM summed(3);
SET work_mem = '64kB';
SELECT count(*), sum(square) FROM squares(20000);
RESET work_mem;
