//! Help and version.

use insta::assert_snapshot;

use crate::harness::TestProject;

#[test]
fn help() {
    assert_snapshot!(TestProject::new().stopgap(&["--help"]), @r##"
    exit code: 0
    ----- stdout -----
    Ship TypeScript functions to PostgreSQL, see what is live, and go back

    Usage: stopgap [OPTIONS] <COMMAND>

    Commands:
      init         Write a starter project; files that exist are kept
      deploy       Make a folder of modules the live version of an environment
      rollback     Make an earlier deployment live again
      status       Show what is live
      deployments  List the deployments of an environment, newest first
      diff         Show what a deploy would change
      plan         Show everything that a deploy would do, before it happens
      env          List, make, change and drop environments
      call         Call a live function and print its result
      promote      Make what is live in another environment live in this one, without building it again
      history      Show what happened in an environment, or the versions of one function
      compare      Show what differs between two deployments
      verify       Compare the live schema with what was deployed; exit with 1 when they differ
      export       Write a deployment to a file
      import       Make a deployment from a file live
      prune        Drop functions that were retired and whose time is over
      gc           Throw away deployments that nobody would go back to
      tag          Name a deployment, or list the names there are
      pin          Keep a deployment from being thrown away
      completion   Print a script that completes commands and options in a shell

    Options:
          --db <CONNECTION>  Database to use, as a URL or as key=value pairs [env: STOPGAP_DB]
          --env <NAME>       Environment to use [env: STOPGAP_ENV=]
          --profile <NAME>   Profile of stopgap.toml to use [default: default]
          --json             Print one JSON document in place of text
      -v, --verbose          Print the CONTEXT of errors and the files that are left out
      -q, --quiet            Print data and errors only
      -h, --help             Print help
      -V, --version          Print version
    ----- stderr -----
    "##);
}

#[test]
fn help_of_deploy() {
    assert_snapshot!(TestProject::new().stopgap(&["deploy", "--help"]), @r##"
    exit code: 0
    ----- stdout -----
    Make a folder of modules the live version of an environment

    Usage: stopgap deploy [OPTIONS] [ROOT]

    Arguments:
      [ROOT]  Folder with the modules [default: the profile's, else "stopgap"]

    Options:
          --db <CONNECTION>    Database to use, as a URL or as key=value pairs [env: STOPGAP_DB]
          --root <ROOT>        The same as an option
          --env <NAME>         Environment to use [env: STOPGAP_ENV=]
          --label <LABEL>      Words to find the deployment by
          --dry-run            Show the plan, and change nothing
          --profile <NAME>     Profile of stopgap.toml to use [default: default]
          --json               Print one JSON document in place of text
          --plan <DIGEST>      Digest of a plan: do exactly that, or nothing
          --retire <DURATION>  Keep functions that are left out for so long, with a warning, as "90s", "15m", "12h" or "7d" [default: as the environment says, else drop them]
      -v, --verbose            Print the CONTEXT of errors and the files that are left out
          --no-prune           Keep retired functions whose time is over
      -q, --quiet              Print data and errors only
          --wait <SECONDS>     How long to wait for another release of the environment to end [default: not at all]
          --confirm <NAME>     Name of the environment once more, for one that is protected
      -h, --help               Print help
    ----- stderr -----
    "##);
}

#[test]
fn version() {
    assert_snapshot!(TestProject::new().stopgap(&["--version"]), @r##"
    exit code: 0
    ----- stdout -----
    stopgap 0.1.0
    ----- stderr -----
    "##);
}
