//! Names, numbers, strings, templates and comments.

use super::super::words::{CONTEXTUAL, KEYWORDS, LITERALS, RESTRICTED};
use super::{Bracket, Failure, Previous, Refusal, STEP, Scanner, TRIED_TWICE};

impl Scanner<'_> {
    pub(super) fn skip_line(&mut self) {
        let rest = &self.text[self.offset..];
        self.offset += rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
    }

    pub(super) fn skip_comment(&mut self) -> Result<(), Failure> {
        let rest = &self.text[self.offset + 2..];
        let Some(end) = rest.find("*/") else { return Err((self.offset, Refusal::UnterminatedComment)) };
        self.is_after_line_break |= rest[..end].contains(['\n', '\r', '\u{2028}', '\u{2029}']);
        self.offset += end + 4;
        Ok(())
    }

    pub(super) fn string(&mut self, quote: u8) -> Result<(), Failure> {
        self.operand_starts(None);
        let start = self.offset;
        self.offset += 1;
        loop {
            match self.bytes.get(self.offset).copied() {
                None | Some(b'\n' | b'\r') => return Err((start, Refusal::UnterminatedString)),
                Some(b'\\') => self.offset += self.escape_length(),
                Some(byte) if byte == quote => break,
                Some(_) => self.offset += 1,
            }
        }
        self.offset += 1;
        self.step(0)?;
        self.after(Previous::Operand);
        Ok(())
    }

    /// The length of a backslash and what it escapes; a line break of two characters is one.
    fn escape_length(&self) -> usize {
        if self.bytes[self.offset..].starts_with(b"\\\r\n") { 3 } else { 2 }
    }

    /// The characters of a template, from after its backquote or a `}` to its end or a `${`.
    pub(super) fn template(&mut self) -> Result<(), Failure> {
        let start = self.offset;
        loop {
            match self.bytes.get(self.offset).copied() {
                None => return Err((start.saturating_sub(1), Refusal::UnterminatedTemplate)),
                Some(b'\\') => self.offset += 2,
                Some(b'`') => {
                    self.offset += 1;
                    self.after(Previous::Operand);
                    return Ok(());
                }
                Some(b'$') if self.next_is(b'{') => {
                    self.offset += 2;
                    return self.push(Bracket::Template);
                }
                Some(_) => self.offset += 1,
            }
        }
    }

    pub(super) fn number(&mut self) -> Result<(), Failure> {
        self.operand_starts(None);
        self.skip_word();
        self.step(0)?;
        self.after(Previous::Operand);
        Ok(())
    }

    /// Letters, digits and all that can be in a name or a number.
    fn skip_word(&mut self) {
        let rest = &self.text[self.offset..];
        let end = rest.find(|character: char| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '$' | '\\' | '#' | '@' => false,
            character => character.is_ascii() || is_white_space(character),
        });
        self.offset += end.unwrap_or(rest.len()).max(1);
    }

    pub(super) fn word(&mut self) -> Result<(), Failure> {
        let start = self.offset;
        let rest = &self.text[start..];
        if rest.starts_with("\\u{") {
            // An escape with braces: they are no brackets.
            self.offset += rest.find('}').map_or(rest.len(), |end| end + 1);
            self.after(Previous::Word);
            return self.step(STEP);
        }
        self.skip_word();
        let mut word = &self.text[start..self.offset];
        if let Some(escape) = word.find("\\u").filter(|_| self.bytes.get(self.offset) == Some(&b'{')) {
            self.offset = start + escape.max(1);
            word = &self.text[start..self.offset];
        }
        if self.is_after_dot {
            // A property may have any name.
            self.step(0)?;
            self.after(Previous::Operand);
            return Ok(());
        }
        self.operand_starts(Some(word));
        let may_start_statement =
            self.is_label_place || (self.is_after_line_break && self.previous == Previous::Operand);
        let previous = if KEYWORDS.contains(&word) {
            Previous::Keyword
        } else if RESTRICTED.contains(&word) {
            Previous::Restricted
        } else if CONTEXTUAL.contains(&word) {
            Previous::Word
        } else {
            Previous::Operand
        };
        let weight = match previous {
            Previous::Operand => 0,
            _ if word == "do" => 2 * STEP,
            _ if word == "extends" && self.level.has_class => TRIED_TWICE,
            _ => STEP,
        };
        self.step(weight)?;
        self.level.has_class |= word == "class";
        self.level.has_do |= word == "do";
        if matches!(word, "else" | "do") {
            self.enter_statement();
        }
        let words = [Some(word), self.words[0]];
        self.after(previous);
        self.words = words;
        self.is_label_place = matches!(word, "else" | "do");
        self.may_be_label = may_start_statement
            && matches!(previous, Previous::Operand | Previous::Word)
            && !LITERALS.contains(&word);
        Ok(())
    }

    /// A character beyond ASCII: white space, a line break, or part of a name.
    pub(super) fn other_character(&mut self) -> Result<(), Failure> {
        let Some(character) = self.text[self.offset..].chars().next() else { return Ok(()) };
        if matches!(character, '\u{2028}' | '\u{2029}') {
            self.is_after_line_break = true;
        } else if !is_white_space(character) {
            return self.word();
        }
        self.offset += character.len_utf8();
        Ok(())
    }
}

/// White space of ECMA-262 beyond ASCII, line breaks included.
fn is_white_space(character: char) -> bool {
    character == '\u{FEFF}' || (!character.is_ascii() && character.is_whitespace())
}
