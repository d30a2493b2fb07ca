-- Text beyond ASCII.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_unicode;
RESET client_min_messages;
SET search_path = plts_unicode;

CREATE FUNCTION echo(t text) RETURNS text LANGUAGE plts AS 'return t';
SELECT t, echo(t) = t AS same FROM unnest(ARRAY['naïve', 'Ελλάδα', '日本語', '😀👩‍👩‍👧', 'é' || chr(769), chr(65279) || 'bom', chr(1114111)]) AS t;
CREATE FUNCTION units(t text) RETURNS text LANGUAGE plts AS 'return `${t.length} ${[...t].length}`';
SELECT units('aé日😀');
CREATE FUNCTION "名前"("引数" int) RETURNS text LANGUAGE plts AS $$ const 結果 = 引数 + 1; return `結果 ${結果} ${ctx.fn.name}` $$;
SELECT "名前"(1);
CREATE TABLE "表" ("列" text);
CREATE FUNCTION columns() RETURNS jsonb LANGUAGE plts AS $$ await ctx.db.exec('insert into "表" values ($1)', ['値 😀']); return await ctx.db.query('select "列", \'é\' as "clé" from "表"') $$;
SELECT columns();
CREATE FUNCTION fails() RETURNS int LANGUAGE plts AS $$ const 変数 = '😀'; throw new Error(`誤り ${変数}`) $$;
SELECT fails();
CREATE FUNCTION sql_fails() RETURNS int LANGUAGE plts AS $$ await ctx.db.exec('select 列 from "無い"'); return 1 $$;
SELECT sql_fails();
CREATE FUNCTION caught() RETURNS text LANGUAGE plts AS $$ try { await ctx.db.exec("insert into plts_unicode.表 values ('a') returning \"無い\"") } catch (error) { return `${error.message} at ${error.position}` } $$;
SELECT caught();
CREATE FUNCTION escapes() RETURNS text LANGUAGE plts AS $$ return '\u00e9\u{1F600}\x41' $$;
SELECT escapes();
CREATE FUNCTION json_text(j jsonb) RETURNS jsonb LANGUAGE plts AS 'return { [j.k]: j.v, pair: "\ud83d\ude00" }';
SELECT json_text('{"k": "ключ", "v": "\u00e9\ud83d\ude00"}');
DO LANGUAGE plts $$ ctx.log.notice('ça va 😀 \ud800') $$;
SELECT upper(echo('straße')), echo('a' || chr(10) || 'b') = E'a\nb' AS newline;
