//! Events that a case of one subject sends to another: fan-out and join, clocks that send, corrections that take back.

use rulebook::chrono::{DateTime, TimeDelta, Utc};
use rulebook::{
    Delivery, Event, Lang, MemoryStore, Options, Outcome, Policy, Runtime, SqliteStore, Store, Value, prose,
};

/// An order opens a job for each part; each job tells when it is done; the order waits for all of them. A job that nobody
/// does in time opens a complaint.
const SHOP: &str = r#"
policy: {id: shop, title: 车间, version: "1", effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
roles: {clerk: {anyone: yes}, lead: {held_by: [zhou]}}
subjects:
  order: {opened_by: clerk, fields: {parts: list of text}}
  job: {fields: {order: order, part: text}}
  complaint: {fields: {about: job}}
workflows:
  making:
    subject: order
    events: {approved: {by: clerk}, part_done: {data: {part: text}}}
    states:
      draft:
        on_event:
          approved:
            - to: waiting
              effects: [{open: job, for_each: order.parts, named: item, with: {order: order, part: item}}]
      waiting: {waits_for: {each: order.parts, answered_by: part_done.part}, completed: made}
      made: {done: yes, effects: [{notify: lead, message: 全部做好}]}
  work:
    subject: job
    events: {finished: {by: clerk}}
    states:
      open:
        clocks:
          make: {within: 2 wall hours, breached: {effects: [{open: complaint, with: {about: job}}]}}
        on_event:
          finished: [{to: over, effects: [{raise: part_done, to: job.order, with: {part: job.part}}]}]
      over: {done: yes}
  grievance:
    subject: complaint
    events: {heard: {by: clerk}}
    states:
      open: {on_event: {heard: closed}}
      closed: {done: yes}
"#;

fn shop<S: Store>(store: S) -> Runtime<S> {
    let policy = Policy::from_texts(&[("shop.yaml", SHOP)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    Runtime::new(policy, store).unwrap()
}

fn at(minute: i64) -> DateTime<Utc> {
    "2026-03-02T09:00:00+08:00".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

fn list(parts: &[&str]) -> Value {
    Value::List(parts.iter().map(|part| Value::text(*part)).collect())
}

fn submit<S: Store>(runtime: &mut Runtime<S>, event: Event, minute: i64) -> Outcome {
    let by = event.by("clerk/1").at(at(minute));
    runtime.submit(by, at(minute)).unwrap().outcome
}

fn open<S: Store>(runtime: &mut Runtime<S>, order: &str, parts: &[&str]) {
    submit(runtime, Event::new("opened").to(order).with("parts", list(parts)), 0);
    submit(runtime, Event::new("approved").to(order), 1);
}

/// Each case with the places of its states in the workflow: `1:2`.
fn states<S: Store>(runtime: &mut Runtime<S>, subject: &str) -> String {
    let Some(state) = runtime.subject(subject).unwrap() else { return "—".into() };
    let live = |case: &rulebook::Case| {
        let places: Vec<String> = case.configuration.iter().map(|(state, _)| state.0.to_string()).collect();
        format!("{}:{}", case.number, places.join(","))
    };
    state.cases.iter().map(live).collect::<Vec<_>>().join(" ")
}

fn fan_out_and_join<S: Store>(store: S) {
    let mut runtime = shop(store);
    open(&mut runtime, "order/1", &["leg", "top"]);
    assert_eq!(runtime.subjects(Some("job"), "", 10).unwrap().len(), 2);
    assert_eq!(states(&mut runtime, "order/1"), "1:1");
    submit(&mut runtime, Event::new("finished").to("job/leg"), 10);
    assert_eq!(states(&mut runtime, "order/1"), "1:1", "one part is missing");
    submit(&mut runtime, Event::new("finished").to("job/top"), 20);
    assert_eq!(states(&mut runtime, "order/1"), "1:2");
    // What went from one to another is nothing that the host has to do.
    let outbox = runtime.outbox(10).unwrap();
    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox[0].subject.as_ref(), "order/1");
    let sent: Vec<_> = runtime.records("order/1").unwrap();
    let by: Vec<_> = sent.iter().filter_map(|record| record.raised_by.clone()).collect();
    assert_eq!(by, ["job/leg".into(), "job/top".into()]);
    // A further answer does not complete it again.
    let again = submit(&mut runtime, Event::new("part_done").to("order/1").with("part", "top"), 30);
    assert!(matches!(again, Outcome::Refused(_)));
    assert_eq!(runtime.outbox(10).unwrap().len(), 1);
}

#[test]
fn fan_out_and_join_in_memory() {
    fan_out_and_join(MemoryStore::new());
}

#[test]
fn fan_out_and_join_in_sqlite() {
    fan_out_and_join(SqliteStore::temporary().unwrap());
}

#[test]
fn a_new_subject_is_named_like_the_one_it_comes_from() {
    let text = SHOP.replace("{open: complaint, with", "{open: complaint, named: job.order, with");
    let policy = Policy::from_texts(&[("shop.yaml", &text)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    let mut runtime = Runtime::new(policy, MemoryStore::new()).unwrap();
    open(&mut runtime, "order/7", &["leg"]);
    runtime.advance(at(200)).unwrap();
    assert_eq!(runtime.subjects(Some("complaint"), "", 10).unwrap(), ["complaint/7".into()]);
}

#[test]
fn an_order_without_parts_is_made_at_once() {
    let mut runtime = shop(MemoryStore::new());
    open(&mut runtime, "order/1", &[]);
    assert_eq!(states(&mut runtime, "order/1"), "1:2");
}

#[test]
fn a_breached_clock_opens_a_case_of_another_subject() {
    let mut runtime = shop(MemoryStore::new());
    open(&mut runtime, "order/1", &["leg", "top"]);
    submit(&mut runtime, Event::new("finished").to("job/leg"), 10);
    runtime.advance(at(200)).unwrap();
    let complaints = runtime.subjects(Some("complaint"), "", 10).unwrap();
    assert_eq!(complaints.len(), 1, "one job was late");
    assert!(complaints[0].starts_with("complaint/top-"), "{complaints:?}");
    let state = runtime.subject(&complaints[0]).unwrap().unwrap();
    assert_eq!(state.opened, Some(at(121)), "when the breach was");
    // Told with the source, and only once.
    runtime.advance(at(300)).unwrap();
    assert_eq!(runtime.subjects(Some("complaint"), "", 10).unwrap().len(), 1);
    let policy = runtime.policy().clone();
    let steps = runtime.story(&complaints[0], None, None).unwrap();
    let story = prose::story(&policy, &steps, Lang::Zh);
    assert!(story.contains("由 job/top 引起"), "{story}");
}

#[test]
fn what_lost_its_cause_is_taken_back_where_it_arrived_and_comes_again() {
    let mut runtime = shop(MemoryStore::new());
    open(&mut runtime, "order/1", &["leg"]);
    runtime.advance(at(200)).unwrap();
    let complaint = runtime.subjects(Some("complaint"), "", 10).unwrap().remove(0);
    assert_eq!(states(&mut runtime, &complaint), "1:0");
    // It is learnt late that the job was finished in time.
    let finished = Event::new("finished").to("job/leg").by("clerk/1").at(at(60)).id("f1");
    runtime.submit(finished, at(210)).unwrap();
    assert_eq!(states(&mut runtime, &complaint), "", "the complaint is as if it had never been");
    assert_eq!(states(&mut runtime, "order/1"), "1:2");
    assert!(runtime.undone(10).unwrap().is_empty());
    // And that this was a mistake: the complaint stands again, the order waits again.
    let mut void = Event::new("finished").to("job/leg").by("clerk/1").at(at(60)).id("f2");
    void.corrects = Some("f1".into());
    void.void = true;
    void.reason = Some("看错了".into());
    runtime.submit(void, at(220)).unwrap();
    runtime.advance(at(220)).unwrap();
    assert_eq!(states(&mut runtime, &complaint), "1:0");
    assert_eq!(states(&mut runtime, "order/1"), "1:1");
}

#[test]
fn what_is_sent_arrives_once_and_nothing_is_left_half_done() {
    let dir = std::env::temp_dir().join(format!("rulebook-relays-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("shop.db");
    {
        let mut runtime = shop(SqliteStore::open(&path).unwrap());
        open(&mut runtime, "order/1", &["leg", "top"]);
    }
    let mut runtime = shop(SqliteStore::open(&path).unwrap());
    let repeat = Event::new("approved").to("order/1").by("clerk/1").at(at(1));
    assert_eq!(runtime.submit(repeat, at(2)).unwrap().outcome, Outcome::Repeated);
    assert_eq!(runtime.subjects(Some("job"), "", 10).unwrap().len(), 2);
    assert_eq!(runtime.store().outbox(Delivery::Pending, 10).unwrap().len(), 0);
    std::fs::remove_dir_all(dir).unwrap();
}

const CIRCLE: &str = r#"
policy: {id: circle, effective: 2026-01-01, timezone: Asia/Shanghai}
roles: {clerk: {anyone: yes}}
subjects: {ball: {opened_by: clerk, fields: {other: ball}}}
workflows:
  play:
    subject: ball
    events: {hit: {by: clerk}}
    on_event: {hit: [{effects: [{raise: hit, to: ball.other}]}]}
"#;

#[test]
fn events_in_a_circle_are_an_error_and_change_nothing() {
    let policy = Policy::from_texts(&[("circle.yaml", CIRCLE)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    let mut runtime = Runtime::new(policy, MemoryStore::new()).unwrap();
    for (own, other) in [("ball/a", "ball/b"), ("ball/b", "ball/a")] {
        submit(&mut runtime, Event::new("opened").to(own).with("other", other), 0);
    }
    let hit = Event::new("hit").to("ball/a").by("clerk/1").at(at(1));
    let error = runtime.submit(hit, at(1)).unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
    assert_eq!(runtime.records("ball/a").unwrap().len(), 1);
    assert_eq!(runtime.records("ball/b").unwrap().len(), 1);
    // The runtime goes on.
    submit(&mut runtime, Event::new("opened").to("ball/c").with("other", "ball/nobody"), 2);
    let step = runtime.submit(Event::new("hit").to("ball/c").by("clerk/1").at(at(3)), at(3)).unwrap();
    assert_eq!(step.outcome, Outcome::Stayed);
    // Nobody of that name is there: the event waits in that subject's records as refused, not lost.
    assert_eq!(runtime.records("ball/nobody").unwrap().len(), 1);
}

const DESK: &str = r#"
policy: {id: desk, title: 前台, version: "1", effective: 2026-01-01, timezone: Asia/Shanghai}
roles: {clerk: {anyone: yes}, lead: {held_by: [zhou]}, hr: {held_by: [zhao]}}
subjects:
  staff: {person: yes, opened_by: hr, changed_by: hr, fields: {trained: boolean}}
  chat: {opened_by: clerk, fields: {}}
  incident: {fields: {person: person, what: text}}
permissions:
  serve:
    covers: chat.answered
    only_if: actor.trained
    log_against: event.assigned_by
    refused:
      - notify: lead
        message: "{against} 派了没有资格的人"
      - {open: incident, with: {person: against, what: event.text}}
workflows:
  answering:
    subject: chat
    events: {answered: {by: clerk, data: {text: text, assigned_by: {type: person, optional: yes}}}}
    on_event: {answered: record_only}
  conduct:
    subject: incident
    events: {heard: {by: lead}}
    states:
      open: {on_event: {heard: closed}}
      closed: {done: yes}
"#;

#[test]
fn what_a_permission_refuses_can_open_a_conduct_case() {
    let policy = Policy::from_texts(&[("desk.yaml", DESK)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    let mut runtime = Runtime::new(policy, MemoryStore::new()).unwrap();
    let hired = Event::new("opened").to("staff/li").by("hr/zhao").at(at(0)).with("trained", false);
    runtime.submit(hired, at(0)).unwrap();
    submit(&mut runtime, Event::new("opened").to("chat/1"), 1);
    let answer = |minute: i64| {
        Event::new("answered")
            .to("chat/1")
            .by("li")
            .at(at(minute))
            .with("text", "hello")
            .with("assigned_by", "feng")
    };
    let step = runtime.submit(answer(2), at(2)).unwrap();
    assert_eq!(step.outcome.refusal().map(rulebook::Refusal::reason), Some("not_permitted"));
    let incidents = runtime.subjects(Some("incident"), "", 10).unwrap();
    assert_eq!(incidents.len(), 1);
    let state = runtime.subject(&incidents[0]).unwrap().unwrap();
    assert_eq!(state.fields[0].as_str(), Some("feng"), "whoever ordered it answers for it");
    assert_eq!(runtime.outbox(10).unwrap().len(), 1);
    // Whoever is trained may, and opens nothing.
    let trained = Event::new("changed").to("staff/li").by("hr/zhao").at(at(3)).with("trained", true);
    runtime.submit(trained, at(3)).unwrap();
    let step = runtime.submit(answer(4), at(4)).unwrap();
    assert_eq!(step.outcome, Outcome::Stayed);
    assert_eq!(runtime.subjects(Some("incident"), "", 10).unwrap().len(), 1);
    // It comes out that the training was before: the refusal no longer stands, nor does what it opened.
    let earlier = Event::new("changed").to("staff/li").by("hr/zhao").at(at(1)).with("trained", true);
    runtime.submit(earlier, at(5)).unwrap();
    assert_eq!(states(&mut runtime, &incidents[0]), "");
}
