//! Chance that is handed in: one seed, and everything that follows from it.

use std::fmt;
use std::time::Duration;

use blake3::OutputReader;

/// A stream of random bytes. The same seed gives the same stream.
pub struct Chance(OutputReader);

impl Chance {
    /// The stream of `seed`, which nobody else may know where it is used for secrets.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self(blake3::Hasher::new_keyed(seed).finalize_xof())
    }

    /// The next bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A stream of its own.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(&self.bytes())
    }

    /// A number below `bound`; 0 where that is 0. The bias is below `bound / 2^64`.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(u64::from_le_bytes(self.bytes())) * u128::from(bound);
        u64::try_from(wide >> 64).expect("the upper half")
    }

    /// A span from `least` to `most`.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let width = most.saturating_sub(least).as_micros();
        least + Duration::from_micros(self.below(u64::try_from(width).unwrap_or(u64::MAX)))
    }

    /// Whether something that happens `part` times of `whole` happens now.
    pub fn happens(&mut self, part: u64, whole: u64) -> bool {
        part >= whole || self.below(whole) < part
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance(secret)")
    }
}
