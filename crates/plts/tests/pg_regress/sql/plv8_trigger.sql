-- Triggers of plv8: NEW, OLD and TG_* are arguments, and only what is returned changes the row.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE SCHEMA plts_plv8_trigger;
RESET client_min_messages;
SET search_path = plts_plv8_trigger;
SET timezone = 'UTC';
CREATE TABLE item (id int, name text, price numeric, made timestamptz, gone text, total int GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE item DROP COLUMN gone;
CREATE FUNCTION tells() RETURNS trigger LANGUAGE plv8 AS $$
  plv8.elog(NOTICE, TG_NAME, TG_WHEN, TG_LEVEL, TG_OP, TG_TABLE_SCHEMA + '.' + TG_TABLE_NAME, JSON.stringify(TG_ARGV), 'new', JSON.stringify(NEW), 'old', JSON.stringify(OLD),
    TG_RELID === plv8.execute("SELECT 'item'::regclass::oid AS oid")[0].oid, arguments.length);
$$;
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION tells('one', '2');
CREATE TRIGGER b_after AFTER INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION tells();
CREATE TRIGGER c_statement BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON item FOR EACH STATEMENT EXECUTE FUNCTION tells();
INSERT INTO item (id, name, price, made) VALUES (1, 'a', 1.50, '2001-02-03 04:05:06.123456');
UPDATE item SET name = 'b';
DELETE FROM item;
TRUNCATE item;
DROP TRIGGER a_before ON item;
DROP TRIGGER b_after ON item;
DROP TRIGGER c_statement ON item;

-- What becomes of the row.
CREATE FUNCTION decides() RETURNS trigger LANGUAGE plv8 AS $$
  var row = NEW || OLD;
  if (TG_OP === 'DELETE') return row.name === 'left out' ? null : { any: 'row' };
  switch (row.name) {
    case 'changed, not returned': NEW.id = 99; return;
    case 'changed': NEW.id = 99; NEW.price = 0.1 + 0.2; return NEW;
    case 'returned as it is': return NEW;
    case 'left out': return null;
    case 'former': return OLD;
    case 'another': return { id: '7', name: 'made here', price: null, made: new Date(0), total: 5, more: 'ignored' };
    case 'incomplete': return { id: 1 };
    case 'text': return 'text';
    case 'out of range': NEW.id = 3000000000; return NEW;
    case 'thrown': throw new Error('refused');
  }
$$;
CREATE TRIGGER decides BEFORE INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION decides();
INSERT INTO item (id, name, price, made) SELECT i, name, 1.234567890123456789, '2001-02-03 04:05:06.123456'
  FROM unnest('{"changed, not returned",changed,returned as it is,left out,another}'::text[]) WITH ORDINALITY AS u (name, i);
SELECT * FROM item;
INSERT INTO item (id, name) VALUES (1, 'incomplete');
INSERT INTO item (id, name) VALUES (1, 'text');
INSERT INTO item (id, name) VALUES (1, 'out of range');
INSERT INTO item (id, name) VALUES (1, 'thrown');
-- In UPDATE the old row can go on; in DELETE any row lets it go on, and null does not.
UPDATE item SET name = 'former', id = id + 1000 WHERE name = 'made here';
SELECT id, name FROM item WHERE id > 1000 OR name = 'made here';
DELETE FROM item WHERE name = 'changed' RETURNING id;
ALTER TABLE item DISABLE TRIGGER decides;
INSERT INTO item (id, name) VALUES (50, 'left out');
ALTER TABLE item ENABLE TRIGGER decides;
DELETE FROM item WHERE name = 'left out' RETURNING id;
-- What it returns for a statement, or afterwards, does not matter.
CREATE FUNCTION returns_text() RETURNS trigger LANGUAGE plv8 AS 'return null';
CREATE TRIGGER after_row AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION returns_text();
INSERT INTO item (id, name) VALUES (60, 'after');
SELECT count(*) FROM item WHERE id = 60;

-- INSTEAD OF, on a view; transition tables are visible to statements.
CREATE VIEW seen AS SELECT id, name FROM item;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plv8 AS $$
  plv8.elog(NOTICE, TG_WHEN, TG_OP);
  plv8.execute('INSERT INTO item (id, name) VALUES ($1, $2)', [NEW.id, NEW.name + ' through the view']);
  NEW.name = 'as returned';
  return NEW;
$$;
CREATE TRIGGER instead INSTEAD OF INSERT ON seen FOR EACH ROW EXECUTE FUNCTION instead();
INSERT INTO seen VALUES (70, 'put') RETURNING *;
SELECT name FROM item WHERE id = 70;
CREATE FUNCTION counts() RETURNS trigger LANGUAGE plv8 AS $$ plv8.elog(NOTICE, plv8.execute('SELECT count(*)::int AS n FROM inserted')[0].n) $$;
CREATE TRIGGER counts AFTER INSERT ON item REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION counts();
INSERT INTO item (id) VALUES (80), (81);
-- The same function on another table, and called as what it is not.
CREATE TABLE other (id int, name text, price numeric, made timestamptz, total int);
CREATE TRIGGER decides BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION decides();
INSERT INTO other VALUES (1, 'changed') RETURNING *;
SELECT tells();
CREATE FUNCTION with_arguments(a int) RETURNS trigger LANGUAGE plv8 AS '';
-- plts.plv8_compat decides from one firing to the next.
CREATE FUNCTION either() RETURNS trigger LANGUAGE plts AS 'return typeof NEW === "object" ? { ...NEW, name: "plv8" } : undefined';
CREATE TABLE switched (id int, name text);
CREATE TRIGGER either BEFORE INSERT ON switched FOR EACH ROW EXECUTE FUNCTION either();
INSERT INTO switched VALUES (1, 'plts') RETURNING *;
SET plts.plv8_compat = on;
INSERT INTO switched VALUES (1, 'plts') RETURNING *;
RESET plts.plv8_compat;
INSERT INTO switched VALUES (1, 'plts') RETURNING *;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_trigger CASCADE;
