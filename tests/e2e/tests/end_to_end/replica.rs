//! Standbys and logical replication.

use e2e::bundle::{call, deploy};
use e2e::{Cluster, Role};
use serde_json::json;

const NOTES: &str = r#"
import { query, mutation, v } from "@stopgap/runtime";
export const list = query(v.object({}), async (_args, ctx) => (await ctx.db.query("select n from notes order by n")).map((row) => row.n));
export const add = mutation(v.object({ n: v.int() }), async ({ n }, ctx) => { await ctx.db.exec("insert into notes values ($1)", [n]); return n; });
"#;

#[test]
fn a_standby_reads_and_deploys_after_its_promotion() {
    let primary = Cluster::create("primary", 5603, "");
    let mut session = primary.server.connect("postgres", Role::Superuser);
    session
        .batch_execute(
            "CREATE EXTENSION stopgap CASCADE; CREATE TABLE notes (n int);
             CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
             CREATE FUNCTION counts() RETURNS bigint LANGUAGE plts AS
               $$ return (await ctx.db.one('select count(*) as n from notes')).n $$",
        )
        .unwrap();
    deploy(&mut session, "prod", &[("notes.ts", NOTES)]).unwrap();
    assert_eq!(call(&mut session, "live_prod.notes_add", &json!({"n": 1})).unwrap(), json!(1));

    let standby = Cluster::standby_of(&primary, "standby", 5604);
    let mut reader = standby.server.connect("postgres", Role::Superuser);
    assert!(reader.query_one("SELECT pg_is_in_recovery()", &[]).unwrap().get::<_, bool>(0));
    assert_eq!(call(&mut reader, "live_prod.notes_list", &json!({})).unwrap(), json!([1]));
    let row = reader.query_one("SELECT add(40, 2), counts()", &[]).unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i64>(1)), (42, 1));
    // A function that can catch is guarded by subtransactions, which a standby has too.
    reader
        .batch_execute("DO LANGUAGE plts $$ try { await ctx.db.query('select 1/0') } catch {} await ctx.db.query('select 1') $$")
        .unwrap();
    let refused = call(&mut reader, "live_prod.notes_add", &json!({"n": 2})).unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006");
    let refused = deploy(&mut reader, "prod", &[("notes.ts", NOTES)]).unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006", "{refused:?}");
    assert!(reader.batch_execute("SELECT stopgap.status('prod'), stopgap.deployments('prod')").is_ok());

    // A release on the primary is live on the standby, in a session that has run the former one.
    deploy(&mut session, "prod", &[("notes.ts", &NOTES.replace("row.n)", "row.n * 10)"))]).unwrap();
    standby.wait_until("postgres", "SELECT live_prod.notes_list() = '[10]'");
    assert_eq!(call(&mut reader, "live_prod.notes_list", &json!({})).unwrap(), json!([10]));

    standby.promote();
    deploy(&mut reader, "prod", &[("notes.ts", &NOTES.replace("row.n)", "row.n * 100)"))]).unwrap();
    assert_eq!(call(&mut reader, "live_prod.notes_add", &json!({"n": 2})).unwrap(), json!(2));
    assert_eq!(call(&mut reader, "live_prod.notes_list", &json!({})).unwrap(), json!([100, 200]));
    reader.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap();
    assert_eq!(call(&mut reader, "live_prod.notes_list", &json!({})).unwrap(), json!([10, 20]));
}

#[test]
fn replicated_rows_fire_the_triggers_that_are_marked_always() {
    let cluster = Cluster::create("logical", 5605, "wal_level = logical");
    let mut maintenance = cluster.server.connect("postgres", Role::Superuser);
    maintenance.batch_execute("CREATE DATABASE publisher").unwrap();
    maintenance.batch_execute("CREATE DATABASE subscriber").unwrap();
    let mut publisher = cluster.server.connect("publisher", Role::Superuser);
    let mut subscriber = cluster.server.connect("subscriber", Role::Superuser);
    let table = "CREATE TABLE public.item (id int PRIMARY KEY, name text)";
    publisher.batch_execute(&format!("{table}; CREATE PUBLICATION items FOR TABLE public.item")).unwrap();
    publisher.query("SELECT pg_create_logical_replication_slot('items', 'pgoutput')", &[]).unwrap();
    subscriber
        .batch_execute(&format!(
            "CREATE EXTENSION plts; {table}; CREATE TABLE public.seen (line text);
             CREATE FUNCTION public.sees() RETURNS trigger LANGUAGE plts AS $$
               const {{ new: row, name }} = ctx.trigger;
               await ctx.db.exec('insert into public.seen values ($1)', [`${{name}} ${{row.id}} ${{row.name}}`]) $$;
             CREATE TRIGGER always AFTER INSERT OR UPDATE ON public.item FOR EACH ROW EXECUTE FUNCTION public.sees();
             CREATE TRIGGER origin AFTER INSERT OR UPDATE ON public.item FOR EACH ROW EXECUTE FUNCTION public.sees();
             ALTER TABLE public.item ENABLE ALWAYS TRIGGER always",
        ))
        .unwrap();
    let connection = format!(
        "host={} port={} dbname=publisher user=postgres",
        cluster.server.host(),
        cluster.server.port()
    );
    subscriber
        .batch_execute(&format!(
            "CREATE SUBSCRIPTION items CONNECTION '{connection}' PUBLICATION items WITH (create_slot = false, slot_name = 'items', copy_data = false)"
        ))
        .unwrap();
    publisher
        .batch_execute("INSERT INTO public.item VALUES (1, 'one'); UPDATE public.item SET name = 'two'")
        .unwrap();
    cluster.wait_until("subscriber", "SELECT count(*) = 2 FROM public.seen");
    let seen: String = subscriber
        .query_one("SELECT string_agg(line, ', ' ORDER BY line) FROM public.seen", &[])
        .unwrap()
        .get(0);
    assert_eq!(seen, "always 1 one, always 1 two");
    subscriber.batch_execute("DROP SUBSCRIPTION items").unwrap();
}
