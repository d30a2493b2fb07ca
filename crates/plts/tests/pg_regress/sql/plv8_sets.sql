-- Sets: rows by plv8.return_next, then those that are returned.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE SCHEMA plts_plv8_sets;
RESET client_min_messages;
SET search_path = plts_plv8_sets;
CREATE TYPE pair AS (i int, t text);
CREATE FUNCTION two_ways() RETURNS SETOF pair LANGUAGE plv8 AS $$
  var row = { i: 1, t: 'by return_next' };
  plv8.return_next(row);
  row.i = 2;
  plv8.return_next(row);
  return [{ i: 3, t: 'returned' }, { t: 'too', i: '4' }];
$$;
SELECT * FROM two_ways();
CREATE FUNCTION scalars(how text) RETURNS SETOF int LANGUAGE plv8 AS $$
  switch (how) {
    case 'one': return 1;
    case 'null': return null;
    case 'nothing': return;
    case 'array': return [1, null, '3'];
    case 'next': plv8.return_next(1); plv8.return_next(null); plv8.return_next(); return;
    case 'wrong': plv8.return_next('x');
    case 'caught': plv8.return_next(1); try { plv8.return_next('x') } catch (error) { plv8.elog(NOTICE, error) } return [2];
    case 'thrown': plv8.return_next(1); throw new Error('after one row');
  }
$$;
SELECT how, array(SELECT s FROM scalars(how) AS s) FROM unnest('{one,null,nothing,array,next,caught}'::text[]) AS how;
SELECT scalars('wrong');
SELECT scalars('thrown');
-- Rows.
CREATE FUNCTION rows(how text) RETURNS TABLE (a int, b text) LANGUAGE plv8 AS $$
  switch (how) {
    case 'one': return { a: 1, b: 'b' };
    case 'more': return [{ a: 1, b: 'b', c: 'dropped' }];
    case 'less': return [{ a: 1 }];
    case 'null': return null;
    case 'text': plv8.return_next('text');
    case 'query': return plv8.execute("SELECT i AS a, 'n' || i AS b FROM generate_series(1, 3) AS i");
  }
$$;
SELECT * FROM rows('one');
SELECT * FROM rows('more');
SELECT * FROM rows('query');
SELECT * FROM rows('less');
SELECT * FROM rows('null');
SELECT * FROM rows('text');
-- record, with the columns that the call says.
CREATE FUNCTION records() RETURNS SETOF record LANGUAGE plv8 AS 'plv8.return_next({ a: 1, b: 2 })';
SELECT * FROM records() AS r (a int, b text);
SELECT * FROM records() AS r (a int);
SELECT * FROM records() AS r (c int);
SELECT records();
-- A set in a set: each has its own rows.
CREATE FUNCTION outer_set() RETURNS SETOF text LANGUAGE plv8 AS $$
  plv8.return_next('before');
  plv8.execute('SELECT s FROM scalars($1) AS s', ['array']).forEach(function (row) { plv8.return_next('inner ' + row.s) });
  return 'after';
$$;
SELECT * FROM outer_set();
-- Arrays of sets of arrays, and JSON.
CREATE FUNCTION arrays() RETURNS SETOF int[] LANGUAGE plv8 AS 'return [[1, 2], [3]]';
SELECT * FROM arrays();
CREATE FUNCTION documents() RETURNS SETOF jsonb LANGUAGE plv8 AS 'return [{ a: 1 }, [1, 2], "text"]';
SELECT * FROM documents();
-- Where there is no set, also after one.
DO LANGUAGE plv8 $$ plv8.return_next(1) $$;
CREATE FUNCTION leaks() RETURNS SETOF int LANGUAGE plv8 AS 'leaked = plv8.return_next; leaked(1)';
SELECT * FROM leaks();
DO LANGUAGE plv8 $$ leaked(2) $$;
-- A row whose reading gives rows.
CREATE FUNCTION reads() RETURNS SETOF pair LANGUAGE plv8 AS 'plv8.return_next({ get i() { plv8.return_next({ i: 0, t: "inside" }); return 1 }, t: "outside" })';
SELECT * FROM reads();
-- More rows than V8's heap would hold.
CREATE FUNCTION many(n int) RETURNS SETOF text LANGUAGE plv8 AS $$ for (var i = 0; i < n; i++) plv8.return_next('row ' + i + ' '.repeat(500)) $$;
SELECT count(*), count(DISTINCT s) FROM many(100000) AS s;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_sets CASCADE;
