//! The course's chatter: a session of the plain dialect.

mod answering;
mod screen;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::chat::api::answer::{Answer, Answered, Stats};
use crate::chat::api::command::{Command, Request};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Event, Fault, Listening, Message, PlainStanding};
use crate::chat::api::expect::Expect;
use crate::chat::api::machine::{Input, Machine, Output, Reason, To};
use crate::chat::api::network_notice::Undelivered;
use crate::chat::api::notice::Notice;
use crate::chat::api::refusal::{CommandRefusal, Refusal, TextRefusal};
use crate::chat::api::requester::{Client, Requester};
use crate::chat::base::charset::Charset;
use crate::chat::base::limits::{DATAGRAM_BYTES_MAX, LINGER};
use crate::chat::base::line::Line;
use crate::chat::base::metrics::{Detail, Kind, Trace, Traffic};
use crate::chat::base::time::{Moment, Now};
use crate::chat::plain::responder::Responder;
use crate::chat::plain::targets::{NamedTarget, Targets};
use crate::chat::plain::{self, Plain};

use answering::Unanswered;

/// A session of the plain dialect: each line to the peers named, or to whoever wrote last; each datagram shown.
///
/// ```
/// use chinwag::chat::plain::targets::NamedTarget;
/// use chinwag::chat::base::charset::Charset;
/// use chinwag::chat::plain::chatter::{Chatter, ChatterConfig};
/// use chinwag::chat::base::line::Line;
/// use chinwag::chat::api::machine::{Input, Machine, Output, To};
/// use chinwag::chat::base::time::Now;
/// use chinwag::chat::base::metrics::Detail;
///
/// let alice = "127.0.0.1:9999".parse().unwrap();
/// let config = ChatterConfig {
///     charset: Charset::UTF_8,
///     newline: false,
///     terminal: false,
///     has_screen: false,
///     detail: Detail::None,
///     listen: false,
///     answers: false,
///     expect: None,
///     timeout: None,
/// };
/// let mut chatter = Chatter::new(config, vec![NamedTarget::new("alice".into(), vec![alice])]);
/// chatter.handle(Input::Line(Line { number: 1, text: Ok("hi".into()) }), Now::default());
/// assert_eq!(chatter.poll(), Some(Output::Send { to: To::Address(alice), datagram: b"hi"[..].into() }));
/// assert_eq!(chatter.poll(), None);
/// ```
#[derive(Debug)]
pub struct Chatter {
    config: ChatterConfig,
    audience: Targets,
    plain: Plain,
    outputs: VecDeque<Output>,
    /// Lines taken, refused ones included.
    lines: u64,
    refused: bool,
    ended: Option<Moment>,
    heard: Moment,
    over: bool,
    traffic: Traffic,
    undelivered: u64,
    /// What a command answers; `None`: nothing.
    responder: Option<Responder>,
    unanswered: Unanswered,
    /// How it stood when a screen was last told.
    told: PlainStanding,
}

/// What the user asked for, as far as the core decides it.
#[derive(Debug)]
pub struct ChatterConfig {
    /// What peers are taken to write.
    pub charset: Charset,
    /// One `\n` is sent after each message.
    pub newline: bool,
    /// Lines are typed at a terminal: an empty one is not sent.
    pub terminal: bool,
    /// A live screen shows how it stands, and what is typed.
    pub has_screen: bool,
    /// How much of what passes is told.
    pub detail: Detail,
    /// Stay after the end of input.
    pub listen: bool,
    /// Each datagram is answered by a command.
    pub answers: bool,
    /// Show these messages, only those, and end.
    pub expect: Option<Expect>,
    /// Bounds the wait for `expect` and for the first writer, from the start, and sets the wait after end of input.
    pub timeout: Option<Duration>,
}

impl Chatter {
    /// A session of the plain dialect with the peers `named`, or with whoever writes.
    pub fn new(config: ChatterConfig, named: Vec<NamedTarget>) -> Self {
        Self {
            audience: Targets::new(named),
            plain: Plain::new(config.charset),
            outputs: VecDeque::new(),
            lines: 0,
            refused: false,
            ended: None,
            heard: Moment::START,
            over: false,
            traffic: Traffic::default(),
            undelivered: 0,
            responder: config.answers.then(Responder::new),
            unanswered: Unanswered::default(),
            told: PlainStanding::default(),
            config,
        }
    }
}

impl Machine for Chatter {
    fn handle(&mut self, input: Input<'_>, now: Now) {
        if self.over {
            return;
        }
        match input {
            Input::Datagram { from, bytes, .. } => self.on_datagram(from, bytes, now),
            Input::Paused { begun } => {
                if begun {
                    self.audience.begin();
                } else {
                    self.audience.line_ended();
                }
            }
            Input::Attach { client, listening } => self.introduce(client, listening),
            Input::Line(line) => self.on_line(line, now),
            Input::Say(text) => self.on_paste(text, now),
            Input::Request(request) => self.on_request(request, now),
            Input::Refused { requester, why } => self.refuse(requester, why),
            Input::End => self.on_end(now.moment),
            Input::OutputClosed => self.finish(Ending::OutputClosed),
            Input::Leave(ending) => self.finish(ending),
            Input::Choose(_) | Input::Backpressure(_) | Input::NetworkChanged { .. } | Input::Woke { .. } => {} // of rooms
            Input::Committed(_) | Input::Peer(_) | Input::Examined(_) | Input::Broker(..) => {} // alone, too
            Input::Enter { .. } | Input::NotEntered { .. } | Input::Letterbox(_) => {}
            Input::Undelivered { to, why } => self.on_undelivered(to, why, now.moment),
            Input::Disk(_) => {} // of rooms
            Input::Ran { from, outcome } => self.on_ran(from, outcome, now),
            Input::Tick => self.on_tick(now.moment),
        }
        self.run_due(now.moment);
        self.tell_standing();
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Moment, Reason)> {
        if self.over {
            return None;
        }
        let run = self.responder.as_ref().and_then(Responder::deadline).map(|deadline| (deadline, Reason::Run));
        run.into_iter().chain(self.end_due()).min_by_key(|(deadline, _)| *deadline)
    }

    /// Nothing here sends again what was lost.
    fn is_patient(&self) -> bool {
        true
    }

    fn takes_input(&self) -> bool {
        self.audience.is_known() && self.ended.is_none() && !self.over
    }
}

impl Chatter {
    /// When it ends by itself.
    fn end_due(&self) -> Option<(Moment, Reason)> {
        let bound = self.config.timeout.map(|timeout| Moment::START.after(timeout));
        if self.config.expect.is_some() {
            return Some((bound?, Reason::Expect));
        }
        if !self.audience.is_known() {
            return Some((bound?, Reason::FirstWriter));
        }
        let linger = self.config.timeout.unwrap_or(LINGER);
        let quiet_since = self.ended.filter(|_| !self.config.listen)?.max(self.heard);
        Some((quiet_since.after(linger), Reason::Linger))
    }

    fn on_datagram(&mut self, from: SocketAddr, bytes: &[u8], now: Now) {
        self.heard = now.moment;
        self.traffic.received.add(Kind::Plain);
        self.trace(Trace::Received { from, kind: Kind::Plain, bytes: bytes.len() });
        self.ask_for_answer(from, bytes, now.moment);
        let is_new_target = !plain::is_frame(bytes) && self.audience.heard(from);
        let (content, learned) = self.plain.read(from, bytes);
        if let Some(expect) = &mut self.config.expect {
            if expect.take(&content.text()) {
                let is_met = expect.is_met();
                self.show(Event::Message(Message { from, content, received: now.wall }));
                if is_met {
                    return self.finish(Ending::Expected);
                }
            }
        } else {
            self.show(Event::Message(Message { from, content, received: now.wall }));
        }
        if is_new_target {
            self.notice(Notice::Target(from));
        }
        if let Some(charset) = learned {
            self.notice(Notice::AnsweredIn { peer: from, charset });
        }
    }

    fn on_line(&mut self, line: Line, now: Now) {
        self.take_line(line, now);
        self.audience.line_ended();
    }

    fn take_line(&mut self, line: Line, now: Now) {
        debug_assert!(self.takes_input(), "lines are read only while somebody is there to get them");
        if self.config.terminal && line.text.as_ref().is_ok_and(String::is_empty) {
            return;
        }
        self.lines += 1;
        match line.text {
            Ok(text) => self.send(Requester::line(line.number), text, now),
            Err(bad) => self.refuse(Requester::line(line.number), TextRefusal::from(bad)),
        }
    }

    /// Whoever drives the session is told where it listens.
    fn introduce(&mut self, client: Client, listening: Listening) {
        self.show(Event::Ready { to: client, listening, me: None });
        if self.config.terminal && !self.audience.is_known() {
            self.notice(Notice::NobodyYet);
        }
    }

    /// There are no rooms here: who has no address for a text says it to whoever lines go to.
    fn on_request(&mut self, request: Request, now: Now) {
        let Request { requester, room, command } = request;
        match command {
            _ if room.is_some() => self.refuse(requester, CommandRefusal::NoRooms),
            Command::Say(text) => {
                self.lines += 1;
                self.send(requester, text, now);
            }
            Command::Stats => {
                let stats = Stats { traffic: self.traffic, up: now.moment.since(Moment::START), ..Stats::default() };
                self.show(Event::Answer(Answer { to: requester, command: "stats", what: Answered::Stats(stats) }));
            }
            Command::Quit => {
                self.answer(requester, "quit");
                self.finish(Ending::Quit);
            }
            _ => self.refuse(requester, CommandRefusal::NoRooms),
        }
    }

    fn answer(&mut self, to: Requester, command: &'static str) {
        if to.ticket.is_some() {
            self.show(Event::Answer(Answer { to, command, what: Answered::Done }));
        }
    }

    /// Sends one line to everybody it is for; each gets it in its own charset.
    fn send(&mut self, requester: Requester, text: String, now: Now) {
        let typed = self.config.has_screen.then(|| text.clone());
        let mut text = text;
        if self.config.newline {
            text.push('\n');
        }
        let mut packed: Vec<(Charset, Packed)> = Vec::with_capacity(2);
        for index in 0..self.audience.len() {
            let to = self.audience.address(index);
            let charset = self.plain.charset_of(to);
            let known = packed.iter().position(|(known, _)| *known == charset);
            let known = known.unwrap_or_else(|| {
                packed.push((charset, pack(&text, charset)));
                packed.len() - 1
            });
            if let Ok(datagram) = &packed[known].1 {
                self.audience.sent(index, datagram, now.moment);
                let datagram = Rc::clone(datagram);
                self.send_datagram(to, datagram);
            }
        }
        if let Some(why) = packed.into_iter().find_map(|(_, packed)| packed.err()) {
            return self.refuse(requester, why);
        }
        if let Some(text) = typed {
            self.tell_own(self.audience.addresses(), text, now.wall);
        }
        self.answer(requester, "say");
    }

    fn send_datagram(&mut self, to: SocketAddr, datagram: Rc<[u8]>) {
        self.traffic.sent.add(Kind::Plain);
        self.trace(Trace::Sent { to: Some(to), kind: Kind::Plain, bytes: datagram.len() });
        self.outputs.push_back(Output::Send { to: To::Address(to), datagram });
    }

    fn on_end(&mut self, now: Moment) {
        if self.config.listen || self.config.expect.is_some() || self.lines > 0 {
            self.ended = Some(now);
        } else {
            self.finish(Ending::EndOfInput);
        }
    }

    fn on_undelivered(&mut self, to: SocketAddr, why: Undelivered, now: Moment) {
        self.undelivered += 1;
        let next = self.audience.failed(to, &why, now);
        let times = self.plain.failed(to, now);
        let Some(next) = next else {
            if let Some(times) = times {
                self.notice(Notice::Undelivered { to, why, times });
            }
            return;
        };
        let address = next.address;
        if times.is_some() {
            self.notice(Notice::NextAddress { name: next.name, failed: to, why, next: address });
        }
        let again = next.refused.into_iter().map(|datagram| Output::Send { to: To::Address(address), datagram });
        self.outputs.extend(again);
    }

    fn on_tick(&mut self, now: Moment) {
        match self.end_due() {
            Some((deadline, reason)) if deadline <= now => self.finish(match reason {
                Reason::Linger => Ending::EndOfInput,
                Reason::Expect => Ending::NotExpected,
                _ => Ending::NobodyThere,
            }),
            _ => {}
        }
    }

    fn refuse(&mut self, requester: Requester, why: impl Into<Refusal>) {
        self.refused = true;
        self.show(Event::Fault(Fault::Line { requester, why: why.into() }));
    }

    fn notice(&mut self, notice: Notice) {
        self.show(Event::Notice(notice));
    }

    /// Tells whoever looks so closely.
    fn trace(&mut self, trace: Trace) {
        if self.config.detail >= trace.detail() {
            self.show(Event::Trace(trace));
        }
    }

    fn show(&mut self, event: Event) {
        self.outputs.push_back(Output::Show(event));
    }

    /// Ends. What went wrong on the way outweighs a good end.
    fn finish(&mut self, ending: Ending) {
        let ending = match ending {
            Ending::EndOfInput | Ending::Quit | Ending::Expected | Ending::OutputClosed if self.refused => {
                Ending::LinesRefused
            }
            Ending::OutputClosed if self.config.expect.is_some() => Ending::NotExpected,
            Ending::EndOfInput => match self.audience.all_failing() {
                None => Ending::EndOfInput,
                Some(Undelivered::Refused) => Ending::NobodyThere,
                Some(_) => Ending::Unsent,
            },
            other => other,
        };
        self.over = true;
        self.outputs.push_back(Output::Exit(ending));
    }
}

/// A datagram, or why there is none.
type Packed = Result<Rc<[u8]>, TextRefusal>;

/// The datagram that carries `text`.
fn pack(text: &str, charset: Charset) -> Packed {
    let bytes = charset.encode(text).map_err(|missing| TextRefusal::Unencodable { missing, charset })?;
    if bytes.len() > DATAGRAM_BYTES_MAX {
        return Err(TextRefusal::TooLong { bytes: bytes.len() as u64, most: DATAGRAM_BYTES_MAX });
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::chat::api::event::Content;
    use crate::chat::api::machine::Way;

    const ALICE: &str = "127.0.0.1:1";
    const BOB: &str = "127.0.0.1:2";
    const CAROL: &str = "127.0.0.1:3";

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// A chatter whose outputs are told in words, at a time that only the test moves.
    struct Session {
        chatter: Chatter,
        now: Now,
        lines: u64,
    }

    fn usual() -> ChatterConfig {
        ChatterConfig {
            charset: Charset::UTF_8,
            newline: false,
            terminal: false,
            has_screen: false,
            detail: Detail::None,
            listen: false,
            answers: false,
            expect: None,
            timeout: None,
        }
    }

    fn session(config: ChatterConfig, peers: &[&str]) -> Session {
        let named = peers.iter().map(|peer| NamedTarget::new((*peer).to_owned(), vec![address(peer)])).collect();
        Session { chatter: Chatter::new(config, named), now: Now::default(), lines: 0 }
    }

    impl Session {
        fn handle(&mut self, input: Input<'_>) -> String {
            self.chatter.handle(input, self.now);
            self.outputs()
        }

        fn outputs(&mut self) -> String {
            let outputs = std::iter::from_fn(|| self.chatter.poll()).map(|output| match output {
                Output::Send { to: To::Address(to), datagram } => {
                    format!("{}<{}", to.port(), String::from_utf8_lossy(&datagram))
                }
                Output::Send { to: To::Lan | To::LanBeyond(_) | To::Afar, .. } => panic!("plain names its peers"),
                Output::Store(_)
                | Output::Commit(_)
                | Output::Recall(..)
                | Output::Enter(..)
                | Output::KeepSecret(_)
                | Output::RenewPrekey
                | Output::Reach(_)
                | Output::ReportNetwork(_)
                | Output::Examine(_)
                | Output::Disk(_)
                | Output::Reload => {
                    panic!("plain keeps nothing")
                }
                Output::Show(Event::Message(message)) => match message.content {
                    Content::Text { text, .. } => format!("{}>{text}", message.from.port()),
                    Content::Bytes(bytes) => format!("{}>{bytes:x?}", message.from.port()),
                },
                Output::Show(Event::Ready { .. }) => "ready".to_owned(),
                Output::Show(Event::Notice(notice)) => format!("{notice:?}"),
                Output::Show(Event::Fault(Fault::Line { requester, why })) => {
                    format!("line {}: {why:?}", requester.line)
                }
                Output::Show(other) => panic!("not from a chatter: {other:?}"),
                Output::Exit(ending) => format!("exit {}", ending.code()),
                Output::Broker(..) => panic!("plain has no broker"),
                Output::Run { from, datagram } => format!("run {:?} for {from}", String::from_utf8_lossy(&datagram)),
            });
            outputs.collect::<Vec<_>>().join(" | ")
        }

        fn typed(&mut self, text: &str) -> String {
            self.lines += 1;
            self.handle(Input::Line(Line { number: self.lines, text: Ok(text.to_owned()) }))
        }

        fn datagram(&mut self, from: &str, bytes: &[u8]) -> String {
            self.handle(Input::Datagram { from: address(from), bytes, way: Way::Unicast })
        }

        fn undelivered(&mut self, to: &str, why: Undelivered) -> String {
            self.handle(Input::Undelivered { to: address(to), why })
        }

        /// Lets time pass to just before the deadline, where nothing may happen, and then to it.
        fn until_deadline(&mut self) -> (Reason, String) {
            let (deadline, reason) = self.chatter.deadline().expect("there is a deadline");
            assert!(deadline > self.now.moment, "a deadline lies ahead");
            assert_eq!(self.handle(Input::Tick), "", "an early tick changes nothing");
            assert_eq!(self.chatter.deadline(), Some((deadline, reason)));
            self.now.moment = deadline;
            let outputs = self.handle(Input::Tick);
            (reason, outputs)
        }
    }

    fn within(seconds: u64) -> ChatterConfig {
        ChatterConfig { timeout: Some(Duration::from_secs(seconds)), ..usual() }
    }

    #[test]
    fn each_peer_gets_each_line_and_each_datagram_is_shown() {
        let mut session = session(usual(), &[ALICE, BOB]);
        assert_eq!(session.typed("hi"), "1<hi | 2<hi");
        assert_eq!(session.datagram(BOB, b"hello\n"), "2>hello");
        assert_eq!(session.datagram(CAROL, b"me too"), "3>me too");
        assert_eq!(session.typed("hi"), "1<hi | 2<hi");
    }

    #[test]
    fn without_peers_input_waits_for_the_first_writer_who_is_then_answered() {
        let mut session = session(usual(), &[]);
        assert!(!session.chatter.takes_input());
        assert_eq!(session.datagram(ALICE, b"hi"), "1>hi | Target(127.0.0.1:1)");
        assert!(session.chatter.takes_input());
        assert_eq!(session.typed("hello"), "1<hello");
        assert_eq!(session.handle(Input::Paused { begun: true }), "");
        assert_eq!(session.datagram(BOB, b"psst"), "2>psst | Target(127.0.0.1:2)");
        assert_eq!(session.typed("for alice"), "1<for alice");
        assert_eq!(session.typed("for bob"), "2<for bob");
        assert_eq!(session.handle(Input::Paused { begun: true }), "");
        assert_eq!(session.datagram(ALICE, b"again"), "1>again | Target(127.0.0.1:1)");
        assert_eq!(session.handle(Input::Say(Ok("a paste\nfor bob".to_owned()))), "2<a paste | 2<for bob");
        assert_eq!(session.handle(Input::Paused { begun: true }), "");
        assert_eq!(session.datagram(BOB, b"me"), "2>me | Target(127.0.0.1:2)");
        assert_eq!(session.handle(Input::Paused { begun: false }), "", "it was taken away again");
        assert_eq!(session.typed("for bob, too"), "2<for bob, too");
    }

    #[test]
    fn the_sender_of_a_frame_is_never_sent_text() {
        let mut session = session(usual(), &[]);
        assert_eq!(session.datagram(ALICE, b"\xffC\x01"), "1>[ff, 43, 1]");
        assert!(!session.chatter.takes_input());
    }

    #[test]
    fn input_that_ends_without_a_line_ends_the_program_at_once() {
        assert_eq!(session(usual(), &[ALICE]).handle(Input::End), "exit 0");
        assert_eq!(session(usual(), &[]).handle(Input::End), "exit 0");
    }

    #[test]
    fn after_the_last_line_answers_may_come_until_a_second_is_quiet() {
        let mut session = session(usual(), &[ALICE]);
        session.typed("hi");
        assert_eq!(session.handle(Input::End), "");
        session.now.moment = Moment::since_start(Duration::from_millis(900));
        assert_eq!(session.datagram(ALICE, b"hello"), "1>hello");
        assert_eq!(session.until_deadline(), (Reason::Linger, "exit 0".into()));
        assert_eq!(session.now.moment, Moment::since_start(Duration::from_millis(1900)));
        assert_eq!(session.datagram(ALICE, b"too late"), "");
    }

    #[test]
    fn timeout_sets_the_wait_after_the_end_of_input() {
        let mut session = session(within(9), &[ALICE]);
        assert_eq!(session.chatter.deadline(), None);
        session.typed("hi");
        session.handle(Input::End);
        assert_eq!(session.until_deadline(), (Reason::Linger, "exit 0".into()));
        assert_eq!(session.now.moment, Moment::since_start(Duration::from_secs(9)));
    }

    #[test]
    fn listen_stays_after_the_end_of_input() {
        let mut session = session(ChatterConfig { listen: true, ..usual() }, &[ALICE]);
        assert_eq!(session.handle(Input::End), "");
        assert_eq!((session.chatter.deadline(), session.chatter.takes_input()), (None, false));
        assert_eq!(session.handle(Input::OutputClosed), "exit 0");
    }

    #[test]
    fn nobody_wrote_in_time() {
        let mut session = session(within(2), &[]);
        assert_eq!(session.until_deadline(), (Reason::FirstWriter, "exit 3".into()));
    }

    #[test]
    fn expect_shows_the_first_match_alone_and_ends() {
        let expect = Expect::new(vec![Regex::new("^pong").unwrap()], false, 0);
        let mut session = session(ChatterConfig { expect, ..within(2) }, &[ALICE]);
        session.typed("ping");
        assert_eq!(session.handle(Input::End), "", "end of input does not end it while unmet");
        assert_eq!(session.datagram(ALICE, b"ping pong"), "");
        assert_eq!(session.datagram(ALICE, b"pong 1"), "1>pong 1 | exit 0");
    }

    #[test]
    fn expect_unmet_in_time_exits_5() {
        let expect = Expect::new(vec![Regex::new("pong").unwrap()], false, 0);
        let mut session = session(ChatterConfig { expect, ..within(2) }, &[]);
        session.datagram(ALICE, b"ping");
        assert_eq!(session.until_deadline(), (Reason::Expect, "exit 5".into()));
    }

    #[test]
    fn an_empty_line_is_sent_from_a_pipe_and_not_from_a_terminal() {
        assert_eq!(session(usual(), &[ALICE]).typed(""), "1<");
        let mut typist = session(ChatterConfig { terminal: true, ..usual() }, &[ALICE]);
        assert_eq!(typist.typed(""), "");
        assert_eq!(typist.handle(Input::End), "exit 0", "nothing was said");
    }

    #[test]
    fn a_terminal_is_told_that_its_lines_wait() {
        let attach = || Input::Attach { client: Client::STANDARD, listening: Listening::default() };
        assert_eq!(session(ChatterConfig { terminal: true, ..usual() }, &[]).handle(attach()), "ready | NobodyYet");
        assert_eq!(session(usual(), &[]).handle(attach()), "ready");
    }

    #[test]
    fn a_refused_line_costs_only_itself_and_the_exit_code() {
        let mut session = session(ChatterConfig { newline: true, ..usual() }, &[ALICE, BOB]);
        let longest = "x".repeat(DATAGRAM_BYTES_MAX);
        assert_eq!(session.typed(&longest), "line 1: Text(TooLong { bytes: 65508, most: 65507 })");
        assert_eq!(session.typed("next"), "1<next\n | 2<next\n");
        session.handle(Input::End);
        assert_eq!(session.until_deadline().1, "exit 1");
    }

    #[test]
    fn who_cannot_be_written_to_in_his_charset_does_not_keep_the_others_from_it() {
        let mut session = session(ChatterConfig { charset: "gbk".parse().unwrap(), ..usual() }, &[ALICE]);
        assert!(session.typed("ok 😀").starts_with("line 1: Text(Unencodable { missing: '😀'"));
        assert_eq!(session.typed("ok"), "1<ok");
    }

    #[test]
    fn trouble_with_one_peer_is_told_and_is_not_the_end() {
        let mut session = session(usual(), &[ALICE, BOB]);
        session.typed("hi");
        assert!(session.undelivered(ALICE, Undelivered::Refused).starts_with("Undelivered"));
        assert_eq!(session.undelivered(ALICE, Undelivered::Refused), "", "once a minute");
        session.handle(Input::End);
        assert_eq!(session.until_deadline().1, "exit 0", "bob got it");
    }

    #[test]
    fn when_all_peers_refused_nobody_was_there_and_when_nothing_left_it_failed() {
        for (why, code) in [(Undelivered::Refused, "exit 3"), (Undelivered::NetworkUnreachable, "exit 1")] {
            let mut session = session(usual(), &[ALICE]);
            session.typed("hi");
            session.undelivered(ALICE, why);
            session.handle(Input::End);
            assert_eq!(session.until_deadline().1, code);
        }
    }

    #[test]
    fn the_same_message_two_hundred_times_is_two_hundred_messages() {
        let mut session = session(usual(), &[ALICE]);
        for _ in 0..200 {
            assert_eq!(session.typed("again"), "1<again");
            assert_eq!(session.datagram(ALICE, b"again"), "1>again");
        }
    }
}
