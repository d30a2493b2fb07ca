-- Functions with SQL parameters and results of their own.
CREATE SCHEMA app;
CREATE TYPE app.status AS ENUM ('open', 'done');
CREATE DOMAIN app.positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN app.code AS varchar(3);
CREATE TABLE app.item (id integer PRIMARY KEY, name text NOT NULL, status app.status NOT NULL DEFAULT 'open',
                       price numeric(10, 2), made timestamptz DEFAULT '2024-02-29 12:00+00');
INSERT INTO app.item (id, name, price) VALUES (1, 'tea', 4.50), (2, 'mug', 9), (3, 'pot', 20);
GRANT USAGE ON SCHEMA app TO app_user, stopgap_deployer;
GRANT SELECT, INSERT ON app.item TO app_user;
CREATE FUNCTION bundles.handlers(body text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT bundles.of('m.ts', E'import { query, mutation, v } from "@stopgap/runtime";\n' || body)
$$;
CREATE FUNCTION bundles.deploy(env text, body text, OUT ok boolean) LANGUAGE sql AS $$
    SELECT stopgap.deploy_bundle(env, bundles.handlers(body)) IS NOT NULL
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bundles TO PUBLIC;

-- The owner of live functions has to see the types.
SET ROLE regress_deployer;
SELECT bundles.deploy('sig', $ts$ export const get = query({ sql: { args: { id: "int" }, returns: "app.item" }, handler: () => null }); $ts$);
RESET ROLE;
GRANT USAGE ON SCHEMA app TO stopgap_owner;

SET ROLE regress_deployer;
SELECT bundles.deploy('sig', $ts$
export const get = query({
  sql: { args: { id: "int" }, returns: "app.item" },
  handler: ({ id }, ctx) => ctx.db.maybeOne("SELECT * FROM app.item WHERE id = $1", [id]),
});
export const list = query({
  sql: { args: { min: { type: "numeric", default: 0 }, state: { type: "app.status", default: "open" } }, returns: "setof app.item" },
  handler: ({ min, state }, ctx) => ctx.db.query("SELECT * FROM app.item WHERE price >= $1 AND status = $2 ORDER BY id", [min, state]),
});
export const stats = query({
  sql: { returns: { total: "bigint", dearest: "text" } },
  handler: (_, ctx) => ctx.db.one("SELECT count(*) AS total, (SELECT name FROM app.item ORDER BY price DESC LIMIT 1) AS dearest FROM app.item"),
});
export const words = query({
  sql: { args: { line: "text", separator: { type: "text", default: " " } }, returns: [{ place: "int", word: "text" }] },
  *handler({ line, separator }) {
    for (const [index, word] of line.split(separator).entries()) yield { place: index + 1, word };
  },
});
export const sum = query({
  sql: { args: { of: { type: "int[]", variadic: true, default: "{}" } }, returns: "bigint" },
  handler: ({ of }) => of.reduce((sum, each) => sum + each, 0),
});
export const add = query({
  args: v.object({ a: v.int(), b: v.int().min(1) }),
  sql: { args: { a: "int", b: "app.positive" }, returns: "int", strict: true },
  handler: ({ a, b }) => a + b,
});
export const echo = query({
  sql: { args: { args: "jsonb", made: "timestamptz", "Odd \"name\"": { type: "text", default: "it's" }, length: { type: "int", default: -5 } }, returns: "jsonb" },
  handler: (args, ctx) => ({ ...args, made: args.made?.toISOString(), same: args.length === ctx.args.length }),
});
export const nothing = mutation({ sql: { args: { what: "text" }, returns: "void" }, handler: ({ what }, ctx) => { ctx.log.info(what); } });
export const plain = query(v.any(), (args) => args);
$ts$);

-- As plain SQL sees them.
RESET ROLE;
SELECT p.oid::regprocedure AS function, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result, proisstrict AS strict
FROM pg_proc AS p WHERE pronamespace = 'live_sig'::regnamespace ORDER BY 1;
SELECT v -> 'ok' AS ok, v -> 'checked' -> 'functions' AS functions, v -> 'differences' AS differences FROM stopgap.verify('sig') AS v;
SET ROLE regress_app;
SELECT * FROM live_sig.m_get(2);
SELECT (live_sig.m_get(id => 1)).name;
SELECT live_sig.m_get(99) IS NULL AS nothing;
SELECT id, name FROM live_sig.m_list(min => 5);
SELECT count(*) FROM live_sig.m_list(state => 'done');
SELECT * FROM live_sig.m_stats();
SELECT * FROM live_sig.m_words('a b c') WHERE place > 1;
SELECT word FROM live_sig.m_words(line => 'a-b', separator => '-');
SELECT live_sig.m_sum(1, 2, 3), live_sig.m_sum(), live_sig.m_sum(VARIADIC ARRAY[4, 5]);
SELECT live_sig.m_add(1, 2), live_sig.m_add(NULL, 2) IS NULL AS strict;
\set VERBOSITY terse
SELECT live_sig.m_add(1, 0);
SELECT live_sig.m_get('x');
\set VERBOSITY default
SELECT live_sig.m_echo('{"a": 1}', '2024-02-29 12:00+01');
SELECT live_sig.m_nothing('done');
SELECT live_sig.m_plain('{"a": 1}');

-- By path: a JSON object has the arguments.
SELECT stopgap.call('sig', 'api.m.get', '{"id": 1}');
SELECT stopgap.call('sig', 'api.m.get', '{"id": 99}') IS NULL AS nothing;
SELECT stopgap.call('sig', 'api.m.list', '{"min": 9.5}');
SELECT stopgap.call('sig', 'api.m.list', '{"state": "done"}');
SELECT stopgap.call('sig', 'api.m.stats');
SELECT stopgap.call('sig', 'api.m.words', '{"line": "a b"}');
SELECT stopgap.call('sig', 'api.m.sum', '{"of": [1, 2]}'), stopgap.call('sig', 'api.m.sum');
SELECT stopgap.call('sig', 'api.m.add', '{"a": 1, "b": null}') IS NULL AS strict;
SELECT stopgap.call('sig', 'api.m.echo', '{"args": [1], "made": null, "Odd \"name\"": "x"}');
SELECT stopgap.call('sig', 'api.m.nothing', '{"what": "by path"}') IS NULL AS nothing;
SELECT stopgap.call('sig', 'api.m.get', '{"id": 1, "x": 2}');
SELECT stopgap.call('sig', 'api.m.get');
SELECT stopgap.call('sig', 'api.m.get', '[1]');
\set VERBOSITY terse
SELECT stopgap.call('sig', 'api.m.get', '{"id": "x"}');
SELECT stopgap.call('sig', 'api.m.add', '{"a": 1, "b": 0}');
\set VERBOSITY default

-- A search_path that plants names in the way changes nothing.
RESET ROLE;
CREATE SCHEMA hostile;
CREATE DOMAIN hostile.int4 AS text;
CREATE DOMAIN hostile.numeric AS text;
CREATE TYPE hostile.item AS (x text);
CREATE FUNCTION hostile.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS $$ SELECT '"planted"'::pg_catalog.jsonb $$;
CREATE FUNCTION hostile.jsonb_to_record(jsonb) RETURNS record LANGUAGE sql AS 'SELECT 1, 2';
GRANT USAGE ON SCHEMA hostile TO PUBLIC;
SET ROLE regress_app;
SET search_path = hostile, pg_catalog;
SELECT stopgap.call('sig', 'api.m.get', '{"id": 1}') OPERATOR(pg_catalog.->) 'name' AS name;
SELECT stopgap.call('sig', 'api.m.list', '{"min": 10}') OPERATOR(pg_catalog.->) 0 OPERATOR(pg_catalog.->) 'id' AS id;
RESET search_path;

-- The same again writes nothing.
SET ROLE regress_deployer;
SELECT bundles.deploy('again', $ts$ export const get = query({ sql: { args: { id: "int" }, returns: "app.item" }, handler: () => null }); $ts$);
RESET ROLE;
CREATE TEMP TABLE before AS SELECT xmin::text AS version, oid FROM pg_proc WHERE pronamespace = 'live_again'::regnamespace;
SET ROLE regress_deployer;
SELECT bundles.deploy('again', $ts$ export const get = query({ sql: { args: { id: "int" }, returns: "app.item" }, handler: () => null }); $ts$);
-- Types are those of who deploys: on his search_path, and stored with their schema.
SET search_path = app, public;
SELECT p -> 'summary' ->> 'unchanged' AS unchanged FROM stopgap.plan_bundle('again', bundles.handlers(
    $ts$ export const get = query({ sql: { args: { id: "int" }, returns: "app.item" }, handler: () => null }); $ts$)) AS p;
SELECT p -> 'functions' -> 0 ->> 'signature' AS signature FROM stopgap.plan_bundle('again', bundles.handlers(
    $ts$ export const get = query({ sql: { args: { id: "positive" }, returns: "setof item" }, handler: () => null }); $ts$)) AS p;
RESET search_path;
RESET ROLE;
SELECT count(*) AS same FROM before JOIN pg_proc AS p ON p.oid = before.oid AND p.xmin::text = before.version;

-- What no function can have is an error of the plan that names file and export.
SET ROLE regress_deployer;

SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { args: { id: "itn" }, returns: "int" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { returns: "int) returns int language sql as 'select 1'; drop schema app cascade; --" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { returns: "setof anyelement" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { args: { ctx: "int" }, returns: "int" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { args: { id: { type: "int", default: "x" } }, returns: "int" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { args: { id: { type: "app.positive", default: 0 } }, returns: "int" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { args: { id: { type: "app.code", default: "abc" } }, returns: "int" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { returns: [] }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ const args = Object.fromEntries(Array.from({ length: 101 }, (_, i) => ["p" + i, "int"]));
export const a = query({ sql: { args, returns: "int" }, handler: () => 1 }); $ts$));
RESET ROLE;
CREATE SCHEMA secret;
CREATE TYPE secret.t AS (x integer);
CREATE TYPE app.private AS (x integer);
REVOKE USAGE ON TYPE app.private FROM PUBLIC;
SET ROLE regress_deployer;
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { returns: "secret.t" }, handler: () => 1 }); $ts$));
SELECT stopgap.plan_bundle('refused', bundles.handlers($ts$ export const a = query({ sql: { returns: "app.private" }, handler: () => 1 }); $ts$));

-- A hundred parameters, and names of 63 bytes.
SELECT bundles.deploy('wide', $ts$
const names = Array.from({ length: 100 }, (_, i) => ("p" + i).padEnd(63, "é").slice(0, i === 0 ? 32 : 20));
const args = Object.fromEntries(names.map((name) => [name, { type: "int", default: 1 }]));
export const all = query({ sql: { args, returns: "int" }, handler: (args) => Object.values(args).reduce((a, b) => a + b, 0) });
$ts$);
RESET ROLE;
SELECT pronargs, octet_length(proargnames[1]) AS bytes FROM pg_proc WHERE pronamespace = 'live_wide'::regnamespace;
SET ROLE regress_app;
SELECT live_wide.m_all(), live_wide.m_all(5), stopgap.call('wide', 'api.m.all', jsonb_build_object(rpad('p1', 20, 'é'), 11));
RESET ROLE;

-- Every kind of default is found as it was declared, whatever the session prefers.
SET ROLE regress_deployer;
SELECT bundles.deploy('defaults', $ts$
export const all = query({ sql: { args: Object.fromEntries(Object.entries({
  bool: true, smallint: 5, int: -5, bigint: 5, numeric: 1.5, "numeric(10,2)": 7, real: 1.5, float8: 1e300, oid: 5, text: "it's \\ \"x\"",
  varchar: "x", "char(3)": "x", name: "x", uuid: "00000000-0000-0000-0000-000000000001", json: { a: 1 }, jsonb: [1, "x"], bytea: "\\x01",
  date: "2024-02-29", timestamptz: "2024-02-29 12:00+05", timestamp: "2024-02-29 12:00", interval: "1 day 02:00", time: "12:00",
  "int[]": "{1,2}", "text[]": "{a,\"b c\"}", int4range: "[1,5)", bit: "1", "bit varying": "101", inet: "10.0.0.1", xml: "<a/>", money: 5,
  regclass: "pg_class", point: "(1,2)", "app.status": "done", "app.positive": 5, "app.item": null, tsvector: "a b", "\"char\"": "x",
}).map(([type, value], index) => ["p" + index, { type, default: value }])), returns: "int" }, handler: () => 1 });
$ts$);
RESET ROLE;
SELECT stopgap.verify('defaults') -> 'differences' AS differences;
SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Tokyo'; SET intervalstyle = 'sql_standard'; SET bytea_output = 'escape';
SET search_path = hostile, app;
SELECT stopgap.verify('defaults') OPERATOR(pg_catalog.->) 'differences' AS differences;
RESET datestyle; RESET timezone; RESET intervalstyle; RESET bytea_output; RESET search_path;
