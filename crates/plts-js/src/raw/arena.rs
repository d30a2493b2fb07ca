//! malloc with one arena. A second thread would get its own, 128 MB of address space that are mapped and cut to size
//! when it starts, for a watchdog that allocates next to nothing.

/// Lets later threads allocate from the main arena. Best called before the first of them.
pub(crate) fn share_main_arena() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a parameter of glibc's malloc; there is nothing to get wrong, and a refusal changes nothing.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
