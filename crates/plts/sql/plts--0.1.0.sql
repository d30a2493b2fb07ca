-- plts 0.1.0: the language, the artifact table, and the functions around them.
\echo Use "CREATE EXTENSION plts" to load this file. \quit

-- What has no schema here is PostgreSQL's own, whatever else is in the database.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Whoever owns the schema can drop what is in it: it must not be somebody else's who made it before.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
                   WHERE n.nspname OPERATOR(pg_catalog.=) 'plts' AND (r.rolsuper OR r.rolname OPERATOR(pg_catalog.=) current_user)) THEN
        RAISE EXCEPTION 'schema "plts" exists and belongs to another role'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Drop the schema, or make it your own.';
    END IF;
END
$$;

-- The language ---------------------------------------------------------------------------------------------------

CREATE FUNCTION plts.call_handler() RETURNS language_handler
    LANGUAGE c AS 'MODULE_PATHNAME', 'plts_call_handler';
CREATE FUNCTION plts.inline_handler(internal) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'plts_inline_handler';
CREATE FUNCTION plts.validator(oid) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'plts_validator';

CREATE TRUSTED LANGUAGE plts
    HANDLER plts.call_handler INLINE plts.inline_handler VALIDATOR plts.validator;
COMMENT ON LANGUAGE plts IS 'TypeScript, run by V8 in the caller''s transaction';

-- Artifacts ------------------------------------------------------------------------------------------------------

-- The primary key comes first and has collation C: the handler reads a row by it without a plan.
CREATE TABLE plts.artifact (
    artifact_hash        text COLLATE "C" PRIMARY KEY CHECK (artifact_hash ~ '^sha256:[0-9a-f]{64}$'),
    source_hash          text COLLATE "C" NOT NULL CHECK (source_hash ~ '^sha256:[0-9a-f]{64}$'),
    abi                  integer NOT NULL,
    filename             text NOT NULL,
    compiled_js          text NOT NULL,
    source_map           text,
    imports              jsonb NOT NULL,
    can_catch            boolean NOT NULL,
    exports              jsonb NOT NULL,
    description          jsonb,
    source_ts            text NOT NULL,
    compiler_opts        jsonb NOT NULL,
    compiler_fingerprint text NOT NULL,
    runtime_version      text,
    created_at           timestamptz NOT NULL DEFAULT now(),
    findings             jsonb
)
-- A first call reads a row for each module. With texts of usual size in the row, compressed, it reads one page and not several.
WITH (toast_tuple_target = 8160);
CREATE INDEX artifact_source ON plts.artifact (source_hash);
COMMENT ON TABLE plts.artifact IS
    'Compiled modules by content: a row is never changed, and its hash names the whole graph of what it imports';
COMMENT ON COLUMN plts.artifact.imports IS 'Specifier to artifact hash, for each import';
COMMENT ON COLUMN plts.artifact.can_catch IS 'Whether the code could observe a failing statement and go on';
COMMENT ON COLUMN plts.artifact.description IS
    'Kind and schemas of each export, as the build that stored it found by evaluating; NULL when it did not';
COMMENT ON COLUMN plts.artifact.findings IS
    'What compiling found, for builds to come; set only where this server compiled the source itself';
COMMENT ON COLUMN plts.artifact.runtime_version IS
    'Set for the builds of @stopgap/runtime that the extension itself puts here';

-- What the extension's own scripts put there comes back with CREATE EXTENSION.
SELECT pg_catalog.pg_extension_config_dump('plts.artifact', 'WHERE runtime_version IS NULL');

-- The code cache: not dumped, since it is good for one build of the library only. Nobody but the owner may write it: V8
-- trusts what it reads here. The key comes first, as above. Code is in parts, each a page's, which are read faster than what
-- lies out of line, and it is not worth compressing.
CREATE TABLE plts.code_cache (
    entry         text COLLATE "C" NOT NULL,
    part          bigint NOT NULL,
    code          bytea NOT NULL,
    artifact_hash text COLLATE "C" NOT NULL REFERENCES plts.artifact ON DELETE CASCADE,
    code_version  text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (entry, part),
    CHECK (entry = artifact_hash || '@' || code_version)
)
WITH (toast_tuple_target = 8160);
CREATE INDEX code_cache_artifact ON plts.code_cache (artifact_hash);
ALTER TABLE plts.code_cache
    ALTER COLUMN entry SET STORAGE PLAIN,
    ALTER COLUMN code SET STORAGE PLAIN,
    ALTER COLUMN artifact_hash SET STORAGE PLAIN,
    ALTER COLUMN code_version SET STORAGE PLAIN;
COMMENT ON TABLE plts.code_cache IS 'What V8 made of an artifact, for one version of V8 and its flags; written by plts.warm';

-- Modules --------------------------------------------------------------------------------------------------------

-- A function that returns this type is a module, to be imported as 'plts:schema.name'. There is no value of it.
CREATE DOMAIN plts.module AS text CHECK (false);
COMMENT ON DOMAIN plts.module IS
    'Marks a function as a module: it is imported, never called. EXECUTE, granted by name, is the right to import it';

-- Functions ------------------------------------------------------------------------------------------------------

CREATE FUNCTION plts.version() RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'plts_version';
COMMENT ON FUNCTION plts.version() IS 'The version of the plts library';

CREATE FUNCTION plts.metrics() RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_metrics';
COMMENT ON FUNCTION plts.metrics() IS 'Calls, errors, latencies, isolates and heap: of the server when plts is preloaded, else of the session';

CREATE FUNCTION plts.compile_json(source_ts text, compiler_opts jsonb) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'plts_compile_json';
COMMENT ON FUNCTION plts.compile_json(text, jsonb) IS 'What plts.compile_ts is made of';

CREATE FUNCTION plts.compile_ts(source_ts text, compiler_opts jsonb DEFAULT '{}',
                                OUT compiled_js text, OUT diagnostics jsonb, OUT compiler_fingerprint text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT answer ->> 'compiled_js', answer -> 'diagnostics', answer ->> 'compiler_fingerprint'
        FROM plts.compile_json(source_ts, compiler_opts) AS answer;
    END;
COMMENT ON FUNCTION plts.compile_ts(text, jsonb) IS
    'Transpiles TypeScript; compiled_js is null when there is an error among the diagnostics';

CREATE FUNCTION plts.analyze_ts(source_ts text, compiler_opts jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'plts_analyze_ts';
COMMENT ON FUNCTION plts.analyze_ts(text, jsonb) IS 'Imports, exports and form of a source, by parsing; runs nothing';

CREATE FUNCTION plts.compile_and_store(source_ts text, compiler_opts jsonb DEFAULT '{}') RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_compile_and_store';
COMMENT ON FUNCTION plts.compile_and_store(text, jsonb) IS 'Compiles one module, stores it and gives its hash';

CREATE FUNCTION plts.upsert_artifact(source_ts text, compiled_js text, compiler_opts jsonb DEFAULT '{}') RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_upsert_artifact';
COMMENT ON FUNCTION plts.upsert_artifact(text, text, jsonb) IS
    'Stores JavaScript compiled elsewhere, under the fingerprint "external"';

CREATE FUNCTION plts.get_artifact(artifact_hash text) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT pg_catalog.jsonb_build_object(
            'artifact_hash', a.artifact_hash, 'source_hash', a.source_hash, 'abi', a.abi, 'filename', a.filename,
            'source_ts', a.source_ts, 'compiled_js', a.compiled_js, 'source_map', a.source_map,
            'compiler_opts', a.compiler_opts, 'compiler_fingerprint', a.compiler_fingerprint,
            'imports', a.imports, 'exports', a.exports, 'can_catch', a.can_catch,
            'runtime_version', a.runtime_version, 'created_at', a.created_at)
        FROM plts.artifact AS a
        WHERE a.artifact_hash = get_artifact.artifact_hash COLLATE "C";
    END;
COMMENT ON FUNCTION plts.get_artifact(text) IS 'One artifact as jsonb; null when there is none. Needs SELECT on plts.artifact';

CREATE FUNCTION plts.describe(artifact_hash text) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'plts_describe';
COMMENT ON FUNCTION plts.describe(text) IS
    'Kind and schemas of each export, by evaluating the module with no database and hard limits';

CREATE FUNCTION plts.build(bundle jsonb, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_build';
COMMENT ON FUNCTION plts.build(jsonb, jsonb) IS
    'Compiles a bundle of modules as one graph; stores it and describes its exports when the options say so';
CREATE FUNCTION plts.build_text(bundle text, options text DEFAULT '{}') RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_build_text';
COMMENT ON FUNCTION plts.build_text(text, text) IS
    'plts.build with its JSON as text, which spares a large bundle two conversions';

CREATE FUNCTION plts.warm(artifact_hash text DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_warm';
COMMENT ON FUNCTION plts.warm(text) IS
    'Compiles an artifact and what it imports, or all artifacts, ahead of their first call; the number compiled';

CREATE FUNCTION plts.check_artifacts(hashes jsonb) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'plts_check_artifacts';
COMMENT ON FUNCTION plts.check_artifacts(jsonb) IS
    'Rehashes artifacts and all that they import, and lists those that are missing or differ. Needs SELECT on plts.artifact';

CREATE FUNCTION plts.import_artifacts(artifacts jsonb, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_import_artifacts';
COMMENT ON FUNCTION plts.import_artifacts(jsonb, jsonb) IS
    'Stores artifacts of another database, as plts.get_artifact gives them, if they are what their sources compile to';

CREATE FUNCTION plts.install_runtime(version text) RETURNS text
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_install_runtime';
COMMENT ON FUNCTION plts.install_runtime(text) IS 'Stores a build of @stopgap/runtime; for install and upgrade scripts';

SELECT plts.install_runtime('0.1.0');

-- Rights ---------------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA plts TO PUBLIC;
REVOKE ALL ON FUNCTION plts.compile_and_store(text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION plts.upsert_artifact(text, text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION plts.metrics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plts.metrics() TO pg_monitor;
REVOKE ALL ON FUNCTION plts.build(jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION plts.build_text(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION plts.warm(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION plts.import_artifacts(jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION plts.install_runtime(text) FROM PUBLIC;
