//! `rulebook test`: the scenarios of a policy.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Done, Exit, Shell, Stop, load, progress};
use crate::diag::Report;
use crate::lang::Message;
use crate::scenario::{Scenario, Verdict};

#[derive(clap::Args, Debug)]
pub(super) struct Test {
    /// 制度所在的文件夹 · the policy's folder
    policy: PathBuf,
    /// 只运行名称、条款或文件含有这段文字的场景 · only scenarios whose name, clause or file holds this
    filter: Option<String>,
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
    scenario: Scenario,
    verdict: Result<Verdict, Report>,
}

impl Ran {
    fn passed(&self) -> bool {
        self.verdict.as_ref().is_ok_and(|verdict| verdict.passed)
    }
}

impl Test {
    pub fn run(self, shell: &mut Shell) -> Done {
        let policy = load(shell, &self.policy)?;
        let scenarios = match Scenario::read_folder(&self.policy) {
            Ok(scenarios) => scenarios,
            Err(report) => {
                let text = report.render_text(shell.lang, shell.out.colour_of_errors());
                shell.out.complain(text.trim_end())?;
                return Err(Stop::Invalid);
            }
        };
        let chosen: Vec<Scenario> = scenarios
            .into_iter()
            .filter(|scenario| self.filter.as_ref().is_none_or(|filter| holds(scenario, filter)))
            .collect();
        if let (true, Some(filter)) = (chosen.is_empty(), &self.filter) {
            return Err(Stop::Usage(Message::new("shell-no-such-scenario", [filter])));
        }
        let label = Message::plain("shell-testing").render(shell.lang);
        let bar = progress::bar(shell, chosen.len() as u64, &label);
        let mut ran = Vec::with_capacity(chosen.len());
        for scenario in chosen {
            let verdict = scenario.run(&policy);
            bar.inc(1);
            ran.push(Ran { scenario, verdict });
        }
        bar.finish_and_clear();
        match self.format {
            Format::Text => text(shell, &ran)?,
            Format::Json => shell.out.json(&json(shell, &ran))?,
            Format::Junit => shell.out.text(junit(shell, &ran))?,
        }
        Ok(if ran.iter().all(Ran::passed) { Exit::Well } else { Exit::Failed })
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

fn text(shell: &mut Shell, ran: &[Ran]) -> Result<(), Stop> {
    let mut path = None;
    for one in ran {
        let place = one.scenario.place();
        if path.as_ref() != Some(&place.path) {
            shell.out.heading(&place.path)?;
            path = Some(place.path);
        }
        if one.passed() {
            shell.out.line(format!("  ✓ {}", one.scenario.name))?;
        } else {
            let told = failure(shell, one).replace('\n', "\n    ");
            shell.out.line(format!("  ✗ {}\n    {told}", one.scenario.name))?;
        }
    }
    let passed = ran.iter().filter(|one| one.passed()).count();
    let told = match ran {
        [] => Message::plain("shell-no-scenarios"),
        _ => Message::new("shell-tested", [ran.len(), passed, ran.len() - passed]),
    };
    shell.out.line(told.render(shell.lang))?;
    Ok(())
}

fn json(shell: &Shell, ran: &[Ran]) -> serde_json::Value {
    let list: Vec<serde_json::Value> = ran
        .iter()
        .map(|one| {
            let place = one.scenario.place();
            serde_json::json!({
                "scenario": one.scenario.name,
                "clauses": one.scenario.clauses,
                "file": place.path,
                "line": place.line,
                "passed": one.passed(),
                "failure": (!one.passed()).then(|| failure(shell, one)),
            })
        })
        .collect();
    let passed = ran.iter().filter(|one| one.passed()).count();
    serde_json::json!({ "scenarios": list, "passed": passed, "failed": ran.len() - passed })
}

/// The form that build servers read.
fn junit(shell: &Shell, ran: &[Ran]) -> String {
    let failed = ran.iter().filter(|one| !one.passed()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuite name=\"rulebook\" tests=\"{}\" failures=\"{failed}\">\n", ran.len()));
    for one in ran {
        let (name, path) = (escape(&one.scenario.name), escape(&one.scenario.place().path));
        out.push_str(&format!("  <testcase classname=\"{path}\" name=\"{name}\""));
        if one.passed() {
            out.push_str("/>\n");
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
