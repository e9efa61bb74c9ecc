//! A result with every number, and the shortest ways to the next better band.

use rust_decimal::Decimal;

use super::words::{Words, grouped, percent, readable};
use crate::engine::{
    IndicatorResult, ScoreOutcome, ScoreResult, ScoreStatus, band_of, points_of, round, total,
};
use crate::model::{Aggregate, Indicator, RoundingMode, Scorecard};
use crate::value::{Unit, Value};

/// More steps than this towards a better band are no advice.
const STEPS_MAX: u64 = 1 << 40;

/// The result in up to four lines: the total, the reckoning, the way up, how it stands.
pub(super) fn explain(words: &Words<'_>, result: &ScoreResult) -> String {
    let mut lines = lines(words, result);
    let cited = words.model.scorecard(result.card).clauses.iter();
    let cited = words.clauses(cited.map(|id| &words.model.clause(*id).id));
    if let Some(first) = lines.first_mut() {
        first.push_str(&cited);
    }
    lines.join("\n")
}

/// As [`explain`], line by line.
pub(super) fn lines(words: &Words<'_>, result: &ScoreResult) -> Vec<String> {
    let card = words.model.scorecard(result.card);
    let mut lines = vec![headline(words, result)];
    if result.outcome != ScoreOutcome::Exempt {
        lines.push(reckoning(words, card, result));
    }
    match result.outcome {
        ScoreOutcome::Scored => lines.extend(way_up(words, card, result)),
        ScoreOutcome::Undetermined => lines.push(words.plain("explain-score-undetermined")),
        ScoreOutcome::Exempt => lines.push(words.plain("explain-score-exempt")),
    }
    lines.push(standing(words, card, result));
    lines
}

/// The total and how it stands, without the reckoning.
pub(super) fn short(words: &Words<'_>, result: &ScoreResult) -> Vec<String> {
    let card = words.model.scorecard(result.card);
    vec![headline(words, result), standing(words, card, result)]
}

/// `月度绩效 2026-01: 59.99,D 档。`
pub(super) fn headline(words: &Words<'_>, result: &ScoreResult) -> String {
    let card = words.model.scorecard(result.card);
    let name = words.name(card.label.as_ref(), &card.name);
    let band = result.band.and_then(|band| card.bands.get(band));
    match (result.outcome, result.score, band) {
        (ScoreOutcome::Scored, Some(score), Some(band)) => words.say(
            "explain-score-headline",
            [name, result.period_name.to_string(), grouped(score), band.name.to_string()],
        ),
        (ScoreOutcome::Exempt, ..) => {
            words.say("explain-score-headline-exempt", [name, result.period_name.to_string()])
        }
        _ => words.say("explain-score-headline-none", [name, result.period_name.to_string()]),
    }
}

/// A piece of data of a scorecard's event: `指标 销售业绩`.
pub(super) fn data(words: &Words<'_>, card: &Scorecard, name: &str, value: &Value) -> String {
    const KEYS: &[(&str, &str)] = &[
        ("indicator", "explain-data-indicator"),
        ("period", "explain-data-period"),
        ("value", "explain-data-value"),
        ("outcome", "explain-data-outcome"),
        ("score", "explain-data-score"),
        ("reason", "explain-data-reason"),
    ];
    let label = match KEYS.iter().find(|(known, _)| *known == name) {
        Some((_, key)) => words.plain(key),
        None => words.quote(name),
    };
    let value = match (name, value.as_str()) {
        ("indicator", Some(word)) => {
            let indicator = card.indicators.iter().find(|indicator| indicator.name.as_ref() == word);
            words.name(indicator.and_then(|indicator| indicator.label.as_ref()), word)
        }
        ("period", Some(word)) => word.to_owned(),
        ("outcome", Some("upheld")) => words.plain("explain-upheld"),
        ("outcome", Some("overturned")) => words.plain("explain-overturned"),
        _ => words.value(value),
    };
    format!("{label} {value}")
}

/// Every indicator with its numbers, the sum and the rounding.
fn reckoning(words: &Words<'_>, card: &Scorecard, result: &ScoreResult) -> String {
    let parts: Vec<String> = card
        .indicators
        .iter()
        .zip(&result.indicators)
        .map(|(rule, got)| indicator(words, rule, got, result.exact.is_some()))
        .collect();
    let mut line = parts.join(&words.plain("explain-semicolon"));
    line.push_str(&words.plain("explain-stop"));
    let Some((exact, score)) = result.exact.zip(result.score) else { return line };
    line.push_str(words.space());
    if result.revised {
        line.push_str(&words.say("explain-score-revised", [grouped(exact)]));
        line.push_str(words.space());
    }
    if exact == score {
        line.push_str(&words.say("explain-score-sum", [grouped(exact)]));
    } else {
        let mode = words.plain(match card.rounding.mode {
            RoundingMode::HalfUp => "explain-round-half-up",
            RoundingMode::HalfEven => "explain-round-half-even",
            RoundingMode::Down => "explain-round-down",
            RoundingMode::Up => "explain-round-up",
        });
        let places = card.rounding.places.to_string();
        line.push_str(&words.say("explain-score-sum-rounded", [readable(exact), mode, places]));
    }
    line
}

/// `销售 52,480 / 100,000 = 52.48 × 60% = 31.488`
///
/// Without a total nothing carries a weight: only the points are told.
fn indicator(words: &Words<'_>, rule: &Indicator, got: &IndicatorResult, has_total: bool) -> String {
    let name = words.name(rule.label.as_ref(), &rule.name);
    let Some(points) = got.points else {
        let why = match got.missing.as_deref() {
            Some("no_samples") => words.plain("explain-missing-no-samples"),
            Some("too_few") => {
                words.say("explain-missing-too-few", [got.samples.to_string(), rule.min_samples.to_string()])
            }
            Some("no_target") => words.say("explain-missing-no-target", [setters(words, rule)]),
            Some("target_zero") => words.say("explain-missing-target-zero", [setters(words, rule)]),
            _ => words.plain("explain-missing"),
        };
        let weight = if !has_total {
            String::new()
        } else if got.effective_weight.is_zero() {
            words.say("explain-weight-moved", [percent(got.weight)])
        } else {
            format!(" × {} = {}", weight(words, got), readable(got.contribution))
        };
        return format!("{name} {why}{weight}");
    };
    let input = input(words, rule, got);
    let points = readable(points);
    let arrow = if got.target.is_some() { " = " } else { " → " };
    let reached =
        if input.ends_with(&format!(" {points}")) { input } else { format!("{input}{arrow}{points}") };
    let capped = match (rule.cap, got.points) {
        (Some(cap), Some(points)) if points == cap => words.say("explain-capped", [grouped(cap)]),
        _ => String::new(),
    };
    if !has_total {
        return format!("{name} {reached}{capped}");
    }
    format!("{name} {reached}{capped} × {} = {}", weight(words, got), readable(got.contribution))
}

/// What an indicator was computed from.
fn input(words: &Words<'_>, rule: &Indicator, got: &IndicatorResult) -> String {
    let aggregate = got.aggregate.unwrap_or_default();
    let count = got.samples.to_string();
    match (rule.aggregate, got.target) {
        (Aggregate::Sum | Aggregate::Count, Some(target)) => {
            format!("{} / {}", readable(aggregate), grouped(target))
        }
        (Aggregate::Sum | Aggregate::Count, None) => readable(aggregate),
        (Aggregate::Mean, _) => {
            let text = words.say("explain-mean", [count, readable(aggregate)]);
            match got.target {
                Some(target) => format!("{text} / {}", grouped(target)),
                None => text,
            }
        }
        (Aggregate::ShareMet, _) => {
            format!("{}/{count} = {}", grouped(met(got)), share(aggregate))
        }
    }
}

/// A share as a percentage of at most two decimals; `…` where more follow.
fn share(fraction: Decimal) -> String {
    let hundred = fraction.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    let short = hundred.trunc_with_scale(2);
    if short == hundred { format!("{}%", grouped(short)) } else { format!("{}…%", grouped(short)) }
}

/// How many samples were met: the share times their number, whole by its nature.
fn met(got: &IndicatorResult) -> Decimal {
    let share = got.aggregate.unwrap_or_default();
    share.checked_mul(Decimal::from(got.samples)).unwrap_or_default().round()
}

/// `60%`, or `2/3 of …` when weights of missing indicators were handed on.
fn weight(words: &Words<'_>, got: &IndicatorResult) -> String {
    if got.weight == got.effective_weight {
        return percent(got.weight);
    }
    words.say("explain-weight-raised", [share(got.effective_weight), percent(got.weight)])
}

fn setters(words: &Words<'_>, rule: &Indicator) -> String {
    let roles = rule.target.iter().flat_map(|target| &target.set_by);
    let names: Vec<String> = roles
        .map(|role| match role {
            crate::model::RoleRef::Itself => words.role("self"),
            crate::model::RoleRef::Role(id) => words.role(&words.model.role(*id).name),
            crate::model::RoleRef::Every(id) => words.role(&words.model.kind(*id).name),
        })
        .collect();
    words.list(names)
}

/// How far the next better band is, and for each indicator how much more would do.
fn way_up(words: &Words<'_>, card: &Scorecard, result: &ScoreResult) -> Option<String> {
    let (score, band) = result.score.zip(result.band)?;
    let better = card.bands.get(band.checked_sub(1)?)?;
    let (bound, _) = better.range.min?;
    let mut line = words.say("explain-way-up", [better.name.to_string(), grouped(bound.checked_sub(score)?)]);
    // Only a result that its indicators explain can be reckoned on.
    let mut same = result.indicators.clone();
    if total(&card.indicators, &mut same).ok().flatten() != result.exact {
        return Some(format!("{line}{}", words.plain("explain-stop")));
    }
    let ways: Vec<String> =
        (0..card.indicators.len()).filter_map(|idx| way(words, card, result, idx, band)).collect();
    let ways = if ways.is_empty() {
        words.plain("explain-no-single-way")
    } else {
        ways.join(&words.plain("explain-or"))
    };
    line.push_str(&words.say("explain-ways", [ways]));
    Some(line)
}

/// The smallest number of whole steps of one indicator that reaches a better band than `band`.
fn way(words: &Words<'_>, card: &Scorecard, result: &ScoreResult, idx: usize, band: usize) -> Option<String> {
    let rule = card.indicators.get(idx)?;
    let got = result.indicators.get(idx)?;
    got.points?;
    let reaches = |steps: u64| -> Option<Decimal> {
        let score = with_more(card, result, idx, steps)?;
        band_of(card, score).filter(|reached| *reached < band).map(|_| score)
    };
    let most = match rule.aggregate {
        Aggregate::ShareMet => u64::from(got.samples).checked_sub(u64::try_from(met(got)).ok()?)?,
        _ => STEPS_MAX,
    };
    // The score never falls as an indicator grows, so the first step that reaches it can be found by halving; growth
    // beyond what can be computed counts as not reaching it.
    let (mut low, mut high) = (0_u64, 1_u64.min(most));
    while high < most && reaches(high).is_none() {
        low = high;
        high = high.saturating_mul(2).min(most);
    }
    reaches(high)?;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if reaches(middle).is_some() { high = middle } else { low = middle }
    }
    let score = grouped(reaches(high)?);
    let name = words.name(rule.label.as_ref(), &rule.name);
    let more = grouped(Decimal::from(high));
    Some(match rule.aggregate {
        Aggregate::ShareMet => words.say("explain-way-share", [name, more, score]),
        Aggregate::Count => words.say("explain-way-count", [name, more, score]),
        Aggregate::Sum => words.say("explain-way-sum", [name, more, unit_of(words, rule), score]),
        Aggregate::Mean => {
            let count = Decimal::from(got.samples);
            let mean = more_of(rule, got, high).unwrap_or_default();
            words.say("explain-way-mean", [name, grouped(count), more, readable(mean), score])
        }
    })
}

/// The score if one indicator had so many whole steps more.
fn with_more(card: &Scorecard, result: &ScoreResult, idx: usize, steps: u64) -> Option<Decimal> {
    let mut indicators = result.indicators.clone();
    let rule = card.indicators.get(idx)?;
    let got = indicators.get_mut(idx)?;
    let aggregate = more_of(rule, got, steps)?;
    if rule.aggregate == Aggregate::Mean && beyond_scale(rule, aggregate) {
        return None;
    }
    got.points = Some(points_of(rule, aggregate, got.target, card.rounding).ok()?);
    let exact = total(&card.indicators, &mut indicators).ok().flatten()?;
    Some(round(exact, card.rounding))
}

/// The aggregate with so many whole steps more.
fn more_of(rule: &Indicator, got: &IndicatorResult, steps: u64) -> Option<Decimal> {
    let aggregate = got.aggregate?;
    let more = Decimal::from(steps);
    let count = Decimal::from(got.samples);
    match rule.aggregate {
        Aggregate::Sum | Aggregate::Count => aggregate.checked_add(more),
        Aggregate::Mean => aggregate.checked_mul(count)?.round_dp(6).checked_add(more)?.checked_div(count),
        Aggregate::ShareMet => met(got).checked_add(more)?.checked_div(count),
    }
}

/// A mean cannot rise above the end of its scale.
fn beyond_scale(rule: &Indicator, aggregate: Decimal) -> bool {
    rule.linear.last().is_some_and(|(end, _)| aggregate > *end)
}

/// The unit of what an indicator sums up, with a space before it.
fn unit_of(words: &Words<'_>, rule: &Indicator) -> String {
    let measure = words.model.measure(rule.measure);
    let unit = measure.value.first().and_then(|(_, value)| {
        value.inputs.iter().find_map(|input| match input.ty {
            crate::value::Type::Decimal(unit) | crate::value::Type::Integer(unit) => Some(unit),
            _ => None,
        })
    });
    match unit {
        None | Some(Unit::None) => String::new(),
        Some(unit) => match words.lang {
            crate::lang::Lang::Zh => format!(" {}", unit.zh()),
            crate::lang::Lang::En => format!(" {unit}"),
        },
    }
}

/// How the result stands: open to appeal, under appeal, final; and the streaks.
fn standing(words: &Words<'_>, card: &Scorecard, result: &ScoreResult) -> String {
    let published = words.instant(result.published);
    let mut line = match (result.status, result.due, result.final_at) {
        (ScoreStatus::Published, Some(due), _) => {
            words.say("explain-standing-published", [published, words.instant(due)])
        }
        (ScoreStatus::Published, None, _) => words.say("explain-standing-published-only", [published]),
        (ScoreStatus::Appealed, Some(due), _) => {
            words.say("explain-standing-appealed", [published, words.instant(due)])
        }
        (ScoreStatus::Appealed, None, _) => words.say("explain-standing-appealed-overdue", [published]),
        (ScoreStatus::Final, _, Some(at)) => {
            words.say("explain-standing-final", [published, words.instant(at)])
        }
        (ScoreStatus::Final, _, None) => words.say("explain-standing-final-at-once", [published]),
    };
    for (streak, length) in card.streaks.iter().zip(&result.streaks) {
        line.push_str(&match length {
            Some(length) => words
                .say("explain-streak", [words.streak(streak), words.amount((*length).into(), Unit::Periods)]),
            None => words.say("explain-streak-undecided", [words.streak(streak)]),
        });
    }
    line
}
