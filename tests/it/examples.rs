//! The examples run, and the year that comes with the sources is what its generator writes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use rulebook::{Event, MemoryStore, Policy, RunOptions, Runtime};

/// The text of an example's standard output; it stands beside this test's own binary.
fn run(example: &str, args: &[&str]) -> Vec<u8> {
    let me = std::env::current_exe().unwrap();
    let target = me.parent().unwrap().parent().unwrap();
    let path: PathBuf = target.join("examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&path)
        .args(args)
        .output()
        .unwrap_or_else(|err| panic!("{}: {err}; `cargo test` builds the examples", path.display()));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example} failed: {complaint}");
    output.stdout
}

fn text(example: &str) -> String {
    String::from_utf8(run(example, &[])).unwrap()
}

#[test]
fn the_year_is_what_its_generator_writes() {
    let written = run("generate_year", &[]);
    let kept = std::fs::read("examples/data/year-2026.jsonl").unwrap();
    let differs =
        written.split(|byte| *byte == b'\n').zip(kept.split(|byte| *byte == b'\n')).position(|(a, b)| a != b);
    assert_eq!(differs.map(|line| line + 1), None, "the first line that differs");
    assert_eq!(written.len(), kept.len());
    assert!(kept.len() < 6_000_000);
}

#[test]
fn another_seed_gives_another_year() {
    assert_ne!(
        run("generate_year", &["--chats", "10", "--seed", "1"]),
        run("generate_year", &["--chats", "10"])
    );
}

/// The planned stories happen when the policy judges the year; they do not hang on the chats, so a few suffice here.
#[test]
fn the_stories_of_the_year_happen() {
    let policy = Policy::load("policies/sales-service").unwrap();
    let lines = String::from_utf8(run("generate_year", &["--chats", "150"])).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str::<Event>(line).unwrap());
    let mut runtime = Runtime::new(policy.clone(), MemoryStore::default()).unwrap();
    let until = Some("2026-12-31T10:00:00+08:00".parse().unwrap());
    let summary = runtime.run(events, &RunOptions { until, ..RunOptions::default() }).unwrap();

    assert_eq!(
        (summary.failed, summary.overdue.len()),
        (0, 0),
        "{:?} {:?}",
        summary.failures,
        summary.overdue
    );
    let reasons: Vec<&str> = summary.refused.keys().map(AsRef::as_ref).collect();
    let expected = [
        "conflict",
        "guard",
        "not_in_this_state",
        "not_open",
        "not_permitted",
        "too_early",
        "unknown_event",
        "unknown_subject",
        "wrong_role",
        "wrong_shape",
    ];
    assert_eq!(reasons, expected);
    assert!(summary.repeated >= 3, "{}", summary.repeated);
    assert!(summary.reviews >= 1, "a sample of a closed month changed");
    let bands: BTreeSet<&str> =
        summary.scores["monthly_kpi"].values().flat_map(|bands| bands.keys().map(AsRef::as_ref)).collect();
    assert_eq!(bands, BTreeSet::from(["A", "B", "C", "D", "S", "exempt", "undetermined"]));

    // Who went which way through the follow-up of results, and through the onboarding.
    for (who, workflow, way) in [
        ("tang", "performance", "normal coaching_due coaching reassessed dismissal_review normal"),
        ("qin", "performance", "normal coaching_due coaching reassessed dismissal_review ending_proposed"),
        ("lu", "performance", "normal coaching_due coaching reassessed normal"),
        ("cao", "performance", "normal"),
        ("jin", "performance", "normal coaching_due coaching reassessed normal"),
        ("tao", "performance", "normal coaching_due coaching reassessed normal"),
        ("ding", "onboarding", "training resit certified"),
        ("luo", "onboarding", "training certified"),
        ("mao", "onboarding", "training resit not_qualified transferred"),
        ("qiu", "onboarding", "training resit not_qualified training certified"),
        ("gu", "onboarding", "training certified"),
    ] {
        let steps = runtime.story(&format!("staff/{who}"), None, None).unwrap();
        let case = format!("{workflow}/1");
        let entered: Vec<&str> = steps
            .iter()
            .flat_map(|step| &step.moved)
            .filter(|moved| *moved.case == *case)
            .flat_map(|moved| moved.to.iter().map(AsRef::as_ref))
            .collect();
        assert_eq!(entered.join(" "), way, "{who}");
    }
    for (who, period, band) in
        [("cao", "2026-04", "C"), ("shi", "2026-09", "exempt"), ("bai", "2026-02", "undetermined")]
    {
        let scores = runtime.scores(&format!("staff/{who}")).unwrap();
        let found = scores.iter().find(|score| &*score.period == period).unwrap();
        assert_eq!(&*found.band, band, "{who} {period}");
    }
}

#[test]
fn quickstart_tells_a_refusal_with_its_reason() {
    let said = text("quickstart");
    for expected in ["refused (too_early)", "2.1.2", "state: [\"training\"]", "due: onboarding/1 finish"] {
        assert!(said.contains(expected), "`{expected}` is missing in:\n{said}");
    }
}

#[test]
fn statecharts_come_back_to_where_they_were() {
    let said = text("statecharts");
    for line in [
        "go_on      on_hold > check price counted",
        "look_again on_hold > check price asked",
        "next       price counted > checked; check checked > sent",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

#[test]
fn calendar_tells_due_dates_with_their_reasons_in_both_languages() {
    let said = text("calendar");
    for expected in [
        "期限: 10/9(周五) 18:00。3 个工作日: 起算日 9/29(周二) 不计;9/30(周三) 第 1 天;10/1(周四)–10/7(周三) 国庆节放假;10/8(周四) 第 2 天;10/9(周五) 第 3 天",
        "due Fri 10/9 18:00. 3 working days: the start day Tue 9/29 does not count; Wed 9/30 is day 1; Thu 10/1–Wed 10/7 is off for 国庆节",
        "due Thu 10/8 09:15. 30 business minutes",
        "Provisional: the calendar does not cover 2027-01-01 and later",
        "[\"24 小时(连续)\", \"24 个工作小时\"]",
        "at least 3 working days before 2026-10-15 14:00:00 CST: 2026-10-12 18:00:00 CST",
        "working days of 2026-10: 21",
        "the 5th: 2026-10-13, the last: 2026-10-31",
        "due Sun 10/5 03:30. 4 business hours: Sat 10/4 23:00–03:30 (the clocks go forward 30 min) gives 4 h",
    ] {
        assert!(said.contains(expected), "`{expected}` is missing in:\n{said}");
    }
}

#[test]
fn embed_sqlite_loses_nothing_at_a_restart() {
    let said = text("embed_sqlite");
    for expected in ["10:00 Moved", "records: 2", "the same hour again: 0 effects owed"] {
        assert!(said.contains(expected), "`{expected}` is missing in:\n{said}");
    }
    let left: Vec<&str> = said.lines().filter(|line| line.starts_with("left in the outbox")).collect();
    assert_eq!(left, ["left in the outbox: 2", "left in the outbox: 0"], "{said}");
}

#[test]
fn custom_function_decides_and_is_not_asked_again() {
    let said = text("custom_function");
    for expected in ["order/1 judged again: [\"accepted\"]", "order/2 judged again: [\"held\"]"] {
        assert!(said.contains(expected), "`{expected}` is missing in:\n{said}");
    }
}
