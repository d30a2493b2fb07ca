CREATE FUNCTION loop_plts(n int) RETURNS bigint LANGUAGE plts AS 'let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum';
CREATE FUNCTION loop_plpgsql(n int) RETURNS bigint LANGUAGE plpgsql
  AS 'DECLARE sum bigint := 0; BEGIN FOR i IN 0..n - 1 LOOP sum := sum + i % 7; END LOOP; RETURN sum; END';
CREATE FUNCTION loop_plperl(n int) RETURNS bigint LANGUAGE plperl
  AS 'my $sum = 0; for (my $i = 0; $i < $_[0]; $i++) { $sum += $i % 7; } return $sum;';
CREATE FUNCTION loop_plpython3u(n int) RETURNS bigint LANGUAGE plpython3u AS $$
sum = 0
for i in range(n):
    sum += i % 7
return sum
$$;
