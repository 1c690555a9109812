//! What is written as JSON, held against the schema.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

/// Everything that may be written.
pub fn check_output(line: &str) {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    check(SCHEMA.get_or_init(|| read("json-out.schema.json")), line);
}

/// Whether a command is one that may be given.
pub fn is_command(line: &str) -> bool {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    let value: Value = serde_json::from_str(line).expect("JSON");
    SCHEMA.get_or_init(|| read("json-in.schema.json")).is_valid(&value)
}

fn read(name: &str) -> Validator {
    let path = format!("{}/assets/{name}", env!("CARGO_MANIFEST_DIR"));
    let schema = serde_json::from_str(&std::fs::read_to_string(path).expect("it is there")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn check(schema: &Validator, line: &str) {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert!(schema.is_valid(&value), "not as the schema says: {line}");
}
