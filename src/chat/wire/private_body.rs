//! What a sealed entry holds: something for one person alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::LEFT_OUT_MAX;
use crate::chat::base::time::Stamp;
use crate::chat::keys::identity::{LogId, ShortKey};
use crate::chat::wire::entry::{Action, Text};
use crate::chat::wire::frame::at_most;
use crate::chat::wire::offer::{OfferAnswer, OfferItem, OfferKey};

/// Something for one person alone. The order is the number on the wire: new kinds go to the end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrivateBody {
    /// A message, or a part of one that is long.
    Text(Text),
    /// What the writer does.
    Action(Action),
    /// This entry of the receiver's was for the writer, who can no longer open it.
    Unreadable {
        /// Which log.
        log: LogId,
        /// Which entry.
        seq: u64,
    },
    /// The room has another secret from now on.
    Secret {
        /// What it is derived from.
        secret: Bytes<16>,
        /// When it was made: of two the later one holds.
        since: Stamp,
        /// Who was not to have it, of those that whoever made it knew.
        #[serde(deserialize_with = "at_most::<_, _, LEFT_OUT_MAX>")]
        left_out: Vec<ShortKey>,
    },
    /// Something is offered to whom it is for alone.
    Offer(OfferItem),
    /// What became of an offer.
    OfferAnswer {
        /// Which.
        offer: OfferKey,
        /// What.
        answer: OfferAnswer,
    },
}

/// What is secret in it is not shown.
impl fmt::Debug for PrivateBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Letter::Text",
            Self::Action(_) => "Letter::Action",
            Self::Unreadable { .. } => "Letter::Unreadable",
            Self::Secret { .. } => "Letter::Secret",
            Self::Offer(_) => "Letter::Offer",
            Self::OfferAnswer { .. } => "Letter::OfferAnswer",
        })
    }
}

/// How long a private body is made, so that its length tells little: the least of these that it fits.
pub const PRIVATE_BODY_BYTES: [usize; 5] = [64, 128, 256, 512, 768];

/// What a text takes in a private body beside its bytes: which kind it is, how many strings, how long, whether it goes on, and
/// whether a program says it.
const TEXT_OVERHEAD: usize = 1 + 1 + 3 + 1 + 1;

/// The longest action in a private body, in bytes: which kind it is, its length and whether a program says it stand beside it.
pub const ACTION_BYTES_MAX: usize = PRIVATE_BODY_BYTES[PRIVATE_BODY_BYTES.len() - 1] - (1 + 3 + 1);

/// A message as private messages: as many as it needs, cut between characters.
pub fn private_bodies(message: &str, is_auto: bool) -> Vec<PrivateBody> {
    let (mut private_bodies, mut rest) = (Vec::new(), message);
    loop {
        let most = PRIVATE_BODY_BYTES[PRIVATE_BODY_BYTES.len() - 1] - TEXT_OVERHEAD;
        let end = (0..=most.min(rest.len())).rev().find(|&at| rest.is_char_boundary(at)).unwrap_or(0);
        let (part, behind) = rest.split_at(end);
        private_bodies.push(PrivateBody::Text(Text {
            lines: vec![part.to_owned()],
            continues: !behind.is_empty(),
            is_auto,
        }));
        if behind.is_empty() {
            return private_bodies;
        }
        rest = behind;
    }
}
