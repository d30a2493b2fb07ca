-- What a release does not change is neither compiled nor looked into again, and is deployed all the same.
SET ROLE regress_deployer;
CREATE FUNCTION pg_temp.handler(value text) RETURNS text LANGUAGE sql AS $$
    SELECT format(E'import { query, v } from "@stopgap/runtime";\nimport { help } from "./help";\nexport const get = query(v.object({}), () => help(%s));\nexport const other = 1;\n', to_jsonb(value))
$$;
CREATE FUNCTION pg_temp.release(b text, help text DEFAULT 'export const help = (x: string) => x;') RETURNS jsonb LANGUAGE sql AS $$
    SELECT bundles.of('a.ts', pg_temp.handler('a'), 'b.ts', pg_temp.handler(b), 'help.ts', help)
$$;
CREATE FUNCTION pg_temp.versions() RETURNS TABLE (path text, versions bigint) LANGUAGE sql AS $$
    SELECT path, count(*) FROM stopgap.fn_version WHERE env = 'reuse' GROUP BY path ORDER BY path COLLATE "C"
$$;
CREATE FUNCTION pg_temp.last() RETURNS jsonb LANGUAGE sql AS $$
    SELECT changes FROM stopgap.activation_log WHERE env = 'reuse' ORDER BY id DESC LIMIT 1
$$;
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('b')));
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('c')));
SELECT pg_temp.last() AS changes;
SELECT * FROM pg_temp.versions();
-- A plan shows all of them, and its digest is that of the deploy.
SELECT p -> 'summary' AS summary, jsonb_array_length(p -> 'functions') AS functions, jsonb_array_length(p -> 'skipped') AS skipped
FROM stopgap.plan_bundle('reuse', pg_temp.release('d')) AS p;
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('d'), options =>
    jsonb_build_object('plan', stopgap.plan_bundle('reuse', pg_temp.release('d')) -> 'digest')));
-- What all of them import changes all of them, from the code that is there.
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('d', 'export const help = (x: string) => x + "!";')));
SELECT pg_temp.last() AS changes;
-- Back to what was there, by a deploy.
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('d')));
SELECT pg_temp.last() AS changes;
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('d')));
SELECT pg_temp.last() AS changes;
SELECT stopgap.verify('reuse') -> 'ok' AS ok;
-- A new function may not have the name of one that stays; both files are named.
SELECT stopgap.deploy_bundle('reuse', jsonb_set(pg_temp.release('d'), '{modules,a/get.ts}',
    to_jsonb('import { query, v } from "@stopgap/runtime"; export default query(v.any(), () => 1);'::text)));
-- A module that verifies from now on gives no function any more; and one that did, one again.
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('d') || '{"verify": ["a.ts"]}'));
SELECT pg_temp.last() AS changes;
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('d')));
SELECT pg_temp.last() AS changes;
-- Only the entries that are named count.
SELECT count(stopgap.deploy_bundle('reuse', pg_temp.release('d') || '{"entries": ["b.ts"]}'));
SELECT pg_temp.last() AS changes;
SELECT live_function FROM bundles.shown(stopgap.status('reuse'));
-- From a schema a default export needs no kind, so that nothing of a bundle stands.
RESET ROLE;
CREATE SCHEMA reuse_source;
GRANT USAGE ON SCHEMA reuse_source TO regress_deployer;
CREATE FUNCTION reuse_source.plain(args jsonb) RETURNS jsonb LANGUAGE plts AS $ts$export default () => 'plain';$ts$;
CREATE FUNCTION reuse_source.more(args jsonb) RETURNS jsonb LANGUAGE plts AS $ts$export default () => 'more';$ts$;
SET ROLE regress_deployer;
SELECT count(stopgap.deploy('reuse', 'reuse_source'));
SELECT count(stopgap.deploy('reuse', 'reuse_source'));
SELECT pg_temp.last() AS changes;
SELECT stopgap.deploy_bundle('reuse', bundles.of('plain.ts', $ts$export default () => 'plain';$ts$));
SELECT stopgap.verify('reuse') -> 'ok' AS ok;

-- JavaScript that was not made here from its source never passes for what the source compiles to.
RESET ROLE;
CREATE FUNCTION pg_temp.artifact(source text, js text, fingerprint text, imports jsonb DEFAULT '{}', filename text DEFAULT 'forged.ts')
RETURNS jsonb LANGUAGE sql AS $$
    WITH edge AS (SELECT key, value FROM jsonb_each_text(imports) ORDER BY key COLLATE "C"),
    field AS (
        SELECT ARRAY['plts-artifact', '1', fingerprint, format('{"filename":"%s"}', filename), source, js, '', '',
                     (SELECT count(*)::text FROM edge)]
               || coalesce((SELECT array_agg(f ORDER BY e.key COLLATE "C", n) FROM edge AS e
                            CROSS JOIN LATERAL unnest(ARRAY[e.key, e.value]) WITH ORDINALITY AS u (f, n)), '{}') AS all_of_them),
    hash AS (
        SELECT 'sha256:' || encode(sha256(string_agg(int8send(octet_length(f)) || convert_to(f, 'UTF8'), '' ORDER BY n)), 'hex') AS hash
        FROM field, unnest(all_of_them) WITH ORDINALITY AS u (f, n))
    SELECT jsonb_build_object('artifact_hash', hash, 'source_hash', 'sha256:' || encode(sha256(convert_to(source, 'UTF8')), 'hex'),
        'abi', 1, 'filename', filename, 'source_ts', source, 'compiled_js', js, 'source_map', NULL,
        'compiler_opts', jsonb_build_object('filename', filename), 'compiler_fingerprint', fingerprint,
        'imports', imports, 'exports', '["default"]'::jsonb, 'can_catch', false)
    FROM hash
$$;
CREATE FUNCTION pg_temp.taken(artifacts jsonb, options jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text;
BEGIN
    RETURN plts.import_artifacts(artifacts, options);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN state || ' ' || regexp_replace(message, 'sha256:[0-9a-f]{64}', '...') || ': ' || detail;
END
$$;
SELECT answer ->> 'fingerprint' AS compiler FROM plts.build('{"modules": {}}') AS answer \gset
-- JavaScript compiles to itself.
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact('export default () => 1;', 'export default () => 1;', :'compiler', filename => 'true.js')));
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact('export default () => 1;', 'export default () => 666;', :'compiler')));
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact('export default () => 1;', 'export default () => 666;', :'compiler', filename => 'forged.js')));
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact('export default () => ;', 'export default () => 666;', :'compiler')));
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact('export default () => 1;', 'export default () => 666;', 'plts-compile@9.9.9')));
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact('export const v = 1;', 'export const v = 1;', 'runtime')));
-- An import that leads somewhere else.
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact(s, s, :'compiler', jsonb_build_object('./true', evil ->> 'artifact_hash'), 'top.js'), evil))
FROM pg_temp.artifact('export default () => 666;', 'export default () => 666;', :'compiler', filename => 'evil.js') AS evil,
     (VALUES ('export { default } from "./true";')) AS text (s);
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact(s, s, :'compiler', jsonb_build_object('./more', evil ->> 'artifact_hash'), 'more/top.js'), evil))
FROM pg_temp.artifact('export default () => 666;', 'export default () => 666;', :'compiler', filename => 'more.js') AS evil,
     (VALUES ('export default 1;')) AS text (s);
-- As it is, if one wants it so; it is taken for nothing else.
SELECT pg_temp.taken(jsonb_build_array(pg_temp.artifact('export default () => 1;', 'export default () => 666;', 'plts-compile@9.9.9')), '{"unverified": true}');
SELECT pg_temp.taken('[]', '{"unverified": 1}'), pg_temp.taken('[]', '{"trust": true}'), pg_temp.taken('[]', '[]');
SELECT filename, compiler_fingerprint = :'compiler' AS by_this_compiler, findings IS NOT NULL AS known FROM plts.artifact
WHERE filename IN ('forged.ts', 'forged.js', 'true.js', 'evil.js', 'top.js') ORDER BY 1;
SELECT plts.compile_and_store('export default () => 1;', '{"filename": "forged.ts"}') AS hash \gset
SELECT compiled_js FROM plts.artifact WHERE artifact_hash = :'hash';
SELECT m ->> 'path' AS path, a.compiled_js FROM plts.build('{"modules": {"forged.ts": "export default () => 1;"}}', '{"store": true}') AS b,
    jsonb_array_elements(b -> 'modules') AS m JOIN plts.artifact AS a ON a.artifact_hash = m ->> 'artifact_hash';
-- What is known is left out of the answer, and only while it is so.
SELECT jsonb_path_query_array(plts.build('{"modules": {"k.ts": "export const a = 1;"}}', jsonb_build_object('describe', true, 'known',
    jsonb_build_object('k.ts', m ->> 'artifact_hash', 'other.ts', 'x'))), '$.modules[*].exports') AS known,
    jsonb_path_query_array(plts.build('{"modules": {"k.ts": "export const a = 2;"}}', jsonb_build_object('describe', true, 'known',
    jsonb_build_object('k.ts', m ->> 'artifact_hash'))), '$.modules[*].exports') AS changed
FROM plts.build('{"modules": {"k.ts": "export const a = 1;"}}') AS b, jsonb_array_elements(b -> 'modules') AS m;
SELECT plts.build('{"modules": {}}', '{"known": 1}');
