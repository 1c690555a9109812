//! The manual: pages of the program and its commands, made from the table of options, of the configuration file, and of JSON.

mod markdown;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::shell::cli::known::{KnownOption, ValueKind};
use crate::shell::cli::options::ManualPage;
use crate::shell::cli::options::{layers, views};
use crate::shell::sys::stdio::print;
use crate::view::editor::bindings::Bindings;

/// Prints a page of the manual, and returns the exit code.
pub fn page(page: ManualPage) -> u8 {
    print(&page_text(page))
}

/// A page of the manual.
pub fn page_text(page: ManualPage) -> String {
    match page {
        ManualPage::Chinwag => program(),
        ManualPage::Send => word("send"),
        ManualPage::Get => word("get"),
        ManualPage::History => word("history"),
        ManualPage::Search => word("search"),
        ManualPage::Plain => word("plain"),
        ManualPage::Doctor => word("doctor"),
        ManualPage::Ping => word("ping"),
        ManualPage::Invite => word("invite"),
        ManualPage::Config => configuration(),
        ManualPage::Json => json(),
    }
}

/// The commands that have a page of their own.
const WITH_PAGE: &[&str] = &["send", "get", "history", "search", "plain", "doctor", "ping", "invite"];

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("it is made of text")
}

/// chinwag(1)
fn program() -> String {
    let command = views::program();
    let man = Man::new(command.clone()).manual("User Commands");
    let mut out = Vec::new();
    let render = |out: &mut Vec<u8>| {
        man.render_title(out)?;
        man.render_name_section(out)?;
        man.render_synopsis_section(out)?;
        man.render_description_section(out)?;
        commands(&command).to_writer(out)?;
        man.render_options_section(out)?;
        closing(&command).to_writer(out)
    };
    render(&mut out).expect("memory takes it");
    text(out)
}

fn commands(command: &Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for word in command.get_subcommands() {
        let arguments = word.get_positionals().map(|arg| {
            let name = arg.get_value_names().and_then(|names| names.first()).map_or("ARG", |name| name.as_str());
            if arg.is_required_set() { format!(" {name}") } else { format!(" [{name}]") }
        });
        let usage: Vec<Inline> =
            [bold(format!("chinwag {}", word.get_name()))].into_iter().chain(arguments.map(italic)).collect();
        roff.control("TP", []);
        roff.text(usage);
        let about = word.get_about().map(ToString::to_string).unwrap_or_default();
        let page = WITH_PAGE.contains(&word.get_name()).then(|| format!("; see chinwag-{}(1)", word.get_name()));
        roff.text([roman(format!("{about}{}.", page.unwrap_or_default()))]);
    }
    roff
}

/// chinwag-send(1) and its like
fn word(name: &str) -> String {
    let command = views::of(name);
    let man = Man::new(command.clone()).manual("User Commands");
    let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    preformatted(&mut roff, examples.strip_prefix("Examples:\n").unwrap_or(&examples));
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("chinwag"), roman("(1), "), bold("chinwag-config"), roman("(5)")]);
    let mut out = Vec::new();
    let render = |out: &mut Vec<u8>| {
        man.render_title(out)?;
        man.render_name_section(out)?;
        man.render_synopsis_section(out)?;
        man.render_description_section(out)?;
        man.render_options_section(out)?;
        roff.to_writer(out)
    };
    render(&mut out).expect("memory takes it");
    text(out)
}

/// chinwag-json(7)
fn json() -> String {
    let mut roff = Roff::new();
    roff.control("TH", ["chinwag-json", "7", "", "chinwag", "Miscellaneous"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman("chinwag-json - JSON Lines: what chinwag writes for programs, and what they may command")]);
    markdown::render(&mut roff, include_str!("../../../assets/json.md"));
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("chinwag"), roman("(1)")]);
    roff.to_roff()
}

/// Paragraphs, each but the first begun with `begin`: `PP`, or `IP` where they are indented.
fn paragraphs(roff: &mut Roff, words: &str, begin: &str) {
    for (at, paragraph) in words.split("\n\n").enumerate() {
        if at > 0 {
            roff.control(begin, []);
        }
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
}

/// What stands behind the options: the paragraphs of the long help, each under its heading.
fn closing(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let words = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    for paragraph in words.split("\n\n") {
        let (heading, lines) = match paragraph.split_once(":\n") {
            Some((heading, lines)) => (heading.to_uppercase().replace("CODES", "STATUS"), lines),
            None => ("ENVIRONMENT".to_owned(), paragraph),
        };
        roff.control("SH", [heading.as_str()]);
        preformatted(&mut roff, lines);
    }
    roff.control("SH", ["IN A SESSION"]);
    preformatted(&mut roff, &crate::view::words::en::commands::help());
    roff.control("SH", ["FILES"]);
    for (file, meaning) in FILES {
        roff.control("TP", []);
        roff.text([italic(*file)]);
        roff.text([roman(*meaning)]);
    }
    roff.control("SH", ["SEE ALSO"]);
    let pages = WITH_PAGE.iter().flat_map(|word| [bold(format!("chinwag-{word}")), roman("(1), ")]);
    roff.text(
        pages.chain([bold("chinwag-config"), roman("(5), "), bold("chinwag-json"), roman("(7)")]).collect::<Vec<_>>(),
    );
    roff
}

const FILES: &[(&str, &str)] = &[
    ("~/.config/chinwag/config.toml", "The configuration, see chinwag-config(5)."),
    ("~/.local/share/chinwag/PROFILE/secret", "The key of a profile. Whoever has it can speak as you."),
    ("~/.local/share/chinwag/PROFILE/socket", "Where programs drive a session while it runs, see assets/json.md."),
    ("~/.local/share/chinwag/PROFILE/history.db", "What was said: an SQLite database that only you may read."),
];

fn preformatted(roff: &mut Roff, lines: &str) {
    roff.control("nf", []);
    for line in lines.lines() {
        roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    roff.control("fi", []);
}

/// chinwag-config(5)
fn configuration() -> String {
    let mut roff = Roff::new();
    roff.control("TH", ["chinwag-config", "5", "", "chinwag", "File Formats"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman("chinwag-config - what holds for every start of chinwag unless it is told otherwise")]);
    roff.control("SH", ["DESCRIPTION"]);
    paragraphs(&mut roff, DESCRIPTION, "PP");
    roff.control("SH", ["OPTIONS"]);
    for known in layers::known().iter().filter(|known| known.name != "config") {
        option(&mut roff, known);
    }
    for (section, keys) in SECTIONS {
        roff.control("SH", [*section]);
        for (key, meaning) in *keys {
            roff.control("TP", []);
            roff.text([bold(*key)]);
            roff.text([roman(*meaning)]);
        }
    }
    roff.control("SH", ["[keys]"]);
    paragraphs(&mut roff, KEYS, "PP");
    preformatted(&mut roff, &Bindings::default().table());
    roff.control("SH", ["EXAMPLE"]);
    preformatted(&mut roff, EXAMPLE);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("chinwag"), roman("(1)")]);
    roff.to_roff()
}

fn option(roff: &mut Roff, known: &KnownOption) {
    let value = match known.kind {
        ValueKind::Flag => "true | false",
        ValueKind::Count => "NUMBER",
        ValueKind::One => "VALUE",
        ValueKind::List => "[VALUE, ...]",
    };
    roff.control("TP", []);
    roff.text([bold(known.name.as_str()), roman(" = "), italic(value)]);
    roff.text([roman(format!("{}. Variable: {}.", known.help, layers::variable(&known.name)))]);
}

const DESCRIPTION: &str = "\
The file is chinwag/config.toml in the folder for configurations (XDG_CONFIG_HOME, or ~/.config), or the one that \
--config or CHINWAG_CONFIG names. It is TOML. Every option of chinwag(1) may be set in it by its long name.

An option that is given outweighs a variable, and that the file. What has no meaning for a command is left out there, and so is \
what excludes an option that was given. A key that is not known is a mistake, told with its line. In a variable the values of a list are parted by \
commas (but CHINWAG_EXPECT is one expression), and a flag is true or false. chinwag config shows what holds, and why.

A secret stands neither in the file nor among the arguments.";

type SettingRows = &'static [(&'static str, &'static str)];

const SECTIONS: &[(&str, SettingRows)] = &[
    ("[history]", &[("keep_days = NUMBER", "What is older is removed. Without it everything is kept.")]),
    (
        "[files]",
        &[
            ("folder = \"PATH\"", "Where what is fetched goes; ~ is the home folder. Without it that for downloads."),
            ("max_bytes = NUMBER", "Nothing larger is fetched."),
        ],
    ),
    (
        "[screen]",
        &[
            ("theme = \"dark\" | \"light\" | \"mono\"", "The colours. Without it as the terminal says."),
            ("signs = true | false", "Signs beyond ASCII. Without it as the locale says."),
            (
                "bell = true | false",
                "The terminal rings where you are called by name and look elsewhere. Usually true.",
            ),
            ("notify = true | false", "The desktop is told then, too. Usually true."),
            (
                "wrap = \"terminal\" | \"words\"",
                "Who breaks a message that is longer than a row: the terminal, so that it is copied whole, or chinwag, \
                 between words. Usually the terminal.",
            ),
            ("replay = NUMBER", "So many of the last lines are shown again at the start and after Ctrl+L. Usually 10."),
            (
                "joins = \"all\" | \"smart\" | \"none\"",
                "Whose coming and going is shown: everybody's; that of people who spoke in the last hour, and of who comes \
                 where you were alone; nobody's. Usually smart.",
            ),
            ("highlight = [\"WORD\", ...]", "Words that ring and stand out as your name does."),
        ],
    ),
];

const KEYS: &str =
    "\"ctrl+o\" = \"newline\" lets a key do something else, \"ctrl+z\" = \"none\" nothing. As they are usually:";

const EXAMPLE: &str = "\
nick = \"tim\"
room = [\"lobby\", \"team\"]
peer = \"office.example\"

[history]
keep_days = 90

[screen]
theme = \"light\"

[keys]
\"ctrl+o\" = \"newline\"";
