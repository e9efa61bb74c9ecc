//! What an overlay may say about an element of its base: one table.

use crate::syntax::shape::{Expect, Shape};

/// What an overlay may do at a place of its base that is no map of names to go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Words for people: said otherwise freely.
    Words,
    /// A value that is an overlay's to set: said otherwise freely, and reported.
    Value,
    /// A list to which it adds at the end.
    Added,
    /// A list in which order matters: each further item says where it stands.
    Placed,
    /// What binds: only by `replaces:`.
    Kept,
}

/// How a place is gone into.
#[derive(Clone, Copy, Debug)]
pub enum Into {
    /// A map of names: each name is an element of its own.
    Names(&'static Expect),
    /// A map with known keys.
    Keys(&'static Shape),
    /// One thing, which a rule speaks of as a whole.
    Whole,
}

/// How what stands under a key is gone into.
pub fn into(shape: &Shape, key: &str, expect: &'static Expect) -> Into {
    match (shape.name, key) {
        // In these the entries mean something together only.
        ("map", "linear") | ("scorecard", "bands") | ("function", "params") => Into::Whole,
        ("table", "inputs" | "outputs") => Into::Whole,
        _ => match expect {
            Expect::Names(inner) => Into::Names(inner),
            Expect::Map(shape) => Into::Keys(shape),
            _ => Into::Whole,
        },
    }
}

/// What may be said otherwise under a key of a shape. What the table does not name is kept.
pub fn rule(shape: &Shape, key: &str) -> Rule {
    match (shape.name, key) {
        (_, "label" | "title" | "message" | "text") | ("file", "translations") => Rule::Words,
        ("clause", "who" | "reason") => Rule::Words,
        ("parameter", "value" | "versions" | "calendar" | "clause") => Rule::Value,
        ("parameter_set", "versions" | "rows" | "calendar" | "clause") => Rule::Value,
        ("role", "held_by") => Rule::Value,
        ("calendar", "holidays_from") => Rule::Added,
        ("calendar", _) => Rule::Value,
        ("workflow" | "state" | "scorecard" | "table", "clause") => Rule::Added,
        ("state", "effects" | "on_leave" | "compensation") => Rule::Added,
        ("clock", "warn" | "escalate") => Rule::Added,
        ("warn" | "escalate" | "breached" | "late", "notify" | "effects") => Rule::Added,
        ("permission", "covers") => Rule::Added,
        ("workflow" | "state", "on_event") | ("state", "completed") | ("table", "rows") => Rule::Placed,
        _ => Rule::Kept,
    }
}

/// Whether an overlay may add a key that the element of its base does not have.
pub fn may_add(shape: &Shape, key: &str, rule: Rule, into: Into) -> bool {
    match (shape.name, key) {
        // What is told when something is late takes nothing away.
        ("clock", "breached") | ("duty", "late" | "done_late") | ("clause", "deviates") => true,
        // A workflow without states has one of its own, which further ones would put aside.
        ("workflow", "states") => false,
        // A role without holders is read from somewhere else.
        ("role", "held_by") => false,
        _ => matches!(into, Into::Names(_)) || rule != Rule::Kept,
    }
}
