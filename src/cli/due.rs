//! `rulebook due`: what is due until when, who is asked to decide, which samples wait for a review.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Done, Exit, Shell, Stop, data, explain::unknown, load, table};
use crate::engine::{self, Effect, EffectKind, State};
use crate::explain::{self, Words};
use crate::store::{Delivery, Review, Store};

/// How many rows are shown at most; the rest are counted.
const ROWS_MAX: usize = 200;

#[derive(clap::Args, Debug)]
pub(super) struct Due {
    /// 制度所在的文件夹 · the policy's folder
    policy: PathBuf,
    /// 只看这个对象,逐日列出怎么数的 · only this subject, with the days counted
    subject: Option<String>,
    /// 记录所在的 SQLite 文件 · the store to read
    #[arg(long, conflicts_with = "events")]
    store: Option<PathBuf>,
    /// 先办完这些事件(JSON 行);默认是随附的一年数据 · the events to run first
    #[arg(long)]
    events: Option<PathBuf>,
    /// 只列到这一天(或时刻)为止到期的 · only what is due until a day or instant
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// 按这一天(或时刻)判定是否逾期;默认是已经办到的时刻 · judged as of a day or instant; else as far as was judged
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// 每一项都写出期限是怎么数出来的 · each item with how its due instant was counted
    #[arg(long)]
    explain: bool,
}

/// Something that is due.
struct Row {
    due: Option<DateTime<Utc>>,
    subject: Arc<str>,
    what: String,
    clause: Option<Arc<str>>,
    late: bool,
    /// Counted beyond the calendar's coverage.
    provisional: bool,
    /// The clock stands still.
    paused: bool,
    /// How the due instant was counted, where that was asked for and can be told.
    counted: Option<String>,
}

/// Where subjects stand at an instant, and what was asked of people until then.
struct Standing {
    runtime: data::AnyRuntime,
    /// Until when everything is judged; `None`: there are no records.
    until: Option<DateTime<Utc>>,
    /// Whether that was asked for, and is not simply as far as the records go.
    chosen: bool,
    /// The questions in the outbox that were not withdrawn, by subject.
    asked: BTreeMap<Arc<str>, Vec<Effect>>,
    /// Those that the host has taken over.
    taken_over: BTreeSet<Arc<str>>,
}

impl Due {
    pub fn run(self, shell: &mut Shell) -> Done {
        let policy = load(shell, &self.policy)?;
        let instant =
            |text: &Option<String>| text.as_ref().map(|text| data::instant(&policy, text)).transpose();
        let (until, as_of) = (instant(&self.until)?, instant(&self.as_of)?);
        let runtime = data::standing(shell, policy.clone(), self.store.as_ref(), self.events.as_ref())?;
        let policy = runtime.policy().clone();
        let words = Words::new(&policy.model, shell.lang);
        let mut standing = Standing::new(runtime, as_of)?;
        let mut reviews = standing.runtime.reviews()?;
        let in_time = |row: &Row| until.is_none_or(|until| row.due.is_some_and(|due| due <= until));
        if let Some(subject) = &self.subject {
            let Some(state) = standing.state(subject)? else {
                return Err(unknown(&mut standing.runtime, subject));
            };
            reviews.retain(|review| review.person == state.subject);
            let asks: Vec<Row> = standing.asks(&words, &state)?.into_iter().filter(in_time).collect();
            let clocks = clocks(&words, &state, false).into_iter().filter(in_time).count();
            standing.tell(shell, &words)?;
            if clocks == 0 && asks.is_empty() {
                shell.out.line(words.plain("shell-nothing-due"))?;
            } else {
                shell.out.text(explain::standing(&policy, &state, shell.lang))?;
                for row in &asks {
                    shell.out.line(format!("  {}", one_line(&words, row)))?;
                }
            }
            show_reviews(shell, &words, &reviews)?;
            return Ok(Exit::Well);
        }
        let mut rows = Vec::new();
        let mut after: Arc<str> = "".into();
        loop {
            let names = standing.runtime.subjects(None, &after, 500)?;
            let Some(last) = names.last().cloned() else { break };
            for name in &names {
                if let Some(state) = standing.state(name)? {
                    rows.extend(clocks(&words, &state, self.explain));
                    rows.extend(standing.asks(&words, &state)?);
                }
            }
            after = last;
        }
        rows.retain(in_time);
        rows.sort_by_key(|row| {
            (row.due.unwrap_or(DateTime::<Utc>::MAX_UTC), row.subject.clone(), row.what.clone())
        });
        standing.tell(shell, &words)?;
        if self.store.is_some() {
            standing.tell_behind(shell, &words)?;
        }
        if self.explain {
            tell_all(shell, &words, &rows)?;
        } else {
            show(shell, &words, &rows)?;
        }
        show_reviews(shell, &words, &reviews)?;
        Ok(Exit::Well)
    }
}

impl Standing {
    fn new(mut runtime: data::AnyRuntime, as_of: Option<DateTime<Utc>>) -> Result<Standing, Stop> {
        let until = match as_of {
            Some(as_of) => Some(as_of),
            None => data::judged_until(&mut runtime)?,
        };
        let mut asked: BTreeMap<Arc<str>, Vec<Effect>> = BTreeMap::new();
        let mut taken_over = BTreeSet::new();
        for delivery in [Delivery::Pending, Delivery::Done] {
            for effect in runtime.store().outbox(delivery, usize::MAX)? {
                if !matches!(effect.kind, EffectKind::Ask { .. }) {
                    continue;
                }
                if delivery == Delivery::Done {
                    taken_over.insert(effect.id.clone());
                }
                asked.entry(effect.subject.clone()).or_default().push(effect);
            }
        }
        Ok(Standing { runtime, until, chosen: as_of.is_some(), asked, taken_over })
    }

    /// Says as of when it is judged.
    fn tell(&self, shell: &mut Shell, words: &Words<'_>) -> std::io::Result<()> {
        match self.until {
            Some(until) => shell.out.line(words.say("shell-due-as-of", [words.instant_with_day(until)])),
            None => Ok(()),
        }
    }

    /// Says how many subjects wait for somebody to let time pass, and since when.
    fn tell_behind(&mut self, shell: &mut Shell, words: &Words<'_>) -> Result<(), Stop> {
        let over = self.until.and_then(|until| until.checked_sub_signed(TimeDelta::seconds(1)));
        let Some(over) = over else { return Ok(()) };
        let Some((oldest, _)) = self.runtime.due(over, 1)?.into_iter().next() else { return Ok(()) };
        let count = self.runtime.store().due_count(None, over)?;
        let said = [count.to_string(), words.instant_with_day(oldest)];
        Ok(shell.out.line(words.say("shell-due-behind", said))?)
    }

    /// A subject as it stands then; time passes for it as far as it has to, and nothing is written.
    fn state(&mut self, subject: &str) -> Result<Option<State>, Stop> {
        let state = self.runtime.subject(subject)?;
        let behind =
            state.as_ref().is_some_and(|state| state.next_due.is_some_and(|due| Some(due) < self.until));
        if self.chosen || behind {
            return Ok(self.runtime.as_known(subject, None, self.until)?);
        }
        Ok(state)
    }

    /// The decisions that somebody still owes a subject.
    fn asks(&mut self, words: &Words<'_>, state: &State) -> Result<Vec<Row>, Stop> {
        let asked: Vec<Effect> = if self.chosen {
            let steps = self.runtime.story(&state.subject, None, self.until)?;
            steps.into_iter().flat_map(|step| step.effects).map(|effect| Effect::clone(&effect)).collect()
        } else {
            self.asked.get(&state.subject).cloned().unwrap_or_default()
        };
        let open =
            asked.iter().filter(|effect| is_open(words, state, effect, self.taken_over.contains(&effect.id)));
        Ok(open.filter_map(|effect| question(words, effect, self.until)).collect())
    }
}

/// Whether a question still waits for its answer: the case has not moved since it was asked.
///
/// Where the case was done with the question, no event answers it: it waits until the host has taken it over.
fn is_open(words: &Words<'_>, state: &State, effect: &Effect, taken_over: bool) -> bool {
    let Some((workflow, number)) = effect.case.as_ref().and_then(|case| case.split_once('/')) else {
        return !taken_over;
    };
    let case = state.cases.iter().find(|case| {
        words.model.workflow(case.workflow).name.as_ref() == workflow && case.number.to_string() == number
    });
    match case {
        Some(case) if case.is_live() => case.configuration.iter().all(|(_, since)| *since <= effect.at),
        Some(case) => !taken_over && case.closed.is_some_and(|closed| closed <= effect.at),
        None => false,
    }
}

/// A question as a row.
fn question(words: &Words<'_>, effect: &Effect, now: Option<DateTime<Utc>>) -> Option<Row> {
    let EffectKind::Ask { role, to, decide, due, .. } = &effect.kind else { return None };
    let role = words.role(role);
    let whom = if to.is_empty() { role } else { words.in_brackets(&role, &words.list(to)) };
    let options = words.options_asked(effect.case.as_deref(), decide);
    Some(Row {
        due: *due,
        subject: effect.subject.clone(),
        what: words.say("shell-due-ask", [whom, options]),
        clause: effect.clause.clone(),
        late: due.is_some() && *due < now,
        provisional: false,
        paused: false,
        counted: None,
    })
}

/// What runs towards a due instant, as rows.
fn clocks(words: &Words<'_>, state: &State, explain: bool) -> Vec<Row> {
    let items = engine::due(words.model, state).into_iter();
    items
        .map(|item| Row {
            due: Some(item.due),
            subject: state.subject.clone(),
            what: explain::name_of_due(words, &item),
            clause: item.clause.clone(),
            late: item.late,
            provisional: explain::is_provisional(words, &item),
            paused: item.paused,
            counted: explain.then(|| explain::counted(words, state, &item)).flatten(),
        })
        .collect()
}

fn until_when(words: &Words<'_>, row: &Row) -> String {
    let Some(due) = row.due else { return words.plain("shell-no-limit") };
    let due = words.instant_with_day(due);
    match (row.paused, row.provisional) {
        (true, _) => words.say("shell-paused", [due]),
        (_, true) => words.say("shell-provisional", [due]),
        _ => due,
    }
}

fn one_line(words: &Words<'_>, row: &Row) -> String {
    let key = match (row.due, row.late) {
        (None, _) => return format!("{}{}", row.what, words.clauses(row.clause.iter())),
        (Some(due), _) if row.paused => {
            let line = words.say("explain-due-paused", [row.what.clone(), words.instant_with_day(due)]);
            return format!("{line}{}", words.clauses(row.clause.iter()));
        }
        (Some(_), true) => "explain-due-late",
        (Some(_), false) => "explain-due",
    };
    let line = words.say(key, [row.what.clone(), until_when(words, row)]);
    format!("{line}{}", words.clauses(row.clause.iter()))
}

/// Each item with how its due instant was counted.
fn tell_all(shell: &mut Shell, words: &Words<'_>, rows: &[Row]) -> std::io::Result<()> {
    if rows.is_empty() {
        return shell.out.line(words.plain("shell-nothing-due"));
    }
    for row in rows.iter().take(ROWS_MAX) {
        shell.out.line(format!("{}  {}", row.subject, one_line(words, row)))?;
        if let Some(counted) = &row.counted {
            shell.out.line(format!("    {counted}"))?;
        }
    }
    count(shell, words, rows)
}

fn show(shell: &mut Shell, words: &Words<'_>, rows: &[Row]) -> std::io::Result<()> {
    if rows.is_empty() {
        return shell.out.line(words.plain("shell-nothing-due"));
    }
    let header = [
        "shell-column-due",
        "shell-column-subject",
        "shell-column-what",
        "shell-column-clause",
        "shell-column-late",
    ];
    let header: Vec<String> = header.iter().map(|key| words.plain(key)).collect();
    let shown: Vec<Vec<String>> = rows
        .iter()
        .take(ROWS_MAX)
        .map(|row| {
            vec![
                until_when(words, row),
                row.subject.to_string(),
                row.what.clone(),
                row.clause.as_deref().unwrap_or("—").to_owned(),
                if row.late { words.plain("shell-late") } else { String::new() },
            ]
        })
        .collect();
    shell.out.text(table::table(&header, &shown))?;
    count(shell, words, rows)
}

/// How many rows there are, how many late, how many not shown.
fn count(shell: &mut Shell, words: &Words<'_>, rows: &[Row]) -> std::io::Result<()> {
    let late = rows.iter().filter(|row| row.late).count();
    shell.out.line(words.say("shell-due-count", [rows.len(), late]))?;
    more(shell, words, rows.len())
}

fn more(shell: &mut Shell, words: &Words<'_>, count: usize) -> std::io::Result<()> {
    match count.saturating_sub(ROWS_MAX) {
        0 => Ok(()),
        more => shell.out.line(words.say("shell-more-rows", [more])),
    }
}

/// Samples that changed after their period was closed: somebody has to decide whether it is revised.
fn show_reviews(shell: &mut Shell, words: &Words<'_>, reviews: &[Review]) -> std::io::Result<()> {
    if reviews.is_empty() {
        return Ok(());
    }
    shell.out.line("")?;
    shell.out.heading(words.plain("shell-title-reviews"))?;
    let header = [
        "shell-column-subject",
        "shell-column-result",
        "shell-column-sample",
        "shell-column-then",
        "shell-column-now",
        "shell-column-because",
    ];
    let header: Vec<String> = header.iter().map(|key| words.plain(key)).collect();
    let value = |value: Option<rust_decimal::Decimal>| {
        value.map_or_else(|| "—".to_owned(), |value| value.normalize().to_string())
    };
    let shown: Vec<Vec<String>> = reviews
        .iter()
        .take(ROWS_MAX)
        .map(|review| {
            let card = words.model.find_scorecard(&review.card);
            let label = card.and_then(|id| words.model.scorecard(id).label.as_ref());
            vec![
                review.person.to_string(),
                format!("{} {}", words.name(label, &review.card), review.period),
                review.sample.to_string(),
                value(review.then),
                value(review.now),
                review.because.to_string(),
            ]
        })
        .collect();
    shell.out.text(table::table(&header, &shown))?;
    more(shell, words, reviews.len())
}
