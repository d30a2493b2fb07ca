//! Names that JavaScript takes for a variable.

/// The words that sloppy JavaScript keeps for itself (ECMA-262, Keywords and Reserved Words).
const RESERVED: [&str; 38] = [
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "new",
    "null",
    "return",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "await",
    "yield",
];

/// Whether a variable can have this name.
pub fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$')
        && characters.all(|next| next.is_alphanumeric() || next == '_' || next == '$')
        && !RESERVED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::is_identifier;

    #[test]
    fn names_of_variables() {
        for name in ["a", "_b", "$1", "ärger", "let2", "static"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in ["", "1a", "a b", "a-b", "new", "default", "a){", "a,b"] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
