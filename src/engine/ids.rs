//! Which of a subject's records has an id: asked at every event, never walked, so that no order of a hash can show.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::record::Record;

/// Places in a list of records by their ids. The ids themselves stay in the records.
///
/// The hash is keyed anew for each subject: senders choose ids, and could otherwise choose ones that collide.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    /// The hash of the id, and the record's place.
    places: HashTable<(u64, usize)>,
    key: RandomState,
}

impl Ids {
    /// The places of these records.
    pub fn of(records: &[Arc<Record>]) -> Ids {
        let mut ids = Ids::default();
        for (place, record) in records.iter().enumerate() {
            ids.insert(ids.hash(&record.id), place);
        }
        ids
    }

    /// The hash of an id, for this subject alone.
    pub fn hash(&self, id: &str) -> u64 {
        self.key.hash_one(id)
    }

    /// The record with an id and its hash.
    pub fn find<'r>(&self, records: &'r [Arc<Record>], id: &str, hash: u64) -> Option<&'r Arc<Record>> {
        let is_it = |(known, place): &(u64, usize)| {
            *known == hash && records.get(*place).is_some_and(|record| record.id.as_ref() == id)
        };
        let (_, place) = self.places.find(hash, is_it)?;
        records.get(*place)
    }

    /// Adds a record's place by the hash of its id.
    pub fn insert(&mut self, hash: u64, place: usize) {
        self.places.insert_unique(hash, (hash, place), |(hash, _)| *hash);
    }
}
