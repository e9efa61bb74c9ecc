//! Random statecharts, played on the engine and on a second interpreter that is plain and slow, and must do the same.
//!
//! The second one (`chart_reference/machine.rs`) is written after W3C SCXML 1.0 and shares no code with the engine. What a
//! policy says differently from SCXML, and what the second one therefore does differently from the recommendation:
//!
//! - A transition from a state to itself, or into an atomic state that is active already, leaves nothing unless it says
//!   `reenter: yes`; then it is external as in SCXML. Other transitions are internal in SCXML's sense (from a compound state
//!   to what is inside it), unless they re-enter.
//! - The workflow has transitions of its own, asked last. It is around everything: they leave all that is active.
//! - A `refuse`, or a condition that nobody can decide, found from any active atomic state refuses the event for the whole
//!   case; then nothing happens. So does an event that no active state lists (`not_in_this_state`), and one that is listed
//!   while no condition holds (`guard`).
//! - The case is done when an outermost `done` state is entered; what was raised before and waits comes to nothing.
//! - `to: x, history: deep` (or `shallow`) leads to the history state of x, whose default is where x begins: its initial
//!   state, or all its regions.
//! - `completed:` of x are transitions for `done.state.x` that x alone has, and that are only taken while x is still
//!   complete: what was raised before may have led out of an end again.
//! - Raised events and completions are one queue, first come first, served before the next event; beyond a hundred the
//!   engine calls it a circle, and nothing of the step holds.
//! - `compensate: yes` makes good what states left before have done, the latest first, between leaving and the effects of
//!   the transitions; what is being left counts only from then on.
//! - `allowed: 2` counts every entering, and a transition that stays in the state. A transition that would enter a state too
//!   often leads to its `when_used_up` instead; where that leaves what an earlier transition of the step leaves, the earlier
//!   one goes.
//!
//! Left out of the charts: clocks and `lasts_at_least`, which SCXML does not know.
//! `PROPTEST_CASES` sets the number of charts of a longer run; each is played with one to four sequences of events.

mod machine;
mod random;
mod tree;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rulebook::chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rulebook::{
    EffectKind, Error, Event, GraphFormat, Lang, Options, Outcome, Policy, Report, Step, Subject, Value,
};

use machine::{Datum, Machine, Told};
use random::{EVENTS, Played, played};
use tree::Node;

type Sequence = [(&'static str, Datum)];

fn load(root: &Node) -> Result<Policy, Report> {
    Policy::from_texts(&[("chart.yaml", tree::policy_text(root, &EVENTS))], &Options::default())
}

fn minute(minute: usize) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 1, 0, 0).unwrap() + TimeDelta::minutes(minute as i64)
}

/// What is sent, in order: the opening first.
fn sent(n: Option<i64>, sequence: &Sequence) -> Vec<Event> {
    let mut opened = Event::new("opened").by("clerk/1");
    if let Some(n) = n {
        opened = opened.with("n", n);
    }
    let rest = sequence.iter().map(|(name, datum)| {
        let event = Event::new(*name).by("clerk/1").with("k", datum.k);
        datum.hint.into_iter().fold(event, |event, hint| event.with("hint", hint))
    });
    let all = [opened].into_iter().chain(rest).enumerate();
    all.map(|(idx, event)| event.id(format!("e{idx}")).at(minute(idx))).collect()
}

fn told(step: &Step) -> Told {
    let names = |states: &[std::sync::Arc<str>]| states.iter().map(ToString::to_string).collect();
    Told {
        outcome: match &step.outcome {
            Outcome::Moved => "moved".to_owned(),
            Outcome::Stayed => "stayed".to_owned(),
            Outcome::Repeated => "repeated".to_owned(),
            Outcome::Refused(why) => why.reason().to_owned(),
        },
        moves: step.moved.iter().map(|moved| (names(&moved.from), names(&moved.to))).collect(),
        calls: step
            .effects
            .iter()
            .map(|effect| match &effect.kind {
                EffectKind::Call { name, .. } => name.to_string(),
                other => format!("{other:?}"),
            })
            .collect(),
    }
}

/// What came of sequences, for counting.
#[derive(Debug, Default)]
struct Count {
    outcomes: BTreeMap<String, usize>,
    seen: BTreeMap<&'static str, usize>,
    /// Steps of several moves.
    chained: usize,
    calls: usize,
    circles: usize,
    done: usize,
}

impl Count {
    fn hear(&mut self, told: &Told) {
        *self.outcomes.entry(told.outcome.clone()).or_default() += 1;
        self.chained += usize::from(told.moves.len() > 1);
        self.calls += told.calls.len();
    }

    fn end(&mut self, machine: &Machine<'_>) {
        self.done += usize::from(!machine.running);
        for (what, times) in &machine.seen {
            *self.seen.entry(what).or_default() += times;
        }
    }
}

/// Plays a sequence on both and compares after each event; gives what was kept, in order, and the subject.
fn play(policy: &Policy, played: &Played, sequence: &Sequence, count: &mut Count) -> (Vec<Event>, Subject) {
    let mut reference = Machine::new(&played.root, played.n);
    let mut subject = policy.unopened("o/1").unwrap();
    let mut kept = Vec::new();
    let text = || tree::policy_text(&played.root, &EVENTS);
    for (idx, event) in sent(played.n, sequence).into_iter().enumerate() {
        let before = reference.clone();
        let expected = match idx {
            0 => reference.start(),
            _ => reference.send(sequence[idx - 1].0, &sequence[idx - 1].1),
        };
        let so_far = || format!("event {idx} of {sequence:?}, n = {:?}\n{}", played.n, text());
        let found: Result<Step, Error> = policy.step(&mut subject, &event, minute(idx));
        let (expected, step) = match (expected, found) {
            (Ok(expected), Ok(step)) => (expected, step),
            (Err(machine::Circle), Err(_)) => {
                reference = before;
                count.circles += 1;
                // Nothing of the step holds; where it is the opening, there is nothing to go on with.
                match idx {
                    0 => break,
                    _ => continue,
                }
            }
            (expected, found) => {
                panic!("{}: {expected:?} against {:?}", so_far(), found.map(|step| told(&step)))
            }
        };
        assert_eq!(told(&step), expected, "left: the engine, right: the reference; {}", so_far());
        let active: Vec<String> =
            subject.configuration(policy, "w").iter().map(ToString::to_string).collect();
        assert_eq!(active, reference.active(), "active states; {}", so_far());
        assert_eq!(machine::illegal(&played.root, &reference.configuration), None, "{}", so_far());
        let n = subject.field(policy, "n").cloned();
        assert_eq!(n, Some(reference.n.map_or(Value::Absent, Value::from)), "n; {}", so_far());
        kept.push(event);
        count.hear(&expected);
    }
    count.end(&reference);
    (kept, subject)
}

fn config() -> ProptestConfig {
    // The number of cases that the environment asks for, else enough for each run of the tests.
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(600),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_engine_does_what_the_reference_does(played in played()) {
        // A chart that does not load has nothing to compare; another test sees to it that most do.
        if let Ok(policy) = load(&played.root) {
            for sequence in &played.sequences {
                play(&policy, &played, sequence, &mut Count::default());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases / 5, ..config() })]

    #[test]
    fn any_delivery_and_any_fold_of_a_sequence_give_the_same_state(
        played in played(),
        swaps in prop::collection::vec(any::<Index>(), 12),
    ) {
        let Ok(policy) = load(&played.root) else { return Ok(()) };
        let sequence = &played.sequences[0][..played.sequences[0].len().min(swaps.len())];
        let (kept, subject) = play(&policy, &played, sequence, &mut Count::default());
        let folded = policy.fold("o/1", subject.records(), None, None).unwrap();
        prop_assert_eq!(folded.state(), subject.state());
        let mut shuffled = kept.clone();
        for (idx, swap) in swaps.iter().enumerate().take(shuffled.len()) {
            let other = swap.index(shuffled.len());
            shuffled.swap(idx, other);
        }
        let mut crooked = policy.unopened("o/1").unwrap();
        for event in &shuffled {
            // Where something is still missing, what is there may go in a circle; then it cannot be delivered now.
            if policy.step(&mut crooked, event, minute(60)).is_err() {
                return Ok(());
            }
        }
        prop_assert_eq!(crooked.state(), subject.state(), "{}", tree::policy_text(&played.root, &EVENTS));
    }
}

#[test]
fn most_random_charts_load_and_move_in_every_way() {
    let mut runner = TestRunner::deterministic();
    let (mut loaded, mut count) = (0, Count::default());
    for _ in 0..300 {
        let played = played().new_tree(&mut runner).unwrap().current();
        let Ok(policy) = load(&played.root) else { continue };
        loaded += 1;
        for sequence in &played.sequences {
            play(&policy, &played, sequence, &mut count);
        }
        let drawn = policy.graph(Some("w"), GraphFormat::Dot, Lang::En).unwrap();
        assert!(layout::gv::DotParser::new(&drawn).process().is_ok(), "{drawn}");
    }
    assert!(loaded >= 285, "only {loaded} of 300 random charts load");
    for (outcome, least) in
        [("moved", 1_000), ("stayed", 300), ("guard", 100), ("undecided", 50), ("not_in_this_state", 300)]
    {
        let times = count.outcomes.get(outcome).copied().unwrap_or_default();
        assert!(times >= least, "only {times} events {outcome}: {count:#?}");
    }
    assert!(count.seen.len() == 14, "{count:#?}");
    for (what, times) in &count.seen {
        assert!(*times >= 10, "only {times} {what}: {count:#?}");
    }
    assert!(count.calls >= 3_000 && count.chained >= 100 && count.done >= 10, "{count:#?}");
    assert!(count.circles >= 5 && count.circles <= 500, "{count:#?}");
}
