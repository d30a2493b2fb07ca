-- Functions that change while the session knows them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_replace;
RESET client_min_messages;
SET search_path = plts_replace;

CREATE FUNCTION edition() RETURNS text LANGUAGE plts AS 'return "one"';
SELECT edition();
CREATE OR REPLACE FUNCTION edition() RETURNS text LANGUAGE plts AS 'return "two"';
SELECT edition();
-- Within one transaction, and taken back.
BEGIN;
SELECT edition();
CREATE OR REPLACE FUNCTION edition() RETURNS text LANGUAGE plts AS 'return "three"';
SELECT edition();
ROLLBACK;
SELECT edition();
BEGIN;
SAVEPOINT a;
CREATE OR REPLACE FUNCTION edition() RETURNS text LANGUAGE plts AS 'return "four"';
SELECT edition();
ROLLBACK TO a;
SELECT edition();
CREATE OR REPLACE FUNCTION edition() RETURNS text LANGUAGE plts AS 'return "five"';
COMMIT;
SELECT edition();
-- Through prepared statements.
PREPARE ask AS SELECT edition();
EXECUTE ask;
CREATE OR REPLACE FUNCTION edition() RETURNS text LANGUAGE plts AS 'return "six"';
EXECUTE ask;
DEALLOCATE ask;
-- By a function that replaces itself: the call in flight ends as it began.
CREATE FUNCTION replaces_itself() RETURNS text LANGUAGE plts AS $$
  await ctx.db.exec("create or replace function plts_replace.replaces_itself() returns text language plts as 'return \"new\"'");
  const { inner } = await ctx.db.one('select plts_replace.replaces_itself() as inner');
  return `old, ${inner}`;
$$;
SELECT replaces_itself();
SELECT replaces_itself();
CREATE FUNCTION drops_itself() RETURNS text LANGUAGE plts AS $$ await ctx.db.exec('drop function plts_replace.drops_itself()'); return 'gone' $$;
SELECT drops_itself();
SELECT drops_itself();
-- A new signature under the old name; a new volatility; a new name and schema.
DROP FUNCTION edition();
CREATE FUNCTION edition(n int) RETURNS int LANGUAGE plts AS 'return n';
SELECT edition(1);
CREATE OR REPLACE FUNCTION edition(m int) RETURNS int LANGUAGE plts AS 'return m';
DROP FUNCTION edition(int);
CREATE FUNCTION named() RETURNS text LANGUAGE plts AS 'return `${ctx.fn.schema}.${ctx.fn.name}`';
SELECT named();
ALTER FUNCTION named() RENAME TO renamed;
SELECT renamed();
CREATE SCHEMA plts_replace_other;
ALTER FUNCTION renamed() SET SCHEMA plts_replace_other;
SELECT plts_replace_other.renamed();
-- A module's state begins anew with its text.
CREATE FUNCTION counter() RETURNS int LANGUAGE plts AS 'let n = 0; export default () => ++n;';
SELECT counter();
SELECT counter();
CREATE OR REPLACE FUNCTION counter() RETURNS int LANGUAGE plts AS 'let n = 10; export default () => ++n;';
SELECT counter();
-- A pointer to another artifact.
SELECT plts.compile_and_store('export default () => "first"') AS first, plts.compile_and_store('export default () => "second"') AS second \gset
SELECT format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"prod"}', :'first') AS first, format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"prod"}', :'second') AS second \gset
CREATE FUNCTION pointed(args jsonb) RETURNS jsonb LANGUAGE plts AS :'first';
SELECT pointed('{}');
CREATE OR REPLACE FUNCTION pointed(args jsonb) RETURNS jsonb LANGUAGE plts AS :'second';
SELECT pointed('{}');
-- Many versions, one session.
DO $$ DECLARE total int := 0; BEGIN
  FOR i IN 1..300 LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION plts_replace.many() RETURNS int LANGUAGE plts AS ''return %s''', i);
    EXECUTE 'SELECT $1 + plts_replace.many()' INTO total USING total;
  END LOOP;
  RAISE NOTICE 'total %', total;
END $$;
-- An extension that goes takes its functions along, and can come back in the same session.
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION plts CASCADE;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'plts_replace'::regnamespace;
CREATE EXTENSION plts;
CREATE FUNCTION again() RETURNS text LANGUAGE plts AS 'return "again"';
SELECT again();
ROLLBACK;
SELECT counter();
