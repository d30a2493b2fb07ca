//! SQL scripts as tokens, as far as the house rules need them: words, quoted text, and where each statement ends.
//!
//! The insides of strings and comments are never taken for code. A body in dollar quotes is a token with its text, which can
//! be read in turn.

/// A part of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A word, a number or a quoted identifier; unquoted ones in upper case.
    Word(String),
    /// A string, without its quotes.
    Text(String),
    /// A string in dollar quotes, and the line on which its inside begins.
    Body(String, usize),
    /// Anything else: one character.
    Mark(char),
}

/// A token with its 1-based line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub line: usize,
}

impl Token {
    /// Whether it is that word, which is in upper case.
    pub fn is(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(found) if found == word)
    }

    /// Whether it is that mark.
    pub fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// Its word, if it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Takes a script apart. Lines that begin with a backslash are psql's and left out.
pub fn tokens(script: &str) -> Vec<Token> {
    let characters: Vec<char> = script.chars().collect();
    let mut reader = Reader { characters: &characters, at: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(character) = reader.peek(0) {
        let line = reader.line;
        let kind = match character {
            '-' if reader.peek(1) == Some('-') => {
                reader.take_while(|c| c != '\n');
                continue;
            }
            '/' if reader.peek(1) == Some('*') => {
                reader.comment();
                continue;
            }
            '\\' if reader.at_line_start() => {
                reader.take_while(|c| c != '\n');
                continue;
            }
            '\'' => Kind::Text(reader.quoted('\'')),
            '"' => Kind::Word(reader.quoted('"')),
            '$' => match reader.tag() {
                Some(tag) => {
                    reader.skip(tag.len());
                    let begins = reader.line;
                    Kind::Body(reader.until(&tag), begins)
                }
                None => Kind::Mark(reader.take()),
            },
            c if c.is_alphanumeric() || c == '_' => {
                Kind::Word(reader.take_while(|c| c.is_alphanumeric() || c == '_').to_uppercase())
            }
            c if c.is_whitespace() => {
                reader.take();
                continue;
            }
            _ => Kind::Mark(reader.take()),
        };
        found.push(Token { kind, line });
    }
    found
}

/// The statements of a script; a body that `BEGIN ATOMIC` begins is part of its statement.
pub fn statements(tokens: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    let (mut start, mut is_atomic) = (0, false);
    for (index, token) in tokens.iter().enumerate() {
        is_atomic |= token.is("ATOMIC");
        if token.is_mark(';') {
            if is_atomic && !tokens[index - 1].is("END") {
                continue;
            }
            is_atomic = false;
            if index > start {
                found.push(&tokens[start..index]);
            }
            start = index + 1;
        }
    }
    if start < tokens.len() {
        found.push(&tokens[start..]);
    }
    found
}

struct Reader<'a> {
    characters: &'a [char],
    at: usize,
    line: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn take(&mut self) -> char {
        let character = self.characters[self.at];
        self.at += 1;
        self.line += usize::from(character == '\n');
        character
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count.min(self.characters.len() - self.at) {
            self.take();
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while self.peek(0).is_some_and(&wanted) {
            text.push(self.take());
        }
        text
    }

    fn at_line_start(&self) -> bool {
        self.at == 0 || self.characters[self.at - 1] == '\n'
    }

    /// Comments nest in SQL.
    fn comment(&mut self) {
        let mut depth = 0;
        while self.at < self.characters.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.skip(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.skip(2);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.skip(1),
            }
        }
    }

    /// The inside of what the quote begins and ends; a doubled quote is one.
    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        self.take();
        while let Some(character) = self.peek(0) {
            self.take();
            if character == quote {
                if self.peek(0) != Some(quote) {
                    break;
                }
                self.take();
            }
            text.push(character);
        }
        text
    }

    /// The dollar quote that begins here.
    fn tag(&self) -> Option<String> {
        let rest = &self.characters[self.at + 1..];
        let length = rest.iter().position(|c| *c == '$')?;
        let inside = &rest[..length];
        let is_name = inside.iter().all(|c| c.is_alphanumeric() || *c == '_')
            && inside.first().is_none_or(|first| !first.is_numeric());
        is_name.then(|| format!("${}$", inside.iter().collect::<String>()))
    }

    /// The text up to a dollar quote, which is passed.
    fn until(&mut self, tag: &str) -> String {
        let end: Vec<char> = tag.chars().collect();
        let mut text = String::new();
        while self.at < self.characters.len() {
            if self.characters[self.at..].starts_with(&end) {
                self.skip(end.len());
                break;
            }
            text.push(self.take());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<String> {
        tokens(script).iter().filter_map(|token| token.word().map(str::to_owned)).collect()
    }

    #[test]
    fn strings_and_comments_are_not_code() {
        let script = "SELECT 'a; b''c' -- d; e\n/* f /* g */ h; */ \"I j\";\n\\echo k\nl";
        assert_eq!(words(script), ["SELECT", "I j", "L"]);
        assert!(tokens(script).contains(&Token { kind: Kind::Text("a; b'c".to_owned()), line: 1 }));
    }

    #[test]
    fn bodies_are_tokens() {
        let found = tokens("DO $x$\nSELECT $1; $$ $x$ LANGUAGE sql; SELECT $1");
        assert_eq!(found[1].kind, Kind::Body("\nSELECT $1; $$ ".to_owned(), 1));
        assert_eq!(found[found.len() - 2].kind, Kind::Mark('$'));
        assert_eq!(found[found.len() - 1].line, 2);
    }

    #[test]
    fn statements_end_where_they_end() {
        let script = "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3; ; SELECT 4";
        let tokens = tokens(script);
        let first: Vec<_> = statements(&tokens).iter().map(|statement| statement.len()).collect();
        assert_eq!(first.len(), 3);
        assert_eq!(&first[1..], [2, 2]);
    }
}
