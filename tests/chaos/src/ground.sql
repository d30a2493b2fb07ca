-- What the attacks find: functions to call, tables to write, roles to be, and the ledger.
CREATE SCHEMA chaos;
GRANT USAGE ON SCHEMA chaos TO PUBLIC;

CREATE TABLE chaos.account (id int PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO chaos.account SELECT id, 1000 FROM generate_series(0, 63) id;
CREATE TABLE chaos.transfer (id bigint PRIMARY KEY, source int NOT NULL, target int NOT NULL, amount bigint NOT NULL);
CREATE FUNCTION chaos.transfer(id bigint, source int, target int, amount int) RETURNS void LANGUAGE plts AS $js$
  await ctx.db.exec("update chaos.account set balance = balance - $2 where id = $1", [source, amount]);
  await ctx.db.exec("update chaos.account set balance = balance + $2 where id = $1", [target, amount]);
  await ctx.db.exec("insert into chaos.transfer values ($1, $2, $3, $4)", [id, source, target, amount]);
$js$;

CREATE TABLE chaos.held ();
CREATE TABLE chaos.scratch (n int);
CREATE TABLE chaos.positive_only (n int CHECK (n > 0));
CREATE TABLE chaos.many AS SELECT n FROM generate_series(1, 20000) n;
ALTER TABLE chaos.many SET (parallel_workers = 2);
ANALYZE chaos.many;
CREATE TYPE chaos.pair AS (a int, b text);
CREATE DOMAIN chaos.positive AS int CHECK (value > 0);

CREATE FUNCTION chaos.add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
CREATE FUNCTION chaos.spin() RETURNS int LANGUAGE plts AS 'for (;;) {}';
CREATE FUNCTION chaos.hole() RETURNS void LANGUAGE plts AS 'Array.prototype.reverse.call({ length: 2 ** 53 - 1 })';
CREATE FUNCTION chaos.count_up() RETURNS int LANGUAGE plts AS $js$ let n = 0; export default () => { n += 1; return n } $js$;
CREATE FUNCTION chaos.endless() RETURNS SETOF int LANGUAGE plts AS 'for (let i = 0; ; i++) yield i % 1000';
CREATE FUNCTION chaos.stuck_step(state int, value int) RETURNS int LANGUAGE plts AS 'for (;;) {}';
CREATE AGGREGATE chaos.stuck(int) (SFUNC = chaos.stuck_step, STYPE = int, INITCOND = '0');
CREATE FUNCTION chaos.limited() RETURNS int LANGUAGE plts SET plts.max_runtime_ms = '30ms' AS 'for (;;) { try { for (;;) {} } catch {} }';

CREATE FUNCTION chaos.text_of(n int) RETURNS text LANGUAGE plts AS $js$ return 'x'.repeat(n) $js$;
CREATE FUNCTION chaos.bytes_of(n int) RETURNS bytea LANGUAGE plts AS $js$ return new Uint8Array(n) $js$;
CREATE FUNCTION chaos.deep_json(n int) RETURNS jsonb LANGUAGE plts AS 'let a: any = 1; for (let i = 0; i < n; i++) a = [a]; return a';
CREATE FUNCTION chaos.long_json(mb int) RETURNS jsonb LANGUAGE plts AS $js$ const s = 'x'.repeat(2 ** 20); return Array(mb).fill(s) $js$;

CREATE FUNCTION chaos.ping(n int) RETURNS int LANGUAGE plpgsql AS
  'BEGIN IF n <= 0 THEN RETURN 0; END IF; RETURN 1 + chaos.pong(n - 1); END';
CREATE FUNCTION chaos.pong(n int) RETURNS int LANGUAGE plts AS
  $js$ return n <= 0 ? 0 : 1 + (await ctx.db.one('select chaos.ping($1) as d', [n - 1])).d $js$;
CREATE FUNCTION chaos.ping_caught(n int) RETURNS int LANGUAGE plpgsql AS
  'BEGIN IF n <= 0 THEN RETURN 0; END IF; RETURN 1 + chaos.pong_of_caught(n - 1); EXCEPTION WHEN division_by_zero THEN RETURN -1; END';
CREATE FUNCTION chaos.pong_of_caught(n int) RETURNS int LANGUAGE plts AS
  $js$ return n <= 0 ? 0 : 1 + ctx.db.sync.one('select chaos.ping_caught($1) as d', [n - 1]).d $js$;
CREATE FUNCTION chaos.pong_caught(n int) RETURNS int LANGUAGE plts AS
  $js$ try { return n <= 0 ? 0 : 1 + (await ctx.db.one('select chaos.pong_caught($1) as d', [n - 1])).d } catch { return -1 } $js$;
CREATE FUNCTION chaos.dive(n int) RETURNS int LANGUAGE plts AS
  $js$ const dive = (k: number): number => k <= 0 ? 0 : 1 + dive(k - 1); return dive(n) $js$;
CREATE FUNCTION chaos.dives_at(n int) RETURNS text LANGUAGE plts AS $js$
  if (n > 0) return (await ctx.db.one('select chaos.dives_at($1) as d', [n - 1])).d;
  const dive = (k: number): number => 1 + dive(k + 1);
  try { return String(dive(0)) } catch (error) { return error.name } $js$;
CREATE FUNCTION chaos.set_of_sets(n int) RETURNS SETOF int LANGUAGE plts AS
  $js$ yield n; if (n > 0) for (const row of await ctx.db.query('select chaos.set_of_sets($1) as n', [n - 1])) yield row.n $js$;
CREATE TABLE chaos.breeding (n int);
CREATE FUNCTION chaos.breeds() RETURNS trigger LANGUAGE plts AS
  $js$ await ctx.db.exec('insert into chaos.breeding values ($1)', [ctx.trigger.new.n + 1]) $js$;
CREATE TRIGGER breeds AFTER INSERT ON chaos.breeding FOR EACH ROW EXECUTE FUNCTION chaos.breeds();
CREATE FUNCTION chaos.is_even_at_last(n int) RETURNS bool LANGUAGE plts AS
  $js$ return (await ctx.db.one('select chaos.checks_itself($1) is not null as ok', [n])).ok $js$;
CREATE DOMAIN chaos.checked AS int CHECK (chaos.is_even_at_last(value));
CREATE FUNCTION chaos.checks_itself(n int) RETURNS chaos.checked LANGUAGE plpgsql AS 'BEGIN RETURN n + 1; END';

CREATE TABLE chaos.deferred (n bigint);
CREATE FUNCTION chaos.refuses_commit() RETURNS trigger LANGUAGE plts AS
  $js$ throw Object.assign(new Error('not at commit'), { sqlstate: 'AC001' }) $js$;
CREATE CONSTRAINT TRIGGER refuses AFTER INSERT ON chaos.deferred DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION chaos.refuses_commit();
CREATE TABLE chaos.guarded (n int);
CREATE FUNCTION chaos.refuses_row() RETURNS trigger LANGUAGE plts AS
  $js$ throw Object.assign(new Error('no'), { sqlstate: 'TR001' }) $js$;
CREATE TRIGGER refuses BEFORE INSERT ON chaos.guarded FOR EACH ROW EXECUTE FUNCTION chaos.refuses_row();
CREATE TABLE chaos.nonsense (n int);
CREATE FUNCTION chaos.gives_nonsense() RETURNS trigger LANGUAGE plts AS $js$ return { m: 1 } $js$;
CREATE TRIGGER gives BEFORE INSERT ON chaos.nonsense FOR EACH ROW EXECUTE FUNCTION chaos.gives_nonsense();
CREATE FUNCTION chaos.throws_when_left() RETURNS SETOF int LANGUAGE plts AS $js$
  try { for (let i = 1; i < 10; i++) yield i } finally { throw Object.assign(new Error('left'), { sqlstate: 'LE001' }) } $js$;
CREATE FUNCTION chaos.validated(args jsonb) RETURNS jsonb LANGUAGE plts AS $js$
  import { query, v } from "@stopgap/runtime";
  export default query(v.object({ n: v.int() }), ({ n }) => n) $js$;

CREATE FUNCTION chaos.subtransactions(rounds int) RETURNS int LANGUAGE plts AS $js$
  let kept = 0;
  for (let i = 0; i < rounds; i++) {
    try {
      await ctx.db.savepoint(async () => {
        await ctx.db.exec('insert into chaos.scratch values (1)');
        if (i % 3 === 0) throw new Error('undone');
        if (i % 5 === 0) await ctx.db.exec('select 1/0');
      });
      kept++;
    } catch {}
  }
  return kept $js$;
CREATE TABLE chaos.stepped (id bigint, step int);
CREATE PROCEDURE chaos.in_steps(id bigint, steps int) LANGUAGE plts AS $js$
  for (let step = 1; step <= steps; step++) {
    await ctx.db.exec('insert into chaos.stepped values ($1, $2)', [id, step]);
    if (step % 3 === 0) await ctx.db.rollback(); else await ctx.db.commit();
  } $js$;

CREATE FUNCTION chaos.reads_plan(n int) RETURNS int LANGUAGE plts AS $js$ return (await ctx.db.one('select $1::int as n', [n])).n $js$;
CREATE FUNCTION chaos.with_temporary(rows bigint) RETURNS bigint LANGUAGE plts AS $js$
  await ctx.db.exec('create temporary table chaos_temporary (n bigint) on commit drop');
  for (let i = 0n; i < rows; i++) await ctx.db.exec('insert into chaos_temporary values ($1)', [i]);
  return (await ctx.db.one('select count(*) as n from chaos_temporary')).n $js$;

CREATE FUNCTION chaos.par_add(a int, b int) RETURNS int LANGUAGE plts IMMUTABLE PARALLEL SAFE AS 'return a + b';
CREATE FUNCTION chaos.par_reads(a int) RETURNS int LANGUAGE plts STABLE PARALLEL SAFE AS
  $js$ return (await ctx.db.one('select $1::int as n', [a])).n $js$;
CREATE FUNCTION chaos.par_throws(a int) RETURNS int LANGUAGE plts PARALLEL SAFE AS
  $js$ if (a === 7777) throw Object.assign(new Error('in a worker'), { sqlstate: 'PW001' }); return a $js$;
CREATE FUNCTION chaos.par_spins(a int) RETURNS int LANGUAGE plts PARALLEL SAFE AS 'if (a === 7777) for (;;) {} return a';
CREATE FUNCTION chaos.par_eats(a int) RETURNS int LANGUAGE plts PARALLEL SAFE AS
  'if (a === 7777) { const kept = []; for (;;) kept.push(Array(1000).fill(1)) } return a';
CREATE FUNCTION chaos.par_writes(a int) RETURNS int LANGUAGE plts PARALLEL SAFE AS
  $js$ await ctx.db.exec('insert into chaos.scratch values (1)'); return a $js$;
CREATE FUNCTION chaos.par_catches(a int) RETURNS int LANGUAGE plts PARALLEL SAFE AS
  $js$ if (a === 7777) { try { await ctx.db.query('select 1/0') } catch {} } return a $js$;
CREATE FUNCTION chaos.par_dies(a int) RETURNS int LANGUAGE plts PARALLEL SAFE AS
  $js$ return JSON.parse('[' + '1,'.repeat(2 ** 27) + '1]').length $js$;

CREATE ROLE chaos_alice;
CREATE ROLE chaos_bob;
CREATE ROLE chaos_carol;
CREATE ROLE chaos_nobody;
REVOKE USAGE ON LANGUAGE plts FROM PUBLIC;
GRANT USAGE ON LANGUAGE plts TO stopgap_owner, chaos_alice, chaos_bob, chaos_carol;
CREATE FUNCTION chaos.whose(depth int) RETURNS text LANGUAGE plts AS $js$
  let owner = null;
  export default async (ctx) => {
    owner ??= ctx.user.current;
    if (globalThis.owner === undefined) globalThis.owner = ctx.user.current;
    if (owner !== ctx.user.current || globalThis.owner !== owner) throw new Error(`state of ${owner} in a call of ${ctx.user.current}`);
    if (ctx.args.depth > 0) {
      const inner = await ctx.db.one('select chaos.whose($1) as mine, chaos.whose_definer($1) as other', [ctx.args.depth - 1]);
      if (inner.mine !== owner || inner.other !== 'chaos_carol') throw new Error(JSON.stringify(inner));
    }
    return owner;
  } $js$;
CREATE FUNCTION chaos.whose_definer(depth int) RETURNS text LANGUAGE plts SECURITY DEFINER AS $js$
  return (await ctx.db.one('select chaos.whose($1) as owner', [depth])).owner $js$;
ALTER FUNCTION chaos.whose_definer(int) OWNER TO chaos_carol;
CREATE FUNCTION chaos.definer_changes_role() RETURNS void LANGUAGE plts SECURITY DEFINER AS $js$ await ctx.db.exec("set role chaos_bob") $js$;
ALTER FUNCTION chaos.definer_changes_role() OWNER TO chaos_carol;
