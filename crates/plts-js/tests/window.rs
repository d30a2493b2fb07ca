//! `ctx.window`: its questions, and what is kept of a partition.

mod harness;

use std::rc::Rc;

use harness::{FakeHost, call, expression, failure, on_engine, text};
use plts_core::{SqlState, TypeShape, Value};
use plts_js::{FunctionSpec, WindowAnswer, WindowExtent, WindowQuestion, WindowSeek};

fn function(body: &str, returns: TypeShape) -> Rc<FunctionSpec> {
    expression(&format!("(function (ctx) {{ 'use strict'; {body} }})"), &[], returns)
}

#[test]
fn without_a_window_there_is_none() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let spec = function("return typeof ctx.window", TypeShape::Text);
        assert_eq!(call(engine, &mut host, &spec, &[]).unwrap(), text("undefined"));
        // Kept from a call that had one.
        let spec = function("if (ctx.window) globalThis.kept = ctx.window; return 'x'", TypeShape::Text);
        host.on_window = Some(Box::new(|_| WindowAnswer::Nothing));
        call(engine, &mut host, &spec, &[]).unwrap();
        host.on_window = None;
        let spec = function("return globalThis.kept.position", TypeShape::Int4);
        let report = failure(call(engine, &mut host, &spec, &[]));
        assert_eq!(report.sqlstate, SqlState::FEATURE_NOT_SUPPORTED);
    });
}

#[test]
fn questions_reach_the_host_as_they_were_asked() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.on_window = Some(Box::new(|question| match question {
            WindowQuestion::Position => WindowAnswer::Number(4),
            WindowQuestion::RowCount => WindowAnswer::Number(9),
            WindowQuestion::ArePeers(3, 4) => WindowAnswer::Truth(true),
            WindowQuestion::Argument {
                extent: WindowExtent::Frame,
                index: 1,
                offset: -2,
                seek: WindowSeek::Tail,
                set_mark: true,
            } => WindowAnswer::Value(Value::Int(7)),
            _ => WindowAnswer::Nothing,
        }));
        let spec = function(
            "const w = ctx.window;
             return JSON.stringify([w.position, w.rowCount, w.arePeers(3, 4), w.argInFrame(1, -2, 'tail', true),
               w.argInPartition(1, -2) === undefined])",
            TypeShape::Text,
        );
        assert_eq!(call(engine, &mut host, &spec, &[]).unwrap(), text("[4,9,true,7,true]"));
    });
}

#[test]
fn a_state_lives_until_its_partition_is_over() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.on_window = Some(Box::new(|question| match question {
            WindowQuestion::State | WindowQuestion::MakeState => WindowAnswer::State(71),
            _ => WindowAnswer::Nothing,
        }));
        let count = function(
            "const seen = (ctx.window.state ??= new Set()); seen.add(seen.size); return seen.size",
            TypeShape::Int4,
        );
        for expected in 1..4 {
            assert_eq!(call(engine, &mut host, &count, &[]).unwrap(), Value::Int(expected));
        }
        engine.forget_window_state(71);
        engine.forget_window_state(72);
        assert_eq!(call(engine, &mut host, &count, &[]).unwrap(), Value::Int(1));
        engine.forget_window_state(71);
    });
}
