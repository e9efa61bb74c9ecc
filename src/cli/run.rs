//! `rulebook run`: events through a policy, and what came of them.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Done, Exit, Shell, Stop, data, default_events, default_policy, load};
use crate::explain::Words;
use crate::runtime::{Runtime, Summary};
use crate::store::{SqliteStore, Store};

mod overview;
mod people;

#[derive(clap::Args, Debug)]
pub(super) struct Run {
    /// 制度所在的文件夹 · the policy's folder
    policy: PathBuf,
    /// 事件文件(每行一条 JSON);- 表示标准输入 · events as JSON lines; - is standard input
    events: PathBuf,
    /// 记录存入这个 SQLite 文件;不写则用临时文件 · keep records in this file; else a temporary one
    #[arg(long)]
    store: Option<PathBuf>,
    /// 输出格式 · the form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Run {
    pub fn run(self, shell: &mut Shell) -> Done {
        let policy = load(shell, &self.policy)?;
        let store: Box<dyn Store> = match &self.store {
            Some(path) => Box::new(SqliteStore::open(path)?),
            None => Box::new(SqliteStore::temporary()?),
        };
        let mut runtime = Runtime::new(policy.clone(), store)?;
        let before = runtime.store().totals()?.records;
        let (summary, places) = data::run_events(shell, &mut runtime, &self.events)?;
        let policy = runtime.policy().clone();
        let live = super::migrate::earlier(&mut runtime)?;
        let words = Words::new(&policy.model, shell.lang);
        let people = people::gather(&mut runtime, &words)?;
        match self.format {
            Format::Text => {
                overview::counts(shell, &words, &summary, before, &places)?;
                people::show(shell, &words, &people)?;
                overview::totals(shell, &words, &summary, &places)?;
                super::migrate::tell_earlier(shell, &words, &live)?;
                if let Some((subject, rest)) = people.telling().zip(self.to_explain()) {
                    let line = words.say("shell-run-hint", [subject.to_owned(), rest]);
                    shell.out.line(format!("\n{line}"))?;
                }
            }
            Format::Json => {
                let mut json = serde_json::to_value(&summary).map_err(std::io::Error::from)?;
                if let Some(map) = json.as_object_mut() {
                    map.insert("records_before".to_owned(), before.into());
                    map.insert("refusals".to_owned(), overview::refusals_json(&words, &summary, &places));
                    map.insert("changed".to_owned(), changed(&summary, before).into());
                    if !live.is_empty() {
                        map.insert("earlier_graphs".to_owned(), serde_json::to_value(&live)?);
                    }
                    map.insert("people".to_owned(), people::to_json(&words, &people));
                }
                shell.out.json(&json)?;
            }
        }
        Ok(exit(&summary))
    }
}

impl Run {
    /// What `explain` needs beside the subject to tell of what was run here; `None`: the events are gone.
    fn to_explain(&self) -> Option<String> {
        let mut rest = String::new();
        if self.policy != default_policy() {
            rest.push_str(&format!(" --policy {}", self.policy.display()));
        }
        match &self.store {
            Some(store) => rest.push_str(&format!(" --store {}", store.display())),
            None if self.events.as_os_str() == "-" => return None,
            None if self.events == default_events() => {}
            None => rest.push_str(&format!(" --events {}", self.events.display())),
        }
        Some(rest)
    }
}

/// Whether the run added anything to the store.
fn changed(summary: &Summary, before: u64) -> bool {
    summary.records != before
}

/// Events that the world failed at, and lines that are no events, are failures; refusals are not.
fn exit(summary: &Summary) -> Exit {
    let failed = summary.failed > 0 || summary.malformed > 0 || !summary.overdue.is_empty();
    if failed { Exit::Failed } else { Exit::Well }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Stop {
        Stop::Output(error.into())
    }
}
