//! What an author may write where: for each map its keys, what stands under them and one sentence each.
//!
//! This table is the one place of that knowledge. The reader takes unknown, missing and misspelt keys from it,
//! and [`schema::json_schema`] turns it into the JSON Schema that editors complete and check with.

mod migration;
pub mod schema;
mod tables;

pub use migration::{MIGRATION, MIGRATION_FILE};
pub use tables::*;

/// What may stand in a place.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// One text.
    Text,
    /// One text that may still be blank in a template.
    Blank,
    /// `yes` or `no`.
    Yes,
    /// One of these words; what is not listed is judged by `compile`.
    Word(&'static [&'static str]),
    /// A map with known keys.
    Map(&'static Shape),
    /// A map whose keys are names of the author's choice.
    Names(&'static Expect),
    /// A list, or a single item without a list.
    Many(&'static Expect),
    /// One of several; the first is what is asked for when none fits.
    Any(&'static [Expect]),
}

/// One key of a map.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// Whether it must stand.
    pub required: bool,
    /// What stands under it.
    pub expect: Expect,
    /// Words that authors try instead.
    pub also: &'static [&'static str],
    /// One sentence, Chinese and English.
    pub about: (&'static str, &'static str),
}

/// A map with known keys.
#[derive(Debug)]
pub struct Shape {
    /// A name for messages and for the schema.
    pub name: &'static str,
    /// What it is, Chinese and English.
    pub about: (&'static str, &'static str),
    /// Its keys, in the order in which they are usually written.
    pub keys: &'static [Key],
    /// What stands under any other key; nothing: there is no other key.
    pub rest: Option<&'static Expect>,
    /// Exactly one of these must stand; empty: no such rule.
    pub one_of: &'static [&'static str],
}

impl Shape {
    /// The key of a name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Expect {
    /// What is expected, for messages: Chinese, English.
    pub fn about(&self) -> (&'static str, &'static str) {
        match self {
            Expect::Text | Expect::Blank | Expect::Word(_) => ("一段文字", "a text"),
            Expect::Yes => ("yes 或 no", "yes or no"),
            Expect::Map(shape) => shape.about,
            Expect::Names(_) => ("“名称: 内容”若干行", "names with what stands under each"),
            Expect::Many(of) => match of {
                Expect::Map(shape) => shape.about,
                _ => ("一项或列表", "one item or a list"),
            },
            Expect::Any(several) => several.first().map_or(("内容", "something"), Expect::about),
        }
    }

    /// Whether it is a single text that must not be empty.
    pub fn is_text(&self) -> bool {
        match self {
            Expect::Text | Expect::Yes | Expect::Word(_) => true,
            Expect::Any(several) => several.first().is_some_and(Expect::is_text),
            _ => false,
        }
    }
}

/// The names of the shapes that take a key, among all shapes of a file.
pub fn holders(key: &str) -> Vec<&'static str> {
    let mut seen: Vec<&'static Shape> = vec![&FILE];
    let mut next = 0;
    while let Some(shape) = seen.get(next).copied() {
        next += 1;
        for inner in shape.keys.iter().map(|key| &key.expect).chain(shape.rest) {
            visit(inner, &mut seen);
        }
    }
    seen.iter().filter(|shape| shape.key(key).is_some()).map(|shape| shape.name).collect()
}

/// Adds the shapes that stand directly in a place.
fn visit(expect: &'static Expect, seen: &mut Vec<&'static Shape>) {
    match expect {
        Expect::Map(shape) if !seen.iter().any(|known| known.name == shape.name) => seen.push(shape),
        Expect::Names(inner) | Expect::Many(inner) => visit(inner, seen),
        Expect::Any(several) => several.iter().for_each(|inner| visit(inner, seen)),
        _ => {}
    }
}
