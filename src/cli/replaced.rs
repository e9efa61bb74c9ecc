//! What an overlay says otherwise than its base, as a table.

use crate::lang::{Lang, Message};
use crate::model::Policy;
use crate::source::Sources;
use crate::syntax::compose::{Replaced, ReplacedKind};
use crate::syntax::raw::Text;

use super::table::table;

/// The table; empty for a policy that extends none.
pub(super) fn told(policy: &Policy, lang: Lang) -> String {
    let say = |key, args: Vec<String>| Message::new(key, args).render(lang);
    let (words, rest): (Vec<&Replaced>, Vec<&Replaced>) =
        policy.replaced().iter().partition(|one| one.kind == ReplacedKind::Words);
    let mut out = String::new();
    if !rest.is_empty() {
        out.push_str(&say("shell-check-replaced", vec![rest.len().to_string()]));
        out.push('\n');
        let mut header = vec![
            say("shell-column-what", vec![]),
            say("shell-column-clause", vec![]),
            say("shell-column-base", vec![]),
            say("shell-column-place", vec![]),
            say("shell-column-overlay", vec![]),
            say("shell-column-place", vec![]),
        ];
        let reasons = rest.iter().any(|one| one.because.is_some());
        header.extend(reasons.then(|| say("shell-column-why", vec![])));
        let rows: Vec<Vec<String>> =
            rest.iter().map(|one| row(policy.sources(), one, reasons, lang)).collect();
        out.push_str(&table(&header, &rows));
    }
    if !words.is_empty() {
        out.push_str(&say("shell-check-words", vec![words.len().to_string()]));
        out.push('\n');
    }
    out
}

fn row(sources: &Sources, one: &Replaced, reasons: bool, lang: Lang) -> Vec<String> {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
    let now = match one.kind {
        ReplacedKind::Removed => Message::plain("shell-removed").render(lang),
        ReplacedKind::Inserted => Message::new("shell-inserted", [text(&one.now)]).render(lang),
        _ => text(&one.now),
    };
    let mut row = vec![
        one.path.clone(),
        one.clause.clone().unwrap_or_default(),
        text(&one.base),
        place(sources, &one.base),
        now,
        place(sources, &one.now),
    ];
    row.extend(reasons.then(|| one.because.clone().unwrap_or_default()));
    row
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
