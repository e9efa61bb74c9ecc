//! People and roles as an embedder meets them: JSON lines, ids, bare names, what may be sent, how large a state becomes.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rulebook::{Event, MemoryStore, Outcome, Policy, Record, Runtime, Subject, yuan};

fn policy() -> Policy {
    Policy::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/four-eyes")).unwrap()
}

fn at(minutes: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 2, 0, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn claim(policy: &Policy) -> Subject {
    let mut claim = policy.unopened("claim/1").unwrap();
    let opened = Event::new("opened").by("clerk/li").with("owner", "zhou");
    policy.step(&mut claim, &opened, at(0)).unwrap();
    claim
}

fn reason(policy: &Policy, claim: &mut Subject, event: &Event, minutes: i64) -> &'static str {
    let step = policy.step(claim, event, at(minutes)).unwrap();
    step.outcome.refusal().map_or("none", rulebook::Refusal::reason)
}

#[test]
fn a_bare_name_is_the_person_too() {
    let policy = policy();
    for first in ["li", "clerk/li", "staff/li"] {
        for second in ["li", "checker/li", "staff/li"] {
            let mut claim = claim(&policy);
            let submitted = Event::new("submitted").by(first).with("amount", yuan(100));
            assert_eq!(reason(&policy, &mut claim, &submitted, 1), "none", "{first}");
            let checked = Event::new("checked").by(second);
            assert_eq!(reason(&policy, &mut claim, &checked, 2), "four_eyes", "{first} {second}");
        }
    }
}

#[test]
fn on_whose_behalf_is_read_from_json_kept_and_part_of_the_id() {
    let policy = policy();
    let line = r#"{"at": "2026-03-02T10:00:00+08:00", "subject": "claim/1", "event": "submitted", "by": "clerk/ma", "on_behalf_of": "wang", "data": {"amount": "100 yuan"}}"#;
    let event: Event = serde_json::from_str(line).unwrap();
    assert_eq!(event.on_behalf_of.as_deref(), Some("wang"));
    let mut one = claim(&policy);
    let step = policy.step(&mut one, &event, at(1)).unwrap();
    assert_eq!(step.outcome, Outcome::Moved);
    let record = step.record.unwrap();
    assert_eq!(record.on_behalf_of.as_deref(), Some("wang"));
    let text = serde_json::to_string(record.as_ref()).unwrap();
    assert!(text.contains(r#""on_behalf_of":"wang""#), "{text}");
    let read: Record = serde_json::from_str(&text).unwrap();
    assert_eq!((&read.on_behalf_of, &read.id), (&record.on_behalf_of, &record.id));

    let himself = Event { on_behalf_of: None, by: Some("clerk/wang".into()), ..event.clone() };
    let other = policy.step(&mut claim(&policy), &himself, at(1)).unwrap().record.unwrap();
    assert_ne!(record.id, other.id);
    let again = policy.step(&mut one, &event, at(2)).unwrap();
    assert_eq!(again.outcome, Outcome::Repeated);
}

/// The id and the text of a record without the new key are those that earlier versions gave.
#[test]
fn a_record_of_earlier_versions_is_read_and_has_its_old_id() {
    let policy = policy();
    let submitted = Event::new("submitted").by("clerk/li").with("amount", yuan(100));
    let record = policy.step(&mut claim(&policy), &submitted, at(1)).unwrap().record.unwrap();
    let text = serde_json::to_string(record.as_ref()).unwrap();
    assert!(!text.contains("on_behalf_of"), "{text}");
    assert_eq!(record.id.as_ref(), "340108bbb9cdc6b3d9cfd89ef4052c55");
}

#[test]
fn what_may_be_sent_leaves_out_who_is_behind_the_first_act() {
    let policy = policy();
    let mut claim = claim(&policy);
    let submitted = Event::new("submitted").by("clerk/li").with("amount", yuan(100));
    policy.step(&mut claim, &submitted, at(1)).unwrap();
    let may = |actor: &str, event: &str| {
        policy.enabled(&claim, actor, at(2)).iter().any(|enabled| enabled.event.as_ref() == event)
    };
    assert!(
        may("checker/ma", "checked") && !may("checker/li", "checked") && !may("checker/desk-1", "checked")
    );
    assert!(!may("clerk/li", "filed") && may("clerk/he", "filed"));
}

/// However long a case goes back and forth, the state keeps who is behind the latest acts and no more.
#[test]
fn the_state_keeps_the_latest_acts_only() {
    let policy = policy();
    let mut claim = claim(&policy);
    let submitted = Event::new("submitted").by("clerk/li").with("amount", yuan(100));
    policy.step(&mut claim, &submitted, at(1)).unwrap();
    let mut sizes = Vec::new();
    for round in 0..60 {
        let clerk = if round % 2 == 0 { "clerk/he" } else { "clerk/li" };
        for (step, (event, by)) in
            [("returned", "checker/ma"), ("resubmitted", clerk)].into_iter().enumerate()
        {
            let event = Event::new(event).by(by);
            assert_eq!(reason(&policy, &mut claim, &event, 2 + round * 2 + step as i64), "none");
        }
        sizes.push(serde_json::to_string(claim.state()).unwrap().len());
    }
    assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() < 80, "{sizes:?}");
    let acts: Vec<Vec<Arc<str>>> =
        claim.state().cases[0].acts.iter().map(|act| act.persons.clone()).collect();
    assert_eq!(acts, [[Arc::from("li")], [Arc::from("li")]]);
}

/// Two acts by one person are refused in whatever order they reach us, and the runtime and a fold agree.
#[test]
fn the_order_of_delivery_does_not_matter() {
    let policy = policy();
    let events = [
        Event::new("opened").id("e0").to("claim/1").at(at(0)).by("clerk/he").with("owner", "zhou"),
        Event::new("submitted")
            .id("e1")
            .to("claim/1")
            .at(at(1))
            .by("clerk/ma")
            .on_behalf_of("wang")
            .with("amount", yuan(9)),
        Event::new("checked").id("e2").to("claim/1").at(at(2)).by("checker/wang"),
        Event::new("checked").id("e3").to("claim/1").at(at(3)).by("checker/ma"),
        Event::new("checked").id("e4").to("claim/1").at(at(4)).by("checker/li"),
    ];
    let mut states = Vec::new();
    for start in 0..events.len() {
        let mut runtime = Runtime::new(policy.clone(), MemoryStore::default()).unwrap();
        for idx in 0..events.len() {
            let event = events[(start + idx) % events.len()].clone();
            runtime.submit(event, at(10 + idx as i64)).unwrap();
        }
        let story = runtime.story("claim/1", None, None).unwrap();
        let refused = story.iter().filter_map(|step| {
            Some((step.record.as_ref()?.id.to_string(), step.outcome.refusal()?.reason()))
        });
        let refused: Vec<_> = refused.collect();
        assert_eq!(refused, [("e2".to_owned(), "four_eyes"), ("e3".to_owned(), "four_eyes")], "{start}");
        states.push(serde_json::to_string(&runtime.subject("claim/1").unwrap()).unwrap());
    }
    assert!(states.iter().all(|state| *state == states[0]));
}
