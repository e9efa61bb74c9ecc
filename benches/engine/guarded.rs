//! One guarded step, as small as a policy can be: two states, every event moves the case after asking a guard over the
//! event, a field and a parameter. Beside it the same guard by hand, and the same guard in rhai compiled once.

use chrono::{DateTime, TimeDelta, Utc};
use rhai::{AST, Engine, Scope};
use rulebook::{Event, Options, Outcome, Policy, Subject};

const POLICY: &str = r#"
policy: {id: guarded, title: 敲门, version: "1", effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
parameters:
  limit: {value: 2}
subjects:
  door: {fields: {size: integer}}
workflows:
  knocking:
    subject: door
    opens: {for_every: door}
    events:
      knock: {data: {n: integer}}
    states:
      shut: {on_event: {knock: [{if: "event.n >= $limit && door.size < 5", to: open}, {otherwise: record_only}]}}
      open: {on_event: {knock: [{if: "event.n >= $limit && door.size < 5", to: shut}, {otherwise: record_only}]}}
      gone: {done: true}
"#;

/// How many steps are taken in a row.
pub const STEPS: u64 = 100;

/// The policy, an opened door, and the events that move it.
pub struct Knocks {
    policy: Policy,
    door: Subject,
    events: Vec<(Event, DateTime<Utc>)>,
}

impl Knocks {
    /// `named`: the sender gives each event an id, instead of leaving it to a hash of the content.
    pub fn new(named: bool) -> Knocks {
        let policy = Policy::from_texts(&[("guarded.yaml", POLICY)], &Options::default())
            .unwrap_or_else(|report| panic!("{report}"));
        let opened: DateTime<Utc> = "2026-03-02T09:00:00+08:00".parse().expect("an instant");
        let door = policy.subject("door/1", [("size", 3_i64)], opened).expect("a door");
        let events = (1..=STEPS)
            .map(|n| {
                let at = opened + TimeDelta::seconds(n as i64);
                let event = Event::new("knock").by("guest/1").with("n", 5_i64).at(at);
                (if named { event.id(format!("knock-{n}")) } else { event }, at)
            })
            .collect();
        Knocks { policy, door, events }
    }

    /// A door that nobody knocked at.
    pub fn door(&self) -> Subject {
        self.door.clone()
    }

    /// Every event, each of which moves.
    pub fn step(&self, door: &mut Subject) {
        for (event, at) in &self.events {
            let step = self.policy.step(door, event, *at).expect("a step");
            assert_eq!(step.outcome, Outcome::Moved);
        }
    }
}

/// What a programmer would write: the guard and the move, without record, trace or refusal.
pub fn by_hand(n: i64, limit: i64, size: i64) -> u64 {
    let mut open = false;
    let mut moved = 0;
    for _ in 0..STEPS {
        if std::hint::black_box(n) >= limit && size < 5 {
            open = !open;
            moved += 1;
        }
    }
    moved + u64::from(std::hint::black_box(open))
}

/// The guard as rhai runs it.
pub struct Scripted {
    engine: Engine,
    guard: AST,
}

impl Scripted {
    /// Compiled once.
    pub fn new() -> Scripted {
        let engine = Engine::new();
        let guard = engine.compile_expression("n >= limit && size < 5").expect("a condition");
        Scripted { engine, guard }
    }

    /// As often as the steps are taken.
    pub fn moves(&self, n: i64, limit: i64, size: i64) -> u64 {
        let mut moved = 0;
        for _ in 0..STEPS {
            let mut scope = Scope::new();
            scope.push("n", n).push("limit", limit).push("size", size);
            if self.engine.eval_ast_with_scope::<bool>(&mut scope, &self.guard).expect("a yes or no") {
                moved += 1;
            }
        }
        moved
    }
}
