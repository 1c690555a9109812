//! The view: events in, text out. Pure: no socket, file, terminal or clock.

pub mod days;
pub mod json;
pub mod lines;
pub mod terms;
pub mod text;
pub mod when;
