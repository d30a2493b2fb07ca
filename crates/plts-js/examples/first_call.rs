//! Microseconds until a new process has run its first function, step by step. Run it a number of times: each process
//! has one first call. `cargo run -p plts-js --example first_call`

#[path = "../tests/harness/mod.rs"]
mod harness;

use std::time::{Duration, Instant};

use harness::{FakeHost, config, expression};
use plts_core::{TypeShape, Value};
use plts_js::{Engine, RoleId, SessionTimeZone};

fn main() {
    // V8 counts its stack from the start of the thread's.
    let body = || {
        let begin = Instant::now();
        let engine = Engine::start(config()).expect("the engine starts");
        let started = begin.elapsed();
        let begin = Instant::now();
        let zone = SessionTimeZone { name: "Europe/Berlin".to_owned(), fixed_offset: None };
        assert!(engine.follow_time_zone(&zone));
        let zoned = begin.elapsed();
        let add =
            expression("(function (ctx, a) { return a + 1; })", &[("a", TypeShape::Int4)], TypeShape::Int4);
        let mut host = FakeHost::new();
        let mut call = |role: u32| -> Duration {
            let begin = Instant::now();
            engine
                .call(RoleId(role), &add, &mut host, &[Value::Int(1)], |value| {
                    assert_eq!(*value, Value::Int(2))
                })
                .expect("the function runs");
            begin.elapsed()
        };
        let (first, second, third, again) = (call(1), call(2), call(3), call(3));
        println!(
            "start {} time_zone {} first_call {} second_context {} third_context {} call {}",
            started.as_micros(),
            zoned.as_micros(),
            first.as_micros(),
            second.as_micros(),
            third.as_micros(),
            again.as_micros(),
        );
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(body).expect("a thread");
    thread.join().expect("the thread ends well");
}
