//! `rulebook explain`: the story of a subject or of one of its cases.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Done, Exit, Shell, Stop, data, default_policy, load};
use crate::explain;
use crate::lang::Message;

#[derive(clap::Args, Debug)]
pub(super) struct Explain {
    /// 对象,如 staff/li;或事项,如 staff/li/coaching/2 · a subject, or a case of it
    case: String,
    /// 制度所在的文件夹 · the policy's folder
    #[arg(long, default_value_os_t = default_policy())]
    policy: PathBuf,
    /// 记录所在的 SQLite 文件 · the store to read
    #[arg(long, conflicts_with = "events")]
    store: Option<PathBuf>,
    /// 先办完这些事件(JSON 行);默认是随附的一年数据 · the events to run first
    #[arg(long)]
    events: Option<PathBuf>,
    /// 只用这一天(或时刻)以前已经知道的记录 · as it was known on a day or at an instant
    #[arg(long, value_name = "DATE")]
    as_known: Option<String>,
}

impl Explain {
    pub fn run(self, shell: &mut Shell) -> Done {
        let (subject, case) = split(&self.case)?;
        let policy = load(shell, &self.policy)?;
        let known = self.as_known.as_ref().map(|text| data::instant(&policy, text)).transpose()?;
        let mut runtime = data::standing(shell, policy.clone(), self.store.as_ref(), self.events.as_ref())?;
        let policy = runtime.policy().clone();
        let Some(head) = crate::store::Store::head(runtime.store(), &subject)? else {
            return Err(unknown(&mut runtime, &subject));
        };
        let until = known.unwrap_or(head.frontier);
        let steps = runtime.story(&subject, known, Some(until))?;
        let state = match known {
            Some(_) => runtime.as_known(&subject, known, Some(until))?,
            None => runtime.subject(&subject)?,
        };
        let lang = shell.lang;
        if let Some(known) = known {
            let at = explain::Words::new(&policy.model, lang).instant(known);
            shell.out.line(Message::new("shell-as-known", [at]).render(lang))?;
        }
        match case {
            Some(case) => shell.out.text(explain::story_of_case(&policy, &steps, &case, lang))?,
            None => {
                if let Some(state) = state {
                    let standing = explain::standing(&policy, &state, lang);
                    let (first, rest) = standing.split_once('\n').unwrap_or((&standing, ""));
                    shell.out.heading(first)?;
                    shell.out.line(rest)?;
                }
                shell.out.text(explain::story(&policy, &steps, lang))?;
            }
        }
        Ok(Exit::Well)
    }
}

/// `staff/li` and, if it follows, `coaching/2`.
fn split(text: &str) -> Result<(String, Option<String>), Stop> {
    let mut parts = text.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(name), case) if !kind.is_empty() && !name.is_empty() => {
            Ok((format!("{kind}/{name}"), case.filter(|case| !case.is_empty()).map(str::to_owned)))
        }
        _ => Err(Stop::Usage(Message::new("shell-not-a-subject", [text]))),
    }
}

/// A subject that nothing is known of, with names that are near.
pub(super) fn unknown(runtime: &mut data::AnyRuntime, subject: &str) -> Stop {
    let kind = subject.split('/').next();
    let names: Vec<Arc<str>> = match runtime.subjects(kind, "", 1_000) {
        Ok(names) => names,
        Err(error) => return Stop::Failed(error),
    };
    let near = crate::diag::nearest(subject, names.iter().map(AsRef::as_ref));
    let shown: Vec<&str> = match near {
        Some(near) => vec![near],
        None => names.iter().take(8).map(AsRef::as_ref).collect(),
    };
    Stop::Usage(Message::new("shell-no-such-subject", [subject.to_owned(), shown.join("、")]))
}
