//! What people read, as functions of values: one file for each language.

pub(crate) mod en;
