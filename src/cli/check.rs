//! `rulebook check`: every mistake of a policy and its scenarios, and how far it implements its regulation.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Done, Exit, Shell, exists};
use crate::diag::{Code, Report};
use crate::explain::Coverage;
use crate::lang::{Lang, Message};
use crate::model::Policy;
use crate::scenario::Scenario;

#[derive(clap::Args, Debug)]
pub(super) struct Check {
    /// 制度所在的文件夹 · the policy's folder
    policy: PathBuf,
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
                    }
                }
            }
            Format::Json => {
                let mut json = report.to_json(lang);
                if let (Some(policy), Some(map)) = (&policy, json.as_object_mut()) {
                    map.insert("policy".to_owned(), facts(policy, scenarios));
                }
                shell.out.json(&json)?;
            }
            Format::Sarif => shell.out.json(&report.to_sarif(lang))?,
        }
        Ok(exit(&report))
    }
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
