//! What an overlay says otherwise than its base, one after another with both places.

use crate::lang::{Lang, Message};
use crate::model::Policy;
use crate::source::Sources;
use crate::syntax::compose::{Replaced, ReplacedKind};
use crate::syntax::raw::Text;

/// The list; empty for a policy that extends none.
pub(super) fn told(policy: &Policy, lang: Lang) -> String {
    let (words, rest): (Vec<&Replaced>, Vec<&Replaced>) =
        policy.replaced().iter().partition(|one| one.kind == ReplacedKind::Words);
    let mut out = String::new();
    if !rest.is_empty() {
        out.push_str(&Message::new("shell-check-replaced", [rest.len()]).render(lang));
        out.push('\n');
        rest.iter().for_each(|one| out.push_str(&entry(policy.sources(), one, lang)));
    }
    if !words.is_empty() {
        out.push_str(&Message::new("shell-check-words", [words.len()]).render(lang));
        out.push('\n');
    }
    out
}

/// The path with its clause, what was said and what is said, where both stand, and why.
fn entry(sources: &Sources, one: &Replaced, lang: Lang) -> String {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
    let (base, now) = (text(&one.base), text(&one.now));
    let change = match one.kind {
        ReplacedKind::Removed => Message::new("shell-replaced-removed", [base]),
        ReplacedKind::Inserted | ReplacedKind::Element if one.base.is_none() => {
            Message::new("shell-replaced-added", [now])
        }
        ReplacedKind::Inserted => Message::new("shell-replaced-inserted", [base, now]),
        _ => Message::new("shell-replaced-value", [base, now]),
    };
    let clause = one.clause.as_ref().map_or(String::new(), |clause| format!(" ({clause})"));
    let places = match &one.base {
        None => place(sources, &one.now),
        base => format!("{} → {}", place(sources, base), place(sources, &one.now)),
    };
    let mut out = format!("  {}{clause}: {}\n    {places}\n", one.path, change.render(lang));
    if let Some(because) = &one.because {
        out.push_str(&format!("    {}\n", Message::new("shell-replaced-because", [because]).render(lang)));
    }
    out
}

/// `../sales-service/onboarding.yaml:4`
fn place(sources: &Sources, text: &Option<Text>) -> String {
    let Some(text) = text else { return String::new() };
    sources
        .get(text.span.file)
        .map_or(String::new(), |file| format!("{}:{}", file.path, file.position(text.span.start).0))
}

/// The same for machines.
pub(super) fn json(policy: &Policy) -> serde_json::Value {
    let sources = policy.sources();
    let told = |text: &Option<Text>| {
        serde_json::json!({
            "text": text.as_ref().map(|text| &text.value),
            "place": place(sources, text),
        })
    };
    let one = |one: &Replaced| {
        serde_json::json!({
            "path": one.path,
            "kind": format!("{:?}", one.kind).to_lowercase(),
            "clause": one.clause,
            "base": told(&one.base),
            "here": told(&one.now),
            "because": one.because,
        })
    };
    policy.replaced().iter().map(one).collect()
}
