//! Names that programs expect from other surroundings and that are not defined here: what to do instead.

/// The hint for a ReferenceError, if it is about such a name.
pub(crate) fn hint(message: &str) -> Option<&'static str> {
    Some(match message.strip_suffix(" is not defined")? {
        "fetch" | "XMLHttpRequest" | "WebSocket" | "EventSource" | "Request" | "Response" | "Headers" => {
            "A transaction must not wait for the network: let the program around the database ask, and pass the answer."
        }
        "Worker" | "SharedArrayBuffer" | "Atomics" => "A session has one thread.",
        "require" | "module" | "exports" | "__dirname" | "__filename" => {
            "Modules are ECMAScript modules: use import and export."
        }
        "process" | "global" | "Deno" | "Bun" => {
            "The database is not Node.js. What a function needs comes with its arguments and ctx."
        }
        "Buffer" => {
            "Use Uint8Array: it has fromBase64, fromHex, toBase64 and toHex; TextDecoder and TextEncoder convert text."
        }
        "window" | "document" | "self" | "navigator" | "localStorage" => "The database is not a browser.",
        "WebAssembly" => "WebAssembly makes code from bytes, which a trusted language must not.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn only_expected_names_get_a_hint() {
        assert!(hint("Buffer is not defined").is_some_and(|hint| hint.contains("Uint8Array")));
        assert_eq!(hint("total is not defined"), None);
        assert_eq!(hint("Buffer is not a function"), None);
        assert_eq!(hint("my Buffer is not defined"), None);
    }
}
