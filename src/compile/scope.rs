//! The names of a place, as a script sees them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::meaning::{Frame, Meaning, Unmeant};
use super::world::{World, is_unknown};
use crate::lang::Message;
use crate::script::Scope;
use crate::value::Type;

/// A place through the eyes of a script.
pub(super) struct View<'a> {
    world: &'a World<'a>,
    frame: &'a Frame<'a>,
    /// What paths were found to mean.
    pub meant: RefCell<BTreeMap<String, Meaning>>,
    /// Paths that mean something, but not here.
    pub not_here: RefCell<BTreeMap<String, Message>>,
    /// Whether something was used that could not be read; then nothing is said about the script.
    pub broken: Cell<bool>,
}

impl<'a> View<'a> {
    pub fn new(world: &'a World<'a>, frame: &'a Frame<'a>) -> View<'a> {
        View {
            world,
            frame,
            meant: RefCell::default(),
            not_here: RefCell::default(),
            broken: Cell::new(false),
        }
    }
}

impl Scope for View<'_> {
    fn resolve(&self, path: &str) -> Result<Type, Vec<String>> {
        match self.world.meaning(path, self.frame) {
            Ok(meaning) => {
                if is_unknown(&meaning.ty) {
                    self.broken.set(true);
                }
                let ty = meaning.ty.clone();
                self.meant.borrow_mut().insert(path.to_owned(), meaning);
                Ok(ty)
            }
            Err(Unmeant::Unknown(near)) => Err(near),
            Err(Unmeant::NotHere(message)) => {
                self.not_here.borrow_mut().insert(path.to_owned(), message);
                Err(Vec::new())
            }
        }
    }

    fn names(&self) -> Vec<String> {
        self.world.paths(self.frame)
    }
}
