//! Link arguments of the extension's shared library.

fn main() {
    // The functions of the boundary crate exist in plts's library too; ours must bind to our own copy.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
}
