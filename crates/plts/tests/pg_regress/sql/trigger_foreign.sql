-- Triggers on foreign tables: rows that come from another server, and go there changed.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SCHEMA plts_foreign;
RESET client_min_messages;
SET search_path = plts_foreign;
CREATE TABLE far (id int PRIMARY KEY, name text, made timestamptz, tags text[]);
DO $$ BEGIN
  EXECUTE format('CREATE SERVER plts_loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER plts_loopback;
CREATE FOREIGN TABLE near (id int, name text, made timestamptz, tags text[]) SERVER plts_loopback OPTIONS (schema_name 'plts_foreign', table_name 'far');
CREATE FUNCTION before_row() RETURNS trigger LANGUAGE plts AS $$
  const { event, level, table, old, new: row } = ctx.trigger;
  console.info(event, level, table, old?.name ?? null, row?.name ?? null);
  if (row === null) return old.name === 'kept' ? null : undefined;
  if (row.name === 'skipped') return null;
  row.name = `${row.name}!`;
  row.tags = [...(row.tags ?? []), event];
$$;
CREATE FUNCTION after_row() RETURNS trigger LANGUAGE plts AS $$
  const far = ctx.db.sync.query('SELECT name FROM plts_foreign.near WHERE id = $1', [(ctx.trigger.new ?? ctx.trigger.old).id]);
  console.info('after', ctx.trigger.event, ctx.trigger.new, far);
$$;
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON near FOR EACH ROW EXECUTE FUNCTION before_row();
CREATE TRIGGER b AFTER INSERT OR UPDATE OR DELETE ON near FOR EACH ROW EXECUTE FUNCTION after_row();
SET timezone = 'UTC';
INSERT INTO near VALUES (1, 'one', '2001-02-03 04:05:06.123456Z', '{a}'), (2, 'skipped', NULL, NULL), (3, 'three', NULL, NULL) RETURNING *;
UPDATE near SET name = 'changed' WHERE id = 1 RETURNING *;
SELECT * FROM far ORDER BY id;
UPDATE far SET name = 'kept' WHERE id = 3;
DELETE FROM near RETURNING id;
SELECT id, name FROM far ORDER BY id;
-- An error in the trigger leaves the other server as it was.
CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plts AS $$ if (ctx.trigger.new.id > 10) throw new Error(`no ${ctx.trigger.new.id}`) $$;
DROP TRIGGER a ON near;
DROP TRIGGER b ON near;
CREATE TRIGGER c AFTER INSERT ON near FOR EACH ROW EXECUTE FUNCTION refuses();
INSERT INTO near (id) VALUES (10), (11);
SELECT id FROM far ORDER BY id;
DROP TRIGGER c ON near;
-- For statements, and with a function of plv8.
CREATE FUNCTION per_statement() RETURNS trigger LANGUAGE plts AS $$ console.info(ctx.trigger.level, ctx.trigger.event, ctx.trigger.new, ctx.trigger.old) $$;
CREATE TRIGGER s AFTER INSERT ON near FOR EACH STATEMENT EXECUTE FUNCTION per_statement();
CREATE FUNCTION upper_case() RETURNS trigger LANGUAGE plv8 AS 'NEW.name = NEW.name.toUpperCase(); return NEW';
CREATE TRIGGER p BEFORE INSERT ON near FOR EACH ROW EXECUTE FUNCTION upper_case();
INSERT INTO near (id, name) VALUES (20, 'twenty') RETURNING id, name;

SET client_min_messages = warning;
DROP SERVER plts_loopback CASCADE;
DROP SCHEMA plts_foreign CASCADE;
