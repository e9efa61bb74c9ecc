//! Statecharts: each feature as the W3C's SCXML recommendation (1 September 2015) has it. A test is named after the section
//! it follows; a row is an event and what it did: states left and entered, effects in order, states then.

use rulebook::chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rulebook::{Code, EffectKind, Event, Options, Outcome, Policy, Step, Subject};

const HEAD: &str = "policy: {id: chart, title: 状态图, version: \"1\", effective: 2026-01-01, timezone: Asia/Shanghai, \
                    calendar: cn-office}\nroles: {clerk: {anyone: yes}}\n";

fn policy(text: &str) -> Policy {
    let text = format!("{HEAD}{text}");
    Policy::from_texts(&[("chart.yaml", &text)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"))
}

fn mistakes(text: &str) -> Vec<Code> {
    let text = format!("{HEAD}{text}");
    match Policy::from_texts(&[("chart.yaml", &text)], &Options::default()) {
        Ok(_) => Vec::new(),
        Err(report) => report.diagnostics.iter().map(|found| found.code).collect(),
    }
}

fn minute(minute: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 1, 0, 0).unwrap() + TimeDelta::minutes(minute)
}

/// One line for a step: `a b > c d | effect effect`, or `refused: why`.
fn told(step: &Step) -> String {
    if let Outcome::Refused(why) = &step.outcome {
        return format!("refused: {}", why.reason());
    }
    let moved = step.moved.iter().map(|moved| format!("{} > {}", moved.from.join(" "), moved.to.join(" ")));
    let mut line = moved.collect::<Vec<_>>().join("; ");
    let effects: Vec<&str> = step
        .effects
        .iter()
        .map(|effect| match &effect.kind {
            EffectKind::Call { name, .. } => name.as_ref(),
            _ => "told",
        })
        .collect();
    if !effects.is_empty() {
        line.push_str(" | ");
        line.push_str(&effects.join(" "));
    }
    line
}

/// Plays events one minute apart and compares each line, and the states after all of them.
fn play(text: &str, rows: &[(&str, &str)], then: &str) {
    let policy = policy(text);
    let mut subject = policy.unopened("o/1").unwrap();
    for (idx, (event, expected)) in rows.iter().enumerate() {
        let event = Event::new(*event).by("clerk/1").at(minute(idx as i64));
        let step = policy.step(&mut subject, &event, minute(idx as i64)).unwrap();
        assert_eq!(told(&step), *expected, "row {idx}: {}", event.name);
    }
    assert_eq!(states(&policy, &subject), then);
    in_any_order(&policy, &subject, rows);
}

fn states(policy: &Policy, subject: &Subject) -> String {
    subject.configuration(policy, "w").join(" ")
}

/// The same records, the last first, give the same state.
fn in_any_order(policy: &Policy, subject: &Subject, rows: &[(&str, &str)]) {
    let mut backwards = policy.unopened("o/1").unwrap();
    let now = minute(rows.len() as i64);
    for (idx, (event, _)) in rows.iter().enumerate().rev() {
        let event = Event::new(*event).by("clerk/1").at(minute(idx as i64));
        policy.step(&mut backwards, &event, now).unwrap();
    }
    assert_eq!(backwards.state().cases, subject.state().cases);
}

const CALLS: &str = "{call: NAME}";

/// `+x` and `-x` as effects on entering and leaving each state named so in the text: `IN(x)`, `OUT(x)`.
fn with_calls(text: &str) -> String {
    let mut text = text.to_owned();
    for name in "abcdefghijklmnopqrstuvwxyz".chars() {
        let enter = CALLS.replace("NAME", &format!("+{name}"));
        let leave = CALLS.replace("NAME", &format!("-{name}"));
        text = text.replace(&format!("IN({name})"), &format!("effects: [{enter}]"));
        text = text.replace(&format!("OUT({name})"), &format!("on_leave: [{leave}]"));
    }
    text
}

#[test]
fn section_3_3_a_compound_state_enters_its_initial_state() {
    let text = with_calls(
        "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {by: clerk}, on: {by: clerk}}\n    states:\n\
         \x20     a: {IN(a), OUT(a), on_event: {go: b}}\n\
         \x20     b:\n        IN(b)\n        OUT(b)\n        initial: d\n        on_event: {on: a}\n        states:\n\
         \x20         c: {IN(c), OUT(c)}\n          d: {IN(d), OUT(d), on_event: {go: c}}\n",
    );
    play(
        &text,
        &[
            ("opened", " > a | +a"),
            ("go", "a > b d | -a +b +d"),
            ("go", "d > c | -d +c"),
            ("go", "refused: not_in_this_state"),
            ("on", "b c > a | -c -b +a"),
            ("go", "a > b d | -a +b +d"),
        ],
        "b d",
    );
}

#[test]
fn section_3_4_a_parallel_state_enters_and_leaves_all_its_regions() {
    let text = with_calls(
        "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {by: clerk}, on: {by: clerk}, off: {by: clerk}}\n    states:\n\
         \x20     p:\n        parallel: yes\n        IN(p)\n        OUT(p)\n        on_event: {off: z}\n        states:\n\
         \x20         a: {IN(a), OUT(a), states: {b: {IN(b), OUT(b), on_event: {go: c}}, c: {IN(c), OUT(c), on_event: {go: record_only}}}}\n\
         \x20         d: {IN(d), OUT(d), states: {e: {IN(e), OUT(e), on_event: {go: f, on: f}}, f: {IN(f), OUT(f), on_event: {go: e}}}}\n\
         \x20     z: {IN(z), done: yes}\n",
    );
    play(
        &text,
        &[
            ("opened", " > p a b d e | +p +a +b +d +e"),
            // One event moves both regions, left from the inside out, entered in document order.
            ("go", "b e > c f | -e -b +c +f"),
            // Only the second region moves; the first records.
            ("go", "f > e | -f +e"),
            ("on", "e > f | -e +f"),
            ("on", "refused: not_in_this_state"),
            ("off", "p a c d f > z | -f -d -c -a -p +z"),
        ],
        "z",
    );
}

#[test]
fn section_3_5_an_internal_transition_leaves_what_is_inside_only_an_external_one_the_state_too() {
    let text = with_calls(
        "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {inner: {by: clerk}, outer: {by: clerk}, same: {by: clerk}, again: {by: clerk}, next: {by: clerk}}\n    states:\n\
         \x20     b:\n        IN(b)\n        OUT(b)\n        on_event:\n          inner: c\n          outer: [{to: c, reenter: yes}]\n          same: b\n          again: [{to: b, reenter: yes}]\n        states:\n\
         \x20         c: {IN(c), OUT(c), on_event: {next: d}}\n          d: {IN(d), OUT(d)}\n",
    );
    play(
        &text,
        &[
            ("opened", " > b c | +b +c"),
            ("next", "c > d | -c +d"),
            ("inner", "d > c | -d +c"),
            ("outer", "b c > b c | -c -b +b +c"),
            ("next", "c > d | -c +d"),
            // To itself, without `reenter`, nothing is left: a policy's `otherwise` never restarts a clock.
            ("same", ""),
            ("again", "b d > b c | -d -b +b +c"),
        ],
        "b c",
    );
}

#[test]
fn section_3_7_final_states_complete_what_is_around_them() {
    let text = with_calls(
        "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {x: {by: clerk}, y: {by: clerk}}\n    states:\n\
         \x20     p:\n        parallel: yes\n        completed: [{to: z, effects: [{call: joined}]}]\n        states:\n\
         \x20         a: {completed: [{effects: [{call: left}]}], states: {b: {on_event: {x: c}}, c: {IN(c), done: yes}}}\n\
         \x20         d: {states: {e: {on_event: {y: f}}, f: {IN(f), done: yes}}}\n\
         \x20     z: {done: yes}\n",
    );
    play(
        &text,
        &[
            ("opened", " > p a b d e"),
            // A region that is complete stays as it is; `completed` of the region is told once.
            ("x", "b > c | +c left"),
            ("x", "refused: not_in_this_state"),
            ("y", "e > f; p a c d f > z | +f joined"),
            ("y", "refused: not_open"),
        ],
        "z",
    );
}

#[test]
fn section_3_8_and_3_9_leaving_goes_inside_out_entering_outside_in_with_the_transition_between() {
    let text = with_calls(
        "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {by: clerk}}\n    states:\n\
         \x20     a:\n        IN(a)\n        OUT(a)\n        states:\n          b: {IN(b), OUT(b), states: {c: {IN(c), OUT(c), on_event: {go: [{to: f, effects: [{call: way}]}]}}}}\n\
         \x20     d: {IN(d), OUT(d), states: {e: {IN(e), OUT(e), states: {f: {IN(f), OUT(f)}}}}}\n",
    );
    play(
        &text,
        &[("opened", " > a b c | +a +b +c"), ("go", "a b c > d e f | -c -b -a way +d +e +f")],
        "d e f",
    );
}

#[test]
fn section_3_10_history_comes_back_shallow_or_deep() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {next: {by: clerk}, anew: {by: clerk}, out: {by: clerk}, deep: {by: clerk}, shallow: {by: clerk}}\n    states:\n\
         \x20     h:\n        on_event: {deep: [{to: a, history: deep}], shallow: [{to: a, history: shallow}], anew: a}\n\
         \x20     a:\n        on_event: {out: h}\n        states:\n\
         \x20         b: {on_event: {next: c}}\n          c:\n            states:\n              d: {on_event: {next: e}}\n              e: {on_event: {next: record_only}}\n";
    play(
        text,
        &[
            ("opened", " > h"),
            // Nothing is remembered yet: the initial states.
            ("deep", "h > a b"),
            ("next", "b > c d"),
            ("next", "d > e"),
            ("out", "a c e > h"),
            ("shallow", "h > a c d"),
            ("next", "d > e"),
            ("out", "a c e > h"),
            ("deep", "h > a c e"),
            ("out", "a c e > h"),
            ("anew", "h > a b"),
        ],
        "a b",
    );
}

#[test]
fn section_3_10_history_of_a_parallel_state_brings_back_every_region() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {x: {by: clerk}, y: {by: clerk}, out: {by: clerk}, back: {by: clerk}}\n    states:\n\
         \x20     p:\n        parallel: yes\n        on_event: {out: h}\n        states:\n\
         \x20         a: {states: {b: {on_event: {x: c}}, c: {on_event: {x: b}}}}\n\
         \x20         d: {states: {e: {on_event: {y: f}}, f: {on_event: {y: e}}}}\n\
         \x20     h: {on_event: {back: [{to: p, history: deep}]}}\n";
    play(
        text,
        &[
            ("opened", " > p a b d e"),
            ("x", "b > c"),
            ("out", "p a c d e > h"),
            ("back", "h > p a c d e"),
            ("y", "e > f"),
            ("out", "p a c d f > h"),
            ("back", "h > p a c d f"),
        ],
        "p a c d f",
    );
}

#[test]
fn section_3_10_history_that_remembers_nothing_yet_leads_inside_the_state_not_anew_into_it() {
    let text = with_calls(
        "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {next: {by: clerk}, back: {by: clerk}}\n    states:\n\
         \x20     a:\n        IN(a)\n        OUT(a)\n        states:\n\
         \x20         b: {IN(b), OUT(b), on_event: {next: c}}\n\
         \x20         c: {IN(c), OUT(c), on_event: {back: [{to: a, history: deep}]}}\n",
    );
    // The history state of a stands inside a, and so does its default: a itself is not left.
    play(&text, &[("opened", " > a b | +a +b"), ("next", "b > c | -b +c"), ("back", "c > b | -c +b")], "a b");
}

#[test]
fn section_3_10_history_of_a_parallel_state_that_remembers_nothing_yet_leads_into_every_region() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {next: {by: clerk}, back: {by: clerk}}\n    states:\n\
         \x20     h: {on_event: {back: [{to: p, history: deep}]}}\n\
         \x20     p:\n        parallel: yes\n        states:\n\
         \x20         a: {states: {b: {on_event: {next: c}}, c: {on_event: {back: [{to: p, history: shallow}]}}}}\n\
         \x20         d: {states: {e: {on_event: {next: f}}, f: {}}}\n";
    play(
        text,
        &[
            ("opened", " > h"),
            ("back", "h > p a b d e"),
            ("next", "b e > c f"),
            // Nothing inside p is around all regions: p is left, and comes back by default.
            ("back", "p a c d f > p a b d e"),
        ],
        "p a b d e",
    );
}

#[test]
fn section_3_13_the_innermost_transition_goes_first_and_document_order_decides() {
    let text = "subjects: {o: {fields: {n: integer}}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {by: clerk}, all: {by: clerk}, twice: {by: clerk}}\n    on_event: {go: z, all: z}\n    states:\n\
         \x20     a:\n        on_event: {go: y}\n        states:\n          b: {on_event: {go: [{if: \"1 > 2 && o.n > 1\", to: c}, {if: \"1 < 2\", to: d}]}}\n          c: {on_event: {twice: record_only}}\n          d: {on_event: {twice: c}}\n\
         \x20     y: {done: yes}\n      z: {done: yes}\n";
    let text = text.replace(
        "{if: \"1 > 2 && o.n > 1\", to: c}, {if: \"1 < 2\", to: d}",
        "{if: o.n > 1, to: c}, {otherwise: d}",
    );
    let policy = policy(&text);
    let open = |n: i64| policy.subject("o/1", [("n", rulebook::Value::from(n))], minute(0)).unwrap();
    for (n, after) in [(2, "a c"), (1, "a d")] {
        let mut subject = open(n);
        policy.step(&mut subject, &Event::new("go").by("clerk/1"), minute(1)).unwrap();
        assert_eq!(states(&policy, &subject), after);
    }
    // Where the inner state says nothing, the state around it answers, and last the workflow.
    let mut subject = open(2);
    for (minutes, after) in [(1, "a c"), (2, "y")] {
        policy.step(&mut subject, &Event::new("go").by("clerk/1"), minute(minutes)).unwrap();
        assert_eq!(states(&policy, &subject), after);
    }
    let mut subject = open(2);
    policy.step(&mut subject, &Event::new("all").by("clerk/1"), minute(1)).unwrap();
    assert_eq!(states(&policy, &subject), "z");
}

#[test]
fn section_3_13_of_transitions_that_leave_the_same_state_one_is_taken() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {one: {by: clerk}, two: {by: clerk}, both: {by: clerk}}\n    states:\n\
         \x20     p:\n        parallel: yes\n        on_event: {both: z}\n        states:\n\
         \x20         a: {states: {b: {on_event: {one: y, both: c}}, c: {on_event: {two: record_only}}}}\n\
         \x20         d: {states: {e: {on_event: {one: x, two: f}}, f: {on_event: {two: e}}}}\n\
         \x20     x: {done: yes}\n      y: {done: yes}\n      z: {done: yes}\n";
    // Both regions would leave everything: the first in document order does.
    play(text, &[("opened", " > p a b d e"), ("one", "p a b d e > y")], "y");
    // Further in goes before further out: the state around both regions does not move.
    play(text, &[("opened", " > p a b d e"), ("both", "b > c"), ("both", "p a c d e > z")], "z");
}

#[test]
fn section_3_13_completions_and_raised_events_come_before_the_next_event_in_the_order_they_arose() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {by: clerk}, ping: {}, pong: {}}\n    states:\n\
         \x20     a:\n        completed: [{to: e, effects: [{call: completed}]}]\n        states:\n\
         \x20         b: {on_event: {go: [{to: c, effects: [{raise: ping}]}]}}\n\
         \x20         c: {done: yes, effects: [{raise: pong}]}\n        on_event: {ping: [{effects: [{call: ping}]}], pong: [{effects: [{call: pong}]}]}\n\
         \x20     e: {on_event: {pong: [{effects: [{call: late}]}]}}\n";
    // ping was raised on the way, pong on entering, then the completion.
    play(text, &[("opened", " > a b"), ("go", "b > c; a c > e | ping pong completed")], "e");
}

/// Here the recommendation would go on: its completion is an event like any other. A contract would pass unreviewed.
#[test]
fn what_is_not_complete_any_more_does_not_go_on() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {x: {by: clerk}, y: {by: clerk}, back: {by: clerk}, again: {}}\n    states:\n\
         \x20     p:\n        parallel: yes\n        completed: z\n        states:\n\
         \x20         a: {on_event: {again: b}, states: {b: {on_event: {x: c}}, c: {done: yes}}}\n\
         \x20         d: {states: {e: {on_event: {y: f}}, f: {done: yes}}}\n\
         \x20     z: {on_event: {back: [{to: p, history: deep, effects: [{raise: again}]}]}}\n";
    play(
        text,
        &[
            ("opened", " > p a b d e"),
            ("x", "b > c"),
            ("y", "e > f; p a c d f > z"),
            ("back", "z > p a c d f; c > b"),
            ("x", "b > c; p a c d f > z"),
        ],
        "z",
    );
}

#[test]
fn setting_fields_often_in_one_step_is_no_circle_of_events() {
    let often = vec!["{assign: {n: 1}}"; 101].join(", ");
    let text = format!(
        "subjects: {{o: {{fields: {{n: integer}}}}}}\nworkflows:\n  w:\n    subject: o\n    events: {{go: {{by: clerk}}}}\n    states:\n\
         \x20     a: {{on_event: {{go: [{{to: b, effects: [{often}]}}]}}}}\n      b: {{done: yes}}\n"
    );
    play(&text, &[("opened", " > a"), ("go", "a > b")], "b");
}

#[test]
fn what_one_region_refuses_is_refused_for_the_whole_case() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {by: clerk}}\n    states:\n\
         \x20     p:\n        parallel: yes\n        states:\n\
         \x20         a: {states: {b: {on_event: {go: c}}, c: {}}}\n\
         \x20         d: {states: {e: {on_event: {go: [{refuse: 还不行}]}}}}\n";
    play(text, &[("opened", " > p a b d e"), ("go", "refused: guard")], "p a b d e");
}

#[test]
fn calling_off_makes_good_what_was_done_the_latest_first() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {next: {by: clerk}, back: {by: clerk}, cancel: {by: clerk}}\n    states:\n\
         \x20     work:\n        on_event: {cancel: [{to: off, compensate: yes, effects: [{call: told}]}]}\n        states:\n\
         \x20         room: {compensation: [{call: free_room}], on_event: {next: cook}}\n\
         \x20         cook: {compensation: [{call: send_cook_home}], on_event: {next: pay, back: room}}\n\
         \x20         pay: {compensation: [{call: pay_back}], on_event: {next: ok}}\n          ok: {done: yes}\n        completed: off\n\
         \x20     off: {done: yes}\n";
    let opened = ("opened", " > work room");
    // What is still going on is not done yet, so there is nothing of it to make good.
    play(text, &[opened, ("cancel", "work room > off | told")], "off");
    play(
        text,
        &[
            opened,
            ("next", "room > cook"),
            ("next", "cook > pay"),
            ("cancel", "work pay > off | send_cook_home free_room told"),
        ],
        "off",
    );
    // A state that was left twice is made good once, in its latest place.
    play(
        text,
        &[
            opened,
            ("next", "room > cook"),
            ("back", "cook > room"),
            ("next", "room > cook"),
            ("next", "cook > pay"),
            ("cancel", "work pay > off | send_cook_home free_room told"),
        ],
        "off",
    );
}

#[test]
fn calling_off_makes_good_also_where_nothing_is_left() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {next: {by: clerk}, cancel: {by: clerk}}\n    states:\n\
         \x20     room: {compensation: [{call: free_room}], on_event: {next: wait}}\n\
         \x20     wait: {on_event: {cancel: [{to: wait, compensate: yes, effects: [{call: told}]}]}}\n";
    play(
        text,
        &[
            ("opened", " > room"),
            ("next", "room > wait"),
            // The transition stays where it is, and is taken all the same.
            ("cancel", " | free_room told"),
            ("cancel", " | told"),
        ],
        "wait",
    );
}

#[test]
fn clocks_of_states_around_run_on_while_the_case_moves_inside() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {next: {by: clerk}, out: {by: clerk}}\n    states:\n\
         \x20     a:\n        clocks: {all: {within: 1 wall hours, breached: {to: late}}}\n        on_event: {out: late}\n        states:\n\
         \x20         b: {clocks: {own: {within: 10 wall minutes, breached: {to: c}}}, on_event: {next: c}}\n          c: {on_event: {next: record_only}}\n\
         \x20     late: {done: yes}\n";
    let policy = policy(text);
    let mut subject = policy.subject("o/1", [("x", "y"); 0], minute(0)).unwrap();
    let step = policy.advance(&mut subject, minute(11)).unwrap();
    assert_eq!(told(&step), "b > c");
    assert_eq!(states(&policy, &subject), "a c");
    let step = policy.advance(&mut subject, minute(61)).unwrap();
    assert_eq!(told(&step), "a c > late");
}

#[test]
fn a_limit_on_visits_counts_every_way_into_a_state() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {enter: {by: clerk}, inner: {by: clerk}, next: {by: clerk}, out: {by: clerk}}\n    states:\n\
         \x20     idle: {on_event: {enter: work, inner: [{to: b, effects: [{call: way}]}]}}\n\
         \x20     work:\n        allowed: 2\n        when_used_up: off\n        on_event: {out: idle}\n        states:\n\
         \x20         a: {on_event: {next: b}}\n          b: {on_event: {next: a}}\n\
         \x20     off: {done: yes}\n";
    play(
        text,
        &[
            ("opened", " > idle"),
            // Straight to what is inside enters the state as well.
            ("inner", "idle > work b | way"),
            // Moving about inside it does not.
            ("next", "b > a"),
            ("next", "a > b"),
            ("out", "work b > idle"),
            ("enter", "idle > work a"),
            ("out", "work a > idle"),
            ("inner", "idle > off | way"),
        ],
        "off",
    );
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {enter: {by: clerk}, back: {by: clerk}, out: {by: clerk}}\n    states:\n\
         \x20     idle: {on_event: {enter: p, back: [{to: p, history: deep}]}}\n\
         \x20     p:\n        parallel: yes\n        on_event: {out: idle}\n        states:\n\
         \x20         a: {states: {b: {allowed: 2, when_used_up: off, on_event: {out: idle}}, c: {}}}\n          d: {on_event: {out: record_only}}\n\
         \x20     off: {done: yes}\n";
    play(
        text,
        &[
            ("opened", " > idle"),
            // What a region begins with, and what history brings back, is entered too.
            ("enter", "idle > p a b d"),
            ("out", "p a b d > idle"),
            ("back", "idle > p a b d"),
            ("out", "p a b d > idle"),
            ("enter", "idle > off"),
        ],
        "off",
    );
}

#[test]
fn a_condition_asks_whether_a_state_is_among_the_active_ones() {
    let text = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {x: {by: clerk}, y: {by: clerk}, ask: {by: clerk}}\n    states:\n\
         \x20     p:\n        parallel: yes\n        on_event:\n          ask:\n            - {if: \"o.w == c && o.w != e\", to: z}\n            - {if: \"o.w in [c, f]\", effects: [{call: one}]}\n            - {if: \"o.w not in [c, f]\", effects: [{call: none}]}\n        states:\n\
         \x20         a: {states: {b: {on_event: {x: c}}, c: {on_event: {x: record_only}}}}\n\
         \x20         d: {states: {e: {on_event: {y: f}}, f: {on_event: {y: record_only}}}}\n\
         \x20     z: {done: yes}\n";
    let text = text.replace("\"o.w not in [c, f]\"", "\"!(o.w in [c, f])\"");
    play(
        &text,
        &[
            ("opened", " > p a b d e"),
            ("ask", " | none"),
            ("x", "b > c"),
            ("ask", " | one"),
            ("y", "e > f"),
            ("ask", "p a c d f > z"),
        ],
        "z",
    );
}

#[test]
fn an_effect_that_opens_a_case_of_an_earlier_workflow_leaves_the_case_at_hand_alone() {
    let text = "subjects: {o: {}}\nworkflows:\n  first:\n    subject: o\n    opens: {on: never}\n    events: {never: {by: clerk}, end: {by: clerk}}\n    states: {open: {on_event: {end: over}}, over: {done: yes}}\n\
         \x20 w:\n    subject: o\n    events: {go: {by: clerk}}\n    states:\n      a: {on_event: {go: [{to: b, effects: [{open_case: first}]}]}}\n      b: {on_event: {go: record_only}}\n";
    let policy = policy(text);
    let mut subject = policy.unopened("o/1").unwrap();
    for (idx, event) in ["opened", "go"].into_iter().enumerate() {
        let event = Event::new(event).by("clerk/1").at(minute(idx as i64));
        policy.step(&mut subject, &event, minute(idx as i64)).unwrap();
    }
    assert_eq!(states(&policy, &subject), "b");
    assert_eq!(subject.configuration(&policy, "first"), ["open".into()]);
}

#[test]
fn what_cannot_be_written_of_states_inside_states_is_told() {
    let with = |states: &str| {
        format!(
            "subjects: {{o: {{}}}}\nworkflows:\n  w:\n    subject: o\n    events: {{go: {{by: clerk}}}}\n    states:\n{states}"
        )
    };
    let rows: &[(&str, Code)] = &[
        ("      a: {on_event: {go: b}, states: {b: {}, a: {}}}\n", Code::DuplicateName),
        (
            "      a: {initial: z, states: {b: {on_event: {go: z}}}}\n      z: {done: yes}\n",
            Code::UnknownState,
        ),
        ("      a: {parallel: yes, states: {b: {on_event: {go: a}}}}\n", Code::WrongShape),
        ("      a: {parallel: yes, initial: b, states: {b: {on_event: {go: a}}, c: {}}}\n", Code::WrongShape),
        ("      a: {parallel: yes, states: {b: {on_event: {go: a}}, c: {done: yes}}}\n", Code::WrongShape),
        ("      a: {on_event: {go: b}}\n      b: {done: yes, states: {c: {}}}\n", Code::WrongShape),
        ("      a: {on_event: {go: [{to: a, history: deep}]}}\n", Code::WrongShape),
        ("      a: {on_event: {go: [{history: deep}]}}\n", Code::WrongShape),
        ("      a: {completed: z, on_event: {go: z}}\n      z: {done: yes}\n", Code::WrongShape),
        (
            "      a: {completed: [{refuse: no}], states: {b: {on_event: {go: c}}, c: {done: yes}}}\n",
            Code::WrongShape,
        ),
        (
            "      a: {states: {b: {done: yes}}, completed: z, on_event: {go: z}}\n      z: {done: yes}\n",
            Code::NoInitialState,
        ),
    ];
    for (states, code) in rows {
        let found = mistakes(&with(states));
        assert!(found.contains(code), "{states}: {found:?}");
    }
}
