-- Composites, both ways.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types_composite;
RESET client_min_messages;
SET search_path = plts_types_composite;
SET timezone = 'UTC';

CREATE TYPE point2 AS (x int, y int);
CREATE TYPE line2 AS (name text, a point2, b point2, via point2[]);
CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price numeric(6, 2), added timestamptz(0), tags text[] DEFAULT '{}');
INSERT INTO item VALUES (1, 'tea', 2.5, '2024-01-01 12:00:00.7Z', '{hot,green}'), (2, 'mug', NULL, NULL, NULL);

-- To JavaScript: an object with the columns in their order.
CREATE FUNCTION seen(x item) RETURNS text LANGUAGE plts AS 'return x === null ? "null" : Object.keys(x) + " " + JSON.stringify(x)';
SELECT seen(item) FROM item ORDER BY id;
SELECT seen(NULL), seen(ROW(3, 'x', 1, NULL, NULL));
-- And back.
CREATE FUNCTION same(x item) RETURNS item LANGUAGE plts AS 'return x';
SELECT same(item) IS NOT DISTINCT FROM item AS same, same(item) FROM item ORDER BY id;
SELECT (same(item)).name, (same(item)).tags FROM item ORDER BY id;
SELECT * FROM same(ROW(7, 'x', 1.005, '2024-01-01 00:00:00.5Z', ARRAY['a', NULL])::item);
SELECT same(NULL) IS NULL AS null_stays_null;
-- Nested, and in arrays.
CREATE FUNCTION mirror(l line2) RETURNS line2 LANGUAGE plts AS $$
  const swap = (p) => p && { y: p.x, x: p.y };
  return { ...l, a: swap(l.a), b: swap(l.b), via: l.via?.map(swap) };
$$;
SELECT mirror(ROW('l', ROW(1, 2), NULL, ARRAY[ROW(3, 4), NULL]::point2[])::line2);
SELECT mirror(ROW(NULL, NULL, ROW(NULL, 5), '{}')::line2);
CREATE FUNCTION all_points(p point2[]) RETURNS point2[] LANGUAGE plts AS 'return [...p, { x: p.length }]';
SELECT all_points(ARRAY[ROW(1, 2), NULL]::point2[]);
-- What is not there is NULL; what is no column is an error, unless it is undefined.
CREATE FUNCTION made(kind text) RETURNS point2 LANGUAGE plts AS $$
  class Place { x = 1; get y() { return this.x + 1; } }
  switch (kind) {
    case 'part': return { y: 5 };
    case 'none': return {};
    case 'undefined': return { x: undefined, y: 1, z: undefined };
    case 'getter': return new Place();
    case 'no prototype': return Object.assign(Object.create(null), { x: 1, y: 2 });
    case 'hidden': return Object.defineProperty({ y: 2 }, 'x', { value: 9 });
    case 'symbol': return { x: 1, [Symbol('s')]: 2 };
    case 'extra': return { x: 1, Y: 2 };
    case 'wrong': return { x: 1, y: 'two' };
    case 'array': return [1, 2];
    case 'map': return new Map([['x', 1]]);
    case 'date': return new Date(0);
    case 'error': return new RangeError('r');
    case 'text': return '(1,2)';
    case 'number': return 5;
    case 'throws': return { get x() { throw new RangeError('no x'); } };
    case 'proxy': return new Proxy({ x: 3, y: 4 }, {});
    case 'async': return Promise.resolve({ x: 1, y: 1 });
  }
$$;
SELECT kind, made(kind) FROM unnest('{part,none,undefined,getter,no prototype,hidden,symbol,proxy,async}'::text[]) AS kind;
SELECT made('none') IS NULL AS all_null, made('none') IS NOT DISTINCT FROM NULL AS is_null_itself;
SELECT made('extra');
SELECT made('wrong');
SELECT made('array');
SELECT made('map');
SELECT made('date');
SELECT made('error');
SELECT made('text');
SELECT made('number');
SELECT made('throws');
-- The place of what is wrong is named.
CREATE FUNCTION misplaced(kind text) RETURNS line2 LANGUAGE plts AS $$
  switch (kind) {
    case 'deep': return { via: [{ x: 1 }, { x: 1, y: 2.5 }] };
    case 'extra': return { a: { z: 1 } };
    case 'range': return { a: { x: 2 ** 40 } };
  }
$$;
SELECT misplaced('deep');
SELECT misplaced('extra');
SELECT misplaced('range');
CREATE FUNCTION priced(price text) RETURNS item LANGUAGE plts AS 'return { id: 1, price }';
SELECT priced('12.345');
SELECT priced('much');
SELECT priced('12345');
-- Names that JavaScript could take for something else.
CREATE TYPE odd AS ("constructor" text, "__proto__" text, "1" int, "a b" int, "toString" text);
CREATE FUNCTION odd(x odd) RETURNS odd LANGUAGE plts AS 'if (Object.keys(x).length !== 5) throw new Error(Object.keys(x).join()); return x';
SELECT odd(ROW('c', 'p', 1, 2, 's'));
CREATE FUNCTION odd_empty() RETURNS odd LANGUAGE plts AS 'return {}';
SELECT odd_empty();
CREATE TYPE nothing AS ();
CREATE FUNCTION nothing(x nothing) RETURNS nothing LANGUAGE plts AS 'if (Object.keys(x).length) throw new Error(); return x';
SELECT nothing(ROW()::nothing);
-- A changed table is seen at once: in the same session, and by statements that are prepared already.
CREATE FUNCTION again(i item) RETURNS item LANGUAGE plts AS $$
  const { row } = await ctx.db.one("SELECT item AS row FROM item WHERE id = $1", [i.id]);
  const { n } = await ctx.db.one("SELECT count(*)::int AS n FROM item WHERE item = $1::item", [i]);
  return { ...row, tags: [...(row.tags ?? []), String(n), Object.keys(i).join()] };
$$;
SELECT again(item) FROM item WHERE id = 1;
ALTER TABLE item ADD COLUMN stock int DEFAULT 7;
SELECT again(item) FROM item WHERE id = 1;
ALTER TABLE item DROP COLUMN price;
SELECT again(item) FROM item WHERE id = 1;
ALTER TABLE item RENAME COLUMN stock TO left_over;
SELECT again(item) FROM item WHERE id = 1;
ALTER TABLE item ALTER COLUMN left_over TYPE text USING left_over || '!';
SELECT again(item) FROM item WHERE id = 1;
SELECT same(item) IS NOT DISTINCT FROM item AS same FROM item WHERE id = 1;
ALTER TYPE point2 ADD ATTRIBUTE z int;
SELECT mirror(ROW('l', ROW(1, 2, 3), NULL, ARRAY[ROW(3, 4, 5)]::point2[])::line2);
SELECT made('part');
BEGIN;
ALTER TYPE point2 DROP ATTRIBUTE y;
SELECT made('part');
ROLLBACK;
SELECT made('part');
-- Changed while the function runs: an error, and not a row of the wrong type.
CREATE FUNCTION change_it() RETURNS item LANGUAGE plts AS $$
  await ctx.db.exec("ALTER TABLE item ADD COLUMN late int");
  return { id: 1, name: 'x' };
$$;
SELECT change_it();
SELECT seen(item) FROM item WHERE id = 1;
-- Domains over composites, and composites with domains.
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN named AS text NOT NULL;
CREATE TYPE guarded AS (n positive, name named);
CREATE DOMAIN first_quadrant AS point2 CHECK ((VALUE).x >= 0 AND (VALUE).y >= 0);
CREATE FUNCTION guarded(kind text) RETURNS guarded LANGUAGE plts AS $$
  switch (kind) { case 'good': return { n: 1, name: 'a' }; case 'low': return { n: 0, name: 'a' }; case 'nameless': return { n: 1 }; }
$$;
SELECT guarded('good'), guarded('none');
SELECT guarded('low');
SELECT guarded('nameless');
CREATE FUNCTION quadrant(x int, y int) RETURNS first_quadrant LANGUAGE plts AS 'return { x, y }';
SELECT quadrant(1, 2), quadrant(NULL, NULL);
SELECT quadrant(1, -2);
CREATE FUNCTION of_quadrant(p first_quadrant) RETURNS int LANGUAGE plts AS 'return p.x + p.y';
SELECT of_quadrant(ROW(3, 4, 0));
-- Anonymous records as arguments and in rows.
CREATE FUNCTION any_row(r record) RETURNS text LANGUAGE plts AS 'return JSON.stringify(r)';
SELECT any_row(ROW(1, 'two', NULL)), any_row(item), any_row(ROW()), any_row(ROW(ROW(ROW(1), 2), 3)) FROM item WHERE id = 1;
SELECT any_row(r) FROM (SELECT 1 AS a, 'b' AS b) r;
SELECT any_row(r) FROM (SELECT 1 AS a, 2 AS a) r;
CREATE FUNCTION rows() RETURNS jsonb LANGUAGE plts AS $$
  return ctx.db.sync.one("SELECT ROW(1, 'a') AS r, ARRAY[ROW(1, 2), NULL] AS rs, item AS i, NULL::item AS n FROM item WHERE id = 1");
$$;
SELECT rows();
-- As parameters of statements.
CREATE FUNCTION points() RETURNS jsonb LANGUAGE plts AS $$
  const db = ctx.db.sync;
  return db.one("SELECT ($1::point2)::text AS a, ($2::point2[])::text AS b, ($3::point2).x AS c", [{ x: 1, y: 2 }, [{ y: 3 }, null], null]);
$$;
SELECT points();
CREATE FUNCTION insert_item(x jsonb) RETURNS item LANGUAGE plts AS $$
  const { i } = ctx.db.sync.one("INSERT INTO item SELECT ($1::item).* RETURNING item AS i", [x]);
  return i;
$$;
SELECT insert_item('{"id": 10, "name": "pot", "tags": ["a"]}');
SELECT insert_item('{"id": 11, "nom": "pot"}');
CREATE FUNCTION nameless_parameter() RETURNS int LANGUAGE plts AS $$
  return ctx.db.sync.one("SELECT 1 AS a FROM pg_class WHERE $1::record IS NULL LIMIT 1", [{ a: 1 }]).a;
$$;
SELECT nameless_parameter();
-- As a procedure's argument, and strictly.
CREATE PROCEDURE keep(i item) LANGUAGE plts AS 'await ctx.db.exec("UPDATE item SET name = $2 WHERE id = $1", [i.id, i.name + "!"])';
CALL keep(same(ROW(1, 'tea', NULL, NULL, NULL)));
SELECT name FROM item WHERE id = 1;
-- Generated columns and inheritance: a child's row is of the child's type.
CREATE TABLE base (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE child (c int) INHERITS (base);
INSERT INTO child VALUES (1, DEFAULT, 3);
CREATE FUNCTION of_base(x base) RETURNS text LANGUAGE plts AS 'return JSON.stringify(x)';
SELECT of_base(base) FROM base;
SELECT of_base(child) FROM child;
SET client_min_messages = warning;
DROP SCHEMA plts_types_composite CASCADE;
