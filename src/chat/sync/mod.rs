//! What is missing, whom to ask for it, and how much may be on the way.

pub mod compare;
pub mod flow;
pub mod repair;
