-- The code cache: what plts.warm keeps, what a new session takes from it, and who may.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
RESET client_min_messages;
CREATE TABLE warmed (hash text);
INSERT INTO warmed SELECT module ->> 'artifact_hash'
  FROM plts.build('{"format": 1, "modules": {
    "sum.ts": "import { one } from \"./one\"; export default (ctx: any) => ctx.args.n + one();",
    "one.ts": "export const one = (): number => 1;"}}', '{"store": true}') AS built,
  jsonb_array_elements(built -> 'modules') AS module
  WHERE module ->> 'path' = 'sum.ts';
SELECT format('CREATE FUNCTION cached_sum(args jsonb) RETURNS jsonb LANGUAGE plts AS %L',
  format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"test"}', hash))
  AS pointer FROM warmed \gset
:pointer;
-- Two modules the first time, none the second.
SELECT plts.warm(hash) FROM warmed;
SELECT plts.warm(hash) FROM warmed;
SELECT count(*), bool_and(length(code) > 100) FROM plts.code_cache
  WHERE artifact_hash IN (SELECT hash FROM warmed);
SELECT cached_sum('{"n": 1}');
-- All of them; what other versions of V8 made goes.
INSERT INTO plts.code_cache (entry, code, artifact_hash, code_version)
  SELECT hash || '@old', '\x00', hash, 'old' FROM warmed;
SELECT plts.warm() > 0 AS compiled_some;
SELECT plts.warm();
SELECT count(*) FROM plts.code_cache WHERE code_version = 'old';
SELECT count(*) = 0 AS none_missing FROM plts.artifact AS a
  WHERE NOT EXISTS (SELECT FROM plts.code_cache AS c WHERE c.artifact_hash = a.artifact_hash);
-- A new session takes it; damaged code and code of nothing is as good as none.
\c
SELECT cached_sum('{"n": 2}');
UPDATE plts.code_cache SET code = set_byte(code, length(code) / 2, 255 - get_byte(code, length(code) / 2));
\c
SELECT cached_sum('{"n": 3}');
UPDATE plts.code_cache SET code = '';
\c
SELECT cached_sum('{"n": 4}');
-- Rolled back, it was never there.
DELETE FROM plts.code_cache;
BEGIN;
SELECT plts.warm(hash) FROM warmed;
ROLLBACK;
SELECT count(*) FROM plts.code_cache;
-- With the artifact goes its code.
SELECT plts.warm(hash) FROM warmed;
DELETE FROM plts.artifact WHERE artifact_hash = (SELECT hash FROM warmed);
SELECT count(*) FROM plts.code_cache WHERE artifact_hash = (SELECT hash FROM warmed);
-- What there is not.
SELECT plts.warm('sha256:0000000000000000000000000000000000000000000000000000000000000000');
SELECT plts.warm('nonsense');
-- Only the owner compiles, reads or writes.
CREATE ROLE cache_reader;
SET ROLE cache_reader;
SELECT plts.warm();
SELECT code FROM plts.code_cache;
INSERT INTO plts.code_cache (entry, code, artifact_hash, code_version) VALUES ('a', '', 'a', 'a');
RESET ROLE;
-- A read-only transaction says so, and runs what is there.
BEGIN READ ONLY;
SELECT plts.warm();
ROLLBACK;
DROP FUNCTION cached_sum(jsonb);
DROP TABLE warmed;
DROP ROLE cache_reader;
