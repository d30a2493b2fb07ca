-- LANGUAGE plv8: what the extension brings, and how a body is run.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE EXTENSION plts_plv8;
CREATE SCHEMA plts_plv8_language;
RESET client_min_messages;
SET search_path = plts_plv8_language;
SELECT lanname, lanispl, lanpltrusted, laninline <> 0 AS inline, lanvalidator <> 0 AS validator
  FROM pg_language WHERE lanname = 'plv8';
SELECT p.oid::regprocedure AS function, has_function_privilege('public', p.oid, 'EXECUTE') AS public
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  JOIN pg_extension e ON e.oid = d.refobjid WHERE extname = 'plts_plv8' ORDER BY 1;
SELECT plv8_version();

-- Arguments: by name, by number where they have none, and all of them.
CREATE FUNCTION arguments_of(a int, text, "not a name" text, variadic rest int[]) RETURNS text LANGUAGE plv8 AS $$
  return [a, $2, $3, rest, arguments.length, typeof $1].join();
$$;
SELECT arguments_of(1, 'two', 'three', 4, 5);
CREATE FUNCTION ctx_is_a_name(ctx int) RETURNS int LANGUAGE plv8 AS 'return ctx + 1';
SELECT ctx_is_a_name(1);
CREATE FUNCTION nothing() RETURNS text LANGUAGE plv8 AS '';
SELECT nothing() IS NULL AS undefined_is_null;

-- Sloppy mode: what strict functions refuse.
CREATE FUNCTION sloppy() RETURNS text LANGUAGE plv8 AS $$
  undeclared = 010;
  with ({ inner: 'with' }) { var seen = inner; }
  function arguments_are_live(a) { a = 2; return arguments[0]; }
  return [undeclared, seen, this === globalThis, arguments_are_live(1), delete globalThis.undeclared].join();
$$;
SELECT sloppy();
-- Built-in objects stay what they are; assigning to them does nothing.
DO LANGUAGE plv8 $$
  Array.prototype.map = null;
  Object.prototype.polluted = 1;
  JSON = null;
  plv8.elog(NOTICE, typeof Array.prototype.map, ({}).polluted, typeof JSON);
$$;
-- Code from text, which functions in plts cannot make.
DO LANGUAGE plv8 $$
  eval('var from_eval = 1');
  (0, eval)('by_eval = 2');
  plv8.run_script('var by_script = 3');
  plv8.elog(NOTICE, from_eval, by_eval, by_script, new Function('a', 'return a + 1')(3));
$$;
-- The object is the functions' to add to.
DO LANGUAGE plv8 $$ plv8.shared = { count: 1 } $$;
DO LANGUAGE plv8 $$ plv8.shared.count += 1; plv8.elog(NOTICE, plv8.shared.count, typeof by_eval) $$;

-- One global object for all functions of a user, at whatever depth they are called.
CREATE FUNCTION remember(value text) RETURNS void LANGUAGE plv8 AS 'remembered = value';
CREATE FUNCTION recall() RETURNS text LANGUAGE plv8 AS 'return typeof remembered === "undefined" ? null : remembered';
CREATE FUNCTION recall_inside() RETURNS text LANGUAGE plv8 AS $$
  remembered += '!';
  return plv8.execute('SELECT recall() AS it')[0].it;
$$;
SELECT remember('outside');
SELECT recall(), recall_inside(), recall();
-- Functions in plts have another one.
CREATE FUNCTION recall_in_plts() RETURNS text LANGUAGE plts AS 'return typeof (globalThis as any).remembered + typeof (globalThis as any).plv8';
SELECT recall_in_plts();
-- So has another user; and who runs with its owner's rights has the owner's.
CREATE ROLE plts_plv8_other;
GRANT USAGE ON SCHEMA plts_plv8_language TO plts_plv8_other;
CREATE FUNCTION recall_as_owner() RETURNS text LANGUAGE plv8 SECURITY DEFINER AS 'return remembered';
SET ROLE plts_plv8_other;
SELECT recall(), recall_as_owner();
SELECT plv8_info();
SELECT plv8_reset();
RESET ROLE;
SELECT recall();
SELECT json_array_length(plv8_info()) AS users;
SELECT plv8_reset();
SELECT recall();
-- A function that resets its own user goes on with what it has.
CREATE FUNCTION resets() RETURNS text LANGUAGE plv8 AS $$
  kept = 'still here';
  plv8.execute('SELECT plv8_reset()');
  return kept + ' ' + plv8.execute('SELECT recall() AS it')[0].it;
$$;
SELECT resets();

-- One place in a query, called with the rights of two users in turn: each time with the right global object.
CREATE FUNCTION whose() RETURNS text LANGUAGE plv8 AS $$
  if (typeof owner_of === 'undefined') owner_of = plv8.execute('SELECT current_user AS u')[0].u;
  return owner_of;
$$;
CREATE FUNCTION through_plpgsql() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE seen text;
BEGIN
  seen := whose();
  RETURN seen = current_user;
END $$;
CREATE FUNCTION as_owner() RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT through_plpgsql()';
CREATE FUNCTION nests() RETURNS text LANGUAGE plv8 AS $$
  var inner = plv8.execute('SELECT as_owner() AS it')[0].it;
  return [inner, owner_of === plv8.execute('SELECT current_user AS u')[0].u, plv8.prepare('SELECT 1 AS a').execute()[0].a].join();
$$;
SET ROLE plts_plv8_other;
BEGIN;
SELECT through_plpgsql(), as_owner(), through_plpgsql(), nests(), nests();
COMMIT;
RESET ROLE;
BEGIN;
SELECT through_plpgsql();
SET ROLE plts_plv8_other;
SELECT through_plpgsql();
RESET ROLE;
SELECT through_plpgsql();
SELECT plv8_reset();
SELECT through_plpgsql(), nests();
COMMIT;

-- Bodies are checked when they are created, by the parser that runs them.
CREATE FUNCTION unparsable() RETURNS int LANGUAGE plv8 AS $$
  var a = 1;
  return a +;
$$;
CREATE FUNCTION escapes() RETURNS int LANGUAGE plv8 AS '}); escaped = 1; (function () {';
CREATE FUNCTION imports() RETURNS int LANGUAGE plv8 AS 'export default () => 1';
SET check_function_bodies = off;
CREATE FUNCTION unparsable() RETURNS int LANGUAGE plv8 AS 'return +';
RESET check_function_bodies;
SELECT unparsable();
CREATE FUNCTION event() RETURNS event_trigger LANGUAGE plv8 AS '';
-- A replaced body counts at once.
CREATE FUNCTION replaced() RETURNS int LANGUAGE plv8 AS 'return 1';
SELECT replaced();
CREATE OR REPLACE FUNCTION replaced() RETURNS int LANGUAGE plv8 AS 'return 2';
SELECT replaced();
-- Functions that only functions call.
CREATE FUNCTION inner_only(internal) RETURNS void LANGUAGE plv8 AS 'return $1 + 1';
DO LANGUAGE plv8 $$ plv8.elog(NOTICE, plv8.find_function('inner_only')(1)) $$;
-- A promise is settled when the outermost call ends.
CREATE FUNCTION promised(depth int) RETURNS text LANGUAGE plv8 AS $$
  if (depth > 0) return plv8.execute('SELECT promised($1) AS it', [depth - 1])[0].it;
  return (async () => { await null; return 'settled'; })();
$$;
SELECT promised(0);
SELECT promised(1);

-- What is run first.
CREATE FUNCTION begins() RETURNS void LANGUAGE plv8 AS $$ begun = 'by ' + plv8.execute('SELECT current_user AS u')[0].u $$;
CREATE FUNCTION begun() RETURNS text LANGUAGE plv8 AS 'return typeof begun === "undefined" ? "nothing was run" : begun';
CREATE FUNCTION begun_as_owner() RETURNS text LANGUAGE plv8 SECURITY DEFINER AS 'return typeof begun === "undefined" ? "nothing was run" : begun';
ALTER FUNCTION begun_as_owner() OWNER TO plts_plv8_other;
SELECT plv8_reset();
SET plv8.start_proc = 'begins';
SELECT begun() = 'by ' || current_user AS begun;
-- Not with the rights of another user's function: what runs with them is not for the caller to choose.
SELECT begun_as_owner();
SELECT plv8_reset();
SET plv8.start_proc = 'no_such_function';
SELECT begun();
SELECT begun();
SELECT plv8_reset();
REVOKE EXECUTE ON FUNCTION begins() FROM public;
SET plv8.start_proc = 'begins';
SET ROLE plts_plv8_other;
SELECT plv8_reset();
SELECT begun();
RESET ROLE;
CREATE FUNCTION begins_badly() RETURNS void LANGUAGE plv8 AS $$ throw new Error('no start') $$;
SELECT plv8_reset();
SET plv8.start_proc = 'begins_badly';
SELECT begun();
SELECT begun();
RESET plv8.start_proc;

-- plts.plv8_compat: bodies in plts are read as those of plv8, from one call to the next.
CREATE FUNCTION either(a numeric) RETURNS text LANGUAGE plts AS 'return typeof a + (function () { return typeof this })()';
CREATE FUNCTION always_a_module() RETURNS text LANGUAGE plts AS 'export default (ctx) => typeof ctx + typeof globalThis.plv8';
SELECT either(1), always_a_module();
SET plts.plv8_compat = on;
SELECT either(1), always_a_module();
CREATE FUNCTION only_sloppy() RETURNS int LANGUAGE plts AS 'with ({ a: 7 }) return plv8.find_function("in_plts")(a)';
CREATE FUNCTION in_plts(a int) RETURNS int LANGUAGE plts AS 'return a * 6';
SELECT only_sloppy();
DO LANGUAGE plts $$ plv8.elog(NOTICE, 'in a block') $$;
SELECT either(1), set_config('plts.plv8_compat', 'off', false), either(1) FROM generate_series(1, 2);
SELECT only_sloppy();
DO LANGUAGE plts $$ plv8.elog(NOTICE, 'in a block') $$;
DO LANGUAGE plv8 $$ plv8.find_function('in_plts') $$;
-- For one function.
ALTER FUNCTION only_sloppy() SET plts.plv8_compat = on;
SELECT only_sloppy();
-- Who could set it would change what functions of others do.
SET ROLE plts_plv8_other;
SET plts.plv8_compat = on;
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_language CASCADE;
DROP ROLE plts_plv8_other;
