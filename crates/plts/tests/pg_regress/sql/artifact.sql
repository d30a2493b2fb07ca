-- The SQL functions around artifacts.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_artifact;
RESET client_min_messages;
SET search_path = plts_artifact;

-- compile_ts: the JavaScript, or what is wrong with the source.
SELECT compiled_js, diagnostics, compiler_fingerprint <> '' AS fingerprint FROM plts.compile_ts('export const twice = (n: number): number => n * 2;');
SELECT compiled_js, diagnostics FROM plts.compile_ts(E'const a: number = 1;\nexport const = 5;');
SELECT compiled_js IS NULL AS nothing, jsonb_array_length(diagnostics) > 0 AS said FROM plts.compile_ts('}');
SELECT compiled_js, diagnostics FROM plts.compile_ts('');
SELECT compiled_js IS NULL AS null_in FROM plts.compile_ts(NULL);
SELECT plts.compile_ts('export {}', '{"nonsense": 1}');
SELECT plts.compile_ts('export {}', '[]');
SELECT (plts.compile_ts('export {}', NULL)).diagnostics;
-- The same in, the same out.
SELECT count(DISTINCT c) FROM generate_series(1, 5), LATERAL plts.compile_ts('enum A { B = 1 } export default A') AS c;
-- analyze_ts: by parsing alone.
SELECT jsonb_pretty(plts.analyze_ts($$
import { query, type Handler } from '@stopgap/runtime';
import type { T } from './types';
import helper from './helper';
import './side-effect';
export { other } from './other';
export * from './all';
export const a = query(() => helper());
export default function () { try { return 1 } catch { return 2 } }
throw new Error('never run');
$$) - 'source_map');
SELECT plts.analyze_ts('return a + b') - 'source_map';
SELECT plts.analyze_ts('export const a = ;');
SELECT jsonb_object_agg(key, value) FROM jsonb_each(plts.analyze_ts('export const a = 1', '{"filename": "a.ts"}') -> 'source_map') WHERE key IN ('version', 'sources');
SELECT plts.analyze_ts($$export const f = async () => { await import('./late') }$$) -> 'imports';
-- compile_and_store: the same content, the same hash, one row.
SELECT plts.compile_and_store('export default (): number => 1;', '{"filename": "one.ts"}') AS one \gset
SELECT plts.compile_and_store('export default (): number => 1;', '{"filename": "one.ts"}') = :'one' AS same_hash;
SELECT count(*) FROM plts.artifact WHERE artifact_hash = :'one';
SELECT plts.compile_and_store('export default (): number => 1; ', '{"filename": "one.ts"}') = :'one' AS other_source,
       plts.compile_and_store('export default (): number => 1;', '{"filename": "two.ts"}') = :'one' AS other_name;
-- Type changes change the source, and so the hash, though the JavaScript is the same.
SELECT plts.compile_and_store('export default (): any => 1;', '{"filename": "one.ts"}') = :'one' AS other_type;
SELECT artifact_hash ~ '^sha256:[0-9a-f]{64}$' AS hash, source_hash = 'sha256:' || encode(sha256(convert_to(source_ts, 'UTF8')), 'hex') AS source_hash, abi, filename, imports, exports, can_catch, source_ts, compiler_opts, runtime_version
  FROM plts.artifact WHERE artifact_hash = :'one';
SELECT plts.compile_and_store('export const = 1', '{"filename": "bad.ts"}');
SELECT plts.compile_and_store($$import x from './missing'; export default x$$, '{"filename": "bad.ts"}');
SELECT plts.compile_and_store($$import fs from 'node:fs'; export default fs$$);
SELECT plts.compile_and_store(NULL);
-- An import of the runtime pins its hash.
SELECT plts.compile_and_store($$import { query, v } from '@stopgap/runtime'; export const get = query(v.object({ id: v.number() }), ({ id }) => id); export const plain = () => 1; export const value = 5;$$, '{"filename": "get.ts"}') AS get \gset
SELECT a.imports -> '@stopgap/runtime' = to_jsonb(r.artifact_hash) AS pinned FROM plts.artifact a, plts.artifact r WHERE a.artifact_hash = :'get' AND r.runtime_version = plts.version();
-- get_artifact.
SELECT g ->> 'artifact_hash' = :'one' AS hash, g ->> 'source_ts' AS source, g ->> 'compiled_js' AS js, g -> 'exports' AS exports, g -> 'imports' AS imports, g -> 'can_catch' AS can_catch, g -> 'compiler_opts' AS options,
       (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(g) k) AS keys FROM plts.get_artifact(:'one') AS g;
SELECT plts.get_artifact('sha256:00') IS NULL AS absent, plts.get_artifact(NULL) IS NULL AS null_in;
-- describe: kinds and schemas by evaluation, with no database.
SELECT jsonb_pretty(plts.describe(:'get'));
SELECT plts.describe('sha256:0000000000000000000000000000000000000000000000000000000000000000');
SELECT plts.describe('nonsense');
SELECT plts.compile_and_store($$export default 1; throw new RangeError('while evaluated')$$, '{"filename": "throws.ts"}') AS throws \gset
SELECT plts.describe(:'throws');
SELECT plts.compile_and_store('export default 1; for (;;) {}', '{"filename": "spins.ts"}') AS spins \gset
\set VERBOSITY terse
SELECT plts.describe(:'spins');
\set VERBOSITY default
SELECT plts.compile_and_store('export const a = await Promise.resolve(1); export const b = await new Promise(() => {});', '{"filename": "waits.ts"}') AS waits \gset
\set VERBOSITY sqlstate
SELECT plts.describe(:'waits');
\set VERBOSITY default
-- upsert_artifact: JavaScript made elsewhere can never take the place of what was compiled here.
SELECT compiled_js AS js FROM plts.artifact WHERE artifact_hash = :'one' \gset
SELECT plts.upsert_artifact('export default (): number => 1;', :'js', '{"filename": "one.ts"}') AS planted \gset
SELECT :'planted' = :'one' AS same;
SELECT compiler_fingerprint, source_ts, compiled_js FROM plts.artifact WHERE artifact_hash = :'planted';
SELECT plts.upsert_artifact('export default (): number => 1;', :'js', '{"filename": "one.ts"}') = :'planted' AS same_hash;
SELECT plts.upsert_artifact('export default (): number => 1;', 'export default () => 666;', '{"filename": "one.ts"}') IN (:'planted', :'one') AS other_code;
SELECT plts.upsert_artifact('source', 'export default = ');
SELECT plts.upsert_artifact('source', $$import x from './other'; export default x$$);
SELECT format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"test"}', :'planted') AS body \gset
CREATE FUNCTION external(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
SELECT external('{}');
-- A row is checked.
\set VERBOSITY terse
INSERT INTO plts.artifact (artifact_hash, source_hash, abi, filename, compiled_js, imports, can_catch, exports, source_ts, compiler_opts, compiler_fingerprint) VALUES ('md5:1', 'x', 1, 'f', '', '{}', false, '[]', '', '{}', 'x');
\set VERBOSITY default
-- An artifact of a later library is refused.
INSERT INTO plts.artifact (artifact_hash, source_hash, abi, filename, compiled_js, imports, can_catch, exports, source_ts, compiler_opts, compiler_fingerprint)
  VALUES ('sha256:' || repeat('e', 64), 'sha256:' || repeat('e', 64), 2, 'later.ts', 'export default () => 1', '{}', false, '[]', '', '{}', 'later');
SELECT plts.describe('sha256:' || repeat('e', 64));
DELETE FROM plts.artifact WHERE abi = 2;
-- build: a graph of modules.
CREATE FUNCTION brief(built jsonb) RETURNS TABLE (path text, entry bool, kind text, exports jsonb) LANGUAGE sql AS $$
  SELECT m ->> 'path', (m ->> 'entry')::bool, m ->> 'kind', (SELECT jsonb_agg(concat_ws(' ', e ->> 'name', e ->> 'kind') ORDER BY e ->> 'name') FROM jsonb_array_elements(m -> 'exports') e) FROM jsonb_array_elements(built -> 'modules') m ORDER BY 1 $$;
SELECT * FROM brief(plts.build(jsonb_build_object('modules', jsonb_build_object(
  'users.ts', $$import { query, mutation, v } from '@stopgap/runtime'; import { slug } from './lib/slug'; import data from './data.json';
export const getUser = query(v.object({ id: v.number() }), ({ id }) => slug(`u ${id}`) + data.n);
export default mutation(v.object({}), () => 1);$$,
  'lib/slug.ts', 'export const slug = (text: string): string => text.replaceAll(" ", "-");',
  'data.json', '{"n": 1}'), 'entries', '["users.ts"]'::jsonb), '{"describe": true}'));
SELECT * FROM brief(plts.build('{"modules": {"a.ts": "import { b } from \"./b\"; export const a = () => b;", "b.ts": "import { a } from \"./a\"; export const b = 1; export const c = () => a;", "npm/x@1/index.js": "export default 1"}, "imports": {"x": "npm/x@1/index.js"}}', '{"describe": true}'));
-- Nothing was stored; then it is, once, and a changed helper changes its importers.
SELECT count(*) FROM plts.artifact WHERE filename IN ('main.ts', 'help.ts', 'aside.ts');
CREATE FUNCTION hashes(help text) RETURNS TABLE (path text, hash text) LANGUAGE sql AS $$
  SELECT m ->> 'path', m ->> 'artifact_hash' FROM jsonb_array_elements(plts.build(jsonb_build_object('modules', jsonb_build_object(
    'main.ts', 'import { help } from "./help"; export default () => help();', 'help.ts', help, 'aside.ts', 'export default () => 0')), '{"store": true}') -> 'modules') m $$;
CREATE TEMP TABLE first AS SELECT * FROM hashes('export const help = () => 1');
SELECT path, f.hash = s.hash AS same FROM first f JOIN hashes('export const help = () => 1') s USING (path) ORDER BY path;
SELECT path, f.hash = s.hash AS same FROM first f JOIN hashes('export const help = () => 2') s USING (path) ORDER BY path;
SELECT filename, count(*) FROM plts.artifact WHERE filename IN ('main.ts', 'help.ts', 'aside.ts') GROUP BY filename ORDER BY filename;
SELECT format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"test"}', hash) AS body FROM first WHERE path = 'main.ts' \gset
CREATE FUNCTION graph(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
SELECT graph('{}');
-- What is wrong is said, with its place, and nothing is stored.
SELECT jsonb_pretty(plts.build('{"modules": {"ok.ts": "export default () => 1", "bad.ts": "export const a = 1;\nexport const b = ;", "lost.ts": "import \"./nowhere\"; import x from \"left-pad\"; export default x"}}', '{"store": true}') - 'fingerprint');
SELECT jsonb_pretty(plts.build('{"modules": {"evil.ts": "export default () => 1;\nthrow new Error(\"at evaluation\")"}}', '{"describe": true, "store": true}') - 'fingerprint');
-- An error beneath the runtime is the author's, at his line.
SELECT d ->> 'module' AS module, d -> 'line' AS line FROM jsonb_array_elements(plts.build($${"modules": {"misuse.ts": "import { query } from '@stopgap/runtime';\n\nexport const a = query(5);"}}$$, '{"describe": true}') -> 'diagnostics') d;
SELECT count(*) FROM plts.artifact WHERE filename IN ('ok.ts', 'evil.ts');
SELECT plts.build('{"modules": []}');
SELECT plts.build('{"modules": {"a.ts": 1}}');
SELECT plts.build('{"modules": {"a.ts": ""}, "entries": ["b.ts"]}');
SELECT plts.build('{"modules": {"a.ts": ""}}', '{"other": true}');
-- The same as text.
SELECT plts.build_text(bundle::text, '{"describe": true}')::jsonb = plts.build(bundle, '{"describe": true}') AS same
  FROM (VALUES (jsonb '{"modules": {"a.ts": "import { b } from \"./b\"; export const a = () => b;", "b.ts": "export const b = 1"}}'),
               ('{"modules": {"a.ts": "export const ;"}}')) AS t (bundle);
SELECT plts.build_text('{"modules": {"a.ts": ');
SELECT plts.build_text('{}', 'store');
SELECT plts.build_text(NULL);
SELECT plts.build_text('{"modules": {"a.ts": 1}}');
SELECT plts.build_text('{"modules": {"nul.ts": "export default \"\u0000\""}}', '{"store": true}');
-- Rights: PUBLIC compiles and analyses; it neither stores nor reads.
CREATE ROLE regress_plts_nobody;
CREATE ROLE regress_plts_builder;
GRANT EXECUTE ON FUNCTION plts.compile_and_store(text, jsonb), plts.build(jsonb, jsonb) TO regress_plts_builder;
SET ROLE regress_plts_nobody;
SELECT (plts.compile_ts('export default 1')).compiled_js;
SELECT plts.analyze_ts('return 1') ->> 'form';
SELECT plts.compile_and_store('export default 1');
SELECT plts.upsert_artifact('', 'export default 1');
SELECT plts.build('{"modules": {}}');
SELECT plts.build_text('{"modules": {}}');
SELECT plts.install_runtime('0.1.0');
SELECT plts.get_artifact(:'one');
SELECT plts.describe(:'one');
SELECT count(*) FROM plts.artifact;
INSERT INTO plts.artifact DEFAULT VALUES;
RESET ROLE;
-- Who may build stores through the functions, and through nothing else; the search path cannot mislead them.
GRANT CREATE ON SCHEMA plts_artifact TO regress_plts_builder;
GRANT USAGE ON SCHEMA plts_artifact TO regress_plts_builder;
SET ROLE regress_plts_builder;
CREATE FUNCTION plts_artifact.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'misled'; END $$;
SET search_path = plts_artifact, pg_catalog;
SELECT plts.compile_and_store('export default "built"', '{"filename": "built.ts"}') ~ '^sha256:' AS stored, current_user;
DELETE FROM plts.artifact;
SELECT source_ts FROM plts.artifact;
RESET ROLE;
SET search_path = plts_artifact;
SELECT count(*) FROM plts.artifact WHERE filename = 'built.ts';
DROP OWNED BY regress_plts_builder, regress_plts_nobody;
DROP ROLE regress_plts_builder, regress_plts_nobody;
