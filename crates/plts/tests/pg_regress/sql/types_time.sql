-- Times as text in ISO 8601, whatever the session's settings.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types_time;
RESET client_min_messages;
SET search_path = plts_types_time;
SET timezone = 'Europe/Berlin';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';

CREATE FUNCTION seen(a timestamp, b date, c time, d timetz, e interval) RETURNS text LANGUAGE plts AS 'return [a, b, c, d, e].join(" | ")';
SELECT seen('2024-02-29 12:34:56.789012', '2024-02-29', '23:59:59.5', '12:00:00+05:30', '1 year 2 mons -3 days 04:05:06.7');
SELECT seen('infinity', '-infinity', '24:00', '00:00:00-15:59', '-1 day'), seen('0044-03-15 12:00 BC', '0044-03-15 BC', NULL, NULL, '0');
SELECT seen('294276-12-31 23:59:59.999999', '5874897-12-31', '00:00', '00:00Z', '-178000000 years');
CREATE FUNCTION t_timestamp(x timestamp) RETURNS timestamp LANGUAGE plts AS 'return x';
CREATE FUNCTION t_date(x date) RETURNS date LANGUAGE plts AS 'return x';
CREATE FUNCTION t_time(x time) RETURNS time LANGUAGE plts AS 'return x';
CREATE FUNCTION t_timetz(x timetz) RETURNS timetz LANGUAGE plts AS 'return x';
CREATE FUNCTION t_interval(x interval) RETURNS interval LANGUAGE plts AS 'return x';
-- The same back, under each setting.
CREATE VIEW survives AS SELECT
  (SELECT bool_and(t_timestamp(x) = x) FROM unnest('{2024-02-29 12:34:56.789012,infinity,-infinity,0044-03-15 12:00:00 BC,294276-12-31 23:59:59.999999,4714-11-24 00:00:00 BC}'::timestamp[]) x) AS timestamp,
  (SELECT bool_and(t_date(x) = x) FROM unnest('{2024-02-03,infinity,-infinity,0044-03-05 BC,5874897-12-31,4714-11-24 BC}'::date[]) x) AS date,
  (SELECT bool_and(t_time(x) = x) FROM unnest('{00:00,24:00,23:59:59.999999}'::time[]) x) AS time,
  (SELECT bool_and(t_timetz(x) = x) FROM unnest('{00:00+15:59,24:00-15:59,23:59:59.999999+05:30}'::timetz[]) x) AS timetz,
  (SELECT bool_and(t_interval(x) = x) FROM unnest(ARRAY['0', '-1 day 00:00:01', '1 mon -1 day', '-00:00:00.000001', '178000000 years', '-178000000 years -11 mons', '2147483647 days', '2562047788:00:54.775807']::interval[]) x) AS interval;
SELECT * FROM survives;
SET datestyle = 'German';
SET intervalstyle = 'postgres_verbose';
SELECT * FROM survives;
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'iso_8601';
SELECT * FROM survives;
SET intervalstyle = 'postgres';
-- What is no time, and what is no text.
CREATE FUNCTION made_timestamp(kind text) RETURNS timestamp LANGUAGE plts AS $$
  switch (kind) { case 'date': return new Date(0); case 'iso': return new Date(0).toISOString(); default: return kind; }
$$;
SELECT made_timestamp('2024-02-29T12:00:00.5'), made_timestamp('iso');
SELECT made_timestamp('date');
SELECT made_timestamp('2023-02-29T00:00:00');
CREATE FUNCTION made_interval(kind text) RETURNS interval LANGUAGE plts AS 'return kind === "number" ? 5 : kind';
SELECT made_interval('P1Y2M3DT4H5M6.7S'), made_interval('PT-1H'), made_interval('3 days');
SELECT made_interval('PT');
-- Type modifiers count: in columns and in domains.
CREATE DOMAIN to_the_second AS timestamptz(0);
CREATE DOMAIN to_the_tenth AS timestamp(1);
CREATE FUNCTION rounded(x timestamptz) RETURNS to_the_second LANGUAGE plts AS 'return x';
CREATE FUNCTION rounded_text(x text) RETURNS to_the_tenth LANGUAGE plts AS 'return x';
SELECT rounded('2024-01-01 00:00:00.6Z') AT TIME ZONE 'UTC' AS second, rounded_text('2024-01-01T00:00:00.16') AS tenth;
-- timestamptz: dates far away carry their microseconds too; changed ones do not.
SET timezone = 'UTC';
CREATE FUNCTION t_timestamptz(x timestamptz) RETURNS timestamptz LANGUAGE plts AS 'return x';
SELECT x, t_timestamptz(x) = x AS same
  FROM unnest('{1684-01-01 00:00:00.000001,1685-06-06 23:28:45.259009,2255-06-05 23:47:34.740991,2255-06-05 23:47:34.740993,2500-01-01 00:00:00.123456,0001-01-01 00:00:00.999999 BC,275760-09-12 23:59:59.999999}'::timestamptz[]) x;
CREATE FUNCTION kept() RETURNS timestamptz LANGUAGE plts AS $$
  const { a } = ctx.db.sync.one("SELECT '2024-01-01 00:00:00.000001Z'::timestamptz AS a");
  const before = a.getTime();
  a.setTime(0);
  a.setTime(before);
  if (Reflect.ownKeys(a).length) throw new Error('something shows');
  return Object.freeze(a);
$$;
SELECT kept();
CREATE FUNCTION now_is() RETURNS boolean LANGUAGE plts AS 'return ctx.db.sync.one("SELECT now() = $1 AS same", [ctx.now]).same';
SELECT now_is();

-- A comparison asks the times for their numbers, whatever they are
CREATE FUNCTION compared(a timestamptz, b timestamptz) RETURNS text LANGUAGE plts AS $$
return [a < b, a <= b, a > b, a >= b, a - b, +a, -b].join(' ')
$$;
CREATE FUNCTION compared_by_name(a timestamptz, b timestamptz) RETURNS text LANGUAGE plts AS $$
const [c, d] = [a, b]; // They get about: V8's own comparison
return [c < d, c <= d, c > d, c >= d, c - d, +c, -d].join(' ')
$$;
SELECT a, b, compared(a, b), compared(a, b) = compared_by_name(a, b) AS same
FROM (VALUES (timestamptz '2026-01-01 00:00Z', timestamptz '2026-01-01 00:00:00.001Z'),
  ('2026-01-01 00:00Z', '2026-01-01 00:00Z'), ('2026-01-01 00:00:00.000001Z', '2026-01-01 00:00Z'),
  ('2026-01-01 00:00Z', NULL), (NULL, NULL), (NULL, '1969-12-31 00:00Z'),
  ('infinity', '2026-01-01 00:00Z'), ('-infinity', 'infinity'), ('infinity', 'infinity'), ('0044-03-15 BC', '1970-01-01 00:00Z')) AS times (a, b);

SET client_min_messages = warning;
DROP SCHEMA plts_types_time CASCADE;
