//! Variables of the environment that several parts know.

/// The variable that a passphrase, or an invitation, may be in. Programs that are started do not get it.
pub const PASSPHRASE: &str = "CHINWAG_PASSPHRASE";
