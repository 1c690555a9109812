//! How things stand: what became of a line, and whether a room is reached at its broker.

use super::{Object, kinds};
use crate::chat::api::carrier::CarrierNews;
use crate::chat::api::requester::Client;
use crate::chat::api::talk::Delivery;
use crate::view::words::en;

/// Of a room at its broker.
pub fn carrier_object(news: &CarrierNews) -> Object<'_> {
    let (state, why) = kinds::carrier_state(&news.state);
    Object::Carrier { room: news.room.as_str(), host: news.broker.host(), state, why, text: en::carrier::carrier(news) }
}

/// Of what one said.
pub fn delivery_object(delivery: &Delivery, client: Client) -> Object<'_> {
    let ours = delivery.requesters.iter().filter(|requester| requester.client == client);
    Object::Delivery {
        room: delivery.room.as_str(),
        first: delivery.first.to_string(),
        last: delivery.last.to_string(),
        text: en::begins(delivery),
        confirmed: delivery.confirmed,
        of: delivery.of,
        by: delivery.by.iter().map(ToString::to_string).collect(),
        missing: delivery.missing.iter().map(ToString::to_string).collect(),
        to: delivery.to.as_ref().map(ToString::to_string),
        held: delivery.to.as_ref().map(|_| delivery.held),
        held_by: delivery.held_by.iter().map(ToString::to_string).collect(),
        heard: delivery.is_anybody_heard,
        ids: ours.filter_map(|requester| requester.ticket.as_ref()).collect(),
        said_ms: delivery.said_before.map(|said| said.0),
    }
}
