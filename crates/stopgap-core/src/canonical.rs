//! JSON in one form: keys sorted by their bytes, no spaces, everything else as `serde_json` writes it. Two documents that
//! mean the same have the same bytes, so a hash or a signature of them can be checked elsewhere.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The document as text.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// SHA-256 of the document's text, in hexadecimal.
pub fn sha256(value: &Value) -> String {
    let digest = Sha256::digest(text(value).as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut keys: Vec<&String> = members.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(&members[key.as_str()], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_form() {
        let value: Value =
            serde_json::from_str(r#"{ "b": [1, {"z": null, "a": "\u00e9\n"}], "a": 1.50 }"#).unwrap();
        assert_eq!(text(&value), "{\"a\":1.5,\"b\":[1,{\"a\":\"é\\n\",\"z\":null}]}");
        assert_eq!(sha256(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
