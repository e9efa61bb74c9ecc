//! People: where each stands, every period's score, and who left the usual way and why.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use serde_json::json;

use super::super::{Shell, Stop, data::AnyRuntime, table};
use crate::engine::State;
use crate::explain::{self, Move, Words};
use crate::model::{KindId, StateId, WorkflowId};
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
    /// The state of the latest case of each workflow.
    standing: Vec<(WorkflowId, String)>,
    scores: Vec<Score>,
    /// What happened beside the usual way, oldest first.
    moves: Vec<Move>,
}

impl People {
    /// Somebody whose story is worth telling: with the most moves beside the usual way.
    pub fn telling(&self) -> Option<&str> {
        let most = self.rows.iter().rev().max_by_key(|person| person.moves.len());
        most.map(|person| person.subject.as_ref())
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
    for id in &words.model.kind(kind).workflows {
        let workflow = words.model.workflow(*id);
        if workflow.states.len() > 1 {
            let told = state.latest_case(*id).map(|case| {
                let active: Vec<StateId> = case.configuration.iter().map(|(state, _)| *state).collect();
                words.states_of(workflow, &active)
            });
            standing.push((*id, told.unwrap_or_else(|| "—".to_owned())));
        }
    }
    let steps = runtime.story(&state.subject, None, Some(state.frontier))?;
    let moves = beside_the_usual(explain::moves(runtime.policy(), &steps, words.lang));
    let scores = runtime.scores(&state.subject)?;
    Ok(Person { subject: state.subject.clone(), kind, standing, scores, moves })
}

/// Moves of cases that were ever in a state between the first and the last ones: resits, coaching, reviews.
fn beside_the_usual(moves: Vec<Move>) -> Vec<Move> {
    let between = moves.iter().filter(|told| !told.from.is_empty() && !told.done);
    let unusual: BTreeSet<Arc<str>> = between.map(|told| told.case.clone()).collect();
    moves.into_iter().filter(|told| unusual.contains(&told.case) && !told.from.is_empty()).collect()
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
    unusual(shell, words, people)
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

/// Who left the usual way, by workflow, and why: who is coached, who came up for review.
fn unusual(shell: &mut Shell, words: &Words<'_>, people: &People) -> io::Result<()> {
    for workflow in &words.model.workflows {
        let of_workflow = |told: &&Move| told.case.split('/').next() == Some(workflow.name.as_ref());
        let mut titled = false;
        for person in &people.rows {
            let moves: Vec<&Move> = person.moves.iter().filter(of_workflow).collect();
            if moves.is_empty() {
                continue;
            }
            if !titled {
                titled = true;
                shell.out.line("")?;
                let name = words.name(workflow.label.as_ref(), &workflow.name);
                shell.out.heading(words.say("shell-title-moves", [name]))?;
            }
            shell.out.line(format!(" {}", person.subject))?;
            for told in moves {
                let at = words.instant(told.at);
                shell.out.line(format!("   {at}  {} → {}", told.from, told.to))?;
                shell.out.line(format!("       {}", told.why))?;
            }
        }
    }
    Ok(())
}

/// The same as data.
pub(super) fn to_json(words: &Words<'_>, people: &People) -> serde_json::Value {
    let rows = people.rows.iter().map(|person| {
        let scores = person.scores.iter().map(|score| {
            json!({
                "scorecard": score.card,
                "period": score.period,
                "band": score.band,
                "score": score.result.score.map(|score| score.normalize().to_string()),
            })
        });
        let moves = person.moves.iter().map(|told| {
            json!({
                "case": told.case,
                "at": words.instant(told.at),
                "from": told.from,
                "to": told.to,
                "why": told.why,
            })
        });
        let standing = person
            .standing
            .iter()
            .map(|(id, state)| json!({"workflow": words.model.workflow(*id).name, "state": state}));
        json!({
            "subject": person.subject,
            "standing": standing.collect::<Vec<_>>(),
            "scores": scores.collect::<Vec<_>>(),
            "moves": moves.collect::<Vec<_>>(),
        })
    });
    json!({ "shown": rows.collect::<Vec<_>>(), "more": people.more })
}
