//! Where an overlay puts a transition or a row into a list of its base: `insert: first | last | before 2 | after 2`.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::Span;
use crate::syntax::node::{Kind, Node};

use super::under;

/// The key that says where; it is taken out.
const INSERT: &str = "insert";

/// Puts further items into a list, each where it says; positions count the base's own items from 1. One that says nothing is
/// told. Gives the items that were put in.
pub fn insert(list: &mut Node, more: Vec<Node>, at: Span, found: &mut Vec<Diagnostic>) -> Vec<Node> {
    let old: Vec<Node> = super::items(list).to_vec();
    // What has no condition stands last, and nothing after it would ever be reached.
    let end = match old.last() {
        Some(last) if under(last, "otherwise").is_some() => old.len() - 1,
        _ => old.len(),
    };
    let mut gaps: Vec<Vec<Node>> = vec![Vec::new(); old.len() + 1];
    let mut put_in = Vec::new();
    for mut item in more {
        let Some(word) = taken(&mut item) else {
            let message = Message::new("overlay-no-place", [old.len()]);
            let finding = Diagnostic::error(Code::MissingKey, item.span, message)
                .also(list.span, Message::plain("base-here"));
            found.push(finding.help(Message::plain("overlay-no-place-help")));
            continue;
        };
        match gap(&word, old.len(), end) {
            Some(idx) => {
                put_in.push(item.clone());
                gaps.get_mut(idx).into_iter().for_each(|gap| gap.push(item.clone()));
            }
            None => {
                let text = word.text().unwrap_or("").to_owned();
                let message = Message::new("overlay-bad-place", [text, old.len().to_string()]);
                found.push(
                    Diagnostic::error(Code::BadWord, word.span, message)
                        .also(list.span, Message::plain("base-here")),
                );
            }
        }
    }
    let mut all = Vec::with_capacity(old.len() + put_in.len());
    let mut gaps = gaps.into_iter();
    all.extend(gaps.next().into_iter().flatten());
    for item in old {
        all.push(item);
        all.extend(gaps.next().into_iter().flatten());
    }
    let span = if list.is_empty() { at } else { list.span };
    *list = Node { kind: Kind::List(all), span };
    put_in
}

/// The word after `insert:`, taken out of the item.
fn taken(item: &mut Node) -> Option<Node> {
    let Kind::Map(pairs) = &mut item.kind else { return None };
    let idx = pairs.iter().position(|(key, _)| key.text() == Some(INSERT))?;
    Some(pairs.remove(idx).1)
}

/// Before which of the base's items (from 0; their count: after the last).
fn gap(word: &Node, count: usize, end: usize) -> Option<usize> {
    let text = word.text()?;
    match text.split_once(' ') {
        None if text == "first" => Some(0),
        None if text == "last" => Some(end),
        Some((side, number)) => {
            let number: usize = number.trim().parse().ok().filter(|number| (1..=count).contains(number))?;
            match side {
                "before" => Some(number - 1),
                "after" => Some(number),
                _ => None,
            }
        }
        None => None,
    }
}
