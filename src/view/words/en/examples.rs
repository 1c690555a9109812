//! How the program is called, and what for.

/// How the program is called.
pub const USAGE: &str = "chinwag [OPTIONS]
       chinwag send [OPTIONS] [TEXT]...
       chinwag get [OPTIONS] [OFFER]
       chinwag history [OPTIONS]
       chinwag search [OPTIONS] WORDS...
       chinwag plain [OPTIONS] [HOST:PORT]...
       chinwag doctor [OPTIONS] | ping HOST[:PORT]
       chinwag invite --room NAME | config | completions SHELL | man [PAGE]";

/// What a command is used for, a line each: at most 78 cells, so that they fit a terminal of 80.
pub fn examples(word: &str) -> &'static [&'static str] {
    match word {
        "send" => &[
            "chinwag send build 17 is ready           say one thing; exit 0: all have it",
            "chinwag send --to alice see you at noon  say it to her alone",
            "chinwag send --file photo.jpg --to bob   offer a file; exit 0: it has arrived",
        ],
        "get" => &[
            "chinwag get photo.jpg                    fetch it once somebody offers it",
            "chinwag get --from alice -o .            the newest that alice offers, to here",
            "chinwag get dir.tar -o - | tar x         as a stream, once all of it is proven",
        ],
        "history" => &[
            "chinwag history --since yesterday        what was said since then",
            "chinwag history -r team --limit 20       the newest 20 messages of one room",
            "chinwag history --export talk.json       all of it, with the signatures",
        ],
        "search" => &[
            "chinwag search mushrooms                 who spoke of them, and when",
            "chinwag search --from alice noon         only what alice said",
            "chinwag search 'see you' --since 3d      two words side by side, lately",
        ],
        "plain" => &[
            "chinwag plain                            wait for somebody, then answer",
            "chinwag plain 10.0.0.7:9999              chat with 10.0.0.7",
            "chinwag plain -b 8083 --exec 'tr a-z A-Z'  answer in upper case",
        ],
        "doctor" => &[
            "chinwag doctor                           why is nobody found?",
            "chinwag doctor -p office.example         and is that machine reached?",
            "chinwag doctor --watch                   again and again, walking around",
        ],
        "ping" => &[
            "chinwag ping office.example              does its chinwag answer?",
            "chinwag ping -r team 10.0.0.7:7788       in another room",
        ],
        "invite" => &[
            "chinwag invite -r team                   print the invitation to a sealed room",
            "chinwag invite -r team --out invitation  write it to a file, for you alone",
            "chinwag --invite invitation              join by it, on another machine",
        ],
        "config" => &[
            "chinwag config                           what holds, and why",
            "chinwag config > chinwag.toml            begin a configuration file",
            "chinwag config --json                    the same for programs",
        ],
        "completions" => &[
            "source <(chinwag completions bash)       in ~/.bashrc",
            "source <(chinwag completions zsh)        in ~/.zshrc, after compinit",
            "chinwag completions fish | source        in ~/.config/fish/config.fish",
        ],
        "man" => &[
            "chinwag man | man -l -                   the program",
            "chinwag man send | man -l -              one of its commands",
            "chinwag man json | man -l -              JSON, for programs",
        ],
        _ => &[],
    }
}

/// What stands behind the help: each paragraph has its heading.
pub const EXAMPLES: &str = "\
Examples:
  chinwag                                  chat with everybody on this network
  chinwag -r team -p office.example        another room, and somebody behind a router
  chinwag send build 17 is ready           say one thing; exit 0 once everybody has it
  seq 100 | chinwag --wait-peers 1         wait for somebody, then send each line
  chinwag send --expect '^pong' ping       say one thing, and print the answer
  chinwag send --to alice see you at noon  say it to her alone
  chinwag send --file photo.jpg --to bob   offer him a file; exit 0: it has arrived
  chinwag get photo.jpg                    fetch it, once somebody offers it
  chinwag invite --room team > invitation  make a room that only the invited can read
  chinwag --invite invitation              join it
  chinwag --json < /dev/null               listen, as JSON Lines
  chinwag history --since yesterday        what was said
  chinwag search --from alice mushrooms    what was it she said?
  chinwag doctor                           why is nobody found?
  chinwag plain                            wait for somebody to write, then answer
  chinwag plain 10.0.0.7:9999              chat with 10.0.0.7
  chinwag plain -b 9999 10.0.0.7 10.0.0.8  chat with two at port 7788, listen on 9999
  chinwag plain --newline localhost:5000   chat with `nc -u -l 5000`
  echo hi | chinwag plain alice.local      say one thing, show answers until a second is quiet
  echo ping | chinwag plain --expect '^pong' --timeout 5 10.0.0.7:9999

Every option may also be set as a variable, CHINWAG_ROOM for --room, and in config.toml, as room = \"team\".
Options outweigh variables, and those the file; `chinwag config` shows what holds.

Exit codes:
  0 done; 1 failed, or a line was refused; 2 wrong usage; 3 nobody there;
  4 not confirmed in time; 5 --expect or --wait-peers ran out of time;
  128 + n ended by signal n";
