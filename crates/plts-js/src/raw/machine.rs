//! The registers of a thread that a signal has interrupted, for the machines that V8 is built for.

#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::*;

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::*;

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::ptr;

    #[inline(always)]
    pub(crate) fn stack_pointer() -> usize {
        let pointer: usize;
        // SAFETY: copies a register.
        unsafe { std::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
        pointer
    }

    pub(crate) fn program_counter(state: &libc::ucontext_t) -> usize {
        state.uc_mcontext.gregs[libc::REG_RIP as usize] as usize
    }

    pub(crate) fn interrupted_stack(state: &libc::ucontext_t) -> usize {
        state.uc_mcontext.gregs[libc::REG_RSP as usize] as usize
    }

    /// Makes the thread enter `function` with the stack pointer at or below `stack`, as if it had been called.
    pub(crate) fn go_on_at(state: &mut libc::ucontext_t, stack: usize, function: extern "C" fn() -> !) {
        let stack = (stack & !15) - size_of::<usize>();
        // SAFETY: below the frame of the entry there are only frames that nobody returns to. The word is the return
        // address, which ends a walk of the stack.
        unsafe { ptr::write_volatile(stack as *mut usize, 0) };
        let registers = &mut state.uc_mcontext.gregs;
        registers[libc::REG_RSP as usize] = stack as i64;
        registers[libc::REG_RBP as usize] = 0;
        registers[libc::REG_RIP as usize] = function as *const () as i64;
        // The direction flag is clear at a call.
        registers[libc::REG_EFL as usize] &= !0x400;
    }
}

#[cfg(target_arch = "aarch64")]
mod aarch64 {
    #[inline(always)]
    pub(crate) fn stack_pointer() -> usize {
        let pointer: usize;
        // SAFETY: copies a register.
        unsafe { std::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
        pointer
    }

    pub(crate) fn program_counter(state: &libc::ucontext_t) -> usize {
        // A breakpoint leaves the counter at itself; the caller looks one byte before, which is in the same code.
        state.uc_mcontext.pc as usize
    }

    pub(crate) fn interrupted_stack(state: &libc::ucontext_t) -> usize {
        state.uc_mcontext.sp as usize
    }

    /// Makes the thread enter `function` with the stack pointer at or below `stack`, as if it had been called.
    pub(crate) fn go_on_at(state: &mut libc::ucontext_t, stack: usize, function: extern "C" fn() -> !) {
        state.uc_mcontext.sp = (stack & !15) as u64;
        state.uc_mcontext.pc = function as *const () as u64;
        // Frame pointer and return address, which end a walk of the stack.
        state.uc_mcontext.regs[29] = 0;
        state.uc_mcontext.regs[30] = 0;
    }
}
