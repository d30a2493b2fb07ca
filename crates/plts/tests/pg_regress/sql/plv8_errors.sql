-- Errors in both directions, messages, and functions that are found by name.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE SCHEMA plts_plv8_errors;
RESET client_min_messages;
SET search_path = plts_plv8_errors;
-- Levels. What the client does not want does not come.
DO LANGUAGE plv8 $$
  plv8.elog(NOTICE, [DEBUG, DEBUG5, DEBUG4, DEBUG3, DEBUG2, DEBUG1, LOG, INFO, NOTICE, WARNING, ERROR].join());
  plv8.elog(INFO, 'info', 1, null, undefined, [1, 2], { a: 1 });
  plv8.elog(DEBUG1, 'not seen');
  plv8.elog(WARNING, 'warning');
$$;
SET client_min_messages = debug3;
DO LANGUAGE plv8 $$ plv8.elog(DEBUG3, 'seen'); plv8.elog(DEBUG4, 'not seen') $$;
RESET client_min_messages;
DO LANGUAGE plv8 $$ try { plv8.elog(ERROR, 'an', 'error') } catch (error) { plv8.elog(NOTICE, error instanceof Error, error) } $$;
DO LANGUAGE plv8 $$ plv8.elog(ERROR, 'not caught') $$;
DO LANGUAGE plv8 $$ plv8.elog(12345, 'no level') $$;
DO LANGUAGE plv8 $$ plv8.elog(NOTICE) $$;
DO LANGUAGE plv8 $$ plv8.elog('NOTICE', 'a text is no level') $$;

-- The error of a statement has plv8's fields.
CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL CONSTRAINT short CHECK (length(name) < 5));
DO LANGUAGE plv8 $$
  ['SELECT 1 / 0', "INSERT INTO item VALUES (1, 'too long')", 'INSERT INTO item VALUES (1, null)', 'SELECT no_such_column FROM item'].forEach(function (sql) {
    try { plv8.execute(sql) } catch (error) {
      var fields = {};
      for (var name in error) if (error[name] !== null && name !== 'context') fields[name] = error[name];
      plv8.elog(NOTICE, String(error), Object.getPrototypeOf(error) === Error.prototype, JSON.stringify(fields));
    }
  });
$$;
-- Thrown on, it comes out whole.
DO LANGUAGE plv8 $$ try { plv8.execute("INSERT INTO item VALUES (1, 'too long')") } catch (error) { throw error } $$;
\set VERBOSITY sqlstate
DO LANGUAGE plv8 $$ plv8.execute('SELECT 1 / 0') $$;
DO LANGUAGE plv8 $$ throw new Error('of its own') $$;
DO LANGUAGE plv8 $$ var error = new Error('with a code'); error.sqlstate = '22023'; throw error $$;
\set VERBOSITY default
-- Anything can be thrown.
DO LANGUAGE plv8 $$ throw 'a text' $$;
DO LANGUAGE plv8 $$ throw { toString: function () { return 'an object' } } $$;
DO LANGUAGE plv8 $$ null.property $$;
-- The stack names functions and lines, through SQL.
CREATE FUNCTION fails() RETURNS void LANGUAGE plv8 AS $$

  function inside() {
    throw new TypeError('at line 4');
  }
  inside();
$$;
CREATE FUNCTION calls() RETURNS void LANGUAGE plv8 AS $$ plv8.execute('SELECT fails()') $$;
SELECT calls();
-- After an error the same session goes on, and so does a recursion that was too deep.
CREATE FUNCTION deep() RETURNS int LANGUAGE plv8 AS $$ return plv8.execute('SELECT deep() AS d')[0].d $$;
\set VERBOSITY terse
DO LANGUAGE plv8 $$ try { plv8.execute('SELECT deep()') } catch (error) { plv8.elog(WARNING, 'never caught') } $$;
DO LANGUAGE plv8 $$ (function again() { again() })() $$;
DO LANGUAGE plv8 $$ try { (function again() { again() })() } catch (error) { plv8.elog(NOTICE, error) } $$;
SET statement_timeout = '200ms';
DO LANGUAGE plv8 $$ try { for (;;) {} } catch (error) { plv8.elog(WARNING, 'never caught') } $$;
RESET statement_timeout;
\set VERBOSITY default
DO LANGUAGE plv8 $$ plv8.elog(NOTICE, 'goes on') $$;

-- plv8.find_function: by name or signature, with the caller's rights.
CREATE FUNCTION squares(a int) RETURNS int LANGUAGE plv8 AS 'return a * a';
CREATE FUNCTION over(a int) RETURNS text LANGUAGE plv8 AS 'return "int " + a';
CREATE FUNCTION over(a text, OUT b text) LANGUAGE plv8 AS 'return "text " + a';
CREATE FUNCTION unnamed(int, int) RETURNS int LANGUAGE plv8 AS 'return $1 - $2';
CREATE FUNCTION in_sql(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION in_plts(a int) RETURNS int LANGUAGE plts AS 'return a';
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plv8 AS 'return TG_OP';
DO LANGUAGE plv8 $$
  function show(value) { plv8.elog(NOTICE, value) }
  show(plv8.find_function('squares')(4));
  show(plv8.find_function('plts_plv8_errors.over(int)')('given'));
  show(plv8.find_function('over(text)')('given'));
  show(plv8.find_function('unnamed')(5, 3));
  show(plv8.find_function('fires')({}, undefined, 'n', 'w', 'l', 'called'));
  show(plv8.find_function('squares') === plv8.find_function('squares(int)'));
  show(plv8.find_function());
  ['over', 'no_such', 'squares(text)', 'in_sql', 'in_plts', 'squares(', ''].forEach(function (name) {
    try { plv8.find_function(name); plv8.elog(WARNING, 'found', name) } catch (error) { plv8.elog(NOTICE, name, '-', error) }
  });
$$;
-- A replaced function is found as it is now.
DO LANGUAGE plv8 $$ plv8.elog(NOTICE, plv8.find_function('squares')(3)) $$;
CREATE OR REPLACE FUNCTION squares(a int) RETURNS int LANGUAGE plv8 AS 'return a * a * a';
DO LANGUAGE plv8 $$ plv8.elog(NOTICE, plv8.find_function('squares')(3)) $$;
-- The right to execute it is asked each time.
CREATE ROLE plts_plv8_caller;
GRANT USAGE ON SCHEMA plts_plv8_errors TO plts_plv8_caller;
SET ROLE plts_plv8_caller;
DO LANGUAGE plv8 $$ plv8.elog(NOTICE, plv8.find_function('squares')(3)) $$;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION squares(int) FROM public;
SET ROLE plts_plv8_caller;
DO LANGUAGE plv8 $$ plv8.elog(NOTICE, plv8.find_function('squares')) $$;
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_errors CASCADE;
DROP ROLE plts_plv8_caller;
