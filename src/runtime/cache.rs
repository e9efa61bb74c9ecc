//! Subjects that are at hand: a bounded cache in two generations.
//!
//! What is used moves into the young generation; when that is full, the old one is given up and the young becomes the old.
//! Subjects are found by hash; whoever goes through them does so by name, so that no order of a hash can show.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use crate::engine::State;
use crate::store::Head;

/// A subject at hand.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its state.
    pub state: State,
    /// Where it stands, as the store has it.
    pub head: Head,
    /// How much has happened since its state was saved: what folding it again would have to go through.
    pub unsaved: usize,
    /// How many records the newest milestone covers.
    pub milestone: u64,
}

impl Entry {
    fn is_of(&self, subject: &str) -> bool {
        self.state.subject.as_ref() == subject
    }
}

/// The cache. An entry that is taken out and not put back is simply loaded again.
#[derive(Debug)]
pub(super) struct Cache {
    young: HashTable<Box<Entry>>,
    old: HashTable<Box<Entry>>,
    key: RandomState,
    half: usize,
}

impl Cache {
    /// A cache of at most so many subjects.
    pub fn new(subjects_max: usize) -> Cache {
        let half = (subjects_max / 2).max(1);
        Cache { young: HashTable::new(), old: HashTable::new(), key: RandomState::new(), half }
    }

    /// Takes a subject out.
    pub fn take(&mut self, subject: &str) -> Option<Box<Entry>> {
        let hash = self.key.hash_one(subject);
        let found = match self.young.find_entry(hash, |entry| entry.is_of(subject)) {
            Ok(found) => found,
            Err(_) => self.old.find_entry(hash, |entry| entry.is_of(subject)).ok()?,
        };
        Some(found.remove().0)
    }

    /// Looks at a subject.
    pub fn peek(&self, subject: &str) -> Option<&Entry> {
        let hash = self.key.hash_one(subject);
        let young = self.young.find(hash, |entry| entry.is_of(subject));
        young.or_else(|| self.old.find(hash, |entry| entry.is_of(subject))).map(Box::as_ref)
    }

    /// Whether a subject is in the young generation, where it is safe for a while.
    pub fn is_young(&self, subject: &str) -> bool {
        let hash = self.key.hash_one(subject);
        self.young.find(hash, |entry| entry.is_of(subject)).is_some()
    }

    /// Puts a subject in that was taken out before; gives back those that had to go, by name.
    pub fn put(&mut self, entry: Box<Entry>) -> impl Iterator<Item = Box<Entry>> + use<> {
        let key = &self.key;
        let hash = key.hash_one(entry.state.subject.as_ref());
        self.young.insert_unique(hash, entry, |entry| key.hash_one(entry.state.subject.as_ref()));
        let mut gone: Vec<_> = match self.young.len() < self.half {
            true => Vec::new(),
            false => {
                let gone = self.old.drain().collect();
                std::mem::swap(&mut self.old, &mut self.young);
                gone
            }
        };
        gone.sort_unstable_by(|one, two| one.state.subject.cmp(&two.state.subject));
        gone.into_iter()
    }

    /// Every subject at hand, by name.
    pub fn all(&mut self) -> Vec<&mut Entry> {
        let mut all: Vec<&mut Entry> =
            self.young.iter_mut().chain(self.old.iter_mut()).map(Box::as_mut).collect();
        all.sort_unstable_by(|one, two| one.state.subject.cmp(&two.state.subject));
        all
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}
