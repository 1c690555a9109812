//! The view: events in, text out; keys in, lines out. Pure: no socket, file, terminal or clock.

pub mod editor;
pub mod json;
pub mod lines;
pub mod screen;
pub mod text;
pub(crate) mod words;
