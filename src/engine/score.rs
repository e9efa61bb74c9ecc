//! Scorecards: targets, closing a period, appeals, and becoming final. A result is computed from its record alone.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::context::Failure;
use super::run::{Raised, Run, Scene, Waiting};
use super::state::{IndicatorResult, ScoreOutcome, ScoreResult, ScoreState, ScoreStatus, TargetState};
use super::step::{Cause, EffectKind, Refusal, Said};
use super::trace::Entry;
use super::{people, streak, timing};
use crate::error::{Error, ErrorKind, Result};
use crate::lang::{Lang, Message};
use crate::model::{
    Aggregate, EventDef, Indicator, Missing, Rounding, RoundingMode, ScoreEvent, Scorecard, ScorecardId,
    TargetBefore,
};
use crate::period::Period;
use crate::record::{Data, Record};
use crate::value::Value;

impl ScoreOutcome {
    /// The outcome in one word, as expressions compare it.
    pub fn word(self) -> &'static str {
        match self {
            ScoreOutcome::Scored => "scored",
            ScoreOutcome::Undetermined => "undetermined",
            ScoreOutcome::Exempt => "exempt",
        }
    }
}

impl Run<'_> {
    /// An event of a scorecard; `Some` is a refusal.
    pub(super) fn score_event(
        &mut self,
        card_id: ScorecardId,
        what: ScoreEvent,
        def: &EventDef,
        record: &Record,
        scene: &Scene<'_>,
    ) -> Result<Option<Refusal>> {
        let card = self.model.scorecard(card_id);
        let Some(idx) = self.state.scores.iter().position(|score| score.card == card_id) else {
            return Ok(Some(Refusal::NotOpen { state: None }));
        };
        let period_text = record.data.get("period").map(Value::to_string).unwrap_or_default();
        let Some(period) = period_text.parse::<Period>().ok().filter(|period| period.kind() == card.period)
        else {
            return Ok(Some(Refusal::WrongShape {
                field: "period".into(),
                expected: Period::of(card.period, self.today()).to_string().into(),
                found: period_text.into(),
            }));
        };
        let slot = |name: &str| -> Value {
            let place = def.data.iter().position(|field| field.name.as_ref() == name);
            place.and_then(|place| scene.slots?.get(place)).cloned().unwrap_or_default()
        };
        match what {
            ScoreEvent::TargetSet | ScoreEvent::TargetAcknowledged => {
                let Some(indicator) = slot("indicator").as_str().and_then(|name| {
                    card.indicators.iter().position(|indicator| indicator.name.as_ref() == name)
                }) else {
                    return Ok(Some(said_no("score-no-such-indicator", card)));
                };
                let value = slot("value").as_decimal();
                Ok(self.target(idx, period.first_day(), indicator, value))
            }
            ScoreEvent::Exempted => self.exempt(idx, card, period),
            ScoreEvent::PeriodClosed | ScoreEvent::PeriodRevised => {
                self.close_period(idx, card_id, period, record, what == ScoreEvent::PeriodRevised)
            }
            ScoreEvent::Appealed => self.appeal(idx, card, period),
            ScoreEvent::AppealDecided => {
                let overturned = slot("outcome").as_str() == Some("overturned");
                self.decide_appeal(idx, card, period, overturned, slot("score").as_decimal())
            }
            ScoreEvent::Published | ScoreEvent::Final => Ok(Some(said_no("score-engine-only", card))),
        }
    }

    fn target(
        &mut self,
        idx: usize,
        period: NaiveDate,
        indicator: usize,
        value: Option<Decimal>,
    ) -> Option<Refusal> {
        let at = self.at;
        let score = self.state.scores.get_mut(idx)?;
        let card = self.model.scorecard(score.card);
        let known =
            score.targets.iter_mut().find(|target| target.period == period && target.indicator == indicator);
        match (known, value) {
            (Some(target), Some(value)) => {
                // A changed target needs to be acknowledged anew.
                *target = TargetState { period, indicator, value, set_at: at, acknowledged_at: None };
            }
            (None, Some(value)) => {
                score.targets.push(TargetState {
                    period,
                    indicator,
                    value,
                    set_at: at,
                    acknowledged_at: None,
                });
            }
            (Some(target), None) => {
                target.acknowledged_at.get_or_insert(at);
            }
            (None, None) => return Some(said_no("score-no-target-yet", card)),
        }
        None
    }

    fn exempt(&mut self, idx: usize, card: &Scorecard, period: Period) -> Result<Option<Refusal>> {
        let first = period.first_day();
        let Some(score) = self.state.scores.get_mut(idx) else { return Ok(None) };
        let Some(place) = score.results.iter().position(|result| result.period == first) else {
            if !score.exempted.contains(&first) {
                score.exempted.push(first);
                score.exempted.sort();
            }
            return Ok(None);
        };
        let Some(result) = score.results.get_mut(place) else { return Ok(None) };
        if result.status == ScoreStatus::Final {
            return Ok(Some(said_no("score-is-final", card)));
        }
        result.outcome = ScoreOutcome::Exempt;
        result.score = None;
        result.band = None;
        self.tell(idx, place);
        Ok(None)
    }

    /// Computes the result of a period from its record, publishes it, and opens the appeal.
    fn close_period(
        &mut self,
        idx: usize,
        card_id: ScorecardId,
        period: Period,
        record: &Record,
        revised: bool,
    ) -> Result<Option<Refusal>> {
        let card = self.model.scorecard(card_id);
        if let Some(applies_to) = &card.applies_to {
            match self.ctx(&Scene::default()).test(applies_to, None) {
                Ok(true) => {}
                Ok(false) | Err(Failure::Absent(_)) => return Ok(None),
                Err(Failure::Error(error)) => return Err(error),
            }
        }
        let at = self.at;
        let Some(score) = self.state.scores.get(idx) else { return Ok(None) };
        let mut result = self.compute(card_id, score, period, &record.data, record)?;
        let earlier = score.results.iter().position(|known| known.period == period.first_day());
        match earlier.and_then(|place| score.results.get(place)) {
            Some(known) if revised => {
                result.revised = true;
                result.status = known.status;
                result.published = known.published;
                result.appealed = known.appealed;
                result.due = known.due;
                result.final_at = known.final_at;
            }
            Some(_) => return Ok(Some(said_no("score-already-closed", card))),
            None => {
                result.published = at;
                result.due = match card.finality.appeal {
                    Some(appeal) => Some(self.policy_due(at, appeal)?),
                    None => None,
                };
                if result.due.is_none() {
                    result.status = ScoreStatus::Final;
                    result.final_at = Some(at);
                }
            }
        }
        let first = period.first_day();
        let Some(score) = self.state.scores.get_mut(idx) else { return Ok(None) };
        score.targets.retain(|target| target.period > first);
        score.exempted.retain(|exempted| *exempted > first);
        score.results.retain(|known| known.period != first);
        let place = score.results.partition_point(|known| known.period < first);
        let is_final = result.status == ScoreStatus::Final;
        score.results.insert(place, result);
        let excess = score.results.len().saturating_sub(ScoreState::KEPT);
        score.results.drain(..excess);
        let place = place.saturating_sub(excess);
        self.tell(idx, place);
        let events = card.events;
        if !revised {
            self.raise_result(events.published, idx, place);
        }
        if is_final {
            self.raise_result(events.finalised, idx, place);
        }
        Ok(None)
    }

    fn appeal(&mut self, idx: usize, card: &Scorecard, period: Period) -> Result<Option<Refusal>> {
        let Some(place) = self.published(idx, period, ScoreStatus::Published) else {
            return Ok(Some(said_no("score-no-appeal-open", card)));
        };
        let due = card.finality.decided.map(|decided| self.policy_due(self.at, decided)).transpose()?;
        if let Some(result) = self.state.scores.get_mut(idx).and_then(|score| score.results.get_mut(place)) {
            result.status = ScoreStatus::Appealed;
            result.appealed = Some(self.at);
            result.due = due;
        }
        self.tell(idx, place);
        Ok(None)
    }

    fn decide_appeal(
        &mut self,
        idx: usize,
        card: &Scorecard,
        period: Period,
        overturned: bool,
        score: Option<Decimal>,
    ) -> Result<Option<Refusal>> {
        let Some(place) = self.published(idx, period, ScoreStatus::Appealed) else {
            return Ok(Some(said_no("score-no-appeal-pending", card)));
        };
        if overturned && score.is_none() {
            return Ok(Some(said_no("score-overturned-needs-score", card)));
        }
        let at = self.at;
        if let Some(result) = self.state.scores.get_mut(idx).and_then(|scores| scores.results.get_mut(place))
        {
            if let Some(score) = score.filter(|_| overturned) {
                result.outcome = ScoreOutcome::Scored;
                result.exact = Some(score);
                result.score = Some(round(score, card.rounding));
                result.band = result.score.and_then(|score| band_of(card, score));
                result.revised = true;
            }
            result.status = ScoreStatus::Final;
            result.appealed = None;
            result.due = None;
            result.final_at = Some(at);
        }
        self.tell(idx, place);
        self.raise_result(card.events.finalised, idx, place);
        Ok(None)
    }

    fn published(&self, idx: usize, period: Period, status: ScoreStatus) -> Option<usize> {
        let score = self.state.scores.get(idx)?;
        score.results.iter().position(|result| {
            result.period == period.first_day()
                && result.status == status
                && (status != ScoreStatus::Published || result.due.is_some_and(|due| self.at <= due))
        })
    }

    /// An appeal window ended, or a decision on an appeal is overdue.
    pub(super) fn result_due(&mut self, idx: usize, place: usize, at: DateTime<Utc>) -> Result<()> {
        let model = self.model;
        let Some(score) = self.state.scores.get_mut(idx) else { return Ok(()) };
        let card = model.scorecard(score.card);
        let Some(result) = score.results.get_mut(place) else { return Ok(()) };
        let cause = Cause::Score(format!("{}/{}", card.name, result.period_name).into());
        let appealed = result.status == ScoreStatus::Appealed;
        result.due = None;
        if !appealed {
            result.status = ScoreStatus::Final;
            result.final_at = Some(at);
        }
        let period_name = result.period_name.clone();
        self.begin(cause, at);
        if appealed {
            let message = Message::new("score-appeal-overdue", [card.name.as_ref(), period_name.as_ref()]);
            let said =
                Said { own: message.render(Lang::Zh).into(), en: Some(message.render(Lang::En).into()) };
            for role in &card.finality.decided_by {
                let to = match role {
                    crate::model::RoleRef::Role(id) => {
                        people::recipient(
                            model,
                            self.state,
                            &crate::model::Recipient::Role(*id),
                            self.today(),
                            None,
                            self.known,
                        )
                        .1
                    }
                    _ => Vec::new(),
                };
                let role = people::role_name(model, *role);
                let kind = EffectKind::Notify { role, to, message: Some(said.clone()) };
                self.owe(None, card.clauses.first().copied(), kind);
            }
            return Ok(());
        }
        self.tell(idx, place);
        self.raise_result(card.events.finalised, idx, place);
        self.drain(&Scene::default())
    }

    fn policy_due(&self, from: DateTime<Utc>, duration: crate::value::Duration) -> Result<DateTime<Utc>> {
        let header = &self.model.header;
        timing::due(self.model.calendar(header.calendar), from, duration, &header.conventions)
    }

    /// Notes a result in the step and its trace, with the streaks as they stand now.
    fn tell(&mut self, idx: usize, place: usize) {
        let model = self.model;
        let Some(score) = self.state.scores.get_mut(idx) else { return };
        let card = model.scorecard(score.card);
        let streaks = card.streaks.iter().map(|rule| streak::length(rule, card, score, model)).collect();
        let Some(result) = score.results.get_mut(place) else { return };
        result.streaks = streaks;
        let result = Arc::new(result.clone());
        self.step.scored.retain(|known| (known.card, known.period) != (result.card, result.period));
        self.step.scored.push(result.clone());
        self.step.trace.entries.push(Entry::Scored { at: self.at, result });
    }

    fn raise_result(&mut self, event: crate::model::EventId, idx: usize, place: usize) {
        let result = self.state.scores.get(idx).and_then(|score| score.results.get(place)).cloned();
        let raised = Raised { event, slots: Vec::new(), result: result.map(Arc::new) };
        self.queue.push_back(Waiting::Raised(raised));
    }

    /// The result of a period: every indicator, the total, the band.
    fn compute(
        &self,
        card_id: ScorecardId,
        score: &ScoreState,
        period: Period,
        data: &Data,
        record: &Record,
    ) -> Result<ScoreResult> {
        let card = self.model.scorecard(card_id);
        let scene = Scene::default();
        let ctx = super::context::Context { period_start: Some(period.first_day()), ..self.ctx(&scene) };
        let mut indicators = Vec::with_capacity(card.indicators.len());
        for (idx, indicator) in card.indicators.iter().enumerate() {
            let weight = ctx.parameter(indicator.weight)?.as_decimal().unwrap_or_default();
            let target = target_of(self.model, score, indicator, idx, period, data);
            indicators.push(indicator_result(indicator, weight, target, data, card.rounding)?);
        }
        let exempt = score.exempted.contains(&period.first_day());
        let blocked = card.indicators.iter().zip(&indicators).any(|(indicator, result)| {
            result
                .missing
                .as_deref()
                .is_some_and(|why| indicator.missing == Missing::Block || why.contains("target"))
        });
        let exact = if exempt || blocked { None } else { total(&card.indicators, &mut indicators)? };
        let rounded = exact.map(|exact| round(exact, card.rounding));
        Ok(ScoreResult {
            card: card_id,
            period: period.first_day(),
            period_name: period.to_string().into(),
            record: record.id.clone(),
            outcome: match (exempt, exact) {
                (true, _) => ScoreOutcome::Exempt,
                (false, Some(_)) => ScoreOutcome::Scored,
                (false, None) => ScoreOutcome::Undetermined,
            },
            exact,
            score: rounded,
            band: rounded.and_then(|score| band_of(card, score)),
            indicators,
            status: ScoreStatus::Published,
            published: record.at,
            appealed: None,
            due: None,
            final_at: None,
            revised: false,
            streaks: Vec::new(),
        })
    }
}

/// The target that stood in time and was acknowledged in time; a record may carry one of its own.
fn target_of(
    model: &crate::model::Model,
    score: &ScoreState,
    indicator: &Indicator,
    idx: usize,
    period: Period,
    data: &Data,
) -> Option<Decimal> {
    let rule = indicator.target.as_ref()?;
    if let Some(given) = number(data, &indicator.name, "target") {
        return Some(given);
    }
    let bound_day = match rule.before {
        TargetBefore::PeriodStart => period.first_day(),
        TargetBefore::PeriodEnd => period.next().first_day(),
    };
    let bound = crate::zone::day_start(model.header.zone, bound_day);
    let target =
        score.targets.iter().find(|target| target.period == period.first_day() && target.indicator == idx)?;
    let acknowledged = rule.acknowledged_by.is_empty() || target.acknowledged_at.is_some_and(|at| at < bound);
    (target.set_at < bound && acknowledged).then_some(target.value)
}

fn number(data: &Data, indicator: &str, what: &str) -> Option<Decimal> {
    data.get(format!("{indicator}.{what}").as_str())?.as_decimal()
}

/// One indicator: aggregate, then points by target or map, then cap and floor.
fn indicator_result(
    indicator: &Indicator,
    weight: Decimal,
    target: Option<Decimal>,
    data: &Data,
    rounding: Rounding,
) -> Result<IndicatorResult> {
    let samples = number(data, &indicator.name, "count").and_then(|count| count.to_u32()).unwrap_or(0);
    let sum = number(data, &indicator.name, "sum").unwrap_or_default();
    let missing = if indicator.target.is_some() && target.is_none() {
        Some("no_target")
    } else if target.is_some_and(|target| target <= Decimal::ZERO) {
        Some("target_zero")
    } else if samples == 0 && !matches!(indicator.aggregate, Aggregate::Sum | Aggregate::Count) {
        Some("no_samples")
    } else if samples < indicator.min_samples {
        Some("too_few")
    } else {
        None
    };
    let count = Decimal::from(samples);
    let aggregate = match indicator.aggregate {
        Aggregate::Sum => Some(sum),
        Aggregate::Count => Some(count),
        Aggregate::Mean => sum.checked_div(count),
        Aggregate::ShareMet => number(data, &indicator.name, "met").unwrap_or(sum).checked_div(count),
    };
    let points = match (missing, aggregate) {
        (None, Some(aggregate)) => Some(points_of(indicator, aggregate, target, rounding)?),
        _ => None,
    };
    Ok(IndicatorResult {
        samples,
        aggregate,
        target,
        points,
        weight,
        effective_weight: Decimal::ZERO,
        contribution: Decimal::ZERO,
        missing: missing.map(Arc::from),
    })
}

pub(crate) fn points_of(
    indicator: &Indicator,
    aggregate: Decimal,
    target: Option<Decimal>,
    rounding: Rounding,
) -> Result<Decimal> {
    let too_large =
        || Error::new(ErrorKind::Script, format!("indicator `{}` is too large to compute", indicator.name));
    let mut points = match target {
        Some(target) => aggregate
            .checked_mul(Decimal::ONE_HUNDRED)
            .and_then(|scaled| scaled.checked_div(target))
            .ok_or_else(too_large)?,
        None if indicator.linear.is_empty() => aggregate,
        None => interpolate(&indicator.linear, aggregate).ok_or_else(too_large)?,
    };
    if let Some(cap) = indicator.cap {
        points = points.min(cap);
    }
    if let Some(floor) = indicator.floor {
        points = points.max(floor);
    }
    Ok(if rounding.each_indicator { round(points, rounding) } else { points })
}

/// Piecewise linear between the given points, flat beyond both ends.
fn interpolate(map: &[(Decimal, Decimal)], x: Decimal) -> Option<Decimal> {
    let (first, last) = (map.first()?, map.last()?);
    if x <= first.0 {
        return Some(first.1);
    }
    if x >= last.0 {
        return Some(last.1);
    }
    map.windows(2).find_map(|pair| match pair {
        [(x0, y0), (x1, y1)] if *x0 <= x && x <= *x1 => {
            let rise = (y1 - y0).checked_mul(x - x0)?.checked_div(x1 - x0)?;
            y0.checked_add(rise)
        }
        _ => None,
    })
}

/// Weights of missing indicators go to the others in proportion, or count zero; nothing present: undetermined.
///
/// The total is `Σ points × weight ÷ Σ weight`, so that redistribution needs one division only.
pub(crate) fn total(rules: &[Indicator], results: &mut [IndicatorResult]) -> Result<Option<Decimal>> {
    let overflow = || Error::new(ErrorKind::Script, "a score is too large to compute");
    let mut weights = Decimal::ZERO;
    let mut sum = Decimal::ZERO;
    let mut present = false;
    for (rule, result) in rules.iter().zip(results.iter_mut()) {
        match result.points {
            Some(points) => {
                present = true;
                weights += result.weight;
                sum = points
                    .checked_mul(result.weight)
                    .and_then(|part| sum.checked_add(part))
                    .ok_or_else(overflow)?;
            }
            None if rule.missing == Missing::Zero => weights += result.weight,
            None => {}
        }
    }
    if !present || weights.is_zero() {
        return Ok(None);
    }
    for (rule, result) in rules.iter().zip(results.iter_mut()) {
        if result.points.is_some() || rule.missing == Missing::Zero {
            result.effective_weight = result.weight.checked_div(weights).ok_or_else(overflow)?;
            let points = result.points.unwrap_or_default();
            result.contribution = points
                .checked_mul(result.weight)
                .and_then(|part| part.checked_div(weights))
                .ok_or_else(overflow)?;
        }
    }
    sum.checked_div(weights).ok_or_else(overflow).map(Some)
}

pub(crate) fn round(value: Decimal, rounding: Rounding) -> Decimal {
    let strategy = match rounding.mode {
        RoundingMode::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        RoundingMode::HalfEven => RoundingStrategy::MidpointNearestEven,
        RoundingMode::Down => RoundingStrategy::ToZero,
        RoundingMode::Up => RoundingStrategy::AwayFromZero,
    };
    value.round_dp_with_strategy(rounding.places, strategy)
}

/// The first band, best first, that holds the score.
pub(crate) fn band_of(card: &Scorecard, score: Decimal) -> Option<usize> {
    card.bands.iter().position(|band| band.range.contains(score))
}

/// A refusal of a scorecard with its reason from the catalogue.
fn said_no(key: &'static str, card: &Scorecard) -> Refusal {
    let message = Message::new(key, [card.name.as_ref()]);
    let said = Said { own: message.render(Lang::Zh).into(), en: Some(message.render(Lang::En).into()) };
    Refusal::Guard { tried: Vec::new(), message: Some(said) }
}
