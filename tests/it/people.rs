//! People and roles as an embedder meets them: JSON lines, ids, bare names, what may be sent, how large a state becomes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
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

/// A policy whose one event needs a fit sender; a shared login is a subject as well, and fit on paper.
const FIT: &str = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}
subjects:
  staff: {person: yes, changed_by: desk, fields: {fit: boolean}}
  order: {fields: {note: \"text?\"}}
roles: {desk: {held_by: [li, desk-1]}}
accounts: {desk-1: {shared: yes}}
permissions: {fit_only: {covers: order.served, only_if: actor.fit}}
workflows: {w: {subject: order, events: {served: {by: desk, data: {minutes: integer}}}, on_event: {served: record_only}}}
";

#[test]
fn a_shared_account_has_no_qualification() {
    let policy = Policy::from_texts(&[("t.yaml", FIT)], &rulebook::Options::default()).unwrap();
    let mut runtime = Runtime::new(policy, MemoryStore::default()).unwrap();
    let mut send = |event: Event, minute: i64| {
        let step = runtime.submit(event.at(at(minute)), at(minute)).unwrap();
        step.outcome.refusal().map_or("none", rulebook::Refusal::reason)
    };
    for person in ["li", "desk-1"] {
        let opened = Event::new("opened").to(format!("staff/{person}")).by("desk/li").with("fit", "yes");
        assert_eq!(send(opened, 0), "none");
    }
    assert_eq!(send(Event::new("opened").to("order/1"), 1), "none");
    let served = |by: &str| Event::new("served").to("order/1").by(by).with("minutes", 5);
    assert_eq!(send(served("desk/li"), 2), "none");
    assert_eq!(send(served("desk/desk-1"), 3), "not_permitted");
    assert_eq!(send(served("staff/desk-1"), 4), "not_permitted");
}

/// Who corrects lends his qualification to nobody.
#[test]
fn a_correction_does_not_bring_its_senders_qualification() {
    let text = FIT.replace("[li, desk-1]", "[li, wu]");
    let policy = Policy::from_texts(&[("t.yaml", text)], &rulebook::Options::default()).unwrap();
    let mut runtime = Runtime::new(policy, MemoryStore::default()).unwrap();
    let staff = |person: &str, fit: &str| {
        Event::new("opened").to(format!("staff/{person}")).by("desk/li").with("fit", fit).at(at(0))
    };
    runtime.submit(staff("li", "yes"), at(0)).unwrap();
    runtime.submit(staff("wu", "no"), at(0)).unwrap();
    runtime.submit(Event::new("opened").to("order/1").at(at(1)), at(1)).unwrap();
    let served = Event::new("served").id("s").to("order/1").by("desk/wu").with("minutes", 5).at(at(2));
    let refused = runtime.submit(served, at(2)).unwrap();
    assert_eq!(refused.outcome.refusal().unwrap().reason(), "not_permitted");
    let corrected = Event {
        corrects: Some("s".into()),
        reason: Some("typo".into()),
        ..Event::new("served").to("order/1").by("desk/li").with("minutes", 6).at(at(3))
    };
    let step = runtime.submit(corrected, at(3)).unwrap();
    assert_eq!((step.outcome, step.rejudged.len()), (Outcome::Stayed, 0));
}

/// One event of a claim that goes back and forth, by anybody, on anybody's behalf, or a correction of an earlier one.
fn claim_event() -> impl Strategy<Value = (Event, Option<Index>)> {
    const PERSONS: &[&str] = &["li", "wang", "ma", "he", "qian", "desk-1"];
    let person = || prop::sample::select(PERSONS);
    let name = prop::sample::select(&["checked", "checked", "returned", "resubmitted"][..]);
    let behalf = prop::option::weighted(0.15, person());
    let corrects = prop::option::weighted(0.5, any::<Index>());
    (name, person(), behalf, 0_i64..40, corrects).prop_map(|(name, by, behalf, minute, corrects)| {
        let event = Event::new(name).to("claim/1").by(format!("staff/{by}")).at(at(2 + minute));
        // Where somebody acts for another it is mostly ma for wang, who may.
        let event = match (behalf, by) {
            (None, _) => event,
            (Some(_), "ma") => event.on_behalf_of("wang"),
            (Some(absent), _) => event.on_behalf_of(absent),
        };
        (event, corrects)
    })
}

/// The persons of a record or of the corrections of it, found without the engine.
fn behind(records: &[Arc<Record>], id: &str) -> BTreeSet<String> {
    let of = |record: &&Arc<Record>| record.id.as_ref() == id || record.corrects.as_deref() == Some(id);
    let names = records.iter().filter(of).flat_map(|record| [&record.by, &record.on_behalf_of]);
    names.flatten().map(|name| name.rsplit('/').next().unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_behind_both_acts_however_events_arrive(
        drawn in prop::collection::vec(claim_event(), 2..24),
        order in prop::collection::vec(any::<Index>(), 24),
    ) {
        let policy = four_eyes();
        // One case: each `submitted` would open another.
        let first = Event::new("submitted").id("s").to("claim/1").by("clerk/he").with("amount", yuan(100)).at(at(1));
        let mut events = vec![first];
        for (idx, (event, corrects)) in drawn.into_iter().enumerate() {
            let event = event.id(format!("e{idx}"));
            let target = corrects.map(|index| events[index.index(events.len())].clone());
            events.push(match target.filter(|target| target.corrects.is_none()) {
                Some(target) => {
                    Event { name: target.name, corrects: target.id, reason: Some("typo".into()), ..event }
                }
                None => event,
            });
        }
        let opened = Event::new("opened").to("claim/1").id("o").by("clerk/zhao").with("owner", "zhou").at(at(0));
        let deliver = |events: &[Event]| {
            let mut claim = policy.unopened("claim/1").unwrap();
            policy.step(&mut claim, &opened, at(60)).unwrap();
            // A correction is refused at the door until its record is there, so the records come first.
            let (facts, corrections): (Vec<&Event>, Vec<&Event>) =
                events.iter().partition(|event| event.corrects.is_none());
            for event in facts.into_iter().chain(corrections) {
                policy.step(&mut claim, event, at(60)).unwrap();
            }
            claim
        };
        let mut shuffled = events.clone();
        for (idx, swap) in order.iter().enumerate().take(shuffled.len()) {
            let other = swap.index(shuffled.len());
            shuffled.swap(idx, other);
        }
        let (straight, crooked) = (deliver(&events), deliver(&shuffled));
        prop_assert_eq!(
            serde_json::to_string(straight.state()).unwrap(),
            serde_json::to_string(crooked.state()).unwrap()
        );
        let mut latest: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut clash = None;
        policy.fold_telling("claim/1", straight.records(), None, None, &mut |step| {
            let Some(record) = step.record.filter(|record| record.corrects.is_none()) else { return };
            if step.outcome.refusal().is_some() {
                return;
            }
            let persons = behind(straight.records(), &record.id);
            if record.event.as_ref() == "checked" && latest.values().any(|first| !first.is_disjoint(&persons)) {
                clash = Some(record.id.clone());
            }
            if record.event.as_ref() != "checked" && record.event.as_ref() != "returned" {
                latest.insert(record.event.to_string(), persons);
            }
        }).unwrap();
        prop_assert_eq!(clash, None);
    }
}

fn four_eyes() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(policy)
}

/// A job that is finished tells its order; whoever is behind the one is behind the other, also on whose behalf.
const TOLD: &str = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}
subjects: {job: {fields: {order: order}}, order: {}}
roles: {desk: {held_by: [li, wu, he]}}
substitutes: [{for: li, by: wu, from: 2026-03-02, to: 2026-03-13}]
workflows:
  work: {subject: job, events: {finished: {by: desk}}, on_event: {finished: [{effects: [{raise: part_done, to: job.order}]}]}}
  whole: {subject: order, events: {part_done: {by: desk}, accepted: {by: desk, four_eyes: part_done}}, on_event: {part_done: record_only, accepted: record_only}}
";

#[test]
fn whoever_acts_on_one_subject_is_behind_what_it_sends_to_another() {
    let policy = Policy::from_texts(&[("t.yaml", TOLD)], &rulebook::Options::default()).unwrap();
    let mut runtime = Runtime::new(policy, MemoryStore::default()).unwrap();
    let mut send = |event: Event, minute: i64| {
        let step = runtime.submit(event.at(at(minute)), at(minute)).unwrap();
        step.outcome.refusal().map_or("none", rulebook::Refusal::reason)
    };
    assert_eq!(send(Event::new("opened").to("order/1"), 0), "none");
    assert_eq!(send(Event::new("opened").to("job/1").with("order", "order/1"), 1), "none");
    assert_eq!(send(Event::new("finished").to("job/1").by("desk/wu").on_behalf_of("li"), 2), "none");
    let accepted = |by: &str| Event::new("accepted").to("order/1").by(by);
    assert_eq!(send(accepted("desk/wu"), 3), "four_eyes");
    assert_eq!(send(accepted("desk/li"), 4), "four_eyes");
    assert_eq!(send(accepted("desk/he"), 5), "none");
}
