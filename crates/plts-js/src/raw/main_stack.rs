//! Where the stack of the main thread ends, without reading the process's map.
//!
//! V8 asks `pthread_getattr_np`, which for the main thread reads all of `/proc/self/maps`: a twenty-fifth of a first call. V8 then
//! prefers what the C library knows anyway, and takes only that where the question fails (`platform-posix.cc`,
//! `ObtainCurrentThreadStackStart`). The extension is linked with `--wrap` (`crates/plts/build.rs`), so that the question
//! comes here.

use std::ffi::c_int;

type Question = unsafe extern "C" fn(libc::pthread_t, *mut libc::pthread_attr_t) -> c_int;

/// As the C library where it cannot open the map, for the main thread; for others the C library's answer.
///
/// # Safety
/// As `pthread_getattr_np`.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_pthread_getattr_np(
    thread: libc::pthread_t,
    attributes: *mut libc::pthread_attr_t,
) -> c_int {
    // SAFETY: these ask for numbers.
    if unsafe { libc::gettid() == libc::getpid() && libc::pthread_self() == thread } {
        return libc::ENOENT;
    }
    // SAFETY: a name that ends with a zero; the function of that name has that type, and gets what the caller gave.
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, c"pthread_getattr_np".as_ptr());
        if found.is_null() {
            return libc::ENOSYS;
        }
        std::mem::transmute::<*mut libc::c_void, Question>(found)(thread, attributes)
    }
}
