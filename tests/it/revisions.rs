//! A policy changes while its cases run: each keeps its graph until it is migrated, and values count by when things became known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rulebook::chrono::{DateTime, TimeDelta, Utc};
use rulebook::{
    ClockChoice, Delivery, ErrorKind, Event, Lang, MemoryStore, Migration, Options, Outcome, Policy, Record,
    RoundStatus, Runtime, SqliteStore, State, Store, points, prose,
};

const PLAN: &str = "tests/policies/revisions/plans/to_third.yaml";

fn text(revision: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/revisions");
    std::fs::read_to_string(root.join(revision).join("policy.yaml")).unwrap()
}

fn policy_of(text: &str) -> Policy {
    Policy::from_texts(&[("policy.yaml", text)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"))
}

fn policy(revision: &str) -> Policy {
    policy_of(&text(revision))
}

/// Nine o'clock on a day: `03-02`.
fn at(day: &str) -> DateTime<Utc> {
    format!("2026-{day}T09:00:00+08:00").parse().unwrap()
}

fn event(subject: &str, name: &str, when: DateTime<Utc>) -> Event {
    Event::new(name).to(subject).by("hr/zhao").at(when).id(format!("{name}@{}", when.timestamp()))
}

fn exam(subject: &str, score: i64, when: DateTime<Utc>) -> Event {
    event(subject, "exam", when).with("score", points(score))
}

fn send<S: Store>(runtime: &mut Runtime<S>, event: Event) -> Outcome {
    let now = event.at.unwrap();
    runtime.submit(event, now).unwrap().outcome
}

fn moved<S: Store>(runtime: &mut Runtime<S>, event: Event) {
    let told = format!("{event:?}");
    assert_eq!(send(runtime, event), Outcome::Moved, "{told}");
}

/// The state and the revision whose graph it is of, for the n-th case.
fn stands<S: Store>(runtime: &mut Runtime<S>, subject: &str) -> String {
    let state = runtime.subject(subject).unwrap().unwrap();
    let policy = runtime.policy().clone();
    let told = prose::standing(&policy, &state, Lang::En);
    told.lines().find(|line| line.contains("入职培训")).unwrap_or("").trim().to_owned()
}

fn effects<S: Store>(runtime: &mut Runtime<S>, delivery: Delivery) -> BTreeSet<Arc<str>> {
    runtime.store().outbox(delivery, usize::MAX).unwrap().into_iter().map(|effect| effect.id).collect()
}

/// Due instants of the open rounds of a subject: clock → due.
fn clocks<S: Store>(runtime: &mut Runtime<S>, subject: &str) -> BTreeMap<String, DateTime<Utc>> {
    let state = runtime.subject(subject).unwrap().unwrap();
    let due = |state: &State| rulebook_due(runtime.policy(), state);
    due(&state)
}

fn rulebook_due(policy: &Policy, state: &State) -> BTreeMap<String, DateTime<Utc>> {
    let told = policy.due_of(state);
    told.into_iter().map(|item| (item.what.to_string(), item.due)).collect()
}

/// What is kept folds to what is at hand, for everybody.
fn check_folds<S: Store>(runtime: &mut Runtime<S>) {
    for name in runtime.subjects(None, "", usize::MAX).unwrap() {
        let at_hand = runtime.subject(&name).unwrap();
        assert_eq!(runtime.as_known(&name, None, None).unwrap(), at_hand, "{name}");
    }
}

fn migration(path: &str) -> Migration {
    Migration::load(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|report| panic!("{report}"))
}

/// A thousand people who begin under three revisions; every third has failed an exam by the end of theirs, every tenth is done.
fn thousand<S: Store>(store: S) -> Runtime<S> {
    let mut store = Some(store);
    let phases = [("first", 0..400, "03-02"), ("second", 400..700, "03-16"), ("third", 700..1_000, "03-23")];
    let mut runtime = None;
    for (revision, people, day) in phases {
        let before = runtime.take().map(|mut runtime: Runtime<S>| {
            let told = (effects(&mut runtime, Delivery::Pending), Delivery::Withdrawn);
            store = Some(runtime.into_store().unwrap());
            told.0
        });
        let mut next = Runtime::new(policy(revision), store.take().unwrap()).unwrap();
        let name = |n: usize| format!("staff/p{n:04}");
        let opened = people.clone().map(|n| event(&name(n), "opened", at(day)));
        let steps = next.batch(opened, at(day)).unwrap();
        assert!(steps.iter().all(|step| step.outcome == Outcome::Moved));
        if let Some(before) = before {
            // Nobody was told twice, and nothing was taken back.
            let now = effects(&mut next, Delivery::Pending);
            assert!(before.is_subset(&now) && effects(&mut next, Delivery::Withdrawn).is_empty());
            assert_eq!(now.len(), before.len() + people.len(), "one notice for each who begins");
        }
        let later = at(day) + TimeDelta::days(3);
        let exams = people.clone().filter(|n| n % 3 == 0).map(|n| exam(&name(n), 40, later));
        next.batch(exams, later).unwrap();
        let passed = people.filter(|n| n % 10 == 1 && n % 3 != 0).map(|n| exam(&name(n), 95, later));
        next.batch(passed, later).unwrap();
        runtime = Some(next);
    }
    runtime.unwrap()
}

fn a_thousand_running_cases<S: Store>(store: S) {
    let mut runtime = thousand(store);
    let live = runtime.live().unwrap();
    let told: Vec<(u64, bool, usize)> =
        live.iter().map(|live| (live.cases, live.newest, live.revisions.len())).collect();
    // Under the third revision whoever passes goes on to practice.
    assert_eq!(told, [(300, true, 1), (373, false, 1), (280, false, 1)]);
    assert_eq!(
        stands(&mut runtime, "staff/p0002"),
        "入职培训 (graph of revision R1): 培训中 since 2026-03-02 09:00".replace("R1", &rev("first"))
    );
    assert_eq!(
        stands(&mut runtime, "staff/p0403"),
        "入职培训 (graph of revision R2): 学习中 since 2026-03-16 09:00".replace("R2", &rev("second"))
    );
    assert_eq!(stands(&mut runtime, "staff/p0703"), "入职培训: 学习中 since 2026-03-23 09:00");
    assert_eq!(stands(&mut runtime, "staff/p0701"), "入职培训: 实习中 since 2026-03-26 09:00");
    assert_eq!(
        stands(&mut runtime, "staff/p0001").split(',').next(),
        Some(format!("入职培训 (graph of revision {}): 合格", rev("first")).as_str())
    );
    check_folds(&mut runtime);

    // `finish` follows the newest limit, never before it was adopted; `take` keeps the limit it began with.
    let adopted: Vec<DateTime<Utc>> = runtime.adopted().unwrap().iter().map(|one| one.known).collect();
    assert_eq!(adopted, [at("03-02"), at("03-16"), at("03-23")]);
    let days = |day: &str, days: i64| at(day) + TimeDelta::days(days);
    let end = |at: DateTime<Utc>| at.date_naive();
    runtime.advance(at("03-30")).unwrap();
    assert_eq!(
        end(clocks(&mut runtime, "staff/p0002")["finish"]),
        end(at("03-23")).max(end(days("03-02", 45)))
    );
    assert_eq!(end(clocks(&mut runtime, "staff/p0403")["finish"]), end(days("03-16", 45)));
    assert_eq!(end(clocks(&mut runtime, "staff/p0703")["finish"]), end(days("03-23", 45)));
    let before: BTreeMap<Arc<str>, BTreeMap<String, DateTime<Utc>>> = {
        let names = runtime.subjects(None, "", usize::MAX).unwrap();
        names.into_iter().map(|name| (name.clone(), clocks(&mut runtime, &name))).collect()
    };
    assert_eq!(end(before["staff/p0000"]["take"]), end(at("04-07")), "as the first revision had it");
    assert_eq!(end(before["staff/p0402"]["take"]), end(days("03-19", 20)), "as the second had it");
    assert_eq!(end(before["staff/p0703"]["settle"]), end(at("03-30")));

    // A plan that lacks something moves nobody.
    let pending = effects(&mut runtime, Delivery::Pending);
    let lacking = Migration::from_text(
        "plan.yaml",
        "migrate: {workflow: onboarding, states: {training: learning}, clocks: {finish: keep}, because: x}",
    )
    .unwrap();
    let plan = runtime.migrate(&lacking, "hr/zhao", at("03-30")).unwrap();
    assert!(!plan.done && plan.moves.is_empty() && plan.report.has_errors());
    let told = plan.report.render_text(Lang::En, false);
    for part in [
        "`resit`",
        "`take`",
        "`settle`",
        &rev("first"),
        &rev("second"),
        "subjects are concerned, such as staff/p0402",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert_eq!(runtime.store().totals().unwrap().records, 1_401);

    // Planning changes nothing; then the cases go over as planned.
    let migration = migration(PLAN);
    let now = at("03-30");
    let planned = runtime.plan(&migration, now).unwrap();
    assert_eq!(runtime.store().totals().unwrap().records, 1_401);
    let done = runtime.migrate(&migration, "hr/zhao", now).unwrap();
    assert!(!planned.done && done.done && !done.report.has_errors());
    assert_eq!(planned.moves, done.moves);
    let live = runtime.live().unwrap();
    assert!(live.iter().all(|live| live.newest), "{live:?}");
    assert_eq!(runtime.store().totals().unwrap().records, 1_401 + done.moves.len() as u64);
    assert_eq!(effects(&mut runtime, Delivery::Pending), pending, "no effect runs again");
    assert_eq!(effects(&mut runtime, Delivery::Withdrawn), BTreeSet::new());
    for moving in &done.moves {
        let (then, now_due) = (&before[&moving.subject], clocks(&mut runtime, &moving.subject));
        for (clock, choice) in &moving.clocks {
            let (then, due) = (then.get(clock.as_ref()), now_due[clock.as_ref()]);
            match choice {
                ClockChoice::Keep => assert_eq!(Some(&due), then, "{moving:?}"),
                ClockChoice::Recompute => {
                    assert_eq!(Some(due), then.map(|then| (*then).max(now)), "{moving:?}")
                }
                ClockChoice::Restart => assert_eq!(end(due), end(at("04-07")), "{moving:?}"),
                ClockChoice::End => panic!("{moving:?}"),
            }
        }
        // Training had no such clock; who comes from there gets one.
        let came_new = moving.leaves.iter().any(|state| state.as_ref() == "training");
        assert_eq!(
            moving.started,
            if came_new { vec!["settle".into()] } else { Vec::<Arc<str>>::new() },
            "{moving:?}"
        );
    }
    check_folds(&mut runtime);

    // The same plan again finds nothing to do.
    let again = runtime.migrate(&migration, "hr/zhao", at("03-31")).unwrap();
    assert!(again.moves.is_empty() && !again.report.has_errors());

    // Everybody who was not done goes on in the new graph, and each is told once.
    let names = runtime.subjects(None, "", usize::MAX).unwrap();
    let now = at("04-01");
    let live: Vec<Arc<str>> = names
        .iter()
        .filter(|name| {
            let state = runtime.subject(name).unwrap().unwrap();
            state.cases.iter().any(|case| case.is_live())
        })
        .cloned()
        .collect();
    let steps = runtime.batch(live.iter().map(|name| exam(name, 75, now)), now).unwrap();
    assert!(steps.iter().filter(|step| step.outcome == Outcome::Moved).count() > 500);
    let confirmed = |name: &Arc<str>| event(name, "confirmed", now + TimeDelta::hours(1));
    let steps = runtime.batch(live.iter().map(confirmed), now + TimeDelta::hours(1)).unwrap();
    let done = steps.iter().filter(|step| step.outcome == Outcome::Moved).count();
    assert_eq!(done, live.len(), "none is lost");
    let certified = runtime.outbox(usize::MAX).unwrap();
    let mut told: BTreeMap<Arc<str>, u32> = BTreeMap::new();
    for effect in certified.iter().filter(|effect| format!("{:?}", effect.kind).contains("培训合格")) {
        *told.entry(effect.subject.clone()).or_default() += 1;
    }
    assert!(told.values().all(|count| *count == 1));
    assert_eq!(
        told.len(),
        live.len() + 47,
        "those of the first two revisions who had passed before, and everybody else"
    );
    check_folds(&mut runtime);
}

/// The first digits of a revision.
fn rev(revision: &str) -> String {
    policy(revision).revision()[..8].to_owned()
}

#[test]
fn a_thousand_running_cases_over_three_revisions_in_memory() {
    a_thousand_running_cases(MemoryStore::new());
}

#[cfg(feature = "sqlite")]
#[test]
fn a_thousand_running_cases_over_three_revisions_in_sqlite() {
    a_thousand_running_cases(SqliteStore::temporary().unwrap());
}
