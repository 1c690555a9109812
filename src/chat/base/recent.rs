//! A map that forgets: bounded memory for things that strangers can invent.

use std::collections::BTreeMap;

/// A map of two generations. When the young one is full it becomes the old one, and the old one is forgotten: at most
/// `2 × bound` entries, and the last `bound` different keys that were touched are always among them. A flood of new keys
/// costs one insertion each, never a search for the oldest.
#[derive(Clone, Debug)]
pub struct Recent<K, V> {
    young: BTreeMap<K, V>,
    old: BTreeMap<K, V>,
    bound: usize,
}

impl<K: Ord, V> Recent<K, V> {
    /// An empty map whose generations hold `bound` entries each.
    pub const fn new(bound: usize) -> Self {
        Self { young: BTreeMap::new(), old: BTreeMap::new(), bound }
    }

    /// The value of `key`, if it is still remembered.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// How many keys are remembered.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Everything that is remembered, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.young.iter().chain(self.old.iter())
    }

    /// The value of `key`, touched; a new one where it was forgotten or never known.
    pub fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if !self.young.contains_key(&key) && self.young.len() >= self.bound {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        match self.young.entry(key) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let value = old.remove(entry.key()).unwrap_or_default();
                entry.insert(value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_touched_of_late_is_remembered_and_a_flood_is_bounded() {
        let mut recent = Recent::new(4);
        *recent.entry(0) = "friend";
        for stranger in 1..100 {
            recent.entry(stranger);
            assert_eq!(*recent.entry(0), "friend");
            assert!(recent.young.len() <= 4 && recent.old.len() <= 4);
        }
        for stranger in 100..108 {
            recent.entry(stranger);
        }
        assert_eq!(recent.get(&0), None);
    }
}
