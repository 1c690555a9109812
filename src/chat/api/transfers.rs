//! What is told of files: what becomes of offers, how transfers go.

use crate::chat::api::disk::NotKept;
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Speaker;
use crate::chat::base::time::Wall;
use crate::chat::keys::secret::RoomName;

/// An offer, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferTold {
    /// What people call it.
    pub id: String,
    /// As the file is called where it comes from; not yet safe to show.
    pub name: String,
    /// How many bytes its stream has.
    pub bytes: u64,
    /// It is a folder.
    pub is_folder: bool,
    /// Where it was offered.
    pub room: RoomName,
    /// Who offers it.
    pub by: Speaker,
    /// Whom alone it is to; oneself, where somebody else offers it.
    pub to: Option<Speaker>,
    /// The user offers it.
    pub is_own: bool,
}

/// Something happened to an offer or to a transfer of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferTold {
    /// Of which.
    pub offer: OfferTold,
    /// Who fetches it, where the user offers it.
    pub with: Option<Speaker>,
    /// What.
    pub state: TransferState,
    /// Who asked for it, where somebody did.
    pub requester: Option<Requester>,
}

/// How a transfer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// It waits: why.
    Waiting(WaitsFor),
    /// Bytes are coming, or going.
    Started,
    /// So many of its bytes are here, and so many come in a second.
    Progress {
        /// As kept.
        done: u64,
        /// In the last seconds.
        rate: u64,
    },
    /// All of it is here and is what was signed, or whoever fetched it says so.
    Complete {
        /// Where it is; `None`: at somebody else's.
        path: Option<String>,
    },
    /// All of it was here before.
    Already {
        /// Where.
        path: String,
    },
    /// It does not go on.
    Failed(TransferFault),
    /// The user stopped it.
    Cancelled,
    /// Whom it was offered to does not want it.
    Declined,
    /// Its author does not offer it any more.
    Withdrawn,
}

/// What a transfer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// Nobody who is here has it.
    Holder,
    /// Whoever has it is heard only through others.
    DirectPath,
    /// Something else is fetched from there first.
    Turn,
    /// So many others are served first.
    Others(u8),
    /// Whoever has it did not answer, or broke off.
    Answer,
}

/// Why a transfer does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferFault {
    /// It cannot be kept here.
    NotKept(NotKept),
    /// It is not any more what was offered.
    Changed,
    /// It is not offered any more, or not to the user.
    NoOffer,
}

/// What is known of an offer, for whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferListed {
    /// Which.
    pub offer: OfferTold,
    /// When it was offered, as its author says.
    pub sent: Wall,
    /// How the transfer to here goes, or went in this session; none was begun.
    pub state: Option<TransferState>,
    /// Nobody who is here has it.
    pub is_absent: bool,
    /// Who fetches it now, where the user offers it.
    pub fetched_by: Vec<Speaker>,
    /// Its hash, where one offer was asked for.
    pub root: Option<String>,
}
