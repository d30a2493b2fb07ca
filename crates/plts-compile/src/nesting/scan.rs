//! The scan behind the nesting limit: tokens, brackets, and weights.

mod punctuation;
mod tokens;

use super::words::CONTINUING;

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
}
