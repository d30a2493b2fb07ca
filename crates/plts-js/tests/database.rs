//! ctx and ctx.db: statements, rows, parameters, savepoints, what is asked of the host and when.

mod harness;

use harness::*;
use plts_core::{ErrorReport, SqlState, TimestampTz, TypeShape, Value};
use plts_js::{ArgumentStyle, CallError, Completion, FunctionBody, HostError, LogLevel, SavepointOutcome};
use std::rc::Rc;

fn people() -> FakeHost {
    let mut host = FakeHost::new();
    host.teach_rows(
        "select id, name from people",
        &["id", "name"],
        vec![vec![Value::BigInt(1), text("Ann")], vec![Value::BigInt(2), Value::Null]],
    );
    host.teach_rows("select 1 where false", &["x"], vec![]);
    host.teach_rows("select 7 as n", &["n"], vec![vec![Value::Int(7)]]);
    host.teach("echo $1 $2", &[TypeShape::Int4, TypeShape::Text], |params, rows| {
        rows.columns(&names(&["a", "b"]))?;
        rows.rows(params, 1)?;
        Ok(Completion { row_count: 1 })
    });
    host.teach("update people set name = $1", &[TypeShape::Text], |_, _| Ok(Completion { row_count: 5 }));
    host
}

#[test]
fn rows_are_objects() {
    on_engine(|engine| {
        let mut host = people();
        let body = "const rows = await ctx.db.query('select id, name from people');
            return rows.length + ' ' + typeof rows[0].id + ' ' + rows[0].id + ' ' + rows[1].name + ' ' + Object.keys(rows[0]);";
        let value = value_of_async(engine, &mut host, body, TypeShape::Text).unwrap();
        assert_eq!(value, text("2 bigint 1 null id,name"));
        assert_eq!(
            host.events,
            [
                "begin ReadWrite can_catch=false",
                "prepare select id, name from people",
                "execute select id, name from people"
            ]
        );
    });
}

#[test]
fn every_method_works_in_both_ways() {
    on_engine(|engine| {
        for (body, expected) in [
            ("(await ctx.db.exec('update people set name = $1', ['x'])).rowCount", "5"),
            ("(await ctx.db.exec('update people set name = $1', ['x'])).rows.length", "0"),
            ("ctx.db.sync.exec('select id, name from people').rowCount", "2"),
            ("(await ctx.db.one('select 7 as n')).n", "7"),
            ("ctx.db.sync.one('select 7 as n').n", "7"),
            ("(await ctx.db.maybeOne('select 7 as n')).n", "7"),
            ("await ctx.db.maybeOne('select 1 where false')", "null"),
            ("ctx.db.sync.maybeOne('select 1 where false')", "null"),
            ("ctx.db.sync.query({ sql: 'echo $1 $2', params: [4, 'x'] })[0].b", "x"),
            ("ctx.db.sync.query({ toSQL() { return { sql: 'echo $1 $2', params: [4, 'y'] }; } })[0].b", "y"),
            ("ctx.db.sync.query(ctx.db.sql`echo ${4} ${'z'}`)[0].b", "z"),
            ("(await ctx.db.one(ctx.db.sync.sql`echo ${ctx.db.sql`${3} ${'in'}`}`)).b", "in"),
            ("ctx.db.mode", "rw"),
        ] {
            let mut host = people();
            let value =
                value_of_async(engine, &mut host, &format!("return String({body});"), TypeShape::Text);
            assert_eq!(value.unwrap(), text(expected), "{body}");
        }
    });
}

#[test]
fn misuse_is_an_error_that_says_so() {
    on_engine(|engine| {
        for (body, code, message) in [
            ("await ctx.db.one('select 1 where false')", "P0002", "query returned no rows"),
            ("await ctx.db.one('select id, name from people')", "P0003", "query returned more than one row"),
            (
                "await ctx.db.maybeOne('select id, name from people')",
                "P0003",
                "query returned more than one row",
            ),
            (
                "await ctx.db.query('echo $1 $2', [1])",
                "22023",
                "the statement has 2 parameters, but 1 values were given",
            ),
            (
                "await ctx.db.query('select 7 as n', [1])",
                "22023",
                "the statement has 0 parameters, but 1 values were given",
            ),
            (
                "await ctx.db.query('echo $1 $2', ['x', 'y'])",
                "42804",
                "parameter $1 must be a number for type integer, not a string",
            ),
            (
                "await ctx.db.query('echo $1 $2', 'ab')",
                "22023",
                "the parameters of a statement must be an array, not a string",
            ),
            ("await ctx.db.query(5)", "38000", "TypeError: a statement is a text with parameters"),
            (
                "await ctx.db.query({ sql: 'x' }, [1])",
                "38000",
                "TypeError: a statement object brings its own parameters",
            ),
            ("await ctx.db.query('nonsense')", "42601", "unknown statement nonsense"),
            ("await ctx.db.query('sel\\0ect')", "22P05", "the statement contains a NUL character"),
            ("ctx.db.sql('x')", "38000", "TypeError: sql is a template tag"),
        ] {
            let mut host = people();
            let report = failure(value_of_async(engine, &mut host, body, TypeShape::Text));
            assert_eq!(report.sqlstate.as_str(), code, "{body}: {}", report.message);
            assert!(report.message.starts_with(message), "{body}: {}", report.message);
        }
    });
}

#[test]
fn values_of_the_sql_tag_are_never_spliced() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "const s = ctx.db.sql`select ${\"'; drop table x\"} and ${ctx.db.sql`a = ${1} or b = ${2}`} and ${3}`;
            return s.sql + ' | ' + JSON.stringify(s.params);";
        let value = value_of(engine, &mut host, body, TypeShape::Text).unwrap();
        assert_eq!(value, text("select $1 and a = $2 or b = $3 and $4 | [\"'; drop table x\",1,2,3]"));
    });
}

#[test]
fn odd_column_names_are_safe_and_doubles_are_refused() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach_rows(
            "odd",
            &["__proto__", "a\"b\\", "constructor", "\u{2028}", "?column?"],
            vec![vec![Value::Int(1), Value::Int(2), Value::Int(3), Value::Int(4), Value::Int(5)]],
        );
        let body = "const [row] = ctx.db.sync.query('odd');
            return [Object.keys(row).length, Object.getPrototypeOf(row) === Object.prototype, row['__proto__'], row['a\"b\\\\'],
              row.constructor, row['\\u2028'], row['?column?']].join();";
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Text).unwrap(), text("5,true,1,2,3,4,5"));
        host.teach_rows("twice", &["a", "b", "a"], vec![]);
        let report = failure(value_of(engine, &mut host, "ctx.db.sync.query('twice')", TypeShape::Text));
        assert_eq!(
            (report.sqlstate.as_str(), report.message.as_str()),
            ("42701", "column name \"a\" appears twice")
        );
    });
}

#[test]
fn many_rows_and_many_columns_arrive() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("many", &[], |_, rows| {
            rows.columns(&names(&["n", "t"]))?;
            for n in 0..100_000 {
                rows.rows(&[Value::Int(n), text("row")], 1)?;
            }
            Ok(Completion { row_count: 100_000 })
        });
        host.teach("wide", &[], |_, rows| {
            rows.columns(&(0..300).map(|n| Box::from(format!("c{n}"))).collect())?;
            rows.rows(&(0..300).map(Value::Int).collect::<Vec<_>>(), 1)?;
            Ok(Completion { row_count: 1 })
        });
        let body = "let s = 0; for (const r of ctx.db.sync.query('many')) s += r.n; return s + ctx.db.sync.one('wide').c299;";
        let value = value_of(engine, &mut host, body, TypeShape::Int8).unwrap();
        assert_eq!(value, Value::BigInt(99_999 * 50_000 + 299));
    });
}

#[test]
fn a_value_that_a_row_cannot_hold_is_an_error() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach_rows("far", &["t"], vec![vec![Value::TimestampTz(TimestampTz(i64::MAX - 1))]]);
        let report = failure(value_of(engine, &mut host, "ctx.db.sync.query('far')", TypeShape::Text));
        assert_eq!(report.sqlstate.as_str(), "22008");
        assert!(report.detail.unwrap().contains("column 1"));
    });
}

#[test]
fn an_error_from_sql_has_all_its_fields_and_comes_out_whole() {
    on_engine(|engine| {
        let original = ErrorReport {
            detail: Some("Key (id)=(1) already exists.".to_owned()),
            hint: Some("Use another.".to_owned()),
            context: Some("SQL statement \"insert\"\nPL/pgSQL function f() line 1".to_owned()),
            context_is_complete: true,
            schema_name: Some("public".to_owned()),
            table_name: Some("t".to_owned()),
            column_name: Some("id".to_owned()),
            datatype_name: Some("int4".to_owned()),
            constraint_name: Some("t_pkey".to_owned()),
            internal_position: 8,
            internal_query: Some("insert".to_owned()),
            ..ErrorReport::new(SqlState::parse("23505").unwrap(), "duplicate key")
        };
        let mut host = FakeHost::new();
        let raised = original.clone();
        host.teach("insert", &[], move |_, _| Err(HostError::Sql(Box::new(raised.clone()))));
        let body = "try { await ctx.db.query('insert'); } catch (e) {
            return JSON.stringify([e instanceof PgError, e instanceof Error, e.name, e.code, e.sqlstate, e.message, e.detail, e.hint,
              e.schema, e.table, e.column, e.dataType, e.constraint, e.where, e.position]); }";
        let value = value_of_async(engine, &mut host, body, TypeShape::Text).unwrap();
        let expected = "[true,true,\"PgError\",\"23505\",\"23505\",\"duplicate key\",\"Key (id)=(1) already exists.\",\"Use another.\",\
            \"public\",\"t\",\"id\",\"int4\",\"t_pkey\",\"SQL statement \\\"insert\\\"\\nPL/pgSQL function f() line 1\",8]";
        assert_eq!(value, text(expected));
        let report =
            failure(value_of_async(engine, &mut host, "await ctx.db.query('insert');", TypeShape::Int4));
        assert_eq!(report, original);
        let changed = "try { ctx.db.sync.query('insert'); } catch (e) { e.message = 'in other words: ' + e.message; throw e; }";
        let report = failure(value_of(engine, &mut host, changed, TypeShape::Int4));
        assert_eq!(report.message, "in other words: duplicate key");
        assert_eq!(report.constraint_name.as_deref(), Some("t_pkey"));
        // Very many caught errors neither pile up nor break the last one.
        let many = "for (let i = 0; i < 1000; i++) { try { ctx.db.sync.query('insert'); } catch {} } ctx.db.sync.query('insert');";
        assert_eq!(failure(value_of(engine, &mut host, many, TypeShape::Int4)), original);
    });
}

#[test]
fn a_host_that_terminates_cannot_be_caught() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("gone", &[], |_, _| Err(HostError::Terminate));
        let body = "try { ctx.db.sync.query('gone'); } catch { globalThis.caught = true; } finally { globalThis.caught = true; }
            globalThis.caught = true; return 1;";
        assert!(matches!(value_of(engine, &mut host, body, TypeShape::Int4), Err(CallError::Terminated)));
        let asynchronous = "await null; try { await ctx.db.query('gone'); } catch { globalThis.caught = true; } finally { globalThis.caught = true; }";
        assert!(matches!(
            value_of_async(engine, &mut host, asynchronous, TypeShape::Int4),
            Err(CallError::Terminated)
        ));
        let caught = value_of(engine, &mut host, "return globalThis.caught === undefined;", TypeShape::Bool);
        assert_eq!(caught.unwrap(), Value::Bool(true));
    });
}

#[test]
fn a_terminated_inner_call_leaves_the_outer_one_alive() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("inner", &[], move |_, _| {
            let mut host = FakeHost::new();
            host.teach("gone", &[], |_, _| Err(HostError::Terminate));
            let outcome = value_of(engine, &mut host, "ctx.db.sync.query('gone');", TypeShape::Int4);
            assert!(matches!(outcome, Err(CallError::Terminated)));
            Err(HostError::Sql(Box::new(ErrorReport::new(SqlState::QUERY_CANCELED, "inner was cancelled"))))
        });
        let body = "try { await ctx.db.query('inner'); } catch (e) { return e.message; }";
        assert_eq!(
            value_of_async(engine, &mut host, body, TypeShape::Text).unwrap(),
            text("inner was cancelled")
        );
    });
}

#[test]
fn savepoints_release_or_roll_back() {
    on_engine(|engine| {
        let good =
            "return await ctx.db.savepoint(async () => { await ctx.db.query('select 7 as n'); return 5; });";
        let mut host = people();
        assert_eq!(value_of_async(engine, &mut host, good, TypeShape::Int4).unwrap(), Value::Int(5));
        assert_eq!(host.events[1], "savepoint begin");
        assert_eq!(host.events.last().unwrap(), "savepoint Release");

        let bad = "try { await ctx.db.savepoint(() => { throw new Error('no'); }); } catch (e) { return e.message; }";
        let mut host = people();
        assert_eq!(value_of_async(engine, &mut host, bad, TypeShape::Text).unwrap(), text("no"));
        assert_eq!(host.events[1..], ["savepoint begin", "savepoint Rollback"]);

        let nested = "return ctx.db.sync.savepoint(() => { try { ctx.db.sync.savepoint(() => { throw 1; }); } catch {} return 3; });";
        let mut host = people();
        assert_eq!(value_of(engine, &mut host, nested, TypeShape::Int4).unwrap(), Value::Int(3));
        assert_eq!(
            host.events[1..],
            ["savepoint begin", "savepoint begin", "savepoint Rollback", "savepoint Release"]
        );

        let promise = "return ctx.db.sync.savepoint(async () => 1);";
        let mut host = people();
        assert!(
            failure(value_of(engine, &mut host, promise, TypeShape::Int4))
                .message
                .contains("must not give a promise")
        );
        assert_eq!(host.events[1..], ["savepoint begin", "savepoint Rollback"]);
    });
}

#[test]
fn savepoints_that_cross_or_stay_open_are_errors_and_are_rolled_back() {
    on_engine(|engine| {
        let crossed = "await Promise.all([
            ctx.db.savepoint(async () => { await null; }), ctx.db.savepoint(async () => { await null; await null; await null; })]);";
        let mut host = people();
        let report = failure(value_of_async(engine, &mut host, crossed, TypeShape::Int4));
        assert!(report.message.contains("reverse order"), "{}", report.message);
        let balance = |host: &FakeHost| {
            let count = |event: &str| host.events.iter().filter(|each| *each == event).count();
            (count("savepoint begin"), count("savepoint Release") + count("savepoint Rollback"))
        };
        assert_eq!(balance(&host), (2, 2), "{:?}", host.events);

        let open = "ctx.db.savepoint(() => new Promise(() => {})); return 1;";
        let mut host = people();
        let report = failure(value_of(engine, &mut host, open, TypeShape::Int4));
        assert_eq!(report.message, "the function ended before its savepoints did");
        assert_eq!(host.events[1..], ["savepoint begin", "savepoint Rollback"]);

        let mut host = people();
        host.teach("gone", &[], |_, _| Err(HostError::Terminate));
        let gone = "await ctx.db.savepoint(async () => { await ctx.db.query('gone'); });";
        assert!(matches!(
            value_of_async(engine, &mut host, gone, TypeShape::Int4),
            Err(CallError::Terminated)
        ));
        assert_eq!(balance(&host), (1, 1));
        assert_eq!(host.events.last().unwrap(), &format!("savepoint {:?}", SavepointOutcome::Rollback));
    });
}

#[test]
fn ctx_asks_the_host_only_for_what_is_read() {
    on_engine(|engine| {
        let mut host = people();
        let body = "return [ctx.now.getTime(), ctx.now !== ctx.now, ctx.user.current, ctx.user.session, ctx.env, ctx.fn.oid,
            ctx.fn.schema, ctx.fn.name].join();";
        let value = value_of(engine, &mut host, body, TypeShape::Text).unwrap();
        assert_eq!(value, text("946684801500,true,alice,bob,,4711,public,f"));
        assert_eq!(host.events[1..], ["now", "now", "now", "users"]);
    });
}

#[test]
fn args_are_there_by_position_and_by_name() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = "(function (ctx, id, name) { const a = ctx.args; return [a.length, a[0], a.id, a.name, a[2], Array.isArray(a)].join(); })";
        let params = [
            ("id", TypeShape::Int4),
            ("name", TypeShape::Text),
            ("", TypeShape::Int4),
            ("length", TypeShape::Int4),
        ];
        let f = expression(js, &params, TypeShape::Text);
        let args = [Value::Int(1), text("x"), Value::Int(3), Value::Int(99)];
        assert_eq!(call(engine, &mut host, &f, &args).unwrap(), text("4,1,1,x,3,true"));

        let source = Rc::new(module("one.ts", "export default (ctx) => JSON.stringify(ctx.args);"));
        let params = [("args", TypeShape::Jsonb)];
        let f = spec(
            FunctionBody::Module { source, modules: Vec::new() },
            &params,
            TypeShape::Text,
            ArgumentStyle::SingleJson,
        );
        assert_eq!(call(engine, &mut host, &f, &[json("{\"id\": 4}")]).unwrap(), text("{\"id\":4}"));
        assert_eq!(call(engine, &mut host, &f, &[Value::Null]).unwrap(), text("null"));
    });
}

#[test]
fn messages_go_to_the_host() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "console.log('a', 1, { b: 2n }, [null], undefined); console.warn(new Map()); console.debug(Symbol('s'));
            const cycle = {}; cycle.self = cycle; console.error(cycle); ctx.log.notice('n'); ctx.log.info('i'); ctx.log.error('e');";
        value_of(engine, &mut host, body, TypeShape::Void).unwrap();
        let expected = [
            (LogLevel::Info, "a 1 { b: 2n } [null] undefined"),
            (LogLevel::Warning, "Map(0) {}"),
            (LogLevel::Debug, "Symbol(s)"),
            (LogLevel::Warning, "{ self: [circular] }"),
            (LogLevel::Notice, "n"),
            (LogLevel::Info, "i"),
            (LogLevel::Warning, "e"),
        ];
        let logged: Vec<(LogLevel, &str)> =
            host.logged.iter().map(|(level, text)| (*level, text.as_str())).collect();
        assert_eq!(logged, expected);
    });
}

#[test]
fn a_statement_is_prepared_once_until_it_is_stale() {
    on_engine(|engine| {
        let mut host = people();
        let body = "for (let i = 0; i < 3; i++) ctx.db.sync.one('select 7 as n'); return ctx.db.sync.one('select ' + 7 + ' as n').n;";
        let once = ["prepare select 7 as n", "execute select 7 as n"];
        let again = ["execute select 7 as n"; 3];
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Int4).unwrap(), Value::Int(7));
        assert_eq!(host.events[1..], [&once[..], &again[..]].concat());
        host.events.clear();
        host.make_stale();
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Int4).unwrap(), Value::Int(7));
        assert_eq!(host.events[1..], [&once[..], &again[..]].concat());
        // Another host has plans of its own; those of the first are gone with it.
        drop(host);
        let mut host = people();
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Int4).unwrap(), Value::Int(7));
        assert_eq!(host.events[1], "prepare select 7 as n");
    });
}

#[test]
fn a_cursor_fetches_in_portions_and_is_closed() {
    on_engine(|engine| {
        for (body, value, events) in [
            (
                "let s = 0; for await (const { id } of ctx.db.cursor('select id, name from people', [], { fetchSize: 1 })) s += Number(id); return String(s);",
                "3",
                &["fetch 1", "fetch 1", "fetch 1", "close 7"][..],
            ),
            (
                "for (const { name } of ctx.db.sync.cursor('select id, name from people')) return name;",
                "Ann",
                &["fetch 500", "close 7"][..],
            ),
            (
                "const c = ctx.db.sync.cursor({ sql: 'select id, name from people' }, { scroll: true }); c.close(); c.close(); return String(c.next().done);",
                "true",
                &["close 7"][..],
            ),
        ] {
            let mut host = people();
            assert_eq!(
                value_of_async(engine, &mut host, body, TypeShape::Text).unwrap(),
                text(value),
                "{body}"
            );
            let purpose = if body.contains("scroll") { "ScrollCursor" } else { "Cursor" };
            assert_eq!(host.events[1], format!("prepare {purpose} select id, name from people"));
            assert_eq!(host.events[2], "open 7");
            assert_eq!(host.events[3..], *events, "{body}");
        }
    });
}

#[test]
fn a_batch_has_a_savepoint_only_where_a_failure_can_be_seen() {
    on_engine(|engine| {
        let run = ["prepare select 7 as n", "execute select 7 as n", "execute select 7 as n"];
        for (prefix, before, after) in
            [("", None, None), ("/* catch */", Some("batch begin"), Some("savepoint Release"))]
        {
            let mut host = people();
            let body = format!(
                "{prefix} return String((await ctx.db.batch(['select 7 as n', ['select 7 as n', []]])).length);"
            );
            assert_eq!(value_of_async(engine, &mut host, &body, TypeShape::Text).unwrap(), text("2"));
            let expected: Vec<&str> = before.into_iter().chain(run).chain(after).collect();
            assert_eq!(host.events[1..], expected);
        }
        let mut host = people();
        let body = "try { await ctx.db.batch(['select 7 as n', 'nonsense', 'select 7 as n']); } catch (error) { return error.index + error.sqlstate; }";
        assert_eq!(value_of_async(engine, &mut host, body, TypeShape::Text).unwrap(), text("142601"));
        assert_eq!(host.events.last().unwrap(), "savepoint Rollback");
    });
}

#[test]
fn a_transaction_ends_when_it_is_told_to() {
    on_engine(|engine| {
        let mut host = people();
        let body = "await ctx.db.commit(); ctx.db.sync.rollback();";
        value_of_async(engine, &mut host, body, TypeShape::Void).unwrap();
        assert_eq!(host.events[1..], ["Commit", "Rollback"]);
        host.end_error = Some(HostError::Sql(Box::new(ErrorReport::new(
            SqlState::INVALID_TRANSACTION_TERMINATION,
            "not here",
        ))));
        let report = failure(value_of_async(engine, &mut host, body, TypeShape::Void));
        assert_eq!((report.sqlstate.as_str(), report.message.as_str()), ("2D000", "not here"));
    });
}

#[test]
fn a_message_that_nobody_wants_is_not_made() {
    on_engine(|engine| {
        let mut host = people();
        host.unwanted = vec![LogLevel::Debug, LogLevel::Info];
        let body = "let asked = 0; const value = new Proxy({}, { ownKeys() { asked += 1; return []; } });
            console.debug(value); console.log(value); console.trace(value); console.dir(value); ctx.log.info(value); ctx.log.warn(value);
            return String(asked);";
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Text).unwrap(), text("1"));
        assert_eq!(host.logged, [(LogLevel::Warning, "{}".to_owned())]);
    });
}
