//! The death of V8 ends the process in order, and any other death takes its course. Each case is a process of its own: this
//! program, run again.

mod harness;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::sync::atomic::Ordering;

use harness::*;
use plts_core::TypeShape;

/// Says in the environment that this process is one that is to die.
const DYING: &str = "PLTS_TEST_DIES";

/// Runs the test of that name again, alone in a process.
fn again(test: &str) -> Output {
    let program = std::env::current_exe().expect("this program has a path");
    Command::new(program)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(DYING, "1")
        .output()
        .expect("this program runs")
}

/// In a process of its own, runs `death` inside a call, and gives how the process ended and what it said.
fn dies(test: &str, death: fn()) -> (std::process::ExitStatus, String) {
    if std::env::var_os(DYING).is_some() {
        on_engine(move |engine| {
            let mut host = FakeHost::new();
            host.teach("die", &[], move |_, _| {
                death();
                panic!("still alive");
            });
            let outcome = value_of(engine, &mut host, "ctx.db.sync.query('die')", TypeShape::Int4);
            panic!("the call has ended: {outcome:?}");
        });
    }
    let Output { status, stdout, stderr } = again(test);
    let said = format!("{}\n{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status, said)
}

fn ends_in_order(test: &str, death: fn(), message: &str) {
    let (status, said) = dies(test, death);
    assert_eq!(status.code(), Some(ENDED_IN_ORDER), "{said}");
    assert!(said.contains(message), "{said}");
}

fn is_killed(test: &str, death: fn(), signal: i32) {
    let (status, said) = dies(test, death);
    assert_eq!(status.signal(), Some(signal), "{said}");
}

#[test]
fn a_trap_of_v8_ends_the_process_in_order() {
    if std::env::var_os(DYING).is_some() {
        on_engine(|engine| {
            let mut host = FakeHost::new();
            // More elements than an array may have.
            let body = "return JSON.parse('[' + '1,'.repeat(2 ** 27) + '1]').length";
            println!("{:?}", value_of(engine, &mut host, body, TypeShape::Int4));
        });
    }
    let output = again("a_trap_of_v8_ends_the_process_in_order");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(ENDED_IN_ORDER), "{said}");
    assert!(said.contains("signal: 5"), "{said}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("Fatal"), "V8 says why");
}

/// A loop in V8's own machine code that looks at no interrupt, and would go on for years.
#[test]
fn a_loop_that_takes_no_interrupt_ends_the_process_in_order() {
    const TEST: &str = "a_loop_that_takes_no_interrupt_ends_the_process_in_order";
    if std::env::var_os(DYING).is_some() {
        on_engine(|engine| {
            std::thread::spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(200));
                INTERRUPT_PENDING.store(1, Ordering::SeqCst);
                TOLD_TO_STOP.store(true, Ordering::SeqCst);
            });
            let mut host = FakeHost::new();
            let body = "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })";
            println!("{:?}", value_of(engine, &mut host, body, TypeShape::Int4));
        });
    }
    let output = again(TEST);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(ENDED_IN_ORDER), "{said}");
    assert!(said.contains("kind: Deaf"), "{said}");
}

#[test]
fn an_abort_of_this_library_ends_the_process_in_order() {
    ends_in_order(
        "an_abort_of_this_library_ends_the_process_in_order",
        || std::process::abort(),
        "message: None, signal: 6",
    );
}

/// As when a callback of V8 panics where nothing may unwind.
#[test]
fn a_panic_that_cannot_unwind_ends_the_process_in_order() {
    extern "C" fn panics() {
        panic!("a panic that cannot unwind");
    }
    ends_in_order("a_panic_that_cannot_unwind_ends_the_process_in_order", || panics(), "signal: 6");
}

/// A signal that somebody sent is none of V8's.
#[test]
fn a_trap_that_was_sent_kills() {
    is_killed("a_trap_that_was_sent_kills", || send(libc::SIGTRAP), libc::SIGTRAP);
}

/// On another thread V8 does not run.
#[test]
fn an_abort_of_another_thread_kills() {
    is_killed(
        "an_abort_of_another_thread_kills",
        || {
            let _ = std::thread::spawn(|| std::process::abort()).join();
        },
        libc::SIGABRT,
    );
}

#[test]
fn an_abort_outside_of_calls_kills() {
    if std::env::var_os(DYING).is_some() {
        on_engine(|engine| {
            let mut host = FakeHost::new();
            assert!(value_of(engine, &mut host, "return 1", TypeShape::Int4).is_ok());
            std::process::abort();
        });
    }
    let output = again("an_abort_outside_of_calls_kills");
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
}

fn send(signal: i32) {
    let _ = Command::new("kill").args([format!("-{signal}"), std::process::id().to_string()]).status();
    // Delivered by then.
    std::thread::sleep(std::time::Duration::from_secs(5));
}
