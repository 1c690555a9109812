//! What the user thinks of a key: decided here, told to nobody, and stronger than what anybody says.

/// What the user thinks of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// What it is called here, whatever it calls itself.
    pub petname: Option<String>,
    /// The words of both keys were compared.
    pub is_verified: bool,
    /// Nothing of it is taken, kept, passed on or shown.
    pub is_ignored: bool,
}
