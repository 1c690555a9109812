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

/// A name for a new file. Nobody knows it before; where the system gives no randomness, whoever makes the file still refuses
/// what is there.
pub fn random_name() -> String {
    let bytes = random().map(|bytes| bytes[..8].to_vec()).unwrap_or_default();
    let number = bytes.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    format!("{number:016x}")
}
