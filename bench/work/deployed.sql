CREATE FUNCTION item_plpgsql(args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE wanted int; answer jsonb;
BEGIN
  IF jsonb_typeof(args -> 'id') IS DISTINCT FROM 'number' THEN
    RAISE EXCEPTION 'invalid arguments' USING ERRCODE = '22023';
  END IF;
  wanted := (args ->> 'id')::int;
  IF wanted < 1 THEN RAISE EXCEPTION 'invalid arguments' USING ERRCODE = '22023'; END IF;
  SELECT jsonb_build_object('id', id, 'stock', stock) INTO answer FROM item WHERE id = wanted;
  RETURN answer;
END
$$;
SELECT stopgap.deploy_bundle('bench', jsonb_build_object('format', 1, 'modules', jsonb_build_object('items.ts', $$
import { query, v } from '@stopgap/runtime';
export const item = query(v.object({ id: v.int().min(1) }), (args, ctx) =>
  ctx.db.sync.maybeOne('SELECT id, stock FROM item WHERE id = $1', [args.id]));
$$)));
CREATE FUNCTION item_plts(args jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT live_bench.items_item(args)';
