//! The calendar alone, as an app uses it: what inheritance and calendar files give, and what holds for every calendar.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Offset, TimeDelta, TimeZone, Timelike, Utc};
use proptest::prelude::*;
use rulebook::time::{
    Calendar, CalendarDef, ClockKind, Conventions, DaysEnd, Duration, MonthEnd, Roll, StartDay, TimeUnit, Tz,
    calendars, instant,
};
use rulebook::{Event, Lang, Options, Policy, Scenario};

const PLAIN: Conventions = Conventions {
    start_day: StartDay::NotCounted,
    month_end: MonthEnd::LastDay,
    days_roll: Roll::None,
    days_end: DaysEnd::Midnight,
};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn local(calendar: &Calendar, text: &str) -> DateTime<Utc> {
    instant(text, calendar.zone()).unwrap()
}

fn shown(calendar: &Calendar, at: DateTime<Utc>) -> String {
    at.with_timezone(&calendar.zone()).format("%Y-%m-%d %H:%M").to_string()
}

fn seconds(amount: i64) -> TimeDelta {
    TimeDelta::seconds(amount)
}

#[test]
fn a_branch_stands_over_its_company_by_weekday_and_date() {
    let text = "
calendars:
  branch:
    extends: cn-office
    hours: {sat: ['09:00-12:00']}
    holidays: {三月三: [2026-04-20 to 2026-04-22]}
    make_up_days: {三月三: [2026-04-06, {2026-04-25 to 2026-04-26: ['08:00-11:00', '14:00-15:00']}], 国庆节: {2026-09-20: ['10:00-12:00']}}
    days: {2026-02-14: ['09:00-15:00'], 2026-10-01: ['09:00-10:00']}
  kiosk: {extends: branch, hours: {from: 2026-07-01, to: 2026-08-31, mon-fri: ['07:00-13:00']}, days: {2026-10-01: closed, 2026-04-25: ['08:00-10:00'], 2026-04-26: closed}}
  seasons:
    timezone: Asia/Shanghai
    coverage: 2026-01-01 to 2026-12-31
    hours:
      - {mon-fri: ['09:00-18:00'], sat: ['09:00-12:00']}
      - {from: 2026-07-01, to: 2026-08-31, mon-fri: ['07:00-13:00']}
      - {from: 2026-11-01, mon-fri: ['10:00-17:00'], sat: closed}
  grandchild: {extends: kiosk, holidays: {店庆: 2026-02-14}, make_up_days: {国庆节: [2026-10-02, 2026-09-20]}}
";
    let all = calendars(&[("t.yaml", text)]).unwrap_or_else(|report| panic!("{report}"));
    let close = |name: &str, day: &str| {
        let calendar = &all[name];
        calendar.close_of(date(day)).unwrap().map(|at| shown(calendar, at).split_off(11))
    };
    for (name, day, expected) in [
        // The week that is not mentioned stays, the company's holidays stay, and both can be answered by date.
        ("branch", "2026-04-03", Some("18:00")),
        ("branch", "2026-04-11", Some("12:00")),
        ("branch", "2026-05-01", None),
        ("branch", "2026-04-21", None),
        ("branch", "2026-04-06", Some("18:00")),
        ("branch", "2026-02-14", Some("15:00")),
        ("branch", "2026-10-01", Some("10:00")),
        ("branch", "2026-04-25", Some("15:00")),
        ("branch", "2026-04-26", Some("15:00")),
        ("branch", "2026-09-20", Some("12:00")),
        ("cn-office", "2026-09-20", Some("18:00")),
        ("kiosk", "2026-04-25", Some("10:00")),
        ("kiosk", "2026-04-26", None),
        ("kiosk", "2026-09-20", Some("12:00")),
        ("grandchild", "2026-09-20", Some("18:00")),
        ("cn-office", "2026-04-06", None),
        ("kiosk", "2026-06-30", Some("18:00")),
        ("kiosk", "2026-07-01", Some("13:00")),
        ("kiosk", "2026-07-04", Some("12:00")),
        ("kiosk", "2026-08-31", Some("13:00")),
        ("kiosk", "2026-09-01", Some("18:00")),
        ("kiosk", "2026-10-01", None),
        // What a dated version does not mention is as the undated one has it, before, within and after its dates.
        ("seasons", "2026-06-30", Some("18:00")),
        ("seasons", "2026-07-03", Some("13:00")),
        ("seasons", "2026-07-04", Some("12:00")),
        ("seasons", "2026-09-05", Some("12:00")),
        ("seasons", "2026-09-07", Some("18:00")),
        ("seasons", "2026-11-02", Some("17:00")),
        ("seasons", "2026-11-07", None),
        ("grandchild", "2026-02-14", None),
        ("grandchild", "2026-10-02", Some("18:00")),
        ("grandchild", "2026-07-01", Some("13:00")),
    ] {
        assert_eq!(close(name, day).as_deref(), expected, "{name} {day}");
    }
    let branch = &all["branch"];
    let told = branch.explain(local(branch, "2026-02-13 17:00"), "2 business hours".parse().unwrap(), &PLAIN);
    assert_eq!(
        told.unwrap().render(Lang::Zh),
        "期限: 2/14(周六) 10:00。2 个工作小时: 2/13(周五) 17:00–18:00 用 1 小时;\
         2/14(周六) 春节调休上班,09:00–10:00 用 1 小时。时段以外不计。日历 branch 2026。"
    );
}

#[test]
fn holidays_come_from_calendar_files() {
    let yaml = "calendars: {desk: {timezone: Asia/Shanghai, hours: {mon-fri: ['09:00-18:00']}, holidays_from: [./cn.ics, more/own.ics], coverage: 2026-01-01 to 2026-12-31}}";
    let event = |lines: &str| {
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    };
    let cn = event("DTSTART;VALUE=DATE:20251230\r\nDTEND;VALUE=DATE:20260104\r\nSUMMARY:元旦");
    let own = event("DTSTART;VALUE=DATE:20240309\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:司庆");
    let all = calendars(&[("a/t.yaml", yaml), ("a/cn.ics", &cn), ("a/more/own.ics", &own)]);
    let desk = &all.unwrap_or_else(|report| panic!("{report}"))["desk"];
    assert_eq!(desk.working_days(date("2026-01-01"), date("2026-01-05")), Ok(1));
    assert_eq!(desk.is_working_day(date("2026-03-09")), Ok(false));
    let due = desk.add(local(desk, "2026-03-06 17:00"), "2 business hours".parse().unwrap(), &PLAIN);
    assert_eq!(shown(desk, due.unwrap()), "2026-03-10 10:00");
    let missing = calendars(&[("a/t.yaml", yaml), ("cn.ics", &cn)]).unwrap_err();
    assert_eq!(missing.diagnostics.len(), 2, "{missing}");
    assert!(
        missing.render_text(Lang::En, false).contains("cannot read `a/cn.ics`: not given among the texts")
    );
    for name in ["../cn.ics", "/cn.ics", "C:\\cn.ics", "cn.yaml", "a//cn.ics"] {
        let yaml = yaml.replace("./cn.ics, more/own.ics", &format!("'{name}'"));
        let report = calendars(&[("a/t.yaml", yaml.as_str()), ("cn.ics", &cn)]).unwrap_err();
        let said = report.render_text(Lang::En, false);
        assert!(report.diagnostics.len() == 1 && said.contains("cannot be used"), "{name}: {said}");
    }
}

#[test]
fn calendars_alone_tell_every_mistake() {
    let said =
        |text: &str, name: &str| Calendar::from_yaml(text, name).unwrap_err().render_text(Lang::En, false);
    let coverage = "coverage: 2026-01-01 to 2026-12-31";
    let no_zone =
        said(&format!("calendars: {{desk: {{hours: {{mon: ['09:00-18:00']}}, {coverage}}}}}"), "desk");
    assert!(no_zone.contains("the calendar `desk` states no time zone"), "{no_zone}");
    let unknown = said("", "cn-ofice");
    assert!(
        unknown.contains("there is no calendar `cn-ofice`") && unknown.contains("`cn-office`"),
        "{unknown}"
    );
    let two = said("calendars: {a: {extends: b}, c: {hours: {monn: closed}, timezone: Mars/Base}}", "a");
    for expected in ["unknown-calendar", "bad-word", "unknown-zone", "missing-key"] {
        assert!(two.contains(expected), "{expected}: {two}");
    }
    let office = Calendar::cn_office().unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(office.coverage(), (date("2024-01-01"), date("2026-12-31")));
}

/// A scenario that sets parameters or calendars has the policy compiled anew; its calendar files come along.
#[test]
fn a_scenario_keeps_the_calendar_files_of_its_policy() {
    let policy = "
policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}
calendars: {desk: {hours: {mon-fri: ['09:00-18:00']}, holidays_from: cn.ics, coverage: 2026-01-01 to 2026-12-31}}
parameters: {limit: {value: 3 working days, calendar: desk}}
subjects: {chat: {}}
roles: {any: {anyone: yes}}
workflows:
  w:
    subject: chat
    events: {ask: {by: any}, answer: {by: any}}
    clocks: {reply: {starts: ask, stops: answer, within: $limit}}
    on_event: {ask: record_only, answer: record_only}
";
    let ics = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nSUMMARY:劳动节\nEND:VEVENT\nEND:VCALENDAR\n";
    let scenario = |set: &str, due: &str| {
        format!(
            "- scenario: s\n  set: {{{set}}}\n  given: {{chat/1: {{at: 2026-04-01 10:00}}}}\n  happens: [{{at: 2026-04-30 10:00, to: chat/1, ask: {{}}, by: any/x}}]\n  expect: [{{clock: {{chat/1: {{reply: running, due: '{due}'}}}}}}]\n"
        )
    };
    let files = [("t.yaml", policy), ("cn.ics", ics)];
    let policy = Policy::from_texts(&files, &Options::default()).unwrap_or_else(|report| panic!("{report}"));
    for (set, due) in [
        ("", "2026-05-06 18:00:00"),
        ("parameters: {limit: 2 working days}", "2026-05-05 18:00:00"),
        ("calendars: {desk: {extends: cn-office, hours: {mon-fri: ['09:00-17:00']}}}", "2026-05-08 17:00:00"),
    ] {
        let scenarios = Scenario::from_text("s.yaml", &scenario(set, due));
        let verdict = scenarios.unwrap_or_else(|report| panic!("{report}"))[0].run(&policy);
        let verdict = verdict.unwrap_or_else(|report| panic!("{report}"));
        assert!(verdict.passed, "{verdict}");
    }
}

#[test]
fn what_is_due_beyond_the_coverage_is_marked_provisional() {
    let text = |beyond: &str| {
        format!(
            "policy: {{id: t, effective: 2026-01-01, timezone: Asia/Shanghai, durations: {{start_day: counted, month_end: next_day}}}}
calendars: {{desk: {{hours: {{mon-fri: ['09:00-18:00']}}, coverage: 2026-01-01 to 2026-12-31, beyond_coverage: {beyond}}}}}
subjects: {{chat: {{}}}}
roles: {{any: {{anyone: yes}}}}
workflows:
  w:
    subject: chat
    events: {{ask: {{by: any}}, answer: {{by: any}}}}
    clocks:
      reply: {{starts: ask, stops: answer, within: 3 working days, calendar: desk}}
      call: {{starts: ask, stops: answer, within: 72 wall hours, calendar: desk}}
    on_event: {{ask: record_only, answer: record_only}}
"
        )
    };
    let step = |beyond: &str, at: &str| {
        let texts = [("t.yaml", text(beyond))];
        let policy =
            Policy::from_texts(&texts, &Options::default()).unwrap_or_else(|report| panic!("{report}"));
        let calendar = policy.calendar("desk").unwrap();
        let counted = Conventions {
            start_day: StartDay::Counted,
            month_end: MonthEnd::NextDay,
            ..Conventions::default()
        };
        assert_eq!(policy.conventions(), counted);
        let (mut chat, at) = (policy.unopened("chat/1").unwrap(), local(calendar, at));
        let ask = Event::new("ask").by("any/x");
        policy.step(&mut chat, &Event::new("opened").by("any/x"), at)?;
        policy.step(&mut chat, &ask, at)?;
        let due = policy.due(&chat);
        Ok::<_, rulebook::Error>(
            due.iter().map(|item| rulebook::prose::due(&policy, item, Lang::En)).collect::<Vec<_>>(),
        )
    };
    let said = step("provisional", "2026-12-31 10:00").unwrap();
    let marked =
        |said: &[String]| -> Vec<bool> { said.iter().map(|line| line.contains("Provisional")).collect() };
    assert!(
        said[0].contains("reply") && said[0].contains("2027-01-04") || said[1].contains("2027-01-04"),
        "{said:?}"
    );
    let mut found = marked(&said);
    found.sort_unstable();
    assert_eq!(found, [false, true], "{said:?}");
    assert_eq!(marked(&step("provisional", "2026-12-01 10:00").unwrap()), [false, false]);
    assert!(step("error", "2026-12-31 10:00").unwrap_err().to_string().contains("2027"));
}

fn desk(zone: Tz, days: &str, windows: &[&str]) -> Calendar {
    let def = CalendarDef::new("desk", zone, (date("2024-01-01"), date("2027-12-31")));
    Calendar::new(def.open(days, windows).unwrap()).unwrap()
}

/// Day desks with lunch and make-up days, night shifts over every kind of clock change, desks that never close.
static CALENDARS: LazyLock<Vec<Calendar>> = LazyLock::new(|| {
    vec![
        Calendar::cn_office().unwrap(),
        desk(Tz::America__New_York, "mon-fri", &["09:00-12:00", "13:00-17:30"]),
        desk(Tz::Australia__Lord_Howe, "mon-sun", &["01:00-01:45", "01:45-02:15", "09:00-17:00"]),
        desk(Tz::America__New_York, "mon-sun", &["00:00-24:00"]),
        desk(Tz::America__New_York, "sat-sun", &["01:30-02:30", "22:00-01:15"]),
        desk(Tz::Australia__Lord_Howe, "sat-mon", &["20:00-04:00"]),
        desk(Tz::Europe__London, "wed-sun", &["08:00-12:00", "12:00-16:00", "18:00-06:00"]),
        desk(Tz::America__Havana, "fri-mon", &["00:00-00:30", "23:00-24:00"]),
    ]
});

/// How many of them have no window that reaches into the next day.
const DAY_DESKS: usize = 4;

fn any_calendar() -> impl Strategy<Value = &'static Calendar> {
    (0..CALENDARS.len()).prop_map(|idx| &CALENDARS[idx])
}

fn day_calendar() -> impl Strategy<Value = &'static Calendar> {
    (0..DAY_DESKS).prop_map(|idx| &CALENDARS[idx])
}

/// An instant of 2025 or the first months of 2026; often near a change of clocks.
fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let changes = [
        "2025-03-09T07:00:00Z",
        "2025-11-02T06:00:00Z",
        "2025-04-05T15:00:00Z",
        "2025-10-04T15:30:00Z",
        "2025-03-30T01:00:00Z",
        "2025-10-26T01:00:00Z",
        "2025-03-09T05:00:00Z",
        "2025-11-02T05:00:00Z",
        "2026-02-14T16:00:00Z",
    ];
    let change = prop::sample::select(changes.map(|text| text.parse::<DateTime<Utc>>().unwrap()).to_vec());
    prop_oneof![
        (1_736_500_000_i64..1_779_000_000).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap()),
        (change, -200_000_i64..200_000).prop_map(|(at, by)| at + seconds(by)),
    ]
}

fn business(amount: i64) -> Duration {
    Duration { amount, unit: TimeUnit::Seconds, clock: ClockKind::Business }
}

/// Durations of every clock, from one unit on.
fn any_duration() -> impl Strategy<Value = Duration> {
    let of = |unit, clock, max: i64| (1..max).prop_map(move |amount| Duration { amount, unit, clock });
    prop_oneof![
        of(TimeUnit::Seconds, ClockKind::Wall, 900_000),
        of(TimeUnit::Weeks, ClockKind::Wall, 9),
        of(TimeUnit::Seconds, ClockKind::Business, 90_000),
        of(TimeUnit::Hours, ClockKind::Business, 90),
        of(TimeUnit::Days, ClockKind::Working, 40),
        of(TimeUnit::Days, ClockKind::Calendar, 60),
        of(TimeUnit::Weeks, ClockKind::Calendar, 9),
        of(TimeUnit::Months, ClockKind::Calendar, 4),
        of(TimeUnit::Quarters, ClockKind::Calendar, 2),
    ]
}

fn any_conventions() -> impl Strategy<Value = Conventions> {
    let roll = prop_oneof![Just(Roll::NextWorkingDay), Just(Roll::None)];
    let end = prop_oneof![Just(DaysEnd::CloseOfBusiness), Just(DaysEnd::Midnight)];
    let start = prop_oneof![Just(StartDay::NotCounted), Just(StartDay::Counted)];
    let month = prop_oneof![Just(MonthEnd::LastDay), Just(MonthEnd::NextDay)];
    (start, month, roll, end).prop_map(|(start_day, month_end, days_roll, days_end)| Conventions {
        start_day,
        month_end,
        days_roll,
        days_end,
    })
}

fn civil(calendar: &Calendar, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&calendar.zone()).date_naive()
}

/// Whether the windows of the date or of the night before hold a local time; only where the clocks stay as they are.
fn open_by_local_time(calendar: &Calendar, at: DateTime<Utc>) -> bool {
    let here = at.with_timezone(&calendar.zone());
    let second = here.time().num_seconds_from_midnight();
    let holds = |date: NaiveDate, second: u32| {
        calendar.def().windows(date).iter().any(|window| window.start() <= second && second < window.end())
    };
    holds(here.date_naive(), second) || holds(here.date_naive().pred_opt().unwrap(), second + 86_400)
}

proptest! {
    #[test]
    fn what_is_added_lies_between(
        calendar in any_calendar(), start in any_instant(), duration in any_duration(), conventions in any_conventions(),
    ) {
        let due = calendar.add(start, duration, &conventions).unwrap();
        let between = |to| calendar.between(start, to, duration.unit, duration.clock, &conventions).unwrap().amount;
        if duration.clock == ClockKind::Calendar && conventions.days_roll == Roll::NextWorkingDay {
            // Days that are rolled end together; the largest of them comes out.
            prop_assert!(between(due) >= duration.amount);
        } else {
            prop_assert_eq!(between(due), duration.amount);
        }
        prop_assert!(between(due - seconds(1)) < duration.amount);
        let back = calendar.between(due, start, duration.unit, duration.clock, &conventions).unwrap();
        // A start at the close of its own counted day is over at once.
        prop_assert_eq!(back.amount, if due > start { -between(due) } else { between(due) });
    }

    #[test]
    fn later_starts_and_larger_amounts_never_end_earlier(
        calendar in any_calendar(), start in any_instant(), later in 0_i64..300_000, duration in any_duration(),
        a in -3_i64..3, b in -3_i64..3, conventions in any_conventions(),
    ) {
        let add = |start, amount| calendar.add(start, Duration { amount, ..duration }, &conventions).unwrap();
        let (less, more) = (add(start, a.min(b)), add(start, a.max(b)));
        prop_assert!(less <= more, "{} {}", less, more);
        let from_later = add(start + seconds(later), a);
        prop_assert!(add(start, a) <= from_later);
        prop_assert_eq!(add(start, a) < start, a < 0 && add(start, a) != start);
    }

    #[test]
    fn the_sum_of_the_parts_is_the_whole(
        calendar in any_calendar(), start in any_instant(), x in 1_i64..200_000, y in 1_i64..200_000,
    ) {
        let (middle, end) = (start + seconds(x), start + seconds(x + y));
        let open = |from, to| calendar.business_seconds(from, to).unwrap();
        prop_assert_eq!(open(start, middle) + open(middle, end), open(start, end));
        prop_assert!(open(start, end) <= x + y);
        let days = |from, to| calendar.working_days(from, to).unwrap();
        let (first, turn, last) = (civil(calendar, start), civil(calendar, middle), civil(calendar, end));
        prop_assert_eq!(days(first, turn) + days(turn.succ_opt().unwrap(), last.max(turn)), days(first, last));
        let add = |from, duration| calendar.add(from, duration, &PLAIN).unwrap();
        prop_assert_eq!(add(add(start, business(x)), business(y)), add(start, business(x + y)));
        let civil_days = |amount| Duration { amount, unit: TimeUnit::Days, clock: ClockKind::Calendar };
        let (x, y) = (x % 60 + 1, y % 60 + 1);
        prop_assert_eq!(add(add(start, civil_days(x)), civil_days(y)), add(start, civil_days(x + y)));
    }

    #[test]
    fn working_days_add_up_where_no_shift_ends_on_the_next_day(
        calendar in day_calendar(), start in any_instant(), x in 1_i64..30, y in 1_i64..30,
    ) {
        let days = |amount| Duration { amount, unit: TimeUnit::Days, clock: ClockKind::Working };
        let conventions = Conventions::default();
        let add = |from, duration| calendar.add(from, duration, &conventions).unwrap();
        prop_assert_eq!(add(add(start, days(x)), days(y)), add(start, days(x + y)));
        let back = calendar.sub(add(start, days(x)), days(x), &conventions).unwrap();
        prop_assert_eq!(civil(calendar, back), calendar.last_working_day(civil(calendar, start)).unwrap());
    }

    #[test]
    fn taking_back_undoes_adding(
        calendar in any_calendar(), start in any_instant(), amount in 0_i64..200_000, days in 1_i64..60,
    ) {
        let there = calendar.add(start, business(amount), &PLAIN).unwrap();
        let back = calendar.sub(there, business(amount), &PLAIN).unwrap();
        prop_assert_eq!(back, calendar.next_open(start).unwrap());
        let before = calendar.sub(start, business(amount), &PLAIN).unwrap();
        prop_assert_eq!(calendar.business_seconds(before, start), Ok(amount));
        if calendar.is_open(start - seconds(1)).unwrap() && amount > 0 {
            prop_assert_eq!(calendar.add(before, business(amount), &PLAIN), Ok(start));
        }
        let wall = Duration { amount, unit: TimeUnit::Seconds, clock: ClockKind::Wall };
        prop_assert_eq!(calendar.sub(calendar.add(start, wall, &PLAIN).unwrap(), wall, &PLAIN), Ok(start));
        let civil_days = Duration { amount: days, unit: TimeUnit::Days, clock: ClockKind::Calendar };
        let back = calendar.sub(calendar.add(start, civil_days, &PLAIN).unwrap(), civil_days, &PLAIN).unwrap();
        prop_assert_eq!(civil(calendar, back), civil(calendar, start));
        prop_assert_eq!(calendar.is_working_day(civil(calendar, start)).is_ok(), true);
    }

    #[test]
    fn an_instant_is_the_same_in_whatever_zone_it_is_written(
        calendar in any_calendar(), start in any_instant(), duration in any_duration(), minutes in -14 * 60..14 * 60,
    ) {
        let offset = FixedOffset::east_opt(minutes * 60).unwrap();
        let written = start.with_timezone(&offset).format("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let read = instant(&written, Tz::Asia__Shanghai).unwrap();
        let conventions = Conventions::default();
        prop_assert_eq!(calendar.add(read, duration, &conventions), calendar.add(start, duration, &conventions));
        prop_assert_eq!(read, start);
    }

    #[test]
    fn opening_and_closing_agree_with_being_open(calendar in any_calendar(), at in any_instant()) {
        let open = calendar.is_open(at).unwrap();
        let next = calendar.next_open(at).unwrap();
        prop_assert_eq!(next == at, open);
        prop_assert_eq!(calendar.is_open(next), Ok(true));
        prop_assert_eq!(calendar.business_seconds(at, next), Ok(0));
        if let Ok(close) = calendar.next_close(next) {
            prop_assert_eq!(calendar.is_open(close - seconds(1)), Ok(true));
            prop_assert_eq!(calendar.is_open(close), Ok(false));
            prop_assert_eq!(calendar.business_seconds(next, close), Ok((close - next).num_seconds()));
        }
        let offset = |at: DateTime<Utc>| calendar.zone().offset_from_utc_datetime(&at.naive_utc()).fix();
        let day = TimeDelta::days(2);
        if offset(at - day) == offset(at + day) {
            prop_assert_eq!(open, open_by_local_time(calendar, at));
        }
        prop_assert!(at.year() >= 2025);
    }
}

#[test]
fn a_day_worked_until_midnight_ends_with_its_own_date() {
    let late = desk(Tz::Asia__Shanghai, "mon-fri", &["08:00-24:00"]);
    let told = late.explain(
        local(&late, "2026-04-01 09:00"),
        "1 working day".parse().unwrap(),
        &Conventions::default(),
    );
    let told = told.unwrap();
    assert_eq!(told.due, local(&late, "2026-04-02 23:59:59"));
    assert!(told.render(Lang::En).contains("it ends at 23:59:59"), "{}", told.render(Lang::En));
}

#[test]
fn clocks_that_change_by_half_an_hour() {
    // On 5 October 2025 Lord Howe skips 02:00 to 02:30; on 6 April 2025 it has 01:30 to 02:00 twice.
    let zone = Tz::Australia__Lord_Howe;
    let night = desk(zone, "sat", &["20:00-04:00"]);
    let open = |calendar: &Calendar, from: &str, to: &str| {
        calendar.business_seconds(local(calendar, from), local(calendar, to)).unwrap()
    };
    assert_eq!(open(&night, "2025-10-04 12:00", "2025-10-05 12:00"), 7 * 3600 + 1800);
    assert_eq!(open(&night, "2025-04-05 12:00", "2025-04-06 12:00"), 8 * 3600 + 1800);
    let due = |from: &str, amount: &str| {
        shown(&night, night.add(local(&night, from), amount.parse().unwrap(), &PLAIN).unwrap())
    };
    assert_eq!(due("2025-10-04 23:00", "4 business hours"), "2025-10-05 03:30");
    assert_eq!(due("2025-04-05 23:00", "4 business hours"), "2025-04-06 02:30");
    assert_eq!(due("2025-10-04 23:00", "4 wall hours"), "2025-10-05 03:30");
    let told = night.explain(local(&night, "2025-04-05 23:00"), "4 business hours".parse().unwrap(), &PLAIN);
    assert_eq!(
        told.unwrap().render(Lang::Zh),
        "期限: 4/6(周日) 02:30。4 个工作小时: 4/5(周六) 23:00–02:30(其间时钟拨慢 30 分钟) 用 4 小时。时段以外不计。日历 desk 2025。"
    );
    let always = desk(zone, "mon-sun", &["00:00-24:00"]);
    assert_eq!(open(&always, "2025-10-05 00:00", "2025-10-06 00:00"), 23 * 3600 + 1800);
    assert_eq!(open(&always, "2025-04-06 00:00", "2025-04-07 00:00"), 24 * 3600 + 1800);
    let skipped = desk(zone, "sun", &["02:00-02:30", "03:00-04:00"]);
    assert_eq!(open(&skipped, "2025-10-05 00:00", "2025-10-05 12:00"), 3600);
    let twice = desk(zone, "sun", &["01:30-02:00"]);
    assert_eq!(open(&twice, "2025-04-06 00:00", "2025-04-06 12:00"), 3600);
}
