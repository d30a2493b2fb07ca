-- plv8.execute, plans, cursors, subtransactions, quoting.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE SCHEMA plts_plv8_database;
RESET client_min_messages;
SET search_path = plts_plv8_database;
CREATE TABLE item (id int PRIMARY KEY, name text);

-- Rows for what gives rows, a number for what does not.
DO LANGUAGE plv8 $$
  function show(value) { plv8.elog(NOTICE, JSON.stringify(value)) }
  show(plv8.execute("INSERT INTO item SELECT i, 'n' || i FROM generate_series(1, 5) AS i"));
  show(plv8.execute('SELECT * FROM item WHERE id < $1 ORDER BY id', [3]));
  show(plv8.execute('SELECT * FROM item WHERE id = $1 OR name = $2 ORDER BY id', 4, 'n5'));
  show(plv8.execute('SELECT * FROM item WHERE false'));
  show(plv8.execute('UPDATE item SET name = upper(name) WHERE id > $1', ['3']));
  show(plv8.execute('DELETE FROM item WHERE id = 5 RETURNING id'));
  show(plv8.execute('CREATE TEMP TABLE scratch AS SELECT 1 AS a'));
  show(plv8.execute('SHOW plts.plv8_compat'));
  show(plv8.execute('CREATE TEMP TABLE more (a int); INSERT INTO more VALUES (1), (2); SELECT sum(a)::int AS sum FROM more'));
  show(plv8.execute('SELECT 1 AS a', []));
  show(plv8.execute());
$$;
-- The wrong number of parameters, and what does not fit.
CREATE FUNCTION attempt(source text) RETURNS text LANGUAGE plv8 AS $$
  try { return JSON.stringify(eval(source)) } catch (error) { return String(error) }
$$;
SELECT each, attempt(each) FROM unnest(array[
  $$plv8.execute('SELECT $1::int', [])$$, $$plv8.execute('SELECT $1::int', [1, 2])$$, $$plv8.execute('SELECT $1::int', ['x'])$$,
  $$plv8.execute('SELECT 1', [1])$$, $$plv8.execute('COMMIT')$$, $$plv8.execute('')$$, $$plv8.execute(null)$$, $$plv8.execute('SELECT * FROM item WHERE id = 1')$$]) AS each;
-- A function may write whatever its volatility says.
CREATE FUNCTION writes() RETURNS int LANGUAGE plv8 IMMUTABLE AS $$
  plv8.execute("INSERT INTO item VALUES (10, 'ten')");
  return plv8.execute('SELECT count(*)::int AS n FROM item WHERE id = 10')[0].n;
$$;
SELECT writes();

-- Plans.
DO LANGUAGE plv8 $$
  function show(value) { plv8.elog(NOTICE, JSON.stringify(value)) }
  var plan = plv8.prepare('SELECT name, $2::text AS given FROM item WHERE id = $1', ['int', 'varchar(3)']);
  show(plan.execute([1, 'abc']));
  show(plan.execute(2, 'trailing'));
  show(plv8.prepare('SELECT $1 + $2 AS sum', 'int8', 'int8').execute(['1', 2]).map(function (row) { return String(row.sum) }));
  show(plv8.prepare('SELECT 1 AS unused', ['int']).execute([5]));
  show(plv8.prepare("UPDATE item SET name = 'one' WHERE id = $1").execute([1]));
  show([String(plan), plan.free(), plan.free()]);
  [
    function () { plan.execute([1, 'a']) }, function () { plan.cursor([1, 'a']) }, function () { plv8.prepare('SELECT $1::int').execute() },
    function () { plv8.prepare('SELECT $1::int').execute([1, 2]) }, function () { plv8.prepare('SELECT $1', ['no_such_type']) },
    function () { plv8.prepare('SELECT FROM nothing') }, function () { plan.execute.call({}) }
  ].forEach(function (work) { try { work(); plv8.elog(WARNING, 'done') } catch (error) { plv8.elog(NOTICE, error) } });
$$;
-- A plan that is kept from call to call follows its table.
CREATE FUNCTION kept_plan() RETURNS text LANGUAGE plv8 AS $$
  if (!plv8.kept) plv8.kept = plv8.prepare('SELECT * FROM item WHERE id = $1');
  return JSON.stringify(plv8.kept.execute([1]));
$$;
SELECT kept_plan();
ALTER TABLE item ADD COLUMN added int DEFAULT 7;
SELECT kept_plan();
ALTER TABLE item DROP COLUMN added;

-- Cursors.
DO LANGUAGE plv8 $$
  function show(value) { plv8.elog(NOTICE, JSON.stringify(value)) }
  var plan = plv8.prepare('SELECT i FROM generate_series(1, $1) AS i', ['int']);
  var cursor = plan.cursor([6]);
  show([String(cursor), cursor.fetch(), cursor.fetch(2), cursor.fetch(0)]);
  cursor.move(1);
  show([cursor.fetch(), cursor.fetch(-2), cursor.fetch(10), cursor.fetch(), cursor.fetch(1)]);
  cursor.move(-3);
  show([cursor.fetch(), cursor.close()]);
  [function () { cursor.fetch() }, function () { cursor.move(1) }, function () { cursor.close() }, function () { cursor.fetch.call(null) }, function () { plv8.prepare('CREATE TABLE t ()').cursor() }]
    .forEach(function (work) { try { work(); plv8.elog(WARNING, 'done') } catch (error) { plv8.elog(NOTICE, error) } });
  var other = plv8.prepare('SELECT id FROM item ORDER BY name').cursor();
  show(other.fetch(2).length);
$$;
-- One that was left open is closed with its call; one from another call is gone.
CREATE FUNCTION keeps_cursor() RETURNS int LANGUAGE plv8 AS $$ left_open = plv8.prepare('SELECT 1 AS a').cursor(); return left_open.fetch().a $$;
SELECT keeps_cursor(), count(*) AS open FROM pg_cursors;
DO LANGUAGE plv8 $$ left_open.fetch() $$;
-- One that was opened in a subtransaction goes with it.
DO LANGUAGE plv8 $$
  var cursor;
  try { plv8.subtransaction(function () { cursor = plv8.prepare('SELECT 1 AS a').cursor(); throw new Error('undo') }) } catch (error) { plv8.elog(NOTICE, error) }
  try { cursor.fetch() } catch (error) { plv8.elog(NOTICE, error) }
$$;

-- Subtransactions: all or nothing, and what is thrown inside comes out.
CREATE TABLE log (entry text);
CREATE FUNCTION logs(entry text) RETURNS void LANGUAGE plv8 AS $$ plv8.execute('INSERT INTO log VALUES ($1)', [entry]) $$;
DO LANGUAGE plv8 $$
  plv8.elog(NOTICE, plv8.subtransaction(function () { plv8.execute("SELECT logs('kept')"); return 'value' }));
  var thrown = { any: 'value' };
  try {
    plv8.subtransaction(function () {
      plv8.execute("SELECT logs('undone')");
      try {
        plv8.subtransaction(function () { plv8.execute("SELECT logs('undone inside')"); plv8.execute('SELECT 1 / 0') });
      } catch (error) { plv8.elog(NOTICE, error.message, error.sqlerrcode) }
      plv8.execute("SELECT logs('undone after it')");
      throw thrown;
    });
  } catch (error) { plv8.elog(NOTICE, error === thrown) }
  // Each statement is one too: what fails alone leaves the rest.
  plv8.execute("SELECT logs('kept too')");
  try { plv8.execute("INSERT INTO log SELECT 'x' || 1 / (3 - i) FROM generate_series(1, 3) AS i") } catch (error) { plv8.elog(NOTICE, error) }
  plv8.elog(NOTICE, plv8.subtransaction(), plv8.subtransaction(1));
$$;
SELECT * FROM log;

-- Quoting, as the SQL functions of these names do it.
DO LANGUAGE plv8 $$
  [null, undefined, 'select', "it's", 'back\\slash', 'Mixed Case', 12, '"'].forEach(function (value) {
    plv8.elog(NOTICE, plv8.quote_literal(value), plv8.quote_nullable(value), plv8.quote_ident(value));
  });
  plv8.elog(NOTICE, plv8.quote_literal(), plv8.quote_nullable(), plv8.quote_ident());
$$;
-- Memory and version.
DO LANGUAGE plv8 $$
  var usage = plv8.memory_usage();
  plv8.elog(NOTICE, Object.keys(usage).join(), usage.used_heap_size > 0 && usage.total_heap_size >= usage.used_heap_size, plv8.version);
$$;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_database CASCADE;
