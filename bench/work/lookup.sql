CREATE TABLE item (id int PRIMARY KEY, stock int NOT NULL);
INSERT INTO item SELECT i, i % 10 FROM generate_series(1, 10000) AS i;
ANALYZE item;
CREATE FUNCTION lookup_plts(n int) RETURNS int LANGUAGE plts AS $$
let sum = 0;
for (let i = 1; i <= n; i++) sum += ctx.db.sync.one('SELECT stock FROM item WHERE id = $1', [i]).stock;
return sum
$$;
CREATE FUNCTION lookup_plpgsql(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE sum int := 0; found_stock int;
BEGIN
  FOR i IN 1..n LOOP
    SELECT stock INTO STRICT found_stock FROM item WHERE id = i;
    sum := sum + found_stock;
  END LOOP;
  RETURN sum;
END
$$;
CREATE FUNCTION lookup_plpython3u(n int) RETURNS int LANGUAGE plpython3u AS $$
plan = plpy.prepare("SELECT stock FROM item WHERE id = $1", ["int"])
sum = 0
for i in range(1, n + 1):
    sum += plan.execute([i])[0]["stock"]
return sum
$$;
CREATE FUNCTION caught_plts(n int) RETURNS int LANGUAGE plts AS $$
let sum = 0;
for (let i = 1; i <= n; i++) {
  try {
    sum += ctx.db.sync.one('SELECT stock FROM item WHERE id = $1', [i]).stock;
  } catch (error) {
    sum -= 1;
  }
}
return sum
$$;
CREATE FUNCTION caught_plpgsql(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE sum int := 0; found_stock int;
BEGIN
  FOR i IN 1..n LOOP
    BEGIN
      SELECT stock INTO STRICT found_stock FROM item WHERE id = i;
      sum := sum + found_stock;
    EXCEPTION WHEN OTHERS THEN
      sum := sum - 1;
    END;
  END LOOP;
  RETURN sum;
END
$$;
