//! What a case takes along into another graph: visits, counts, paused and breached clocks; and which graph opens which case.

use std::collections::BTreeMap;

use rulebook::chrono::{DateTime, TimeDelta, Utc};
use rulebook::{
    Delivery, Event, Lang, MemoryStore, Migration, Options, Outcome, Plan, Policy, RoundStatus, Runtime,
    State, Store,
};

fn policy(text: &str) -> Policy {
    let head = "policy: {id: desk, effective: 2026-01-01, timezone: Asia/Shanghai}\nroles: {anybody: {anyone: yes}}\n";
    Policy::from_texts(&[("desk.yaml", format!("{head}{text}"))], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"))
}

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-{text}:00+08:00").parse().unwrap()
}

fn send<S: Store>(runtime: &mut Runtime<S>, name: &str, when: &str) -> Outcome {
    let event = Event::new(name).to("ticket/1").by("anybody/chen").at(at(when));
    runtime.submit(event, at(when)).unwrap().outcome
}

fn reopened(runtime: Runtime<MemoryStore>, text: &str) -> Runtime<MemoryStore> {
    Runtime::new(policy(text), runtime.into_store().unwrap()).unwrap()
}

fn state(runtime: &mut Runtime<MemoryStore>) -> State {
    let at_hand = runtime.subject("ticket/1").unwrap().unwrap();
    assert_eq!(runtime.as_known("ticket/1", None, None).unwrap().as_ref(), Some(&at_hand));
    at_hand
}

/// The cases with their states, as the story names them.
fn cases(runtime: &mut Runtime<MemoryStore>) -> Vec<String> {
    let state = state(runtime);
    let told = rulebook::prose::standing(runtime.policy(), &state, Lang::En);
    let cases = told.lines().skip(1).filter(|line| !line.contains("due ") && !line.starts_with("    "));
    let name =
        |line: &str| line.trim().rsplit_once(" since").map_or(line.trim(), |(name, _)| name).to_owned();
    cases.map(|line| name(line.split(", done").next().unwrap_or(line))).collect()
}

fn migrate(runtime: &mut Runtime<MemoryStore>, states: &str, clocks: &str, when: &str) -> Plan {
    let text = format!("migrate: {{workflow: w, states: {states}, clocks: {clocks}, because: better}}");
    let migration = Migration::from_text("plan.yaml", &text).unwrap_or_else(|report| panic!("{report}"));
    runtime.migrate(&migration, "anybody/lin", at(when)).unwrap()
}

fn told(plan: &Plan) -> String {
    plan.report.render_text(Lang::En, false)
}

const ASKED: &str = "subjects: {ticket: {fields: {}}}\nworkflows:\n  w:\n    subject: ticket\n    events: {go: {by: anybody}, back: {by: anybody}, wait: {by: anybody}, on: {by: anybody}, count: {by: anybody, data: {n: integer}}}\n";

#[test]
fn visits_and_counts_go_along_and_merge() {
    let first = format!(
        "{ASKED}    states:
      a: {{lasts_at_least: {{amount: 3, counted_by: distinct count.n}}, on_event: {{count: record_only, go: b, back: c}}}}
      b: {{allowed: 2, when_used_up: lost, on_event: {{back: a, go: c}}}}
      c: {{allowed: 2, when_used_up: lost, on_event: {{back: b}}}}
      lost: {{done: yes}}
"
    );
    // Both of the limited states are one now, and it may be entered four times.
    let second = format!(
        "{ASKED}    states:
      start: {{lasts_at_least: {{amount: 4, counted_by: distinct count.n}}, on_event: {{count: record_only, go: work}}}}
      work: {{allowed: 4, when_used_up: lost, on_event: {{back: start, wait: work}}}}
      lost: {{done: yes}}
"
    );
    let mut runtime = Runtime::new(policy(&first), MemoryStore::new()).unwrap();
    send(&mut runtime, "opened", "03-02T09:00");
    for (n, when) in [(1, "03-02T09:01"), (2, "03-02T09:02"), (2, "03-02T09:03"), (3, "03-02T09:04")] {
        let event = Event::new("count").to("ticket/1").by("anybody/chen").at(at(when)).with("n", n);
        assert_eq!(runtime.submit(event, at(when)).unwrap().outcome, Outcome::Stayed);
    }
    for (name, when) in [("go", "03-02T10:00"), ("go", "03-02T10:01"), ("back", "03-02T10:02")] {
        assert_eq!(send(&mut runtime, name, when), Outcome::Moved);
    }
    assert_eq!(state(&mut runtime).cases[0].visits.iter().map(|(_, count)| count).sum::<u32>(), 3);
    let mut runtime = reopened(runtime, &second);
    let plan = migrate(&mut runtime, "{a: start, b: work, c: work}", "{}", "03-03T09:00");
    assert!(plan.done, "{}", told(&plan));
    let case = &state(&mut runtime).cases[0];
    assert_eq!(case.visits.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [3], "two of b and one of c");
    assert_eq!(case.configuration[0].1, at("03-02T10:02"), "since it was entered");
    assert_eq!(case.configuration.len(), 1);
    // The fourth visit is allowed, the fifth is not.
    send(&mut runtime, "back", "03-03T10:00");
    assert_eq!(cases(&mut runtime), ["“w”: “start”"]);
    for (n, when) in [(1, "03-03T10:01"), (2, "03-03T10:02"), (3, "03-03T10:03"), (4, "03-03T10:04")] {
        let event = Event::new("count").to("ticket/1").by("anybody/chen").at(at(when)).with("n", n);
        runtime.submit(event, at(when)).unwrap();
    }
    send(&mut runtime, "go", "03-03T11:00");
    assert_eq!(cases(&mut runtime), ["“w”: “work”"]);
    send(&mut runtime, "back", "03-03T12:00");
    assert_eq!(
        send(&mut runtime, "go", "03-03T12:01").refusal().map(|refusal| refusal.reason()),
        Some("too_early")
    );
}

#[test]
fn what_was_counted_towards_a_bound_goes_along() {
    let bound = |state: &str, amount: u32| {
        format!(
            "{ASKED}    states:\n      {state}: {{lasts_at_least: {{amount: {amount}, counted_by: distinct count.n}}, on_event: {{count: record_only, go: end}}}}\n      end: {{done: yes}}\n"
        )
    };
    let mut runtime = Runtime::new(policy(&bound("a", 5)), MemoryStore::new()).unwrap();
    send(&mut runtime, "opened", "03-02T09:00");
    for n in 1..=3 {
        let event = Event::new("count").to("ticket/1").by("anybody/chen").at(at("03-02T09:30")).with("n", n);
        runtime.submit(event, at("03-02T09:30")).unwrap();
    }
    assert!(send(&mut runtime, "go", "03-02T10:00").refusal().is_some());
    let mut runtime = reopened(runtime, &bound("z", 3));
    migrate(&mut runtime, "{a: z}", "{}", "03-03T09:00");
    assert_eq!(send(&mut runtime, "go", "03-03T10:00"), Outcome::Moved, "three were counted before");
}

/// A clock that waits, warns, and escalates after its breach.
fn with_clock(state: &str, within: &str, more: &str) -> String {
    format!(
        "{ASKED}    states:
      {state}:
        clocks:
          k: {{within: {within}, pauses: wait, resumes: on, warn: [{{at: 25%, notify: self_told, message: w25}}, {{at: 50%, notify: self_told, message: w50}}], breached: {{notify: self_told, message: late}}, escalate: [{{after: 10 wall hours, notify: self_told, message: s10}}, {{after: 20 wall hours, notify: self_told, message: s20}}]}}
{more}        on_event: {{go: end, wait: record_only, on: record_only}}
      end: {{done: yes}}
"
    )
    .replace("self_told", "lead")
    + "roles: {lead: {held_by: [lin]}}\n"
}

/// As [`policy`] of a text that declares roles of its own.
fn with_roles(text: &str) -> Policy {
    let (body, roles) = text.split_once("roles: {").unwrap();
    let head = "policy: {id: desk, effective: 2026-01-01, timezone: Asia/Shanghai}\n";
    let text = format!("{head}roles: {{anybody: {{anyone: yes}}, {roles}{body}");
    Policy::from_texts(&[("desk.yaml", text)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"))
}

/// What was told so far: message and instant, in order.
fn notices(runtime: &mut Runtime<MemoryStore>) -> Vec<(String, DateTime<Utc>)> {
    let all = runtime.store().outbox(Delivery::Pending, usize::MAX).unwrap();
    let said = all.iter().map(|effect| match &effect.kind {
        rulebook::EffectKind::Notify { message: Some(said), .. } => (said.own.to_string(), effect.at),
        other => panic!("{other:?}"),
    });
    said.collect()
}

/// As [`notices`], where each is told once.
fn once(runtime: &mut Runtime<MemoryStore>) -> BTreeMap<String, DateTime<Utc>> {
    let all = notices(runtime);
    let told: BTreeMap<String, DateTime<Utc>> = all.iter().cloned().collect();
    assert_eq!(told.len(), all.len(), "each once: {all:?}");
    told
}

fn running(first: &str) -> Runtime<MemoryStore> {
    let mut runtime = Runtime::new(with_roles(first), MemoryStore::new()).unwrap();
    send(&mut runtime, "opened", "03-02T09:00");
    runtime
}

fn over(runtime: Runtime<MemoryStore>, second: &str, clocks: &str, when: &str) -> Runtime<MemoryStore> {
    let mut runtime = Runtime::new(with_roles(second), runtime.into_store().unwrap()).unwrap();
    let plan = migrate(&mut runtime, "{a: z}", clocks, when);
    assert!(plan.done, "{}", told(&plan));
    runtime
}

#[test]
fn warnings_that_came_stay_away_and_those_to_come_follow_the_choice() {
    // Forty hours from nine: warned at 19:00 and at 05:00, due at 01:00 the day after.
    let (first, second) = (with_clock("a", "40 wall hours", ""), with_clock("z", "80 wall hours", ""));
    for (choice, due, expected) in [
        ("keep", "03-04T01:00", vec![("w25", "03-02T19:00"), ("w50", "03-03T05:00")]),
        ("recompute", "03-05T17:00", vec![("w25", "03-02T19:00"), ("w50", "03-04T01:00")]),
        (
            "restart",
            "03-06T04:00",
            vec![("w25", "03-02T19:00"), ("w25", "03-03T16:00"), ("w50", "03-04T12:00")],
        ),
    ] {
        let mut runtime = running(&first);
        runtime.advance(at("03-02T20:00")).unwrap();
        let mut runtime = over(runtime, &second, &format!("{{k: {choice}}}"), "03-02T20:00");
        assert_eq!(state(&mut runtime).cases[0].rounds[0].due, at(due), "{choice}");
        runtime.advance(at("03-06T08:00")).unwrap();
        let mut told: Vec<(String, DateTime<Utc>)> = Vec::new();
        told.extend(expected.into_iter().map(|(message, when)| (message.to_owned(), at(when))));
        told.push(("late".to_owned(), at(due)));
        let found: Vec<_> =
            notices(&mut runtime).into_iter().filter(|(said, _)| !said.starts_with('s')).collect();
        assert_eq!(found, told, "{choice}");
        state(&mut runtime);
    }
}

#[test]
fn a_breached_round_stays_breached_and_escalates_by_the_new_steps() {
    let (first, second) = (with_clock("a", "10 wall hours", ""), with_clock("z", "80 wall hours", ""));
    let mut runtime = running(&first);
    // Breached at 19:00, escalated at 05:00; the second step would be at 15:00.
    runtime.advance(at("03-03T06:00")).unwrap();
    let mut runtime = over(runtime, &second, "{k: recompute}", "03-03T06:00");
    let round = state(&mut runtime).cases[0].rounds[0].clone();
    assert_eq!((round.status, round.due), (RoundStatus::Breached, at("03-02T19:00")));
    runtime.advance(at("03-10T09:00")).unwrap();
    let told = once(&mut runtime);
    assert_eq!(
        (told["s10"], told["s20"], told["late"]),
        (at("03-03T05:00"), at("03-03T15:00"), at("03-02T19:00"))
    );
    send(&mut runtime, "go", "03-10T10:00");
    let round = state(&mut runtime).cases[0].finished[0].clone();
    assert_eq!(round.status, RoundStatus::MetLate);
}

#[test]
fn a_round_that_stands_still_goes_on_standing_still() {
    let (first, second) = (with_clock("a", "10 wall hours", ""), with_clock("z", "40 wall hours", ""));
    for (choice, due) in [("keep", "03-04T15:00"), ("recompute", "03-05T21:00")] {
        let mut runtime = running(&first);
        send(&mut runtime, "wait", "03-02T13:00");
        let mut runtime = over(runtime, &second, &format!("{{k: {choice}}}"), "03-03T09:00");
        assert!(state(&mut runtime).cases[0].rounds[0].is_paused(), "{choice}");
        runtime.advance(at("03-04T08:00")).unwrap();
        assert_eq!(state(&mut runtime).cases[0].rounds[0].status, RoundStatus::Running);
        // Four hours had passed.
        send(&mut runtime, "on", "03-04T09:00");
        assert_eq!(state(&mut runtime).cases[0].rounds[0].due, at(due), "{choice}");
        runtime.advance(at("03-10T09:00")).unwrap();
        assert_eq!(once(&mut runtime)["late"], at(due), "{choice}");
    }
}

#[test]
fn a_round_that_stands_still_is_not_due_before_its_new_limit_came() {
    let (first, second) = (with_clock("a", "40 wall hours", ""), with_clock("z", "2 wall hours", ""));
    let mut runtime = running(&first);
    send(&mut runtime, "wait", "03-02T13:00");
    let mut runtime = over(runtime, &second, "{k: recompute}", "03-03T09:00");
    send(&mut runtime, "on", "03-04T09:00");
    assert_eq!(
        state(&mut runtime).cases[0].rounds[0].due,
        at("03-04T09:00"),
        "four hours had passed, two are given"
    );
    runtime.advance(at("03-04T10:00")).unwrap();
    assert_eq!(state(&mut runtime).cases[0].rounds[0].status, RoundStatus::Breached);
}

#[test]
fn a_clock_that_the_new_graph_does_not_have_can_only_end() {
    let first = with_clock("a", "10 wall hours", "");
    let second = format!(
        "{ASKED}    states:\n      z: {{on_event: {{go: end, wait: record_only, on: record_only}}}}\n      end: {{done: yes}}\nroles: {{lead: {{held_by: [lin]}}}}\n"
    );
    let mut runtime = Runtime::new(with_roles(&second), running(&first).into_store().unwrap()).unwrap();
    let plan = migrate(&mut runtime, "{a: z}", "{k: keep}", "03-02T10:00");
    assert!(!plan.done && told(&plan).contains("has no clock `k`"), "{}", told(&plan));
    let plan = migrate(&mut runtime, "{a: z}", "{k: end}", "03-02T10:00");
    assert!(plan.done, "{}", told(&plan));
    runtime.advance(at("03-10T09:00")).unwrap();
    assert!(notices(&mut runtime).is_empty());
    assert_eq!(state(&mut runtime).cases[0].rounds, []);
}

#[test]
fn a_clock_of_a_state_must_stand_where_its_cases_come_to() {
    let first = with_clock("a", "10 wall hours", "");
    let second = with_clock("z", "10 wall hours", "").replace(
        "      end: {done: yes}",
        "      y: {on_event: {go: end, wait: z, on: record_only}}\n      end: {done: yes}",
    );
    let mut runtime = Runtime::new(with_roles(&second), running(&first).into_store().unwrap()).unwrap();
    let plan = migrate(&mut runtime, "{a: y}", "{k: keep}", "03-02T10:00");
    assert!(!plan.done && told(&plan).contains("belongs to the state `z`"), "{}", told(&plan));
    assert!(migrate(&mut runtime, "{a: y}", "{k: end}", "03-02T10:00").done);
    assert_eq!(state(&mut runtime).cases[0].rounds, []);
}

#[test]
fn a_plan_is_read_like_a_policy() {
    for (text, part) in [
        ("", "missing-key"),
        ("migrat: {}", "unknown-key"),
        ("migrate: {workflow: w, because: x}", "missing-key"),
        ("migrate: {workflow: w, states: [a], because: x}", "wrong-shape"),
        ("migrate: {workflow: w, states: {a: b, a: c}, because: x}", "duplicate-key"),
        ("migrate: {workflow: w, states: {a: b}, because: }", "wrong-shape"),
        ("migrate: {workflow: w, states: {a: b}\n", "unreadable-yaml"),
        ("- a\n- b", "wrong-shape"),
    ] {
        let report = Migration::from_text("plan.yaml", text).err().unwrap();
        let told = report.render_text(Lang::En, false);
        assert!(told.contains(&format!("[{part}]")), "{text}\n{told}");
    }
    let mut runtime = Runtime::new(policy(&format!("{ASKED}    states: {{a: {{on_event: {{go: end, back: record_only, wait: record_only, on: record_only, count: record_only}}}}, end: {{done: yes}}}}\n")), MemoryStore::new()).unwrap();
    send(&mut runtime, "opened", "03-02T09:00");
    for (plan, part) in [
        ("{workflow: ww, states: {}, because: x}", "has no workflow `ww`"),
        ("{workflow: w, from: abc, states: {}, because: x}", "`abc` is no revision"),
        ("{workflow: w, from: 0123456789, states: {}, because: x}", "no revision `0123456789`"),
    ] {
        let migration = Migration::from_text("plan.yaml", &format!("migrate: {plan}")).unwrap();
        let plan = runtime.plan(&migration, at("03-02T10:00")).unwrap();
        assert!(told(&plan).contains(part), "{part}\n{}", told(&plan));
    }
}

#[test]
fn cases_are_counted_over_all_graphs_and_each_event_opens_by_what_counts() {
    let flow = |states: &str, opens: &str| {
        format!(
            "subjects: {{ticket: {{fields: {{}}}}}}\nworkflows:\n  w:\n    subject: ticket\n    opens: {{on: {opens}}}\n    events: {{{opens}: {{by: anybody}}, go: {{by: anybody}}}}\n    states: {states}\n"
        )
    };
    let first = flow("{a: {on_event: {go: end}}, end: {done: yes}}", "asked");
    let second = flow("{b: {on_event: {go: c}}, c: {on_event: {go: end}}, end: {done: yes}}", "begged");
    let mut runtime = Runtime::new(policy(&first), MemoryStore::new()).unwrap();
    for (name, when) in [("opened", "03-02T09:00"), ("asked", "03-02T10:00"), ("asked", "03-02T11:00")] {
        send(&mut runtime, name, when);
    }
    let mut runtime = reopened(runtime, &second);
    let refused = send(&mut runtime, "asked", "03-03T09:00");
    assert!(refused.refusal().is_some(), "nothing opens by it any more: {refused:?}");
    assert_eq!(send(&mut runtime, "begged", "03-03T10:00"), Outcome::Moved);
    let revision = runtime.adopted().unwrap()[0].revision[..8].to_owned();
    let old = format!("(graph of revision {revision})");
    assert_eq!(
        cases(&mut runtime),
        [format!("“w” {old}: “a”"), format!("“w” (no. 2) {old}: “a”"), "“w” (no. 3): “b”".to_owned()]
    );
    assert_eq!(send(&mut runtime, "go", "03-03T11:00"), Outcome::Moved);
    assert_eq!(cases(&mut runtime), ["“w” (no. 3): “c”"].map(str::to_owned), "the latest tells");
    // A case that is named is moved alone.
    let mut one = Event::new("go").to("ticket/1").by("anybody/chen").at(at("03-03T12:00"));
    one.case = Some("w/3".into());
    assert_eq!(runtime.submit(one, at("03-03T12:00")).unwrap().outcome, Outcome::Moved);
    assert_eq!(cases(&mut runtime), ["“w” (no. 3): “end”"]);
}

#[test]
fn a_workflow_that_comes_later_opens_for_what_comes_later() {
    let base = |flows: &str| {
        format!(
            "subjects: {{ticket: {{changed_by: anybody, fields: {{due: {{type: date, optional: yes}}, note: {{type: text, optional: yes}}}}}}}}\nworkflows:\n  w: {{subject: ticket, events: {{go: {{by: anybody}}}}, states: {{a: {{on_event: {{go: end}}}}, end: {{done: yes}}}}}}\n{flows}"
        )
    };
    let checks = "  checks: {subject: ticket, opens: {for_every: ticket, at: ticket.due}, events: {seen: {by: anybody}}, states: {todo: {on_event: {seen: fine}}, fine: {done: yes}}}\n  greets: {subject: ticket, events: {met: {by: anybody}}, states: {hello: {on_event: {met: bye}}, bye: {done: yes}}}\n";
    let opened = |subject: &str, due: &str, when: &str| {
        Event::new("opened").to(subject).by("anybody/chen").at(at(when)).with("due", due)
    };
    let mut runtime = Runtime::new(policy(&base("")), MemoryStore::new()).unwrap();
    runtime.submit(opened("ticket/past", "2026-03-05", "03-02T09:00"), at("03-02T09:00")).unwrap();
    runtime.submit(opened("ticket/future", "2026-03-25", "03-02T09:00"), at("03-02T09:00")).unwrap();
    let mut runtime = reopened(runtime, &base(checks));
    let now = at("03-16T09:00");
    runtime.submit(opened("ticket/new", "2026-03-10", "03-16T09:00"), now).unwrap();
    let note = Event::new("changed").to("ticket/past").by("anybody/chen").at(now).with("note", "x");
    runtime.submit(note, now).unwrap();
    runtime.advance(at("03-30T09:00")).unwrap();
    let flows = |runtime: &mut Runtime<MemoryStore>, name: &str| {
        let state = runtime.subject(name).unwrap().unwrap();
        assert_eq!(runtime.as_known(name, None, None).unwrap(), Some(state.clone()));
        let told = rulebook::prose::standing(runtime.policy(), &state, Lang::En);
        ["checks", "greets"].map(|flow| told.contains(&format!("“{flow}”: ")))
    };
    assert_eq!(flows(&mut runtime, "ticket/past"), [false, false], "its day lay before there were checks");
    assert_eq!(flows(&mut runtime, "ticket/future"), [true, false]);
    assert_eq!(flows(&mut runtime, "ticket/new"), [true, true]);
    // Gone again: what is open is carried on, nothing new opens.
    let mut runtime = reopened(runtime, &base(""));
    let now = at("03-31T09:00");
    runtime.submit(opened("ticket/last", "2026-04-02", "03-31T09:00"), now).unwrap();
    runtime.advance(at("04-10T09:00")).unwrap();
    assert_eq!(flows(&mut runtime, "ticket/last"), [false, false]);
    let seen = Event::new("seen").to("ticket/future").by("anybody/chen").at(at("04-10T09:00"));
    assert_eq!(runtime.submit(seen, at("04-10T09:00")).unwrap().outcome, Outcome::Moved);
    let live: Vec<(String, u64, bool)> = runtime
        .live()
        .unwrap()
        .into_iter()
        .map(|live| (live.workflow.to_string(), live.cases, live.newest))
        .collect();
    assert_eq!(live, [("w".into(), 4, true), ("checks".into(), 1, false), ("greets".into(), 1, false)]);
    let text = "migrate: {workflow: greets, states: {hello: hello}, because: x}";
    let plan =
        runtime.plan(&Migration::from_text("plan.yaml", text).unwrap(), now + TimeDelta::days(20)).unwrap();
    assert!(told(&plan).contains("the new policy has no workflow `greets`"), "{}", told(&plan));
}

#[test]
fn a_plan_that_leads_parallel_states_into_ones_that_exclude_each_other_is_told() {
    let first = format!(
        "{ASKED}    states:\n      both:\n        parallel: yes\n        completed: end\n        states:\n          left: {{states: {{asking: {{on_event: {{go: asked}}}}, asked: {{done: yes}}}}}}\n          right: {{states: {{looking: {{on_event: {{back: seen}}}}, seen: {{done: yes}}}}}}\n      end: {{done: yes}}\n"
    );
    let second = format!(
        "{ASKED}    states:\n      one: {{on_event: {{go: two}}}}\n      two: {{on_event: {{go: end, back: one}}}}\n      end: {{done: yes}}\n"
    );
    let mut runtime = Runtime::new(policy(&first), MemoryStore::new()).unwrap();
    send(&mut runtime, "opened", "03-02T09:00");
    let mut runtime = reopened(runtime, &second);
    let plan =
        migrate(&mut runtime, "{asking: one, asked: one, looking: two, seen: two}", "{}", "03-03T09:00");
    let text = told(&plan);
    for part in
        ["migration-invalid", "stand in asking, looking and would go over to one, two", "ticket/1/w/1"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!plan.done && plan.moves.is_empty() && plan.report.has_errors(), "{text}");

    // What encloses states is told as such, and what is misspelt is sought among the old names.
    let plan = migrate(&mut runtime, "{left: one}", "{}", "03-03T10:00");
    let text = told(&plan);
    assert!(text.contains("`left` has states inside"), "{text}");
    assert!(text.contains("map those inside it: asking, asked"), "{text}");
    let plan = migrate(&mut runtime, "{nothing_like_it: one}", "{}", "03-03T10:00");
    let text = told(&plan);
    assert!(text.contains("asked, asking, looking, seen") && !text.contains("one, seen"), "{text}");

    // Led to one state, the case goes over.
    let plan =
        migrate(&mut runtime, "{asking: one, asked: one, looking: one, seen: one}", "{}", "03-03T11:00");
    assert!(plan.done, "{}", told(&plan));
    assert_eq!(cases(&mut runtime), ["“w”: “one”"]);
}
