//! A user's text with its place in the compiler's position space, and positions as lines and columns.

use crate::diagnostic::{Diagnostic, Severity};
use swc_core::common::sync::Lrc;
use swc_core::common::{BytePos, FileName, SourceFile, SourceMap, Span};

/// A text being compiled. Positions outside it (code that the compiler put around it) count as its start or end.
pub(crate) struct SourceText {
    pub(crate) map: Lrc<SourceMap>,
    pub(crate) file: Lrc<SourceFile>,
    /// Offsets of the first byte of each line; never empty, the first is 0.
    line_starts: Vec<u32>,
}

/// Line and column, both counted from 0; the column in UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl SourceText {
    /// `room` bytes of positions are kept free before the text.
    pub(crate) fn new(source: &str, filename: &str, room: usize) -> Self {
        let map = Lrc::new(SourceMap::default());
        if room > 0 {
            map.new_source_file(Lrc::new(FileName::Internal("before".to_owned())), " ".repeat(room));
        }
        let file = map.new_source_file(Lrc::new(FileName::Custom(filename.to_owned())), source.to_owned());
        let line_starts = line_starts(&file.src);
        Self { map, file, line_starts }
    }

    /// The text, without a byte order mark.
    pub(crate) fn text(&self) -> &str {
        &self.file.src
    }

    /// True when `position` lies in the text.
    pub(crate) fn contains(&self, position: BytePos) -> bool {
        position >= self.file.start_pos && position < self.file.end_pos
    }

    pub(crate) fn position(&self, position: BytePos) -> Position {
        let text = self.text();
        let mut offset = position.0.saturating_sub(self.file.start_pos.0).min(text.len() as u32);
        while !text.is_char_boundary(offset as usize) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|start| *start <= offset) - 1;
        let before = &text[self.line_starts[line] as usize..offset as usize];
        let column = if before.is_ascii() { before.len() } else { before.encode_utf16().count() };
        Position { line: line as u32, column: column as u32 }
    }

    /// The line and column of a span's start, both counted from 1.
    pub(crate) fn line_column(&self, span: Span) -> (u32, u32) {
        let position = self.position(span.lo);
        (position.line + 1, position.column + 1)
    }

    pub(crate) fn diagnostic(
        &self,
        severity: Severity,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        let (line, column) = self.line_column(span);
        Diagnostic { severity, message: message.into(), line, column }
    }

    pub(crate) fn error(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        self.diagnostic(Severity::Error, span, message)
    }
}

/// Lines end at LF, CR, CR LF, LS and PS, as ECMAScript has it.
fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (offset, byte) in bytes.iter().enumerate() {
        let ends_line = match byte {
            b'\n' => true,
            b'\r' => bytes.get(offset + 1) != Some(&b'\n'),
            // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
            0xA8 | 0xA9 => offset >= 2 && bytes[offset - 2..offset] == [0xE2, 0x80],
            _ => false,
        };
        if ends_line {
            starts.push(offset as u32 + 1);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_lines_and_utf_16_columns() {
        let source = SourceText::new("a\nb\u{1F600}é!\r\nc\rd\u{2028}e\n", "x.ts", 10);
        let at = |offset: u32| {
            let position = source.position(BytePos(source.file.start_pos.0 + offset));
            (position.line, position.column)
        };
        assert_eq!(at(0), (0, 0));
        assert_eq!(at(1), (0, 1));
        assert_eq!(at(2), (1, 0));
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(7), (1, 3));
        assert_eq!(at(8), (1, 3), "inside a character counts as its start");
        assert_eq!(at(9), (1, 4));
        assert_eq!(at(12), (2, 0));
        assert_eq!(at(14), (3, 0));
        assert_eq!(at(18), (4, 0));
        assert_eq!(at(20), (5, 0));
        assert_eq!(at(2000), (5, 0));
        assert_eq!(source.position(BytePos(1)), Position { line: 0, column: 0 });
        assert!(!source.contains(BytePos(1)));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let source = SourceText::new("\u{FEFF}let a", "x.ts", 0);
        assert_eq!(source.text(), "let a");
    }
}
