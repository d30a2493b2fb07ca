//! The command line: arguments and help texts, nothing else.
//!
//! Options that every command takes may stand before or after the command's name.

mod duration;
mod releases;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use releases::{
    CompareArgs, CompletionArgs, ExportArgs, GcArgs, HistoryArgs, ImportArgs, LayoutArgs, PinArgs,
    PromoteArgs, PruneArgs, RemovalArgs, RollbackArgs, SwitchArgs, TagArgs, VerifyArgs,
};

/// Ship TypeScript functions to PostgreSQL, see what is live, and go back.
#[derive(Debug, Parser)]
#[command(name = "stopgap", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct GlobalArgs {
    /// Database to use, as a URL or as key=value pairs
    #[arg(long, global = true, value_name = "CONNECTION", env = "STOPGAP_DB", hide_env_values = true)]
    pub(crate) db: Option<String>,
    /// Environment to use
    #[arg(long, global = true, value_name = "NAME", env = "STOPGAP_ENV")]
    pub(crate) env: Option<String>,
    /// Profile of stopgap.toml to use
    #[arg(long, global = true, value_name = "NAME", default_value = "default")]
    pub(crate) profile: String,
    /// Print one JSON document in place of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print the CONTEXT of errors and the files that are left out
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Print data and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a starter project; files that exist are kept
    Init(InitArgs),
    /// Make a folder of modules the live version of an environment
    Deploy(DeployArgs),
    /// Make an earlier deployment live again
    Rollback(RollbackArgs),
    /// Show what is live
    Status,
    /// List the deployments of an environment, newest first
    Deployments,
    /// Show what a deploy would change
    Diff(DiffArgs),
    /// Show everything that a deploy would do, before it happens
    Plan(PlanArgs),
    /// List, make, change and drop environments
    Env {
        #[command(subcommand)]
        command: EnvCommand,
    },
    /// Call a live function and print its result
    Call(CallArgs),
    /// Make what is live in another environment live in this one, without building it again
    Promote(PromoteArgs),
    /// Show what happened in an environment, or the versions of one function
    History(HistoryArgs),
    /// Show what differs between two deployments
    Compare(CompareArgs),
    /// Compare the live schema with what was deployed; exit with 1 when they differ
    Verify(VerifyArgs),
    /// Write a deployment to a file
    Export(ExportArgs),
    /// Make a deployment from a file live
    Import(ImportArgs),
    /// Drop functions that were retired and whose time is over
    Prune(PruneArgs),
    /// Throw away deployments that nobody would go back to
    Gc(GcArgs),
    /// Name a deployment, or list the names there are
    Tag(TagArgs),
    /// Keep a deployment from being thrown away
    Pin(PinArgs),
    /// Print a script that completes commands and options in a shell
    Completion(CompletionArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) directory: PathBuf,
}

/// The folder with the modules, as an argument or as an option.
#[derive(Debug, Args)]
pub(crate) struct RootArgs {
    /// Folder with the modules [default: the profile's, else "stopgap"]
    #[arg(value_name = "ROOT", conflicts_with = "root_option")]
    root: Option<PathBuf>,
    /// The same as an option
    #[arg(long = "root", value_name = "ROOT", id = "root_option")]
    root_option: Option<PathBuf>,
}

impl RootArgs {
    /// The folder, however it was given.
    pub(crate) fn root(&self) -> Option<&PathBuf> {
        self.root.as_ref().or(self.root_option.as_ref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) root: RootArgs,
    /// Words to find the deployment by
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// Show the plan, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Digest of a plan: do exactly that, or nothing
    #[arg(long, value_name = "DIGEST")]
    pub(crate) plan: Option<String>,
    #[command(flatten)]
    pub(crate) removal: RemovalArgs,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) root: RootArgs,
    /// Exit with 1 when something would change
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) removal: RemovalArgs,
    #[command(flatten)]
    pub(crate) layout: LayoutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) root: RootArgs,
    /// Exit with 1 when something would change
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) removal: RemovalArgs,
    #[command(flatten)]
    pub(crate) layout: LayoutArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnvCommand {
    /// List the environments that you may release to
    List,
    /// Make an environment
    Create {
        /// Its name
        name: String,
        #[command(flatten)]
        settings: EnvSettingsArgs,
    },
    /// Change settings of an environment
    Alter {
        /// Its name
        name: String,
        #[command(flatten)]
        settings: EnvSettingsArgs,
    },
    /// Drop an environment and its live schema; its history stays
    Drop {
        /// Its name
        name: String,
    },
}

/// Settings of an environment; what is not given stays as it is.
#[derive(Debug, Default, Args)]
pub(crate) struct EnvSettingsArgs {
    /// Environment whose functions are live where this one has none of that name; "none" for none
    #[arg(long, value_name = "NAME")]
    pub(crate) parent: Option<String>,
    /// Live schema of a new environment [default: live_<name>]
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) live_schema: Option<String>,
    /// Role that may release
    #[arg(long, value_name = "ROLE")]
    pub(crate) deployer_role: Option<String>,
    /// Role that may call live functions
    #[arg(long, value_name = "ROLE")]
    pub(crate) app_role: Option<String>,
    /// Whether releases must be confirmed
    #[arg(long, value_name = "BOOL")]
    pub(crate) protected: Option<bool>,
    /// Label of deployments that are given none; "none" for none
    #[arg(long, value_name = "LABEL")]
    pub(crate) default_label: Option<String>,
    /// How many deployments are kept; 0 for all
    #[arg(long, value_name = "N")]
    pub(crate) keep_last: Option<u32>,
    /// How long functions stay that a release leaves out, as "90s", "15m", "12h" or "7d"; 0 for not at all
    #[arg(long, value_name = "DURATION", value_parser = duration::seconds)]
    pub(crate) retire: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// Path of the function, api.<module>.<export>
    pub(crate) path: String,
    /// Arguments as JSON; "-" reads them from standard input
    #[arg(value_name = "JSON", default_value = "{}")]
    pub(crate) args: String,
}
