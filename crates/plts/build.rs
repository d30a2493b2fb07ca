//! Link arguments of the extension's shared library.

fn main() {
    // Another extension with a V8 of its own may live in the same backend: our calls must bind to our own copy.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
}
