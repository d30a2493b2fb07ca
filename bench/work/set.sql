CREATE FUNCTION count_plts(n int) RETURNS SETOF int LANGUAGE plts AS 'for (let i = 1; i <= n; i++) yield i';
CREATE FUNCTION count_plpgsql(n int) RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN FOR i IN 1..n LOOP RETURN NEXT i; END LOOP; END';
CREATE FUNCTION count_plpython3u(n int) RETURNS SETOF int LANGUAGE plpython3u AS $$
for i in range(1, n + 1):
    yield i
$$;
