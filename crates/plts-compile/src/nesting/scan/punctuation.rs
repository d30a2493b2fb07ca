//! Operators, and the slash, which may be one or start a regular expression.

use super::{ANGLE, BRACKET, Ended, Failure, Previous, Refusal, STEP, Scanner, TRIED_TWICE};

impl Scanner<'_> {
    pub(super) fn punctuation(&mut self, byte: u8) -> Result<(), Failure> {
        let rest = &self.bytes[self.offset..];
        if rest.starts_with(b"<!--") || (self.is_after_line_break && rest.starts_with(b"-->")) {
            return Err((self.offset, Refusal::HtmlComment));
        }
        let may_be_label = self.may_be_label;
        let had_operand = matches!(
            self.previous,
            Previous::Operand | Previous::Word | Previous::Brace | Previous::Unclear | Previous::Header
        );
        match byte {
            b';' => {
                self.offset += 1;
                self.step(0)?;
                self.after(Previous::Operator);
                self.is_label_place = true;
                self.ended = Ended::BySemicolon;
            }
            b',' => {
                self.offset += 1;
                self.step(0)?;
                self.end_element();
                self.after(Previous::Operator);
            }
            b':' => {
                self.offset += 1;
                self.step(if may_be_label { 2 * STEP } else { STEP })?;
                if may_be_label {
                    self.enter_statement();
                }
                self.after(Previous::Operator);
                self.is_label_place = true;
            }
            b'=' if rest.starts_with(b"=>") => {
                self.offset += 2;
                self.step(if self.level.has_condition { TRIED_TWICE } else { BRACKET + STEP })?;
                self.after(Previous::Operator);
            }
            b'?' if rest.starts_with(b"?.") && !rest.get(2).is_some_and(u8::is_ascii_digit) => {
                self.offset += 2;
                self.step(STEP)?;
                self.after(Previous::Operator);
                self.is_after_dot = true;
            }
            b'.' if rest.starts_with(b"...") => {
                self.offset += 3;
                self.step(STEP)?;
                self.after(Previous::Operator);
            }
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => {
                self.offset += 1;
                self.number()?;
            }
            b'.' => {
                self.offset += 1;
                self.step(STEP)?;
                self.after(Previous::Operator);
                self.is_after_dot = true;
            }
            b'?' => {
                let is_condition = !self.next_is(b'?');
                self.offset += if is_condition { 1 } else { 2 };
                self.step(STEP)?;
                self.level.has_condition |= is_condition;
                self.after(Previous::Operator);
            }
            b'<' => {
                self.offset += 1;
                self.step(if had_operand { STEP } else { TRIED_TWICE })?;
                self.level.angles += ANGLE;
                self.total += ANGLE;
                self.after(Previous::Operator);
            }
            b'>' => {
                self.offset += 1;
                self.step(STEP)?;
                let level = &mut self.level;
                let closed = level.angles.min(ANGLE);
                level.angles -= closed;
                self.total -= closed;
                self.after(Previous::Unclear);
            }
            b'+' | b'-' if self.next_is(byte) => {
                self.offset += 2;
                self.step(STEP)?;
                self.after(Previous::Unclear);
            }
            b'!' if had_operand && !self.is_after_line_break && !self.next_is(b'=') => {
                self.offset += 1;
                self.step(STEP)?;
                self.after(if self.previous == Previous::Header {
                    Previous::Operator
                } else {
                    Previous::Unclear
                });
            }
            _ => {
                self.offset += 1;
                self.step(STEP)?;
                self.after(Previous::Operator);
            }
        }
        Ok(())
    }

    /// A slash that starts no comment.
    pub(super) fn slash(&mut self) -> Result<(), Failure> {
        let end = self.regular_expression_end();
        let is_expression = match self.previous {
            Previous::Operator | Previous::Keyword | Previous::Header => true,
            Previous::Restricted => true,
            Previous::Operand if !self.is_after_line_break => false,
            Previous::Operand | Previous::Word | Previous::Brace | Previous::Unclear => match end {
                None => false,
                Some(end) => {
                    let between = &self.text[self.offset + 1..end - 1];
                    if between.contains(['\'', '"', '`', '(', ')', '[', ']', '{', '}', '/', '\\']) {
                        return Err((self.offset, Refusal::AmbiguousSlash));
                    }
                    // Either way the same tokens of weight follow behind it.
                    true
                }
            },
        };
        if !is_expression {
            self.offset += 1;
            self.step(STEP)?;
            self.after(Previous::Operator);
            return Ok(());
        }
        let Some(end) = end else { return Err((self.offset, Refusal::UnterminatedRegularExpression)) };
        self.step(STEP)?;
        self.offset = end;
        self.after(Previous::Operand);
        Ok(())
    }

    /// The offset behind the regular expression that the slash here would start, without its flags.
    fn regular_expression_end(&self) -> Option<usize> {
        let mut is_in_class = false;
        let mut characters = self.text[self.offset + 1..].char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => return None,
                '\\' => {
                    let (_, escaped) = characters.next()?;
                    if matches!(escaped, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                        return None;
                    }
                }
                '[' => is_in_class = true,
                ']' => is_in_class = false,
                '/' if !is_in_class => return Some(self.offset + 1 + offset + 1),
                _ => {}
            }
        }
        None
    }
}
