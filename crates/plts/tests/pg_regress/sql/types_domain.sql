-- Domains in signatures, in parameters and inside other types.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types_domain;
RESET client_min_messages;
SET search_path = plts_types_domain;

CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive CHECK (VALUE < 100);
CREATE DOMAIN required AS text NOT NULL;
CREATE DOMAIN pairs AS int[] CHECK (array_length(VALUE, 1) % 2 = 0);
CREATE DOMAIN long_id AS int8;
CREATE DOMAIN code AS varchar(3);
CREATE FUNCTION half(x small_positive) RETURNS positive LANGUAGE plts AS 'return Math.trunc(x / 2)';
SELECT half(10);
SELECT half(1);
SELECT half(200);
CREATE FUNCTION kind_of(x long_id) RETURNS text LANGUAGE plts AS 'return typeof x';
SELECT kind_of(5);
CREATE FUNCTION name_it(x text) RETURNS required LANGUAGE plts AS 'return x';
SELECT name_it('a');
SELECT name_it(NULL);
CREATE FUNCTION given(x required) RETURNS text LANGUAGE plts AS 'return x';
SELECT given(NULL);
CREATE FUNCTION paired(x pairs) RETURNS pairs LANGUAGE plts AS 'return x.length > 2 ? x.slice(1) : [...x, ...x]';
SELECT paired('{1,2}'), paired('{}');
SELECT paired('{1,2,3,4}');
CREATE FUNCTION positives(x positive[]) RETURNS positive[] LANGUAGE plts AS 'return x.map((n) => n - 1)';
SELECT positives('{2,3}');
SELECT positives('{2,1}');
CREATE FUNCTION coded(x text) RETURNS code LANGUAGE plts AS 'return x';
SELECT coded('abc');
SELECT coded('abcd');
-- A constraint that is added counts at once, in calls and in statements that are prepared already.
CREATE FUNCTION write_it(x int) RETURNS int LANGUAGE plts AS 'return ctx.db.sync.one("SELECT $1::positive AS p", [x]).p';
SELECT half(100 - 1), write_it(60);
ALTER DOMAIN positive ADD CONSTRAINT less CHECK (VALUE < 40);
SELECT write_it(60);
SELECT half(99);
ALTER DOMAIN positive DROP CONSTRAINT less;
SELECT half(99), write_it(60);
-- A constraint may call the function whose result it checks.
CREATE FUNCTION checked(x int) RETURNS boolean LANGUAGE plts AS $$
  if (x <= 0) return true;
  return ctx.db.sync.one("SELECT $1::nested >= 0 AS fine", [x - 1]).fine;
$$;
CREATE DOMAIN nested AS int CHECK (checked(VALUE) AND VALUE < 10);
CREATE FUNCTION nested(x int) RETURNS nested LANGUAGE plts AS 'return x';
SELECT nested(3), nested(9);
SELECT nested(10);
-- Its failure can be caught.
CREATE FUNCTION caught(x int) RETURNS text LANGUAGE plts AS $$
  try {
    return String(ctx.db.sync.one("SELECT $1::positive AS p", [x]).p);
  } catch (error) {
    return `${error.sqlstate} ${error.dataType} ${error.constraint}`;
  }
$$;
SELECT caught(1), caught(-1), caught(2);
SET client_min_messages = warning;
DROP SCHEMA plts_types_domain CASCADE;
