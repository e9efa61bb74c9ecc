//! Closing periods: once, for everybody, by the calendar; afterwards only a person changes anything.

use super::*;

/// `count` replies of Li in one chat, one a minute.
fn replies(chat: &str, day: &str, count: u32) -> Vec<Event> {
    let mut events = vec![event(chat, "opened", &format!("{day} 10:00:00"))];
    events.extend(
        (0..count).map(|minute| event(chat, "reply", &format!("{day} 10:{minute:02}:30")).by("staff/li")),
    );
    events
}

fn bands<S: Store>(runtime: &mut Runtime<S>, subject: &str) -> Vec<String> {
    let scores = runtime.scores(subject).unwrap();
    scores.iter().map(|score| format!("{} {} {:?}", score.period, score.band, score.result.score)).collect()
}

#[test]
fn a_period_is_closed_when_its_instant_is_over() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    send(&mut runtime, replies("chat/1", "1-31", 6));
    // The second working day of February is Tuesday the third.
    assert_eq!(runtime.advance(at("2-03 18:00:00")).unwrap().closed, 0);
    assert_eq!(runtime.advance(at("2-03 18:00:01")).unwrap().closed, 1);
    assert_eq!(runtime.advance(at("2-03 18:00:01")).unwrap().closed, 0, "once");
    assert_eq!(bands(&mut runtime, "staff/li"), ["2026-01 good Some(60)"]);
    let record = runtime.store().record("staff/li", "kpi/2026-01").unwrap().unwrap();
    assert_eq!(record.at, at("2-03 18:00:00"));
    let number = |name: &str| record.data[name].as_decimal().unwrap().to_string();
    assert_eq!([number("replies.sum"), number("replies.count"), number("replies.met")], ["6", "6", "6"]);
    assert!(matches!(&record.data["replies.samples"], crate::value::Value::List(ids) if ids.len() == 6));
    assert_eq!(record.data["replies.hash"].as_str().map(str::len), Some(64));
    // Half a year later every month since was closed, each in its turn.
    assert_eq!(runtime.advance(at("7-15 00:00:00")).unwrap().closed, 5);
    assert_eq!(bands(&mut runtime, "staff/li")[5], "2026-06 poor Some(0)");
}

#[test]
fn a_run_closes_by_event_time() {
    let mut runtime = runtime();
    let mut events = Vec::from(ready_li());
    events.extend(replies("chat/1", "1-31", 4));
    events.extend(replies("chat/2", "2-02", 5));
    let summary = runtime.run(events.clone(), &RunOptions::default()).unwrap();
    assert_eq!(summary.closed, 0, "the instant has not passed");
    let later = replies("chat/3", "3-02", 1);
    let summary = runtime.run(later, &RunOptions::default()).unwrap();
    assert_eq!(summary.closed, 1, "February's instant has not passed");
    let until = Some(at("4-01 00:00:00"));
    let summary = runtime.run([], &RunOptions { until, ..RunOptions::default() }).unwrap();
    assert_eq!(summary.closed, 1);
    assert_eq!(bands(&mut runtime, "staff/li"), ["2026-01 poor Some(40)", "2026-02 good Some(50)"]);
    assert_eq!(summary.scores["kpi"]["2026-02"], BTreeMap::from([("good".into(), 1)]));
    // All at once is the same.
    let mut whole = super::runtime();
    events.extend(replies("chat/3", "3-02", 1));
    whole.run(events, &RunOptions { until, ..RunOptions::default() }).unwrap();
    assert_eq!(dump(&mut whole), dump(&mut runtime));
}

#[test]
fn what_changes_after_closing_goes_to_a_person() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    send(&mut runtime, replies("chat/1", "1-30", 4));
    runtime.advance(at("2-05 00:00:00")).unwrap();
    let before = bands(&mut runtime, "staff/li");
    let late = event("chat/1", "reply", "1-30 11:00:00").by("staff/li");
    let id = late.id.clone().unwrap();
    runtime.submit(late.clone(), at("2-06 09:00:00")).unwrap();
    assert_eq!(bands(&mut runtime, "staff/li"), before, "never silently");
    let reviews = runtime.reviews().unwrap();
    assert_eq!(reviews.len(), 1);
    let review = &reviews[0];
    assert_eq!(
        (review.person.as_ref(), review.card.as_ref(), review.period.as_ref()),
        ("staff/li", "kpi", "2026-01")
    );
    assert_eq!((review.then, review.now), (None, Some(rust_decimal::Decimal::ONE)));
    // The same sample goes again: the item tells what it was at closing and what it is now.
    let void = Event { id: None, corrects: Some(id), void: true, reason: Some("wrong chat".into()), ..late };
    runtime.submit(void, at("2-06 10:00:00")).unwrap();
    let reviews = runtime.reviews().unwrap();
    assert_eq!((reviews.len(), reviews[0].then, reviews[0].now), (1, None, None));
    assert!(runtime.settle(&reviews[0].id).unwrap());
    assert_eq!(runtime.reviews().unwrap(), []);
}

#[test]
fn who_is_told_of_late_gets_what_counts_for_them() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    runtime.advance(at("4-10 00:00:00")).unwrap();
    assert_eq!(bands(&mut runtime, "staff/li").len(), 3);
    runtime.submit(event("staff/wu", "opened", "2-10 09:00:00"), at("4-10 00:00:00")).unwrap();
    let periods: Vec<String> =
        bands(&mut runtime, "staff/wu").iter().map(|band| band[..7].to_owned()).collect();
    assert_eq!(periods, ["2026-02", "2026-03"]);
    runtime.submit(event("staff/he", "opened", "4-11 09:00:00"), at("4-11 09:00:00")).unwrap();
    assert_eq!(bands(&mut runtime, "staff/he"), [""; 0]);
}

#[test]
fn beyond_the_calendar_nothing_is_guessed() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    let error = runtime.advance(at("12-31 23:00:00") + TimeDelta::days(30)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotCovered);
    assert_eq!(bands(&mut runtime, "staff/li").len(), 11, "what could be closed is closed");
}

#[test]
fn given_aggregates_replace_those_measured() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    send(&mut runtime, replies("chat/1", "1-31", 6));
    let nine = crate::value::Value::number(9);
    runtime.preset("staff/li", "kpi", "2026-01", Data::from([("replies.count".into(), nine)]));
    runtime.advance(at("2-04 00:00:00")).unwrap();
    assert_eq!(bands(&mut runtime, "staff/li"), ["2026-01 good Some(90)"]);
}
