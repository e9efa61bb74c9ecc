//! `scorecards:`: indicators with weights, bands, finality, streaks.

use std::sync::Arc;

use super::duty;
use super::meaning::Frame;
use super::measure::Measures;
use super::names;
use super::parameter::unit_of;
use super::read;
use super::world::{Card, Out, World, id, is_unknown};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{
    Band, EventId, Finality, KindId, Rounding, RoundingMode, Scorecard, ScorecardEvents, ScorecardId, Streak,
    StreakOf,
};
use crate::scalar::{self, NumberRange, uncovered};
use crate::syntax::raw::{Named, RawFinality, RawRound, RawScorecard, RawStreak, Text};
use crate::value::{ChoiceType, Unit};

mod indicator;

const MODES: &[(&str, RoundingMode)] = &[
    ("half_up", RoundingMode::HalfUp),
    ("half_even", RoundingMode::HalfEven),
    ("down", RoundingMode::Down),
    ("up", RoundingMode::Up),
];

/// Scorecards by name, with their bands and streaks.
pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for (idx, entry) in raw.scorecards.iter().enumerate() {
        names::check(&entry.name, out);
        let card = &entry.value;
        let name: Arc<str> = entry.name.value.as_str().into();
        let kind = card.subject.as_ref().and_then(|text| world.subject(text, out));
        if let (Some(kind), Some(text)) = (kind, &card.subject)
            && world.kind(kind).is_some_and(|kind| !kind.person)
        {
            out.error(Code::TypeMismatch, text.span, Message::new("kind-no-person", [&text.value]));
        }
        if let Some(kind) = kind.and_then(|kind| world.kinds.get_mut(kind.idx())) {
            kind.scorecards.push(ScorecardId(id(idx)));
        }
        let choice = |part: &str, options: Vec<Arc<str>>| {
            Arc::new(ChoiceType { name: format!("{name}.{part}").into(), options, several: false })
        };
        let bands = card.bands.iter().map(|band| Arc::from(band.name.value.as_str())).collect();
        let results = ["scored", "undetermined", "exempt"].map(Arc::from).to_vec();
        let mut streaks: Vec<Arc<str>> = Vec::new();
        for streak in &card.streaks {
            let taken = ["score", "band", "result", "period_start"].contains(&streak.name.value.as_str());
            if taken {
                out.error(
                    Code::BadName,
                    streak.name.span,
                    Message::new("name-reserved", [&streak.name.value]),
                );
            } else {
                names::check(&streak.name, out);
            }
            streaks.push(streak.name.value.as_str().into());
        }
        let (bands, results) = (choice("band", bands), choice("result", results));
        world.cards.push(Card { name, kind, bands, results, streaks });
    }
}

pub(super) fn compile(world: &World<'_>, measures: &Measures, out: &mut Out) -> Option<Vec<Scorecard>> {
    let raw = world.raw;
    let all: Vec<Option<Scorecard>> = raw
        .scorecards
        .iter()
        .zip(&world.cards)
        .map(|(entry, card)| one(world, entry, card, measures, out))
        .collect();
    all.into_iter().collect()
}

fn one(
    world: &World<'_>,
    entry: &Named<RawScorecard>,
    card: &Card,
    measures: &Measures,
    out: &mut Out,
) -> Option<Scorecard> {
    let raw = &entry.value;
    let name = entry.name.value.as_str();
    let clauses = world.cite_all(&raw.clause, &format!("scorecards.{name}"), out);
    let kind = card.kind?;
    let frame = Frame::of(kind);
    let applies_to = world.guard(&raw.applies_to, &frame, out);
    let period = raw.period.as_ref().and_then(|text| duty::period(text, out));
    let indicators = indicator::compile(world, entry, kind, measures, out);
    let rounding = rounding(&raw.round, out);
    let bands = bands(raw, out);
    let finality = finality(world, raw.finality.as_ref(), kind, out);
    let streaks: Vec<Option<Streak>> =
        raw.streaks.iter().map(|streak| self::streak(world, streak, card, kind, out)).collect();
    Some(Scorecard {
        name: name.into(),
        label: world.label(&raw.label),
        clauses,
        kind,
        applies_to: applies_to?,
        period: period?,
        indicators: indicators?,
        rounding: rounding?,
        bands: bands?,
        band_type: card.bands.clone(),
        finality: finality?,
        streaks: streaks.into_iter().collect::<Option<Vec<_>>>()?,
        events: events(world, kind, name)?,
        span: entry.name.span,
    })
}

fn rounding(raw: &Option<RawRound>, out: &mut Out) -> Option<Rounding> {
    let Some(raw) = raw else {
        return Some(Rounding { places: 2, mode: RoundingMode::HalfUp, each_indicator: false });
    };
    let mode = read::word_or(&raw.mode, MODES, RoundingMode::HalfUp, out);
    let each = read::word_or(&raw.at, &[("total", false), ("indicator", true)], false, out);
    let text = raw.places.as_ref()?;
    let places = read::count(text, &[Unit::None], out)?;
    if places > 10 {
        out.error(Code::OutOfRange, text.span, Message::new("places-outside", [places]));
        return None;
    }
    Some(Rounding { places, mode, each_indicator: each })
}

/// The bands, best first; together they cover every score, and no score lies in two.
fn bands(raw: &RawScorecard, out: &mut Out) -> Option<Vec<Band>> {
    let mut read: Vec<(NumberRange, &Named<Text>)> = Vec::new();
    for entry in &raw.bands {
        let range = read::taken(scalar::range(&entry.value.value), Code::BadRange, &entry.value, out);
        let Some(range) = range else { continue };
        match range.with_unit(Unit::Points) {
            Some(range) => read.push((range, entry)),
            None => {
                let message = read::unit_message(&entry.value.value, range.unit, Unit::Points);
                out.error(Code::UnitMismatch, entry.value.span, message);
            }
        }
    }
    let known: Vec<&str> = raw.bands.iter().map(|band| band.name.value.as_str()).collect();
    for word in &raw.meets_standard {
        if !known.contains(&word.value.as_str()) {
            out.found.push(read::bad_word(word, &known));
        }
    }
    if read.len() != raw.bands.len() {
        return None;
    }
    check_bands(&read, out);
    let meets = |name: &str| raw.meets_standard.iter().any(|word| word.value == name);
    let bands = read.into_iter().map(|(range, entry)| Band {
        name: entry.name.value.as_str().into(),
        range,
        meets_standard: meets(&entry.name.value),
    });
    Some(bands.collect())
}

/// A score has the first band that holds it. So each band must hold a score that those before leave over.
fn check_bands(bands: &[(NumberRange, &Named<Text>)], out: &mut Out) {
    let ranges: Vec<NumberRange> = bands.iter().map(|(range, _)| range.clone()).collect();
    for (idx, (range, entry)) in bands.iter().enumerate() {
        let before = ranges.get(..idx).unwrap_or(&[]);
        if uncovered(range, before).is_empty() {
            let message = Message::new("band-never", [&entry.name.value]);
            let finding = Diagnostic::error(Code::BandsGap, entry.value.span, message);
            out.found.push(finding.help(Message::plain("band-never-help")));
        }
    }
    let Some((_, last)) = bands.last() else { return };
    let everything = NumberRange { min: None, max: None, unit: Unit::Points };
    for gap in uncovered(&everything, &ranges) {
        let message = Message::new("bands-gap", [words(&gap)]);
        let finding = Diagnostic::error(Code::BandsGap, last.value.span, message);
        out.found.push(finding.help(Message::plain("bands-gap-help")));
    }
}

/// A range for messages, with signs that need no translation.
fn words(range: &NumberRange) -> String {
    let plain = |number: rust_decimal::Decimal| number.normalize().to_string();
    match (range.min, range.max) {
        (Some((min, true)), Some((max, true))) if min == max => plain(min),
        (min, max) => {
            let low = min.map(|(min, with)| format!("{} {}", if with { "≥" } else { ">" }, plain(min)));
            let high = max.map(|(max, with)| format!("{} {}", if with { "≤" } else { "<" }, plain(max)));
            let both: Vec<String> = low.into_iter().chain(high).collect();
            both.join(", ")
        }
    }
}

fn finality(world: &World<'_>, raw: Option<&RawFinality>, kind: KindId, out: &mut Out) -> Option<Finality> {
    let Some(raw) = raw else {
        // Without a word about it a result is published on the next period's first working day and final at once.
        return Some(Finality {
            published_on: 1,
            appeal: None,
            decided: None,
            appealed_by: Vec::new(),
            decided_by: Vec::new(),
        });
    };
    let published_on = match &raw.published_by {
        Some(text) => published(text, out),
        None => Some(1),
    };
    let appeal = raw.appeal.as_ref().map(|text| read::duration(text, out));
    let decided = raw.decided.as_ref().map(|text| read::duration(text, out));
    if let (None, Some(text)) = (&raw.appeal, raw.decided.as_ref()) {
        out.error(Code::WrongShape, text.span, Message::new("key-only-with", ["decided", "appeal"]));
    }
    let mut silent = Out::default();
    Some(Finality {
        published_on: published_on?,
        appeal: appeal.map_or(Some(None), |read| read.map(Some))?,
        decided: decided.map_or(Some(None), |read| read.map(Some))?,
        // Both were read for the events of the scorecard, and their mistakes told.
        appealed_by: world.senders(kind, &raw.appealed_by, &mut silent),
        decided_by: world.senders(kind, &raw.decided_by, &mut silent),
    })
}

fn published(text: &Text, out: &mut Out) -> Option<u32> {
    let day = read::taken(scalar::day_of_period(&text.value), Code::BadDuration, text, out)?;
    match (day.nth, day.working) {
        (Some(nth), true) => Some(nth),
        _ => {
            out.error(Code::BadDuration, text.span, Message::new("published-shape", [&text.value]));
            None
        }
    }
}

fn streak(
    world: &World<'_>,
    entry: &Named<RawStreak>,
    card: &Card,
    kind: KindId,
    out: &mut Out,
) -> Option<Streak> {
    let raw = &entry.value;
    let of = streak_of(raw, card, out);
    let only_final = read::word_or(&raw.count_when, &[("final", true), ("published", false)], true, out);
    let leave = [("skip", false), ("break", true)];
    let exempt_breaks = read::word_or(&raw.month_of_leave, &leave, false, out);
    let no_score = [("undecided", false), ("break", true)];
    let undetermined_breaks = read::word_or(&raw.no_score, &no_score, false, out);
    let largest_gap_months = match &raw.largest_gap {
        Some(text) => Some(read::count(text, &[Unit::Months], out)?),
        None => None,
    };
    let restarts_after = world.events_of(kind, &raw.restarts_after, Code::UnknownEvent, out);
    Some(Streak {
        name: entry.name.value.as_str().into(),
        label: world.label(&raw.label),
        of: of?,
        only_final,
        exempt_breaks,
        undetermined_breaks,
        largest_gap_months,
        restarts_after,
    })
}

fn streak_of(raw: &RawStreak, card: &Card, out: &mut Out) -> Option<StreakOf> {
    if let [only] = raw.of.as_slice() {
        match only.value.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["meets_standard"] => return Some(StreakOf::MeetsStandard(true)),
            ["not", "meets_standard"] => return Some(StreakOf::MeetsStandard(false)),
            _ => {}
        }
    }
    let mut all = Some(Vec::new());
    for word in &raw.of {
        match card.bands.options.iter().position(|band| **band == *word.value) {
            Some(idx) => {
                if let Some(all) = &mut all {
                    all.push(idx);
                }
            }
            None => {
                let mut known: Vec<&str> = vec!["not meets_standard", "meets_standard"];
                known.extend(card.bands.options.iter().map(AsRef::as_ref));
                out.found.push(read::bad_word(word, &known));
                all = None;
            }
        }
    }
    all.map(StreakOf::Bands)
}

fn events(world: &World<'_>, kind: KindId, name: &str) -> Option<ScorecardEvents> {
    let events = &world.kind(kind)?.events;
    let find = |event: &str| -> Option<EventId> { events.get(format!("{name}.{event}").as_str()).copied() };
    Some(ScorecardEvents {
        target_set: find("target_set")?,
        target_acknowledged: find("target_acknowledged")?,
        exempted: find("exempted")?,
        period_closed: find("period_closed")?,
        period_revised: find("period_revised")?,
        appealed: find("appealed")?,
        appeal_decided: find("appeal_decided")?,
        published: find("published")?,
        finalised: find("final")?,
    })
}

/// Whether a parameter is a share in percent; an unknown type passes.
fn is_percent(ty: &crate::value::Type) -> bool {
    unit_of(ty) == Some(Unit::Percent) || is_unknown(ty)
}
