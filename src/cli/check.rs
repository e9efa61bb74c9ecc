//! `rulebook check`: every mistake of a policy, and how far it implements its regulation.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Done, Exit, Shell, exists};
use crate::Policy;
use crate::diag::Report;
use crate::explain::Coverage;
use crate::lang::{Lang, Message};

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
        let (policy, report) = Policy::check(&self.policy);
        let lang = shell.lang;
        match self.format {
            Format::Text => {
                let colour = shell.out.colour();
                shell.out.text(report.render_text(lang, colour))?;
                if let Some(policy) = &policy {
                    shell.out.text(summary(policy, &self.policy, lang))?;
                }
            }
            Format::Json => {
                let mut json = report.to_json(lang);
                if let (Some(policy), Some(map)) = (&policy, json.as_object_mut()) {
                    map.insert("policy".to_owned(), facts(policy, &self.policy));
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
