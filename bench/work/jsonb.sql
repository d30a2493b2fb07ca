CREATE FUNCTION bump_plts(doc jsonb) RETURNS jsonb LANGUAGE plts AS 'doc.n = doc.n + 1; return doc';
CREATE FUNCTION bump_plpgsql(doc jsonb) RETURNS jsonb LANGUAGE plpgsql
  AS $$BEGIN RETURN jsonb_set(doc, '{n}', to_jsonb((doc->>'n')::int + 1)); END$$;
CREATE FUNCTION bump_plpython3u(doc jsonb) RETURNS jsonb LANGUAGE plpython3u AS $$
import json
value = json.loads(doc)
value["n"] = value["n"] + 1
return json.dumps(value)
$$;
CREATE TABLE document (size int PRIMARY KEY, doc jsonb);
INSERT INTO document
  SELECT size, jsonb_build_object('n', 1, 'items', (
    SELECT jsonb_agg(jsonb_build_object('id', i, 'name', 'item ' || i, 'price', i * 1.5)) FROM generate_series(1, entries) AS i))
  FROM (VALUES (200, 4), (1000, 22), (100000, 2100)) AS documents (size, entries);
