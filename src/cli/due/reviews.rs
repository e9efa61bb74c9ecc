//! Samples that changed after their period was closed: somebody has to decide whether it is revised.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{ROWS_MAX, more};
use crate::cli::{Shell, Stop, data, table};
use crate::explain::Words;
use crate::record::Record;
use crate::store::{Review, Store};

/// A sample to be reviewed, with what is known of it.
pub(super) struct Changed {
    review: Review,
    /// What was measured: the measure's name, and of which subject.
    measure: String,
    source: String,
    /// When it was measured; `None` for a sample that is no more.
    at: Option<DateTime<Utc>>,
    /// The record that changed it.
    because: Option<Arc<Record>>,
}

/// The samples that wait for a review: those known until an instant, of one person or of all.
pub(super) fn known(
    runtime: &mut data::AnyRuntime,
    words: &Words<'_>,
    until: Option<DateTime<Utc>>,
    person: Option<&str>,
) -> Result<Vec<Changed>, Stop> {
    let mut found = Vec::new();
    for review in runtime.reviews()? {
        if person.is_some_and(|person| *review.person != *person) {
            continue;
        }
        let (measure, source) = parts(words, &review.sample);
        let at = runtime.store().sample(&review.sample)?.map(|sample| sample.at);
        let because = runtime.store().record(&source, &review.because)?;
        let learned = because.as_ref().map(|record| record.known).or(at);
        if until.is_some_and(|until| learned.is_some_and(|learned| learned > until)) {
            continue;
        }
        found.push(Changed { review, measure, source, at, because });
    }
    Ok(found)
}

/// What a sample's id says: the measure by its label, and the subject that yielded it.
fn parts(words: &Words<'_>, id: &str) -> (String, String) {
    let of = words.model.measures.iter().filter_map(|measure| {
        let rest = id.strip_prefix(measure.name.as_ref())?.strip_prefix('/')?;
        Some((measure, rest))
    });
    let Some((measure, rest)) = of.max_by_key(|(measure, _)| measure.name.len()) else {
        return (id.to_owned(), String::new());
    };
    let source: Vec<&str> = rest.splitn(3, '/').take(2).collect();
    (words.name(measure.label.as_ref(), &measure.name), source.join("/"))
}

/// Shows them as a table under a heading; nothing where there are none.
pub(super) fn show(shell: &mut Shell, words: &Words<'_>, changed: &[Changed]) -> std::io::Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    shell.out.line("")?;
    shell.out.heading(words.plain("shell-title-reviews"))?;
    let header = [
        "shell-column-subject",
        "shell-column-result",
        "shell-column-measured",
        "shell-column-of",
        "shell-column-sampled",
        "shell-column-then",
        "shell-column-now",
        "shell-column-because",
    ];
    let header: Vec<String> = header.iter().map(|key| words.plain(key)).collect();
    let shown: Vec<Vec<String>> = changed.iter().take(ROWS_MAX).map(|one| row(words, one)).collect();
    shell.out.text(table::table(&header, &shown))?;
    more(shell, words, changed.len())
}

fn row(words: &Words<'_>, changed: &Changed) -> Vec<String> {
    let review = &changed.review;
    let none = || "—".to_owned();
    let value =
        |value: Option<rust_decimal::Decimal>| value.map_or_else(none, |value| value.normalize().to_string());
    let card = words.model.find_scorecard(&review.card);
    let label = card.and_then(|id| words.model.scorecard(id).label.as_ref());
    let kind = words.model.split_subject(&changed.source).map(|(kind, _)| kind);
    let because = changed.because.as_ref().map(|record| {
        let event = words.event_def(kind, &record.event);
        let event = words.name(event.and_then(|event| event.label.as_ref()), &record.event);
        words.say("shell-because", [event, record.id.to_string(), words.instant(record.known)])
    });
    vec![
        review.person.to_string(),
        format!("{} {}", words.name(label, &review.card), review.period),
        changed.measure.clone(),
        changed.source.clone(),
        changed.at.map_or_else(none, |at| words.instant(at)),
        value(review.then),
        value(review.now),
        because.unwrap_or_else(none),
    ]
}
