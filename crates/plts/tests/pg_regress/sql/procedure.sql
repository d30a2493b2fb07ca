-- Procedures, void and DO.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_procedure;
RESET client_min_messages;
SET search_path = plts_procedure;

CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, line text);
CREATE FUNCTION write(line text) RETURNS void LANGUAGE plts AS $$ await ctx.db.exec('insert into log (line) values ($1)', [line]); return 'ignored' $$;
SELECT write('by void');
SELECT write('void is a value') IS NULL AS is_null;
CREATE PROCEDURE write_all(first text, second text) LANGUAGE plts AS $$
  for (const line of [first, second]) ctx.db.sync.exec('insert into log (line) values ($1)', [line]);
$$;
CALL write_all('one', 'two');
BEGIN;
CALL write_all('three', 'four');
ROLLBACK;
CREATE PROCEDURE fails() LANGUAGE plts AS $$ ctx.db.sync.exec("insert into log (line) values ('lost')"); throw new Error('no') $$;
CALL fails();
CREATE PROCEDURE with_out(INOUT a int) LANGUAGE plts AS '';
DO LANGUAGE plts $$ ctx.db.sync.exec("insert into log (line) values ('by DO')"); ctx.log.notice('DO says', { a: 1 }, [2], null, 3n) $$;
DO LANGUAGE plts $$
  const rows: { n: bigint }[] = await ctx.db.query('select count(*) as n from log');
  ctx.log.notice(`${rows[0].n} lines`, ctx.fn.name, ctx.args.length);
$$;
DO LANGUAGE plts $$ export default (ctx) => ctx.log.notice('a module in DO') $$;
DO LANGUAGE plts $$ return 5 $$;
DO LANGUAGE plts $$ throw new TypeError('from DO') $$;
DO LANGUAGE plts $$ let x: = 1 $$;
SELECT line FROM log ORDER BY id;
-- The levels of ctx.log and console.
SET client_min_messages = debug1;
DO LANGUAGE plts $$
  ctx.log.debug('debug'); ctx.log.info('info'); ctx.log.notice('notice'); ctx.log.warn('warn'); ctx.log.error('error');
  console.log('console.log', 1); console.warn('console.warn'); console.error('console.error'); console.debug('console.debug');
$$;
RESET client_min_messages;
-- Transaction control is refused.
DO LANGUAGE plts $$ ctx.db.sync.exec('commit') $$;
DO LANGUAGE plts $$ ctx.db.sync.exec('savepoint s') $$;
-- Beneath, a procedure may commit where the call may, and nowhere else.
CREATE PROCEDURE commits(line text) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (line) VALUES (line); COMMIT; END $$;
CREATE PROCEDURE calls_commits() LANGUAGE plts AS $$ ctx.db.sync.exec('call commits($1)', ['kept']) $$;
CALL calls_commits();
BEGIN;
CALL calls_commits();
ROLLBACK;
CREATE FUNCTION commits_in_function() RETURNS void LANGUAGE plts AS $$ ctx.db.sync.exec("call commits('lost')") $$;
SELECT commits_in_function();
SELECT line, count(*) FROM log WHERE line IN ('kept', 'lost') GROUP BY line;
