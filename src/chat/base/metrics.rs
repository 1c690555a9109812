//! What passes through a session: datagrams by kind, what is refused, and the trace of each for whoever looks closely.

use std::net::SocketAddr;

/// What a datagram is: a frame of this kind, or plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Entries.
    Entries,
    /// Somebody is here.
    Beacon,
    /// How far somebody holds logs.
    Heads,
    /// What somebody lacks.
    Want,
    /// What somebody holds, in short.
    Buckets,
    /// An address is to be proven.
    Retry,
    /// What is no longer kept.
    Gone,
    /// Somebody wants to fetch something.
    Begin,
    /// That is granted.
    Accept,
    /// Of a transfer: what is asked for, and what comes.
    Transfer,
    /// Text of whoever speaks plain.
    Plain,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Entries,
        Self::Beacon,
        Self::Heads,
        Self::Want,
        Self::Buckets,
        Self::Retry,
        Self::Gone,
        Self::Begin,
        Self::Accept,
        Self::Transfer,
        Self::Plain,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Beacon => "beacon",
            Self::Heads => "heads",
            Self::Want => "want",
            Self::Buckets => "buckets",
            Self::Retry => "retry",
            Self::Gone => "gone",
            Self::Begin => "begin",
            Self::Accept => "accept",
            Self::Transfer => "transfer",
            Self::Plain => "plain",
        }
    }
}

/// So many datagrams of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Kind::ALL.len()]);

impl Counts {
    /// One more.
    pub fn add(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }

    /// How many.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
        self
    }
}

/// What is counted of refused datagrams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// For a room that is none of ours.
    pub foreign: u64,
    /// Not sealed for this room, or damaged.
    pub seal: u64,
    /// Sealed, but no value of ours.
    pub malformed: u64,
    /// Not signed by whom it names.
    pub signature: u64,
    /// More than anybody needs.
    pub flood: u64,
}

impl Tally {
    /// Each reason with its count.
    pub fn reasons(&self) -> [(&'static str, u64); 5] {
        [
            ("foreign", self.foreign),
            ("seal", self.seal),
            ("malformed", self.malformed),
            ("signature", self.signature),
            ("flood", self.flood),
        ]
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            foreign: self.foreign + other.foreign,
            seal: self.seal + other.seal,
            malformed: self.malformed + other.malformed,
            signature: self.signature + other.signature,
            flood: self.flood + other.flood,
        }
    }
}

/// What passed through one room, or through a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Datagrams that were read.
    pub received: Counts,
    /// Datagrams that were to be sent, each address for itself.
    pub sent: Counts,
    /// What was refused of those that came.
    pub refused: Tally,
}

/// How closely somebody looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Not at all.
    #[default]
    None,
    /// What is refused, asked for and given up.
    Refusals,
    /// Every datagram.
    Datagrams,
    /// And what is said.
    Words,
}

/// Something that happened beneath what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// A datagram came and was read.
    Received {
        /// From there.
        from: SocketAddr,
        /// What it was.
        kind: Kind,
        /// Its size.
        bytes: usize,
    },
    /// A datagram came, and it or something in it was refused.
    Refused {
        /// From there.
        from: SocketAddr,
        /// Why, as [`Tally::reasons`] names it.
        why: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// A datagram was to be sent.
    Sent {
        /// There; `None`: to the whole network.
        to: Option<SocketAddr>,
        /// What it is.
        kind: Kind,
        /// Its size.
        bytes: usize,
    },
    /// A datagram was to be sent, and was not.
    Unsent {
        /// There; `None`: to the whole network.
        to: Option<SocketAddr>,
        /// What it is.
        kind: Kind,
        /// As far as the system says.
        why: String,
    },
}

impl Trace {
    /// How closely one must look to see it.
    pub fn detail(&self) -> Detail {
        match self {
            Self::Refused { why: "foreign", .. } => Detail::Datagrams, // other rooms are no news
            Self::Refused { .. }
            | Self::Sent { kind: Kind::Want | Kind::Gone, .. }
            | Self::Unsent { kind: Kind::Want | Kind::Gone, .. } => Detail::Refusals,
            Self::Received { .. } | Self::Sent { .. } | Self::Unsent { .. } => Detail::Datagrams,
        }
    }
}
