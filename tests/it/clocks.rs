//! Clocks and host functions as an embedder sees them: what a breach leaves behind, what a trace shows.

use std::sync::Arc;

use rulebook::chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rulebook::rust_decimal::Decimal;
use rulebook::{
    Case, ClockEvent, EffectKind, Entry, Event, Lang, MemoryStore, Options, Policy, RoundStatus, Runtime,
    Store, Value,
};

const HEAD: &str = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\n";

/// A chat whose messages each wait for a reply; a ticket that a breach closes, with a second clock in the same state.
const CLOCKS: &str = r#"
roles: {anybody: {anyone: yes}}
subjects: {chat: {fields: {}}, ticket: {fields: {}}}
workflows:
  talk:
    subject: chat
    opens: {for_every: chat}
    events: {message: {by: anybody}, reply: {by: anybody}, stop: {by: anybody}}
    clocks: {answer: {starts: message, stops: reply, within: 5 wall minutes, sample: {credited_to: reply.by}}}
    states:
      open: {on_event: {message: record_only, reply: record_only, stop: over}}
      over: {done: yes}
  handling:
    subject: ticket
    opens: {for_every: ticket}
    events: {solve: {by: anybody}}
    states:
      waiting:
        clocks:
          first: {within: 1 wall hours, breached: {to: expired}}
          second: {within: 2 wall hours}
        on_event: {solve: solved}
      solved: {done: yes}
      expired: {done: yes}
"#;

fn policy(more: &str, options: &Options) -> Policy {
    let (policy, report) = Policy::report_texts(&[("t.yaml", &format!("{HEAD}{more}"))], options);
    policy.unwrap_or_else(|| panic!("{report}"))
}

fn nine() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 1, 0, 0).unwrap()
}

#[test]
fn a_clock_whose_breach_moves_the_case_was_never_met() {
    let mut runtime = Runtime::new(policy(CLOCKS, &Options::default()), MemoryStore::new()).unwrap();
    for ticket in ["ticket/1", "ticket/2"] {
        runtime.submit(Event::new("opened").to(ticket).at(nine()), nine()).unwrap();
    }
    let solved = nine() + TimeDelta::minutes(30);
    runtime.submit(Event::new("solve").to("ticket/2").by("anybody/x").at(solved), solved).unwrap();
    runtime.advance(nine() + TimeDelta::hours(3)).unwrap();
    let totals = runtime.store().totals().unwrap();
    let counts = |clock: &str| -> Vec<(String, u64)> {
        totals.clocks[clock].iter().map(|(word, count)| (word.to_string(), *count)).collect()
    };
    assert_eq!(counts("handling.first"), [("breached".to_owned(), 1), ("met".to_owned(), 1)]);
    assert_eq!(
        counts("handling.second"),
        [("met".to_owned(), 1)],
        "ended by the other's breach, it has no verdict"
    );
    let case = runtime.subject("ticket/1").unwrap().unwrap().cases[0].clone();
    let ended: Vec<RoundStatus> = case.finished.iter().map(|round| round.status).collect();
    assert_eq!(ended, [RoundStatus::Breached, RoundStatus::Cancelled]);
    let steps = runtime.story("ticket/1", None, None).unwrap();
    let told = rulebook::prose::story(runtime.policy(), &steps, Lang::En);
    assert!(told.contains("overdue") && !told.contains("done late"), "{told}");
    assert_eq!(told.matches("clock ended without verdict").count(), 1, "{told}");
}

#[test]
fn breached_rounds_that_nothing_stops_do_not_pile_up() {
    let policy = policy(CLOCKS, &Options::default());
    let mut chat = policy.unopened("chat/1").unwrap();
    policy.step(&mut chat, &Event::new("opened"), nine()).unwrap();
    let count = Case::BREACHED_KEPT + 40;
    let mut at = nine();
    let mut cancelled = 0;
    for _ in 0..count {
        at += TimeDelta::minutes(10);
        let step = policy.step(&mut chat, &Event::new("message").by("anybody/x"), at).unwrap();
        cancelled += step.clocks.iter().filter(|change| change.event == ClockEvent::Cancelled).count();
    }
    at += TimeDelta::minutes(10);
    let reply = policy.step(&mut chat, &Event::new("reply").by("anybody/y"), at).unwrap();
    cancelled += reply.clocks.iter().filter(|change| change.event == ClockEvent::Cancelled).count();
    assert_eq!(cancelled, 40, "the oldest end as they stand");
    let late = reply.clocks.iter().filter(|change| change.event == ClockEvent::MetLate).count();
    assert_eq!(late, Case::BREACHED_KEPT, "a late reply still answers the others");
    assert_eq!(chat.state().cases[0].rounds.len(), 0);
}

const HOSTED: &str = r#"
roles: {anybody: {anyone: yes}}
functions: {credit_limit: {params: {who: text}, returns: yuan, host: yes}}
subjects: {customer: {fields: {name: text}}}
workflows:
  ordering:
    subject: customer
    opens: {for_every: customer}
    events: {ordered: {by: anybody, data: {amount: yuan}}}
    states:
      open: {on_event: {ordered: [{if: "event.amount <= credit_limit(customer.name)", to: delivered}, {otherwise: refused}]}}
      delivered: {done: yes}
      refused: {done: yes}
"#;

#[test]
fn a_trace_shows_what_a_host_function_answered() {
    let mut options = Options::default();
    let limit: rulebook::HostFunction = Arc::new(|_: &[Value]| Ok(rulebook::yuan(5_000)));
    options.functions.insert("credit_limit".into(), limit);
    let mut runtime = Runtime::new(policy(HOSTED, &options), MemoryStore::new()).unwrap();
    let opened = Event::new("opened").to("customer/1").with("name", "wang").at(nine());
    runtime.submit(opened, nine()).unwrap();
    let later = nine() + TimeDelta::hours(1);
    let ordered =
        Event::new("ordered").to("customer/1").by("anybody/x").with("amount", rulebook::yuan(800)).at(later);
    let step = runtime.submit(ordered, later).unwrap();
    let answer = |step: &rulebook::Step| {
        step.trace.entries.iter().find_map(|entry| match entry {
            Entry::Guard { reads, .. } => {
                reads.answers.iter().find(|(path, _)| path.starts_with("credit_limit")).cloned()
            }
            _ => None,
        })
    };
    let (path, value) = answer(&step).unwrap();
    assert_eq!((path.as_ref(), &value), ("credit_limit(wang)", &rulebook::yuan(Decimal::from(5_000))));
    let told = step.trace.explain(runtime.policy(), Lang::Zh);
    assert!(told.contains("credit_limit(wang)") && told.contains("5,000 元"), "{told}");
    // Folded again, from what is kept, the trace is the same.
    let again = runtime.story("customer/1", None, None).unwrap();
    assert_eq!(again.iter().find_map(answer), Some((path, value)));
}

/// Everybody is told without a message: of a clock before, at and after its due instant, of a duty, and on an event.
const SILENT: &str = r#"
roles: {anybody: {anyone: yes}, lead: {held_by: {zhou: {}}}}
subjects: {ticket: {fields: {}}}
translations: {en: {答复: reply, 处理: handling, 周报: weekly report}}
workflows:
  handling:
    label: 处理
    subject: ticket
    opens: {for_every: ticket}
    events: {answered: {by: anybody}, filed: {by: anybody}}
    states:
      open:
        clocks:
          answer: {label: 答复, within: 2 wall hours, warn: {at: 50%, notify: lead}, breached: {notify: lead, to: late}}
        on_event: {answered: closed, filed: record_only}
      late:
        effects: [{notify: lead}]
        clocks: {close: {within: 1 wall hours, breached: {effects: [{notify: lead}]}, escalate: {after: 1 wall hours, notify: lead}}}
        on_event: {answered: [{to: closed, effects: [{notify: lead}]}], filed: record_only}
      closed: {done: yes}
duties: {report: {label: 周报, subject: ticket, every: 每周, due: 1st working day, done_by: filed, late: {notify: lead}, done_late: {notify: lead}}}
"#;

#[test]
fn a_notice_without_a_message_says_what_it_is_about() {
    let mut runtime = Runtime::new(policy(SILENT, &Options::default()), MemoryStore::new()).unwrap();
    runtime.submit(Event::new("opened").to("ticket/1").at(nine()), nine()).unwrap();
    for (name, hours) in [("filed", 10), ("answered", 11)] {
        let at = nine() + TimeDelta::hours(hours);
        runtime.advance(at).unwrap();
        runtime.submit(Event::new(name).to("ticket/1").by("anybody/chen").at(at), at).unwrap();
    }
    let told: Vec<(String, String)> = runtime
        .outbox(100)
        .unwrap()
        .iter()
        .map(|effect| match &effect.kind {
            EffectKind::Notify { message: Some(said), .. } => {
                (said.own.to_string(), said.en.as_ref().unwrap().to_string())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(own, en)| (own.as_str(), en.as_str())).collect();
    assert_eq!(
        told,
        [
            ("ticket/1「答复」应在 2026-03-02 11:00 以前完成", "ticket/1: reply is due 2026-03-02 11:00"),
            ("ticket/1「处理」有新的情况,请查看", "ticket/1: something new in handling; please look"),
            (
                "ticket/1「答复」超时: 应在 2026-03-02 11:00 以前完成",
                "ticket/1: reply was due 2026-03-02 11:00 and is overdue",
            ),
            (
                "ticket/1「close」超时: 应在 2026-03-02 12:00 以前完成",
                "ticket/1: close was due 2026-03-02 12:00 and is overdue",
            ),
            (
                "ticket/1「close」超时后仍未完成: 应在 2026-03-02 12:00 以前完成",
                "ticket/1: close was due 2026-03-02 12:00 and is still not done",
            ),
            (
                "ticket/1「周报 2026-W10」逾期: 应在 2026-03-02 18:00 以前完成",
                "ticket/1: weekly report 2026-W10 was due 2026-03-02 18:00 and is late",
            ),
            (
                "ticket/1「周报 2026-W10」逾期完成: 应在 2026-03-02 18:00 以前完成",
                "ticket/1: weekly report 2026-W10 was due 2026-03-02 18:00 and was done late",
            ),
            ("ticket/1「处理」有新的情况,请查看", "ticket/1: something new in handling; please look"),
        ]
    );
}
