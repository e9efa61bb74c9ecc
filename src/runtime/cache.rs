//! Subjects that are at hand: a bounded cache in two generations.
//!
//! What is used moves into the young generation; when that is full, the old one is given up and the young becomes the old.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::State;
use crate::store::Head;

/// A subject at hand.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its state.
    pub state: State,
    /// Where it stands, as the store has it.
    pub head: Head,
    /// Whether the state has changed since it was saved.
    pub dirty: bool,
    /// How many records the newest milestone covers.
    pub milestone: u64,
}

/// The cache. An entry that is taken out and not put back is simply loaded again.
#[derive(Debug)]
pub(super) struct Cache {
    young: BTreeMap<Arc<str>, Box<Entry>>,
    old: BTreeMap<Arc<str>, Box<Entry>>,
    half: usize,
}

impl Cache {
    /// A cache of at most so many subjects.
    pub fn new(subjects_max: usize) -> Cache {
        Cache { young: BTreeMap::new(), old: BTreeMap::new(), half: (subjects_max / 2).max(1) }
    }

    /// Takes a subject out.
    pub fn take(&mut self, subject: &str) -> Option<Box<Entry>> {
        self.young.remove(subject).or_else(|| self.old.remove(subject))
    }

    /// Looks at a subject.
    pub fn peek(&self, subject: &str) -> Option<&Entry> {
        self.young.get(subject).or_else(|| self.old.get(subject)).map(Box::as_ref)
    }

    /// Whether a subject is in the young generation, where it is safe for a while.
    pub fn is_young(&self, subject: &str) -> bool {
        self.young.contains_key(subject)
    }

    /// Puts a subject in; gives back those that had to go.
    pub fn put(&mut self, entry: Box<Entry>) -> BTreeMap<Arc<str>, Box<Entry>> {
        self.young.insert(entry.state.subject.clone(), entry);
        if self.young.len() < self.half {
            return BTreeMap::new();
        }
        std::mem::replace(&mut self.old, std::mem::take(&mut self.young))
    }

    /// Every subject at hand.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.young.values_mut().chain(self.old.values_mut()).map(Box::as_mut)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}
