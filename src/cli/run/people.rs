//! People: where each stands, every period's score, and the cases that were opened about somebody.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use serde_json::json;

use super::super::{Shell, Stop, data::AnyRuntime, table};
use crate::engine::{Entry, State, Step};
use crate::explain::{self, Words};
use crate::model::{KindId, Opens, WorkflowId};
use crate::store::Score;

/// How many persons are shown at most; the rest are counted.
const ROWS_MAX: usize = 100;

/// How many periods stand side by side, the latest ones.
const PERIODS_MAX: usize = 12;

/// Everybody, as far as shown, and how many more there are.
pub(super) struct People {
    rows: Vec<Person>,
    more: usize,
}

/// One person.
struct Person {
    subject: Arc<str>,
    kind: KindId,
    /// The state of the latest case of each workflow that runs for everybody.
    standing: Vec<(WorkflowId, String)>,
    scores: Vec<Score>,
    opened: Vec<Opened>,
}

/// A case that was opened about somebody for a reason.
struct Opened {
    workflow: WorkflowId,
    case: Arc<str>,
    at: String,
    state: String,
    why: String,
}

impl People {
    /// Somebody whose story is worth telling: with an opened case if there is one.
    pub fn telling(&self) -> Option<&str> {
        let opened = self.rows.iter().find(|person| person.opened.len() > 1);
        let opened = opened.or_else(|| self.rows.iter().find(|person| !person.opened.is_empty()));
        opened.or(self.rows.first()).map(|person| person.subject.as_ref())
    }
}

/// Reads everybody from the store.
pub(super) fn gather(runtime: &mut AnyRuntime, words: &Words<'_>) -> Result<People, Stop> {
    let mut people = People { rows: Vec::new(), more: 0 };
    for (idx, kind) in words.model.kinds.iter().enumerate().filter(|(_, kind)| kind.person) {
        let Ok(id) = u16::try_from(idx) else { continue };
        let mut after: Arc<str> = "".into();
        loop {
            let names = runtime.subjects(Some(&kind.name), &after, 500)?;
            let Some(last) = names.last().cloned() else { break };
            for name in &names {
                if people.rows.len() >= ROWS_MAX {
                    people.more += 1;
                } else if let Some(state) = runtime.subject(name)? {
                    people.rows.push(person(runtime, words, KindId(id), &state)?);
                }
            }
            after = last;
        }
    }
    Ok(people)
}

fn person(runtime: &mut AnyRuntime, words: &Words<'_>, kind: KindId, state: &State) -> Result<Person, Stop> {
    let mut standing = Vec::new();
    let mut for_a_reason = BTreeSet::new();
    for (id, count) in words.model.kind(kind).workflows.iter().zip(&state.counts) {
        let workflow = words.model.workflow(*id);
        if opens_for_a_reason(words, *id) {
            if *count > 0 {
                for_a_reason.insert(*id);
            }
        } else if workflow.states.len() > 1 {
            let told = state.latest_case(*id).map(|case| {
                words.list(case.configuration.iter().map(|(state, _)| {
                    let state = workflow.state(*state);
                    words.name(state.label.as_ref(), &state.name)
                }))
            });
            standing.push((*id, told.unwrap_or_else(|| "—".to_owned())));
        }
    }
    let opened = if for_a_reason.is_empty() {
        Vec::new()
    } else {
        let steps = runtime.story(&state.subject, None, Some(state.frontier))?;
        opened_cases(runtime, words, &steps, &for_a_reason)
    };
    let scores = runtime.scores(&state.subject)?;
    Ok(Person { subject: state.subject.clone(), kind, standing, scores, opened })
}

/// Whether cases of a workflow open because of something, not with every subject.
fn opens_for_a_reason(words: &Words<'_>, id: WorkflowId) -> bool {
    matches!(words.model.workflow(id).opens, Opens::On(..))
}

/// The cases that opened for a reason, in order, each with its latest state.
fn opened_cases(
    runtime: &AnyRuntime,
    words: &Words<'_>,
    steps: &[Step],
    of: &BTreeSet<WorkflowId>,
) -> Vec<Opened> {
    let mut found: Vec<Opened> = Vec::new();
    for entry in steps.iter().flat_map(|step| &step.trace.entries) {
        match entry {
            Entry::Opened { at, case, workflow } if of.contains(workflow) => {
                let why = explain::why_opened(runtime.policy(), steps, case, words.lang);
                found.push(Opened {
                    workflow: *workflow,
                    case: case.clone(),
                    at: words.instant(*at),
                    state: String::new(),
                    why: why.unwrap_or_default(),
                });
            }
            Entry::Moved(moved) => {
                if let Some(opened) = found.iter_mut().find(|opened| opened.case == moved.case) {
                    opened.state = words.list(moved.to.iter().map(|state| words.state(&moved.case, state)));
                }
            }
            _ => {}
        }
    }
    found
}

/// The tables about people.
pub(super) fn show(shell: &mut Shell, words: &Words<'_>, people: &People) -> io::Result<()> {
    for (idx, kind) in words.model.kinds.iter().enumerate().filter(|(_, kind)| kind.person) {
        let of_kind: Vec<&Person> = people.rows.iter().filter(|person| person.kind.idx() == idx).collect();
        let Some(first) = of_kind.first() else { continue };
        let mut header = vec![words.name(kind.label.as_ref(), &kind.name)];
        header.extend(first.standing.iter().map(|(id, _)| words.case(&words.model.workflow(*id).name)));
        let rows: Vec<Vec<String>> = of_kind
            .iter()
            .map(|person| {
                let states = person.standing.iter().map(|(_, state)| state.clone());
                std::iter::once(person.subject.to_string()).chain(states).collect()
            })
            .collect();
        shell.out.line("")?;
        shell.out.heading(words.plain("shell-title-people"))?;
        shell.out.text(table::table(&header, &rows))?;
        for card in &kind.scorecards {
            scores(shell, words, &of_kind, &words.model.scorecard(*card).name)?;
        }
    }
    if people.more > 0 {
        shell.out.line(words.say("shell-more-rows", [people.more]))?;
    }
    opened(shell, words, people)
}

/// Person by period: score and band.
fn scores(shell: &mut Shell, words: &Words<'_>, people: &[&Person], card: &str) -> io::Result<()> {
    let of_card = |person: &Person| -> Vec<Score> {
        person.scores.iter().filter(|score| score.card.as_ref() == card).cloned().collect()
    };
    let periods: BTreeSet<Arc<str>> =
        people.iter().flat_map(|person| of_card(person)).map(|score| score.period).collect();
    if periods.is_empty() {
        return Ok(());
    }
    let skipped = periods.len().saturating_sub(PERIODS_MAX);
    let periods: Vec<Arc<str>> = periods.into_iter().skip(skipped).collect();
    let label = words.model.find_scorecard(card).and_then(|id| words.model.scorecard(id).label.as_ref());
    shell.out.line("")?;
    shell.out.heading(words.say("shell-title-scores", [words.name(label, card)]))?;
    let mut header = vec![String::new()];
    header.extend(periods.iter().map(ToString::to_string));
    let rows: Vec<Vec<String>> = people
        .iter()
        .filter_map(|person| {
            let scores = of_card(person);
            if scores.is_empty() {
                return None;
            }
            let cells = periods.iter().map(|period| {
                let score = scores.iter().find(|score| score.period == *period);
                score.map_or_else(String::new, |score| cell(words, score))
            });
            Some(std::iter::once(person.subject.to_string()).chain(cells).collect())
        })
        .collect();
    shell.out.text(table::table(&header, &rows))
}

fn cell(words: &Words<'_>, score: &Score) -> String {
    match (score.result.score, score.band.as_ref()) {
        (Some(points), band) => format!("{} {band}", points.normalize()),
        (None, "exempt") => words.plain("shell-exempt"),
        (None, _) => words.plain("shell-undetermined"),
    }
}

/// Who has a case opened for a reason, by workflow: coached, reviewed, and the like.
fn opened(shell: &mut Shell, words: &Words<'_>, people: &People) -> io::Result<()> {
    for (idx, workflow) in words.model.workflows.iter().enumerate() {
        let rows: Vec<Vec<String>> = people
            .rows
            .iter()
            .flat_map(|person| person.opened.iter().map(move |opened| (person, opened)))
            .filter(|(_, opened)| opened.workflow.idx() == idx)
            .map(|(person, opened)| {
                let case = format!("{}/{}", person.subject, opened.case);
                vec![case, opened.at.clone(), opened.state.clone(), opened.why.clone()]
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        shell.out.line("")?;
        shell.out.heading(words.name(workflow.label.as_ref(), &workflow.name))?;
        for row in rows {
            if let [case, at, state, why] = row.as_slice() {
                shell.out.line(words.say("shell-opened-case", [case, at, state]))?;
                shell.out.line(format!("    {why}"))?;
            }
        }
    }
    Ok(())
}

/// The same as data.
pub(super) fn to_json(people: &People) -> serde_json::Value {
    let rows = people.rows.iter().map(|person| {
        let scores = person.scores.iter().map(|score| {
            json!({
                "scorecard": score.card,
                "period": score.period,
                "band": score.band,
                "score": score.result.score.map(|score| score.normalize().to_string()),
            })
        });
        let opened = person.opened.iter().map(
            |opened| json!({"case": opened.case, "at": opened.at, "state": opened.state, "why": opened.why}),
        );
        let standing: Vec<&String> = person.standing.iter().map(|(_, state)| state).collect();
        json!({
            "subject": person.subject,
            "standing": standing,
            "scores": scores.collect::<Vec<_>>(),
            "opened": opened.collect::<Vec<_>>(),
        })
    });
    json!({ "shown": rows.collect::<Vec<_>>(), "more": people.more })
}
