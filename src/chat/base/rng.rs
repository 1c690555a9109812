//! Chance that is handed in: one seed, and everything that follows from it.

use std::fmt;
use std::time::Duration;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A stream of random bytes. The same seed gives the same stream. Each draw replaces the key that it was made with, so that
/// whoever sees the memory later cannot make an earlier draw again.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Rng {
    key: [u8; 32],
}

impl Rng {
    /// The stream of `seed`, which nobody else may know where it is used for secrets.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self { key: *seed }
    }

    /// The next bytes: hashes under the key of 1, 2 and so on. That of 0 is the next key.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for (number, part) in (1_u8..).zip(bytes.chunks_mut(32)) {
            part.copy_from_slice(&blake3::keyed_hash(&self.key, &[number]).as_bytes()[..part.len()]);
        }
        self.key = *blake3::keyed_hash(&self.key, &[0]).as_bytes();
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

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_and_another_draw_each_time() {
        let draws = |seed: u8| {
            let mut rng = Rng::new(&[seed; 32]);
            let draws: [[u8; 16]; 3] = [rng.bytes(), rng.fork().bytes(), rng.bytes()];
            draws
        };
        let [one, two, three] = draws(1);
        assert!(one != two && two != three && one != three);
        assert_eq!(draws(1), [one, two, three]);
        assert_ne!(draws(2)[0], one);
    }

    /// All that a picture of the memory shows is the key; it is a hash of the one before, which is nowhere any more.
    #[test]
    fn the_state_after_a_draw_cannot_give_it_again() {
        let mut rng = Rng::new(&[7; 32]);
        let before = rng.key;
        let drawn: [u8; 32] = rng.bytes();
        assert!(rng.key != before && rng.key != drawn);
        let mut seen = Rng::new(&rng.key);
        let following: Vec<[u8; 32]> = (0..1000).map(|_| seen.bytes()).collect();
        assert!(!following.contains(&drawn), "what is drawn later says nothing of it");
        assert_eq!(std::mem::size_of::<Rng>(), 32, "and there is no other state");
    }
}
