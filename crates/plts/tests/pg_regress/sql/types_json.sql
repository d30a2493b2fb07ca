-- jsonb is written and read by code of ours where it is plain, and by PostgreSQL's own where it is not: no difference may show.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types_json;
RESET client_min_messages;
SET search_path = plts_types_json;

CREATE FUNCTION same(doc jsonb) RETURNS jsonb LANGUAGE plts AS 'return doc';
-- What is stored is as large as what jsonb_in stores of the same text, and means the same.
CREATE FUNCTION compare(documents text[]) RETURNS TABLE (line bigint, ours jsonb, theirs jsonb) LANGUAGE sql AS $$
  SELECT line, same(document::jsonb), document::jsonb FROM unnest(documents) WITH ORDINALITY AS given (document, line)
  WHERE same(document::jsonb) IS DISTINCT FROM document::jsonb OR same(document::jsonb)::text <> document::jsonb::text
     OR pg_column_size(same(document::jsonb)) <> pg_column_size(document::jsonb)
$$;
SELECT * FROM compare(ARRAY[
  '{}', '[]', '[null]', 'true', 'false', '""', '0', '-1', '10000', '9999', '100000000', '123456789012345',
  '[[]]', '[{}]', '{"a": {}}', '{"a": []}', '{"": ""}', '[null, true, false, "x", 1, [2], {"b": 3}]',
  '{"bb": 1, "a": 2, "ccc": 3, "b": 4, "aa": 5}', '{"a": {"a": {"a": [1, [2, [3, {"a": 4}]]]}}}',
  '{"quote\"": "\"", "back\\slash": "\\", "control": "\b\f\n\r\t\u0001\u001f", "slash": "\/"}',
  '{"é": "ÿ", "€": "Ā", "😀": "😀😀", "à la": "1"}', '"\u00e9\u20ac\ud83d\ude00"',
  '[0.5, -0.5, 0.001, 0.0001, 0.00012345, 123.456, 99999.9999, 1.5, 12345.678]',
  '[9007199254740991, -9007199254740991, 9007199254740993, 18446744073709551616, 123456789012345678901234567890]']);
-- Many entries, whose places are written down now and then.
SELECT same(doc) = doc AND same(doc)::text = doc::text AS same, pg_column_size(same(doc)) = pg_column_size(doc::text::jsonb) AS size, n
  FROM generate_series(30, 70, 5) AS n, LATERAL (SELECT jsonb_agg(CASE i % 5 WHEN 0 THEN to_jsonb(i) WHEN 1 THEN to_jsonb(i::text) WHEN 2 THEN 'null' WHEN 3 THEN jsonb_build_array(i) ELSE jsonb_build_object('k' || i, i) END) AS doc FROM generate_series(1, n) AS i) AS made;
SELECT bool_and(same(doc) = doc AND same(doc)->>('key' || n) = n::text AND same(doc) ? ('key' || (n + 1) / 2)) AS same
  FROM generate_series(1, 100, 3) AS n, LATERAL (SELECT jsonb_object_agg('key' || i, i) AS doc FROM generate_series(1, n) AS i) AS made;
-- Values as they lie in a table: short, plain, compressed, outside.
CREATE TABLE kept (id int, doc jsonb);
ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL;
INSERT INTO kept VALUES (1, '{"a": 1}'), (2, jsonb_build_object('text', repeat('x', 200))), (3, jsonb_build_object('text', repeat('é', 100000), 'n', 1));
ALTER TABLE kept ALTER doc SET STORAGE EXTENDED;
INSERT INTO kept VALUES (4, jsonb_build_object('text', repeat('x', 100000))), (5, NULL);
SELECT id, same(doc) IS NOT DISTINCT FROM doc AS same FROM kept ORDER BY id;
-- What is not plain.
SELECT same(deep::jsonb) = deep::jsonb AS deep FROM (SELECT repeat('[', depth) || repeat(']', depth) FROM unnest('{100,127,128,129,1000}'::int[]) AS depth) AS made (deep);
SELECT same('[1e30, 1e-30, 1.5e300, 0.000000000000000000000001]');
SELECT same('[1.0, 1.10, 100.00, -0.0]') AS "as JavaScript writes them";
CREATE FUNCTION made(kind text) RETURNS jsonb LANGUAGE plts AS $$
  switch (kind) {
    case 'order': return { bb: 1, a: 2, [10]: 3, [2]: 4, "": 5 };
    case 'undefined': return { a: undefined, b: [undefined], c: () => 1 };
    case 'numbers': return [1e21, 1e-7, -0, 5e-324, 1.7976931348623157e308, 0.1, 2 ** 53, -1e-10, 1e100, 123e-20];
    case 'latin': return { "é": "ÿ", "þ": "\u0080" };
    case 'controls': return "\u0001\u001f\u007f\b";
    case 'bigints': return [2n ** 64n, -(10n ** 300n)];
    case 'getter': return { get a() { return [1]; } };
    case 'proxy': return new Proxy({ a: 1 }, { get: () => 2 });
    case 'array': return Object.assign([1, , 3], { extra: 1 });
    case 'boxed': return [new Number(1), new String("s"), new Boolean(false), Object(1n)];
    case 'date': return new Date(0);
    case 'raw': return [JSON.rawJSON("1.50"), JSON.rawJSON("1e2"), JSON.rawJSON('"x"')];
    case 'nul': return { a: "\0" };
    case 'nul name': return { "\0": 1 };
    case 'lone': return ["\udc00"];
  }
$$;
SELECT kind, made(kind) FROM unnest('{order,undefined,numbers,latin,controls,bigints,getter,proxy,array,boxed,date,raw}'::text[]) AS kind;
SELECT made('nul');
SELECT made('nul name');
SELECT made('lone');
-- Results can be compared, indexed and hashed like any other.
SELECT made('order') = '{"": 5, "2": 4, "a": 2, "10": 3, "bb": 1}' AS equal, made('order') @> '{"a": 2}' AS contains, made('order') -> '10' AS ten,
  jsonb_hash(same('{"a": [1, "b", null]}')) = jsonb_hash('{"a": [1, "b", null]}') AS hash, made('numbers') @> '[0.1]' AS number;
SET client_min_messages = warning;
DROP SCHEMA plts_types_json CASCADE;
