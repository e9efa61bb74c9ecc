//! `rulebook explain`: the story of a subject or of one of its cases.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Done, Exit, Shell, Stop, data, default_policy, load};
use crate::engine::{Entry, ScoreResult, State, Step};
use crate::explain;
use crate::lang::{Lang, Message};
use crate::model::Policy;

/// How many parts of a subject are named at most, the latest of them.
const PARTS_MAX: usize = 24;

#[derive(clap::Args, Debug)]
pub(super) struct Explain {
    /// 对象,如 staff/li;或事项,如 staff/li/coaching/2;或一期成绩,如 staff/li/monthly_kpi/2026-03 · a subject, a case or a result of it
    case: String,
    /// 制度所在的文件夹 · the policy's folder
    #[arg(long, default_value_os_t = default_policy())]
    policy: PathBuf,
    /// 记录所在的 SQLite 文件 · the store to read
    #[arg(long, conflicts_with = "events")]
    store: Option<PathBuf>,
    /// 先办完这些事件(JSON 行);默认是随附的一年数据 · the events to run first
    #[arg(long)]
    events: Option<PathBuf>,
    /// 只用这一天(或时刻)以前已经知道的记录 · as it was known on a day or at an instant
    #[arg(long, value_name = "DATE")]
    as_known: Option<String>,
}

impl Explain {
    pub fn run(self, shell: &mut Shell) -> Done {
        let (subject, case) = split(&self.case)?;
        let policy = load(shell, &self.policy)?;
        let known = self.as_known.as_ref().map(|text| data::instant(&policy, text)).transpose()?;
        let mut runtime = data::standing(shell, policy.clone(), self.store.as_ref(), self.events.as_ref())?;
        let Some(head) = crate::store::Store::head(runtime.store(), &subject)? else {
            return Err(unknown(&mut runtime, &policy, &subject, shell.lang));
        };
        let until = known.unwrap_or(head.frontier);
        let steps = runtime.story(&subject, known, Some(until))?;
        let state = match known {
            Some(_) => runtime.as_known(&subject, known, Some(until))?,
            None => runtime.subject(&subject)?,
        };
        let lang = shell.lang;
        if let Some(known) = known {
            let at = explain::Words::new(&policy.model, lang).instant(known);
            shell.out.line(Message::new("shell-as-known", [at]).render(lang))?;
        }
        match case {
            Some(case) => match part(&policy, &steps, state.as_ref(), &case) {
                Ok(Part::Case(case)) => {
                    shell.out.text(explain::story_of_case(&policy, &steps, &case, lang))?;
                }
                Ok(Part::Result(result)) => shell.out.line(explain::score(&policy, &result, lang))?,
                Err(known) => {
                    let words = explain::Words::new(&policy.model, lang);
                    let more = known.len().saturating_sub(PARTS_MAX);
                    let before = (more > 0).then(|| Arc::from("…"));
                    let known = before.into_iter().chain(known.into_iter().skip(more));
                    let known = words.list(known);
                    let known = if known.is_empty() { "—".to_owned() } else { known };
                    return Err(Stop::Usage(Message::new("shell-no-such-part", [subject, case, known])));
                }
            },
            None => {
                if let Some(state) = state {
                    let standing = explain::standing(&policy, &state, lang);
                    let (first, rest) = standing.split_once('\n').unwrap_or((&standing, ""));
                    shell.out.heading(first)?;
                    shell.out.line(rest)?;
                }
                shell.out.text(explain::story(&policy, &steps, lang))?;
            }
        }
        Ok(Exit::Well)
    }
}

/// A part of a subject that can be told alone.
enum Part {
    /// A case: `coaching/2`.
    Case(Arc<str>),
    /// The result of a period: `monthly_kpi/2026-03`.
    Result(Box<ScoreResult>),
}

/// The part of a subject that a text names; a workflow's name alone is its latest case. Else what there is.
fn part(policy: &Policy, steps: &[Step], state: Option<&State>, text: &str) -> Result<Part, Vec<Arc<str>>> {
    let entries = steps.iter().flat_map(|step| &step.trace.entries);
    let mut cases: Vec<Arc<str>> = Vec::new();
    for entry in entries {
        if let Entry::Opened { case, .. } = entry
            && !cases.contains(case)
        {
            cases.push(case.clone());
        }
    }
    let of_workflow = |case: &&Arc<str>| case.split('/').next() == Some(text);
    let case = cases.iter().find(|case| ***case == *text).or_else(|| cases.iter().rfind(of_workflow));
    if let Some(case) = case {
        return Ok(Part::Case(case.clone()));
    }
    let results = state.into_iter().flat_map(|state| &state.scores).flat_map(|score| &score.results);
    for result in results {
        let name = format!("{}/{}", policy.model.scorecard(result.card).name, result.period_name);
        if name == text {
            return Ok(Part::Result(Box::new(result.clone())));
        }
        cases.push(name.into());
    }
    Err(cases)
}

/// `staff/li` and, if it follows, `coaching/2`.
fn split(text: &str) -> Result<(String, Option<String>), Stop> {
    let mut parts = text.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(name), case) if !kind.is_empty() && !name.is_empty() => {
            Ok((format!("{kind}/{name}"), case.filter(|case| !case.is_empty()).map(str::to_owned)))
        }
        _ => Err(Stop::Usage(Message::new("shell-not-a-subject", [text]))),
    }
}

/// A subject that nothing is known of, with names that are near; of a kind that the policy does not have, with its kinds.
pub(super) fn unknown(runtime: &mut data::AnyRuntime, policy: &Policy, subject: &str, lang: Lang) -> Stop {
    let words = explain::Words::new(&policy.model, lang);
    let kind = subject.split('/').next().unwrap_or(subject);
    if policy.model.find_kind(kind).is_none() {
        let kinds = words.list(policy.model.kinds.iter().map(|kind| &kind.name));
        let id = policy.model.header.id.to_string();
        return Stop::Usage(Message::new("shell-no-such-kind", [id, kind.to_owned(), kinds]));
    }
    let names: Vec<Arc<str>> = match runtime.subjects(Some(kind), "", 1_000) {
        Ok(names) => names,
        Err(error) => return Stop::Failed(error),
    };
    let near = crate::diag::nearest(subject, names.iter().map(AsRef::as_ref));
    let shown: Vec<&str> = match near {
        Some(near) => vec![near],
        None => names.iter().take(8).map(AsRef::as_ref).collect(),
    };
    let shown = if shown.is_empty() { "—".to_owned() } else { words.list(shown) };
    Stop::Usage(Message::new("shell-no-such-subject", [subject.to_owned(), shown]))
}
