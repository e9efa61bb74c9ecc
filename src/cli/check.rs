//! `rulebook check`: every mistake of a policy and its scenarios, and how far it implements its regulation.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Done, Exit, Shell, Stop, exists, replaced};
use crate::diag::{Code, Report};
use crate::explain::{Coverage, Words};
use crate::lang::{Lang, Message};
use crate::load::{across, below};
use crate::model::Policy;
use crate::runtime::{Live, Runtime};
use crate::scenario::Scenario;
use crate::store::{SqliteStore, Store};

#[derive(clap::Args, Debug)]
pub(super) struct Check {
    /// 制度所在的文件夹,可以有几个 · the policy's folder, or several
    #[arg(required = true)]
    policies: Vec<PathBuf>,
    /// 同时列出这个 SQLite 文件里在途事项按哪个版本办理(只能用于一部制度) · also tell which revisions the running cases of a store follow
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

/// What is known of one policy.
struct Checked {
    folder: String,
    policy: Option<Policy>,
    report: Report,
    scenarios: usize,
}

impl Check {
    pub fn run(self, shell: &mut Shell) -> Done {
        for path in &self.policies {
            exists(path)?;
        }
        let mut all = Vec::new();
        for path in &self.policies {
            let (policy, mut report) = Policy::report(path);
            let scenarios = scenarios(path, policy.as_ref(), &mut report);
            let folder = path.to_string_lossy().replace('\\', "/");
            all.push(Checked { folder, policy, report, scenarios });
        }
        if let [one] = all.as_slice() {
            return self.alone(shell, one);
        }
        if self.store.is_some() {
            return Err(Stop::Usage(Message::plain("shell-store-of-one")));
        }
        let loaded: Vec<(String, Policy)> =
            all.iter().filter_map(|one| Some((one.folder.clone(), one.policy.clone()?))).collect();
        let mut together = across(&loaded);
        let lang = shell.lang;
        match self.format {
            Format::Text => {
                for one in &all {
                    shell.out.heading(&one.folder)?;
                    text(shell, one)?;
                    shell.out.line("")?;
                }
                shell.out.heading(Message::plain("shell-set").render(lang))?;
                if together.diagnostics.is_empty() {
                    shell.out.line(Message::plain("shell-set-well").render(lang))?;
                } else {
                    let colour = shell.out.colour();
                    shell.out.text(together.render_text(lang, colour))?;
                }
            }
            Format::Json => {
                let each: Vec<serde_json::Value> = all
                    .iter()
                    .map(|one| {
                        let mut json = json(one, lang);
                        if let Some(map) = json.as_object_mut() {
                            map.insert("folder".to_owned(), one.folder.as_str().into());
                        }
                        json
                    })
                    .collect();
                let json = serde_json::json!({ "policies": each, "together": together.to_json(lang) });
                shell.out.json(&json)?;
            }
            Format::Sarif => {
                let mut whole = Report::default();
                all.iter().for_each(|one| whole.absorb(below(&one.folder, one.report.clone())));
                whole.absorb(together.clone());
                shell.out.json(&whole.to_sarif(lang))?;
            }
        }
        all.into_iter().for_each(|one| together.absorb(one.report));
        Ok(exit(&together))
    }

    /// One policy, with the running cases of a store where one is named.
    fn alone(&self, shell: &mut Shell, one: &Checked) -> Done {
        // Whether the policy fits the store is only asked once it is sound.
        let sound = one.policy.clone().filter(|_| !one.report.has_errors());
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
                text(shell, one)?;
                if let (Some(runtime), Some(live)) = (&runtime, &live) {
                    tell_live(shell, runtime.policy(), live)?;
                }
            }
            Format::Json => {
                let mut json = json(one, shell.lang);
                if let (Some(live), Some(map)) = (&live, json.as_object_mut()) {
                    map.insert("live".to_owned(), serde_json::to_value(live)?);
                }
                shell.out.json(&json)?;
            }
            Format::Sarif => shell.out.json(&one.report.to_sarif(shell.lang))?,
        }
        Ok(exit(&one.report))
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

/// Everything about one policy, for people.
fn text(shell: &mut Shell, one: &Checked) -> Result<(), Stop> {
    let (lang, colour) = (shell.lang, shell.out.colour());
    let Some(policy) = &one.policy else {
        shell.out.text(one.report.render_text(lang, colour))?;
        return Ok(());
    };
    // The summary lists them on one line.
    let mut report = one.report.clone();
    report.diagnostics.retain(|finding| finding.code != Code::ClauseNotImplemented);
    shell.out.text(report.render_text(lang, colour))?;
    shell.out.text(summary(policy, one.scenarios, lang))?;
    shell.out.text(replaced::told(policy, lang))?;
    if one.scenarios == 0 && !report.has_errors() {
        shell.out.line(Message::plain("shell-no-scenarios").render(lang))?;
    }
    Ok(())
}

/// Everything about one policy, for machines.
fn json(one: &Checked, lang: Lang) -> serde_json::Value {
    let mut json = one.report.to_json(lang);
    if let (Some(policy), Some(map)) = (&one.policy, json.as_object_mut()) {
        map.insert("policy".to_owned(), facts(policy, one.scenarios));
    }
    json
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
        "extends": model.header.bases,
        "replaced": replaced::json(policy),
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
