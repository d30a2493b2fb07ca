//! From a syntax tree to text, with a source map (version 3) of one source, the module's own name.

use crate::source::SourceText;
use swc_core::common::{BytePos, LineCol};
use swc_core::ecma::codegen::text_writer::JsWriter;
use swc_core::ecma::codegen::{Config, Emitter, Node};

/// JavaScript and its map.
pub(crate) struct Emitted {
    pub(crate) js: String,
    /// JSON; `sources` is the filename alone, there is no `sourcesContent`.
    pub(crate) source_map: String,
}

/// Prints `tree`, whose spans are positions of `text`.
pub(crate) fn emit(text: &SourceText, filename: &str, tree: &impl Node) -> std::io::Result<Emitted> {
    let mut bytes = Vec::with_capacity(text.text().len());
    let mut mappings = Vec::new();
    let writer = JsWriter::new(text.map.clone(), "\n", &mut bytes, Some(&mut mappings));
    let mut emitter = Emitter { cfg: Config::default(), cm: text.map.clone(), comments: None, wr: writer };
    tree.emit_with(&mut emitter)?;
    drop(emitter);
    let js = String::from_utf8(bytes).map_err(std::io::Error::other)?;
    let source_map = format!(
        r#"{{"version":3,"sources":[{}],"names":[],"mappings":"{}"}}"#,
        serde_json::Value::from(filename),
        encode(text, mappings)
    );
    Ok(Emitted { js, source_map })
}

/// The `mappings` of a source map: for each segment the generated column, the source, the line and the column, each
/// as the difference from the one before. What comes from no place of the text has no segment.
fn encode(text: &SourceText, mut mappings: Vec<(BytePos, LineCol)>) -> String {
    mappings.retain(|(position, _)| text.contains(*position));
    mappings.sort_by_key(|(_, generated)| (generated.line, generated.col));
    let mut encoded = String::with_capacity(mappings.len() * 6);
    let mut generated_line = 0;
    let mut generated_column = 0;
    let mut last = (0, 0);
    let mut is_first_of_line = true;
    for (position, generated) in mappings {
        while generated_line < generated.line {
            encoded.push(';');
            generated_line += 1;
            generated_column = 0;
            is_first_of_line = true;
        }
        if !is_first_of_line {
            if generated_column == generated.col {
                continue;
            }
            encoded.push(',');
        }
        is_first_of_line = false;
        let original = text.position(position);
        push_vlq(&mut encoded, i64::from(generated.col) - i64::from(generated_column));
        push_vlq(&mut encoded, 0);
        push_vlq(&mut encoded, i64::from(original.line) - i64::from(last.0));
        push_vlq(&mut encoded, i64::from(original.column) - i64::from(last.1));
        generated_column = generated.col;
        last = (original.line, original.column);
    }
    encoded
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Variable-length quantity of ECMA-426: the sign in the lowest bit, five bits a digit, lowest first.
fn push_vlq(encoded: &mut String, value: i64) {
    let mut rest = value.unsigned_abs() << 1 | u64::from(value < 0);
    loop {
        let digit = (rest & 31) as usize;
        rest >>= 5;
        encoded.push(char::from(BASE64[if rest > 0 { digit | 32 } else { digit }]));
        if rest == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_as_the_standard_has_them() {
        for (value, expected) in
            [(0, "A"), (1, "C"), (-1, "D"), (15, "e"), (16, "gB"), (-16, "hB"), (1000, "w+B")]
        {
            let mut encoded = String::new();
            push_vlq(&mut encoded, value);
            assert_eq!(encoded, expected, "{value}");
        }
    }
}
