//! Who may depend on whom, read from `cargo metadata`.
//!
//! Normal and build dependencies are followed to the end; a crate's own development dependencies count for it alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Finding;
use crate::shell::{self, Result, refused};
use crate::workspace::Workspace;

/// A thing that only the named crates may reach, on whatever way.
struct Reserved {
    packages: &'static [&'static str],
    to: &'static [&'static str],
    why: &'static str,
}

const RESERVED: [Reserved; 3] = [
    Reserved {
        packages: &["pgrx", "pgrx-pg-sys"],
        to: &["pg-boundary", "plts", "stopgap"],
        why: "only pg-boundary and the two extensions reach pgrx",
    },
    Reserved {
        packages: &["v8", "deno_core"],
        to: &["plts-js", "plts"],
        why: "V8 lives in plts-js and is reached by plts alone",
    },
    Reserved {
        packages: &["plts", "stopgap"],
        to: &["plts", "stopgap"],
        why: "nothing depends on an extension; they meet through SQL",
    },
];

/// What each package of the graph depends on, by name.
#[derive(Debug, Default)]
struct Graph {
    /// The crates of this workspace.
    members: BTreeSet<String>,
    /// Normal and build dependencies.
    dependencies: BTreeMap<String, BTreeSet<String>>,
    /// Development dependencies.
    development: BTreeMap<String, BTreeSet<String>>,
}

/// Checks the edges of the workspace.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut cargo = workspace.cargo();
    // All features at once: an edge that only some version of PostgreSQL brings is an edge too.
    cargo.args(["metadata", "--format-version", "1", "--all-features"]);
    let text = shell::capture(&mut cargo)?;
    let metadata =
        serde_json::from_str(&text).map_err(|error| refused(format!("cargo metadata: {error}")))?;
    let graph = graph(&metadata).ok_or_else(|| refused("cargo metadata has another form than expected"))?;
    Ok(broken(&graph))
}

fn graph(metadata: &Value) -> Option<Graph> {
    let mut names = BTreeMap::new();
    for package in metadata["packages"].as_array()? {
        names.insert(package["id"].as_str()?, package["name"].as_str()?);
    }
    let mut graph = Graph::default();
    for id in metadata["workspace_members"].as_array()? {
        graph.members.insert((*names.get(id.as_str()?)?).to_owned());
    }
    for node in metadata["resolve"]["nodes"].as_array()? {
        let from = (*names.get(node["id"].as_str()?)?).to_owned();
        for dependency in node["deps"].as_array()? {
            let to = (*names.get(dependency["pkg"].as_str()?)?).to_owned();
            for kind in dependency["dep_kinds"].as_array()? {
                let edges = match kind["kind"].as_str() {
                    Some("dev") => &mut graph.development,
                    _ => &mut graph.dependencies,
                };
                edges.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    Some(graph)
}

fn broken(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &graph.members {
        for rule in &RESERVED {
            if rule.to.contains(&member.as_str()) && !rule.packages.contains(&member.as_str()) {
                continue;
            }
            if let Some(path) = way(graph, member, rule.packages) {
                let message = format!("{}: {} ({})", member, rule.why, path.join(" → "));
                findings.push(Finding { file: None, line: 0, message });
            }
        }
        if member == "stopgap"
            && let Some(path) = way(graph, member, &["plts-js", "v8"])
        {
            let message = format!("stopgap never starts V8 ({})", path.join(" → "));
            findings.push(Finding { file: None, line: 0, message });
        }
    }
    findings
}

/// The first way from `start` to one of `targets`, other than `start` itself.
fn way(graph: &Graph, start: &str, targets: &[&str]) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut open = vec![vec![start.to_owned()]];
    while let Some(path) = open.pop() {
        let last = path.last()?.clone();
        if path.len() > 1 && targets.contains(&last.as_str()) {
            return Some(path);
        }
        if !seen.insert(last.clone()) {
            continue;
        }
        let own = if path.len() == 1 { graph.development.get(&last) } else { None };
        for next in graph.dependencies.get(&last).into_iter().chain(own).flatten() {
            let mut longer = path.clone();
            longer.push(next.clone());
            open.push(longer);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph_of(members: &[&str], edges: &[(&str, &str)], development: &[(&str, &str)]) -> Graph {
        let mut graph =
            Graph { members: members.iter().map(ToString::to_string).collect(), ..Graph::default() };
        for (from, to) in edges {
            graph.dependencies.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        for (from, to) in development {
            graph.development.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    }

    #[test]
    fn the_intended_edges_hold() {
        let graph = graph_of(
            &["plts", "plts-js", "plts-core", "pg-boundary", "stopgap"],
            &[
                ("plts", "plts-js"),
                ("plts", "pg-boundary"),
                ("plts-js", "deno_core"),
                ("deno_core", "v8"),
                ("pg-boundary", "pgrx"),
                ("stopgap", "pg-boundary"),
                ("plts-js", "plts-core"),
            ],
            &[],
        );
        assert_eq!(broken(&graph), []);
    }

    #[test]
    fn a_core_crate_that_reaches_pgrx_is_found_with_its_way() {
        let graph = graph_of(&["plts-core"], &[("plts-core", "middle"), ("middle", "pgrx")], &[]);
        let found = broken(&graph);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("plts-core → middle → pgrx"), "{}", found[0]);
    }

    #[test]
    fn development_dependencies_count_for_their_own_crate_only() {
        let edges = [("stopgap-core", "shared")];
        let own = graph_of(&["stopgap-core"], &edges, &[("stopgap-core", "v8")]);
        assert_eq!(broken(&own).len(), 1);
        let foreign = graph_of(&["stopgap-core"], &edges, &[("shared", "v8")]);
        assert_eq!(broken(&foreign), []);
    }

    #[test]
    fn nobody_depends_on_an_extension() {
        let graph = graph_of(&["stopgap", "plts"], &[("stopgap", "plts")], &[]);
        assert_eq!(broken(&graph).len(), 1);
    }

    #[test]
    fn the_graph_is_read_from_metadata() {
        let metadata = serde_json::json!({
            "packages": [{"id": "a 1", "name": "a"}, {"id": "b 1", "name": "b"}, {"id": "c 1", "name": "c"}],
            "workspace_members": ["a 1"],
            "resolve": {"nodes": [
                {"id": "a 1", "deps": [
                    {"pkg": "b 1", "dep_kinds": [{"kind": null}]},
                    {"pkg": "c 1", "dep_kinds": [{"kind": "dev"}]}
                ]},
                {"id": "b 1", "deps": []},
                {"id": "c 1", "deps": []}
            ]}
        });
        let graph = graph(&metadata).unwrap();
        assert_eq!(graph.members.len(), 1);
        assert!(graph.dependencies["a"].contains("b") && !graph.dependencies["a"].contains("c"));
        assert!(graph.development["a"].contains("c"));
    }
}
