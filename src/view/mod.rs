//! The view: events in, text out; keys in, lines out. Pure: no socket, file, terminal or clock.

pub mod asking;
pub mod conversations;
pub mod editor;
pub mod flood;
pub mod json;
pub mod lines;
pub mod mention;
pub mod rows;
pub mod screen;
pub mod status;
pub mod stream;
pub mod text;
pub mod theme;
