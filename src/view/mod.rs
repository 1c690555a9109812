//! The view: events in, text out. Pure: no socket, file, terminal or clock.

pub mod json;
pub mod lines;
pub mod text;
