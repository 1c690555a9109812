//! What is wrong with a command in JSON, and what was expected.

use serde_json::Value;

use crate::chat::api::command::HISTORY_MAX;
use crate::chat::api::requester::TICKET_BYTES_MAX;

const EXAMPLE: &str = r#"{"type":"say","text":"hello"}"#;

/// A kind of value that is expected: text.
pub const TEXT: &str = "a string";
/// As above: a truth.
pub const FLAG: &str = "true or false";
/// As above: words.
pub const WORDS: &str = "a list of strings, at least one";
/// A secret was given twice.
pub const TWO_SECRETS: &str = "\"passphrase\" and \"invite\" exclude each other: expected one of them";

/// As above: how many messages.
pub fn limit() -> String {
    format!("a number from 1 to {HISTORY_MAX}")
}

/// As above: what an answer is known by.
pub fn ticket() -> String {
    format!("a whole number, or a string of at most {TICKET_BYTES_MAX} bytes")
}

/// The line is no JSON.
pub fn no_json(column: usize) -> String {
    format!("not JSON from column {column} on: expected an object such as {EXAMPLE}")
}

/// The line is another JSON value.
pub fn no_object(value: &Value) -> String {
    format!("expected an object such as {EXAMPLE}, not {}", kind(value))
}

/// A key stands there twice.
pub fn twice(key: &str) -> String {
    format!("{key:?} stands there twice: expected it once")
}

/// No command is named.
pub fn no_type(names: &str) -> String {
    format!("it has no \"type\": expected one of {names}")
}

/// No command has that name.
pub fn no_command(name: &str, names: &str) -> String {
    format!("there is no command {name:?}: expected one of {names}")
}

/// The command has no such key.
pub fn no_key(command: &str, key: &str, known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|key| format!("{key:?}")).collect();
    format!("{command} has no {key:?}: expected {}", known.join(", "))
}

/// A text holds a NUL.
pub fn nul(key: &str) -> String {
    format!("{key:?} holds a NUL: expected text")
}

/// It can be nobody's name or address.
pub fn bad_recipient(key: &str, text: &str) -> String {
    format!("{key:?} is {text:?}: expected a nick, or ADDRESS:PORT such as \"10.0.0.7:7788\"")
}

/// It is no address with a port.
pub fn bad_address_and_port(key: &str, text: &str) -> String {
    format!("{key:?} holds {text:?}: expected ADDRESS:PORT such as \"10.0.0.7:7788\"")
}

/// It holds more than that.
pub fn too_many(key: &str, most: usize) -> String {
    format!("{key:?} holds too many: expected at most {most}")
}

/// A key is missing.
pub fn missing(key: &str) -> String {
    format!("it has no {key:?}, which was expected")
}

/// A value is of another kind.
pub fn wrong(key: &str, expected: &str, value: &Value) -> String {
    format!("{key:?} is {}: expected {expected}", kind(value))
}

/// What a value is.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.len() <= 40 => format!("the string {text:?}"),
        Value::String(_) => "a long string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
