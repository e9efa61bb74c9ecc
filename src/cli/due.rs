//! `rulebook due`: what is due until when.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Done, Exit, Shell, data, explain::unknown, load, table};
use crate::engine::{DueItem, State};
use crate::explain::{self, Words};
use crate::lang::Message;

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
}

struct Row {
    subject: Arc<str>,
    item: DueItem,
}

impl Due {
    pub fn run(self, shell: &mut Shell) -> Done {
        let policy = load(shell, &self.policy)?;
        let until = self.until.as_ref().map(|text| data::instant(&policy, text)).transpose()?;
        let mut runtime = data::standing(shell, policy.clone(), self.store.as_ref(), self.events.as_ref())?;
        let mut rows = Vec::new();
        let mut collect = |state: &State| {
            let items = crate::engine::due(&policy.model, state);
            let items = items.into_iter().filter(|item| until.is_none_or(|until| item.due <= until));
            rows.extend(items.map(|item| Row { subject: state.subject.clone(), item }));
        };
        if let Some(subject) = &self.subject {
            let Some(state) = runtime.subject(subject)? else {
                return Err(unknown(&mut runtime, subject));
            };
            collect(&state);
            if rows.is_empty() {
                shell.out.line(Message::plain("shell-nothing-due").render(shell.lang))?;
            } else {
                shell.out.text(explain::standing(&policy, &state, shell.lang))?;
            }
            return Ok(Exit::Well);
        }
        let mut after: Arc<str> = "".into();
        loop {
            let names = runtime.subjects(None, &after, 500)?;
            let Some(last) = names.last().cloned() else { break };
            for name in &names {
                if let Some(state) = runtime.subject(name)? {
                    collect(&state);
                }
            }
            after = last;
        }
        rows.sort_by(|a, b| (a.item.due, &a.subject, &a.item.of).cmp(&(b.item.due, &b.subject, &b.item.of)));
        show(shell, &Words::new(&policy.model, shell.lang), &rows)?;
        Ok(Exit::Well)
    }
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
            let due = words.instant_with_day(row.item.due);
            vec![
                match explain::is_provisional(words, &row.item) {
                    true => words.say("shell-provisional", [due]),
                    false => due,
                },
                row.subject.to_string(),
                explain::name_of_due(words, &row.item),
                row.item.clause.as_deref().unwrap_or("—").to_owned(),
                if row.item.late { words.plain("shell-late") } else { String::new() },
            ]
        })
        .collect();
    shell.out.text(table::table(&header, &shown))?;
    let late = rows.iter().filter(|row| row.item.late).count();
    shell.out.line(words.say("shell-due-count", [rows.len(), late]))?;
    if rows.len() > ROWS_MAX {
        shell.out.line(words.say("shell-more-rows", [rows.len() - ROWS_MAX]))?;
    }
    Ok(())
}
