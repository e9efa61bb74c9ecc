//! Local times of a time zone and the instants they name, where clocks are put forward and back too.

use chrono::{
    DateTime, Days, MappedLocalTime, NaiveDate, NaiveDateTime, Offset as _, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

/// Which instants a local time names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTime {
    /// Exactly one: the ordinary case.
    Once(DateTime<Utc>),
    /// Two, because the clocks were put back: the earlier and the later.
    Twice(DateTime<Utc>, DateTime<Utc>),
    /// None, because the clocks were put forward: the first instant after the gap.
    Skipped(DateTime<Utc>),
}

/// The instants that a local time names.
pub fn resolve(zone: Tz, local: NaiveDateTime) -> LocalTime {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => LocalTime::Once(at.with_timezone(&Utc)),
        MappedLocalTime::Ambiguous(a, b) => {
            let (a, b) = (a.with_timezone(&Utc), b.with_timezone(&Utc));
            LocalTime::Twice(a.min(b), a.max(b))
        }
        MappedLocalTime::None => LocalTime::Skipped(after_gap(zone, local)),
    }
}

/// The instant at so many seconds after local midnight of a date; more than 86,400 reach into the next day.
///
/// A local time that does not exist is shifted forward to the first instant after the gap; one that exists twice
/// is the earlier. So a later local time never names an earlier instant.
pub fn instant(zone: Tz, date: NaiveDate, seconds: u32) -> DateTime<Utc> {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    let local = midnight.checked_add_signed(TimeDelta::seconds(i64::from(seconds))).unwrap_or(midnight);
    match resolve(zone, local) {
        LocalTime::Once(at) | LocalTime::Twice(at, _) | LocalTime::Skipped(at) => at,
    }
}

/// The first second of a civil day: 00:00:00, or the first instant after it where the clocks skip midnight.
pub fn day_start(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    instant(zone, date, 0)
}

/// The last second of a civil day: one before the next day begins, 23:59:59 on an ordinary day.
pub fn day_end(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
    moved(day_start(zone, next), -1)
}

/// The local time of an instant.
pub fn local(zone: Tz, at: DateTime<Utc>) -> NaiveDateTime {
    let utc = at.naive_utc();
    // At the very ends of time the local time cannot be told; UTC is as good there.
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
}

/// The civil date of an instant.
pub fn date_of(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    local(zone, at).date()
}

/// The first instant whose local time is not before one that the clocks skipped.
/// No zone is further than 26 hours from UTC, and one gap lies in that span, so the search closes in on its end.
fn after_gap(zone: Tz, skipped: NaiveDateTime) -> DateTime<Utc> {
    let target = skipped.and_utc();
    let (mut before, mut after) = (-26 * 3600_i64, 26 * 3600_i64);
    while after - before > 1 {
        let middle = i64::midpoint(before, after);
        if local(zone, moved(target, middle)) >= skipped {
            after = middle;
        } else {
            before = middle;
        }
    }
    moved(target, after)
}

fn moved(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    at.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: Tz, date: &str, hour: u32, minute: u32) -> String {
        let date: NaiveDate = date.parse().unwrap();
        instant(zone, date, hour * 3600 + minute * 60).format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    #[test]
    fn local_times_that_are_skipped_or_twice() {
        let rows = [
            (Tz::Asia__Shanghai, "2026-04-01", 15, 0, "2026-04-01T07:00:00Z"),
            (Tz::America__New_York, "2026-03-08", 1, 59, "2026-03-08T06:59:00Z"),
            (Tz::America__New_York, "2026-03-08", 2, 0, "2026-03-08T07:00:00Z"),
            (Tz::America__New_York, "2026-03-08", 2, 59, "2026-03-08T07:00:00Z"),
            (Tz::America__New_York, "2026-03-08", 3, 0, "2026-03-08T07:00:00Z"),
            (Tz::America__New_York, "2026-11-01", 1, 30, "2026-11-01T05:30:00Z"),
            (Tz::America__New_York, "2026-11-01", 2, 0, "2026-11-01T07:00:00Z"),
            (Tz::America__New_York, "2026-10-31", 25, 30, "2026-11-01T05:30:00Z"),
            // Shanghai kept summer time until 1991.
            (Tz::Asia__Shanghai, "1988-04-17", 2, 30, "1988-04-16T18:00:00Z"),
            // Samoa left out a whole day.
            (Tz::Pacific__Apia, "2011-12-30", 12, 0, "2011-12-30T10:00:00Z"),
        ];
        for (zone, date, hour, minute, expected) in rows {
            assert_eq!(at(zone, date, hour, minute), expected, "{zone} {date} {hour}:{minute}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let end = |zone: Tz, date: &str| day_end(zone, date.parse().unwrap()).to_rfc3339();
        assert_eq!(end(Tz::Asia__Shanghai, "2026-04-07"), "2026-04-07T15:59:59+00:00");
        // Cuba puts the clocks forward at midnight: 1 March 2026 ends as usual, 8 March begins at 01:00.
        assert_eq!(end(Tz::America__Havana, "2026-03-07"), "2026-03-08T04:59:59+00:00");
    }
}
