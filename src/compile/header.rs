//! `policy:`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::world::{Out, World};
use super::{Options, read};
use crate::calendar::{Conventions, DaysEnd, MonthEnd, Roll, StartDay};
use crate::diag::{Code, Diagnostic, Severity};
use crate::lang::Message;
use crate::model::Header;
use crate::scalar;
use crate::source::{SourceFile, Sources, Span};
use crate::syntax::raw::{RawDurations, RawHeader, Text};
use crate::value::{ClockKind, Duration, TimeUnit};

/// Guard packs that come with this version.
const PACKS: &[&str] = &[];

/// There is no `policy:` section; told only where nothing hides it.
pub(super) fn missing(sources: &Sources, found: &mut Vec<Diagnostic>) {
    if found.iter().any(|finding| finding.severity == Severity::Error) {
        return;
    }
    let file = sources.iter().next().map(|(file, _)| file).unwrap_or_default();
    let message = Message::plain("no-policy");
    let finding = Diagnostic::error(Code::NoPolicy, Span::new(file, 0, 0), message);
    found.push(finding.help(Message::plain("no-policy-help")));
}

/// The policy's time zone; an unknown one is reported, and UTC stands in for it.
pub(super) fn zone(head: &RawHeader, out: &mut Out) -> Tz {
    head.timezone.as_ref().and_then(|text| zone_named(text, out)).unwrap_or(Tz::UTC)
}

/// A time zone by its IANA name.
pub(super) fn zone_named(text: &Text, out: &mut Out) -> Option<Tz> {
    read::taken(scalar::time_zone(&text.value), Code::UnknownZone, text, out)
}

pub(super) fn compile(
    world: &World<'_>,
    head: &RawHeader,
    (revision, options): (&Arc<str>, &Options),
    out: &mut Out,
) -> Option<Header> {
    for pack in &head.guard_packs {
        if !PACKS.contains(&pack.value.as_str()) {
            let message = Message::new("unknown-pack", [&pack.value]);
            let finding = Diagnostic::error(Code::UnknownPack, pack.span, message);
            out.found.push(finding.help(Message::plain("unknown-pack-help")));
        }
    }
    if head.extend.is_empty() {
        for (key, list) in [("removes", &head.removes), ("replaces", &head.replaces)] {
            for change in list {
                out.error(Code::UnknownElement, change.span, Message::new("overlay-without-base", [key]));
            }
        }
    }
    let effective = head.effective.as_ref().and_then(|text| read::date(text, out));
    let day = Duration { amount: 1, unit: TimeUnit::Days, clock: ClockKind::Calendar };
    let horizon = match &head.horizon {
        Some(text) => read::duration(text, out)?,
        None => day,
    };
    let id: Arc<str> = head.id.as_ref().map(|id| id.value.as_str().into())?;
    Some(Header {
        title: world.label(&head.title).unwrap_or_else(|| world.words(&id)),
        id,
        version: head.version.as_ref().map_or("", |version| version.value.as_str()).into(),
        revision: revision.clone(),
        id_span: head.id.as_ref().map_or(head.span, |text| text.span),
        effective: effective?,
        effective_span: head.effective.as_ref().map_or(head.span, |text| text.span),
        zone: world.zone,
        calendar: world.calendar,
        horizon,
        conventions: world.conventions,
        adopted: adopted(head),
        base_values: options.base_values.clone(),
        bases: world.raw.bases.iter().map(|base| base.as_str().into()).collect(),
    })
}

/// How days and months are counted: as it is stated, else as before.
pub(super) fn conventions(raw: &RawDurations, before: Conventions, out: &mut Out) -> Conventions {
    let rolls = [("next_working_day", Roll::NextWorkingDay), ("none", Roll::None)];
    let ends = [("close_of_business", DaysEnd::CloseOfBusiness), ("midnight", DaysEnd::Midnight)];
    let starts = [("not_counted", StartDay::NotCounted), ("counted", StartDay::Counted)];
    let months = [("last_day", MonthEnd::LastDay), ("next_day", MonthEnd::NextDay)];
    Conventions {
        start_day: read::word_or(&raw.start_day, &starts, before.start_day, out),
        month_end: read::word_or(&raw.month_end, &months, before.month_end, out),
        days_roll: read::word_or(&raw.days_roll, &rolls, before.days_roll, out),
        days_end: read::word_or(&raw.days_end, &ends, before.days_end, out),
    }
}

fn adopted(head: &RawHeader) -> BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<str>>> {
    let texts = |stage: &[crate::syntax::raw::Named<Text>]| {
        stage
            .iter()
            .map(|entry| (entry.name.value.as_str().into(), entry.value.value.as_str().into()))
            .collect()
    };
    head.adopted.iter().map(|stage| (stage.name.value.as_str().into(), texts(&stage.value))).collect()
}

/// Hash of all texts, and of other values of parameters: which revision exactly.
pub fn revision(sources: &Sources, values: &BTreeMap<Arc<str>, String>) -> Arc<str> {
    let mut hash = Sha256::new();
    // What comes with the program stands last, however early it was needed.
    let is_own = |file: &&SourceFile| !file.path.starts_with('<');
    let all = || sources.iter().map(|(_, file)| file);
    for file in all().filter(is_own).chain(all().filter(|file| !is_own(file))) {
        hash.update(file.path.as_bytes());
        hash.update([0]);
        hash.update(file.text.as_bytes());
        hash.update([0]);
    }
    for (name, value) in values {
        hash.update(name.as_bytes());
        hash.update([1]);
        hash.update(value.as_bytes());
        hash.update([1]);
    }
    let mut hex = String::new();
    for byte in hash.finalize() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex.into()
}
