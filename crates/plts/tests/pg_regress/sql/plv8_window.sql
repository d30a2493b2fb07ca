-- Window functions of plv8.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts_plv8 CASCADE;
CREATE SCHEMA plts_plv8_window;
RESET client_min_messages;
SET search_path = plts_plv8_window;
CREATE TABLE sample (part text, v int);
INSERT INTO sample VALUES ('a', 1), ('a', 2), ('a', 2), ('b', 5), ('b', null);
CREATE FUNCTION about(v int) RETURNS text LANGUAGE plv8 WINDOW AS $$
  var win = plv8.get_window_object();
  var at = win.get_current_position();
  return [String(win), at, win.get_partition_row_count(), win.get_func_arg_current(0), v, at > 0 && win.rows_are_peers(at, at - 1)].join(' ');
$$;
SELECT part, v, about(v) OVER (PARTITION BY part ORDER BY v) FROM sample;
CREATE FUNCTION seeks(v int) RETURNS text LANGUAGE plv8 WINDOW AS $$
  var win = plv8.get_window_object();
  return JSON.stringify([
    win.get_func_arg_in_partition(0, -1, win.SEEK_CURRENT, false), win.get_func_arg_in_partition(0, 0, win.SEEK_HEAD, false), win.get_func_arg_in_partition(0, 0, win.SEEK_TAIL, false),
    win.get_func_arg_in_frame(0, 0, win.SEEK_HEAD, false), win.get_func_arg_in_frame(0, 0, win.SEEK_TAIL, false), win.get_func_arg_in_frame(0, 99, win.SEEK_HEAD, false) === undefined]);
$$;
SELECT part, v, seeks(v) OVER (PARTITION BY part ORDER BY v ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM sample;
-- What is kept of a partition: JSON, copied, of the size that its first use says.
CREATE FUNCTION total(v int) RETURNS int LANGUAGE plv8 WINDOW AS $$
  var win = plv8.get_window_object();
  var kept = win.get_partition_local() || { sum: 0 };
  kept.sum += v;
  win.set_partition_local(kept);
  kept.sum = -1;
  return win.get_partition_local().sum;
$$;
SELECT part, v, total(v) OVER (PARTITION BY part ORDER BY v) FROM sample;
CREATE FUNCTION keeps(size int, length int) RETURNS text LANGUAGE plv8 WINDOW AS $$
  var win = plv8.get_window_object();
  if (size >= 0) win.get_partition_local(size);
  win.set_partition_local('x'.repeat(length));
  return win.get_partition_local().length;
$$;
SELECT keeps(10, 8) OVER ();
SELECT keeps(10, 9) OVER ();
SELECT keeps(-1, length) OVER (ORDER BY i) FROM (VALUES (1, 5), (2, 5)) AS t (i, length);
SELECT keeps(-1, length) OVER (ORDER BY i) FROM (VALUES (1, 5), (2, 6)) AS t (i, length);
-- Marks: what lies before is gone.
CREATE FUNCTION marks(v int) RETURNS int LANGUAGE plv8 WINDOW AS $$
  var win = plv8.get_window_object();
  win.set_mark_position(win.get_current_position());
  return win.get_func_arg_in_partition(0, -1, win.SEEK_CURRENT, false);
$$;
SELECT marks(v) OVER (ORDER BY v) FROM sample;
-- Too few arguments, wrong numbers, and the wrong place.
CREATE FUNCTION misuses(how int) RETURNS text LANGUAGE plv8 WINDOW AS $$
  var win = plv8.get_window_object();
  kept_window = win;
  try {
    switch (how) {
      case 0: return win.get_func_arg_in_partition(0, 0, win.SEEK_HEAD);
      case 1: return win.get_func_arg_in_partition(7, 0, win.SEEK_HEAD, false);
      case 2: return win.get_func_arg_in_partition(-1, 0, win.SEEK_HEAD, false);
      case 3: return String([win.set_mark_position(), win.rows_are_peers(1), win.get_func_arg_current(), win.set_partition_local()]);
    }
  } catch (error) { return String(error) }
$$;
SELECT misuses(0) OVER ();
SELECT misuses(2) OVER ();
SELECT misuses(3) OVER ();
SELECT misuses(1) OVER ();
DO LANGUAGE plv8 $$ plv8.get_window_object() $$;
DO LANGUAGE plv8 $$ kept_window.get_current_position() $$;

SET client_min_messages = warning;
DROP SCHEMA plts_plv8_window CASCADE;
