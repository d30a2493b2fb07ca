//! Text of ours that V8 reads where it lies, and that is never freed: the sources of the prelude, to which the snapshot refers.
//!
//! V8 knows such a text by a C++ object. The crate `v8` makes one in Rust, `OneByteConst`, with a vtable of addresses. V8 as the
//! repository has it is built with vtables of offsets (docs/decisions/0023), so there it is made here. The build script
//! includes this file.

use deno_core::v8;

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")))]
mod text {
    use super::v8;

    /// A text as V8 knows it.
    pub struct StaticText(v8::OneByteConst);

    impl StaticText {
        /// `text` must be ASCII.
        pub const fn new(text: &'static [u8]) -> Self {
            Self(v8::String::create_external_onebyte_const(text))
        }

        /// What V8 takes.
        pub fn as_v8(&'static self) -> &'static v8::OneByteConst {
            &self.0
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod text {
    use std::ffi::c_void;

    use super::v8;

    /// A text as V8 knows it: `v8::String::ExternalOneByteStringResource` of `v8-primitive.h`.
    #[repr(C)]
    pub struct StaticText {
        vtable: *const c_void,
        /// `cached_data_`, of the class itself.
        bytes: *const u8,
        length: usize,
    }

    // SAFETY: nothing in it ever changes, nor does what it points to.
    unsafe impl Sync for StaticText {}

    impl StaticText {
        /// `text` must be ASCII.
        pub const fn new(text: &'static [u8]) -> Self {
            assert!(text.is_ascii());
            Self { vtable: &raw const VTABLE, bytes: text.as_ptr(), length: text.len() }
        }

        /// What V8 takes.
        pub fn as_v8(&'static self) -> &'static v8::OneByteConst {
            // SAFETY: V8 gets the address alone, and asks the object through its vtable. To Rust both types are a pointer, the bytes
            // and their number, in this order.
            unsafe { &*std::ptr::from_ref(self).cast() }
        }
    }

    const _: () = assert!(size_of::<StaticText>() == size_of::<v8::OneByteConst>());

    unsafe extern "C" {
        /// The place that objects point to: the first of the virtual functions.
        #[link_name = "plts_static_text_vtable"]
        static VTABLE: c_void;
    }

    // As clang lays it out with -fexperimental-relative-c++-abi-vtables: offset to the top, type, then the functions in the order of
    // their declaration, each as its distance from the first one's place.
    std::arch::global_asm!(
        ".pushsection .rodata.plts_static_text_vtable, \"a\", @progbits",
        ".globl plts_static_text_vtable",
        ".hidden plts_static_text_vtable",
        ".type plts_static_text_vtable, @object",
        ".p2align 2",
        ".long 0, 0",
        "plts_static_text_vtable:",
        // Both destructors.
        ".long {nothing} - plts_static_text_vtable",
        ".long {nothing} - plts_static_text_vtable",
        ".long {is_cacheable} - plts_static_text_vtable",
        // Unaccount
        ".long {nothing} - plts_static_text_vtable",
        ".long {estimate_memory_usage} - plts_static_text_vtable",
        // EstimateSharedMemoryUsage, Dispose, Lock, Unlock
        ".long {nothing} - plts_static_text_vtable",
        ".long {nothing} - plts_static_text_vtable",
        ".long {nothing} - plts_static_text_vtable",
        ".long {nothing} - plts_static_text_vtable",
        ".long {data} - plts_static_text_vtable",
        ".long {length} - plts_static_text_vtable",
        ".size plts_static_text_vtable, . - plts_static_text_vtable",
        ".popsection",
        nothing = sym nothing,
        is_cacheable = sym is_cacheable,
        estimate_memory_usage = sym estimate_memory_usage,
        data = sym data,
        length = sym length,
    );

    /// For functions without an answer, whatever else they are given: the text needs no care.
    extern "C" fn nothing(_: *const StaticText) {}

    extern "C" fn is_cacheable(_: *const StaticText) -> bool {
        true
    }

    /// `kDefaultMemoryEstimate`
    extern "C" fn estimate_memory_usage(_: *const StaticText) -> usize {
        usize::MAX
    }

    unsafe extern "C" fn data(this: *const StaticText) -> *const u8 {
        // SAFETY: V8 asks an object that it was given.
        unsafe { (*this).bytes }
    }

    unsafe extern "C" fn length(this: *const StaticText) -> usize {
        // SAFETY: as above.
        unsafe { (*this).length }
    }
}

pub use text::StaticText;
