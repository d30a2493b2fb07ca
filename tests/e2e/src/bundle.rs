//! Bundles for tests, and how to deploy them.

use postgres::{Client, Error};
use serde_json::{Map, Value, json};

/// A bundle of these modules.
pub fn bundle(modules: &[(&str, &str)]) -> Value {
    let modules: Map<String, Value> =
        modules.iter().map(|(path, source)| ((*path).to_owned(), Value::from(*source))).collect();
    json!({ "format": 1, "modules": modules })
}

/// Deploys a bundle and gives the id of the deployment.
pub fn deploy(client: &mut Client, env: &str, modules: &[(&str, &str)]) -> Result<i64, Error> {
    let row = client.query_one("SELECT stopgap.deploy_bundle($1, $2)", &[&env, &bundle(modules)])?;
    Ok(row.get(0))
}

/// Calls a live function with arguments.
pub fn call(client: &mut Client, function: &str, args: &Value) -> Result<Value, Error> {
    let row = client.query_one(&format!("SELECT {function}($1)"), &[args])?;
    Ok(row.get(0))
}

/// A module with one query that gives a constant.
pub fn constant(value: &str) -> String {
    format!(
        "import {{ query, v }} from \"@stopgap/runtime\";\n\
         export const get = query(v.object({{}}), () => \"{value}\");\n"
    )
}
