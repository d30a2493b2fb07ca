//! Splits Rust source into code, comments and string literals, as far as the house rules need it.
//!
//! It keeps every line where it is: what is not code becomes spaces in [`Split::code`].

/// A source file taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Split {
    /// The file with comments and the insides of strings and characters blanked.
    pub code: String,
    /// The text of each string literal with its 1-based line.
    pub strings: Vec<(usize, String)>,
}

/// Takes `source` apart. Source that does not compile gives a result without meaning, never a panic.
pub fn split(source: &str) -> Split {
    let characters: Vec<char> = source.chars().collect();
    let mut lexer =
        Lexer { characters: &characters, at: 0, line: 1, code: String::new(), strings: Vec::new() };
    while let Some(character) = lexer.peek(0) {
        match character {
            '/' if lexer.peek(1) == Some('/') => lexer.blank_while(|c| c != '\n'),
            '/' if lexer.peek(1) == Some('*') => lexer.block_comment(),
            '"' => lexer.string(),
            'r' | 'b' | 'c' if !lexer.inside_word() && lexer.raw_hashes().is_some() => lexer.raw_string(),
            '\'' => lexer.character(),
            _ => lexer.keep(),
        }
    }
    Split { code: lexer.code, strings: lexer.strings }
}

struct Lexer<'a> {
    characters: &'a [char],
    at: usize,
    line: usize,
    code: String,
    strings: Vec<(usize, String)>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn inside_word(&self) -> bool {
        self.at > 0 && is_word(self.characters[self.at - 1])
    }

    fn keep(&mut self) {
        if let Some(character) = self.peek(0) {
            self.line += usize::from(character == '\n');
            self.code.push(character);
            self.at += 1;
        }
    }

    fn blank(&mut self) {
        if let Some(character) = self.peek(0) {
            self.line += usize::from(character == '\n');
            self.code.push(if character == '\n' { '\n' } else { ' ' });
            self.at += 1;
        }
    }

    fn blank_while(&mut self, holds: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&holds) {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.peek(0).is_some() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.blank();
                    self.blank();
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.blank();
                    self.blank();
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.blank(),
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut text = String::new();
        self.keep();
        while let Some(character) = self.peek(0) {
            if character == '"' {
                self.keep();
                break;
            }
            if character == '\\' {
                text.push(character);
                self.blank();
            }
            text.extend(self.peek(0));
            self.blank();
        }
        self.strings.push((line, text));
    }

    /// The number of `#` when a raw string begins here (`r"`, `br#"`, `cr"`).
    fn raw_hashes(&self) -> Option<usize> {
        let prefix = match (self.peek(0), self.peek(1)) {
            (Some('r'), _) => 1,
            (Some('b' | 'c'), Some('r')) => 2,
            _ => return None,
        };
        let mut hashes = 0;
        while self.peek(prefix + hashes) == Some('#') {
            hashes += 1;
        }
        (self.peek(prefix + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let line = self.line;
        let hashes = self.raw_hashes().unwrap_or_default();
        while self.peek(0).is_some_and(|c| c != '"') {
            self.keep();
        }
        self.keep();
        let mut text = String::new();
        while let Some(character) = self.peek(0) {
            if character == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                (0..=hashes).for_each(|_| self.keep());
                break;
            }
            text.push(character);
            self.blank();
        }
        self.strings.push((line, text));
    }

    /// A character literal, or the tick of a lifetime.
    fn character(&mut self) {
        let is_literal = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.keep();
        if !is_literal {
            return;
        }
        if self.peek(0) == Some('\\') {
            self.blank();
            self.blank();
            self.blank_while(|c| c != '\'' && c != '\n');
        } else {
            self.blank();
        }
        self.keep();
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The 1-based lines of `code` on which `word` stands as a whole word.
pub fn lines_with_word<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.lines().enumerate().filter(move |(_, line)| has_word(line, word)).map(|(index, _)| index + 1)
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> String {
        split(source).code
    }

    #[test]
    fn comments_are_not_code() {
        assert_eq!(code("a // unsafe\nb"), "a          \nb");
        assert_eq!(code("a /* x /* y */ z */ b"), format!("a {} b", " ".repeat(17)));
    }

    #[test]
    fn strings_are_not_code_but_are_kept_apart() {
        let found = split("let a = \"un\\\"safe\";\nlet b = r#\"x\"y\"#;");
        assert!(!found.code.contains("safe"));
        assert_eq!(found.strings, [(1, "un\\\"safe".to_owned()), (2, "x\"y".to_owned())]);
        assert_eq!(found.code.lines().count(), 2);
    }

    #[test]
    fn lifetimes_and_characters_are_told_apart() {
        assert_eq!(code("fn f<'a>(x: &'a str) { '\"' }"), "fn f<'a>(x: &'a str) { ' ' }");
        assert_eq!(
            code(r"('\'', '\u{1F600}', 'x') unsafe").trim_start().split(' ').next_back(),
            Some("unsafe")
        );
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(lines_with_word("unsafe_code\nunsafe {\nan unsafe", "unsafe").collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn an_open_end_is_no_panic() {
        for source in ["\"", "r#\"", "/*", "'", "'\\", "b'", "\"\\"] {
            split(source);
        }
    }
}
