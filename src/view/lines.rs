//! Events as lines: messages for standard output, sentences for standard error.

use super::text;
use crate::chat::address::Zones;
use crate::chat::event::{BadMessage, Content, Ending, Event, Fault, Message, Notice, Undelivered};

/// Appends `event` as one record with its line end. An [`Event::Exit`] has words only where nothing told its reason yet.
pub fn render(event: &Event, zones: &Zones, out: &mut String) {
    match event {
        Event::Ready { listening } => {
            let listening: Vec<_> = listening.iter().map(|&address| zones.name(address).to_string()).collect();
            sentence(&format!("listening on {}", listening.join(" and ")), out);
        }
        Event::Message(message) => record(message, zones, out),
        Event::Notice(notice) => sentence(&notice_text(notice, zones), out),
        Event::Fault(fault) => sentence(&format!("chinwag: {}", fault_text(fault)), out),
        Event::Exit(ending @ (Ending::NobodyThere | Ending::NotExpected)) => {
            sentence(&format!("chinwag: {}", ending_text(*ending)), out);
        }
        Event::Exit(_) => {}
    }
}

/// `[10.0.0.7:7788] text`, inner lines indented.
fn record(message: &Message, zones: &Zones, out: &mut String) {
    out.push('[');
    text::neutralise(&zones.name(message.from).to_string(), out);
    out.push_str("] ");
    match &message.content {
        Content::Text { text, .. } => text::neutralise_block(text, out),
        Content::Bytes(bytes) => text::neutralise_bytes(bytes, out),
    }
    out.push('\n');
}

fn sentence(words: &str, out: &mut String) {
    text::neutralise(words, out);
    out.push('\n');
}

/// What a notice says.
pub fn notice_text(notice: &Notice, zones: &Zones) -> String {
    match notice {
        Notice::PortTaken { wanted, holder, used } => {
            let by = holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default();
            format!("port {wanted} is in use{by}: port {used} is used instead")
        }
        Notice::NobodyYet => "waiting for the first message; to write first, name a peer as HOST:PORT".to_owned(),
        Notice::Target(target) => format!("lines go to {} now", zones.name(*target)),
        Notice::AnsweredIn { peer, charset } => {
            format!("{} writes {charset} and is answered in it", zones.name(*peer))
        }
        Notice::NextAddress { name, failed, why, next } => {
            let (failed, next) = (zones.name(*failed), zones.name(*next));
            format!("{name} at {failed}: {}; trying {next}", undelivered_text(why))
        }
        Notice::Undelivered { to, why, times } => {
            let more = if *times > 1 { format!(" ({times} messages since last told)") } else { String::new() };
            format!("{}: {}{more}", zones.name(*to), undelivered_text(why))
        }
        Notice::OutputStalled => "nobody reads standard output: messages are dropped until it is read".to_owned(),
        Notice::Dropped { records } => format!("{records} messages were dropped: nobody read standard output"),
    }
}

/// What a fault says.
pub fn fault_text(fault: &Fault) -> String {
    match fault {
        Fault::Line { number, why } => format!("line {number} was not sent: {}", bad_message_text(*why)),
        Fault::Fatal(words) => words.clone(),
    }
}

fn undelivered_text(why: &Undelivered) -> &str {
    match why {
        Undelivered::Refused => "no program listens there",
        Undelivered::HostUnreachable => "the machine cannot be reached",
        Undelivered::NetworkUnreachable => "there is no way to its network",
        Undelivered::NotPermitted => "sending there is forbidden, perhaps by a firewall",
        Undelivered::TooLarge => "the message is too large for the way there",
        Undelivered::Other(words) => words,
    }
}

fn bad_message_text(why: BadMessage) -> String {
    match why {
        BadMessage::Nul => "it holds a NUL byte, expected text".to_owned(),
        BadMessage::NotUtf8 { byte } => format!("it is not UTF-8 from byte {byte} on, expected text in UTF-8"),
        BadMessage::TooLong { bytes, most } => format!("it is {bytes} bytes long, one datagram carries at most {most}"),
        BadMessage::Unencodable { missing, charset } => {
            format!("{charset} has no '{missing}' (U+{:04X})", u32::from(missing))
        }
    }
}

/// Why the program ends, in a few words.
pub fn ending_text(ending: Ending) -> &'static str {
    match ending {
        Ending::EndOfInput => "end of input",
        Ending::Expected => "the expected message came",
        Ending::OutputClosed => "standard output was closed",
        Ending::LinesRefused => "a line was refused",
        Ending::Unsent => "no peer could be sent to",
        Ending::Failed => "failed",
        Ending::WrongUsage => "wrong usage",
        Ending::NobodyThere => "nobody there",
        Ending::NotExpected => "the expected message did not come",
        Ending::Signal(_, name) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::charset::Charset;
    use crate::chat::time::Wall;

    fn shown(event: &Event) -> String {
        let mut out = String::new();
        render(event, &Zones(std::collections::BTreeMap::from([(2, "eth0".to_owned())])), &mut out);
        out
    }

    fn message(from: &str, text: &str) -> Event {
        let content = Content::Text { text: text.to_owned(), charset: Charset::UTF_8 };
        Event::Message(Message { from: from.parse().unwrap(), content, received: Wall(0) })
    }

    #[test]
    fn a_message_stands_behind_its_address() {
        assert_eq!(shown(&message("10.0.0.7:7788", "hello")), "[10.0.0.7:7788] hello\n");
        assert_eq!(shown(&message("[fe80::1%2]:7788", "hello")), "[[fe80::1%eth0]:7788] hello\n");
        assert_eq!(shown(&message("10.0.0.7:7788", "")), "[10.0.0.7:7788] \n");
        assert_eq!(shown(&message("10.0.0.7:7788", "two\nlines")), "[10.0.0.7:7788] two\n  lines\n");
    }

    #[test]
    fn notices_and_faults_are_one_sentence_each() {
        let address = "10.0.0.7:7788".parse().unwrap();
        for (event, sentence) in [
            (
                Event::Ready { listening: vec![address, "[::]:7788".parse().unwrap()] },
                "listening on 10.0.0.7:7788 and [::]:7788\n",
            ),
            (
                Event::Notice(Notice::PortTaken { wanted: 7788, holder: Some("nc\x1b (process 7)".into()), used: 5 }),
                "port 7788 is in use by nc\\x1b (process 7): port 5 is used instead\n",
            ),
            (
                Event::Notice(Notice::Undelivered { to: address, why: Undelivered::Refused, times: 3 }),
                "10.0.0.7:7788: no program listens there (3 messages since last told)\n",
            ),
            (
                Event::Fault(Fault::Line { number: 3, why: BadMessage::TooLong { bytes: 70000, most: 65507 } }),
                "chinwag: line 3 was not sent: it is 70000 bytes long, one datagram carries at most 65507\n",
            ),
            (
                Event::Fault(Fault::Line {
                    number: 4,
                    why: BadMessage::Unencodable { missing: '😀', charset: "gbk".parse().unwrap() },
                }),
                "chinwag: line 4 was not sent: gbk has no '😀' (U+1F600)\n",
            ),
            (Event::Exit(Ending::EndOfInput), ""),
        ] {
            assert_eq!(shown(&event), sentence);
        }
    }
}
