//! The tables of attacks, a file a kind.

mod boundary;
mod crowd;
mod definitions;
mod identity;
mod interrupt;
mod loops;
mod memory;
mod notify;
mod parallel;
mod prepared;
mod release;
mod stack;
mod transactions;

pub use boundary::functions as functions_at_the_boundary;

use crate::attack::Attack;

/// Every attack, or those whose names contain a text.
pub fn all(only: Option<&str>) -> Vec<Attack> {
    [
        loops::ATTACKS,
        memory::ATTACKS,
        stack::ATTACKS,
        boundary::ATTACKS,
        interrupt::ATTACKS,
        transactions::ATTACKS,
        identity::ATTACKS,
        definitions::ATTACKS,
        parallel::ATTACKS,
        prepared::ATTACKS,
        notify::ATTACKS,
        crowd::ATTACKS,
        release::ATTACKS,
    ]
    .concat()
    .into_iter()
    .filter(|attack| only.is_none_or(|part| attack.name.contains(part)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attack_has_a_name_of_its_own_and_a_legal_end() {
        let attacks = all(None);
        let names: std::collections::BTreeSet<_> = attacks.iter().map(|attack| attack.name).collect();
        assert_eq!(names.len(), attacks.len());
        for attack in attacks {
            assert!(!attack.legal.is_empty(), "{}", attack.name);
            for end in attack.legal {
                let is_code = end.len() == 5
                    && end.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                assert!(is_code || ["done", "gone"].contains(end), "{}: {end}", attack.name);
            }
        }
    }
}
