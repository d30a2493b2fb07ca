-- Aggregates whose functions are plts functions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_aggregate;
RESET client_min_messages;
SET search_path = plts_aggregate;

-- State in jsonb.
CREATE FUNCTION histogram_add(state jsonb, value text) RETURNS jsonb LANGUAGE plts IMMUTABLE AS $$
  const key = value ?? 'null';
  return { ...state, [key]: (state[key] ?? 0) + 1 };
$$;
CREATE FUNCTION histogram_text(state jsonb) RETURNS text LANGUAGE plts IMMUTABLE AS $$
  return Object.entries(state).map(([key, count]) => `${key}=${count}`).sort().join(' ');
$$;
CREATE FUNCTION histogram_merge(a jsonb, b jsonb) RETURNS jsonb LANGUAGE plts IMMUTABLE AS $$
  const merged = { ...a };
  for (const [key, count] of Object.entries(b)) merged[key] = (merged[key] ?? 0) + count;
  return merged;
$$;
CREATE AGGREGATE histogram(text) (SFUNC = histogram_add, STYPE = jsonb, INITCOND = '{}', FINALFUNC = histogram_text,
  COMBINEFUNC = histogram_merge);
SELECT histogram(x) FROM (VALUES ('a'), ('b'), ('a'), (NULL)) v(x);
SELECT histogram(x) FROM (VALUES ('a')) v(x) WHERE false;
SELECT i % 2 AS odd, histogram(i::text) FROM generate_series(1, 4) i GROUP BY 1 ORDER BY 1;
SELECT histogram(x) FILTER (WHERE x <> 'a'), histogram(DISTINCT x) FROM (VALUES ('a'), ('b'), ('a')) v(x);
SELECT i, histogram(i::text) OVER (ORDER BY i) FROM generate_series(1, 3) i;
-- State in numeric, exact; STRICT takes the first value as the state.
CREATE FUNCTION product_add(state numeric, value numeric) RETURNS numeric LANGUAGE plts STRICT IMMUTABLE AS $$
  return BigInt(state) * BigInt(value);
$$;
CREATE AGGREGATE product(numeric) (SFUNC = product_add, STYPE = numeric);
SELECT product(i) FROM generate_series(1, 25) i;
SELECT product(x) FROM (VALUES (NULL::numeric), (3), (NULL), (5)) v(x);
-- State in an array, of several arguments.
CREATE FUNCTION mean_add(state float8[], value float8, weight float8) RETURNS float8[] LANGUAGE plts IMMUTABLE AS $$
  return [state[0] + value * weight, state[1] + weight];
$$;
CREATE FUNCTION mean_end(state float8[]) RETURNS float8 LANGUAGE plts IMMUTABLE AS 'return state[1] === 0 ? null : state[0] / state[1]';
CREATE AGGREGATE weighted_mean(float8, float8) (SFUNC = mean_add, STYPE = float8[], INITCOND = '{0,0}', FINALFUNC = mean_end);
SELECT weighted_mean(x, w), weighted_mean(x, 0) FROM (VALUES (1, 1), (4, 3)) v(x, w);
-- Moving: an inverse function.
CREATE FUNCTION sum_add(state bigint, value int) RETURNS bigint LANGUAGE plts IMMUTABLE STRICT AS 'return state + BigInt(value)';
CREATE FUNCTION sum_remove(state bigint, value int) RETURNS bigint LANGUAGE plts IMMUTABLE STRICT AS 'return state - BigInt(value)';
CREATE AGGREGATE moving_sum(int) (SFUNC = sum_add, STYPE = bigint, INITCOND = '0', MSFUNC = sum_add, MINVFUNC = sum_remove, MSTYPE = bigint, MINITCOND = '0');
SELECT i, moving_sum(i) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM generate_series(1, 4) i;
-- Ordered-set and hypothetical: the direct argument comes last.
CREATE FUNCTION collect(state int[], value int) RETURNS int[] LANGUAGE plts IMMUTABLE AS 'return [...(state ?? []), value]';
CREATE FUNCTION nth_end(state int[], n int) RETURNS int LANGUAGE plts IMMUTABLE AS 'return state?.[n - 1]';
CREATE AGGREGATE nth(n int ORDER BY value int) (SFUNC = collect, STYPE = int[], FINALFUNC = nth_end);
SELECT nth(2) WITHIN GROUP (ORDER BY i DESC) FROM generate_series(1, 5) i;
-- Statements in the state function; errors.
CREATE FUNCTION failing_add(state int, value int) RETURNS int LANGUAGE plts AS $$
  if (value === 3) throw new Error(`no ${value}`);
  return ctx.db.sync.one('SELECT $1::int + $2::int AS sum', [state, value]).sum;
$$;
CREATE AGGREGATE failing(int) (SFUNC = failing_add, STYPE = int, INITCOND = '0');
SELECT failing(i) FROM generate_series(1, 2) i;
SELECT failing(i) FROM generate_series(1, 3) i;
CREATE FUNCTION wrong_state(state int, value int) RETURNS int LANGUAGE plts AS 'return "x"';
CREATE AGGREGATE wrong(int) (SFUNC = wrong_state, STYPE = int, INITCOND = '0');
SELECT wrong(1);
-- A state that only C can read.
CREATE FUNCTION internal_add(state internal, value int) RETURNS internal LANGUAGE plts AS 'return state';
-- A composite as the state, also where two are put together.
CREATE TYPE mean_state AS (count bigint, sum numeric, seen text[]);
CREATE FUNCTION mean_step(state mean_state, value numeric) RETURNS mean_state LANGUAGE plts IMMUTABLE AS $$
  if (value === null) return state;
  const { sum } = ctx.db.sync.one('SELECT $1::numeric + $2::numeric AS sum', [state.sum, value]);
  return { count: state.count + 1n, sum, seen: [...state.seen, value] };
$$;
CREATE FUNCTION mean_end(state mean_state) RETURNS text LANGUAGE plts IMMUTABLE AS $$
  return `${state.count} ${state.sum} ${state.seen.join('+')}`;
$$;
CREATE FUNCTION mean_join(a mean_state, b mean_state) RETURNS mean_state LANGUAGE plts IMMUTABLE AS $$
  const { sum } = ctx.db.sync.one('SELECT $1::numeric + $2::numeric AS sum', [a.sum, b.sum]);
  return { count: a.count + b.count, sum, seen: [...a.seen, ...b.seen] };
$$;
CREATE AGGREGATE mean(numeric) (SFUNC = mean_step, STYPE = mean_state, FINALFUNC = mean_end, COMBINEFUNC = mean_join, INITCOND = '(0,0,{})');
SELECT mean(v) FROM (VALUES (1.50), (NULL), (2.25)) AS t (v);
SELECT g, mean(v) FROM (VALUES (1, 1.5), (2, 7), (1, 2)) AS t (g, v) GROUP BY g ORDER BY g;
SELECT mean(v) FROM generate_series(1, 0) AS v;
SELECT v, mean(v) OVER (ORDER BY v ROWS 1 PRECEDING) FROM generate_series(1, 3) AS v;
SELECT mean_join(mean_step('(0,0,{})', 1), mean_step('(0,0,{})', 2));
-- In parallel, state and merging.
CREATE TABLE many AS SELECT i % 10 AS k FROM generate_series(1, 20000) i;
ALTER FUNCTION histogram_add PARALLEL SAFE;
ALTER FUNCTION histogram_text PARALLEL SAFE;
ALTER FUNCTION histogram_merge PARALLEL SAFE;
CREATE AGGREGATE histogram_parallel(text) (SFUNC = histogram_add, STYPE = jsonb, INITCOND = '{}', FINALFUNC = histogram_text,
  COMBINEFUNC = histogram_merge, PARALLEL = SAFE);
ANALYZE many;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT histogram_parallel(k::text) FROM many;
