-- Stored modules: functions that return plts.module.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_stored;
CREATE ROLE regress_plts_keeper;
CREATE ROLE regress_plts_reader;
CREATE ROLE regress_plts_readers;
RESET client_min_messages;
SET search_path = plts_stored;
GRANT USAGE, CREATE ON SCHEMA plts_stored TO regress_plts_keeper, regress_plts_reader;

-- They are modules, and nothing else.
CREATE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$ return 1 $$;
CREATE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$ export const = 1 $$;
CREATE FUNCTION money(a int) RETURNS plts.module LANGUAGE plts AS $$ export const a = 1 $$;
CREATE FUNCTION money() RETURNS SETOF plts.module LANGUAGE plts AS $$ export const a = 1 $$;
CREATE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$ export { x } from "./x" $$;
CREATE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$
export const vat: number = 2;
export const gross = (net: number): number => {
  if (net < 0) throw new RangeError("less than nothing");
  return net * vat;
};
$$;
SELECT money();
SELECT NULL::plts.module IS NULL AS nothing, 'x'::plts.module;

-- Importing, and what leads nowhere.
CREATE FUNCTION total(net int) RETURNS int LANGUAGE plts AS $$
import { gross } from "plts:plts_stored.money";
export default (ctx) => gross(ctx.args.net);
$$;
SELECT total(21);
SELECT total(-1);
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$ import { none } from "plts:plts_stored.money"; export default () => none $$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$ import { a } from "plts:plts_stored.none"; export default () => a $$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$ import { a } from "plts:plts_stored.total"; export default () => a $$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$ import { a } from "plts:money"; export default () => a $$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$ import { a } from "plts:PLTS_STORED.money"; export default () => a $$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$ import { a } from "plts:"; export default () => a $$;
DO LANGUAGE plts $$ import { vat } from "plts:plts_stored.money"; export default (ctx) => ctx.log.notice(`vat ${vat}`) $$;

-- Replacing is seen at once, and no more after a rollback.
BEGIN;
CREATE OR REPLACE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$ export const gross = (net: number) => net * 100 $$;
SELECT total(1);
SAVEPOINT s;
CREATE OR REPLACE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$ export const gross = (net: number) => net * 1000 $$;
SELECT total(1);
ROLLBACK TO s;
SELECT total(1);
ROLLBACK;
SELECT total(1);
-- Through another module, too; cycles included.
CREATE FUNCTION rate() RETURNS plts.module LANGUAGE plts AS $$ export const rate = 3; export { scaled } from "plts:plts_stored.scale" $$;
CREATE FUNCTION scale() RETURNS plts.module LANGUAGE plts AS $$ import { rate } from "plts:plts_stored.rate"; export const scaled = (n: number) => n * rate $$;
SET check_function_bodies = off;
CREATE OR REPLACE FUNCTION rate() RETURNS plts.module LANGUAGE plts AS $$ export const rate = 3; export { scaled } from "plts:plts_stored.scale" $$;
RESET check_function_bodies;
CREATE FUNCTION scale() RETURNS plts.module LANGUAGE plts AS $$ import { rate } from "plts:plts_stored.rate"; export const scaled = (n: number) => n * rate $$;
CREATE OR REPLACE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$ export { scaled as gross } from "plts:plts_stored.rate" $$;
SELECT total(2);
CREATE OR REPLACE FUNCTION rate() RETURNS plts.module LANGUAGE plts AS $$ export const rate = 4; export { scaled } from "plts:plts_stored.scale" $$;
SELECT total(2);
-- A module that breaks its importers is named; one that is dropped is missed.
SET check_function_bodies = off;
CREATE OR REPLACE FUNCTION rate() RETURNS plts.module LANGUAGE plts AS $$
export const rate = ;
$$;
RESET check_function_bodies;
SELECT total(2);
DROP FUNCTION rate();
SELECT total(2);
DROP FUNCTION scale();
CREATE OR REPLACE FUNCTION money() RETURNS plts.module LANGUAGE plts AS $$ export const gross = (net: number) => net + 1 $$;
SELECT total(2);

-- Rights: a new module is its owner's alone, whatever PUBLIC may execute.
SET ROLE regress_plts_keeper;
CREATE FUNCTION kept() RETURNS plts.module LANGUAGE plts AS $$ export const value = "kept" $$;
CREATE FUNCTION keepers() RETURNS text LANGUAGE plts AS $$ import { value } from "plts:plts_stored.kept"; export default () => value $$;
SELECT keepers();
SET ROLE regress_plts_reader;
CREATE FUNCTION readers() RETURNS text LANGUAGE plts AS $$
import { value } from "plts:plts_stored.kept";
export default () => value;
$$;
CREATE OR REPLACE FUNCTION kept() RETURNS plts.module LANGUAGE plts AS $$ export const value = "taken" $$;
DROP FUNCTION kept();
GRANT EXECUTE ON FUNCTION kept() TO regress_plts_reader;
DO LANGUAGE plts $$ import { value } from "plts:plts_stored.kept"; export default () => value $$;
-- Through a module of someone who may: the right is that module's owner's, as it is for a function.
SET ROLE regress_plts_keeper;
GRANT EXECUTE ON FUNCTION kept() TO PUBLIC;
SET ROLE regress_plts_reader;
CREATE FUNCTION readers() RETURNS text LANGUAGE plts AS $$ import { value } from "plts:plts_stored.kept"; export default () => value $$;
SET ROLE regress_plts_keeper;
GRANT EXECUTE ON FUNCTION kept() TO regress_plts_readers;
RESET ROLE;
GRANT regress_plts_readers TO regress_plts_reader;
SET ROLE regress_plts_reader;
CREATE FUNCTION readers() RETURNS text LANGUAGE plts AS $$ import { value } from "plts:plts_stored.kept"; export default () => value $$;
SELECT readers();
CREATE FUNCTION passed_on() RETURNS plts.module LANGUAGE plts AS $$ export * from "plts:plts_stored.kept" $$;
RESET ROLE;
-- The caller needs no right: the owner of the importing function has it.
SET ROLE regress_plts_keeper;
SELECT readers();
-- What is taken back is missed by the next call.
REVOKE EXECUTE ON FUNCTION kept() FROM regress_plts_readers;
SET ROLE regress_plts_reader;
SELECT readers();
RESET ROLE;
CREATE FUNCTION through() RETURNS text LANGUAGE plts AS $$ import { value } from "plts:plts_stored.passed_on"; export default () => value $$;
-- A schema that may not be used hides its modules.
GRANT EXECUTE ON FUNCTION kept() TO regress_plts_reader;
REVOKE USAGE ON SCHEMA plts_stored FROM regress_plts_reader;
ALTER FUNCTION readers() OWNER TO regress_plts_reader;
SELECT readers();
GRANT USAGE ON SCHEMA plts_stored TO regress_plts_reader;
ALTER FUNCTION readers() RENAME TO readers2;
SELECT readers2();

-- What is stored as an artifact has its modules pinned.
SELECT plts.compile_and_store($$ import { value } from "plts:plts_stored.kept"; export default () => value $$, '{"filename": "pinned.ts"}') AS hash \gset
SELECT filename, source_ts, (SELECT json_agg(key) FROM jsonb_object_keys(imports) AS key) AS imports FROM plts.artifact WHERE artifact_hash IN (:'hash', (SELECT imports ->> 'plts:plts_stored.kept' FROM plts.artifact WHERE artifact_hash = :'hash')) ORDER BY 1;
CREATE OR REPLACE FUNCTION kept() RETURNS plts.module LANGUAGE plts AS $$ export const value = "newer" $$;
\set ECHO none
SELECT format('CREATE FUNCTION pinned() RETURNS text LANGUAGE plts AS %L', jsonb_build_object('plts', 1, 'kind', 'artifact_ptr', 'artifact_hash', :'hash', 'export', 'default', 'env', 'e')::text) \gexec
\set ECHO all
SELECT pinned(), keepers();
SET client_min_messages = warning;
DROP OWNED BY regress_plts_keeper, regress_plts_reader, regress_plts_readers CASCADE;
DROP ROLE regress_plts_keeper, regress_plts_reader, regress_plts_readers;
