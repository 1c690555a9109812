//! What instances say to each other. This enum is the protocol; `PROTOCOL.md` tells when each frame is sent.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::metrics::Kind;
use crate::chat::base::time::Stamp;
use crate::chat::keys::identity::{Author, LogId, Run, Signature};

/// Proves that its bearer receives at an address.
pub type Cookie = Bytes<8>;
/// All that somebody holds, in eight bytes.
pub type Root = Bytes<8>;
/// What somebody holds, in 64 parts of 6 bytes.
pub type Buckets = Bytes<{ BUCKETS * BUCKET_BYTES }>;

/// How many parts a comparison looks at.
pub const BUCKETS: usize = 64;
/// What stands for each of them.
pub const BUCKET_BYTES: usize = 6;

#[expect(clippy::large_enum_variant, reason = "a frame lives on the stack while one datagram is handled")]
/// One datagram. The order is the number on the wire: new frames go to the end.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame<'a> {
    /// From the author at once, from any holder in answer to a [`Frame::Want`], and passed on.
    Entries {
        /// The author counts on a receipt: answered by a beacon to the author after a moment.
        ack: bool,
        /// At least one.
        #[serde(borrow, deserialize_with = "at_most::<_, _, ENTRIES_MAX>")]
        entries: Vec<Signed<'a>>,
    },
    /// From everybody, every now and then and as a receipt. A first one is answered by one's own and a [`Frame::Retry`].
    Beacon {
        /// By whom.
        via: Via,
        /// A [`Beacon`], signed.
        #[serde(borrow)]
        beacon: Signed<'a>,
    },
    /// From an author as a reminder, and in comparisons. Answered by a [`Frame::Want`] for what is missing.
    Heads {
        /// As in [`Frame::Entries`].
        ack: bool,
        /// The answer to [`Frame::Buckets`], to be answered by the requester's own heads in the same buckets.
        reply: bool,
        /// What the sender holds. One without entries says that the sender holds nothing in that bucket.
        #[serde(deserialize_with = "at_most::<_, _, HEADS_MAX>")]
        heads: Vec<Head>,
    },
    /// From whoever lacks something, to one holder. Answered by [`Frame::Entries`], [`Frame::Gone`] or [`Frame::Retry`].
    Want {
        /// From the last [`Frame::Retry`] of this holder, or zeros.
        cookie: Cookie,
        /// May be empty: then it only brings the cookie back.
        #[serde(deserialize_with = "at_most::<_, _, WANTS_MAX>")]
        wants: Vec<Wanted>,
    },
    /// From whoever sees a root that is not its own. Answered by [`Frame::Heads`] of the buckets that differ.
    Buckets {
        /// As in [`Frame::Want`].
        cookie: Cookie,
        /// What the sender holds.
        buckets: Buckets,
    },
    /// To an address that has proven nothing yet. Answered by a [`Frame::Want`] with the cookie.
    Retry {
        /// To be brought back.
        cookie: Cookie,
    },
    /// In answer to a [`Frame::Want`]: what is no longer kept.
    Gone {
        /// From and to are among it.
        #[serde(deserialize_with = "at_most::<_, _, GONE_MAX>")]
        ranges: Vec<Span>,
    },
    /// From whoever wants to fetch what an instance offers. Answered by a [`Frame::Accept`] or a [`Frame::Retry`].
    Begin {
        /// A [`Begin`](crate::chat::keys::exchange::Begin), signed.
        #[serde(borrow)]
        begin: Signed<'a>,
    },
    /// In answer to a [`Frame::Begin`].
    Accept {
        /// An [`Accept`](crate::chat::keys::exchange::Accept), signed.
        #[serde(borrow)]
        accept: Signed<'a>,
    },
}

impl Frame<'_> {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Entries { .. } => Kind::Entries,
            Self::Beacon { .. } => Kind::Beacon,
            Self::Heads { .. } => Kind::Heads,
            Self::Want { .. } => Kind::Want,
            Self::Buckets { .. } => Kind::Buckets,
            Self::Retry { .. } => Kind::Retry,
            Self::Gone { .. } => Kind::Gone,
            Self::Begin { .. } => Kind::Begin,
            Self::Accept { .. } => Kind::Accept,
        }
    }
}

/// Bytes with the signature of whoever is named in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<'a> {
    /// Exactly what was signed.
    #[serde(borrow, with = "serde_bytes")]
    pub bytes: &'a [u8],
    /// By the author named in the bytes.
    pub signature: Signature,
}

/// How far somebody holds a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which log.
    pub log: LogId,
    /// The first entry still kept.
    pub floor: u64,
    /// Everything from `floor` to here is settled. 0: nothing is held in the bucket of this log.
    pub seq: u64,
    /// The beginning of the id of the entry `seq`.
    pub id: Bytes<8>,
}

/// Entries that somebody lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Which log.
    pub log: LogId,
    /// The first.
    pub from: u64,
    /// How many.
    pub count: u8,
}

/// Entries one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Which log.
    pub log: LogId,
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// What an instance signs about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beacon {
    /// Who.
    pub author: Author,
    /// In which run of the program.
    pub run: Run,
    /// Rises with every beacon of the run.
    pub counter: u64,
    /// When.
    pub time: Stamp,
    /// The nick.
    #[serde(deserialize_with = "nick")]
    pub nick: String,
    /// See [`flags`].
    pub flags: u8,
    /// Seconds to the next beacon.
    pub interval: u8,
    /// Over everything it holds.
    pub root: Root,
    /// How many logs it holds.
    pub logs: u32,
    /// What private messages to it are sealed with; zeros where it takes none.
    pub prekey: Bytes<32>,
    /// When this room got another secret, which the sender uses, in milliseconds since 1970; 0: the sender uses this one.
    pub moved: u64,
    /// How far it has settled the logs of those who count on a receipt.
    #[serde(deserialize_with = "at_most::<_, _, ACKS_MAX>")]
    pub acks: Vec<Ack>,
    /// The beginnings of the logs of those it hears directly, rotating where they are more.
    #[serde(deserialize_with = "at_most::<_, _, HEARS_MAX>")]
    pub hears: Vec<Hears>,
}

/// A receipt: the log is settled up to here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// Which log.
    pub log: LogId,
    /// The last settled entry.
    pub seq: u64,
}

/// The beginning of a log id.
pub type Hears = Bytes<4>;

/// Who sends a beacon, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    /// The instance itself.
    Author,
    /// Another one, which passes it on: its author is here, though it is not heard.
    Other,
    /// Another one, which passes it on between networks that a broker joins, as a receipt and nothing else.
    Receipt,
}

/// What a beacon says of its instance.
pub mod flags {
    /// It ends now.
    pub const LEAVING: u8 = 1;
    /// It received a multicast of late.
    pub const HEARS_MULTICAST: u8 = 2;
    /// Nobody sits before it.
    pub const HEADLESS: u8 = 4;
    /// Somebody does, and is away.
    pub const AWAY: u8 = 8;
    /// Its key is forgotten when it ends, and its claim to its nick with it.
    pub const TEMPORARY: u8 = 16;
    /// It does one thing and ends.
    pub const PASSING: u8 = 32;
    /// It was published at a broker: its interval, and whom it hears, are those there.
    pub const AFAR: u8 = 64;
}

/// The most a list may hold: what fits into one datagram.
pub const ENTRIES_MAX: usize = 16;
/// As above: 40 of at most 26 bytes, as long as nobody wrote four thousand million entries.
pub const HEADS_MAX: usize = 40;
/// As above.
pub const WANTS_MAX: usize = 60;
/// As above, as for heads.
pub const GONE_MAX: usize = 40;
/// As the protocol says.
pub const ACKS_MAX: usize = 16;
/// As the protocol says.
pub const HEARS_MAX: usize = 16;
/// The longest nick, in bytes of UTF-8.
pub const NICK_BYTES_MAX: usize = 32;

/// A list whose announced length is checked before anything is reserved or looped over.
pub(super) fn at_most<'de, D, T, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Items<T, const MAX: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MAX} items")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let announced = seq.size_hint().unwrap_or(usize::MAX);
            if announced > MAX {
                return Err(A::Error::invalid_length(announced, &self));
            }
            let mut items = Vec::with_capacity(announced);
            while let Some(item) = seq.next_element()? {
                items.push(item);
            }
            Ok(items)
        }
    }
    deserializer.deserialize_seq(Items::<T, MAX>(PhantomData))
}

fn nick<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let nick = String::deserialize(deserializer)?;
    if nick.len() > NICK_BYTES_MAX { Err(D::Error::invalid_length(nick.len(), &"a nick")) } else { Ok(nick) }
}
