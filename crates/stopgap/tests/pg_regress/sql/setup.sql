-- The extension brings its roles, and brings plts along.
SET client_min_messages = warning;
CREATE EXTENSION stopgap CASCADE;
SELECT stopgap.version() = plts.version() AS versions_agree;
SELECT rolname, rolcanlogin, rolsuper FROM pg_roles
WHERE rolname IN ('stopgap_owner', 'stopgap_deployer', 'app_user') ORDER BY 1;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'regress_deployer') THEN
        CREATE ROLE regress_deployer;
        CREATE ROLE regress_app;
        CREATE ROLE regress_acme;
        CREATE ROLE regress_acme_deployer;
        CREATE ROLE regress_bolt;
    END IF;
END $$;
GRANT stopgap_deployer TO regress_deployer;
GRANT app_user TO regress_app;

-- Bundles for the other tests.
CREATE SCHEMA bundles;
GRANT USAGE ON SCHEMA bundles TO PUBLIC;
CREATE FUNCTION bundles.of(VARIADIC modules text[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('format', 1, 'modules', jsonb_object(modules))
$$;
CREATE FUNCTION bundles.constant(value text) RETURNS text LANGUAGE sql AS $$
    SELECT format(E'import { query, v } from "@stopgap/runtime";\nexport const get = query(v.object({}), () => %s);\n',
                  to_jsonb(value))
$$;
-- What a person wants to see of a status, without hashes and times.
CREATE FUNCTION bundles.shown(status jsonb) RETURNS TABLE (id bigint, label text, path text, live_function text, kind text)
LANGUAGE sql AS $$
    SELECT (status -> 'active' ->> 'id')::bigint, status -> 'active' ->> 'label',
           f ->> 'path', f ->> 'live_function', f ->> 'kind'
    FROM jsonb_array_elements(status -> 'functions') AS f ORDER BY 3
$$;
