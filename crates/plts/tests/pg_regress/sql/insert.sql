-- Many rows into a table at once.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_insert;
RESET client_min_messages;
SET search_path = plts_insert;

CREATE TABLE item (id int PRIMARY KEY, name varchar(5), price numeric(10, 2), tags text[], data jsonb, at timestamptz, "Odd ""name" bool, big int8 DEFAULT 7);
CREATE FUNCTION put(rows jsonb) RETURNS int LANGUAGE plts AS 'return await ctx.db.insert("item", rows)';
SELECT put('[{"id": 1, "name": "tea", "price": 4.5, "data": {"a": [1, 12345678901234567890]}}, {"price": null, "name": null, "data": null, "id": 2}]');
SELECT put('[]');
SELECT put('[{"id": 3, "tags": ["a", "b"], "data": [1]}, {"id": 4, "tags": null, "data": "text"}]');
CREATE FUNCTION put_values() RETURNS int LANGUAGE plts AS $$
  return ctx.db.sync.insert(["plts_insert", "item"], [{ id: 5, at: new Date(0), 'Odd "name': true, big: 9007199254740993n }, { id: 6, at: Infinity, 'Odd "name': undefined, big: 8 }]);
$$;
SELECT put_values();
SELECT * FROM item ORDER BY id;
-- The rows must agree about their columns.
CREATE FUNCTION refused(kind text) RETURNS text LANGUAGE plts AS $$
  const { insert } = ctx.db.sync;
  const kinds: Record<string, () => unknown> = {
    missing: () => insert('item', [{ id: 50, name: 'x' }, { id: 51 }]),
    extra: () => insert('item', [{ id: 50 }, { id: 51, name: 'x' }]),
    other: () => insert('item', [{ id: 50 }, { name: 'x' }]),
    column: () => insert('item', [{ id: 50, nothing: 1 }]),
    table: () => insert('nothing', [{ id: 50 }]),
    schema: () => insert('nowhere.item', [{ id: 50 }]),
    injection: () => insert('item" (id) VALUES (50) --', [{ id: 50 }]),
    parts: () => insert('a.b.c', [{ id: 50 }]),
    value: () => insert('item', [{ id: 50 }, { id: 'x' }]),
    single_value: () => insert('item', [{ id: 50, tags: [] }, { id: 'x', tags: [] }]),
    json: () => insert('item', [{ id: 50, data: () => 1 }]),
    long: () => insert('item', [{ id: 50, name: 'much too long' }]),
    duplicate: () => insert('item', [{ id: 50 }, { id: 50 }]),
    second_chunk: () => insert('item', [{ id: 50 }, { id: 51 }, { id: 52 }, { id: 'x' }], { chunk: 2 }),
    no_array: () => insert('item', { id: 50 } as any),
    no_object: () => insert('item', [{ id: 50 }, null] as any),
    no_columns: () => insert('item', [{}]),
    chunk: () => insert('item', [{ id: 50 }], { chunk: 0 }),
    option: () => insert('item', [{ id: 50 }], { column: ['id'] } as any),
    columns: () => insert('item', [{ id: 50 }], { columns: ['id', 'name'] }),
    columns_twice: () => insert('item', [{ id: 50 }], { columns: ['id', 'id'] }),
    lone: () => insert('item', [{ id: 50, name: '\ud800' }]),
  };
  try { return 'no error: ' + kinds[kind]() } catch (error) { return `${error.sqlstate ?? error.name} ${error.message}` }
$$;
SELECT kind, refused(kind) FROM unnest('{missing,extra,other,column,table,schema,injection,parts,value,single_value,json,long,duplicate,second_chunk,no_array,no_object,no_columns,chunk,option,columns,columns_twice,lone}'::text[]) kind;
SELECT count(*) FROM item WHERE id >= 50;
-- Columns that are named are taken, whatever else the rows have.
CREATE FUNCTION named() RETURNS int LANGUAGE plts AS $$ return await ctx.db.insert('item', [{ id: 60, name: 'a', other: 1 }, { other: 2, name: 'b', id: 61 }], { columns: ['id', 'name'] }) $$;
SELECT named();
SELECT id, name, big FROM item WHERE id >= 60;
-- Types of every kind of column.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE kinds (a int2, b int8, c float4, d float8, e numeric, f text, g bpchar, h char(3), i uuid, j bytea, k date, l timestamp, m time, n interval, o inet, p mood, q positive, r json, s bit(3), t int4range, u "char", v name, w oid);
CREATE FUNCTION put_kinds() RETURNS int LANGUAGE plts AS $$
  const row = { a: 1, b: 2n, c: 1.5, d: 2.5, e: '3.50', f: 't', g: 'b', h: 'c', i: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', j: new Uint8Array([1, 2]), k: '2024-02-29', l: '2024-01-02T03:04:05', m: '01:02:03', n: 'P1D', o: '10.0.0.1', p: 'happy', q: 5, r: { x: 1 }, s: '101', t: null, u: 'x', v: 'n', w: 9 };
  const none = Object.fromEntries(Object.keys(row).map((key) => [key, null]));
  return await ctx.db.insert('kinds', [row, none, row]);
$$;
SELECT put_kinds();
SELECT * FROM kinds;
-- In many statements of one subtransaction, or in none of its own.
CREATE TABLE many (i int, j int[], x text);
CREATE FUNCTION put_many(n int, arrays bool) RETURNS jsonb LANGUAGE plts AS $$
  try { await ctx.db.exec('TRUNCATE many') } catch { }
  const rows = Array.from({ length: n }, (_, i) => (arrays ? { i, j: [i, i + 1] } : { i, x: 'row ' + i }));
  const count = await ctx.db.insert('many', rows);
  return [count, await ctx.db.one('SELECT count(*)::int AS n, count(DISTINCT i)::int AS different, count(DISTINCT xmin::text)::int AS ids FROM many')];
$$;
SELECT put_many(10000, false), put_many(2501, true);
CREATE FUNCTION put_uncaught() RETURNS bool LANGUAGE plts AS $$
  await ctx.db.insert('many', [{ i: -1 }, { i: -2 }], { chunk: 1 });
  return (await ctx.db.one("SELECT bool_and(xmin::text = (pg_current_xact_id()::text::int8 % (2^32)::int8)::text) AS top FROM many WHERE i < 0")).top;
$$;
SELECT put_uncaught() AS top_transaction;
-- Generated columns, a view, triggers, privileges.
CREATE VIEW item_view AS SELECT id, name FROM item;
CREATE TABLE generated (id int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (n * 2) STORED, n int);
CREATE FUNCTION put_others() RETURNS jsonb LANGUAGE plts AS $$
  const seen: unknown[] = [await ctx.db.insert('item_view', [{ id: 70, name: 'v' }]), await ctx.db.insert('generated', [{ n: 1 }, { n: 2 }])];
  try { await ctx.db.insert('generated', [{ id: 5 }]) } catch (error) { seen.push(error.sqlstate) }
  return [seen, await ctx.db.query('SELECT * FROM generated ORDER BY id')];
$$;
SELECT put_others();
CREATE ROLE plts_insert_user;
GRANT USAGE ON SCHEMA plts_insert TO plts_insert_user;
SET ROLE plts_insert_user;
SELECT put('[{"id": 80}]');
RESET ROLE;
