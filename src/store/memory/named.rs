//! Things by name: found by hash, kept in the order in which they came, so that no order of a hash can show.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

/// How many things lie in one piece of memory: growing must not copy what is there.
const PIECE: usize = 512;

/// Things by name. Only the one that came last can go again: that is all that undoing needs.
pub(super) struct Named<T> {
    /// The hash of the name, and the number.
    places: HashTable<(u64, u32)>,
    key: RandomState,
    /// All full but the last.
    pieces: Vec<Vec<(Arc<str>, T)>>,
    count: u32,
}

impl<T> Default for Named<T> {
    fn default() -> Named<T> {
        Named { places: HashTable::default(), key: RandomState::default(), pieces: Vec::new(), count: 0 }
    }
}

impl<T> Named<T> {
    /// The number of a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        let hash = self.key.hash_one(name);
        let is_it = |(known, number): &(u64, u32)| {
            *known == hash && self.entry(*number).is_some_and(|(known, _)| known.as_ref() == name)
        };
        self.places.find(hash, is_it).map(|(_, number)| *number)
    }

    /// The thing of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.entry(number).map(|(_, thing)| thing)
    }

    /// The thing of a number, to be changed.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let piece = self.pieces.get_mut(number as usize / PIECE)?;
        piece.get_mut(number as usize % PIECE).map(|(_, thing)| thing)
    }

    /// The thing of a name.
    pub fn named(&self, name: &str) -> Option<&T> {
        self.get(self.find(name)?)
    }

    fn entry(&self, number: u32) -> Option<&(Arc<str>, T)> {
        self.pieces.get(number as usize / PIECE)?.get(number as usize % PIECE)
    }

    /// Adds a thing under a name that is not known yet; tells its number.
    pub fn add(&mut self, name: Arc<str>, thing: T) -> u32 {
        let (hash, number) = (self.key.hash_one(name.as_ref()), self.count);
        self.places.insert_unique(hash, (hash, number), |(hash, _)| *hash);
        match self.pieces.last_mut().filter(|piece| piece.len() < PIECE) {
            Some(piece) => piece.push((name, thing)),
            None => {
                // The first grows as it must: most stores are small.
                let mut piece = if self.pieces.is_empty() { Vec::new() } else { Vec::with_capacity(PIECE) };
                piece.push((name, thing));
                self.pieces.push(piece);
            }
        }
        self.count += 1;
        number
    }

    /// Takes the thing that was added last away.
    pub fn pop(&mut self) -> Option<(Arc<str>, T)> {
        let (name, thing) = self.pieces.last_mut()?.pop()?;
        self.pieces.pop_if(|piece| piece.is_empty());
        self.count -= 1;
        let (hash, number) = (self.key.hash_one(name.as_ref()), self.count);
        if let Ok(found) = self.places.find_entry(hash, |(_, known)| *known == number) {
            found.remove();
        }
        Some((name, thing))
    }

    /// Every thing, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten().map(|(_, thing)| thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_last_goes_first_and_all_others_are_found() {
        let mut named = Named::default();
        for number in 0..2_000_u32 {
            assert_eq!(named.add(number.to_string().into(), number), number);
        }
        for number in (50..2_000_u32).rev() {
            assert_eq!(named.pop(), Some((number.to_string().into(), number)));
        }
        assert_eq!((named.find("49"), named.find("50")), (Some(49), None));
        assert_eq!(named.add("50".into(), 7), 50);
        assert_eq!((named.named("50"), named.named("3")), (Some(&7), Some(&3)));
        assert_eq!(named.iter().count(), 51);
    }
}
