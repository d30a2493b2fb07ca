//! What may be thrown away: deployments that nobody would go back to.
//!
//! Kept are the active deployment, those that are pinned or tagged, the last `keep_last` of the history (all of it without a
//! number), and whatever was active not long ago: a call that began on it may still be running. The rest is pruned: its
//! row stays, for the record, but it cannot be made active again, and its versions and artifacts may go.

use std::collections::{BTreeMap, BTreeSet};

use crate::state::DeploymentState;

/// What counts about a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    pub state: DeploymentState,
    pub pinned: bool,
    pub tagged: bool,
    /// How many seconds ago it stopped being active; None when it is active or never was.
    pub retired_for: Option<i64>,
}

/// The deployments to prune. `history` is oldest first, as [`crate::rollback::history`] gives it.
pub fn to_prune(
    deployments: &BTreeMap<i64, Keeping>,
    history: &[i64],
    keep_last: Option<u32>,
    min_age: i64,
) -> BTreeSet<i64> {
    let first_kept = match keep_last {
        None => 0,
        Some(count) => history.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX).max(1)),
    };
    let kept: BTreeSet<i64> = history[first_kept..].iter().copied().collect();
    deployments
        .iter()
        .filter(|(id, one)| {
            one.state == DeploymentState::Retired
                && !one.pinned
                && !one.tagged
                && !kept.contains(id)
                && one.retired_for.is_none_or(|age| age >= min_age)
        })
        .map(|(id, _)| *id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETIRED: Keeping =
        Keeping { state: DeploymentState::Retired, pinned: false, tagged: false, retired_for: Some(7200) };

    fn deployments() -> BTreeMap<i64, Keeping> {
        BTreeMap::from([
            (1, RETIRED),
            (2, Keeping { pinned: true, ..RETIRED }),
            (3, Keeping { tagged: true, ..RETIRED }),
            // Rolled back: not in the history.
            (4, RETIRED),
            (5, Keeping { state: DeploymentState::Failed, retired_for: None, ..RETIRED }),
            (6, Keeping { retired_for: Some(10), ..RETIRED }),
            (7, RETIRED),
            (8, Keeping { state: DeploymentState::Active, retired_for: None, ..RETIRED }),
        ])
    }

    #[test]
    fn what_goes() {
        let history = [1, 2, 3, 6, 7, 8];
        for (keep_last, min_age, expected) in [
            (None, 3600, &[4][..]),
            (Some(2), 3600, &[1, 4]),
            (Some(1), 3600, &[1, 4, 7]),
            // The active one is never given up.
            (Some(0), 0, &[1, 4, 6, 7]),
            (Some(100), 0, &[4]),
            (Some(1), 100_000, &[]),
        ] {
            let pruned: Vec<i64> =
                to_prune(&deployments(), &history, keep_last, min_age).into_iter().collect();
            assert_eq!(pruned, expected, "{keep_last:?} {min_age}");
        }
    }
}
