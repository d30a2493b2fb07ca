//! The scan behind the nesting limit: tokens, brackets, and weights.

use super::words::{CONTEXTUAL, CONTINUING, KEYWORDS, LITERALS, RESTRICTED};

/// Why a text is refused before it is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    TooDeep,
    UnterminatedString,
    UnterminatedTemplate,
    UnterminatedComment,
    UnterminatedRegularExpression,
    AmbiguousSlash,
    HtmlComment,
}

/// What stands before the current token, as far as it matters to the meaning of what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Previous {
    /// The start of the text, an operator or an opening bracket: an operand follows.
    Operator,
    /// A word after which an operand follows.
    Keyword,
    /// `return`, `break`, `continue`, `debugger`: a line break ends their statement.
    Restricted,
    /// The end of an operand.
    Operand,
    /// A word that may be a name or a keyword.
    Word,
    /// The `)` of `if (…)` and its like: a statement follows.
    Header,
    Brace,
    /// `++`, `--`, `>`, or a `!` after an operand: an operand may follow, or not.
    Unclear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    Text,
    Round {
        is_header: bool,
    },
    Square,
    Curly,
    /// `${`
    Template,
}

struct Level {
    bracket: Bracket,
    /// The weight of what is open here.
    weight: u32,
    /// The part of it that a comma does not end: statements around this one.
    statements: u32,
    /// The weight of `<` without a `>`.
    angles: u32,
    /// A conditional is open.
    has_condition: bool,
    /// A class has begun, and may have an `extends` yet.
    has_class: bool,
    /// A `do` waits for its `while`.
    has_do: bool,
}

impl Level {
    fn new(bracket: Bracket) -> Self {
        Self {
            bracket,
            weight: 0,
            statements: 0,
            angles: 0,
            has_condition: false,
            has_class: false,
            has_do: false,
        }
    }
}

/// What the previous token may have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Nothing,
    /// `;`: a statement, unless `else` or `while` goes on with the one around it.
    BySemicolon,
    /// `}`: a statement, unless an operator or a word that continues follows.
    ByBrace,
}

/// A bracket: a call, a group, an array, a block, a function.
const BRACKET: u32 = 16;
/// A `<` without its `>`, beside the weight of an operator.
const ANGLE: u32 = 12;
/// An operator, a keyword, a step of a chain.
const STEP: u32 = 4;
/// What the parser tries twice, so that each level of it doubles its time: a `<` where an operand starts (an assertion
/// or a generic arrow function), an arrow function in a conditional, and what a class extends.
const TRIED_TWICE: u32 = 320;

type Failure = (usize, Refusal);

pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    offset: usize,
    level: Level,
    /// The brackets around it, outermost first.
    outer: Vec<Level>,
    total: u32,
    limit: u32,
    previous: Previous,
    /// A line break stands between the previous token and the current one.
    is_after_line_break: bool,
    ended: Ended,
    /// The two words before, if the tokens before are words and no properties: for `if (`, `for await (`, `label:`.
    words: [Option<&'a str>; 2],
    /// A statement, and so a label, can start here.
    is_label_place: bool,
    /// The previous token is a word that a label can be.
    may_be_label: bool,
    is_after_dot: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, limit: u32) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            offset: 0,
            level: Level::new(Bracket::Text),
            outer: Vec::new(),
            total: 0,
            limit,
            previous: Previous::Operator,
            is_after_line_break: true,
            ended: Ended::Nothing,
            words: [None, None],
            is_label_place: true,
            may_be_label: false,
            is_after_dot: false,
        }
    }

    /// Reads the whole text.
    ///
    /// Errors: the offset of what is refused, and why.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        if self.text.starts_with("#!") {
            self.skip_line();
        }
        while let Some(byte) = self.bytes.get(self.offset).copied() {
            match byte {
                b'\n' | b'\r' => {
                    self.is_after_line_break = true;
                    self.offset += 1;
                }
                b' ' | b'\t' | 0x0B | 0x0C => self.offset += 1,
                b'/' if self.next_is(b'/') => self.skip_line(),
                b'/' if self.next_is(b'*') => self.skip_comment()?,
                b'/' => self.slash()?,
                b'"' | b'\'' => self.string(byte)?,
                b'`' => {
                    self.step(STEP)?;
                    self.offset += 1;
                    self.template()?;
                }
                b'(' | b'[' | b'{' => self.open(byte)?,
                b')' | b']' | b'}' => self.close(byte)?,
                b'0'..=b'9' => self.number()?,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'\\' | b'#' | b'@' => self.word()?,
                0x80.. => self.other_character()?,
                _ => self.punctuation(byte)?,
            }
        }
        Ok(())
    }

    fn next_is(&self, byte: u8) -> bool {
        self.bytes.get(self.offset + 1) == Some(&byte)
    }

    fn add(&mut self, weight: u32) -> Result<(), Failure> {
        self.level.weight += weight;
        self.total += weight;
        if self.total > self.limit { Err((self.offset, Refusal::TooDeep)) } else { Ok(()) }
    }

    /// A token of some weight. After a `;` it starts a statement, whatever it is.
    fn step(&mut self, weight: u32) -> Result<(), Failure> {
        if self.ended == Ended::BySemicolon {
            self.end_statement();
        }
        self.ended = Ended::Nothing;
        self.is_after_dot = false;
        self.add(weight)
    }

    /// After a token of which no word is part.
    fn after(&mut self, previous: Previous) {
        self.previous = previous;
        self.is_after_line_break = false;
        self.words = [None, None];
        self.is_label_place = false;
        self.may_be_label = false;
    }

    /// The list element that was open here has ended.
    fn end_element(&mut self) {
        let level = &mut self.level;
        let ended = level.weight - level.statements;
        level.weight = level.statements;
        level.has_condition = false;
        level.has_class = false;
        self.total -= ended;
    }

    /// The statement that was open here has ended, and all it is in up to the bracket.
    fn end_statement(&mut self) {
        let level = &mut self.level;
        self.total -= level.weight + level.angles;
        *level = Level::new(level.bracket);
        self.ended = Ended::Nothing;
    }

    /// What is open here goes on around the statement that follows.
    fn enter_statement(&mut self) {
        let level = &mut self.level;
        level.statements = level.weight;
    }

    /// Before a token that starts an operand.
    fn operand_starts(&mut self, word: Option<&str>) {
        let continues = |word| CONTINUING.contains(&word) || (word == "while" && self.level.has_do);
        if word.is_some_and(continues) {
            self.ended = Ended::Nothing;
            return;
        }
        let ended_by_line =
            self.is_after_line_break && matches!(self.previous, Previous::Operand | Previous::Restricted);
        if self.ended != Ended::Nothing || ended_by_line {
            self.end_statement();
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.offset..];
        self.offset += rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
    }

    fn skip_comment(&mut self) -> Result<(), Failure> {
        let rest = &self.text[self.offset + 2..];
        let Some(end) = rest.find("*/") else { return Err((self.offset, Refusal::UnterminatedComment)) };
        self.is_after_line_break |= rest[..end].contains(['\n', '\r', '\u{2028}', '\u{2029}']);
        self.offset += end + 4;
        Ok(())
    }

    fn string(&mut self, quote: u8) -> Result<(), Failure> {
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
    fn template(&mut self) -> Result<(), Failure> {
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

    /// Opens a bracket. Its own weight stays until it closes, whatever ends inside.
    fn push(&mut self, bracket: Bracket) -> Result<(), Failure> {
        self.outer.push(std::mem::replace(&mut self.level, Level::new(bracket)));
        self.after(Previous::Operator);
        self.is_label_place = bracket == Bracket::Curly;
        self.total += BRACKET;
        self.add(0)
    }

    fn open(&mut self, byte: u8) -> Result<(), Failure> {
        let bracket = match byte {
            b'(' => {
                let is_header = matches!(
                    self.words,
                    [Some("if" | "while" | "for" | "with"), _] | [Some("await"), Some("for")]
                );
                Bracket::Round { is_header }
            }
            b'[' => Bracket::Square,
            _ => Bracket::Curly,
        };
        self.step(STEP)?;
        self.offset += 1;
        self.push(bracket)
    }

    fn close(&mut self, byte: u8) -> Result<(), Failure> {
        // What does not match is an error of syntax; the parser stops there, and so the depth is that before.
        self.offset += 1;
        self.ended = Ended::Nothing;
        self.is_after_dot = false;
        let Some(outer) = self.outer.pop() else {
            self.after(Previous::Operand);
            return Ok(());
        };
        let level = std::mem::replace(&mut self.level, outer);
        self.total -= level.weight + level.angles + BRACKET;
        match (byte, level.bracket) {
            (b'}', Bracket::Template) => self.template(),
            (b'}', _) => {
                self.after(Previous::Brace);
                self.is_label_place = true;
                self.ended = Ended::ByBrace;
                Ok(())
            }
            (b')', Bracket::Round { is_header: true }) => {
                self.after(Previous::Header);
                self.is_label_place = true;
                self.enter_statement();
                Ok(())
            }
            _ => {
                self.after(Previous::Operand);
                Ok(())
            }
        }
    }

    fn number(&mut self) -> Result<(), Failure> {
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

    fn word(&mut self) -> Result<(), Failure> {
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
    fn other_character(&mut self) -> Result<(), Failure> {
        let Some(character) = self.text[self.offset..].chars().next() else { return Ok(()) };
        if matches!(character, '\u{2028}' | '\u{2029}') {
            self.is_after_line_break = true;
        } else if !is_white_space(character) {
            return self.word();
        }
        self.offset += character.len_utf8();
        Ok(())
    }

    fn punctuation(&mut self, byte: u8) -> Result<(), Failure> {
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
    fn slash(&mut self) -> Result<(), Failure> {
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

/// White space of ECMA-262 beyond ASCII, line breaks included.
fn is_white_space(character: char) -> bool {
    character == '\u{FEFF}' || (!character.is_ascii() && character.is_whitespace())
}
