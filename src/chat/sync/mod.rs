//! What is missing, whom to ask for it, and how much may be on the way.

pub(crate) mod compare;
pub(crate) mod flow;
pub(crate) mod repair;
