//! "N periods running", from the results alone; never a saved counter.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::state::{ScoreOutcome, ScoreResult, ScoreState, ScoreStatus};
use crate::model::{Model, Scorecard, Streak, StreakOf};

/// How long a streak certainly is now: counted backwards from the latest period that counts. `None`: undecided.
///
/// Results that are not yet final (where only final ones count) are passed over, so that a pending appeal neither
/// extends nor breaks a streak; the largest gap still applies between the periods that count. An undetermined period
/// (unless it breaks the streak) leaves open what lies before it: only what was counted after it is certain, and with
/// nothing counted after it the streak is undecided.
pub(super) fn length(rule: &Streak, card: &Scorecard, score: &ScoreState, model: &Model) -> Option<u32> {
    let restart = score
        .restarts
        .iter()
        .filter(|(event, _)| rule.restarts_after.contains(event))
        .map(|(_, at)| *at)
        .max();
    let mut length = 0;
    let mut last_counted: Option<NaiveDate> = None;
    for result in score.results.iter().rev() {
        if rule.only_final && result.status != ScoreStatus::Final {
            continue;
        }
        if restart.is_some_and(|at| !begins_after(result.period, at, model)) {
            break;
        }
        match verdict(rule, card, result) {
            Counts::No => break,
            Counts::Skip => continue,
            Counts::Unknown => return (length > 0).then_some(length),
            Counts::Yes => {
                if gap_too_large(rule, last_counted, result.period) {
                    break;
                }
                last_counted = Some(result.period);
                length += 1;
            }
        }
    }
    Some(length)
}

enum Counts {
    Yes,
    No,
    Skip,
    Unknown,
}

fn verdict(rule: &Streak, card: &Scorecard, result: &ScoreResult) -> Counts {
    match (result.outcome, result.band) {
        (ScoreOutcome::Exempt, _) if rule.exempt_breaks => Counts::No,
        (ScoreOutcome::Exempt, _) => Counts::Skip,
        (ScoreOutcome::Undetermined, _) | (ScoreOutcome::Scored, None) if rule.undetermined_breaks => {
            Counts::No
        }
        (ScoreOutcome::Undetermined, _) | (ScoreOutcome::Scored, None) => Counts::Unknown,
        (ScoreOutcome::Scored, Some(band)) => {
            let counts = match &rule.of {
                StreakOf::MeetsStandard(wanted) => {
                    card.bands.get(band).is_some_and(|band| band.meets_standard == *wanted)
                }
                StreakOf::Bands(bands) => bands.contains(&band),
            };
            if counts { Counts::Yes } else { Counts::No }
        }
    }
}

fn begins_after(period: NaiveDate, at: DateTime<Utc>, model: &Model) -> bool {
    period > at.with_timezone(&model.header.zone).date_naive()
}

fn gap_too_large(rule: &Streak, later: Option<NaiveDate>, earlier: NaiveDate) -> bool {
    let (Some(later), Some(largest)) = (later, rule.largest_gap_months) else { return false };
    let months = (later.year() - earlier.year()) * 12 + later.month0() as i32 - earlier.month0() as i32;
    i64::from(months) > i64::from(largest)
}
