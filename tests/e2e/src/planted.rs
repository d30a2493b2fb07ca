//! What a hostile deployer plants for stopgap's own statements to find.

/// Functions, operators and tables of names that stopgap's statements use, in schema `evil`. Each notes in `evil.trap` with
/// whose rights it ran, when a `search_path` led to it. For whoever may create schemas.
pub const PLANTED: &str = "
CREATE SCHEMA evil;
CREATE TABLE evil.trap (who text, what text);
GRANT ALL ON evil.trap TO PUBLIC; GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE FUNCTION evil.note(what text) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO evil.trap VALUES (current_user, what); END $$;
CREATE FUNCTION evil.same(text, text) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('=(text)'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
CREATE FUNCTION evil.same(name, name) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('=(name)'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
CREATE FUNCTION evil.same(name, text) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('=(name, text)'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
CREATE FUNCTION evil.same(bigint, bigint) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('=(bigint)'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
CREATE FUNCTION evil.same(oid, oid) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('=(oid)'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = name, RIGHTARG = name);
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = name, RIGHTARG = text);
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = oid, RIGHTARG = oid);
CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('format'); RETURN pg_catalog.format($1, VARIADIC $2); END $$;
CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('clock_timestamp'); RETURN pg_catalog.clock_timestamp(); END $$;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('now'); RETURN pg_catalog.now(); END $$;
CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('current_setting'); RETURN pg_catalog.current_setting($1); END $$;
CREATE FUNCTION evil.jsonb_array_length(jsonb) RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('jsonb_array_length'); RETURN pg_catalog.jsonb_array_length($1); END $$;
CREATE FUNCTION evil.pg_advisory_xact_lock(int, int) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('lock'); END $$;
CREATE FUNCTION evil.has_schema_privilege(text, text) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('privilege'); RETURN true; END $$;
CREATE FUNCTION evil.build(jsonb, jsonb) RETURNS jsonb LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.note('build'); RETURN '{}'::jsonb; END $$;
CREATE TABLE evil.environment (env text); CREATE TABLE evil.deployment (id bigint); CREATE TABLE evil.fn_version (id bigint);
CREATE TABLE evil.pg_proc (oid oid); CREATE TABLE evil.pg_namespace (oid oid); CREATE TABLE evil.pg_roles (rolname name);
";
