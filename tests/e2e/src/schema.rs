//! JSON Schema, as far as the schema of the tool's documents uses it.

use serde_json::Value;

/// Whether a value is what a schema says; `root` holds what `$ref` names. Otherwise where it is not, and why.
pub fn check(root: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let wrong = |why: String| Err(format!("{place}: {why}"));
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap_or(reference);
        return match root.pointer(pointer) {
            Some(schema) => check(root, schema, value, place),
            None => wrong(format!("the schema has no {reference}")),
        };
    }
    if let Some(options) = schema["anyOf"].as_array() {
        let failures: Vec<String> =
            options.iter().filter_map(|option| check(root, option, value, place).err()).collect();
        return if failures.len() < options.len() { Ok(()) } else { wrong(failures.join("; ")) };
    }
    if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
        return wrong(format!("{value} is not {constant}"));
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        return wrong(format!("{value} is none of {}", schema["enum"]));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_of_type(value, name)) {
        return wrong(format!("{value} is no {}", types.join(" or ")));
    }
    if let Value::Object(members) = value {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                return wrong(format!("\"{name}\" is missing"));
            }
        }
        for (name, member) in members {
            match schema["properties"].get(name) {
                Some(schema) => check(root, schema, member, &format!("{place}.{name}"))?,
                None if schema["additionalProperties"] == false => {
                    return wrong(format!("\"{name}\" is not documented"));
                }
                None => {}
            }
        }
    }
    if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            check(root, schema, item, &format!("{place}[{index}]"))?;
        }
    }
    Ok(())
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        _ => false,
    }
}
