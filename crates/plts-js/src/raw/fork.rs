//! V8 in a process that forks: children get its memory, and a trial is made in a child first.
//!
//! V8 is built to keep its memory from children (`MADV_DONTFORK`, its platform-posix.cc): a child that touched it would
//! fault. With no thread but the one that forks, as here, a child's copy is as good as the original.

use std::collections::HashSet;
use std::ffi::c_int;
use std::{fs, io};

/// Mappings of this process that its children do not get, by their addresses.
pub(crate) struct Withheld(HashSet<(usize, usize)>);

impl Withheld {
    /// Those that there are now.
    ///
    /// Errors: the kernel does not say.
    pub(crate) fn now() -> io::Result<Self> {
        let mut found = HashSet::new();
        let mut range = None;
        for line in fs::read_to_string("/proc/self/smaps")?.lines() {
            if let Some(flags) = line.strip_prefix("VmFlags:") {
                if flags.split_ascii_whitespace().any(|flag| flag == "dc") {
                    found.extend(range.take());
                }
            } else if let Some(parsed) = parse_range(line) {
                range = Some(parsed);
            }
        }
        Ok(Self(found))
    }

    /// Gives children what was withheld since.
    ///
    /// Errors: as [`Withheld::now`], and when the kernel refuses.
    pub(crate) fn give_what_is_new(&self) -> io::Result<()> {
        for (start, end) in Self::now()?.0.difference(&self.0) {
            // SAFETY: a mapping of this process, whose contents and rights stay as they are.
            let status = unsafe {
                libc::madvise(std::ptr::with_exposed_provenance_mut(*start), end - start, libc::MADV_DOFORK)
            };
            if status != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }
}

/// `start-end` at the beginning of a mapping's first line.
fn parse_range(line: &str) -> Option<(usize, usize)> {
    let (start, end) = line.split_once(' ')?.0.split_once('-')?;
    Some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
}

/// Whether `body`, run in a child that ends with it, says that it went well. What it does to memory stays in the child;
/// nothing of the process is shut down there.
///
/// Errors: there is no child to be had.
pub(crate) fn tried_in_a_child(body: impl FnOnce() -> bool) -> io::Result<bool> {
    // SAFETY: the process has this thread only, by the caller's contract for starting V8; the child leaves by `_exit`.
    let child = unsafe { libc::fork() };
    if child < 0 {
        return Err(io::Error::last_os_error());
    }
    if child == 0 {
        let went_well = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_or(false);
        // SAFETY: ends the child, and runs nothing of the parent's.
        unsafe { libc::_exit(c_int::from(!went_well)) };
    }
    let mut status: c_int = 0;
    loop {
        // SAFETY: `status` is there to be written.
        let ended = unsafe { libc::waitpid(child, &mut status, 0) };
        if ended == child {
            return Ok(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_read_from_its_line() {
        assert_eq!(parse_range("1000-2f00 rw-p 00000000 00:00 0"), Some((0x1000, 0x2f00)));
        assert_eq!(parse_range("Rss:                  12 kB"), None);
    }

    #[test]
    fn a_trial_tells_how_it_went() {
        assert!(tried_in_a_child(|| true).unwrap());
        assert!(!tried_in_a_child(|| false).unwrap());
        assert!(!tried_in_a_child(|| std::process::abort()).unwrap());
    }
}
