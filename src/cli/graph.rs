//! `rulebook graph`: workflows as diagrams.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Done, Exit, Shell, Stop, load};
use crate::graph::GraphFormat;
use crate::lang::Message;

#[derive(clap::Args, Debug)]
pub(super) struct Graph {
    /// 制度所在的文件夹 · the policy's folder
    policy: PathBuf,
    /// 只画这个流程;不写就画全部 · only this workflow; all without it
    workflow: Option<String>,
    /// 图的语言 · what the diagram is written in
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Mermaid;画全部时是 Markdown · Mermaid; of all workflows as Markdown
    Mermaid,
    /// Graphviz DOT
    Dot,
}

impl Graph {
    pub fn run(self, shell: &mut Shell) -> Done {
        let policy = load(shell, &self.policy)?;
        if let Some(name) = &self.workflow
            && !policy.workflows().any(|known| known == name)
        {
            let known = policy.workflows().collect::<Vec<_>>().join(" ");
            return Err(Stop::Usage(Message::new("shell-no-such-workflow", [name, &known])));
        }
        let format = match self.format {
            Format::Mermaid => GraphFormat::Mermaid,
            Format::Dot => GraphFormat::Dot,
        };
        shell.out.text(policy.graph(self.workflow.as_deref(), format, shell.lang)?)?;
        Ok(Exit::Well)
    }
}
