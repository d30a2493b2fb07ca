//! What becomes of a live function whose signature changes, and of those who call it.

use super::{Parameter, Signature, SqlResult};
use crate::compatibility::{Break, Compatibility};

/// How PostgreSQL gets from one signature to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureChange {
    /// `CREATE OR REPLACE` does it; what depends on the function stays.
    Replaced,
    /// The function has to be dropped and created.
    MadeAnew,
}

/// None when both are the same.
pub fn signature_change(before: &Signature, after: &Signature) -> Option<SignatureChange> {
    if before == after {
        return None;
    }
    let (old, new) = (before.parameters(), after.parameters());
    // PostgreSQL refuses to rename parameters, to take a default away, and to change what is given (ProcedureCreate).
    let same_inputs = old.len() == new.len()
        && old.iter().zip(&new).all(|(old, new)| {
            old.name == new.name
                && old.type_name == new.type_name
                && old.variadic == new.variadic
                && (old.default.is_none() || new.default.is_some())
        });
    let same_result = result_of(before) == result_of(after);
    Some(if same_inputs && same_result { SignatureChange::Replaced } else { SignatureChange::MadeAnew })
}

fn result_of(signature: &Signature) -> SqlResult {
    match signature {
        Signature::Json => SqlResult::Value("jsonb".to_owned()),
        Signature::Sql(sql) => sql.result.clone(),
    }
}

/// What callers could trip over, added to what their JSON Schemas say.
pub(crate) fn judge(before: &Signature, after: &Signature, compatibility: &mut Compatibility) {
    if before == after {
        return;
    }
    let mut narrowed = |at: String, what: &str| {
        compatibility.arguments_narrowed.push(Break { at, what: what.to_owned() });
    };
    let (old, new) = (before.parameters(), after.parameters());
    let at = |name: &str| format!("sql.args.{name}");
    let find = |all: &[Parameter], name: &str| all.iter().position(|one| one.name == name);
    for (index, one) in old.iter().enumerate() {
        let Some(place) = find(&new, &one.name) else {
            narrowed(at(&one.name), "is not there any more");
            continue;
        };
        let other = &new[place];
        if other.type_name != one.type_name || other.variadic != one.variadic {
            narrowed(at(&one.name), &format!("was {} and is {}", one.type_name, other.type_name));
        }
        if one.default.is_some() && other.default.is_none() {
            narrowed(at(&one.name), "has no default any more");
        }
        if place != index {
            narrowed(at(&one.name), "has another place");
        }
    }
    for one in new.iter().filter(|one| one.default.is_none()) {
        if find(&old, &one.name).is_none() {
            narrowed(at(&one.name), "is required now");
        }
    }
    if after.is_strict() && !before.is_strict() {
        narrowed("sql.strict".to_owned(), "gives NULL for a NULL argument now");
    }
    if result_of(before) != result_of(after) {
        let what = format!(
            "was {} and is {}",
            before.result(super::Names::Shown),
            after.result(super::Names::Shown)
        );
        compatibility.result_changed.push(Break { at: "sql.returns".to_owned(), what });
    }
}
