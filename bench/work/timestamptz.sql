CREATE FUNCTION later_plts(a timestamptz, b timestamptz) RETURNS timestamptz LANGUAGE plts AS 'return a > b ? a : b';
CREATE FUNCTION later_plpgsql(a timestamptz, b timestamptz) RETURNS timestamptz LANGUAGE plpgsql
  AS 'BEGIN IF a > b THEN RETURN a; END IF; RETURN b; END';
