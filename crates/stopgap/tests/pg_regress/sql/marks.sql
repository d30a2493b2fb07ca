-- Tags, pins, rollback to a tag or a time, what a rollback would do, comparing and looking back.
SET ROLE regress_deployer;
SELECT count(stopgap.deploy_bundle('marks', bundles.of('a.ts', bundles.constant(n), 'b' || n || '.ts', bundles.constant(n)), n))
FROM unnest(ARRAY['one', 'two', 'three']) AS n;
CREATE TEMP TABLE ids AS SELECT label, id FROM stopgap.deployment WHERE env = 'marks';
CREATE FUNCTION pg_temp.id(label text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM ids WHERE ids.label = $1';
CREATE FUNCTION pg_temp.label(deployment bigint) RETURNS text LANGUAGE sql AS 'SELECT label FROM ids WHERE id = $1';

SELECT pg_temp.label(stopgap.tag('marks', 'v3'));
SELECT pg_temp.label(stopgap.tag('marks', 'v1.0', pg_temp.id('one')));
SELECT pg_temp.label(stopgap.tag('marks', 'release/first', pg_temp.id('one')));
SELECT stopgap.tag('marks', 'v3', pg_temp.id('one'));
SELECT stopgap.tag('marks', '7');
SELECT stopgap.tag('marks', 'v', -1);
SELECT stopgap.tag('nowhere', 'v');
SELECT stopgap.pin('marks', pg_temp.id('two'));
SELECT stopgap.pin('marks', pg_temp.id('two'));
SELECT item ->> 'label' AS label, item -> 'tags' AS tags, item -> 'pinned' AS pinned
FROM jsonb_array_elements(stopgap.deployments('marks')) AS item;
SELECT pg_temp.label(stopgap.find('marks', 'v1.0')) AS tag, pg_temp.label(stopgap.find('marks', 'active')) AS active,
       pg_temp.label(stopgap.find('marks', pg_temp.id('two')::text)) AS id;
SELECT stopgap.find('marks', 'v2');
SELECT stopgap.find('marks', '-1');

-- What would a rollback do? It takes no lock, and changes nothing.
SELECT w -> 'from' ->> 'label' AS "from", w -> 'to' ->> 'label' AS "to", w -> 'plan' -> 'summary' AS summary,
       (SELECT array_agg(pg_temp.label(id::bigint)) FROM jsonb_array_elements_text(w -> 'passed_over') AS id) AS passed_over
FROM stopgap.what_if_rollback('marks', to_tag => 'v1.0') AS w;
SELECT f ->> 'change' AS change, f ->> 'live_function' AS live_function
FROM jsonb_array_elements(stopgap.what_if_rollback('marks') -> 'plan' -> 'functions') AS f;
\set VERBOSITY sqlstate
SELECT stopgap.what_if_rollback('marks', 3);
\set VERBOSITY default
SELECT pg_temp.label(stopgap.find('marks', 'active')) AS active;

SELECT pg_temp.label(stopgap.rollback('marks', to_tag => 'v1.0')) AS back_to;
\set VERBOSITY sqlstate
SELECT stopgap.rollback('marks', to_tag => 'v1.0');
\set VERBOSITY default
SELECT stopgap.rollback('marks', to_tag => 'v2');
SELECT stopgap.rollback('marks', 2, to_tag => 'v3');
SELECT stopgap.rollback('marks', to_tag => 'v3', to_time => now());
SELECT pg_temp.label(stopgap.rollback('marks', to_time =>
    (SELECT activated_at FROM stopgap.activation_log WHERE to_deployment_id = pg_temp.id('two')))) AS back_to;
SELECT stopgap.rollback('marks', to_time => '2000-01-01');

SELECT pg_temp.label(stopgap.untag('marks', 'release/first'));
SELECT stopgap.untag('marks', 'release/first');
SELECT stopgap.pin('marks', pg_temp.id('two'), false);

-- Two deployments side by side, and a function through all of them.
SELECT c -> 'from' ->> 'label' AS "from", c -> 'to' ->> 'label' AS "to", c -> 'summary' AS summary,
       jsonb_path_query_array(c, '$.functions[*].live_function') AS functions
FROM stopgap.compare(pg_temp.id('one'), pg_temp.id('three')) AS c;
SELECT m ->> 'module' AS module, m ->> 'change' AS change, m ->> 'from_source' AS "from", m ->> 'to_source' AS "to"
FROM jsonb_array_elements(stopgap.compare(pg_temp.id('one'), pg_temp.id('two')) -> 'modules') AS m;
SELECT stopgap.compare(pg_temp.id('one'), -1);
SELECT jsonb_path_query_array(h, '$.deployments[*].label') AS deployments, h -> 'active' AS active, h ->> 'source' AS source
FROM jsonb_array_elements(stopgap.history('marks', 'api.a.get')) AS h;
SELECT count(*) FROM jsonb_array_elements(stopgap.history('marks', 'btwo_get'));
SELECT stopgap.history('marks', 'nothing');

-- Who did what, with what.
SELECT event, pg_temp.label(former) AS former, pg_temp.label(deployment) AS deployment, label, done_by,
       session_user_name = session_user AS by_session, application_name, git_commit, duration_ms >= 0 AS timed, detail
FROM stopgap.timeline WHERE env = 'marks' ORDER BY at;
SELECT env, live_schema, label, functions, activated_as, activated_by, deployments, failed FROM stopgap.overview
WHERE env = 'marks';

-- The logs are only added to, also by who owns them.
DELETE FROM stopgap.activation_log;
RESET ROLE;
UPDATE stopgap.activation_log SET activated_by = 'nobody';
DELETE FROM stopgap.audit_log WHERE false;
TRUNCATE stopgap.audit_log;
DELETE FROM stopgap.deployment;
SET session_replication_role = replica;
DELETE FROM stopgap.activation_log;
RESET session_replication_role;

-- Sources are for who may release.
CREATE ROLE regress_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA stopgap TO regress_other;
GRANT USAGE ON SCHEMA stopgap TO regress_other;
SET ROLE regress_other;
SELECT stopgap.history('marks', 'api.a.get');
SELECT stopgap.compare(1, 2);
SELECT stopgap.tag('marks', 'mine');
SELECT stopgap.pin('marks', 1);
SELECT stopgap.what_if_rollback('marks');
RESET ROLE;
DROP OWNED BY regress_other;
DROP ROLE regress_other;
