//! Endless loops, full heaps, deep stacks: the call ends, the engine goes on.

mod harness;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use harness::*;
use plts_core::{ErrorReport, SqlState, TypeShape, Value};
use plts_js::{CallError, Completion, Engine, EngineError, HostError};

fn terminate_on_interrupt(host: &mut FakeHost) {
    host.on_interrupt = Some(Box::new(|| {
        INTERRUPT_PENDING.store(0, Ordering::SeqCst);
        Err(HostError::Terminate)
    }));
}

fn interrupt_after(time: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(time);
        INTERRUPT_PENDING.store(1, Ordering::SeqCst);
    });
}

fn works(engine: &Engine) {
    let mut host = FakeHost::new();
    let value = value_of_async(engine, &mut host, "await null; return 42;", TypeShape::Int4);
    assert_eq!(value.unwrap(), Value::Int(42));
}

#[test]
fn endless_javascript_is_interrupted() {
    for body in [
        "for (;;) {}",
        "for (;;) { try { for (;;) {} } catch {} finally { continue; } }",
        "/(a*)*b/.test('a'.repeat(40));",
        "const spin = () => Promise.resolve().then(spin); spin(); return new Promise(() => {});",
        "return (async () => { for (;;) await null; })();",
        "const a = new Array(1e5).fill(0); for (;;) a.sort(() => 0.5 - Math.random());",
    ] {
        on_engine(move |engine| {
            let mut host = FakeHost::new();
            terminate_on_interrupt(&mut host);
            interrupt_after(Duration::from_millis(30));
            let start = Instant::now();
            let outcome = value_of(engine, &mut host, body, TypeShape::Int4);
            assert!(matches!(outcome, Err(CallError::Terminated)), "{body}: {outcome:?}");
            assert!(start.elapsed() < Duration::from_secs(5), "{body}: {:?}", start.elapsed());
            works(engine);
        });
    }
}

/// V8's arithmetic of BigInts looks at no interrupt, but at a request to terminate; the reason is the host's all the same.
#[test]
fn endless_arithmetic_is_interrupted() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.on_interrupt = Some(Box::new(|| {
            INTERRUPT_PENDING.store(0, Ordering::SeqCst);
            TOLD_TO_STOP.store(false, Ordering::SeqCst);
            Err(HostError::Sql(Box::new(ErrorReport::new(SqlState::QUERY_CANCELED, "by the test"))))
        }));
        TOLD_TO_STOP.store(true, Ordering::SeqCst);
        interrupt_after(Duration::from_millis(50));
        // Hours of work.
        let body = "let x = 7n ** 10000000n; for (;;) x = (x * x) % (x + 3n);";
        let Err(CallError::Failed(report)) = value_of(engine, &mut host, body, TypeShape::Int4) else {
            panic!("it was not ended");
        };
        assert_eq!(report.message, "by the test");
        works(engine);
    });
}

#[test]
fn an_interrupt_that_the_host_shrugs_off_changes_nothing() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.on_interrupt = Some(Box::new(|| {
            INTERRUPT_PENDING.store(0, Ordering::SeqCst);
            Ok(())
        }));
        INTERRUPT_PENDING.store(1, Ordering::SeqCst);
        let body = "const end = Date.now() + 60; let n = 0; while (Date.now() < end) n += 1; return n > 0;";
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Bool).unwrap(), Value::Bool(true));
        assert!(host.events.iter().any(|event| event == "check interrupts"));
    });
}

#[test]
fn an_interrupt_is_seen_after_a_long_rest() {
    on_engine(|engine| {
        works(engine);
        // Longer than the watchdog takes to park.
        std::thread::sleep(Duration::from_millis(1300));
        let mut host = FakeHost::new();
        terminate_on_interrupt(&mut host);
        INTERRUPT_PENDING.store(1, Ordering::SeqCst);
        assert!(matches!(
            value_of(engine, &mut host, "for (;;) {}", TypeShape::Int4),
            Err(CallError::Terminated)
        ));
    });
}

#[test]
fn an_error_of_the_interrupt_check_fails_the_call() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.on_interrupt = Some(Box::new(|| {
            INTERRUPT_PENDING.store(0, Ordering::SeqCst);
            Err(HostError::Sql(Box::new(ErrorReport::new(SqlState::QUERY_CANCELED, "cancelled"))))
        }));
        INTERRUPT_PENDING.store(1, Ordering::SeqCst);
        let report = failure(value_of(
            engine,
            &mut host,
            "for (;;) { try { for (;;) {} } catch {} }",
            TypeShape::Int4,
        ));
        assert_eq!((report.sqlstate.as_str(), report.message.as_str()), ("57014", "cancelled"));
        works(engine);
    });
}

#[test]
fn an_inner_loop_is_interrupted_by_its_own_host_and_the_outer_call_decides() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("inner", &[], move |_, _| {
            let mut host = FakeHost::new();
            terminate_on_interrupt(&mut host);
            INTERRUPT_PENDING.store(1, Ordering::SeqCst);
            let outcome = value_of(engine, &mut host, "for (;;) {}", TypeShape::Int4);
            assert!(matches!(outcome, Err(CallError::Terminated)));
            Err(HostError::Terminate)
        });
        let body = "try { ctx.db.sync.query('inner'); } catch {} for (;;) {}";
        assert!(matches!(value_of(engine, &mut host, body, TypeShape::Int4), Err(CallError::Terminated)));
        works(engine);
    });
}

#[test]
fn a_full_heap_ends_the_call_and_replaces_the_isolate() {
    for body in [
        "const a = []; for (;;) a.push({ a: a.length, b: [1, 2, 3] });",
        "const a = []; for (;;) { try { for (;;) a.push(new Array(1000).fill({})); } catch {} finally { a.push({}); } }",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, String(i) + 'x');",
        "let s = 'x'; const a = []; for (;;) { a.push(s.split('').join('-') + a.length); s += s.length < 1e6 ? s : ''; }",
        "return (async () => { const a = []; for (;;) { await null; a.push(new Array(100).fill(a.length)); } })();",
    ] {
        on_engine(move |engine| {
            works(engine);
            let made = engine.heap_statistics().isolates_made;
            let mut host = FakeHost::new();
            let start = Instant::now();
            let report = failure(value_of(engine, &mut host, body, TypeShape::Int4));
            assert_eq!(report.sqlstate.as_str(), "53200", "{body}: {}", report.message);
            assert_eq!(report.message, "out of memory in JavaScript: heap limit of 64 MB");
            assert!(start.elapsed() < Duration::from_secs(20), "{body}: {:?}", start.elapsed());
            works(engine);
            assert_eq!(engine.heap_statistics().isolates_made, made + 1);
        });
    }
}

#[test]
fn array_buffers_count_and_are_given_back() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "const a = []; try { for (;;) a.push(new ArrayBuffer(5e6)); } catch (e) { return e.name + (a.length < 14); }";
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Text).unwrap(), text("RangeErrortrue"));
        // Garbage is collected before a buffer is refused.
        let body = "for (let i = 0; i < 500; i++) new Uint8Array(5e6); return 1;";
        assert_eq!(value_of(engine, &mut host, body, TypeShape::Int4).unwrap(), Value::Int(1));
        assert!(engine.heap_statistics().external_bytes <= HEAP_BYTES);
        // A bytea that does not fit is an error, not the end of the process.
        let f = expression(
            "(function (ctx, b) { return b.length; })",
            &[("b", TypeShape::Bytea)],
            TypeShape::Int4,
        );
        let report = failure(call(engine, &mut host, &f, &[Value::Bytes(vec![0; HEAP_BYTES + 1].into())]));
        assert_eq!(report.sqlstate.as_str(), "53200");
        works(engine);
    });
}

/// An array that is long and holds nothing takes no memory of V8's; what it is converted to would.
#[test]
fn long_arrays_of_nothing_are_errors() {
    on_engine(|engine| {
        let returns = TypeShape::Array(Box::new(TypeShape::Int4));
        for (body, code) in [
            ("return new Array(2 ** 32 - 1);", "54000"),
            ("return new Array(2 ** 26);", "53200"),
            ("const a = []; a[2 ** 25] = 1; return a;", "53200"),
            ("const a = new Array(2000000); return [a, a];", "53200"),
        ] {
            let mut host = FakeHost::new();
            let report = failure(value_of(engine, &mut host, body, returns.clone()));
            assert_eq!(report.sqlstate.as_str(), code, "{body}: {}", report.message);
        }
        let mut host = FakeHost::new();
        assert!(value_of(engine, &mut host, "return new Array(100000);", returns).is_ok());
        works(engine);
    });
}

#[test]
fn conversions_of_arrays_are_interrupted() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        terminate_on_interrupt(&mut host);
        let body = "return new Array(1000000).fill('text');";
        INTERRUPT_PENDING.store(1, Ordering::SeqCst);
        let returns = TypeShape::Array(Box::new(TypeShape::Text));
        assert!(matches!(value_of(engine, &mut host, body, returns), Err(CallError::Terminated)));
        works(engine);
    });
}

/// Bytes that nobody uses any more make room for others.
#[test]
fn bytes_come_and_go() {
    on_engine(|engine| {
        let f = expression(
            "(function (ctx, b) { return b.length; })",
            &[("b", TypeShape::Bytea)],
            TypeShape::Int4,
        );
        for _ in 0..(HEAP_BYTES >> 20) * 3 {
            let mut host = FakeHost::new();
            let value = call(engine, &mut host, &f, &[Value::Bytes(vec![0; 1 << 20].into())]);
            assert_eq!(value.unwrap(), Value::Int(1 << 20));
        }
    });
}

/// V8 makes buffers in places where it cannot throw: there it ends the process when it gets none.
#[test]
fn small_buffers_without_memory_are_errors() {
    on_engine(|engine| {
        for body in [
            "return view.buffer.byteLength;",
            "return new Uint8Array(8).buffer.byteLength;",
            "return new Float64Array([1, 2, 3]).length;",
            "return Uint8Array.from([1, 2]).length;",
            "return view.slice().length + view.toReversed().length;",
            "return structuredClone(view).length;",
            "return new TextEncoder().encode('hello').length;",
            "return crypto.getRandomValues(new Uint8Array(4)).length;",
            "return new DataView(new ArrayBuffer(0)).byteLength;",
        ] {
            let mut host = FakeHost::new();
            let body = format!(
                "const view = new Uint8Array(8), kept = [];
                 try {{ for (;;) kept.push(new ArrayBuffer(2 ** 20)); }} catch {{}}
                 try {{ for (;;) kept.push(new ArrayBuffer(2 ** 12)); }} catch {{}}
                 for (let i = 0; i < 5; i += 1) try {{ for (;;) kept.push(new ArrayBuffer(1)); }} catch {{}}
                 {body}"
            );
            match value_of(engine, &mut host, &body, TypeShape::Int4) {
                Ok(_) => {}
                Err(CallError::Failed(report)) => {
                    assert!(
                        report.message.contains("RangeError") || report.sqlstate.as_str() == "53200",
                        "{body}: {report:?}"
                    );
                }
                Err(other) => panic!("{body}: {other:?}"),
            }
            works(engine);
        }
    });
}

/// A buffer that can grow would take its memory past the allocator that counts.
#[test]
fn buffers_that_can_grow_are_refused() {
    on_engine(|engine| {
        for made in [
            "new ArrayBuffer(8, { maxByteLength: 2 ** 30 })",
            "new (class extends ArrayBuffer {})(8, { maxByteLength: 16 })",
            "new (new Uint8Array(8).buffer.constructor)(8, { maxByteLength: 2 ** 30 })",
            "new ArrayBuffer.prototype.constructor(8, { maxByteLength: 2 ** 30 })",
            "new (ArrayBuffer[Symbol.species])(8, { maxByteLength: 2 ** 30 })",
            "Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }], Uint8Array)",
        ] {
            let mut host = FakeHost::new();
            let body = format!("try {{ {made}; return 'made'; }} catch (e) {{ return e.name; }}");
            let name = value_of(engine, &mut host, &body, TypeShape::Text).unwrap();
            assert_eq!(name, text("RangeError"), "{made}");
        }
        let mut host = FakeHost::new();
        let body = "const b = new ArrayBuffer(8), view = new Uint8Array(4); class Mine extends ArrayBuffer {}
            try { b.resize(4); return 'resized'; } catch {}
            try { ArrayBuffer(8); return 'called'; } catch {}
            return [b instanceof ArrayBuffer, view.buffer instanceof ArrayBuffer, view.buffer.constructor === ArrayBuffer, b.slice(2).byteLength,
                b.transfer(4).byteLength, ArrayBuffer.isView(view), ArrayBuffer.name, ArrayBuffer.length, b.resizable, new Mine(3).byteLength,
                new Mine(3) instanceof Mine, Object.prototype.toString.call(b), new ArrayBuffer(2, {}).byteLength].join();";
        let value = value_of(engine, &mut host, body, TypeShape::Text).unwrap();
        assert_eq!(value, text("true,true,true,6,4,true,ArrayBuffer,1,false,3,true,[object ArrayBuffer],2"));
    });
}

#[test]
fn the_heap_limit_can_change_while_an_isolate_is_there() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let takes = "const a = []; for (let i = 0; i < 100; i += 1) a.push(new Array(131072).fill(i + 0.5)); return a.length;";
        let buffers = "const a = []; try { for (let i = 0; i < 100; i += 1) a.push(new Uint8Array(2 ** 20)); return a.length; } catch { return -1; }";
        works(engine);
        assert_eq!(failure(value_of(engine, &mut host, takes, TypeShape::Int4)).sqlstate.as_str(), "53200");
        let made = engine.heap_statistics().isolates_made;
        works(engine);
        assert_eq!(value_of(engine, &mut host, buffers, TypeShape::Int4).unwrap(), Value::Int(-1));
        engine.set_max_heap(4 * HEAP_BYTES);
        assert_eq!(value_of(engine, &mut host, takes, TypeShape::Int4).unwrap(), Value::Int(100));
        assert_eq!(value_of(engine, &mut host, buffers, TypeShape::Int4).unwrap(), Value::Int(100));
        engine.set_max_heap(HEAP_BYTES / 2);
        let report = failure(value_of(engine, &mut host, takes, TypeShape::Int4));
        assert_eq!(report.message, "out of memory in JavaScript: heap limit of 32 MB");
        engine.set_max_heap(HEAP_BYTES);
        works(engine);
        assert_eq!(engine.heap_statistics().isolates_made, made + 2, "one for each time that it was full");
    });
}

#[test]
fn a_deep_native_stack_is_no_danger() {
    /// Uses about `kb` of stack and then calls.
    fn deep(kb: usize, call: &mut dyn FnMut()) {
        if kb == 0 {
            call();
            return;
        }
        let room = [kb as u8; 16 * 1024];
        deep(kb.saturating_sub(16), call);
        std::hint::black_box(&room);
    }
    for kb in [0, 900, 1000, 1100, 2000, 4000] {
        on_engine(move |engine| {
            deep(kb, &mut || {
                let mut host = FakeHost::new();
                let body = "try { null.x; } catch { return 1; }";
                assert_eq!(value_of(engine, &mut host, body, TypeShape::Int4).unwrap(), Value::Int(1));
                let body = "const f = () => 1 + f(); try { f(); } catch (e) { return e.name; }";
                assert_eq!(value_of(engine, &mut host, body, TypeShape::Text).unwrap(), text("RangeError"));
                let report =
                    failure(value_of(engine, &mut host, "const f = () => 1 + f(); f();", TypeShape::Text));
                assert_eq!(report.sqlstate.as_str(), "54001");
            });
        });
    }
}

/// V8 ends the process for an array of more than 2^27 elements that comes from a split string.
#[test]
fn a_string_with_too_many_parts_is_not_split() {
    on_engine(|engine| {
        for split in [
            "s.split('')",
            "s.split('x')",
            "s.split(/(?:)/)",
            "/x/[Symbol.split](s)",
            "new String(s).split('')",
        ] {
            let mut host = FakeHost::new();
            let body = format!(
                "const s = 'x'.repeat(2 ** 28); try {{ return {split}.length; }} catch (e) {{ return e.name; }}"
            );
            assert_eq!(
                value_of(engine, &mut host, &body, TypeShape::Text).unwrap(),
                text("RangeError"),
                "{split}"
            );
        }
        let mut host = FakeHost::new();
        let body = "return ['a,b'.split(',').join('|'), 'abc'.split('').length, 'a1b2'.split(/\\d/).length, 'a,b,c'.split(',', 2).length,
            ''.split.call(12, '').length, 'ab'.split().length, String.prototype.split.name, RegExp.prototype[Symbol.split].name].join();";
        let value = value_of(engine, &mut host, body, TypeShape::Text).unwrap();
        assert_eq!(value, text("a|b,3,3,2,2,1,split,[Symbol.split]"));
        works(engine);
    });
}

#[test]
fn deep_nesting_of_calls_works() {
    fn nested(engine: &'static Engine, left: i32) -> i32 {
        let mut host = FakeHost::new();
        host.teach("deeper", &[], move |_, rows| {
            let below = if left == 0 { 0 } else { nested(engine, left - 1) };
            rows.columns(&names(&["n"]))?;
            rows.rows(&[Value::Int(below)], 1)?;
            Ok(Completion { row_count: 1 })
        });
        let body = "await null; const { n } = await ctx.db.one('deeper'); await null; return n + 1;";
        match value_of_async(engine, &mut host, body, TypeShape::Int4).unwrap() {
            Value::Int(n) => n,
            other => panic!("{other:?}"),
        }
    }
    on_engine(|engine| assert_eq!(nested(engine, 30), 31));
}

#[test]
fn a_second_engine_is_refused_or_the_same() {
    on_engine(|engine| {
        let again = Engine::start(config()).unwrap();
        assert!(std::ptr::eq(engine, again));
    });
    let elsewhere = std::thread::spawn(|| matches!(Engine::start(config()), Err(EngineError::OtherThread)));
    assert!(elsewhere.join().unwrap());
}

#[test]
fn statistics_tell_what_is_used() {
    on_engine(|engine| {
        works(engine);
        let statistics = engine.heap_statistics();
        assert!(statistics.used_bytes > 0 && statistics.total_bytes >= statistics.used_bytes);
        assert!(statistics.contexts >= 1);
        assert!(Engine::v8_version().starts_with("15."));
    });
}

/// Every signal is blocked in the watchdog's thread: a backend's handlers must run on its main thread.
#[test]
fn the_watchdog_takes_no_signals() {
    on_engine(works);
    let mut found = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        if status.contains("plts watchdog") {
            found += 1;
            let blocked =
                status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap().trim().to_owned();
            let blocked = u64::from_str_radix(&blocked, 16).unwrap();
            // All but SIGKILL, SIGSTOP, and the two that the C library keeps for itself.
            let cannot = (1 << 8) | (1 << 18) | (1 << 31) | (1 << 32);
            assert_eq!(blocked | cannot, u64::MAX, "{blocked:x}");
        }
    }
    assert_eq!(found, 1);
}
