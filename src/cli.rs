//! The command: arguments, languages, exit codes. Every verb is thin and calls the library.
//!
//! Exit codes: 0 all well, 1 something failed, 2 wrong usage, 3 the policy is invalid.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::error::{Error, ErrorKind};
use crate::lang::{Lang, Message};
use crate::load::{Foreign, Unfit};
use crate::model::Policy;

mod check;
mod data;
mod due;
mod explain;
mod graph;
mod migrate;
mod out;
mod progress;
mod replaced;
mod run;
mod schema;
mod table;
mod test;
mod usage;

use out::Out;

/// 把公司制度变成能运行、能解释、能测试的软件 · turns a company's regulation into software
#[derive(Parser, Debug)]
#[command(name = "rulebook", version, arg_required_else_help = true, max_term_width = 110)]
struct Args {
    /// 输出语言;默认中文,系统语言是英文时用英文 · language of the output
    #[arg(long, global = true, value_enum)]
    lang: Option<Language>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Lang {
        match language {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
        }
    }
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// 检查制度,列出全部错误 · check a policy and list every mistake
    Check(check::Check),
    /// 运行制度附带的场景 · run the scenarios of a policy
    Test(test::Test),
    /// 读入事件并办理,汇总结果 · run events through a policy and sum up
    Run(run::Run),
    /// 讲清一个对象或事项的来龙去脉 · tell the story of a subject or case
    Explain(explain::Explain),
    /// 列出到期事项 · list what is due until when
    Due(due::Due),
    /// 把在途事项迁到新版流程 · move running cases to the newest graph of their workflow
    Migrate(migrate::Migrate),
    /// 画出流程图 · draw workflows as diagrams
    Graph(graph::Graph),
    /// 输出制度 YAML 的 JSON Schema · print the JSON Schema of the YAML
    Schema(schema::Schema),
}

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Well = 0,
    Failed = 1,
    Usage = 2,
    Invalid = 3,
}

/// Why a verb stopped early.
enum Stop {
    /// The output cannot be written; a closed pipe is nobody's fault.
    Output(std::io::Error),
    /// The library failed.
    Failed(Error),
    /// The arguments make no sense together, or name something that is not there.
    Usage(Message),
    /// The policy is invalid; the report has been shown.
    Invalid,
}

type Done = Result<Exit, Stop>;

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Stop {
        Stop::Output(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Failed(error)
    }
}

/// What every verb has at hand.
struct Shell {
    out: Out,
    lang: Lang,
}

/// Runs the command with the arguments of the process.
pub fn main() -> ExitCode {
    run_with(std::env::args_os())
}

fn run_with(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let lang = |asked: Option<Lang>| asked.unwrap_or_else(system_language);
    let exit = match Args::try_parse_from(&args) {
        Ok(args) => {
            let asked = args.lang.map(Lang::from);
            let mut shell = Shell { out: Out::terminal(), lang: lang(asked) };
            let done = verb(&mut shell, args.verb);
            settle(&mut shell, done)
        }
        Err(error) => {
            let mut shell = Shell { out: Out::terminal(), lang: lang(usage::asked(&args)) };
            usage::tell(&mut shell, &error)
        }
    };
    ExitCode::from(exit as u8)
}

fn verb(shell: &mut Shell, verb: Verb) -> Done {
    match verb {
        Verb::Check(check) => check.run(shell),
        Verb::Test(test) => test.run(shell),
        Verb::Run(run) => run.run(shell),
        Verb::Explain(explain) => explain.run(shell),
        Verb::Due(due) => due.run(shell),
        Verb::Migrate(migrate) => migrate.run(shell),
        Verb::Schema(schema) => schema.run(shell),
        Verb::Graph(graph) => graph.run(shell),
    }
}

/// Tells what went wrong and chooses the exit code.
fn settle(shell: &mut Shell, done: Done) -> Exit {
    let done = done.and_then(|exit| shell.out.flush().map(|()| exit).map_err(Stop::Output));
    let (message, exit) = match done {
        Ok(exit) => return exit,
        Err(Stop::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => return Exit::Well,
        Err(Stop::Output(error)) => (Message::new("shell-output-failed", [error]), Exit::Failed),
        Err(Stop::Usage(message)) => (message, Exit::Usage),
        Err(Stop::Invalid) => return Exit::Invalid,
        Err(Stop::Failed(error)) => {
            if let Some(unfit) =
                std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Unfit>())
            {
                let text = unfit.report.render_text(shell.lang, shell.out.colour_of_errors());
                let _ = shell.out.complain(text.trim_end());
                return Exit::Invalid;
            }
            let foreign = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Foreign>());
            if let Some(Foreign { policy, opened_with }) = foreign {
                let message = Message::new("shell-foreign-store", [policy, opened_with]);
                let _ = shell.out.complain(&message.render(shell.lang));
                return Exit::Usage;
            }
            let exit = if error.kind() == ErrorKind::PolicyInvalid { Exit::Invalid } else { Exit::Failed };
            (Message::new("shell-failed", [chain(&error)]), exit)
        }
    };
    let _ = shell.out.flush();
    let _ = shell.out.complain(&message.render(shell.lang));
    exit
}

/// An error with what caused it.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// The language of the system; the only place that looks at it.
fn system_language() -> Lang {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if set.is_some_and(|value| value.starts_with("en")) { Lang::En } else { Lang::Zh }
}

/// Loads a policy; an invalid one is shown with all its mistakes.
fn load(shell: &mut Shell, path: &Path) -> Result<Policy, Stop> {
    exists(path)?;
    match Policy::load(path) {
        Ok(policy) => Ok(policy),
        Err(report) => {
            let text = report.render_text(shell.lang, shell.out.colour_of_errors());
            shell.out.complain(text.trim_end())?;
            Err(Stop::Invalid)
        }
    }
}

/// Stops with a word of help where a path leads nowhere.
fn exists(path: &Path) -> Result<(), Stop> {
    if path.exists() {
        return Ok(());
    }
    Err(Stop::Usage(Message::new("shell-no-such-path", [path.display()])))
}

/// The policy and the events that the command falls back on, so that it works in a fresh clone.
fn default_policy() -> PathBuf {
    PathBuf::from("policies/sales-service")
}

fn default_events() -> PathBuf {
    PathBuf::from("examples/data/year-2026.jsonl")
}
