//! The last resort: when V8 stops the process, the process ends in order instead.
//!
//! V8 answers some states with a trap instruction or with `abort`, after asking handlers that may only look on, or without
//! asking any. In a server that is the end of every session. Here a signal handler, on a stack of its own, sends the
//! thread back to the frame from which V8 was first entered, and lets the embedder end the process from there
//! ([`EngineConfig::end_process`](crate::EngineConfig)). V8 is never entered again.
//!
//! Only V8's own deaths are taken: a signal of the engine's thread, while a call is on its stack, whose instruction is in this
//! library (a trap), or whose call of `abort` comes from it, when the C library has no complaint of its own. Any other
//! signal takes the way it would have taken. The watchdog can strike, too: when V8 does not heed an interrupt, because it is in a
//! long loop of its own machine code, a SIGTRAP to the thread takes the same way, if it finds the thread in this library. It
//! is then in no function of the C library or the embedder, whose locks it could hold.
//! A fault of memory (SIGSEGV, SIGBUS) is never taken: after it nothing in the
//! process can be trusted, the memory that it shares with others included.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use deno_core::v8;

use super::machine;

/// Why V8 cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineFailure {
    /// What kind of end it is.
    pub kind: FailureKind,
    /// What V8 said, if it said something; its own words, with nothing of a program in them.
    pub message: Option<String>,
    /// The signal that V8 raised against itself.
    pub signal: i32,
}

/// The kinds of V8's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// V8 found itself in a state that it cannot go on in.
    Broken,
    /// V8 needed memory that there was not.
    OutOfMemory,
    /// V8 did not stop when it was told to.
    Deaf,
}

/// How the embedder ends the process. It is called on the engine's thread, from the frame in which V8 was first entered, outside
/// of any signal handler, and must not enter V8 again.
pub type EndProcess = fn(&EngineFailure) -> !;

/// What the watchdog sends to a thread that does not listen. PostgreSQL never blocks it.
const STRIKE: c_int = libc::SIGTRAP;
/// The kernel's mark of a signal that was sent to one thread (`asm-generic/siginfo.h`).
const SI_TKILL: c_int = -6;
const SIGNALS: [c_int; 3] = [libc::SIGTRAP, libc::SIGILL, libc::SIGABRT];
/// The handler needs little more than the kernel's frame, which holds all vector registers.
const HANDLER_STACK_BYTES: usize = 128 << 10;
/// What is left free below the frame that is returned to: its red zone and more.
const CLEARANCE_BYTES: usize = 1024;
/// How far above the stack pointer the caller of `abort` is looked for: the frames of the C library between are small.
const FRAMES_OF_ABORT_WORDS: usize = 128;

/// The stack pointer where V8 was entered first; 0 while no call is on the stack.
static ENTRY: AtomicUsize = AtomicUsize::new(0);
/// The engine's thread.
static THREAD: AtomicI32 = AtomicI32::new(0);
/// The machine code of this library, and of the program that loaded it.
static LIBRARY: Text = Text::new();
static PROGRAM: Text = Text::new();
/// glibc's `__abort_msg`: not null once it has found the heap corrupted or an assertion wrong. Null where it is not known.
static COMPLAINT: AtomicPtr<*const c_char> = AtomicPtr::new(ptr::null_mut());
static FORMER: [OnceLock<libc::sigaction>; SIGNALS.len()] = [const { OnceLock::new() }; SIGNALS.len()];
static END_PROCESS: OnceLock<EndProcess> = OnceLock::new();
static STRUCK_BY: AtomicI32 = AtomicI32::new(0);
/// The watchdog has given up waiting.
static DEAF: AtomicBool = AtomicBool::new(false);
static STRUCK: AtomicBool = AtomicBool::new(false);
static SAID: Mutex<Option<(FailureKind, String)>> = Mutex::new(None);

/// A range of addresses.
struct Text {
    start: AtomicUsize,
    end: AtomicUsize,
}

impl Text {
    const fn new() -> Self {
        Self { start: AtomicUsize::new(0), end: AtomicUsize::new(0) }
    }

    fn contains(&self, address: usize) -> bool {
        (self.start.load(Ordering::Relaxed)..self.end.load(Ordering::Relaxed)).contains(&address)
    }

    fn add(&self, start: usize, end: usize) {
        let former = self.start.load(Ordering::Relaxed);
        if former == 0 || start < former {
            self.start.store(start, Ordering::Relaxed);
        }
        self.end.fetch_max(end, Ordering::Relaxed);
    }
}

/// While one of these lives, the death of V8 is survived by the process.
pub(crate) struct Inside {
    is_outermost: bool,
}

impl Inside {
    /// To be made in a frame whose callers know nothing of V8.
    #[inline(always)]
    pub(crate) fn enter() -> Self {
        let is_outermost = ENTRY.load(Ordering::Relaxed) == 0;
        if is_outermost {
            ENTRY.store(machine::stack_pointer(), Ordering::Relaxed);
        }
        Self { is_outermost }
    }
}

impl Drop for Inside {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_outermost {
            ENTRY.store(0, Ordering::Relaxed);
        }
    }
}

/// Whether V8 has died: nothing of it may be touched any more.
pub(crate) fn has_struck() -> bool {
    STRUCK.load(Ordering::Relaxed)
}

/// Makes the thread that calls it the one whose V8 may die. Once per process.
pub(crate) fn prepare(end_process: EndProcess) -> io::Result<()> {
    if END_PROCESS.set(end_process).is_err() {
        return Ok(());
    }
    // SAFETY: asks for the thread's number.
    THREAD.store(unsafe { libc::gettid() }, Ordering::Relaxed);
    // SAFETY: the callback matches the type that the function asks for and gets no data.
    unsafe { libc::dl_iterate_phdr(Some(note_text), ptr::null_mut()) };
    // SAFETY: a C string; a name that is not there gives null.
    let complaint = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__abort_msg".as_ptr()) };
    COMPLAINT.store(complaint.cast(), Ordering::Relaxed);
    give_handlers_a_stack()?;
    for (signal, former) in SIGNALS.iter().zip(&FORMER) {
        let mut before = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: all zeros is a valid sigaction: no flags, an empty mask.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        action.sa_sigaction = on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: reads the action in force into memory that is valid for it.
        if unsafe { libc::sigaction(*signal, ptr::null(), before.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above filled it. It is kept before the handler that needs it can run.
        let _ = former.set(unsafe { before.assume_init() });
        // SAFETY: the handler does only what a signal handler may.
        if unsafe { libc::sigaction(*signal, &action, ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    v8::V8::set_fatal_error_handler(note_fatal_error);
    Ok(())
}

/// Whoever has given the thread such a stack already keeps it.
fn give_handlers_a_stack() -> io::Result<()> {
    let mut present = MaybeUninit::<libc::stack_t>::uninit();
    // SAFETY: reads the thread's alternate stack into memory that is valid for it.
    if unsafe { libc::sigaltstack(ptr::null(), present.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: filled by the call above.
    if unsafe { present.assume_init() }.ss_flags & libc::SS_DISABLE == 0 {
        return Ok(());
    }
    // Never given back: the thread keeps it until it ends, and the process with it. Pages that are not touched cost nothing.
    // SAFETY: a new mapping, at no address in particular.
    let memory = unsafe {
        libc::mmap(
            ptr::null_mut(),
            HANDLER_STACK_BYTES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK,
            -1,
            0,
        )
    };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let stack = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: HANDLER_STACK_BYTES };
    // SAFETY: the mapping is that large and used for nothing else.
    if unsafe { libc::sigaltstack(&stack, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Notes where the machine code of the program and of this library is. The program comes first.
unsafe extern "C" fn note_text(info: *mut libc::dl_phdr_info, _: usize, _: *mut c_void) -> c_int {
    // SAFETY: the loader gives a record that is valid during this call, and its table of segments.
    let (base, segments) = unsafe {
        let info = &*info;
        (info.dlpi_addr as usize, std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)))
    };
    let code = segments
        .iter()
        .filter(|segment| segment.p_type == libc::PT_LOAD && segment.p_flags & libc::PF_X != 0);
    let ranges = code.map(|segment| {
        let start = base + segment.p_vaddr as usize;
        start..start + segment.p_memsz as usize
    });
    let is_program = PROGRAM.end.load(Ordering::Relaxed) == 0;
    let own = note_text as *const () as usize;
    for range in ranges {
        if is_program {
            PROGRAM.add(range.start, range.end);
        }
        if range.contains(&own) {
            LIBRARY.add(range.start, range.end);
        }
    }
    0
}

/// V8 is about to stop the process, and says why.
fn note_fatal_error(_file: &str, _line: i32, message: &str) {
    note(FailureKind::Broken, message);
}

/// As [`note_fatal_error`]: memory is out.
pub(crate) unsafe extern "C" fn note_out_of_memory(location: *const c_char, details: &v8::OomDetails) {
    // SAFETY: V8 gives a C string or null.
    let location = if location.is_null() { c"" } else { unsafe { CStr::from_ptr(location) } };
    let what = if details.is_heap_oom { "heap" } else { "process" };
    note(FailureKind::OutOfMemory, &format!("out of memory ({what}): {}", location.to_string_lossy()));
}

/// Keeps the first thing said: what comes after follows from it.
fn note(kind: FailureKind, message: &str) {
    // Taken by nobody but this thread, which might have died in here before.
    if let Ok(mut said) = SAID.try_lock() {
        said.get_or_insert_with(|| (kind, message.to_owned()));
    }
}

unsafe extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel calls this, with the record of the signal and the state of the thread, both valid until it
    // returns.
    let (info, state) = unsafe { (&*info, &mut *context.cast::<libc::ucontext_t>()) };
    let entry = ENTRY.load(Ordering::Relaxed);
    // SAFETY: asks for the thread's number.
    let thread = unsafe { libc::gettid() };
    if signal == STRIKE && info.si_code == SI_TKILL && DEAF.load(Ordering::Relaxed) {
        if entry == 0
            || thread != THREAD.load(Ordering::Relaxed)
            || !LIBRARY.contains(machine::program_counter(state))
        {
            // Not here; the watchdog tries again.
            return;
        }
    } else if entry == 0 || thread != THREAD.load(Ordering::Relaxed) || !is_from_library(signal, info, state)
    {
        // SAFETY: the same arguments.
        unsafe { pass_on(signal, info, context) };
        return;
    }
    ENTRY.store(0, Ordering::Relaxed);
    STRUCK.store(true, Ordering::Relaxed);
    STRUCK_BY.store(signal, Ordering::Relaxed);
    machine::go_on_at(state, entry - CLEARANCE_BYTES, landed);
}

/// Ends the process in order from another thread, if V8's own machine code is what the engine's thread runs at that moment;
/// else nothing happens, and it can be tried again. V8 must have been told to stop, and not have done so.
pub(crate) fn strike() {
    DEAF.store(true, Ordering::Relaxed);
    // SAFETY: a signal to a thread of this process, whose handler is in place: `prepare` has run before V8.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), THREAD.load(Ordering::Relaxed), STRIKE) };
}

/// V8 has stopped after all.
pub(crate) fn spare() {
    DEAF.store(false, Ordering::Relaxed);
}

/// Whether it is this library that stopped itself.
fn is_from_library(signal: c_int, info: &libc::siginfo_t, state: &libc::ucontext_t) -> bool {
    if signal != libc::SIGABRT {
        // Greater than zero: an instruction raised it, and not a process. A trap leaves the counter behind itself.
        let instruction = machine::program_counter(state);
        return info.si_code > 0 && LIBRARY.contains(instruction - 1);
    }
    let complaint = COMPLAINT.load(Ordering::Relaxed);
    // SAFETY: null, or the address of a variable of the C library.
    if !complaint.is_null() && !unsafe { ptr::read_volatile(complaint) }.is_null() {
        return false;
    }
    // The nearest return address that is not the C library's says who called abort.
    let stack = machine::interrupted_stack(state) as *const usize;
    (0..FRAMES_OF_ABORT_WORDS)
        // SAFETY: the words above the stack pointer belong to frames that are active: the entry is further up.
        .map(|index| unsafe { ptr::read_volatile(stack.add(index)) })
        .find_map(|word| match word {
            word if LIBRARY.contains(word) => Some(true),
            word if PROGRAM.contains(word) => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

/// What would have happened without this handler.
///
/// # Safety
/// The arguments are those of the running signal handler.
unsafe fn pass_on(signal: c_int, info: *const libc::siginfo_t, context: *mut c_void) {
    let former = SIGNALS.iter().position(|taken| *taken == signal).and_then(|index| FORMER[index].get());
    match former {
        Some(former) if former.sa_sigaction == libc::SIG_IGN => {}
        Some(former) if former.sa_sigaction != libc::SIG_DFL => {
            if former.sa_flags & libc::SA_SIGINFO == 0 {
                // SAFETY: without that flag a handler takes the signal's number.
                let handler: unsafe extern "C" fn(c_int) =
                    unsafe { std::mem::transmute(former.sa_sigaction) };
                // SAFETY: it is called as the kernel would have called it.
                unsafe { handler(signal) };
            } else {
                // SAFETY: with that flag a handler takes these three.
                let handler: unsafe extern "C" fn(c_int, *const libc::siginfo_t, *mut c_void) =
                    unsafe { std::mem::transmute(former.sa_sigaction) };
                // SAFETY: as above.
                unsafe { handler(signal, info, context) };
            }
        }
        _ => {
            // SAFETY: the default action, and the signal once more, which waits until this handler has returned.
            unsafe {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            }
        }
    }
}

/// Where the thread goes on after V8 has died: the frames below are gone.
extern "C" fn landed() -> ! {
    let said = SAID.try_lock().ok().and_then(|mut said| said.take());
    let (kind, message) = match said {
        _ if DEAF.load(Ordering::Relaxed) => (FailureKind::Deaf, None),
        Some((kind, message)) => (kind, Some(message)),
        None => (FailureKind::Broken, None),
    };
    let failure = EngineFailure { kind, message, signal: STRUCK_BY.load(Ordering::Relaxed) };
    match END_PROCESS.get() {
        Some(end_process) => end_process(&failure),
        None => std::process::abort(),
    }
}
