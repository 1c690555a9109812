//! Random bytes of the system.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::view::words::en;

/// The system gives none.
#[derive(Debug, Error)]
#[error("{}", en::system::NO_RANDOMNESS)]
pub struct NoRandomness;

/// 32 bytes that nobody can guess.
pub fn random() -> Result<Zeroizing<[u8; 32]>, NoRandomness> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
