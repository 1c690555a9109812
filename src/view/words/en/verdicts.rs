//! What became of one's own lines.

use crate::chat::api::talk::Delivery;
use crate::view::text::when::LocalTime;

/// What was told to be unconfirmed is confirmed after all.
pub fn after_all(told: &Delivery, Delivery { confirmed, of, .. }: &Delivery) -> String {
    let (more, are) = if is_one(told) { ("", "is") } else { (" and what followed", "are") };
    format!("\"{}\"{more} {are} confirmed after all ({confirmed} of {of})", begins(told))
}

/// What is said of a delivery where it did not go well, or not at once.
pub fn delivery(delivery: &Delivery, local: &LocalTime) -> Option<String> {
    let Delivery { confirmed, of, missing, .. } = delivery;
    let text = begins(delivery);
    if let Some(said) = delivery.said_before {
        let names: Vec<String> = delivery.by.iter().map(ToString::to_string).collect();
        let (more, has) = if is_one(delivery) { ("", "has") } else { (" and what followed", "have") };
        return Some(format!("\"{text}\"{more}, said {}, {has} reached {}", local.second(said), names.join(", ")));
    }
    if confirmed == of && *of > 0 {
        return delivery.is_after_all.then(|| after_all(delivery, delivery));
    }
    let more = if is_one(delivery) { "" } else { " and what followed" };
    let begins = format!("\"{text}\"{more}");
    if let (Some(to), 0) = (&delivery.to, of) {
        return Some(match delivery.held {
            0 => format!("{to} is not here, and nobody holds {begins} for them but you"),
            1 => format!("{to} is not here: one other holds {begins} for them, sealed"),
            held => format!("{to} is not here: {held} others hold {begins} for them, sealed"),
        });
    }
    let held = held_by(delivery);
    if *of == 0 {
        let nobody = if delivery.is_anybody_heard { "nobody confirmed" } else { "nobody was there to read" };
        return Some(format!("{nobody} {begins}{held}"));
    }
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return Some(format!("{begins}: only {confirmed} of {of} have confirmed{held}"));
    }
    Some(format!("{begins}: not confirmed by {} ({confirmed} of {of} have){held}", names.join(", ")))
}

/// Who holds it for whoever comes, and has not read it.
fn held_by(delivery: &Delivery) -> String {
    let names: Vec<String> = delivery.held_by.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} holds it"),
        several => format!("; {} hold it", several.join(", ")),
    }
}

fn is_one(delivery: &Delivery) -> bool {
    (delivery.first.seq, delivery.first.index) == (delivery.last.seq, delivery.last.index)
}

/// How the first message of it begins.
pub fn begins(delivery: &Delivery) -> &str {
    delivery.text.as_deref().unwrap_or("[taken back]")
}
