//! Live functions' names: snake_case of a path, and the check that no two functions share one.
//!
//! The words of the module path and of the export are joined by `_`. A file called `index` and an export called
//! `default` add no word (a folder `index` or an export `index` does). When nothing is left the name is `index`. A name
//! that would begin with a digit gets a leading `_`, so that it can be written without quotes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ExportName, FunctionPath, MAX_IDENTIFIER_BYTES, ModulePath, quote_identifier, text_newtype};
use crate::error::NameError;

/// The SQL name of a live function: lower case, at most 63 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiveFunctionName(Arc<str>);

impl LiveFunctionName {
    /// The name of the function at `path`. 42622 when it is over 63 bytes, 42602 when the path has no letter or digit
    /// to make a name of; both name `module`.
    pub fn of(path: &FunctionPath, module: &ModulePath) -> Result<Self, NameError> {
        let mut folders = path.module_segments();
        let file = folders.next_back().unwrap_or_default();
        let segments = folders
            .chain((file != "index").then_some(file))
            .chain((!path.export().is_default()).then_some(path.export().as_str()));
        let mut words = Vec::new();
        let mut all_vanished = true;
        for segment in segments {
            all_vanished = false;
            let of_segment = snake_words(segment);
            if of_segment.is_empty() {
                return Err(NameError::NoLiveName { path: path.to_string(), module: module.to_string() });
            }
            words.extend(of_segment);
        }
        let mut name = if all_vanished { "index".to_owned() } else { words.join("_") };
        if name.starts_with(|first: char| first.is_numeric()) {
            name.insert(0, '_');
        }
        if name.len() > MAX_IDENTIFIER_BYTES {
            return Err(NameError::LiveNameTooLong {
                name,
                module: module.to_string(),
                export: path.export().to_string(),
            });
        }
        Ok(Self(name.into()))
    }

    /// Reads a name from the catalog; 42602 when it is empty, over 63 bytes or holds a NUL.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() || text.len() > MAX_IDENTIFIER_BYTES || text.contains('\0') {
            return Err(NameError::LiveFunction { name: text.to_owned() });
        }
        Ok(Self(text.into()))
    }

    /// The name as a quoted SQL identifier.
    pub fn quoted(&self) -> String {
        quote_identifier(&self.0)
    }
}

text_newtype!(LiveFunctionName);

/// The words of an identifier or file name, in lower case. A word ends before an upper-case letter that follows a
/// lower-case letter or a digit, before the last upper-case letter of an acronym that a lower-case letter follows
/// (`HTTPStatus`: `http`, `status`), and at any character that is no letter or digit. Digits stay with the letters
/// before them (`sha256`, `getV2Users`: `get`, `v2`, `users`).
fn snake_words(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (position, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        if character.is_uppercase() && !word.is_empty() {
            let before = characters[position - 1];
            let next_is_lower = characters.get(position + 1).is_some_and(|next| next.is_lowercase());
            if before.is_lowercase() || before.is_numeric() || (before.is_uppercase() && next_is_lower) {
                words.push(std::mem::take(&mut word));
            }
        }
        word.extend(character.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Where a live function comes from, as an error names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub module: ModulePath,
    pub export: ExportName,
}

/// The live names taken so far in one deployment.
#[derive(Debug, Default)]
pub struct LiveNames {
    taken: BTreeMap<LiveFunctionName, Origin>,
}

impl LiveNames {
    /// Takes a name for `origin`; 42723 when another export has it, naming both files.
    pub fn take(&mut self, name: LiveFunctionName, origin: Origin) -> Result<(), NameError> {
        if let Some(first) = self.taken.get(&name) {
            return Err(NameError::Collision {
                name: name.to_string(),
                first: Box::new(first.clone()),
                second: Box::new(origin),
            });
        }
        self.taken.insert(name, origin);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(module: &str, export: &str) -> Result<String, NameError> {
        let module = ModulePath::parse(module)?;
        let path = FunctionPath::of(&module, &ExportName::parse(export)?)?;
        LiveFunctionName::of(&path, &module).map(|name| name.to_string())
    }

    #[test]
    fn names() {
        for (module, export, expected) in [
            ("users.ts", "getUser", "users_get_user"),
            ("users/admin.ts", "getAll", "users_admin_get_all"),
            ("users.ts", "default", "users"),
            ("index.ts", "getUser", "get_user"),
            ("users/index.ts", "list", "users_list"),
            ("users/index.ts", "default", "users"),
            ("index.ts", "default", "index"),
            ("users.ts", "index", "users_index"),
            ("index/users.ts", "list", "index_users_list"),
            ("default.ts", "list", "default_list"),
            ("status.ts", "getHTTPStatus", "status_get_http_status"),
            ("status.ts", "HTTPStatus", "status_http_status"),
            ("status.ts", "parseURL", "status_parse_url"),
            ("status.ts", "URL", "status_url"),
            ("UserProfile.ts", "GetAll", "user_profile_get_all"),
            ("user-list.ts", "getAll", "user_list_get_all"),
            ("user_list.ts", "get_all", "user_list_get_all"),
            ("users.admin.ts", "getAll", "users_admin_get_all"),
            ("my list.ts", "all", "my_list_all"),
            ("crypto.ts", "sha256", "crypto_sha256"),
            ("crypto.ts", "sha256Hex", "crypto_sha256_hex"),
            ("crypto.ts", "HTTP2Server", "crypto_http2_server"),
            ("api.ts", "getV2Users", "api_get_v2_users"),
            ("api.ts", "_private", "api_private"),
            ("api.ts", "$all", "api_all"),
            ("2fa.ts", "enable", "_2fa_enable"),
            ("größe.ts", "getMaß", "größe_get_maß"),
            ("get_user.ts", "default", "get_user"),
        ] {
            assert_eq!(live(module, export).unwrap(), expected, "{module} {export}");
        }
    }

    #[test]
    fn too_long_names_the_file() {
        let export = "a".repeat(63 - "users_".len());
        assert_eq!(live("users.ts", &export).unwrap().len(), 63);
        let error = live("users.ts", &format!("{export}b")).unwrap_err();
        assert!(matches!(error, NameError::LiveNameTooLong { .. }));
        assert!(error.to_string().contains("\"users.ts\""), "{error}");
    }

    #[test]
    fn nothing_to_name_names_the_file() {
        for (module, export) in [("users.ts", "_"), ("users.ts", "$"), ("---.ts", "list")] {
            let error = live(module, export).unwrap_err();
            assert!(error.to_string().contains(module), "{error}");
        }
    }

    #[test]
    fn a_collision_names_both_files() {
        let mut names = LiveNames::default();
        let mut take = |module: &str, export: &str| {
            let module = ModulePath::parse(module).unwrap();
            let export = ExportName::parse(export).unwrap();
            let name = LiveFunctionName::of(&FunctionPath::of(&module, &export).unwrap(), &module).unwrap();
            names.take(name, Origin { module, export })
        };
        take("users/admin.ts", "getAll").unwrap();
        take("users/admin.ts", "getOne").unwrap();
        let error = take("users.ts", "adminGetAll").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("users_admin_get_all"), "{text}");
        let detail = plts_core::Reportable::detail(&error).unwrap();
        assert!(detail.contains("\"users/admin.ts\"") && detail.contains("\"users.ts\""), "{detail}");
    }
}
