CREATE FUNCTION join_plts(a text, b text) RETURNS text LANGUAGE plts AS 'return a + b';
CREATE FUNCTION join_plpgsql(a text, b text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN a || b; END';
CREATE FUNCTION join_plperl(a text, b text) RETURNS text LANGUAGE plperl AS 'return $_[0] . $_[1];';
CREATE FUNCTION join_plpython3u(a text, b text) RETURNS text LANGUAGE plpython3u AS 'return a + b';
