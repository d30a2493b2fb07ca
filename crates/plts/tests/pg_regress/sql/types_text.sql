-- Types that cross as text, by their input and output functions; numbers and JSON without loss.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types_text;
SET search_path = plts_types_text;
CREATE EXTENSION IF NOT EXISTS hstore SCHEMA plts_types_text;
CREATE EXTENSION IF NOT EXISTS citext SCHEMA plts_types_text;
CREATE EXTENSION IF NOT EXISTS ltree SCHEMA plts_types_text;
RESET client_min_messages;

-- One function for each type, made in a loop: each takes a value and gives it back, having looked at it.
CREATE TABLE samples (type text, value text);
INSERT INTO samples VALUES
  ('varchar', 'a b'), ('bpchar', 'ab  '), ('name', 'Some Name'), ('"char"', 'x'), ('money', '$1,234.50'), ('inet', '10.0.0.1/8'), ('cidr', '10.0.0.0/8'),
  ('macaddr', '08:00:2b:01:02:03'), ('macaddr8', '08:00:2b:01:02:03:04:05'), ('bit(3)', '101'), ('varbit', '10101'), ('xml', '<a b="c">d</a>'), ('point', '(1,2)'), ('lseg', '[(1,2),(3,4)]'),
  ('box', '(3,4),(1,2)'), ('path', '((1,2),(3,4))'), ('polygon', '((1,2),(3,4),(5,6))'), ('line', '{1,2,3}'), ('circle', '<(1,2),3>'), ('tsvector', '''a'':1 ''b'':2A'), ('tsquery', '''a'' & ''b'''),
  ('uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('pg_lsn', '16/B374D848'), ('tid', '(1,2)'), ('xid', '4294967295'), ('xid8', '18446744073709551615'), ('cid', '7'), ('jsonpath', '$."a"[*]'),
  ('regclass', 'pg_class'), ('regtype', 'integer'), ('regproc', 'now'), ('regprocedure', 'upper(text)'), ('regrole', 'pg_monitor'), ('regnamespace', 'pg_catalog'), ('regoperator', '||(text,text)'), ('regcollation', '"C"'),
  ('pg_snapshot', '10:20:10,14'), ('hstore', '"a"=>"1", "b"=>NULL'), ('citext', 'MiXed'), ('ltree', 'Top.Science.Astronomy'), ('lquery', 'Top.*'), ('aclitem', 'pg_monitor=r/pg_monitor');
CREATE FUNCTION check_type(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  EXECUTE format('CREATE FUNCTION t(x %s) RETURNS %1$s LANGUAGE plts AS %L', type, 'if (typeof x !== "string") throw new Error(typeof x); return x');
  EXECUTE format('CREATE FUNCTION a(x %s[]) RETURNS %1$s[] LANGUAGE plts AS %L', type, 'if (typeof x[0] !== "string") throw new Error(typeof x[0]); return x');
  EXECUTE format('CREATE FUNCTION s(x text) RETURNS text LANGUAGE plts AS %L',
    format('const { v } = ctx.db.sync.one(`SELECT $1::text::%s AS v`, [x]); return ctx.db.sync.one(`SELECT ($1::%1$s)::text AS v`, [v]).v', type));
  EXECUTE format('SELECT concat_ws('' | '', CASE WHEN t(v)::text = v::text THEN ''same'' ELSE t(v)::text END, CASE WHEN a(ARRAY[v])::text = ARRAY[v]::text THEN ''same'' ELSE ''other'' END, CASE WHEN s(v::text) = v::text THEN ''same'' ELSE s(v::text) END)
                    FROM (SELECT %L::%s AS v) q', value, type) INTO answer;
  DROP FUNCTION t, a, s;
  RETURN answer;
END $$;
SELECT type, check_type(type, value) FROM samples;
-- Type modifiers of columns.
CREATE TABLE columns (a varchar(3), b char(3), c numeric(4, 1), d bit(2), e varbit(2));
CREATE FUNCTION column_row(a text, b text, c numeric, d text, e text) RETURNS columns LANGUAGE plts AS 'return { a, b, c, d, e }';
SELECT column_row('abc', 'a', 1.25, '01', '1'), column_row('abc  ', 'abc   ', 999.94, NULL, NULL);
SELECT column_row('abcd', NULL, NULL, NULL, NULL);
SELECT column_row(NULL, NULL, 1000, NULL, NULL);
SELECT column_row(NULL, NULL, NULL, '1', NULL);
-- numeric is exact; so are its special values.
CREATE FUNCTION t_numeric(x numeric) RETURNS numeric LANGUAGE plts AS 'return x';
SELECT t_numeric('NaN'), t_numeric('Infinity'), t_numeric('-Infinity'), t_numeric('-0.00'), t_numeric(1e-20), length(t_numeric(10::numeric ^ 1000)::text) AS long, t_numeric(('1.' || repeat('3', 500))::numeric)::text = '1.' || repeat('3', 500) AS fine;
CREATE FUNCTION numeric_of(kind text) RETURNS numeric LANGUAGE plts AS 'switch (kind) { case "nan": return NaN; case "infinity": return -Infinity; case "tiny": return 5e-324; case "big": return 1e308; case "bigint": return 2n ** 100n }';
SELECT numeric_of('nan'), numeric_of('infinity'), numeric_of('tiny') > 0 AS tiny, numeric_of('big') = 1e308 AS big, numeric_of('bigint');
-- int8 in arrays, rows and JSON.
CREATE TYPE longs AS (a int8, b int8[], c jsonb);
CREATE FUNCTION longs(x longs) RETURNS longs LANGUAGE plts AS 'if (typeof x.a !== "bigint" || typeof x.b[0] !== "bigint" || typeof x.c[0].n !== "bigint") throw new Error(); return x';
SELECT longs(ROW(9223372036854775807, '{-9223372036854775808}', '[{"n": 9007199254740993, "m": {"o": [-9007199254740993, 18446744073709551616]}}]'));
-- What PostgreSQL's text cannot hold is an error that says where it is.
CREATE TYPE holder AS (t text, ts text[], j jsonb, d varchar(10));
CREATE FUNCTION bad_text(kind text) RETURNS holder LANGUAGE plts AS $$
  switch (kind) {
    case 'nul': return { t: 'a\0b' }; case 'nul in array': return { ts: ['a', '\0'] }; case 'lone': return { ts: ['\ud800'] };
    case 'nul in json': return { j: { a: '\0' } }; case 'nul in varchar': return { d: '\0' }; case 'lone in json': return { j: ['\udfff'] };
  }
$$;
SELECT bad_text('nul');
SELECT bad_text('nul in array');
SELECT bad_text('lone');
SELECT bad_text('nul in json');
SELECT bad_text('lone in json');
SELECT bad_text('nul in varchar');
CREATE FUNCTION bad_parameter() RETURNS text LANGUAGE plts AS 'return ctx.db.sync.one("SELECT $1::int AS a, $2::text AS b", [1, "\0"]).b';
SELECT bad_parameter();
CREATE FUNCTION bad_date() RETURNS timestamptz[] LANGUAGE plts AS 'return [new Date(0), new Date(NaN)]';
SELECT bad_date();
CREATE FUNCTION far(x timestamptz[]) RETURNS int LANGUAGE plts AS 'return x.length';
SELECT far('{2024-01-01,294276-01-01}');
SET client_min_messages = warning;
DROP SCHEMA plts_types_text CASCADE;
