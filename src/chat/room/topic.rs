//! What a room is about: the newest topic that anybody has set and not taken back.

use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::identity::{Author, EntryId, LogId};
use crate::chat::log::archive::Archive;
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Deletion, Entry};

/// What a room is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// As it was written.
    pub text: String,
    /// Who says so.
    pub by: Author,
    /// When, as it counts here.
    pub since: Wall,
    /// Where it stands.
    entry: (LogId, u64),
    order: (Stamp, EntryId),
}

impl Topic {
    /// What an entry says of it; `None`: nothing.
    pub fn of(entry: &Entry) -> Option<Self> {
        if entry.header.kind != Body::TOPIC || entry.is_erased {
            return None;
        }
        let Body::Topic(text) = wire::body(entry) else { return None };
        let (by, since) = (entry.header.author, entry.placed.wall());
        let (at, order) = ((entry.log, entry.header.seq), (entry.placed, entry.id));
        Some(Self { text, by, since, entry: at, order })
    }

    /// The one that holds of two: the newer one, and of two at once the one that everybody picks.
    #[must_use]
    pub fn newer(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.order > self.order => other,
            _ => self,
        }
    }

    /// Whether it is among what is taken back.
    pub fn is_among(&self, deletion: Deletion) -> bool {
        let (log, seq) = self.entry;
        deletion.log == log && deletion.seqs().any(|taken_back| taken_back == seq)
    }

    /// The newest of all that is held.
    pub fn newest(archive: &Archive) -> Option<Self> {
        let entries = archive.logs().flat_map(|(_, log)| log.entries());
        entries.filter_map(|entry| Self::of(entry)).fold(None, |newest, topic| Some(topic.newer(newest)))
    }
}

/// What a room is about now, and what somebody said of it who is ignored since.
#[derive(Debug, Default)]
pub struct Topics {
    current: Option<Topic>,
    ignored: Option<Topic>,
}

impl Topics {
    /// The one that holds; `None`: nobody said.
    pub fn current(&self) -> Option<&Topic> {
        self.current.as_ref()
    }

    /// Somebody says so.
    pub fn take(&mut self, topic: Topic) {
        self.current = Some(topic.newer(self.current.take()));
    }

    /// What is held was read, or some of it is there no more.
    pub fn look(&mut self, archive: &Archive) {
        self.current = Topic::newest(archive);
    }

    /// Something was taken back.
    pub fn take_back(&mut self, deletion: Deletion, archive: &Archive) {
        self.ignored.take_if(|topic| topic.is_among(deletion));
        if self.current.as_ref().is_some_and(|topic| topic.is_among(deletion)) {
            self.look(archive);
        }
    }

    /// Nothing of this author counts any more; what it wrote is not held any more.
    pub fn ignore(&mut self, author: Author, archive: &Archive) {
        if let Some(topic) = self.current.take_if(|topic| topic.by == author) {
            self.ignored = Some(topic);
            self.look(archive);
        }
    }

    /// This author counts again. What it wrote before does not come again.
    pub fn heed(&mut self, author: Author) {
        if let Some(topic) = self.ignored.take_if(|topic| topic.by == author) {
            self.take(topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::chat::base::bounds::Bounds;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::Hybrid;
    use crate::chat::keys::identity::{Identity, Run};
    use crate::chat::wire::entry::{Header, NO_ENTRY};

    fn entry(author: u8, seq: u64, at: u64, body: &Body) -> Entry {
        let (identity, time) = (Identity::new(&[author; 32]), Hybrid::default().next(Wall(at)));
        let (run, kind) = (Run::first_of(&[1; 8]), body.kind());
        let header = Header { author: identity.author(), run, seq, prev: NO_ENTRY, time, kind };
        wire::sign_entry(&identity, Bytes([2; 16]), header, &wire::encode_body(body))
    }

    fn topic(author: u8, seq: u64, at: u64, text: &str) -> Entry {
        entry(author, seq, at, &Body::Topic(text.to_owned()))
    }

    #[test]
    fn the_newest_topic_holds_in_whatever_order_they_come_and_what_is_taken_back_does_not() {
        let (first, second) = (topic(1, 1, 10, "first"), topic(2, 1, 20, "second"));
        let both = [&first, &second].map(|entry| Topic::of(entry).unwrap());
        let holds = |one: &Topic, other: &Topic| one.clone().newer(Some(other.clone())).text;
        assert_eq!((holds(&both[0], &both[1]), holds(&both[1], &both[0])), ("second".into(), "second".into()));
        let at_once = [topic(3, 1, 20, "a"), topic(4, 1, 20, "b")].map(|entry| Topic::of(&entry).unwrap());
        assert_eq!(holds(&at_once[0], &at_once[1]), holds(&at_once[1], &at_once[0]), "everybody picks the same");
        assert_eq!(Topic::of(&entry(1, 1, 10, &Body::Profile("first".to_owned()))), None);

        let mut archive = Archive::new(Bounds::default());
        archive.insert(Arc::new(first));
        archive.insert(Arc::new(second.clone()));
        let held = Topic::newest(&archive).unwrap();
        let deletion = Deletion { log: second.log, seq: 1, count: 1 };
        assert!(held.text == "second" && held.is_among(deletion) && !both[0].is_among(deletion));
        archive.take_back(deletion, second.header.author);
        assert_eq!(Topic::newest(&archive).map(|topic| topic.text), Some("first".to_owned()));
    }

    /// It was lost until somebody set another one, for what is forgotten is not asked for again.
    #[test]
    fn who_is_ignored_for_a_while_has_set_the_topic_again_afterwards() {
        let (mut topics, mut archive) = (Topics::default(), Archive::new(Bounds::default()));
        let (first, second) = (topic(1, 1, 10, "first"), topic(2, 1, 20, "second"));
        let author = second.header.author;
        archive.insert(Arc::new(first.clone()));
        for entry in [&first, &second] {
            topics.take(Topic::of(entry).unwrap());
        }
        let current = |topics: &Topics| topics.current().map(|topic| topic.text.clone());
        topics.ignore(author, &archive);
        assert_eq!(current(&topics).as_deref(), Some("first"));
        topics.heed(first.header.author);
        assert_eq!(current(&topics).as_deref(), Some("first"), "somebody else was meant");
        topics.heed(author);
        assert_eq!(current(&topics).as_deref(), Some("second"));
        topics.ignore(author, &archive);
        topics.take(Topic::of(&topic(1, 2, 30, "third")).unwrap());
        topics.heed(author);
        assert_eq!(current(&topics).as_deref(), Some("third"), "it is newer");
    }
}
