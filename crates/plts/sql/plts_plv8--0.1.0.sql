-- plts_plv8 0.1.0: LANGUAGE plv8, with what plv8 itself installs.
\echo Use "CREATE EXTENSION plts_plv8" to load this file. \quit

-- What has no schema here is PostgreSQL's own, whatever else is in the database.
SET LOCAL search_path = pg_catalog, pg_temp;

-- The language ---------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_catalog.plv8_call_handler() RETURNS language_handler
    LANGUAGE c AS 'MODULE_PATHNAME', 'plts_plv8_call_handler';
CREATE FUNCTION pg_catalog.plv8_inline_handler(internal) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'plts_plv8_inline_handler';
CREATE FUNCTION pg_catalog.plv8_call_validator(oid) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'plts_plv8_validator';

CREATE TRUSTED LANGUAGE plv8
    HANDLER pg_catalog.plv8_call_handler INLINE pg_catalog.plv8_inline_handler VALIDATOR pg_catalog.plv8_call_validator;
COMMENT ON LANGUAGE plv8 IS 'JavaScript written for plv8, run by plts';

-- Typed arrays ---------------------------------------------------------------------------------------------------

CREATE DOMAIN pg_catalog.plv8_int2array AS int2[];
CREATE DOMAIN pg_catalog.plv8_int4array AS int4[];
CREATE DOMAIN pg_catalog.plv8_int8array AS int8[];
CREATE DOMAIN pg_catalog.plv8_float4array AS float4[];
CREATE DOMAIN pg_catalog.plv8_float8array AS float8[];

-- Functions ------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_catalog.plv8_version() RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'plts_plv8_version';
COMMENT ON FUNCTION pg_catalog.plv8_version() IS 'The release of plv8 whose behaviour this follows';

CREATE FUNCTION pg_catalog.plv8_reset() RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_plv8_reset';
COMMENT ON FUNCTION pg_catalog.plv8_reset() IS 'Drops what the plv8 functions of the current user have put on their global object';

CREATE FUNCTION pg_catalog.plv8_info() RETURNS json
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'plts_plv8_info';
COMMENT ON FUNCTION pg_catalog.plv8_info() IS 'The users whose plv8 functions have run in the session, and the memory of all of them';

REVOKE ALL ON FUNCTION pg_catalog.plv8_info() FROM PUBLIC;
