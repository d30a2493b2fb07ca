//! A live function as it is declared to PostgreSQL: name, signature, properties, who may call it, and body. What creates
//! it and what is expected to be found are both told from here, so they cannot differ.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::annotation::Cache;
use crate::drift::Properties;
use crate::names::{EnvName, LiveFunctionName, LiveSchema, RoleName, quote_literal};
use crate::plan::{ActiveFunction, Function};
use crate::signature::{Names, Signature};

/// A live function in one schema.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveDeclaration<'a> {
    schema: &'a LiveSchema,
    function: &'a Function,
    owner: &'a str,
    callers: Vec<&'a RoleName>,
    body: String,
}

/// Something that CREATE FUNCTION says beside the signature, and how the catalog shows it.
struct Property {
    name: &'static str,
    expected: Value,
    clause: &'static str,
}

impl<'a> LiveDeclaration<'a> {
    /// The live function of `active` in the live schema of `env`.
    pub fn new(
        active: &'a ActiveFunction,
        env: &EnvName,
        schema: &'a LiveSchema,
        owner: &'a str,
        app_role: &'a RoleName,
    ) -> Self {
        let function = &active.function;
        let named: Vec<&RoleName> = function.annotations.roles.iter().collect();
        let callers = if named.is_empty() { vec![app_role] } else { named };
        Self { schema, function, owner, callers, body: active.pointer(env).print() }
    }

    /// Who may call it, beside its owner.
    pub fn callers(&self) -> &[&'a RoleName] {
        &self.callers
    }

    /// Its name.
    pub fn name(&self) -> &'a LiveFunctionName {
        &self.function.live_function
    }

    /// The schema it is in.
    pub fn schema(&self) -> &'a LiveSchema {
        self.schema
    }

    /// True when its types are those that every function without a declaration has.
    pub fn is_plain(&self) -> bool {
        *self.signature() == Signature::Json
    }

    /// The types that tell it apart: `integer, text`.
    pub fn identity(&self) -> String {
        self.signature().identity()
    }

    /// Its body.
    pub fn body(&self) -> &str {
        &self.body
    }

    fn signature(&self) -> &'a Signature {
        &self.function.signature
    }

    /// How it is called among the objects of its schema: `users_get(integer, text)`.
    pub fn object_name(&self) -> String {
        format!("{}({})", self.name(), self.signature().identity())
    }

    /// Its name for statements, without its types.
    pub fn qualified(&self) -> String {
        qualified(self.schema, self.name())
    }

    /// What GRANT and DROP call it: the name with its types.
    pub fn target(&self) -> String {
        format!("{}({})", self.qualified(), self.signature().identity())
    }

    /// The statement that creates it, or makes it what it should be; owner and rights of one that is there stay.
    pub fn create(&self) -> String {
        let signature = self.signature();
        let clauses: Vec<&str> = self.properties().iter().map(|one| one.clause).collect();
        format!(
            "CREATE OR REPLACE FUNCTION {}({}) RETURNS {} {} AS {}",
            self.qualified(),
            signature.arguments(Names::Quoted),
            signature.result(Names::Quoted),
            clauses.join(" ").trim_end(),
            quote_literal(&self.body),
        )
    }

    /// What the catalog has of it.
    pub fn expected(&self) -> Properties {
        let mut expected: Properties = self
            .properties()
            .into_iter()
            .map(|Property { name, expected, .. }| (name.to_owned(), expected))
            .collect();
        expected.insert("arguments".to_owned(), json!(self.signature().arguments(Names::Shown)));
        expected.insert("result".to_owned(), json!(self.signature().result(Names::Shown)));
        expected.insert("body".to_owned(), json!(self.body));
        expected.insert("owner".to_owned(), json!(self.owner));
        expected.insert("rights".to_owned(), rights(self.owner, "EXECUTE", &self.callers));
        expected
    }

    fn properties(&self) -> Vec<Property> {
        let property = |name, expected, clause| Property { name, expected, clause };
        let is_strict = self.signature().is_strict();
        vec![
            property("language", json!("plts"), "LANGUAGE plts"),
            match self.function.annotations.cache {
                None => property("volatility", json!("volatile"), "VOLATILE"),
                Some(Cache::Stable) => property("volatility", json!("stable"), "STABLE"),
                Some(Cache::Immutable) => property("volatility", json!("immutable"), "IMMUTABLE"),
            },
            property("strict", json!(is_strict), if is_strict { "STRICT" } else { "CALLED ON NULL INPUT" }),
            property("security_definer", json!(false), "SECURITY INVOKER"),
            property("leakproof", json!(false), "NOT LEAKPROOF"),
            property("parallel", json!("unsafe"), "PARALLEL UNSAFE"),
            property("cost", json!(100), "COST 100"),
            property("settings", Value::Null, ""),
        ]
    }
}

/// Rights as the catalog shows them: the owner's and those of others, who have one.
pub fn rights(owner: &str, right: &str, others: &[&RoleName]) -> Value {
    let mut rights: BTreeMap<&str, [&str; 1]> = others.iter().map(|role| (role.as_str(), [right])).collect();
    rights.insert(owner, [right]);
    json!(rights)
}

/// A live function as SQL writes it, without its arguments.
pub fn qualified(schema: &LiveSchema, function: &LiveFunctionName) -> String {
    format!("{}.{}", schema.quoted(), function.quoted())
}
