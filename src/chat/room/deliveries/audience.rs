//! Whose receipts count.

use crate::chat::api::talk::InstanceKind;
use crate::chat::keys::identity::Author;
use crate::chat::peers::peer::Peer;
use crate::chat::peers::presence::Presence;

/// Whom something is for; `None`: everybody.
pub type Audience = Option<Author>;

/// Whose receipts count for what is for `to`: where nobody sits before an instance, nobody has read it.
pub fn audience(presence: &Presence, to: Audience) -> impl Iterator<Item = &Peer> {
    let reads = move |peer: &&Peer| to.is_some() || peer.kind() != InstanceKind::Headless;
    presence.counted().filter(reads).filter(move |peer| is_for(to, peer.author))
}

/// Whether what is for `to` is for this person.
pub fn is_for(to: Audience, author: Author) -> bool {
    to.is_none_or(|to| to == author)
}
