//! Link arguments of the extension's shared library.

fn main() {
    // Another extension with a V8 of its own may live in the same backend: our calls must bind to our own copy.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
    // And the other one's to its own: what comes from our libraries is not shown, V8's names and those of its parts among it.
    println!("cargo:rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // Every backend relocates the library when it loads it: 36,000 addresses, a few pages when packed.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,pack-relative-relocs");
        // V8 asks it where the stack is, and it reads the whole map of the process: see `raw/main_stack.rs` of plts-js.
        println!("cargo:rustc-cdylib-link-arg=-Wl,--wrap=pthread_getattr_np");
    }
}
