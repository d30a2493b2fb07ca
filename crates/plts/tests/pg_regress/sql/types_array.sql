-- Arrays of any number of dimensions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_types_array;
RESET client_min_messages;
SET search_path = plts_types_array;
SET timezone = 'UTC';

CREATE FUNCTION ints(x int[]) RETURNS int[] LANGUAGE plts AS 'return x';
CREATE FUNCTION texts(x text[]) RETURNS text[] LANGUAGE plts AS 'return x';
CREATE FUNCTION seen(x int[]) RETURNS text LANGUAGE plts AS 'return JSON.stringify(x)';
SELECT seen('{1,2}'), seen('{{1,2,3},{4,5,NULL}}'), seen('{{{1},{2}},{{3},{4}}}'), seen('{}'), seen('[5:6]={1,2}'), seen(NULL);
-- What is handed back is the same, lower bounds included.
SELECT x, ints(x) IS NOT DISTINCT FROM x AND array_dims(ints(x)) IS NOT DISTINCT FROM array_dims(x) AS same
  FROM (VALUES ('{1,NULL,3}'::int[]), ('{}'), ('{{1,2},{3,NULL}}'), ('[5:6]={1,2}'), ('[-1:0][0:1]={{1,2},{3,4}}'), ('{{{{{{1}}}}}}'), (NULL)) t (x);
SELECT texts('[0:1]={a,NULL}'), texts('{{"","NULL"},{"a,b","\""}}');
-- Lower bounds ride along as long as the lengths are the same, whatever happens to the elements.
CREATE FUNCTION changed(x int[], how text) RETURNS int[] LANGUAGE plts AS $$
  switch (how) {
    case 'element': x[0] = 9; return x;
    case 'push': x.push(9); return x;
    case 'copy': return [...x];
    case 'row': x[0] = [7, 8]; return x;
    case 'flat': return x.flat();
  }
$$;
SELECT changed('[5:6]={1,2}', 'element'), changed('[5:6]={1,2}', 'push'), changed('[5:6]={1,2}', 'copy'),
       changed('[0:1][2:3]={{1,2},{3,4}}', 'row'), changed('[0:1][2:3]={{1,2},{3,4}}', 'flat');
CREATE FUNCTION made(kind text) RETURNS int[] LANGUAGE plts AS $$
  switch (kind) {
    case 'nested': return [[1, 2], [3, null]];
    case 'three': return [[[1]], [[2]]];
    case 'empty': return [[], []];
    case 'typed': return [new Int32Array([1, 2]), new Int16Array([3, 4])];
    case 'bigs': return new BigInt64Array([5n]);
    case 'holes': { const a = []; a[2] = 3; return a; }
    case 'uneven': return [[1, 2], [3]];
    case 'deep uneven': return [[[1], [2]], [[3], [4, 5]]];
    case 'later array': return [1, [2]];
    case 'later scalar': return [[1], 2];
    case 'null row': return [[1], null];
    case 'seven': return [[[[[[[1]]]]]]];
    case 'cycle': { const a: any[] = []; a.push(a); return a; }
    case 'element': return [[1, 2], [3, 'x']];
    case 'float typed': return new Float64Array([1, 2.5]);
    case 'iterable': return new Set([1]);
    case 'like': return { length: 1, 0: 1 };
    case 'long': return new Array(10);
  }
$$;
SELECT kind, made(kind) FROM unnest('{nested,three,empty,typed,bigs,holes,long}'::text[]) AS kind;
SELECT made('uneven');
SELECT made('deep uneven');
SELECT made('later array');
SELECT made('later scalar');
SELECT made('null row');
SELECT made('seven');
SELECT made('cycle');
SELECT made('element');
SELECT made('float typed');
SELECT made('iterable');
SELECT made('like');
-- Typed arrays for the number types, and arrays of bytea.
CREATE FUNCTION floats(kind text) RETURNS float8[] LANGUAGE plts AS $$
  switch (kind) {
    case '64': return new Float64Array([1.5, -0, NaN, Infinity]);
    case '32': return new Float32Array([1.5, 0.1]);
    case '8': return new Uint8Array([255]);
    case 'none': return new Float64Array(0);
    case 'view': return new Float64Array([1, 2, 3]).subarray(1);
    case 'big': return new BigInt64Array([1n]);
  }
$$;
SELECT floats('64'), floats('32'), floats('8'), floats('none'), floats('view');
SELECT floats('big');
CREATE FUNCTION longs() RETURNS int8[] LANGUAGE plts AS 'return [new BigInt64Array([-9223372036854775808n, 1n]), new BigUint64Array([1n, 2n])]';
SELECT longs();
CREATE FUNCTION byteas(x bytea[]) RETURNS bytea[] LANGUAGE plts AS 'return [...x, new Uint8Array([1, 2])]';
SELECT byteas('{"\\x00",NULL}');
CREATE FUNCTION bytea_rows(x bytea[]) RETURNS bytea[] LANGUAGE plts AS 'return x';
SELECT bytea_rows('{{"\\x00"},{NULL}}');
-- An element that may itself be an array: a new array has one dimension, what came with more goes back with them.
CREATE FUNCTION jsons(x jsonb[]) RETURNS jsonb[] LANGUAGE plts AS 'return x';
SELECT jsons('{"[1, 2]","[[3]]"}'), jsons('{{"1","[2]"},{"{}",NULL}}'), jsons('[3:3]={"[]"}');
CREATE FUNCTION new_jsons() RETURNS jsonb[] LANGUAGE plts AS 'return [[1, 2], [[3]], 12345678901234567890n]';
SELECT new_jsons();
CREATE DOMAIN three AS int[] CHECK (cardinality(VALUE) <= 3);
CREATE FUNCTION triples(x three[]) RETURNS three[] LANGUAGE plts AS 'return x';
SELECT triples(ARRAY['{1,2,3}', NULL, '{{4},{5}}']::three[]);
CREATE FUNCTION new_triples(long boolean) RETURNS three[] LANGUAGE plts AS 'return long ? [[1], [1, 2, 3, 4]] : [[1], [1, 2, 3]]';
SELECT new_triples(false);
SELECT new_triples(true);
-- Vectors of the catalogs count from 0.
CREATE FUNCTION vector(x int2vector) RETURNS int2vector LANGUAGE plts AS 'return [...x, 7]';
SELECT vector('1 2'), array_lower(vector('1 2')::int2[], 1) AS lower;
CREATE FUNCTION oids(x oidvector) RETURNS oidvector LANGUAGE plts AS 'return x.length ? x : [null]';
SELECT oids('23 4294967295');
SELECT oids('');
-- In statements.
CREATE FUNCTION through() RETURNS jsonb LANGUAGE plts AS $$
  const db = ctx.db.sync;
  const row = db.one("SELECT '[2:3]={1,2}'::int[] AS a, '{{a},{NULL}}'::text[] AS b");
  return db.one("SELECT array_dims($1::int[]) AS a, $2::text[] AS b, array_dims($2) AS c, $3::float4[] AS d", [row.a, row.b, new Float32Array([0.5])]);
$$;
SELECT through();
SELECT cardinality(ints(array_agg(g))) FROM generate_series(1, 100000) g;
SET client_min_messages = warning;
DROP SCHEMA plts_types_array CASCADE;
