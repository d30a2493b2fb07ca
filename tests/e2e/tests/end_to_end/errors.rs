//! Errors keep every field, both ways.

use e2e::{Database, Role};
use serde_json::{Value, json};

const SETUP: &str = r#"
CREATE SCHEMA shop;
CREATE DOMAIN shop.amount AS int CONSTRAINT amount_positive CHECK (value > 0);
CREATE TABLE shop.item (id int CONSTRAINT item_pk PRIMARY KEY, name text NOT NULL, amount shop.amount);
INSERT INTO shop.item VALUES (1, 'one', 1);
CREATE FUNCTION shop.raise() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'AB123', MESSAGE = 'custom', DETAIL = 'a detail', HINT = 'a hint',
        SCHEMA = 's', TABLE = 't', COLUMN = 'c', DATATYPE = 'd', CONSTRAINT = 'k';
END $$;
CREATE FUNCTION shop.uncaught(sql text) RETURNS void LANGUAGE plts AS $$
export default async (ctx) => { await ctx.db.query(ctx.args.sql); };
$$;
CREATE FUNCTION shop.caught(sql text) RETURNS jsonb LANGUAGE plts AS $$
export default async (ctx: any) => {
    try {
        await ctx.db.query(ctx.args.sql);
    } catch (e: any) {
        const after = await ctx.db.one("select 1 as alive");
        return { ...e, message: e.message, name: e.name, isError: e instanceof Error, alive: after.alive };
    }
};
$$;
"#;

#[test]
fn an_uncaught_sql_error_keeps_every_field() {
    let database = Database::create("uncaught");
    database.sql(Role::Superuser, SETUP);
    let mut client = database.connect(Role::Superuser);
    let error = client.query("SELECT shop.uncaught('select shop.raise()')", &[]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "AB123");
    assert_eq!(error.message(), "custom");
    assert_eq!(error.detail(), Some("a detail"));
    assert_eq!(error.hint(), Some("a hint"));
    assert_eq!(
        (error.schema(), error.table(), error.column(), error.datatype(), error.constraint()),
        (Some("s"), Some("t"), Some("c"), Some("d"), Some("k"))
    );
    let context = error.where_().unwrap();
    assert!(context.contains("PL/pgSQL function shop.raise() line 3 at RAISE"), "{context}");
    assert!(context.contains("SQL statement \"select shop.raise()\""), "{context}");
    assert!(context.contains("shop.uncaught:2:"), "the TypeScript line: {context}");
    assert_eq!(context.matches("plts function").count(), 1, "{context}");

    let error =
        client.query("SELECT shop.uncaught('insert into shop.item values (1, ''x'', 1)')", &[]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "23505");
    assert_eq!(
        (error.schema(), error.table(), error.constraint()),
        (Some("shop"), Some("item"), Some("item_pk"))
    );
}

#[test]
fn a_caught_sql_error_has_every_field_and_the_call_goes_on() {
    let database = Database::create("caught");
    database.sql(Role::Superuser, SETUP);
    let mut client = database.connect(Role::Superuser);
    let caught: Value = client.query_one("SELECT shop.caught('select shop.raise()')", &[]).unwrap().get(0);
    for (field, expected) in [
        ("sqlstate", json!("AB123")),
        ("code", json!("AB123")),
        ("message", json!("custom")),
        ("detail", json!("a detail")),
        ("hint", json!("a hint")),
        ("schema", json!("s")),
        ("table", json!("t")),
        ("column", json!("c")),
        ("dataType", json!("d")),
        ("constraint", json!("k")),
        ("name", json!("PgError")),
        ("isError", json!(true)),
        ("alive", json!(1)),
    ] {
        assert_eq!(caught[field], expected, "{field} of {caught}");
    }
    let caught: Value =
        client.query_one("SELECT shop.caught('select nope from shop.item')", &[]).unwrap().get(0);
    assert_eq!((&caught["sqlstate"], &caught["alive"]), (&json!("42703"), &json!(1)));
    assert_eq!(caught["position"], json!(8), "{caught}");
}

#[test]
fn a_javascript_error_carries_what_it_says() {
    let database = Database::create("thrown");
    let mut client = database.connect(Role::Superuser);
    client
        .batch_execute(
            r#"CREATE FUNCTION plain() RETURNS int LANGUAGE plts AS $$

                   const inner = () => { throw new RangeError("too far"); };
                   inner();
               $$;
               CREATE FUNCTION custom() RETURNS int LANGUAGE plts AS $$
                   throw Object.assign(new Error("no stock"), { sqlstate: "SHOP1", detail: "None left.", hint: "Wait.",
                       constraint: "stock" });
               $$"#,
        )
        .unwrap();
    let error = client.query("SELECT plain()", &[]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!((error.code().code(), error.message()), ("38000", "RangeError: too far"));
    let context = error.where_().unwrap();
    assert!(context.contains("public.plain:3:") && context.contains("public.plain:4:"), "{context}");
    assert!(context.contains("plts function plain()"), "{context}");

    let error = client.query("SELECT custom()", &[]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!((error.code().code(), error.message()), ("SHOP1", "no stock"));
    assert_eq!(
        (error.detail(), error.hint(), error.constraint()),
        (Some("None left."), Some("Wait."), Some("stock"))
    );
}

#[test]
fn a_failure_that_cannot_be_observed_is_never_swallowed() {
    let database = Database::create("swallowed");
    let mut client = database.connect(Role::Superuser);
    client
        .batch_execute(
            r#"CREATE TABLE log (n int);
               CREATE FUNCTION floating() RETURNS int LANGUAGE plts AS $$
                   export default async (ctx) => {
                       ctx.db.query("select 1/0");
                       await ctx.db.exec("insert into log values (1)");
                       return 1;
                   };
               $$"#,
        )
        .unwrap();
    let error = client.query("SELECT floating()", &[]).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "22012");
    assert_eq!(client.query_one("SELECT count(*) FROM log", &[]).unwrap().get::<_, i64>(0), 0);
}
