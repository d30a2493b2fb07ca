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
INSERT INTO plts.code_cache (entry, part, code, artifact_hash, code_version)
  SELECT hash || '@old', 1, '\x00', hash, 'old' FROM warmed;
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
-- A module that does not fit into a page is in parts, none of which lies out of line. An error in it names the line of the
-- TypeScript, from the source map that is kept with it.
DELETE FROM plts.code_cache;
CREATE TABLE warmed_large (hash text);
INSERT INTO warmed_large SELECT module ->> 'artifact_hash'
  FROM plts.build(jsonb_build_object('format', 1, 'modules', jsonb_build_object('large.ts',
    (SELECT string_agg(format('const f%s = (n: number): number => n * %s + Math.sqrt(n + %s);', i, i, i), E'\n') FROM generate_series(1, 400) AS i)
    || E'\nexport default (ctx: any) => {\n  if (ctx.args.n < 0) throw new RangeError("too small");\n  return f400(ctx.args.n) + f1(0);\n};')),
    '{"store": true}') AS built, jsonb_array_elements(built -> 'modules') AS module;
SELECT format('CREATE FUNCTION cached_large(args jsonb) RETURNS jsonb LANGUAGE plts AS %L',
  format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"test"}', hash))
  AS pointer FROM warmed_large \gset
:pointer;
SELECT plts.warm(hash) FROM warmed_large;
SELECT count(*) > 3 AS in_parts, max(part) = count(*) AS without_gaps, max(pg_column_size(c.*)) < current_setting('block_size')::int AS fit_a_page
  FROM plts.code_cache AS c;
\c
SELECT cached_large('{"n": 0}');
SELECT cached_large('{"n": -1}');
-- From the cache it came: the artifact that the cache has is not read.
\c
BEGIN;
UPDATE plts.artifact SET compiled_js = 'nonsense' WHERE artifact_hash = (SELECT hash FROM warmed_large);
SELECT cached_large('{"n": 0}');
ROLLBACK;
-- Without a part it is as good as none.
DELETE FROM plts.code_cache WHERE part = 2;
\c
SELECT cached_large('{"n": 0}');
DROP FUNCTION cached_large(jsonb);
DROP TABLE warmed_large;
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
INSERT INTO plts.code_cache (entry, part, code, artifact_hash, code_version) VALUES ('a', 1, '', 'a', 'a');
RESET ROLE;
-- A read-only transaction says so, and runs what is there.
BEGIN READ ONLY;
SELECT plts.warm();
ROLLBACK;
DROP FUNCTION cached_sum(jsonb);
DROP TABLE warmed;
DROP ROLE cache_reader;
