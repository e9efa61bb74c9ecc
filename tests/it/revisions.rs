//! A policy changes while its cases run: each keeps its graph until it is migrated, and values count by when things became known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rulebook::chrono::{DateTime, TimeDelta, Utc};
use rulebook::{
    Adopted, ClockChoice, Delivery, ErrorKind, Event, Lang, MemoryStore, Migration, Options, Outcome, Policy,
    Record, RoundStatus, Runtime, SqliteStore, State, Store, points, prose,
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

/// A runtime over the store of another one, with another policy.
fn reopened<S: Store>(runtime: Runtime<S>, policy: Policy) -> Runtime<S> {
    Runtime::new(policy, runtime.into_store().unwrap()).unwrap()
}

/// Li begins under the first revision; the third is adopted on 23 March, and li goes over to it on the 30th.
fn li() -> Runtime<MemoryStore> {
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    assert_eq!(send(&mut runtime, event("staff/li", "lesson", at("03-03"))), Outcome::Stayed);
    let mut runtime = reopened(runtime, policy("third"));
    assert_eq!(send(&mut runtime, event("staff/li", "lesson", at("03-23"))), Outcome::Stayed);
    let plan = runtime.migrate(&migration(PLAN), "hr/zhao", at("03-30")).unwrap();
    assert_eq!(plan.moves.len(), 1, "{}", plan.report);
    runtime
}

#[test]
fn opening_writes_nothing_and_the_first_event_adopts() {
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    assert_eq!(runtime.adopted().unwrap(), []);
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    let log = runtime.adopted().unwrap();
    assert_eq!((log.len(), log[0].known, &*log[0].sources[0].0), (1, at("03-02"), "policy.yaml"));
    assert_eq!(&*log[0].sources[0].1, text("first"));
    let mut runtime = reopened(runtime, policy("second"));
    let told = stands(&mut runtime, "staff/li");
    assert!(told.contains("培训中"), "looked at before it is adopted: {told}");
    assert_eq!(runtime.adopted().unwrap(), log);
    let runtime = reopened(runtime, policy("first"));
    let mut runtime = reopened(runtime, policy("second"));
    runtime.advance(at("03-10")).unwrap();
    assert_eq!(runtime.adopted().unwrap().len(), 2);
    // Back again: the graph is the one of before.
    let mut runtime = reopened(runtime, policy("first"));
    runtime.advance(at("03-11")).unwrap();
    let log: Vec<DateTime<Utc>> = runtime.adopted().unwrap().iter().map(|one| one.known).collect();
    assert_eq!(log, [at("03-02"), at("03-10"), at("03-11")]);
    assert_eq!(stands(&mut runtime, "staff/li"), "入职培训: 培训中 since 2026-03-02 09:00");
    moved(&mut runtime, event("staff/wu", "opened", at("03-12")));
    assert_eq!(stands(&mut runtime, "staff/wu"), "入职培训: 培训中 since 2026-03-12 09:00");
    assert_eq!(runtime.live().unwrap().len(), 1);
}

#[test]
fn a_revision_that_only_changes_parameters_keeps_the_graph_and_what_was_judged() {
    let raised = text("first")
        .replace("value: 80 points", "value: 90 points")
        .replace("value: 60 calendar days", "value: 7 calendar days")
        .replace("value: 30 calendar days", "value: 3 calendar days");
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    for name in ["li", "wu", "he"] {
        moved(&mut runtime, event(&format!("staff/{name}"), "opened", at("03-02")));
    }
    moved(&mut runtime, exam("staff/li", 85, at("03-05")));
    moved(&mut runtime, exam("staff/he", 10, at("03-05")));
    let mut runtime = reopened(runtime, policy_of(&raised));
    runtime.advance(at("03-16")).unwrap();
    runtime.advance(at("03-16") + TimeDelta::seconds(1)).unwrap();
    assert!(stands(&mut runtime, "staff/li").contains("合格"), "85 points were enough then");
    assert_eq!(runtime.live().unwrap().len(), 1, "one graph");
    // `finish` would be over since the ninth; it is not due before the revision that says so was adopted.
    assert_eq!(clocks(&mut runtime, "staff/wu")["finish"], at("03-16"));
    assert_eq!(clocks(&mut runtime, "staff/he")["take"].date_naive(), at("04-07").date_naive(), "`keep`");
    runtime.advance(at("03-17")).unwrap();
    let state = runtime.subject("staff/wu").unwrap().unwrap();
    assert_eq!(state.cases[0].rounds[0].status, RoundStatus::Breached);
    // What happened before and is told after is judged by what counts when it is told.
    let mut late = exam("staff/wu", 85, at("03-06"));
    late.id = Some("late".into());
    assert_eq!(runtime.submit(late, at("03-18")).unwrap().outcome, Outcome::Moved);
    assert!(
        stands(&mut runtime, "staff/wu").contains("不合格, done 2026-03-09"),
        "nor is a month left for a resit"
    );
    check_folds(&mut runtime);
    // What is imported with the day on which it was known is judged by what counted on that day.
    let mut imported = event("staff/old", "opened", at("03-02"));
    imported.known = Some(at("03-02"));
    runtime.submit(imported, at("03-19")).unwrap();
    let mut imported = exam("staff/old", 85, at("03-06"));
    imported.known = Some(at("03-06"));
    runtime.submit(imported, at("03-19")).unwrap();
    assert!(stands(&mut runtime, "staff/old").contains("合格"));
    let story = runtime.story("staff/old", None, None).unwrap();
    let told = prose::story(runtime.policy(), &story, Lang::Zh);
    assert!(!told.contains("90"), "{told}");
}

#[test]
fn a_state_that_is_gone_is_carried_on_by_those_who_know_it() {
    let second = text("second");
    let (head, rest) = second.split_once("      resit:\n").unwrap();
    let (_, tail) = rest.split_once("      certified:").unwrap();
    let without = format!("{}      certified:{tail}", head.replace("otherwise: resit", "otherwise: failed"));
    let mut runtime = Runtime::new(policy("second"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    let mut runtime = reopened(runtime, policy_of(&without));
    moved(&mut runtime, event("staff/wu", "opened", at("03-16")));
    for name in ["staff/li", "staff/wu"] {
        moved(&mut runtime, exam(name, 10, at("03-17")));
    }
    assert!(stands(&mut runtime, "staff/li").contains("待补考"), "{}", stands(&mut runtime, "staff/li"));
    assert!(stands(&mut runtime, "staff/wu").contains("不合格"));
    moved(&mut runtime, exam("staff/li", 75, at("03-18")));
    assert!(stands(&mut runtime, "staff/li").contains("合格"));
    check_folds(&mut runtime);
    // The second case of a workflow is counted over all its graphs.
    let case = runtime.subject("staff/li").unwrap().unwrap().cases[0].clone();
    assert_eq!(case.number, 1);
}

/// The third revision, where a resit has a limit of its own and the parameter is gone.
fn without_parameter() -> String {
    let third = text("third");
    let (head, rest) = third.split_once("  take_within:").unwrap();
    let (_, tail) = rest.split_once('\n').unwrap();
    format!("{head}{tail}").replace("within: $take_within", "within: 10 calendar days")
}

#[test]
fn a_store_is_opened_by_its_own_policy_alone() {
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    let other = policy_of(&without_parameter().replace("id: joining", "id: another"));
    let error = Runtime::new(other.clone(), runtime.into_store().unwrap()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PolicyInvalid);
    let told = error.to_string();
    assert!(told.contains("belongs to the policy `joining`, not to `another`"), "{told}");
    // Not for a migration either; and a store without a log is anybody's.
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    assert!(Runtime::to_migrate(other.clone(), runtime.into_store().unwrap()).is_err());
    assert!(Runtime::new(other, MemoryStore::new()).is_ok());
}

#[test]
fn an_old_graph_that_cannot_be_carried_on_is_told_or_migrated() {
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    moved(&mut runtime, event("staff/wu", "opened", at("03-02")));
    moved(&mut runtime, exam("staff/wu", 10, at("03-03")));
    let store = runtime.into_store().unwrap();
    let newest = policy_of(&without_parameter());
    let error = Runtime::new(newest.clone(), store).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PolicyInvalid);
    let told = std::error::Error::source(&error).unwrap().to_string();
    for part in
        ["old-graph", "unknown-parameter", "$take_within", "onboarding", &rev("first"), "rulebook migrate"]
    {
        assert!(told.contains(part), "{part}\n{told}");
    }

    // The cases are moved; the old graph is still read with what its own revision had.
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    moved(&mut runtime, event("staff/wu", "opened", at("03-02")));
    moved(&mut runtime, exam("staff/wu", 10, at("03-03")));
    let mut runtime = Runtime::to_migrate(newest.clone(), runtime.into_store().unwrap()).unwrap();
    let plan = runtime.migrate(&migration(PLAN), "hr/zhao", at("03-10")).unwrap();
    assert_eq!((plan.done, plan.moves.len()), (true, 2), "{}", plan.report);
    let mut runtime = reopened(runtime, newest.clone());
    assert!(stands(&mut runtime, "staff/wu").contains("待补考"));
    assert_eq!(clocks(&mut runtime, "staff/wu")["take"].date_naive(), at("04-02").date_naive(), "kept");
    moved(&mut runtime, exam("staff/li", 75, at("03-11")));
    assert!(stands(&mut runtime, "staff/li").contains("实习中"));
    check_folds(&mut runtime);

    // Closed cases do not stand in the way, and stay what they were.
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/he", "opened", at("03-02")));
    moved(&mut runtime, exam("staff/he", 10, at("03-03")));
    moved(&mut runtime, exam("staff/he", 90, at("03-04")));
    let mut runtime = reopened(runtime, newest);
    moved(&mut runtime, event("staff/xu", "opened", at("03-10")));
    assert!(
        stands(&mut runtime, "staff/he").contains("合格, done 2026-03-04"),
        "{}",
        stands(&mut runtime, "staff/he")
    );
    check_folds(&mut runtime);
}

#[test]
fn what_is_told_late_folds_before_the_migration_by_the_old_graph_and_after_it_by_the_new() {
    let mut runtime = li();
    assert!(stands(&mut runtime, "staff/li").contains("学习中"));
    // On the 24th li had failed an exam; that is told now. The first graph sends to a resit, the third has one too.
    let mut late = exam("staff/li", 40, at("03-24"));
    late.id = Some("late".into());
    let step = runtime.submit(late, at("03-31")).unwrap();
    assert_eq!(step.outcome, Outcome::Moved);
    assert!(
        stands(&mut runtime, "staff/li").starts_with("入职培训: 待补考 since 2026-03-24"),
        "{}",
        stands(&mut runtime, "staff/li")
    );
    assert!(clocks(&mut runtime, "staff/li").contains_key("take"));
    moved(&mut runtime, exam("staff/li", 72, at("04-01")));
    assert!(
        stands(&mut runtime, "staff/li").contains("实习中"),
        "72 points are enough for the third revision"
    );
    check_folds(&mut runtime);

    // Another one had passed long before, as is told now: there was nothing to move.
    let mut runtime = li();
    let mut late = exam("staff/li", 88, at("03-10"));
    late.id = Some("late".into());
    let step = runtime.submit(late, at("03-31")).unwrap();
    let told: Vec<(bool, bool)> =
        step.rejudged.iter().map(|one| (one.then.refused.is_some(), one.now.refused.is_some())).collect();
    assert!(told.contains(&(false, true)), "{:?}", step.rejudged);
    assert!(stands(&mut runtime, "staff/li").contains("合格, done 2026-03-10"));
    check_folds(&mut runtime);
}

#[test]
fn any_order_of_delivery_gives_the_same_bytes() {
    let mut runtime = li();
    moved(&mut runtime, exam("staff/li", 40, at("04-01")));
    moved(&mut runtime, exam("staff/li", 90, at("04-02")));
    let policy = runtime.policy().clone();
    let records: Vec<Arc<Record>> = runtime.records("staff/li").unwrap();
    assert!(records.len() >= 6 && records.iter().any(|record| &*record.event == "migrated"));
    let state = runtime.subject("staff/li").unwrap().unwrap();
    let expected = serde_json::to_string(&state).unwrap();
    let mut order: Vec<usize> = (0..records.len()).collect();
    for round in 0..40_usize {
        order.rotate_left(round % 3 + 1);
        let other = (round * 7 + 3) % records.len();
        order.swap(0, other);
        let shuffled: Vec<Arc<Record>> = order.iter().map(|idx| records[*idx].clone()).collect();
        let folded = policy.fold("staff/li", &shuffled, None, Some(state.frontier)).unwrap();
        assert_eq!(serde_json::to_string(folded.state()).unwrap(), expected, "{order:?}");
    }
    // The same facts, delivered in another order to a store that had adopted the same revisions.
    let log = runtime.adopted().unwrap();
    let facts = |record: &Arc<Record>| Event {
        id: Some(record.id.clone()),
        subject: record.subject.clone(),
        name: record.event.clone(),
        at: Some(record.at),
        known: Some(record.known),
        by: record.by.clone(),
        data: record.data.clone(),
        ..Event::default()
    };
    let before = records.iter().take_while(|record| &*record.event != "migrated").map(facts);
    let events: Vec<Event> = before.collect();
    let told = |events: Vec<Event>| {
        let mut store = MemoryStore::new();
        log.iter().for_each(|one| store.adopt(one).unwrap());
        let mut runtime = Runtime::new(self::policy("third"), store).unwrap();
        let now = at("04-03");
        for event in events {
            runtime.submit(event, now).unwrap();
        }
        runtime.advance(now).unwrap();
        serde_json::to_string(&runtime.subject("staff/li").unwrap().unwrap()).unwrap()
    };
    let forward = told(events.clone());
    assert!(forward.contains("2026-03-02"));
    assert_eq!(told(events.into_iter().rev().collect()), forward);
}

/// Numbers by chance, always the same ones for a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// What the store has told is what a fold of everything tells: nothing lost, nothing twice.
fn check_told<S: Store>(runtime: &mut Runtime<S>, seed: u64) {
    let mut told = BTreeSet::new();
    for name in runtime.subjects(None, "", usize::MAX).unwrap() {
        let steps = runtime.story(&name, None, None).unwrap();
        told.extend(steps.into_iter().flat_map(|step| step.effects).map(|effect| effect.id.clone()));
        let at_hand = runtime.subject(&name).unwrap();
        assert_eq!(runtime.as_known(&name, None, None).unwrap(), at_hand, "seed {seed}, {name}");
    }
    assert_eq!(effects(runtime, Delivery::Pending), told, "seed {seed}");
}

#[test]
fn chance_events_late_ones_corrections_revisions_and_migrations_fold_as_they_were_judged() {
    for seed in 0..60 {
        let mut chance = Chance(seed * 7 + 1);
        let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
        let mut now = at("03-02");
        let mut sent = 0;
        for step in 0..120 {
            now += TimeDelta::minutes(chance.below(900) as i64);
            let subject = format!("staff/p{}", chance.below(6));
            let when =
                if chance.below(4) == 0 { now - TimeDelta::hours(chance.below(400) as i64) } else { now };
            let when = when.max(at("03-02"));
            sent += 1;
            let id = format!("e{sent}");
            let mut one = match chance.below(10) {
                0..=2 => event(&subject, "opened", when),
                3..=5 => exam(&subject, 40 + 10 * chance.below(6) as i64, when),
                6 => event(&subject, "mentored", when),
                7 => event(&subject, "confirmed", when),
                8 => event(&subject, "changed", when)
                    .with("grade", if chance.below(2) == 0 { "a" } else { "b" }),
                _ => event(&subject, "lesson", when),
            };
            one.id = Some(id.into());
            if chance.below(12) == 0 {
                let records = runtime.records(&subject).unwrap();
                let exams: Vec<_> = records.iter().filter(|record| &*record.event == "exam").collect();
                if let Some(record) = exams.get(chance.below(5) as usize) {
                    let score = points(40 + 10 * chance.below(6) as i64);
                    one = event(&subject, "exam", record.at).with("score", score).id(format!("c{sent}"));
                    (one.corrects, one.reason) = (Some(record.id.clone()), Some("x".into()));
                }
            }
            runtime.submit(one, now).unwrap();
            if chance.below(5) == 0 {
                runtime.advance(now).unwrap();
            }
            if step == 40 || step == 80 {
                check_told(&mut runtime, seed);
                let next = if step == 40 { "second" } else { "third" };
                runtime = reopened(runtime, policy(next));
                runtime.advance(now).unwrap();
                check_told(&mut runtime, seed);
            }
            if step > 80 && chance.below(12) == 0 {
                let plan = runtime.migrate(&migration(PLAN), "hr/zhao", now).unwrap();
                assert!(plan.done, "{}", plan.report);
            }
        }
        check_told(&mut runtime, seed);
        runtime.advance(now + TimeDelta::days(120)).unwrap();
        check_told(&mut runtime, seed);
        // A store that is opened again by the same revision changes nothing.
        let before = effects(&mut runtime, Delivery::Pending);
        let mut runtime = reopened(runtime, policy("third"));
        runtime.advance(now + TimeDelta::days(121)).unwrap();
        assert_eq!(effects(&mut runtime, Delivery::Pending), before);
        check_told(&mut runtime, seed);
    }
}

#[test]
fn the_story_tells_the_migration_in_both_languages() {
    let mut runtime = li();
    let steps = runtime.story("staff/li", None, None).unwrap();
    let (first, third) = (rev("first"), rev("third"));
    let zh = prose::story(runtime.policy(), &steps, Lang::Zh);
    for part in [
        format!(
            "入职培训: 从 {first} 版流程迁到 {third} 版,「培训中」→「学习中」;「完成培训」按新时限从开始重算"
        ),
        format!("开始入职培训(按 {first} 版流程)"),
        "迁移到新版流程: 增加实习阶段(由 hr/zhao 登记)".to_owned(),
        "指定导师".to_owned(),
    ] {
        assert!(zh.contains(&part), "{part}\n{zh}");
    }
    let en = prose::story(runtime.policy(), &steps, Lang::En);
    let part = format!("goes over from the graph of revision {first} to that of {third}, 培训中 → 学习中");
    assert!(en.contains(&part), "{en}");
    assert!(!zh.contains("请指定导师"), "entering by migration runs no effects: {zh}");
}

#[test]
fn overlays_other_values_and_calendar_files_belong_to_a_revision() {
    let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260306\r\nSUMMARY:厂庆\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = "calendars: {own: {hours: {mon-fri: [\"09:00-18:00\"]}, holidays_from: own.ics, coverage: 2026-01-01 to 2026-12-31}}\n";
    let with = |overlay: Option<&str>, pass_mark: &str| {
        let text = text("first").replace("within: $finish_within", "within: 3 working days, calendar: own");
        let texts = [("policy.yaml", text.as_str()), ("calendar.yaml", calendar), ("own.ics", ics)];
        let mut options = Options::default();
        options.parameters.insert("pass_mark".into(), pass_mark.to_owned());
        options.overlays.extend(overlay.map(|text| ("branch.yaml".to_owned(), text.to_owned())));
        Policy::from_texts(&texts, &options).unwrap_or_else(|report| panic!("{report}"))
    };
    let branch = "workflows: {onboarding: {label: 分公司培训, clause: \"1\", subject: staff, opens: {for_every: staff}, events: {lesson: {by: hr}, exam: {by: hr, data: {score: points}}}, states: {trial: {label: 试用, on_event: {lesson: record_only, exam: [{if: event.score >= $pass_mark, to: certified}]}}, certified: {done: yes}}}}\n";
    let plain = with(None, "60 points");
    assert_ne!(plain.revision(), with(None, "61 points").revision(), "another value is another revision");
    let mut runtime = Runtime::new(with(Some(branch), "50 points"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    moved(&mut runtime, event("staff/wu", "opened", at("03-02")));
    moved(&mut runtime, exam("staff/li", 55, at("03-03")));
    let files: Vec<String> =
        runtime.adopted().unwrap()[0].sources.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(
        files,
        ["policy.yaml", "calendar.yaml", "<overlay>/branch.yaml", "own.ics", "<parameters>/pass_mark"]
    );
    let mut runtime = reopened(runtime, plain);
    moved(&mut runtime, event("staff/he", "opened", at("03-04")));
    // The sixth is off by the calendar file, a weekend follows.
    assert_eq!(clocks(&mut runtime, "staff/he")["finish"].date_naive(), at("03-10").date_naive());
    assert!(stands(&mut runtime, "staff/he").contains("培训中"));
    let told =
        prose::standing(&runtime.policy().clone(), &runtime.subject("staff/wu").unwrap().unwrap(), Lang::Zh);
    assert!(told.contains("版流程): 「试用」"), "{told}");
    assert!(send(&mut runtime, exam("staff/wu", 55, at("03-05"))).refusal().is_some(), "the mark is 60 now");
    moved(&mut runtime, exam("staff/wu", 65, at("03-06")));
    let li = runtime.subject("staff/li").unwrap().unwrap();
    assert!(!li.cases[0].is_live(), "55 points were enough");
    check_folds(&mut runtime);
}

#[test]
fn texts_of_a_revision_that_cannot_be_read_any_more_are_told() {
    let mut store = MemoryStore::new();
    let texts = vec![("policy.yaml".into(), "workflows: {onboarding: {states: {a: }}\n".into())];
    store.adopt(&Adopted { revision: "ab".repeat(32).into(), known: at("03-02"), sources: texts }).unwrap();
    let error = Runtime::new(policy("first"), store).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PolicyInvalid);
    let told = std::error::Error::source(&error).unwrap().to_string();
    assert!(told.contains("abababab/policy.yaml:1"), "{told}");
}

#[test]
fn who_might_do_what_is_judged_by_what_counted_then() {
    // Zhao leaves without a date, trainers register exams from now on, and only graded people may take them.
    let then = text("first").replace("notify: self", "notify: hr");
    let then = then
        + "permissions: {lessons: {clause: \"1\", covers: staff.lesson, only_if: \"date_of(event.at) >= staff.since\"}}\n";
    let then = then.replace(
        "grade: {type: [a, b], optional: yes}",
        "grade: {type: [a, b], optional: yes}, since: {type: date, optional: yes}",
    );
    let now = then
        .replace("hr: {label: 人力资源, held_by: [zhao]}", "trainer: {label: 培训师, held_by: [sun]}\n  hr: {label: 人力资源, held_by: [qian]}")
        .replace("exam: {label: 考试, by: hr,", "exam: {label: 考试, by: trainer,")
        .replace("permissions: {lessons: {clause: \"1\", covers: staff.lesson, only_if: \"date_of(event.at) >= staff.since\"}}", "permissions: {exams: {clause: \"1\", covers: staff.exam, only_if: staff.grade == a}}");
    let mut runtime = Runtime::new(policy_of(&then), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    moved(&mut runtime, event("staff/wu", "opened", at("03-02")));
    assert!(
        send(&mut runtime, event("staff/wu", "lesson", at("03-02"))).refusal().is_some(),
        "nobody knows since when"
    );
    moved(&mut runtime, exam("staff/li", 85, at("03-03")));
    let before = effects(&mut runtime, Delivery::Pending);
    let judged = |runtime: &mut Runtime<MemoryStore>, name: &str| {
        let steps = runtime.story(name, None, None).unwrap();
        steps
            .into_iter()
            .map(|step| step.outcome.refusal().map(|refusal| refusal.reason()))
            .collect::<Vec<_>>()
    };
    let told = (judged(&mut runtime, "staff/li"), judged(&mut runtime, "staff/wu"));
    let mut runtime = reopened(runtime, policy_of(&now));
    runtime.advance(at("03-16")).unwrap();
    assert!(stands(&mut runtime, "staff/li").contains("合格"));
    assert_eq!((judged(&mut runtime, "staff/li"), judged(&mut runtime, "staff/wu")), told);
    assert_eq!(effects(&mut runtime, Delivery::Pending), before, "zhao was told, not qian");
    check_told(&mut runtime, 0);
    // From now on it is as the second revision says.
    let reason = |outcome: Outcome| outcome.refusal().map(|refusal| refusal.reason());
    assert_eq!(reason(send(&mut runtime, exam("staff/wu", 85, at("03-17")))), Some("wrong_role"));
    let by = |who: &str, mut event: Event| {
        event.by = Some(who.into());
        event
    };
    assert_eq!(
        reason(send(&mut runtime, by("trainer/sun", exam("staff/wu", 85, at("03-18"))))),
        Some("not_permitted")
    );
    let lesson = by("hr/qian", event("staff/wu", "lesson", at("03-19")));
    assert_eq!(send(&mut runtime, lesson), Outcome::Stayed, "no permission binds lessons any more");
    let graded = by("hr/qian", event("staff/wu", "changed", at("03-19")).with("grade", "a"));
    assert_eq!(send(&mut runtime, graded), Outcome::Stayed);
    moved(&mut runtime, by("trainer/sun", exam("staff/wu", 85, at("03-20"))));
    check_told(&mut runtime, 0);
    // A late fact is judged by what counts when it is told, whoever says so.
    let mut late = by("hr/zhao", exam("staff/wu", 10, at("03-04")));
    late.id = Some("late".into());
    assert_eq!(reason(runtime.submit(late, at("03-21")).unwrap().outcome), Some("wrong_role"));
    check_told(&mut runtime, 0);
}

#[test]
fn a_duty_that_comes_later_is_not_owed_for_the_time_before() {
    let flow = "  talks: {label: 谈话, clause: \"1\", subject: staff, events: {talked: {by: hr}, hurt: {by: hr}}, on_event: {talked: record_only, hurt: record_only}}\n";
    let then = text("first") + flow;
    let now = text("first")
        + flow
        + "duties:\n  talk: {label: 月度谈话, clause: \"1\", subject: staff, every: month, due: last working day, done_by: talked, late: {notify: hr, message: 谈话逾期}}\n  report: {label: 事故报告, clause: \"1\", subject: staff, after: hurt, within: 24 wall hours, done_by: talked, late: {notify: hr, message: 报告逾期}}\n";
    let mut runtime = Runtime::new(policy_of(&then), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    assert_eq!(send(&mut runtime, event("staff/li", "hurt", at("03-04"))), Outcome::Stayed);
    let mut runtime = reopened(runtime, policy_of(&now));
    runtime.advance(at("04-10")).unwrap();
    let owed = |runtime: &mut Runtime<MemoryStore>| {
        let state = runtime.subject("staff/li").unwrap().unwrap();
        let due = runtime.policy().due_of(&state).into_iter();
        due.filter(|item| ["talk", "report"].contains(&&*item.of))
            .map(|item| item.what.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(owed(&mut runtime), Vec::<String>::new(), "neither March nor April had begun with it");
    check_told(&mut runtime, 0);
    assert_eq!(send(&mut runtime, event("staff/li", "hurt", at("04-11"))), Outcome::Stayed);
    runtime.advance(at("05-06")).unwrap();
    assert_eq!(owed(&mut runtime).len(), 2, "{:?}", owed(&mut runtime));
    check_told(&mut runtime, 0);
}

#[test]
fn planning_before_the_revision_is_adopted_tells_what_migrating_does() {
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    moved(&mut runtime, event("staff/li", "opened", at("03-02")));
    let mut runtime = reopened(runtime, policy("third"));
    // Known in the second of the last record already: the revision counts from the next one.
    let planned = runtime.plan(&migration(PLAN), at("03-02")).unwrap();
    assert_eq!((planned.moves.len(), runtime.adopted().unwrap().len()), (1, 1), "{}", planned.report);
    assert!(stands(&mut runtime, "staff/li").contains("培训中"));
    let done = runtime.migrate(&migration(PLAN), "hr/zhao", at("03-02")).unwrap();
    assert_eq!(done.moves, planned.moves);
    assert_eq!(runtime.adopted().unwrap()[1].known, at("03-02") + TimeDelta::seconds(1));
    assert_eq!(clocks(&mut runtime, "staff/li")["finish"].date_naive(), at("04-16").date_naive());
    check_folds(&mut runtime);
}

#[test]
fn nobody_sends_or_corrects_a_migration() {
    let mut runtime = li();
    let refused = send(&mut runtime, event("staff/li", "migrated", at("03-31")));
    assert_eq!(refused.refusal().map(|refusal| refusal.reason()), Some("unknown_event"));
    let id = runtime.records("staff/li").unwrap().last().unwrap().id.clone();
    let mut void = event("staff/li", "lesson", at("03-31"));
    (void.corrects, void.void, void.reason) = (Some(id), true, Some("x".into()));
    let refused = send(&mut runtime, void);
    assert_eq!(refused.refusal().map(|refusal| refusal.reason()), Some("wrong_shape"));
}

#[test]
fn a_migration_happens_whole_or_not_at_all() {
    // The limit of the new clock has no row for those without a grade: the world fails at the fortieth of fifty.
    let by_grade = text("third").replace(
        "roles:\n",
        "parameter_sets:\n  limits: {clause: \"1\", by: staff.grade, rows: {a: {finish: 45 calendar days}, b: {finish: 40 calendar days}}}\nroles:\n",
    );
    let by_grade = by_grade.replace("within: $finish_within", "within: $limits.finish");
    let mut runtime = Runtime::new(policy("first"), MemoryStore::new()).unwrap();
    for n in 0..50 {
        let grade = if n == 40 { None } else { Some("a") };
        let mut opened = event(&format!("staff/p{n:02}"), "opened", at("03-02"));
        if let Some(grade) = grade {
            opened = opened.with("grade", grade);
        }
        moved(&mut runtime, opened);
    }
    let mut runtime = reopened(runtime, policy_of(&by_grade));
    runtime.advance(at("03-10")).unwrap();
    let records = runtime.store().totals().unwrap().records;
    let error = runtime.migrate(&migration(PLAN), "hr/zhao", at("03-10")).unwrap_err();
    assert!(error.to_string().contains("limits.finish"), "{error}");
    assert_eq!(runtime.store().totals().unwrap().records, records, "nobody went over");
    assert_eq!(
        runtime.live().unwrap().iter().map(|live| (live.newest, live.cases)).collect::<Vec<_>>(),
        [(false, 50)]
    );
    check_folds(&mut runtime);
    let changed = event("staff/p40", "changed", at("03-10")).with("grade", "b");
    assert_eq!(send(&mut runtime, changed), Outcome::Stayed);
    let plan = runtime.migrate(&migration(PLAN), "hr/zhao", at("03-11")).unwrap();
    assert_eq!(plan.moves.len(), 50);
    check_folds(&mut runtime);
}

#[cfg(feature = "sqlite")]
#[test]
fn who_still_judges_by_another_revision_is_told_to_open_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = |revision: &str| {
        Runtime::new(policy(revision), SqliteStore::open(folder.path().join("store.db")).unwrap()).unwrap()
    };
    let (mut old, mut same) = (open("first"), open("first"));
    moved(&mut old, event("staff/li", "opened", at("03-02")));
    moved(&mut same, event("staff/wu", "opened", at("03-02")));
    assert_eq!(same.adopted().unwrap().len(), 1, "adopted once, whoever was first");
    let mut new = open("second");
    moved(&mut new, event("staff/he", "opened", at("03-03")));
    for runtime in [&mut old, &mut same] {
        let error = runtime.submit(exam("staff/li", 90, at("03-04")), at("03-04")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stale, "{error}");
    }
    moved(&mut new, exam("staff/li", 90, at("03-04")));
    assert_eq!(new.adopted().unwrap().len(), 2);
    // Who had only looked follows what was adopted meanwhile.
    let mut looking = open("third");
    let mut third = open("third");
    moved(&mut third, event("staff/xu", "opened", at("03-05")));
    moved(&mut looking, event("staff/yu", "opened", at("03-05")));
    assert_eq!(looking.adopted().unwrap().len(), 3);
    assert_eq!(stands(&mut looking, "staff/xu"), stands(&mut third, "staff/xu"));
    check_folds(&mut looking);
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn rulebook(args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_rulebook"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

const FOLDER: &str = "tests/policies/revisions";

/// The events of so many people who begin on a day, and of one exam that fails, as a file.
fn events_file(folder: &Path, people: std::ops::Range<usize>, day: &str) -> String {
    let path = folder.join(format!("{day}.jsonl"));
    let line = |n: usize| {
        let at = format!("2026-{day}T09:00:00+08:00");
        format!(
            "{{\"id\":\"o{n}\",\"at\":\"{at}\",\"subject\":\"staff/p{n:04}\",\"event\":\"opened\",\"by\":\"hr/zhao\"}}\n"
        )
    };
    let mut text: String = people.clone().map(line).collect();
    text.push_str(&format!(
        "{{\"id\":\"e\",\"at\":\"2026-{day}T10:00:00+08:00\",\"subject\":\"staff/p{:04}\",\"event\":\"exam\",\"by\":\"hr/zhao\",\"data\":{{\"score\":\"10 points\"}}}}\n",
        people.start
    ));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[cfg(feature = "sqlite")]
#[test]
fn the_command_checks_migrates_and_names_revisions() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let store = store.to_str().unwrap();
    let policy = |revision: &str| format!("{FOLDER}/{revision}");
    let first = events_file(folder.path(), 0..20, "03-02");
    let third = events_file(folder.path(), 20..25, "03-23");
    let ran = rulebook(&["run", &policy("first"), &first, "--store", store, "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("graph of revision"), "{}", ran.out);

    // Looking does not adopt.
    let checked = rulebook(&["check", &policy("third"), "--store", store, "--lang", "en"]);
    let first_revision = {
        let mut store = SqliteStore::open(store).unwrap();
        let log = store.adopted().unwrap();
        assert_eq!(log.len(), 1);
        log[0].revision[..8].to_owned()
    };
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    let told = format!("20 running cases of 入职培训 still follow the graph of revision {first_revision}");
    assert!(checked.out.contains(&told), "{}", checked.out);

    let ran = rulebook(&["run", &policy("third"), &third, "--store", store, "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(&told), "{}", ran.out);
    assert!(ran.out.contains(&format!("培训中 (graph of revision {first_revision})")), "{}", ran.out);
    let due = rulebook(&["due", &policy("third"), "--store", store, "--lang", "zh"]);
    assert!(due.out.contains(&format!("入职培训(按 {first_revision} 版流程)")), "{}{}", due.out, due.err);
    let args = ["explain", "staff/p0000", "--policy", &policy("third"), "--store", store, "--lang", "zh"];
    let explained = rulebook(&args);
    assert!(
        explained.out.contains(&format!("开始入职培训(按 {first_revision} 版流程)")),
        "{}",
        explained.out
    );
    let checked = rulebook(&["check", &policy("third"), "--store", store, "--lang", "zh"]);
    assert!(checked.out.contains("5 件在途的入职培训按这一版流程办理"), "{}", checked.out);
    assert!(
        checked.out.contains(&format!("20 件在途的入职培训仍按旧版 {first_revision} 的流程办理")),
        "{}",
        checked.out
    );

    let migrate = |plan: &str, more: &[&str]| {
        let plan = format!("{FOLDER}/plans/{plan}");
        let policy = policy("third");
        let mut args = vec!["migrate", &policy, &plan, "--store", store, "--lang", "en"];
        args.extend(more);
        rulebook(&args)
    };
    let lacking = migrate("lacking.yaml", &[]);
    assert_eq!(lacking.code, 3);
    for part in [
        "no state `learnin`",
        "did you mean `learning`",
        "`certified` is done",
        "`go_on` is no choice",
        "clock `take`",
        "such as staff/p0000",
        "nothing was moved",
    ] {
        assert!(lacking.out.contains(part), "{part}\n{}", lacking.out);
    }
    let dry = migrate("to_third.yaml", &["--dry-run"]);
    assert_eq!(dry.code, 0, "{}{}", dry.out, dry.err);
    for part in [
        "20 cases of 入职培训 would go over",
        "state 培训中 → 学习中: 19",
        "state 待补考 → 待补考: 1",
        "clock 完成培训 counted again by the new limit: 19",
        "clock 参加补考 stays due when it was: 1",
        "clock 指定导师 starts: 19",
    ] {
        assert!(dry.out.contains(part), "{part}\n{}", dry.out);
    }
    let again = migrate("to_third.yaml", &["--dry-run"]);
    assert_eq!(again.out, dry.out, "nothing was changed");
    let done = migrate("to_third.yaml", &["--by", "hr/zhao"]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(done.out, dry.out.replace("would go over", "went over").replace(" (nothing was changed)", ""));
    let again = migrate("to_third.yaml", &["--lang", "zh"]);
    assert_eq!(again.code, 2, "one language at a time");
    let again = migrate("to_third.yaml", &[]);
    assert_eq!(
        (again.code, again.out.trim()),
        (0, "Nothing to move: every running case of 入职培训 has the newest graph.")
    );
    let json = migrate("to_third.yaml", &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["moves"].as_array().map(Vec::len), Some(0));
    let explained = rulebook(&args);
    assert!(explained.out.contains(&format!("从 {first_revision} 版流程迁到")), "{}", explained.out);
    let missing = migrate("no_such.yaml", &[]);
    assert_eq!(missing.code, 2, "{}", missing.err);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_policy_that_cannot_carry_an_old_graph_on_is_refused_by_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let newest = folder.path().join("newest");
    std::fs::create_dir(&newest).unwrap();
    std::fs::write(newest.join("policy.yaml"), without_parameter()).unwrap();
    let store = folder.path().join("store.db");
    let (store, newest) = (store.to_str().unwrap(), newest.to_str().unwrap());
    let first = events_file(folder.path(), 0..2, "03-02");
    assert_eq!(rulebook(&["run", &format!("{FOLDER}/first"), &first, "--store", store]).code, 0);
    for verb in [
        vec!["check", newest, "--store", store],
        vec!["due", newest, "--store", store],
        vec!["run", newest, &first, "--store", store],
    ] {
        let mut args = verb;
        args.extend(["--lang", "en"]);
        let ran = rulebook(&args);
        assert_eq!(ran.code, 3, "{args:?} {}{}", ran.out, ran.err);
        let told = format!("{}{}", ran.out, ran.err);
        for part in [
            "error[old-graph]",
            "`onboarding` cannot be carried on",
            "error[unknown-parameter]",
            "policy.yaml:",
            "rulebook migrate",
        ] {
            assert!(told.contains(part), "{part}\n{told}");
        }
    }
    let plan = format!("{FOLDER}/plans/to_third.yaml");
    let ran = rulebook(&["migrate", newest, &plan, "--store", store, "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(rulebook(&["due", newest, "--store", store]).code, 0);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_migration_that_is_killed_is_whole_or_nothing_and_can_be_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = path.to_str().unwrap();
    let first = events_file(folder.path(), 0..1_000, "03-02");
    assert_eq!(rulebook(&["run", &format!("{FOLDER}/first"), &first, "--store", store]).code, 0);
    // Adopting takes a while of its own; here the migration is to be interrupted.
    let third = events_file(folder.path(), 1_000..1_001, "03-23");
    assert_eq!(rulebook(&["run", &format!("{FOLDER}/third"), &third, "--store", store]).code, 0);
    let migrated = || {
        let mut store = SqliteStore::open(store).unwrap();
        let names = store.subjects(None, "", usize::MAX).unwrap();
        let of = |store: &mut SqliteStore, name: &str| {
            store.records(name, 0).unwrap().iter().filter(|record| &*record.event == "migrated").count()
        };
        names.iter().map(|name| of(&mut store, name)).sum::<usize>()
    };
    let plan = format!("{FOLDER}/plans/to_third.yaml");
    let (mut nothing, mut killed) = (0, 0);
    for milliseconds in [20, 60, 120, 200, 300, 450, 700, 1_000] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rulebook"))
            .args(["migrate", &format!("{FOLDER}/third"), &plan, "--store", store])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        match migrated() {
            0 => nothing += 1,
            all => assert_eq!(all, 1_000, "after {milliseconds} ms"),
        }
    }
    assert!(nothing > 0 && killed > 0);
    assert_eq!(rulebook(&["migrate", &format!("{FOLDER}/third"), &plan, "--store", store]).code, 0);
    assert_eq!(migrated(), 1_000);
    let mut runtime = Runtime::new(
        Policy::load(Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join("third")).unwrap(),
        SqliteStore::open(&path).unwrap(),
    )
    .unwrap();
    assert!(runtime.live().unwrap().iter().all(|live| live.newest));
    check_folds(&mut runtime);
}
