//! What I have, in few bytes: the heads of all logs in 64 buckets, a hash of each, and a root over them.

use std::collections::BTreeMap;

use crate::chat::base::bytes::Bytes;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::frame::{BUCKET_BYTES, BUCKETS, Buckets, Head, Root};

/// The heads of all logs of a room. Only buckets that changed are hashed again.
#[derive(Debug)]
pub struct Digest {
    heads: Vec<BTreeMap<LogId, Head>>,
    hashes: Buckets,
    /// A bit for each bucket that changed since it was hashed.
    stale: u64,
    root: Root,
}

impl Default for Digest {
    fn default() -> Self {
        let heads = vec![BTreeMap::new(); BUCKETS];
        let mut digest = Self { heads, hashes: Bytes::ZERO, stale: u64::MAX, root: Root::ZERO };
        digest.refresh();
        digest
    }
}

/// The bucket of a log. Log ids are hashes, so their first byte spreads them evenly.
pub fn bucket(log: LogId) -> usize {
    usize::from(log.0[0]) % BUCKETS
}

impl Digest {
    /// A log is held up to here now.
    pub fn set(&mut self, head: Head) {
        let bucket = bucket(head.log);
        self.heads[bucket].insert(head.log, head);
        self.stale |= 1 << bucket;
    }

    /// A log is not held any more.
    pub fn remove(&mut self, log: LogId) {
        let bucket = bucket(log);
        if self.heads[bucket].remove(&log).is_some() {
            self.stale |= 1 << bucket;
        }
    }

    /// The hash over everything.
    pub fn root(&mut self) -> Root {
        self.refresh();
        self.root
    }

    /// The hash of each bucket.
    pub fn buckets(&mut self) -> Buckets {
        self.refresh();
        self.hashes
    }

    /// The buckets in which somebody holds something else.
    pub fn differing(&mut self, theirs: &Buckets) -> Vec<usize> {
        self.refresh();
        let differs = |&bucket: &usize| slot(&self.hashes, bucket) != slot(theirs, bucket);
        (0..BUCKETS).filter(differs).collect()
    }

    /// The heads of a bucket; one that says so where there is none.
    pub fn heads(&self, bucket: usize) -> impl Iterator<Item = Head> {
        let none = self.heads[bucket].is_empty().then(|| nothing_in(bucket));
        self.heads[bucket].values().copied().chain(none)
    }

    /// How far a log is held.
    pub fn head(&self, log: LogId) -> Option<Head> {
        self.heads[bucket(log)].get(&log).copied()
    }

    fn refresh(&mut self) {
        if self.stale == 0 {
            return;
        }
        for bucket in 0..BUCKETS {
            if self.stale & (1 << bucket) != 0 {
                let hash = hash(&self.heads[bucket]);
                self.hashes.0[bucket * BUCKET_BYTES..][..BUCKET_BYTES].copy_from_slice(&hash);
            }
        }
        self.stale = 0;
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"chinwag 1 root").update(&self.hashes.0);
        self.root = Bytes::first_of(hasher.finalize().as_bytes());
    }
}

/// A head that says that nothing is held in a bucket.
fn nothing_in(bucket: usize) -> Head {
    let mut log = LogId::ZERO;
    log.0[0] = u8::try_from(bucket).expect("there are 64");
    Head { log, floor: 0, seq: 0, id: Bytes::ZERO }
}

fn slot(buckets: &Buckets, bucket: usize) -> &[u8] {
    &buckets.0[bucket * BUCKET_BYTES..][..BUCKET_BYTES]
}

/// Zeros for an empty bucket, so that two who hold nothing need no hash to agree.
fn hash(heads: &BTreeMap<LogId, Head>) -> [u8; BUCKET_BYTES] {
    if heads.is_empty() {
        return [0; BUCKET_BYTES];
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"chinwag 1 bucket");
    for head in heads.values() {
        hasher.update(&head.log.0).update(&head.floor.to_le_bytes()).update(&head.seq.to_le_bytes()).update(&head.id.0);
    }
    Bytes::first_of(hasher.finalize().as_bytes()).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(first: u8, seq: u64) -> Head {
        Head { log: Bytes([first, 1, 1, 1, 1, 1, 1, 1]), floor: 1, seq, id: Bytes([7; 8]) }
    }

    #[test]
    fn the_root_depends_on_what_is_held_and_not_on_the_way_there() {
        let (mut one, mut other) = (Digest::default(), Digest::default());
        one.set(head(1, 5));
        one.set(head(2, 9));
        other.set(head(2, 3));
        other.set(head(1, 5));
        assert_ne!(one.root(), other.root());
        other.set(head(2, 9));
        assert_eq!(one.root(), other.root());
        one.remove(head(1, 5).log);
        one.remove(head(2, 9).log);
        assert_eq!(one.root(), Digest::default().root());
    }

    #[test]
    fn only_buckets_that_differ_are_compared() {
        let (mut one, mut other) = (Digest::default(), Digest::default());
        for first in 0..=255 {
            one.set(head(first, 5));
            other.set(head(first, if first == 70 { 6 } else { 5 }));
        }
        assert_eq!(one.differing(&other.buckets()), [70 % BUCKETS]);
        assert_eq!(one.heads(6).count(), 4);
    }

    #[test]
    fn an_empty_bucket_says_so() {
        let nothing: Vec<Head> = Digest::default().heads(9).collect();
        assert_eq!(nothing.len(), 1);
        assert_eq!((bucket(nothing[0].log), nothing[0].seq), (9, 0));
    }
}
