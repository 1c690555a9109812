//! What is wrong with the options of the command line, the environment and the configuration file.

/// `CHINWAG_PASSPHRASE` opens nothing.
pub const EMPTY_PASSPHRASE: &str =
    "CHINWAG_PASSPHRASE is empty, or no UTF-8: expected a passphrase, or no such variable";
/// Two variables contradict each other.
pub const TWO_SECRETS: &str = "two variables say what opens the room: expected one of them";
/// Plain binds one interface.
pub const TWO_INTERFACES: &str = "a second --interface is not for plain: expected one";
/// Nothing is expected that could be in order.
pub const NOTHING_EXPECTED: &str = "--expect-ordered needs --expect: expected at least one --expect REGEX";
/// `--name` names standard input.
pub const NAME_OF_STDIN: &str = "--name is the name of standard input: expected one --file -";
/// It goes to the name of a file.
pub const NAME_OF_FILE: &str = "--name is no name of a file: expected one without a slash";
/// What is to stay offered has to stay.
pub const NOTHING_STAYS: &str =
    "--keep is for files that stay where they are, offered by a profile that stays: not for standard input or --temp";
/// They belong to files.
pub const NO_FILE: &str = "--name and --keep need --file: expected --file PATH";
/// There is no bot that could be given all.
pub const NO_BOT: &str = "--exec-all needs --exec: expected --exec COMMAND";
/// There is nothing to send.
pub const NOTHING_TO_SEND: &str = "send was given nothing to say: expected words, or - for standard input";
/// `send` was given no words, and somebody sits at a terminal.
pub const TYPE_MESSAGE: &str = "type the message, Ctrl+D sends it";
/// A secret opens one room.
pub const ONE_ROOM: &str = "a secret is of one room: expected one --room, and /join for the others";
/// An invitation is to one room.
pub const ONE_ROOM_TO_INVITE: &str = "an invitation is to one room: expected one --room";
/// An invitation is to a room that is named.
pub const ROOM_TO_INVITE: &str = "expected --room NAME, the room that is to be sealed";

/// An option has no meaning for this command word.
pub fn useless(option: &str, word: &str) -> String {
    let reason = match word {
        "plain" => "plain, which has no rooms; its peers are named after the word plain",
        "history" | "search" => "reading what a profile has kept",
        "send" => "send, which says one thing and ends",
        "get" => "get, which fetches one offer and ends",
        "doctor" => "doctor, which looks at the network and ends",
        "ping" => "ping, which asks one machine for answers",
        "invite" => "invite, which needs a room and a profile alone",
        "completions" | "man" => return format!("--{option} is not for {word}, which takes no options"),
        _ if option == "to" => "a session; it belongs to send, and in a session /msg does the same",
        _ => "a session; it is of history and search",
    };
    format!("--{option} is not for {reason}")
}

/// The first word of the arguments is none of the commands.
pub fn not_a_command(words: &str) -> String {
    let first = words.split(' ').next().unwrap_or_default();
    format!("there is no command '{first}'; to say it: chinwag send {words}")
}

/// `history` was given words.
pub fn no_words(words: &str) -> String {
    format!("history takes no words; to look for them: chinwag search {words}")
}

/// Two settings of one layer contradict each other.
pub fn exclude(one: &str, other: &str) -> String {
    format!("{one} and {other} exclude each other: expected one of them")
}

/// This was probably meant.
pub fn did_you_mean(meant: &str) -> String {
    format!("did you mean {meant}?")
}

/// It cannot be searched with.
pub fn bad_regex(why: &str) -> String {
    format!("not a regular expression: {why}")
}

/// Chaos has these parts.
pub fn bad_chaos(part: &str) -> String {
    format!("'{part}': expected some of loss=0.2, dup=0.1, reorder=0.1 (0 to 1), delay=50ms (at most 10s), seed=7")
}

/// A value is not text.
pub const EXPECTED_UTF_8: &str = "expected UTF-8";
/// A flag is on or off.
pub const EXPECTED_FLAG: &str = "expected true or false";
/// How often an option stands.
pub const EXPECTED_COUNT: &str = "expected a number from 0 to 3";
/// The name of a profile.
pub const EXPECTED_PROFILE: &str = "expected up to 64 letters, digits, '-' and '_'";
/// Whom a message is for.
pub const EXPECTED_RECIPIENT: &str = "expected a nick, perhaps with its tag";
/// How many messages.
pub const EXPECTED_MESSAGES: &str = "expected a number of messages, at least 1";
/// How long.
pub const EXPECTED_SECONDS: &str = "expected a number of seconds, such as 5 or 0.5";

/// What a flag takes in the file.
pub const A_FLAG: &str = "true or false";
/// What an option takes there that may stand several times on the command line.
pub const A_COUNT: &str = "a number from 0 to 3";
/// What an option takes there that has one value.
pub const A_VALUE: &str = "a string or a number";
/// What an option takes there that has several.
pub const A_LIST: &str = "a string, or a list of strings";
