CREATE TABLE reading (id int, big bigint, name text, at timestamptz, ok bool);
INSERT INTO reading
  SELECT i, i * 1000000007::bigint, 'name of ' || i, timestamptz '2026-01-01 00:00Z' + i * interval '1 minute', i % 2 = 0
  FROM generate_series(1, 100000) AS i;
CREATE FUNCTION total_plts() RETURNS bigint LANGUAGE plts AS $$
let sum = 0;
for (const row of ctx.db.sync.query('SELECT id, big, name, at, ok FROM reading')) sum += row.id;
return sum
$$;
CREATE FUNCTION total_plpgsql() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE sum bigint := 0; one record;
BEGIN
  FOR one IN SELECT id, big, name, at, ok FROM reading LOOP sum := sum + one.id; END LOOP;
  RETURN sum;
END
$$;
CREATE FUNCTION total_plpython3u() RETURNS bigint LANGUAGE plpython3u AS $$
sum = 0
for row in plpy.execute("SELECT id, big, name, at, ok FROM reading"):
    sum += row["id"]
return sum
$$;
