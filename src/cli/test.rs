//! `rulebook test`: the scenarios of a policy.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Done, Exit, Shell, Stop, load, progress};
use crate::diag::Report;
use crate::lang::Message;
use crate::model::Policy;
use crate::scenario::{Reverted, Scenario, Verdict};

#[derive(clap::Args, Debug)]
pub(super) struct Test {
    /// 制度所在的文件夹,可以有几个 · the policy's folder, or several
    policy: PathBuf,
    /// 其他文件夹;不是文件夹的一段文字: 只运行名称、条款或文件含有它的场景 · further folders; a text that is none: only
    /// scenarios whose name, clause or file holds it
    more: Vec<String>,
    /// 运行所继承制度的场景,看在这里还成不成立 · run the scenarios of what the policy extends
    #[arg(long)]
    base: bool,
    /// 输出格式 · the form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

/// A scenario with what came of it; a report when it does not fit the policy.
struct Ran {
    /// The folder that its file stands in, where several are run.
    folder: String,
    scenario: Scenario,
    verdict: Result<Verdict, Report>,
    /// What the policy replaced and the scenario of its base stumbles over; then it has not failed.
    causes: Option<BTreeSet<String>>,
}

impl Ran {
    fn passed(&self) -> bool {
        self.verdict.as_ref().is_ok_and(|verdict| verdict.passed)
    }

    fn failed(&self) -> bool {
        !self.passed() && self.causes.is_none()
    }

    fn path(&self) -> String {
        let path = self.scenario.place().path;
        if self.folder.is_empty() { path.to_string() } else { format!("{}/{path}", self.folder) }
    }
}

/// The scenarios of one policy that are to be run.
struct Chosen {
    policy: Policy,
    scenarios: Vec<(String, Scenario)>,
}

impl Test {
    pub fn run(self, shell: &mut Shell) -> Done {
        let (folders, filter) = self.folders()?;
        let mut chosen = Vec::new();
        for folder in &folders {
            let policy = load(shell, folder)?;
            let mut scenarios = Vec::new();
            for (shown, folder) in self.read_from(folder, &policy, folders.len())? {
                let read = match Scenario::read_folder(&folder) {
                    Ok(read) => read,
                    Err(report) => {
                        let text = report.render_text(shell.lang, shell.out.colour_of_errors());
                        shell.out.complain(text.trim_end())?;
                        return Err(Stop::Invalid);
                    }
                };
                let wanted =
                    |scenario: &Scenario| filter.as_ref().is_none_or(|filter| holds(scenario, filter));
                scenarios.extend(read.into_iter().filter(wanted).map(|one| (shown.clone(), one)));
            }
            chosen.push(Chosen { policy, scenarios });
        }
        let count: usize = chosen.iter().map(|one| one.scenarios.len()).sum();
        if let (0, Some(filter)) = (count, &filter) {
            return Err(Stop::Usage(Message::new("shell-no-such-scenario", [filter])));
        }
        let label = Message::plain("shell-testing").render(shell.lang);
        let bar = progress::bar(shell, count as u64, &label);
        let mut ran = Vec::with_capacity(count);
        for Chosen { policy, scenarios } in chosen {
            let mut reverted = Reverted::new(&policy);
            for (folder, scenario) in scenarios {
                let verdict = scenario.run(&policy);
                let passed = verdict.as_ref().is_ok_and(|verdict| verdict.passed);
                let causes = if self.base && !passed { reverted.causes(&scenario) } else { None };
                bar.inc(1);
                ran.push(Ran { folder, scenario, verdict, causes });
            }
        }
        bar.finish_and_clear();
        match self.format {
            Format::Text => text(shell, &ran, self.base)?,
            Format::Json => shell.out.json(&json(shell, &ran))?,
            Format::Junit => shell.out.text(junit(shell, &ran))?,
        }
        Ok(if ran.iter().any(Ran::failed) { Exit::Failed } else { Exit::Well })
    }

    /// The policies' folders, and what to filter by.
    fn folders(&self) -> Result<(Vec<PathBuf>, Option<String>), Stop> {
        let mut folders = vec![self.policy.clone()];
        let mut filter: Option<String> = None;
        for text in &self.more {
            match &filter {
                _ if Path::new(text).is_dir() => folders.push(PathBuf::from(text)),
                Some(first) => return Err(Stop::Usage(Message::new("shell-two-filters", [first, text]))),
                None => filter = Some(text.clone()),
            }
        }
        Ok((folders, filter))
    }

    /// The folders whose scenarios are run against a policy: its own, or those of its bases; each as it is shown and as it is.
    fn read_from(&self, folder: &Path, policy: &Policy, of: usize) -> Result<Vec<(String, PathBuf)>, Stop> {
        if self.base {
            if policy.bases().is_empty() {
                return Err(Stop::Usage(Message::new("shell-no-base", [folder.display()])));
            }
            return Ok(policy.bases().iter().map(|base| (base.to_string(), folder.join(&**base))).collect());
        }
        let shown = if of > 1 { folder.to_string_lossy().replace('\\', "/") } else { String::new() };
        Ok(vec![(shown, folder.to_owned())])
    }
}

fn holds(scenario: &Scenario, filter: &str) -> bool {
    scenario.name.contains(filter)
        || scenario.place().path.contains(filter)
        || scenario.clauses.iter().any(|clause| clause.contains(filter))
}

/// What does not hold, in words; empty when everything holds.
fn failure(shell: &Shell, ran: &Ran) -> String {
    match &ran.verdict {
        Ok(verdict) if verdict.passed => String::new(),
        Ok(verdict) => {
            let told: Vec<String> =
                verdict.failures.iter().map(|failure| failure.render(shell.lang)).collect();
            told.join("\n")
        }
        Err(report) => report.render_text(shell.lang, false).trim_end().to_owned(),
    }
}

fn text(shell: &mut Shell, ran: &[Ran], base: bool) -> Result<(), Stop> {
    let mut path = None;
    for one in ran {
        let place = one.path();
        if path.as_ref() != Some(&place) {
            shell.out.heading(&place)?;
            path = Some(place);
        }
        if one.passed() {
            shell.out.line(format!("  ✓ {}", one.scenario.name))?;
        } else if let Some(causes) = &one.causes {
            let told = excused(causes).render(shell.lang);
            shell.out.line(format!("  ~ {}\n    {told}", one.scenario.name))?;
        } else {
            let told = failure(shell, one).replace('\n', "\n    ");
            shell.out.line(format!("  ✗ {}\n    {told}", one.scenario.name))?;
        }
    }
    let passed = ran.iter().filter(|one| one.passed()).count();
    let failed = ran.iter().filter(|one| one.failed()).count();
    let told = match ran {
        [] => Message::plain("shell-no-scenarios"),
        _ if base => {
            Message::new("shell-tested-base", [ran.len(), passed, ran.len() - passed - failed, failed])
        }
        _ => Message::new("shell-tested", [ran.len(), passed, failed]),
    };
    shell.out.line(told.render(shell.lang))?;
    Ok(())
}

/// Why a scenario of the base does not hold here.
fn excused(causes: &BTreeSet<String>) -> Message {
    let causes: Vec<&str> = causes.iter().map(String::as_str).collect();
    Message::new("shell-excused", [causes.join(", ")])
}

fn json(shell: &Shell, ran: &[Ran]) -> serde_json::Value {
    let list: Vec<serde_json::Value> = ran
        .iter()
        .map(|one| {
            serde_json::json!({
                "scenario": one.scenario.name,
                "clauses": one.scenario.clauses,
                "file": one.path(),
                "line": one.scenario.place().line,
                "passed": one.passed(),
                "failure": (!one.passed()).then(|| failure(shell, one)),
                "because_of": one.causes,
            })
        })
        .collect();
    let passed = ran.iter().filter(|one| one.passed()).count();
    let failed = ran.iter().filter(|one| one.failed()).count();
    let otherwise = ran.len() - passed - failed;
    serde_json::json!({ "scenarios": list, "passed": passed, "otherwise": otherwise, "failed": failed })
}

/// The form that build servers read.
fn junit(shell: &Shell, ran: &[Ran]) -> String {
    let failed = ran.iter().filter(|one| one.failed()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuite name=\"rulebook\" tests=\"{}\" failures=\"{failed}\">\n", ran.len()));
    for one in ran {
        let (name, path) = (escape(&one.scenario.name), escape(&one.path()));
        out.push_str(&format!("  <testcase classname=\"{path}\" name=\"{name}\""));
        if one.passed() {
            out.push_str("/>\n");
        } else if let Some(causes) = &one.causes {
            let told = escape(&excused(causes).render(shell.lang));
            out.push_str(&format!("><skipped message=\"{told}\"/></testcase>\n"));
        } else {
            let told = escape(&failure(shell, one));
            out.push_str(&format!("><failure message=\"{name}\">{told}</failure></testcase>\n"));
        }
    }
    out.push_str("</testsuite>\n");
    out
}

/// Signs that XML reserves are written as entities; control signs, which it forbids, are dropped.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(sign),
            sign if sign.is_control() => {}
            sign => out.push(sign),
        }
    }
    out
}
