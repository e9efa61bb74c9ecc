//! `rulebook migrate`: running cases go over to the newest graph of their workflow, by a plan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use super::{Done, Exit, Shell, Stop, data, exists, load};
use crate::engine::ClockChoice;
use crate::explain::Words;
use crate::load::Migration;
use crate::runtime::{Live, Moving, Plan, Runtime};
use crate::store::{SqliteStore, Store};

#[derive(clap::Args, Debug)]
pub(super) struct Migrate {
    /// 新版制度所在的文件夹 · the folder of the new policy
    policy: PathBuf,
    /// 迁移方案文件 · the file of the plan
    plan: PathBuf,
    /// 记录所在的 SQLite 文件 · the store with the running cases
    #[arg(long)]
    store: PathBuf,
    /// 只检查、列出会怎样,不改动 · check and tell what would happen, change nothing
    #[arg(long)]
    dry_run: bool,
    /// 谁来迁移,如 hr/zhao · who does it
    #[arg(long, default_value = "rulebook")]
    by: String,
    /// 在哪一天(或时刻)迁移;默认是记录已经办到的时刻 · when; else as far as was judged
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// 输出格式 · the form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Migrate {
    pub fn run(self, shell: &mut Shell) -> Done {
        let policy = load(shell, &self.policy)?;
        exists(&self.plan)?;
        exists(&self.store)?;
        let migration = match Migration::load(&self.plan) {
            Ok(migration) => migration,
            Err(report) => {
                let text = report.render_text(shell.lang, shell.out.colour_of_errors());
                shell.out.complain(text.trim_end())?;
                return Ok(Exit::Invalid);
            }
        };
        let at = self.at.as_ref().map(|text| data::instant(&policy, text)).transpose()?;
        let store: Box<dyn Store> = Box::new(SqliteStore::open(&self.store)?);
        let mut runtime = Runtime::to_migrate(policy, store)?;
        let now = match at {
            Some(at) => at,
            None => data::judged_until(&mut runtime)?.unwrap_or(DateTime::<Utc>::UNIX_EPOCH),
        };
        let plan = match self.dry_run {
            true => runtime.plan(&migration, now)?,
            false => runtime.migrate(&migration, &self.by, now)?,
        };
        let policy = runtime.policy().clone();
        let words = Words::new(&policy.model, shell.lang);
        match self.format {
            Format::Text => tell(shell, &words, &plan)?,
            Format::Json => shell.out.json(&serde_json::json!({
                "workflow": plan.workflow,
                "to": plan.to,
                "done": plan.done,
                "moves": plan.moves,
                "report": plan.report.to_json(shell.lang),
            }))?,
        }
        Ok(if plan.report.has_errors() { Exit::Invalid } else { Exit::Well })
    }
}

fn tell(shell: &mut Shell, words: &Words<'_>, plan: &Plan) -> Result<(), Stop> {
    if plan.report.has_errors() {
        shell.out.text(plan.report.render_text(shell.lang, shell.out.colour()))?;
        return Ok(shell.out.line(words.plain("shell-migrate-nothing"))?);
    }
    if plan.moves.is_empty() {
        return Ok(shell.out.line(words.say("shell-migrate-none", [words.case(&plan.workflow)]))?);
    }
    let key = if plan.done { "shell-migrate-done" } else { "shell-migrate-would" };
    let short = plan.to.get(..8).unwrap_or(&plan.to).to_owned();
    let count = plan.moves.len().to_string();
    shell.out.line(words.say(key, [count, words.case(&plan.workflow), short]))?;
    let states = tally(&plan.moves, |moving| {
        let list =
            |names: &[Arc<str>]| words.list(names.iter().map(|state| words.state(&plan.workflow, state)));
        vec![words.say("shell-migrate-states", [list(&moving.leaves), list(&moving.enters)])]
    });
    let clocks = tally(&plan.moves, |moving| {
        let went = moving.clocks.iter().map(|(clock, choice)| {
            let key = match choice {
                ClockChoice::Keep => "shell-migrate-keep",
                ClockChoice::Recompute => "shell-migrate-recompute",
                ClockChoice::Restart => "shell-migrate-restart",
                ClockChoice::End => "shell-migrate-end",
            };
            words.say(key, [words.clock(&plan.workflow, clock)])
        });
        let started = moving.started.iter();
        let started =
            started.map(|clock| words.say("shell-migrate-started", [words.clock(&plan.workflow, clock)]));
        went.chain(started).collect()
    });
    for (line, count) in states.into_iter().chain(clocks) {
        shell.out.line(words.say("shell-migrate-count", [line, count.to_string()]))?;
    }
    Ok(())
}

/// How often each line is told.
fn tally(moves: &[Moving], lines: impl Fn(&Moving) -> Vec<String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in moves.iter().flat_map(lines) {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

/// The graphs of earlier revisions that live cases follow.
pub(super) fn earlier(runtime: &mut data::AnyRuntime) -> Result<Vec<Live>, Stop> {
    if runtime.policy().model.origin.adopted.len() < 2 {
        return Ok(Vec::new());
    }
    Ok(runtime.live()?.into_iter().filter(|live| !live.newest).collect())
}

/// Says how many cases follow which of them.
pub(super) fn tell_earlier(shell: &mut Shell, words: &Words<'_>, live: &[Live]) -> std::io::Result<()> {
    for live in live {
        let revision = live.revisions.last().map_or("", |revision| revision.get(..8).unwrap_or(revision));
        let args = [live.cases.to_string(), words.case(&live.workflow), revision.to_owned()];
        shell.out.line(words.say("shell-live-earlier", args))?;
    }
    Ok(())
}
