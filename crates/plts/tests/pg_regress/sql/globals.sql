-- The global objects of functions, and the session's time zone in them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_globals;
RESET client_min_messages;
SET search_path = plts_globals;

-- Local time is that of the session, and follows it at once.
CREATE FUNCTION local() RETURNS text LANGUAGE plts AS $$
  return `${new Date(2024, 0, 1).toISOString()} ${new Date(0).toLocaleString('en-GB')} ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
$$;
SET TimeZone = 'UTC';
SELECT local();
SET TimeZone = 'Europe/Berlin';
SELECT local();
SET TimeZone = 'america/new_york';
SELECT local();
-- As PostgreSQL itself sees each of them.
CREATE FUNCTION hours(at timestamptz) RETURNS text LANGUAGE plts AS $$
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
$$;
CREATE FUNCTION differs(zone text) RETURNS TABLE (winter boolean, summer boolean) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('TimeZone', zone, false);
  RETURN QUERY SELECT hours('2024-01-15 12:00Z') <> to_char('2024-01-15 12:00Z'::timestamptz, 'YYYY-MM-DD HH24:MI:SS'),
                      hours('2024-07-15 12:00Z') <> to_char('2024-07-15 12:00Z'::timestamptz, 'YYYY-MM-DD HH24:MI:SS');
END $$;
SELECT zone, d.* FROM unnest('{UTC,Europe/London,Asia/Kolkata,Asia/Kathmandu,Australia/Lord_Howe,America/St_Johns,Pacific/Chatham,EST5EDT,EST,CET,Etc/GMT+5,GMT+5,UTC-3,FOO-3,<+05:30>-05:30,<X>3:15,-7,5.5,posix/Asia/Tokyo,localtime,GMT0,Zulu,GB,Factory}'::text[]) AS zone, differs(zone) AS d WHERE d.winter OR d.summer;
CREATE FUNCTION icu_zones() RETURNS text[] LANGUAGE plts AS $$ return Intl.supportedValuesOf('timeZone') $$;
SELECT count(*) > 300 AS many, count(*) FILTER (WHERE d.winter OR d.summer) AS different
  FROM (SELECT name FROM pg_timezone_names WHERE name = ANY (icu_zones())) AS zone, differs(name) AS d;
-- A zone of rules that only PostgreSQL knows: UTC, and a warning, once.
SET TimeZone = 'XYZ4ABC,M3.2.0,M11.1.0';
SELECT local();
SELECT local();
-- Inside of a function, and back.
SET TimeZone = 'UTC';
CREATE FUNCTION elsewhere() RETURNS text LANGUAGE plts SET TimeZone = 'Asia/Tokyo' AS $$ return String(new Date(0).getHours()) $$;
CREATE FUNCTION travels() RETURNS text LANGUAGE plts AS $$
  const hour = () => new Date(0).getHours();
  const seen = [hour()];
  await ctx.db.exec("SET LOCAL TimeZone = 'Europe/Berlin'");
  seen.push(hour());
  const { inner } = await ctx.db.one('SELECT plts_globals.elsewhere() AS inner');
  seen.push(inner, hour());
  try {
    await ctx.db.savepoint(async () => {
      await ctx.db.exec("SET LOCAL TimeZone = 'America/New_York'");
      seen.push(hour());
      throw new Error('back');
    });
  } catch {
    seen.push(hour());
  }
  try { await ctx.db.exec("DO $d$ BEGIN SET LOCAL TimeZone = 'Asia/Tokyo'; RAISE 'back'; END $d$"); } catch { seen.push(hour()); }
  return seen.join(' ');
$$;
BEGIN;
SELECT travels();
SELECT local();
ROLLBACK;
SELECT local();
-- Addresses, text, bytes, copies.
CREATE FUNCTION host_of(address text) RETURNS text LANGUAGE plts AS $$ return URL.parse(address)?.hostname $$;
SELECT host_of('https://user@EXAMPLE.org:8080/x'), host_of('no address');
CREATE FUNCTION read_text(data bytea, encoding text) RETURNS text LANGUAGE plts AS $$ return new TextDecoder(encoding, { fatal: true }).decode(data) $$;
SELECT read_text('\x48e96c6c80', 'windows-1252'), read_text('\x3dd800de', 'utf-16le'), read_text(convert_to('Grüße', 'UTF8'), 'utf-8');
SELECT read_text('\xff', 'utf-8');
CREATE FUNCTION sha(name text, data bytea) RETURNS bytea LANGUAGE plts AS $$ return await crypto.subtle.digest(name, data) $$;
SELECT sha('SHA-256', 'abc') = sha256('abc') AS sha256, sha('SHA-384', 'abc') = sha384('abc') AS sha384, sha('SHA-512', '') = sha512('') AS sha512;
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE plts AS $$ return crypto.randomUUID() $$;
SELECT count(DISTINCT new_id()) FROM generate_series(1, 100);
CREATE FUNCTION copied(value jsonb) RETURNS jsonb LANGUAGE plts AS $$ const copy = structuredClone(value); copy.n += 1; return [value, copy] $$;
SELECT copied('{"n": 1}');
-- Random numbers of different roles of a session are different ones.
CREATE FUNCTION random_number() RETURNS float8 LANGUAGE plts AS $$ return Math.random() $$;
CREATE ROLE plts_globals_role;
GRANT USAGE ON SCHEMA plts_globals TO plts_globals_role;
SELECT random_number() AS first \gset
SET ROLE plts_globals_role;
SELECT random_number() AS second \gset
RESET ROLE;
SELECT :first <> :second AS different;
-- What is missing says what to do instead.
CREATE FUNCTION asks() RETURNS text LANGUAGE plts AS $$ return await (fetch as any)('http://localhost') $$;
SELECT asks();
CREATE FUNCTION waits() RETURNS void LANGUAGE plts AS $$ setTimeout(() => {}, 10) $$;
SELECT waits();

SET client_min_messages = warning;
DROP SCHEMA plts_globals CASCADE;
DROP ROLE plts_globals_role;
