//! Offers and transfers, as objects.

use serde::Serialize;

use super::{SaidMarks, Who, is_false};
use crate::chat::api::requester::{Client, Ticket};
use crate::chat::api::talk::{Offered, Said};
use crate::chat::api::transfers::{OfferListed, OfferTold, TransferFault, TransferState, TransferTold, WaitsFor};
use crate::view::words::en;

/// Somebody offers something.
#[derive(Serialize)]
pub struct OfferObject<'a> {
    /// What it is asked for by.
    offer: &'a str,
    name: &'a str,
    bytes: u64,
    #[serde(skip_serializing_if = "is_false")]
    folder: bool,
    /// BLAKE3 of its stream.
    hash: String,
    id: String,
    room: &'a str,
    #[serde(flatten)]
    from: Who<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(flatten)]
    stamp: SaidMarks,
}

impl<'a> OfferObject<'a> {
    /// Of a message that offers something.
    pub fn of(said: &'a Said, offered: &'a Offered) -> Self {
        Self {
            offer: &offered.id,
            name: &offered.item.name,
            bytes: offered.item.size,
            folder: offered.item.is_folder(),
            hash: offered.item.root.to_string(),
            id: said.id.to_string(),
            room: said.room.as_str(),
            from: (&said.who).into(),
            to: said.to.as_ref().map(ToString::to_string),
            stamp: said.into(),
        }
    }
}

/// An offer that stands, in an answer.
#[derive(Serialize)]
pub struct OfferFields<'a> {
    offer: &'a str,
    name: &'a str,
    bytes: u64,
    #[serde(skip_serializing_if = "is_false")]
    folder: bool,
    room: &'a str,
    #[serde(flatten)]
    from: Who<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    own: bool,
}

impl<'a> From<&'a OfferTold> for OfferFields<'a> {
    fn from(offer: &'a OfferTold) -> Self {
        Self {
            offer: &offer.id,
            name: &offer.name,
            bytes: offer.bytes,
            folder: offer.is_folder,
            room: offer.room.as_str(),
            from: (&offer.by).into(),
            to: offer.to.as_ref().map(ToString::to_string),
            own: offer.is_own,
        }
    }
}

/// The same, and how it stands.
#[derive(Serialize)]
pub struct ListedFields<'a> {
    #[serde(flatten)]
    offer: OfferFields<'a>,
    sent_ms: u64,
    /// Nobody who is here has it.
    #[serde(skip_serializing_if = "is_false")]
    absent: bool,
    #[serde(flatten)]
    state: Option<StateFields<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fetched_by: Vec<Who<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<&'a str>,
}

impl<'a> From<&'a OfferListed> for ListedFields<'a> {
    fn from(listed: &'a OfferListed) -> Self {
        Self {
            offer: (&listed.offer).into(),
            sent_ms: listed.sent.0,
            absent: listed.is_absent,
            state: listed.state.as_ref().map(|state| StateFields::of(state, &listed.offer)),
            fetched_by: listed.fetched_by.iter().map(Who::from).collect(),
            hash: listed.root.as_deref(),
        }
    }
}

/// How a transfer goes.
#[derive(Serialize)]
struct StateFields<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl<'a> StateFields<'a> {
    fn of(state: &'a TransferState, offer: &OfferTold) -> Self {
        let mut fields = Self { state: name(state), done: None, rate: None, path: None, ahead: None, reason: None };
        match state {
            TransferState::Waiting(WaitsFor::Others(ahead)) => fields.ahead = Some(*ahead),
            TransferState::Waiting(why) => fields.reason = Some(waits(*why).to_owned()),
            TransferState::Progress { done, rate } => (fields.done, fields.rate) = (Some(*done), Some(*rate)),
            TransferState::Complete { path } => fields.path = path.as_deref(),
            TransferState::Already { path } => fields.path = Some(path),
            TransferState::Failed(why) => fields.reason = Some(reason(why, offer)),
            _ => {}
        }
        fields
    }
}

fn name(state: &TransferState) -> &'static str {
    match state {
        TransferState::Waiting(WaitsFor::Others(_)) => "busy",
        TransferState::Waiting(_) => "waiting",
        TransferState::Started => "started",
        TransferState::Progress { .. } => "progress",
        TransferState::Complete { .. } => "complete",
        TransferState::Already { .. } => "already",
        TransferState::Failed(_) => "failed",
        TransferState::Cancelled => "cancelled",
        TransferState::Declined => "declined",
        TransferState::Withdrawn => "withdrawn",
    }
}

fn waits(why: WaitsFor) -> &'static str {
    match why {
        WaitsFor::Holder => "not-here",
        WaitsFor::DirectPath => "not-direct",
        WaitsFor::Turn => "turn",
        WaitsFor::Others(_) => "busy",
        WaitsFor::Answer => "no-answer",
    }
}

fn reason(why: &TransferFault, offer: &OfferTold) -> String {
    en::transfer_fault(why, &offer.by.to_string())
}

/// Something happened to an offer or a transfer.
#[derive(Serialize)]
pub struct TransferObject<'a> {
    #[serde(flatten)]
    offer: OfferFields<'a>,
    #[serde(flatten)]
    state: StateFields<'a>,
    /// Who fetches it, where the user offers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<Who<'a>>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Of the command that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Ticket>,
}

impl<'a> TransferObject<'a> {
    /// As it is for `client`.
    pub fn of(told: &'a TransferTold, client: Client) -> Self {
        let requester = told.requester.as_ref().filter(|requester| requester.client == client);
        Self {
            offer: (&told.offer).into(),
            state: StateFields::of(&told.state, &told.offer),
            with: told.with.as_ref().map(Who::from),
            text: en::transfer(told),
            id: requester.and_then(|requester| requester.ticket.as_ref()),
        }
    }
}
