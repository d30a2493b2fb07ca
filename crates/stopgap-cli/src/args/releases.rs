//! Arguments of the commands that go back, look back, move and keep deployments.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// What every command takes that switches an environment.
#[derive(Debug, Args)]
pub(crate) struct SwitchArgs {
    /// How long to wait for another release of the environment to end [default: not at all]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    wait: Option<u32>,
    /// Name of the environment once more, for one that is protected
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

impl SwitchArgs {
    /// The options of the SQL functions.
    pub(crate) fn options(&self) -> serde_json::Value {
        let mut options = serde_json::Map::new();
        if let Some(seconds) = self.wait {
            options.insert("wait_ms".to_owned(), (u64::from(seconds) * 1000).into());
        }
        if let Some(name) = &self.confirm {
            options.insert("confirm".to_owned(), name.as_str().into());
        }
        options.into()
    }
}

/// What becomes of functions that a release leaves out.
#[derive(Debug, Args)]
pub(crate) struct RemovalArgs {
    /// Keep functions that are left out for so long, with a warning, as "90s", "15m", "12h" or "7d"
    /// [default: as the environment says, else drop them]
    #[arg(long, value_name = "DURATION", value_parser = super::duration::seconds)]
    retire: Option<u32>,
    /// Keep retired functions whose time is over
    #[arg(long)]
    no_prune: bool,
}

impl RemovalArgs {
    /// Adds them to the options of the SQL functions.
    pub(crate) fn add_to(&self, options: &mut serde_json::Value) {
        if let Some(seconds) = self.retire {
            options["retire_s"] = seconds.into();
        }
        if self.no_prune {
            options["prune"] = false.into();
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// How many deployments to go back
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(i32).range(1..),
        conflicts_with_all = ["to", "at"]
    )]
    pub(crate) steps: i32,
    /// Deployment to go to, by its id or a tag
    #[arg(long, value_name = "ID|TAG", conflicts_with = "at")]
    pub(crate) to: Option<String>,
    /// Go to what was active at that time, as "2026-07-01 12:00"
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PromoteArgs {
    /// Environment whose active deployment is promoted to the one that --env names
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Words to find the deployment by [default: those it has]
    #[arg(long)]
    pub(crate) label: Option<String>,
    #[command(flatten)]
    pub(crate) removal: RemovalArgs,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Function, by its path or its live name; without one, all that happened in the environment
    #[arg(value_name = "FUNCTION")]
    pub(crate) function: Option<String>,
    /// How many entries to show
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) last: u32,
    #[command(flatten)]
    pub(crate) layout: LayoutArgs,
}

/// How differences of sources are laid out.
#[derive(Debug, Default, Args)]
pub(crate) struct LayoutArgs {
    /// Show old and new sources side by side
    #[arg(long, short = 'y', conflicts_with = "no_source")]
    pub(crate) side_by_side: bool,
    /// Leave the sources out
    #[arg(long)]
    pub(crate) no_source: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Deployment, by its id, a tag, or "active"
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Another one
    #[arg(value_name = "TO", default_value = "active")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) layout: LayoutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Put right what differs
    #[arg(long)]
    pub(crate) repair: bool,
    /// Drop functions that stopgap did not put into the live schema
    #[arg(long, requires = "repair")]
    pub(crate) drop_extra: bool,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Deployment, by its id, a tag, or "active"
    #[arg(value_name = "DEPLOYMENT", default_value = "active")]
    pub(crate) deployment: String,
    /// File to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Sign it with this key: ed25519, PKCS #8, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) sign: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// File that `stopgap export` wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Words to find the deployment by [default: those it has]
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// Demand a signature by this key: ed25519, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) signed_by: Option<PathBuf>,
    /// Take artifacts whose code cannot be checked against their sources, as another version of the compiler made them
    #[arg(long)]
    pub(crate) unverified: bool,
    #[command(flatten)]
    pub(crate) removal: RemovalArgs,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// Also drop what still has time
    #[arg(long)]
    pub(crate) all: bool,
    /// Show what would go, and keep it
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GcArgs {
    /// Collect in all environments, also in those that were dropped
    #[arg(long)]
    pub(crate) all: bool,
    /// How many deployments of the history to keep [default: as the environment says, else all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep_last: Option<u32>,
    /// Keep what was in use within so many seconds [default: 3600]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) min_age: Option<u32>,
    /// Show what would go, and keep it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How long to wait for releases to end [default: not at all]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) wait: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct TagArgs {
    /// Tag; without one, the tags there are
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Deployment, by its id, a tag, or "active"
    #[arg(value_name = "DEPLOYMENT", default_value = "active", conflicts_with = "delete")]
    pub(crate) deployment: String,
    /// Take the tag away
    #[arg(long, requires = "name")]
    pub(crate) delete: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PinArgs {
    /// Deployment, by its id, a tag, or "active"
    #[arg(value_name = "DEPLOYMENT", default_value = "active")]
    pub(crate) deployment: String,
    /// Take the pin away
    #[arg(long)]
    pub(crate) remove: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
