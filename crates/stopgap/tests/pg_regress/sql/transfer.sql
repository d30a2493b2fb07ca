-- A deployment as a document, and back.
SET ROLE regress_deployer;
SELECT count(stopgap.deploy_bundle('origin', bundles.of(
    'a.ts', E'import { query, v } from "@stopgap/runtime";\nimport { x } from "./lib/b";\nexport const get = query(v.object({}), () => x());\n',
    'lib/b.ts', E'import { y } from "./c";\nexport const x = () => 1 + y();\nexport const z = 5;\n',
    'lib/c.ts', E'import { z } from "./b";\nexport const y = () => z;\n') || '{"source": {"git_commit": "c0ffee"}}', 'v1'));
CREATE TEMP TABLE exported AS SELECT stopgap.export('origin') AS file;
SELECT file -> 'archive' ->> 'env' AS env, jsonb_array_length(file -> 'archive' -> 'functions') AS functions,
       jsonb_array_length(file -> 'archive' -> 'artifacts') AS artifacts, length(file ->> 'sha256') AS sha256 FROM exported;
SELECT count(stopgap.import('copy', file)) FROM exported;
SELECT s ->> 'label' AS label, s ->> 'source' ~ '^archive of deployment [0-9]+ of origin$' AS source
FROM jsonb_array_elements(stopgap.deployments('copy')) AS s;
SELECT kind, label, git_commit, changes -> 'added' AS added FROM stopgap.activation_log WHERE env = 'copy';
SELECT bool_and(o.artifact_hash = c.artifact_hash) AS same FROM stopgap.fn_version AS o JOIN stopgap.fn_version AS c USING (path)
WHERE o.env = 'origin' AND c.env = 'copy';
RESET ROLE;
SET ROLE regress_app;
SELECT live_copy.a_get();
RESET ROLE;
SET ROLE regress_deployer;

-- What is not what it says is refused, and leaves nothing.
\set VERBOSITY terse
CREATE TEMP TABLE counted AS SELECT (SELECT count(*) FROM stopgap.deployment) AS deployments;
SELECT stopgap.import('copy', jsonb_set(file, '{archive,functions,0,path}', '"api.a.other"')) FROM exported;
SELECT stopgap.import('copy', jsonb_set(file, '{sha256}', to_jsonb(repeat('0', 64)))) FROM exported;
SELECT stopgap.import('copy', jsonb_set(file, '{archive,format}', '2')) FROM exported;
SELECT stopgap.import('copy', '{}');
SELECT stopgap.import('copy', file - 'sha256') FROM exported;
SELECT stopgap.export('origin', -1);
SELECT stopgap.export('nowhere');
SELECT deployments = (SELECT count(*) FROM stopgap.deployment) AS unchanged FROM counted;

-- plts looks at the contents itself.
RESET ROLE;
CREATE TEMP TABLE artifacts AS SELECT file -> 'archive' -> 'artifacts' AS list FROM exported;
SELECT plts.import_artifacts(list) -> 'stored' AS stored FROM artifacts;
CREATE FUNCTION pg_temp.refused(list jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text;
BEGIN
    PERFORM plts.import_artifacts(list);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
    RETURN state || ' ' || regexp_replace(message, 'sha256:[0-9a-f]{64}', '...');
END
$$;
CREATE FUNCTION pg_temp.altered(change jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(CASE WHEN a ->> 'filename' = 'lib/b.ts' THEN a || change ELSE a END)
    FROM artifacts, jsonb_array_elements(list) AS a
$$;
SELECT pg_temp.refused(pg_temp.altered(change)) FROM unnest(ARRAY[
    '{"compiled_js": "export const x = 666;"}', '{"source_ts": ""}', '{"source_map": null}', '{"compiler_fingerprint": "other"}',
    '{"imports": {}}', '{"abi": 2}', '{"filename": "lib/d.ts"}', '{"more": 1}', '{"exports": ["x"]}']::jsonb[]) AS change;
SELECT pg_temp.refused((SELECT jsonb_agg(a) FROM artifacts, jsonb_array_elements(list) AS a WHERE a ->> 'filename' = 'a.ts')) AS known,
       pg_temp.refused('7') AS shape;
SELECT plts.check_artifacts(jsonb_build_array('sha256:' || repeat('a', 64))) - 'missing' AS missing;
SELECT plts.check_artifacts('[7]');
SET ROLE regress_app;
SELECT plts.check_artifacts('["sha256:0000000000000000000000000000000000000000000000000000000000000000"]');
SELECT plts.import_artifacts('[]');
SELECT stopgap.export('origin');
