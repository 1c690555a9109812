//! What the keys do.

/// What stands above the table of keys.
pub const HEADING: &str = "keys:";

/// An action that no key does.
pub const NONE: &str = "(no key)";

/// What an action does, by its name in the configuration.
pub fn meaning(name: &str) -> &'static str {
    match name {
        "send" => "send the line",
        "newline" => "begin another line of the same message",
        "complete" => "complete a name, command, room or file",
        "complete-back" => "go back to the completion before",
        "up" => "go to the line above, or to what you typed before",
        "down" => "go to the line below, or to what you typed after",
        "search" => "search in what you typed before",
        "left" => "go left",
        "right" => "go right",
        "word-left" => "go left by a word",
        "word-right" => "go right by a word",
        "home" => "go to the start of the line",
        "end" => "go to the end of the line",
        "backspace" => "delete the character before the cursor",
        "delete" => "delete the character under the cursor",
        "cut-to-space" => "cut to the white space before the cursor",
        "cut-word-before" => "cut the word before the cursor",
        "cut-word-after" => "cut the word after the cursor",
        "cut-to-start" => "cut to the start of the line",
        "cut-to-end" => "cut to the end of the line",
        "yank" => "paste what you cut",
        "transpose" => "swap two characters",
        "undo" => "undo",
        "clear" => "clear the line; twice on an empty line: leave",
        "leave" => "on an empty line leave, else delete",
        "cancel" => "end a search or a question",
        "next" => "type into the next conversation",
        "previous" => "type into the previous conversation",
        "active" => "type into the next unread conversation",
        "1" => "type into the first conversation (and so on to alt+9)",
        "redraw" => "clear the screen and show the last lines",
        "edit" => "edit in $EDITOR",
        "suspend" => "go back to the shell; fg returns",
        _ => "",
    }
}

/// A key that is none.
pub fn no_key(key: &str) -> String {
    format!("'{key}' is no key: expected such as ctrl+a, alt+enter, shift+tab, f5")
}

/// An action that is none of these.
pub fn no_action(name: &str, names: &[&str]) -> String {
    format!("'{name}' is nothing a key can do: expected 'none' or one of {}", names.join(", "))
}
