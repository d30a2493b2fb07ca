CREATE FUNCTION add_plts(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
CREATE FUNCTION add_plpgsql(a int, b int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a + b; END';
CREATE FUNCTION add_plperl(a int, b int) RETURNS int LANGUAGE plperl AS 'return $_[0] + $_[1];';
CREATE FUNCTION add_plpython3u(a int, b int) RETURNS int LANGUAGE plpython3u AS 'return a + b';
