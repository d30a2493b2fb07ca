-- stopgap 0.1.0: the catalog of environments and deployments, its roles, and the functions around it.
\echo Use "CREATE EXTENSION stopgap" to load this file. \quit

-- What has no schema here is PostgreSQL's own, whatever else is in the database.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Whoever owns the schema can drop what is in it: it must not be somebody else's who made it before.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
                   WHERE n.nspname OPERATOR(pg_catalog.=) 'stopgap' AND (r.rolsuper OR r.rolname OPERATOR(pg_catalog.=) current_user)) THEN
        RAISE EXCEPTION 'schema "stopgap" exists and belongs to another role'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Drop the schema, or make it your own.';
    END IF;
END
$$;

-- Roles ----------------------------------------------------------------------------------------------------------

-- Roles belong to the whole server: another database may have made them already.
DO $$
DECLARE
    wanted pg_catalog.name;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['stopgap_owner', 'stopgap_deployer', 'app_user']::pg_catalog.name[] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) wanted) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- Another database has made it at this very moment.
            END;
        END IF;
    END LOOP;
    -- Live schemas are made and owned by stopgap_owner; handlers that verify are run from temporary functions.
    EXECUTE pg_catalog.format('GRANT CREATE, TEMPORARY ON DATABASE %I TO stopgap_owner', pg_catalog.current_database());
END
$$;

-- Catalog --------------------------------------------------------------------------------------------------------

-- No foreign keys between these tables, nor to plts.artifact: a parallel pg_restore loads the tables of extensions in any
-- order, with all constraints in place. What a row names is written before it or with it, by the library alone, and what
-- is named is kept from being deleted by triggers, which a restore does not meet.

CREATE TABLE stopgap.environment (
    env                  text COLLATE "C" PRIMARY KEY CHECK (env ~ '^[a-z][a-z0-9_]{0,40}$'),
    live_schema          name NOT NULL UNIQUE,
    parent               text COLLATE "C",
    deployer_role        name NOT NULL DEFAULT 'stopgap_deployer',
    app_role             name NOT NULL DEFAULT 'app_user',
    protected            boolean NOT NULL DEFAULT false,
    default_label        text,
    keep_last            integer CHECK (keep_last >= 1),
    retire_s             integer CHECK (retire_s BETWEEN 0 AND 316224000),
    guarded              boolean NOT NULL DEFAULT false,
    active_deployment_id bigint,
    created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX environment_parent ON stopgap.environment (parent);
COMMENT ON TABLE stopgap.environment IS 'An environment: a live schema, and the deployment it points to';
COMMENT ON COLUMN stopgap.environment.parent IS 'Whose functions it has where it has none of its own';
COMMENT ON COLUMN stopgap.environment.protected IS 'Whether a release must be confirmed';
COMMENT ON COLUMN stopgap.environment.guarded IS 'Whether changes by hand in its live schema are refused';
COMMENT ON COLUMN stopgap.environment.keep_last IS 'How many deployments are kept; NULL for all';
COMMENT ON COLUMN stopgap.environment.retire_s IS 'For how many seconds functions stay that a release leaves out; NULL for not at all';

CREATE TABLE stopgap.deployment (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    env          text COLLATE "C" NOT NULL,
    label        text,
    state        text NOT NULL CHECK (state IN ('open', 'sealed', 'active', 'retired', 'failed', 'pruned')),
    source       text NOT NULL,
    manifest     jsonb CHECK ((manifest IS NOT NULL) = (state IN ('sealed', 'active', 'retired', 'pruned'))),
    error        jsonb CHECK ((error IS NOT NULL) = (state = 'failed')),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by   name NOT NULL,
    session_user_name name NOT NULL,
    activated_at timestamptz,
    pinned       boolean NOT NULL DEFAULT false
);
-- Read and written by every release: taking it apart costs more than the room.
ALTER TABLE stopgap.deployment ALTER COLUMN manifest SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX deployment_active ON stopgap.deployment (env) WHERE state = 'active';
CREATE INDEX deployment_env ON stopgap.deployment (env, id);
COMMENT ON TABLE stopgap.deployment IS 'One release of an environment; its manifest lists the ids of its functions';
COMMENT ON COLUMN stopgap.deployment.created_by IS 'The role whose rights counted';
COMMENT ON COLUMN stopgap.deployment.session_user_name IS 'Who had logged in';

CREATE TABLE stopgap.fn_version (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    env            text COLLATE "C" NOT NULL,
    path           text COLLATE "C" NOT NULL,
    live_function  name NOT NULL,
    module         text COLLATE "C" NOT NULL,
    export         text COLLATE "C" NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('query', 'mutation')),
    artifact_hash  text COLLATE "C" NOT NULL,
    source_hash    text COLLATE "C" NOT NULL,
    args_schema    jsonb,
    returns_schema jsonb,
    signature      jsonb,
    annotations    jsonb,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fn_version_function ON stopgap.fn_version (env, live_function);
COMMENT ON TABLE stopgap.fn_version IS 'A version of one function; never changed, and shared by the deployments that have it';
COMMENT ON COLUMN stopgap.fn_version.annotations IS 'What its comment asks for: timeout, roles and the like; NULL for nothing';
COMMENT ON COLUMN stopgap.fn_version.signature IS 'The SQL parameters and result that it declares; NULL for (args jsonb) RETURNS jsonb';

CREATE TABLE stopgap.tag (
    env               text COLLATE "C" NOT NULL,
    name              text COLLATE "C" NOT NULL,
    deployment_id     bigint NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by        name NOT NULL,
    session_user_name name NOT NULL,
    PRIMARY KEY (env, name)
);
CREATE INDEX tag_deployment ON stopgap.tag (deployment_id);
COMMENT ON TABLE stopgap.tag IS 'Names of deployments, each once in an environment';

CREATE TABLE stopgap.migration (
    env           text COLLATE "C" NOT NULL,
    name          text COLLATE "C" NOT NULL,
    checksum      text COLLATE "C" NOT NULL,
    deployment_id bigint NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by    name NOT NULL,
    PRIMARY KEY (env, name)
);
CREATE INDEX migration_deployment ON stopgap.migration (deployment_id);
COMMENT ON TABLE stopgap.migration IS 'The migrations that ran, each once in an environment';

CREATE TABLE stopgap.sql_file (
    checksum text COLLATE "C" PRIMARY KEY,
    source   text NOT NULL
);
COMMENT ON TABLE stopgap.sql_file IS 'SQL files that create functions, by content; manifests name them';

-- What happened. Neither log refers to the environment: it outlives it.
CREATE TABLE stopgap.activation_log (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    env                text COLLATE "C" NOT NULL,
    from_deployment_id bigint,
    to_deployment_id   bigint NOT NULL,
    kind               text NOT NULL CHECK (kind IN ('deploy', 'rollback', 'promote', 'import', 'prune')),
    activated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    activated_by       name NOT NULL,
    session_user_name  name NOT NULL,
    client_addr        inet DEFAULT inet_client_addr(),
    application_name   text DEFAULT current_setting('application_name'),
    backend_pid        integer NOT NULL DEFAULT pg_backend_pid(),
    label              text,
    git_commit         text,
    duration_ms        bigint NOT NULL,
    changes            jsonb NOT NULL
);
CREATE INDEX activation_log_env ON stopgap.activation_log (env, id);
COMMENT ON TABLE stopgap.activation_log IS 'Every switch of an environment, in order; rows are only added';
COMMENT ON COLUMN stopgap.activation_log.activated_by IS 'The role whose rights counted';
COMMENT ON COLUMN stopgap.activation_log.session_user_name IS 'Who had logged in';
COMMENT ON COLUMN stopgap.activation_log.duration_ms IS 'From the call to the switch; the commit came after it';
COMMENT ON COLUMN stopgap.activation_log.changes IS 'How many live functions were added, changed, recompiled, removed, retired, unchanged';

CREATE TABLE stopgap.audit_log (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at                timestamptz NOT NULL DEFAULT clock_timestamp(),
    env               text COLLATE "C",
    action            text NOT NULL CHECK (action ~ '^[a-z_]{1,40}$'),
    deployment_id     bigint,
    detail            jsonb NOT NULL,
    done_by           name NOT NULL,
    session_user_name name NOT NULL,
    client_addr       inet DEFAULT inet_client_addr(),
    application_name  text DEFAULT current_setting('application_name'),
    backend_pid       integer NOT NULL DEFAULT pg_backend_pid()
);
CREATE INDEX audit_log_env ON stopgap.audit_log (env, id);
COMMENT ON TABLE stopgap.audit_log IS 'What was done besides switching; rows are only added';

CREATE FUNCTION stopgap.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rows of %.% are %', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = format('%s of the table was refused.', TG_OP);
END
$$;
COMMENT ON FUNCTION stopgap.refuse_change() IS 'Keeps the logs as they were written, and deployments at all, also from their owner';
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON stopgap.activation_log
    FOR EACH STATEMENT EXECUTE FUNCTION stopgap.refuse_change('only added');
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON stopgap.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION stopgap.refuse_change('only added');
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON stopgap.deployment
    FOR EACH STATEMENT EXECUTE FUNCTION stopgap.refuse_change('never deleted');
ALTER TABLE stopgap.activation_log ENABLE ALWAYS TRIGGER only_added;
ALTER TABLE stopgap.audit_log ENABLE ALWAYS TRIGGER only_added;
ALTER TABLE stopgap.deployment ENABLE ALWAYS TRIGGER never_deleted;

-- Whoever may delete artifacts and not look here is refused, too.
CREATE FUNCTION stopgap.keep_artifacts() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kept text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SELECT f.artifact_hash INTO kept FROM stopgap.fn_version AS f LIMIT 1;
    ELSE
        SELECT f.artifact_hash INTO kept FROM gone JOIN stopgap.fn_version AS f USING (artifact_hash) LIMIT 1;
    END IF;
    IF kept IS NOT NULL THEN
        RAISE EXCEPTION 'artifact % is in use', kept
            USING ERRCODE = 'foreign_key_violation',
                  DETAIL = 'A function version of an environment runs it.',
                  HINT = 'stopgap.gc deletes what nothing runs any more.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stopgap.keep_artifacts() IS 'Keeps artifacts that function versions run from being deleted';
CREATE TRIGGER stopgap_keeps AFTER DELETE ON plts.artifact REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION stopgap.keep_artifacts();
CREATE TRIGGER stopgap_keeps_all BEFORE TRUNCATE ON plts.artifact
    FOR EACH STATEMENT EXECUTE FUNCTION stopgap.keep_artifacts();
-- They go with this extension.
ALTER TRIGGER stopgap_keeps ON plts.artifact DEPENDS ON EXTENSION stopgap;
ALTER TRIGGER stopgap_keeps_all ON plts.artifact DEPENDS ON EXTENSION stopgap;

SELECT pg_catalog.pg_extension_config_dump('stopgap.environment', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.deployment', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.deployment_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.fn_version', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.migration', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.sql_file', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.fn_version_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.tag', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.activation_log', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.activation_log_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.audit_log', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.audit_log_id_seq', '');

CREATE VIEW stopgap.overview AS
    SELECT e.env, e.live_schema, e.parent, e.active_deployment_id AS deployment, d.label,
           l.git_commit, pg_catalog.jsonb_array_length(d.manifest -> 'functions') AS functions,
           l.kind AS activated_as, d.activated_at, l.activated_by, l.session_user_name,
           counted.deployments, counted.failed, failure.at AS last_failure, failure.message AS last_error
    FROM stopgap.environment AS e
    LEFT JOIN stopgap.deployment AS d ON d.id = e.active_deployment_id
    LEFT JOIN LATERAL (
        SELECT * FROM stopgap.activation_log AS l WHERE l.env = e.env ORDER BY l.id DESC LIMIT 1) AS l ON true
    CROSS JOIN LATERAL (
        SELECT pg_catalog.count(*) AS deployments, pg_catalog.count(*) FILTER (WHERE c.state = 'failed') AS failed
        FROM stopgap.deployment AS c WHERE c.env = e.env) AS counted
    LEFT JOIN LATERAL (
        SELECT f.created_at AS at, f.error ->> 'message' AS message FROM stopgap.deployment AS f
        WHERE f.env = e.env AND f.state = 'failed' ORDER BY f.id DESC LIMIT 1) AS failure ON true;
COMMENT ON VIEW stopgap.overview IS 'Each environment, what is live in it, who made it so, and when';

CREATE VIEW stopgap.timeline AS
    SELECT l.activated_at AS at, l.env, l.kind AS event, l.to_deployment_id AS deployment, l.from_deployment_id AS former,
           l.label, l.activated_by AS done_by, l.session_user_name, l.client_addr, l.application_name, l.git_commit,
           l.duration_ms, l.changes AS detail
    FROM stopgap.activation_log AS l
    UNION ALL
    SELECT a.at, a.env, a.action, a.deployment_id, NULL, NULL, a.done_by, a.session_user_name, a.client_addr,
           a.application_name, NULL, NULL, a.detail
    FROM stopgap.audit_log AS a
    UNION ALL
    SELECT d.created_at, d.env, 'failed deploy', d.id, NULL, d.label, d.created_by, d.session_user_name, NULL, NULL, NULL,
           NULL, d.error
    FROM stopgap.deployment AS d WHERE d.state = 'failed';
COMMENT ON VIEW stopgap.timeline IS 'All that happened, in every environment: switches, failed deploys and the rest';

-- Functions ------------------------------------------------------------------------------------------------------

CREATE FUNCTION stopgap.version() RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stopgap_version';
COMMENT ON FUNCTION stopgap.version() IS 'The version of the stopgap library';

CREATE FUNCTION stopgap.create_environment(env text, parent text DEFAULT NULL, settings jsonb DEFAULT '{}',
                                           options jsonb DEFAULT '{}')
    RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_create_environment';
COMMENT ON FUNCTION stopgap.create_environment(text, text, jsonb, jsonb) IS
    'Makes an environment with its live schema; with a parent, the parent''s functions are live in it';

CREATE FUNCTION stopgap.alter_environment(env text, settings jsonb, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_alter_environment';
COMMENT ON FUNCTION stopgap.alter_environment(text, jsonb, jsonb) IS 'Changes settings of an environment';

CREATE FUNCTION stopgap.drop_environment(env text, options jsonb DEFAULT '{}') RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_drop_environment';
COMMENT ON FUNCTION stopgap.drop_environment(text, jsonb) IS
    'Drops an environment and its live schema, unless something depends on them; its history stays';

CREATE FUNCTION stopgap.environments() RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_environments';
COMMENT ON FUNCTION stopgap.environments() IS 'The environments that the caller may release to, with their settings';

CREATE FUNCTION stopgap.deploy(env text, from_schema text, label text DEFAULT NULL, options jsonb DEFAULT '{}')
    RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_deploy';
COMMENT ON FUNCTION stopgap.deploy(text, text, text, jsonb) IS
    'Deploys the plts functions of a schema to an environment and gives the id of the deployment';

CREATE FUNCTION stopgap.deploy_bundle(env text, bundle jsonb, label text DEFAULT NULL, options jsonb DEFAULT '{}')
    RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_deploy_bundle';
COMMENT ON FUNCTION stopgap.deploy_bundle(text, jsonb, text, jsonb) IS
    'Deploys a bundle of modules to an environment and gives the id of the deployment';

CREATE FUNCTION stopgap.rollback(env text, steps integer DEFAULT 1, to_id bigint DEFAULT NULL,
                                 options jsonb DEFAULT '{}', to_tag text DEFAULT NULL, to_time timestamptz DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_rollback';
COMMENT ON FUNCTION stopgap.rollback(text, integer, bigint, jsonb, text, timestamptz) IS
    'Makes an earlier deployment of an environment active again and gives its id';

CREATE FUNCTION stopgap.what_if_rollback(env text, steps integer DEFAULT 1, to_id bigint DEFAULT NULL,
                                         to_tag text DEFAULT NULL, to_time timestamptz DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_what_if_rollback';
COMMENT ON FUNCTION stopgap.what_if_rollback(text, integer, bigint, text, timestamptz) IS
    'Where stopgap.rollback would go and what it would change; changes nothing';

CREATE FUNCTION stopgap.promote(from_env text, to_env text, label text DEFAULT NULL, options jsonb DEFAULT '{}')
    RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_promote';
COMMENT ON FUNCTION stopgap.promote(text, text, text, jsonb) IS
    'Makes what is active in one environment active in another, from the same artifacts, and gives the id of the deployment';

CREATE FUNCTION stopgap.prune(env text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_prune';
COMMENT ON FUNCTION stopgap.prune(text, jsonb) IS
    'Drops retired functions of an environment whose time is over, unless something depends on them';

CREATE FUNCTION stopgap.verify(env text) RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_verify';
COMMENT ON FUNCTION stopgap.verify(text) IS
    'Every difference between a live schema with its artifacts and what the environment''s deployments say';

CREATE FUNCTION stopgap.repair(env text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_repair';
COMMENT ON FUNCTION stopgap.repair(text, jsonb) IS 'Puts right what stopgap.verify finds, and says what was and what is left';

CREATE FUNCTION stopgap.guard(env text, guarded boolean DEFAULT true) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_guard';
COMMENT ON FUNCTION stopgap.guard(text, boolean) IS 'Refuses changes by hand in the live schema of an environment, or no longer';

CREATE FUNCTION stopgap.refuse_by_hand() RETURNS event_trigger
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_refuse_by_hand';
COMMENT ON FUNCTION stopgap.refuse_by_hand() IS 'What the event triggers run that guard live schemas';

CREATE FUNCTION stopgap.gc(env text DEFAULT NULL, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_gc';
COMMENT ON FUNCTION stopgap.gc(text, jsonb) IS
    'Throws away deployments that nobody would go back to, and artifacts that nothing runs any more';

CREATE FUNCTION stopgap.export(env text, deployment_id bigint DEFAULT NULL) RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_export';
COMMENT ON FUNCTION stopgap.export(text, bigint) IS
    'A deployment, the active one unless said otherwise, with its artifacts, as one document for stopgap.import';

CREATE FUNCTION stopgap.import(env text, archive jsonb, label text DEFAULT NULL, options jsonb DEFAULT '{}')
    RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_import';
COMMENT ON FUNCTION stopgap.import(text, jsonb, text, jsonb) IS
    'Makes an exported deployment active, if its artifacts are what their hashes say, and gives its id';

CREATE FUNCTION stopgap.tag(env text, name text, deployment_id bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_tag';
COMMENT ON FUNCTION stopgap.tag(text, text, bigint) IS
    'Names a deployment, the active one unless said otherwise, and gives its id';

CREATE FUNCTION stopgap.untag(env text, name text) RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_untag';
COMMENT ON FUNCTION stopgap.untag(text, text) IS 'Takes a tag away and gives the id of its deployment';

CREATE FUNCTION stopgap.pin(env text, deployment_id bigint, pinned boolean DEFAULT true) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_pin';
COMMENT ON FUNCTION stopgap.pin(text, bigint, boolean) IS 'Keeps a deployment from stopgap.gc, or no longer';

CREATE FUNCTION stopgap.plan(env text, from_schema text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_plan';
COMMENT ON FUNCTION stopgap.plan(text, text, jsonb) IS
    'Everything that stopgap.deploy would do, with a digest that holds a deploy to it; changes nothing';

CREATE FUNCTION stopgap.plan_bundle(env text, bundle jsonb, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_plan_bundle';
COMMENT ON FUNCTION stopgap.plan_bundle(text, jsonb, jsonb) IS
    'Everything that stopgap.deploy_bundle would do, with a digest that holds a deploy to it; changes nothing';

CREATE FUNCTION stopgap.metrics() RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_metrics';
COMMENT ON FUNCTION stopgap.metrics() IS
    'Deploys, rollbacks and diffs, their errors and latencies: of the server when stopgap is preloaded, else of the session';

CREATE FUNCTION stopgap.diff(env text, from_schema text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_diff';
COMMENT ON FUNCTION stopgap.diff(text, text, jsonb) IS 'What stopgap.deploy would change; changes nothing';

CREATE FUNCTION stopgap.diff_bundle(env text, bundle jsonb, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_diff_bundle';
COMMENT ON FUNCTION stopgap.diff_bundle(text, jsonb, jsonb) IS 'What stopgap.deploy_bundle would change; changes nothing';

CREATE FUNCTION stopgap.status(env text) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_status';
COMMENT ON FUNCTION stopgap.status(text) IS 'What is live in an environment';

CREATE FUNCTION stopgap.deployments(env text) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_deployments';
COMMENT ON FUNCTION stopgap.deployments(text) IS 'The deployments of an environment, newest first';

CREATE FUNCTION stopgap.compare(from_id bigint, to_id bigint) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_compare';
COMMENT ON FUNCTION stopgap.compare(bigint, bigint) IS
    'What differs between two deployments, of one environment or of two, with the sources of modules that differ';

CREATE FUNCTION stopgap.history(env text, function text) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_history';
COMMENT ON FUNCTION stopgap.history(text, text) IS
    'The versions of a function, named by its path or live function, newest first, with source and deployments';

CREATE FUNCTION stopgap.find(env text, name text) RETURNS bigint
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_find';
COMMENT ON FUNCTION stopgap.find(text, text) IS 'The id of a deployment named by its id, by a tag, or as "active"';

CREATE FUNCTION stopgap.call(env text, path text, args jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_call';
COMMENT ON FUNCTION stopgap.call(text, text, jsonb) IS 'Calls a live function by its path, with the rights of the caller';

-- Rights ---------------------------------------------------------------------------------------------------------

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA stopgap FROM PUBLIC;
GRANT USAGE ON SCHEMA stopgap TO stopgap_owner, stopgap_deployer, app_user;

GRANT EXECUTE ON FUNCTION stopgap.version() TO PUBLIC;
GRANT EXECUTE ON FUNCTION stopgap.metrics() TO pg_monitor, stopgap_deployer;
GRANT EXECUTE ON FUNCTION
    stopgap.deploy(text, text, text, jsonb), stopgap.deploy_bundle(text, jsonb, text, jsonb),
    stopgap.rollback(text, integer, bigint, jsonb, text, timestamptz),
    stopgap.what_if_rollback(text, integer, bigint, text, timestamptz),
    stopgap.compare(bigint, bigint), stopgap.history(text, text), stopgap.find(text, text),
    stopgap.promote(text, text, text, jsonb), stopgap.prune(text, jsonb), stopgap.verify(text), stopgap.repair(text, jsonb),
    stopgap.guard(text, boolean), stopgap.gc(text, jsonb), stopgap.export(text, bigint),
    stopgap.import(text, jsonb, text, jsonb), stopgap.tag(text, text, bigint), stopgap.untag(text, text), stopgap.pin(text, bigint, boolean),
    stopgap.diff(text, text, jsonb), stopgap.diff_bundle(text, jsonb, jsonb),
    stopgap.status(text), stopgap.deployments(text), stopgap.call(text, text, jsonb),
    stopgap.create_environment(text, text, jsonb, jsonb), stopgap.alter_environment(text, jsonb, jsonb),
    stopgap.drop_environment(text, jsonb), stopgap.environments(),
    stopgap.plan(text, text, jsonb), stopgap.plan_bundle(text, jsonb, jsonb)
    TO stopgap_deployer;
GRANT EXECUTE ON FUNCTION stopgap.call(text, text, jsonb) TO app_user;

-- What the library does as stopgap_owner. No row of fn_version or of a log is ever changed.
GRANT SELECT, INSERT, UPDATE, DELETE ON stopgap.environment TO stopgap_owner;
GRANT SELECT, INSERT, UPDATE ON stopgap.deployment TO stopgap_owner;
GRANT SELECT, INSERT ON stopgap.fn_version, stopgap.activation_log, stopgap.audit_log TO stopgap_owner;
GRANT SELECT, INSERT, DELETE ON stopgap.tag, stopgap.migration, stopgap.sql_file TO stopgap_owner;
GRANT DELETE ON stopgap.fn_version TO stopgap_owner;
GRANT SELECT ON stopgap.environment, stopgap.deployment, stopgap.fn_version, stopgap.tag, stopgap.migration, stopgap.activation_log,
    stopgap.audit_log, stopgap.overview, stopgap.timeline TO stopgap_deployer;

-- The owner of live functions may run what they point to; deployers build.
GRANT SELECT, DELETE ON plts.artifact TO stopgap_owner;
GRANT EXECUTE ON FUNCTION plts.import_artifacts(jsonb, jsonb) TO stopgap_owner;
GRANT EXECUTE ON FUNCTION plts.build(jsonb, jsonb), plts.build_text(text, text), plts.warm(text) TO stopgap_deployer;

-- An environment with roles of its own: its owner hands on what those roles need.
GRANT USAGE ON SCHEMA stopgap TO stopgap_owner WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA stopgap TO stopgap_owner WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION plts.build(jsonb, jsonb), plts.build_text(text, text), plts.warm(text) TO stopgap_owner WITH GRANT OPTION;

-- Guards ---------------------------------------------------------------------------------------------------------

CREATE EVENT TRIGGER stopgap_guard_changes ON ddl_command_end EXECUTE FUNCTION stopgap.refuse_by_hand();
COMMENT ON EVENT TRIGGER stopgap_guard_changes IS 'Refuses changes by hand in guarded live schemas';
CREATE EVENT TRIGGER stopgap_guard_rights ON ddl_command_start
    WHEN TAG IN ('GRANT', 'REVOKE', 'ALTER FUNCTION', 'ALTER PROCEDURE', 'ALTER ROUTINE', 'ALTER AGGREGATE')
    EXECUTE FUNCTION stopgap.refuse_by_hand();
COMMENT ON EVENT TRIGGER stopgap_guard_rights IS 'Looks at guarded live schemas before commands that do not say what they change';
CREATE EVENT TRIGGER stopgap_guard_drops ON sql_drop EXECUTE FUNCTION stopgap.refuse_by_hand();
COMMENT ON EVENT TRIGGER stopgap_guard_drops IS 'Refuses dropping by hand in guarded live schemas';
