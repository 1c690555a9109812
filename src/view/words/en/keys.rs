//! What the keys do.

/// What stands above the table of keys.
pub const HEADING: &str = "keys:";

/// An action that no key does.
pub const NONE: &str = "(no key)";

/// What an action does, by its name in the configuration.
pub fn meaning(name: &str) -> &'static str {
    match name {
        "send" => "say it",
        "newline" => "another line of the same message",
        "complete" => "complete a name, command, room or file",
        "complete-back" => "the completion before",
        "up" => "line above, or what was typed before",
        "down" => "line below, or what was typed after",
        "search" => "search what was typed before",
        "left" => "back",
        "right" => "on",
        "word-left" => "a word back",
        "word-right" => "a word on",
        "home" => "beginning of the line",
        "end" => "end of the line",
        "backspace" => "remove the character before",
        "delete" => "remove the character behind",
        "cut-to-space" => "cut back to white space",
        "cut-word-before" => "cut the word before",
        "cut-word-after" => "cut the word behind",
        "cut-to-start" => "cut to the beginning of the line",
        "cut-to-end" => "cut to the end of the line",
        "yank" => "put in what was cut",
        "transpose" => "exchange two characters",
        "undo" => "bring back what was there",
        "clear" => "clear the line; twice on an empty one: leave",
        "leave" => "leave on an empty line, else delete",
        "cancel" => "end a search or a question",
        "next" => "type into the next conversation",
        "previous" => "type into the one before",
        "active" => "type into the next one with something unread",
        "1" => "type into the first one (and so on to alt+9)",
        "redraw" => "draw everything anew",
        "edit" => "go on in $EDITOR",
        "suspend" => "back to the shell; fg comes back",
        _ => "",
    }
}

/// A key that is none.
pub fn no_key(key: &str) -> String {
    format!("'{key}' is no key: expected such as ctrl+a, alt+enter, shift+tab, f5")
}

/// An action that is none of these.
pub fn no_action(name: &str, names: &[&str]) -> String {
    format!("'{name}' is nothing a key can do: expected none, {}", names.join(", "))
}
