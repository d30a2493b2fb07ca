-- Procedures: plv8.commit and plv8.rollback, and where they are refused.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE SCHEMA plts_plv8_procedures;
RESET client_min_messages;
SET search_path = plts_plv8_procedures;
CREATE TABLE t (a int);
CREATE PROCEDURE every_other() LANGUAGE plv8 AS $$
  for (var i = 0; i < 6; i++) {
    plv8.execute('INSERT INTO t VALUES ($1)', [i]);
    if (i % 2) plv8.rollback(); else plv8.commit();
  }
$$;
CALL every_other();
SELECT array_agg(a ORDER BY a) FROM t;
DO LANGUAGE plv8 $$ plv8.execute('INSERT INTO t VALUES (10)'); plv8.commit(); plv8.execute('INSERT INTO t VALUES (11)'); plv8.rollback() $$;
SELECT array_agg(a ORDER BY a) FROM t;
-- A plan and a cursor go on behind it.
DO LANGUAGE plv8 $$
  var plan = plv8.prepare('SELECT a FROM t WHERE a >= $1 ORDER BY a');
  var cursor = plan.cursor([0]);
  var seen = [cursor.fetch().a];
  plv8.commit();
  for (var row; row = cursor.fetch();) seen.push(row.a);
  plv8.elog(NOTICE, seen.join(), plan.execute([4]).length);
$$;
-- Refused inside a transaction block, a function, and a subtransaction; the call can go on.
CREATE FUNCTION tries() RETURNS text LANGUAGE plv8 AS $$
  try { plv8.commit() } catch (error) { return error.message + ' ' + error.sqlerrcode + ' ' + plv8.execute('SELECT 1 AS a')[0].a }
$$;
SELECT tries();
BEGIN;
CALL every_other();
ROLLBACK;
BEGIN;
DO LANGUAGE plv8 $$ try { plv8.rollback() } catch (error) { plv8.elog(NOTICE, error.message, error.sqlerrcode) } $$;
COMMIT;
DO LANGUAGE plv8 $$
  try { plv8.subtransaction(function () { plv8.execute('INSERT INTO t VALUES (20)'); plv8.commit() }) } catch (error) { plv8.elog(NOTICE, error.message) }
  plv8.execute('INSERT INTO t VALUES (21)');
$$;
SELECT array_agg(a ORDER BY a) FROM t WHERE a >= 20;
-- Output arguments.
CREATE PROCEDURE adds(a int, INOUT b int) LANGUAGE plv8 AS 'return a + b';
CALL adds(1, 2);
CREATE PROCEDURE two(INOUT a int, INOUT b text) LANGUAGE plv8 AS 'return { a: a + 1, b: b + "!" }';
CALL two(1, 'x');
CREATE PROCEDURE no_output() LANGUAGE plv8 AS 'return 5';
CALL no_output();
-- A commit of an earlier transaction stays, whatever fails later.
DO LANGUAGE plv8 $$ plv8.execute('INSERT INTO t VALUES (30)'); plv8.commit(); plv8.execute('INSERT INTO t VALUES (31)'); throw new Error('later') $$;
SELECT array_agg(a ORDER BY a) FROM t WHERE a >= 30;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_procedures CASCADE;
