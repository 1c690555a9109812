//! The conversations that share the screen: which one is typed into, what is unread in the others, what of them is not
//! shown.

use std::collections::VecDeque;
use std::time::Duration;

use crate::chat::api::event::{Content, Event, Message, PlainStanding};
use crate::chat::api::talk::{Conversation, Delivery, MessageBody, MessageId, Person, Said, Speaker};
use crate::chat::base::time::Moment;
use crate::chat::keys::secret::RoomName;
use crate::view::editor::buffer::Buffer;
use crate::view::screen::mention::PeopleNamed;

/// So many plain peers have a place of their own; who wrote longest ago makes room.
const PLAIN_PEERS_MAX: usize = 32;
/// So many events of what is not shown are kept to be shown later, and so many bytes of all together; the others are
/// counted.
const MISSED_MAX: usize = 500;
const MISSED_BYTES_MAX: usize = 512 * 1024;

/// Who is gone, or speaks plain, and with whom nothing was said for so long, leaves the list.
const QUIET_MAX: Duration = Duration::from_secs(3600);

/// One conversation.
#[derive(Debug)]
pub struct Talk {
    /// The number that it has as long as it is there, counted from 1.
    pub number: usize,
    /// Which.
    pub conversation: Conversation,
    /// Who is there, some of them.
    pub here: Vec<Speaker>,
    /// What these call themselves.
    pub nicks: Vec<String>,
    /// How many are.
    pub count: usize,
    /// What one is called there.
    pub nick: String,
    /// Only who has its secret reads it.
    pub is_sealed: bool,
    /// The host of the broker that carries it, and whether that is reached.
    pub broker: Option<(String, bool)>,
    /// What it is about.
    pub topic: Option<String>,
    /// It is a plain session that stands so.
    pub plain: PlainStanding,
    /// It is a room that is not joined yet.
    pub is_entering: bool,
    /// What one said last there, or to somebody alone while one typed there.
    pub newest: Option<Newest>,
    /// How often one was spoken to there and has not looked.
    pub unread: usize,
    draft: Buffer,
    missed: VecDeque<Event>,
    missed_bytes: usize,
    forgotten: u64,
    /// When something last happened in it: by counting, and by the clock.
    last: u64,
    last_at: Moment,
}

impl Talk {
    fn new(conversation: Conversation, number: usize) -> Self {
        Self {
            number,
            conversation,
            here: Vec::new(),
            nicks: Vec::new(),
            count: 0,
            nick: String::new(),
            is_sealed: false,
            broker: None,
            topic: None,
            plain: PlainStanding::default(),
            is_entering: false,
            newest: None,
            unread: 0,
            draft: Buffer::default(),
            missed: VecDeque::new(),
            missed_bytes: 0,
            forgotten: 0,
            last: 0,
            last_at: Moment::START,
        }
    }
}

impl Talk {
    /// Who is meant by a name there.
    pub fn named(&self) -> PeopleNamed<'_> {
        PeopleNamed {
            nick: &self.nick,
            words: &[],
            others: self.here.iter().map(|speaker| speaker.nick.as_str()).collect(),
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.missed.pop_front() {
            self.missed_bytes -= bytes(&oldest);
            self.forgotten += 1;
        }
    }

    /// How much is not shown for now.
    pub fn missed(&self) -> usize {
        self.missed.len()
    }
}

/// A line of one's own.
#[derive(Clone, Debug)]
pub struct Newest {
    id: MessageId,
    to: Conversation,
    /// What became of it, once that is clear.
    pub verdict: Option<Delivery>,
}

impl Newest {
    fn is_among(&self, delivery: &Delivery) -> bool {
        let is_to = match &self.to {
            Conversation::Person(person) => delivery.to.as_ref().map(Person::from).as_ref() == Some(person),
            _ => delivery.to.is_none(),
        };
        is_to && (delivery.first..=delivery.last).contains(&self.id)
    }
}

/// All conversations, in the order of their numbers.
#[derive(Debug)]
pub struct Conversations {
    all: Vec<Talk>,
    current: usize,
    is_only: bool,
    is_away: bool,
    happened: u64,
}

impl Conversations {
    /// Those of the rooms; without any, that of a plain session.
    pub fn new(rooms: &[RoomName]) -> Self {
        let rooms = rooms.iter().map(|room| Conversation::Room(room.clone()));
        let mut all: Vec<Talk> = rooms.zip(1..).map(|(room, number)| Talk::new(room, number)).collect();
        if all.is_empty() {
            all.push(Talk::new(Conversation::PlainPeers(Vec::new()), 1));
        }
        Self { all, current: 0, is_only: false, is_away: false, happened: 0 }
    }

    /// How a plain session stands.
    pub fn set_standing(&mut self, standing: &PlainStanding) {
        let talk = &mut self.all[self.current];
        talk.conversation = Conversation::PlainPeers(standing.to.clone());
        talk.plain = standing.clone();
    }

    /// All of them, in the order of their numbers.
    pub fn all(&self) -> &[Talk] {
        &self.all
    }

    /// The one that is typed into.
    pub fn current(&self) -> &Talk {
        &self.all[self.current]
    }

    /// Whether it alone is shown.
    pub fn is_only(&self) -> bool {
        self.is_only
    }

    /// The place of one, made where it has none.
    fn place(&mut self, conversation: &Conversation) -> usize {
        if let Some(at) = self.all.iter().position(|talk| talk.conversation == *conversation) {
            self.all[at].conversation = conversation.clone(); // somebody may go by another name by now
            return at;
        }
        let is_plain_peer = |talk: &Talk| !matches!(talk.conversation, Conversation::Room(_));
        if self.all.iter().filter(|talk| is_plain_peer(talk)).count() >= PLAIN_PEERS_MAX {
            let others = self.all.iter().enumerate().filter(|(at, talk)| is_plain_peer(talk) && *at != self.current);
            // What is not sent yet is worth more than what others wrote.
            let quietest = others.min_by_key(|(_, talk)| (!talk.draft.text().is_empty(), talk.last));
            if let Some((at, _)) = quietest {
                self.forget(at);
            }
        }
        // The least that no other has: the keys reach nine.
        let most = self.all.len() + 1;
        let number = (1..most).find(|&number| self.at(number).is_none()).unwrap_or(most);
        let place = self.all.partition_point(|talk| talk.number < number);
        self.all.insert(place, Talk::new(conversation.clone(), number));
        self.current += usize::from(place <= self.current);
        place
    }

    /// One is over. Its draft goes with it, and what was not shown.
    pub fn remove(&mut self, conversation: &Conversation) {
        let found = self.all.iter().position(|talk| talk.conversation == *conversation);
        if let Some(at) = found.filter(|&at| at != self.current) {
            self.forget(at);
        }
    }

    /// Those go that nobody needs: quiet for long, with nothing unread, nothing kept back and no draft, and whoever was there is
    /// gone or speaks plain. It is to be called when something happens anyway.
    pub fn expire(&mut self, now: Moment) {
        let is_over = |talk: &Talk| {
            now.since(talk.last_at) >= QUIET_MAX
                && talk.unread == 0
                && talk.missed.is_empty()
                && talk.draft.text().is_empty()
                && match &talk.conversation {
                    Conversation::Person(person) => self.is_here(person) == Some(false),
                    Conversation::PlainPeer(_) => true,
                    Conversation::Room(_) | Conversation::PlainPeers(_) => false,
                }
        };
        let over = (0..self.all.len()).rev().filter(|&at| at != self.current && is_over(&self.all[at]));
        for at in over.collect::<Vec<_>>() {
            self.forget(at);
        }
    }

    /// Whether somebody is in one of the rooms, as far as those who are there are named.
    pub fn is_here(&self, person: &Person) -> Option<bool> {
        let is_among = |talk: &Talk| talk.here.iter().any(|speaker| speaker.author == person.author);
        if self.all.iter().any(is_among) {
            return Some(true);
        }
        self.all.iter().all(|talk| talk.count == talk.here.len()).then_some(false)
    }

    /// Whether the user has made sure whose key it is, as far as that is known of those who are here.
    pub fn is_verified(&self, person: &Person) -> bool {
        let mut here = self.all.iter().flat_map(|talk| &talk.here);
        here.any(|speaker| speaker.author == person.author && speaker.is_verified)
    }

    fn forget(&mut self, at: usize) {
        self.all.remove(at);
        self.current -= usize::from(at < self.current);
    }

    /// Changes what is known of one.
    pub fn of(&mut self, conversation: &Conversation) -> &mut Talk {
        let place = self.place(conversation);
        &mut self.all[place]
    }

    /// One said something. What becomes of a topic, or of what goes to a program that speaks plain, is never clear.
    pub fn wrote(&mut self, to: &Conversation, id: Option<MessageId>) {
        if id.is_none() && matches!(to, Conversation::Room(_)) {
            return;
        }
        let newest = id.map(|id| Newest { id, to: to.clone(), verdict: None });
        let talk = self.of(to);
        talk.unread = 0; // who answers has read
        talk.newest.clone_from(&newest);
        if !matches!(to, Conversation::Room(_)) {
            self.all[self.current].newest = newest;
        }
    }

    /// It is clear what became of something one said.
    pub fn judge(&mut self, delivery: &Delivery) {
        let newest = self.all.iter_mut().filter_map(|talk| talk.newest.as_mut());
        for newest in newest.filter(|newest| newest.is_among(delivery)) {
            newest.verdict = Some(delivery.clone());
        }
    }

    /// It is typed into from now on; `draft` was in the one before. Its own draft is handed back.
    pub fn choose(&mut self, conversation: &Conversation, draft: Buffer) -> Buffer {
        let is_new = self.all.iter().all(|talk| talk.conversation != *conversation);
        let place = self.place(conversation);
        self.all[self.current].draft = draft;
        self.current = place;
        let talk = &mut self.all[place];
        talk.is_entering |= is_new && matches!(conversation, Conversation::Room(_));
        talk.unread = 0;
        std::mem::take(&mut talk.draft)
    }

    /// The one of this number.
    pub fn at(&self, number: usize) -> Option<&Conversation> {
        self.all.iter().find(|talk| talk.number == number).map(|talk| &talk.conversation)
    }

    /// The one so many places on, round and round.
    pub fn beside(&self, places: isize) -> Option<&Conversation> {
        let count = isize::try_from(self.all.len()).ok()?;
        let at = (isize::try_from(self.current).ok()? + places).rem_euclid(count);
        self.all.get(usize::try_from(at).ok()?).map(|talk| &talk.conversation)
    }

    /// The next one with something unread, or not shown.
    pub fn active(&self) -> Option<&Conversation> {
        let round = (1..self.all.len()).map(|step| &self.all[(self.current + step) % self.all.len()]);
        let mut active = round.filter(|talk| talk.unread > 0 || !talk.missed.is_empty());
        active.next().map(|talk| &talk.conversation)
    }

    /// Whether one has said to be away.
    pub fn is_away(&self) -> bool {
        self.is_away
    }

    /// One is away, or back.
    pub fn set_away(&mut self, is_away: bool) {
        self.is_away = is_away;
    }

    /// Only what is typed into is shown from now on, or everything.
    pub fn set_only(&mut self, is_only: bool) {
        self.is_only = is_only;
    }

    /// Whether what happens in a conversation is shown now. Else it is kept until it is.
    pub fn shows(&mut self, conversation: &Conversation, event: &Event, now: Moment) -> bool {
        let place = self.place(conversation);
        self.happened += 1;
        let talk = &mut self.all[place];
        (talk.last, talk.last_at) = (self.happened, now);
        if !self.is_only || place == self.current {
            return true;
        }
        talk.missed_bytes += bytes(event);
        talk.missed.push_back(event.clone());
        if talk.missed.len() > MISSED_MAX {
            talk.forget_oldest();
        }
        // Who wrote most makes room.
        while self.all.iter().map(|talk| talk.missed_bytes).sum::<usize>() > MISSED_BYTES_MAX {
            self.all.iter_mut().max_by_key(|talk| talk.missed_bytes).into_iter().for_each(Talk::forget_oldest);
        }
        false
    }

    /// What was not shown and is now: of the one that is typed into, or of all. With how much of it is not kept.
    pub fn take_missed(&mut self) -> (Vec<Event>, u64) {
        let (is_only, current) = (self.is_only, self.current);
        let shown = self.all.iter_mut().enumerate().filter(|(at, _)| !is_only || *at == current);
        let (mut events, mut forgotten) = (Vec::new(), 0);
        for (_, talk) in shown {
            events.extend(talk.missed.drain(..));
            talk.missed_bytes = 0;
            forgotten += std::mem::take(&mut talk.forgotten);
        }
        (events, forgotten)
    }
}

/// What an event takes, about.
fn bytes(event: &Event) -> usize {
    let text = match event {
        Event::Said(Said {
            words: MessageBody::Text(text) | MessageBody::Action(text) | MessageBody::Topic(text),
            ..
        }) => text.len(),
        Event::Message(Message { content: Content::Text { text, .. }, .. }) => text.len(),
        Event::Message(Message { content: Content::Bytes(bytes), .. }) => bytes.len(),
        _ => 0,
    };
    text + 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::notice::Notice;
    use crate::chat::base::charset::Charset;
    use crate::chat::base::time::Wall;

    fn room(name: &str) -> Conversation {
        Conversation::Room(RoomName::parse(name).unwrap())
    }

    fn plain_peer(port: u16) -> Conversation {
        Conversation::PlainPeer(([10, 0, 0, 7], port).into())
    }

    fn two() -> Conversations {
        Conversations::new(&["a", "b"].map(|name| RoomName::parse(name).unwrap()))
    }

    fn typed(text: &str) -> Buffer {
        let mut buffer = Buffer::default();
        buffer.replace(text);
        buffer
    }

    #[test]
    fn each_has_its_own_draft() {
        let mut talks = two();
        assert_eq!(talks.choose(&room("b"), typed("for a")).text(), "");
        assert_eq!(talks.choose(&plain_peer(9), typed("for b")).text(), "");
        assert_eq!(talks.choose(&room("a"), typed("")).text(), "for a");
        assert_eq!((talks.beside(1), talks.beside(-1)), (Some(&room("b")), Some(&plain_peer(9))));
    }

    #[test]
    fn one_that_is_over_is_gone_and_the_others_stay_what_they_are() {
        let mut talks = two();
        talks.choose(&plain_peer(9), typed("for a"));
        talks.remove(&plain_peer(9));
        assert_eq!(talks.current().conversation, plain_peer(9), "what is typed goes somewhere");
        talks.remove(&room("b"));
        assert_eq!((talks.current().conversation.clone(), talks.beside(1)), (plain_peer(9), Some(&room("a"))));
        assert_eq!(talks.choose(&room("a"), Buffer::default()).text(), "for a");
    }

    #[test]
    fn what_is_unread_is_found_and_read() {
        let mut talks = two();
        assert_eq!(talks.active(), None);
        talks.of(&plain_peer(9)).unread += 1;
        assert_eq!(talks.active(), Some(&plain_peer(9)));
        talks.choose(&plain_peer(9), Buffer::default());
        assert_eq!((talks.active(), talks.current().unread), (None, 0));
    }

    #[test]
    fn what_is_not_shown_is_kept_and_shown_later() {
        let (mut talks, event) = (two(), Event::Notice(Notice::NobodyYet));
        talks.set_only(true);
        assert!(talks.shows(&room("a"), &event, Moment::START) && !talks.shows(&room("b"), &event, Moment::START));
        for _ in 0..MISSED_MAX {
            talks.shows(&room("b"), &event, Moment::START);
        }
        assert_eq!(talks.active(), Some(&room("b")));
        talks.set_only(false);
        let (events, forgotten) = talks.take_missed();
        assert_eq!((events.len(), forgotten), (MISSED_MAX, 1));
    }

    #[test]
    fn what_was_missed_of_who_made_room_counts_no_more() {
        let (mut talks, event) = (two(), Event::Notice(Notice::NobodyYet));
        talks.set_only(true);
        for port in 1..3000 {
            talks.shows(&plain_peer(port), &event, Moment::START);
        }
        for _ in 0..100 {
            talks.shows(&room("b"), &event, Moment::START);
        }
        assert_eq!(talks.all()[1].missed(), 100);
    }

    #[test]
    fn who_writes_much_pushes_nothing_of_others_out() {
        let mut talks = two();
        talks.set_only(true);
        for port in 1..100 {
            let content = Content::Text { text: "x".repeat(20_000), charset: Charset::UTF_8 };
            let from = ([10, 0, 0, 7], port).into();
            talks.shows(
                &plain_peer(port),
                &Event::Message(Message { from, content, received: Wall(0) }),
                Moment::START,
            );
        }
        for _ in 0..100 {
            talks.shows(&room("b"), &Event::Notice(Notice::NobodyYet), Moment::START);
        }
        assert_eq!(talks.all()[1].missed(), 100);
        assert!(talks.all().iter().map(|talk| talk.missed_bytes).sum::<usize>() <= MISSED_BYTES_MAX);
    }

    #[test]
    fn many_guests_make_room_for_each_other() {
        let mut talks = two();
        talks.choose(&plain_peer(1), Buffer::default());
        (1..1000).for_each(|port| talks.of(&plain_peer(port)).unread += 1);
        assert_eq!((talks.all().len(), &talks.current().conversation), (2 + PLAIN_PEERS_MAX, &plain_peer(1)));
    }
}
