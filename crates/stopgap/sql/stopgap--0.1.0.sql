-- stopgap 0.1.0: the catalog of environments and deployments, its roles, and the functions around it.
\echo Use "CREATE EXTENSION stopgap" to load this file. \quit

-- Roles ----------------------------------------------------------------------------------------------------------

-- Roles belong to the whole server: another database may have made them already.
DO $$
DECLARE
    wanted pg_catalog.name;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['stopgap_owner', 'stopgap_deployer', 'app_user']::pg_catalog.name[] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) wanted) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
    -- Live schemas are made and owned by stopgap_owner.
    EXECUTE pg_catalog.format('GRANT CREATE ON DATABASE %I TO stopgap_owner', pg_catalog.current_database());
END
$$;

-- Catalog --------------------------------------------------------------------------------------------------------

CREATE TABLE stopgap.environment (
    env                  text COLLATE "C" PRIMARY KEY CHECK (env ~ '^[a-z][a-z0-9_]{0,40}$'),
    live_schema          name NOT NULL UNIQUE,
    parent               text COLLATE "C" REFERENCES stopgap.environment,
    deployer_role        name NOT NULL DEFAULT 'stopgap_deployer',
    app_role             name NOT NULL DEFAULT 'app_user',
    active_deployment_id bigint,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE stopgap.environment IS 'An environment: a live schema, and the deployment it points to';

CREATE TABLE stopgap.deployment (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    env          text COLLATE "C" NOT NULL,
    label        text,
    state        text NOT NULL CHECK (state IN ('open', 'sealed', 'active', 'retired', 'failed')),
    source       text NOT NULL,
    manifest     jsonb CHECK ((manifest IS NOT NULL) = (state IN ('sealed', 'active', 'retired'))),
    error        jsonb CHECK ((error IS NOT NULL) = (state = 'failed')),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by   name NOT NULL,
    session_user_name name NOT NULL,
    activated_at timestamptz
);
CREATE UNIQUE INDEX deployment_active ON stopgap.deployment (env) WHERE state = 'active';
CREATE INDEX deployment_env ON stopgap.deployment (env, id);
COMMENT ON TABLE stopgap.deployment IS 'One release of an environment; its manifest lists the ids of its functions';
COMMENT ON COLUMN stopgap.deployment.created_by IS 'The role whose rights counted';
COMMENT ON COLUMN stopgap.deployment.session_user_name IS 'Who had logged in';

CREATE TABLE stopgap.fn_version (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    env            text COLLATE "C" NOT NULL REFERENCES stopgap.environment,
    path           text COLLATE "C" NOT NULL,
    live_function  name NOT NULL,
    module         text COLLATE "C" NOT NULL,
    export         text COLLATE "C" NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('query', 'mutation')),
    artifact_hash  text COLLATE "C" NOT NULL REFERENCES plts.artifact,
    source_hash    text COLLATE "C" NOT NULL,
    args_schema    jsonb,
    returns_schema jsonb,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fn_version_env ON stopgap.fn_version (env);
COMMENT ON TABLE stopgap.fn_version IS 'A version of one function; never changed, and shared by the deployments that have it';

CREATE TABLE stopgap.activation_log (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    env                text COLLATE "C" NOT NULL REFERENCES stopgap.environment,
    from_deployment_id bigint REFERENCES stopgap.deployment,
    to_deployment_id   bigint NOT NULL REFERENCES stopgap.deployment,
    kind               text NOT NULL CHECK (kind IN ('deploy', 'rollback')),
    activated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    activated_by       name NOT NULL,
    session_user_name  name NOT NULL
);
CREATE INDEX activation_log_env ON stopgap.activation_log (env, id);
COMMENT ON TABLE stopgap.activation_log IS 'Every switch of an environment, in order; rows are only added';

SELECT pg_catalog.pg_extension_config_dump('stopgap.environment', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.deployment', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.deployment_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.fn_version', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.fn_version_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.activation_log', '');
SELECT pg_catalog.pg_extension_config_dump('stopgap.activation_log_id_seq', '');

CREATE VIEW stopgap.activation_audit AS
    SELECT l.id AS activation_id, l.env, l.kind, l.from_deployment_id, l.to_deployment_id, l.activated_at,
           l.activated_by, l.session_user_name, d.state AS to_state, d.label AS to_label, d.source AS to_source,
           d.created_at AS to_created_at, d.created_by AS to_created_by
    FROM stopgap.activation_log AS l
    JOIN stopgap.deployment AS d ON d.id = l.to_deployment_id;
COMMENT ON VIEW stopgap.activation_audit IS 'Who switched which environment to what, and when';

CREATE VIEW stopgap.environment_overview AS
    SELECT e.env, e.live_schema, e.parent, e.deployer_role, e.app_role, e.active_deployment_id, e.updated_at,
           d.label AS active_label, d.source AS active_source, d.created_at AS active_created_at,
           d.created_by AS active_created_by, d.activated_at,
           pg_catalog.jsonb_array_length(d.manifest -> 'functions') AS active_functions
    FROM stopgap.environment AS e
    LEFT JOIN stopgap.deployment AS d ON d.id = e.active_deployment_id;
COMMENT ON VIEW stopgap.environment_overview IS 'Each environment and what is live in it';

-- Functions ------------------------------------------------------------------------------------------------------

CREATE FUNCTION stopgap.version() RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stopgap_version';
COMMENT ON FUNCTION stopgap.version() IS 'The version of the stopgap library';

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
                                 options jsonb DEFAULT '{}')
    RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_rollback';
COMMENT ON FUNCTION stopgap.rollback(text, integer, bigint, jsonb) IS
    'Makes an earlier deployment of an environment active again and gives its id';

CREATE FUNCTION stopgap.diff(env text, from_schema text) RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_diff';
COMMENT ON FUNCTION stopgap.diff(text, text) IS 'What stopgap.deploy would change; changes nothing';

CREATE FUNCTION stopgap.diff_bundle(env text, bundle jsonb) RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_diff_bundle';
COMMENT ON FUNCTION stopgap.diff_bundle(text, jsonb) IS 'What stopgap.deploy_bundle would change; changes nothing';

CREATE FUNCTION stopgap.status(env text) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_status';
COMMENT ON FUNCTION stopgap.status(text) IS 'What is live in an environment';

CREATE FUNCTION stopgap.deployments(env text) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stopgap_deployments';
COMMENT ON FUNCTION stopgap.deployments(text) IS 'The deployments of an environment, newest first';

CREATE FUNCTION stopgap.call(env text, path text, args jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stopgap_call';
COMMENT ON FUNCTION stopgap.call(text, text, jsonb) IS 'Calls a live function by its path, with the rights of the caller';

-- Rights ---------------------------------------------------------------------------------------------------------

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA stopgap FROM PUBLIC;
GRANT USAGE ON SCHEMA stopgap TO stopgap_owner, stopgap_deployer, app_user;

GRANT EXECUTE ON FUNCTION stopgap.version() TO PUBLIC;
GRANT EXECUTE ON FUNCTION
    stopgap.deploy(text, text, text, jsonb), stopgap.deploy_bundle(text, jsonb, text, jsonb),
    stopgap.rollback(text, integer, bigint, jsonb), stopgap.diff(text, text), stopgap.diff_bundle(text, jsonb),
    stopgap.status(text), stopgap.deployments(text), stopgap.call(text, text, jsonb)
    TO stopgap_deployer;
GRANT EXECUTE ON FUNCTION stopgap.call(text, text, jsonb) TO app_user;

-- What the library does as stopgap_owner. No row of fn_version or activation_log is ever changed.
GRANT SELECT, INSERT, UPDATE ON stopgap.environment, stopgap.deployment TO stopgap_owner;
GRANT SELECT, INSERT ON stopgap.fn_version, stopgap.activation_log TO stopgap_owner;
GRANT SELECT ON stopgap.environment, stopgap.deployment, stopgap.fn_version, stopgap.activation_log,
    stopgap.activation_audit, stopgap.environment_overview TO stopgap_deployer;

-- The owner of live functions may run what they point to; deployers build.
GRANT SELECT ON plts.artifact TO stopgap_owner;
GRANT EXECUTE ON FUNCTION plts.build(jsonb, jsonb) TO stopgap_deployer;
