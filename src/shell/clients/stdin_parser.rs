//! What is to be said: lines as they are typed, or one message.

use crate::chat::api::command::Request;
use crate::chat::api::machine::Input;
use crate::chat::api::refusal::{CommandRefusal, TextRefusal};
use crate::chat::api::requester::{Client, Requester};
use crate::chat::base::limits::{MESSAGE_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::chat::base::line::{BadLine, Line, Lines, without_mark};
use crate::view::json::requests::{self, Parsed};
use crate::view::words::en;

/// Turns what was read into inputs of the core.
#[derive(Debug)]
pub enum StdinParser {
    /// Each line is a message.
    Lines(Lines, ParserStage),
    /// Each line is a command as a JSON object.
    Requests(Lines, ParserStage),
    /// Everything up to the end is one message. Bytes that are too many to keep are counted.
    Whole(Vec<u8>, u64, ParserStage),
    /// One message, from the command line.
    Given(Option<String>, ParserStage),
}

/// How far a source of input is with what it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParserStage {
    /// There may be more in it.
    #[default]
    Open,
    /// Everything is handed out but the pause, or the end.
    Used,
    /// The end was handed out.
    Over,
}

impl Default for StdinParser {
    fn default() -> Self {
        Self::of_lines(Lines::default())
    }
}

impl StdinParser {
    /// Each line a message.
    pub fn of_lines(lines: Lines) -> Self {
        Self::Lines(lines, ParserStage::Open)
    }

    /// One message, from the command line or, without one, all of standard input.
    pub fn of_send(text: Option<String>) -> Self {
        match text {
            Some(text) => Self::Given(Some(text), ParserStage::Open),
            None => Self::Whole(Vec::new(), 0, ParserStage::Open),
        }
    }

    /// Commands as JSON Lines.
    pub fn of_requests() -> Self {
        Self::Requests(Lines::of_at_most(REQUEST_BYTES_MAX), ParserStage::Open)
    }

    /// Whether the beginning of a line was read, and not yet its end.
    pub fn is_begun(&self) -> bool {
        matches!(self, Self::Lines(lines, _) | Self::Requests(lines, _) if lines.is_begun())
    }

    /// Standard input is nothing: a message that would be read from it is empty.
    pub fn end_without_input(&mut self) {
        if let Self::Whole(..) = self {
            *self = Self::Given(None, ParserStage::Open);
        }
    }

    /// Whether it needs nothing to be read.
    pub fn is_given(&self) -> bool {
        matches!(self, Self::Given(_, stage) if *stage != ParserStage::Over)
    }

    /// The next input, cut off the front of `bytes`. `None`: all of them are used.
    pub fn next(&mut self, bytes: &mut &[u8], is_end: bool) -> Option<Input<'static>> {
        match self {
            Self::Lines(lines, stage) => next_line(lines, stage, bytes, is_end, Input::Line),
            Self::Requests(lines, stage) => {
                next_line(lines, stage, bytes, is_end, |line| request(line, Client::STANDARD))
            }
            Self::Whole(text, overflow, stage) => {
                let room = (MESSAGE_BYTES_MAX + AROUND_BYTES).saturating_sub(text.len()).min(bytes.len());
                text.extend_from_slice(&bytes[..room]);
                *overflow += (bytes.len() - room) as u64;
                *bytes = &[];
                if !is_end || *stage == ParserStage::Over {
                    return None;
                }
                if *stage == ParserStage::Open && (*overflow > 0 || !is_blank(text)) {
                    *stage = ParserStage::Used;
                    return Some(Input::Say(message(&std::mem::take(text), *overflow)));
                }
                *stage = ParserStage::Over;
                Some(Input::End)
            }
            Self::Given(text, stage) => match text.take() {
                Some(text) => Some(Input::Say(message(text.as_bytes(), 0))),
                None if *stage == ParserStage::Over => None,
                None => {
                    *stage = ParserStage::Over;
                    Some(Input::End)
                }
            },
        }
    }
}

/// The next line as an input, a pause where there is none, or the end.
fn next_line(
    lines: &mut Lines,
    stage: &mut ParserStage,
    bytes: &mut &[u8],
    is_end: bool,
    read: impl Fn(Line) -> Input<'static>,
) -> Option<Input<'static>> {
    if *stage == ParserStage::Over {
        return None;
    }
    if let Some(line) = lines.next(bytes) {
        return Some(read(line));
    }
    if is_end {
        if let Some(line) = lines.end() {
            return Some(read(line));
        }
        *stage = ParserStage::Over;
        return Some(Input::End);
    }
    *stage = if *stage == ParserStage::Open { ParserStage::Used } else { ParserStage::Open };
    (*stage == ParserStage::Used).then(|| Input::Paused { begun: lines.is_begun() })
}

/// A line as a command, or what is wrong with it.
pub fn request(line: Line, client: Client) -> Input<'static> {
    let is_bot = client == Client::BOT;
    let requester = Requester { client, line: line.number, ticket: None, is_auto: is_bot };
    let text = match line.text {
        Ok(text) => text,
        Err(BadLine::TooLong { bytes }) => {
            let why = en::system::long_request(bytes, REQUEST_BYTES_MAX);
            return Input::Refused { requester, why: CommandRefusal::Json(why).into() };
        }
        Err(bad) => return Input::Refused { requester, why: TextRefusal::from(bad).into() },
    };
    let Parsed { ticket, is_auto, room, command, is_of_place } = requests::parse(&text);
    let requester = Requester { ticket, is_auto: is_auto || is_bot, ..requester };
    match command {
        Ok(command) => Input::Request(Request { requester, room, command }),
        Err(why) if is_of_place => Input::Refused { requester, why: CommandRefusal::JsonPlace(why).into() },
        Err(why) => Input::Refused { requester, why: CommandRefusal::Json(why).into() },
    }
}

/// Whether it says nothing.
fn is_blank(text: &[u8]) -> bool {
    std::str::from_utf8(without_mark(text)).is_ok_and(|text| text.trim().is_empty())
}

/// A byte order mark before a message and a line end behind it are no part of it.
const AROUND_BYTES: usize = 5;

/// A message, without the byte order mark that begins a file and the newline that ends it.
fn message(text: &[u8], overflow: u64) -> Result<String, BadLine> {
    let mut text = without_mark(text).to_vec();
    let len = text.len() as u64 + overflow;
    if overflow == 0 && text.ends_with(b"\n") {
        text.pop();
        text.pop_if(|last| *last == b'\r');
    }
    if text.len() > MESSAGE_BYTES_MAX {
        return Err(BadLine::TooLong { bytes: len });
    }
    if text.contains(&0) {
        return Err(BadLine::Nul);
    }
    String::from_utf8(text).map_err(|error| BadLine::NotUtf8 { byte: error.utf8_error().valid_up_to() + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(parser: &mut StdinParser, mut bytes: &[u8], is_end: bool) -> Vec<String> {
        std::iter::from_fn(|| parser.next(&mut bytes, is_end)).map(|input| format!("{input:?}")).collect()
    }

    #[test]
    fn lines_are_handed_out_and_then_a_pause() {
        let mut parser = StdinParser::default();
        let read = inputs(&mut parser, b"a\nb", false);
        assert_eq!(read, ["Line(Line { number: 1, text: Ok(\"a\") })", "Paused { begun: true }"]);
        assert_eq!(inputs(&mut parser, b"", false).len(), 1);
        assert_eq!(inputs(&mut parser, b"", true), ["Line(Line { number: 2, text: Ok(\"b\") })", "End"]);
        assert_eq!(inputs(&mut parser, b"", true), [""; 0]);
    }

    #[test]
    fn all_of_standard_input_is_one_message_without_its_last_newline() {
        let mut parser = StdinParser::of_send(None);
        assert_eq!(inputs(&mut parser, b"a\nb", false), [""; 0]);
        assert_eq!(inputs(&mut parser, b"\n", false), [""; 0]);
        assert_eq!(inputs(&mut parser, b"", true), ["Say(Ok(\"a\\nb\"))", "End"]);
        assert_eq!(inputs(&mut StdinParser::of_send(None), "\u{feff}a\n".as_bytes(), true)[0], "Say(Ok(\"a\"))");
        let mut long = StdinParser::of_send(None);
        assert_eq!(inputs(&mut long, &vec![b'x'; 70_000], false), [""; 0]);
        assert_eq!(inputs(&mut long, b"", true)[0], "Say(Err(TooLong { bytes: 70000 }))");
        assert_eq!(inputs(&mut StdinParser::of_send(None), b"", true), ["End"]);
        assert_eq!(inputs(&mut StdinParser::of_send(None), b" \r\n\n", true), ["End"]);
    }

    #[test]
    fn the_longest_message_fits_a_command_with_each_byte_escaped_and_a_longer_command_is_refused_alone() {
        let (begin, end) = (r#"{"type":"say","text":""#, "\"}\n");
        let say = |escaped: usize| format!("{begin}{}{end}", r"\u0041".repeat(escaped));
        let read = inputs(&mut StdinParser::of_requests(), say(MESSAGE_BYTES_MAX).as_bytes(), false);
        assert!(read[0].starts_with("Request(") && read[0].contains(&"A".repeat(MESSAGE_BYTES_MAX)));
        let padded = |bytes: usize| format!("{}{begin}hi{end}", " ".repeat(bytes - begin.len() - end.len() - 1));
        let [fits, too_long] = [0, 1].map(|more| padded(REQUEST_BYTES_MAX + more));
        let read = inputs(&mut StdinParser::of_requests(), format!("{fits}{too_long}{fits}").as_bytes(), false);
        let kinds: Vec<&str> =
            read.iter().filter_map(|input| input.split_once(['(', ' ']).map(|(kind, _)| kind)).collect();
        assert_eq!(kinds, ["Request", "Refused", "Request", "Paused"]);
        assert!(read[1].contains(&format!("it is {} bytes long", REQUEST_BYTES_MAX + 1)), "{}", read[1]);
    }

    #[test]
    fn words_of_the_command_line_need_no_input() {
        let mut parser = StdinParser::of_send(Some("hi there".to_owned()));
        assert!(parser.is_given());
        assert_eq!(inputs(&mut parser, b"", true), ["Say(Ok(\"hi there\"))", "End"]);
        assert!(!parser.is_given());
    }
}
