//! `rulebook check`: every mistake of a policy and its scenarios, and how far it implements its regulation.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Done, Exit, Shell, Stop, exists};
use crate::diag::{Code, Report};
use crate::explain::{Coverage, Words};
use crate::lang::{Lang, Message};
use crate::model::Policy;
use crate::runtime::{Live, Runtime};
use crate::scenario::Scenario;
use crate::store::{SqliteStore, Store};

#[derive(clap::Args, Debug)]
pub(super) struct Check {
    /// 制度所在的文件夹 · the policy's folder
    policy: PathBuf,
    /// 同时列出这个 SQLite 文件里在途事项按哪个版本办理 · also tell which revisions the running cases of a store follow
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
    Sarif,
}

impl Check {
    pub fn run(self, shell: &mut Shell) -> Done {
        exists(&self.policy)?;
        let (policy, mut report) = Policy::report(&self.policy);
        let scenarios = scenarios(&self.policy, policy.as_ref(), &mut report);
        let lang = shell.lang;
        // Whether the policy fits the store is only asked once it is sound.
        let sound = policy.clone().filter(|_| !report.has_errors());
        let mut runtime = match (&self.store, sound) {
            (Some(path), Some(policy)) => {
                exists(path)?;
                let store: Box<dyn Store> = Box::new(SqliteStore::open(path)?);
                Some(Runtime::new(policy, store)?)
            }
            _ => None,
        };
        let live = runtime.as_mut().map(Runtime::live).transpose()?;
        match self.format {
            Format::Text => {
                let colour = shell.out.colour();
                match &policy {
                    None => shell.out.text(report.render_text(lang, colour))?,
                    Some(policy) => {
                        // The summary lists them on one line.
                        let mut report = report.clone();
                        report.diagnostics.retain(|finding| finding.code != Code::ClauseNotImplemented);
                        shell.out.text(report.render_text(lang, colour))?;
                        shell.out.text(summary(policy, scenarios, lang))?;
                        if scenarios == 0 && !report.has_errors() {
                            shell.out.line(Message::plain("shell-no-scenarios").render(lang))?;
                        }
                        if let (Some(runtime), Some(live)) = (&runtime, &live) {
                            tell_live(shell, runtime.policy(), live)?;
                        }
                    }
                }
            }
            Format::Json => {
                let mut json = report.to_json(lang);
                if let (Some(policy), Some(map)) = (&policy, json.as_object_mut()) {
                    map.insert("policy".to_owned(), facts(policy, scenarios));
                    if let Some(live) = &live {
                        map.insert("live".to_owned(), serde_json::to_value(live)?);
                    }
                }
                shell.out.json(&json)?;
            }
            Format::Sarif => shell.out.json(&report.to_sarif(lang))?,
        }
        Ok(exit(&report))
    }
}

/// Which revisions the live cases of a store follow.
fn tell_live(shell: &mut Shell, policy: &Policy, live: &[Live]) -> Result<(), Stop> {
    let words = Words::new(&policy.model, shell.lang);
    let short = |revision: &str| revision.get(..8).unwrap_or(revision).to_owned();
    shell.out.line(words.say("shell-check-revision", [short(policy.revision())]))?;
    for live in live.iter().filter(|live| live.newest) {
        let args = [live.cases.to_string(), words.case(&live.workflow)];
        shell.out.line(words.say("shell-live-newest", args))?;
    }
    let earlier: Vec<Live> = live.iter().filter(|live| !live.newest).cloned().collect();
    Ok(super::migrate::tell_earlier(shell, &words, &earlier)?)
}

fn exit(report: &Report) -> Exit {
    if report.has_errors() { Exit::Invalid } else { Exit::Well }
}

/// What a policy has, in numbers, and which clauses nothing implements yet.
fn summary(policy: &Policy, scenarios: usize, lang: Lang) -> String {
    let say = |key, args: Vec<String>| Message::new(key, args).render(lang);
    let model = &policy.model;
    let Coverage { implemented, missing, not_executable, binding_nobody } = policy.coverage();
    let count = |count: usize| count.to_string();
    let mut out = say(
        "shell-check-summary",
        vec![
            model.header.title.get(lang).to_owned(),
            model.header.version.to_string(),
            count(model.clauses.len()),
            count(implemented.len()),
            count(missing.len()),
            count(not_executable.len() + binding_nobody.len()),
            count(model.workflows.len()),
            count(scenarios),
        ],
    );
    out.push('\n');
    if !missing.is_empty() {
        out.push_str(&say("shell-check-missing", vec![missing.join(" ")]));
        out.push('\n');
    }
    if !binding_nobody.is_empty() {
        out.push_str(&say("shell-check-binding-nobody", vec![binding_nobody.join(" ")]));
        out.push('\n');
    }
    if !not_executable.is_empty() {
        out.push_str(&say("shell-check-not-executable", vec![not_executable.join(" ")]));
        out.push('\n');
    }
    out
}

fn facts(policy: &Policy, scenarios: usize) -> serde_json::Value {
    let model = &policy.model;
    let coverage = policy.coverage();
    serde_json::json!({
        "id": model.header.id,
        "version": model.header.version,
        "revision": model.header.revision,
        "clauses": model.clauses.len(),
        "implemented": coverage.implemented,
        "not_implemented": coverage.missing,
        "not_executable": coverage.not_executable,
        "binding_nobody": coverage.binding_nobody,
        "workflows": model.workflows.iter().map(|workflow| &workflow.name).collect::<Vec<_>>(),
        "scenarios": scenarios,
    })
}

/// How many scenarios beside the policy could be read; their mistakes go into the report, those that only a sound policy
/// can tell as well.
fn scenarios(folder: &std::path::Path, policy: Option<&Policy>, report: &mut Report) -> usize {
    match Scenario::read_folder(folder) {
        Ok(scenarios) => {
            let told = |policy| scenarios.iter().filter_map(move |scenario| scenario.check(policy).err());
            policy.into_iter().flat_map(told).for_each(|unfit| report.absorb(unfit));
            scenarios.len()
        }
        Err(unreadable) => {
            report.absorb(unreadable);
            0
        }
    }
}
