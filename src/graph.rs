//! Workflows as diagrams, for people: Mermaid and Graphviz DOT.
//!
//! A diagram shows what the model holds, with the labels of the policy: states inside states, regions side by side, history,
//! every transition with its event, condition and clause, clocks and where a breach leads, and what happens once visits are
//! used up. What leaves nothing stands as a line in its state. Effects are not drawn.

use crate::error::{Error, ErrorKind, Result};
use crate::explain::Words;
use crate::lang::Lang;
use crate::model::{Model, Policy, Workflow};

mod dot;
mod drawing;
mod mermaid;

use drawing::Drawing;

/// The language a diagram is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum GraphFormat {
    /// A Mermaid `stateDiagram-v2`, as Markdown viewers draw it.
    #[default]
    Mermaid,
    /// Graphviz DOT.
    Dot,
}

impl Policy {
    /// Draws a workflow, or all of them: Mermaid as Markdown with one fenced diagram under a heading each, DOT one graph
    /// after another.
    ///
    /// The same policy gives the same bytes.
    ///
    /// ```
    /// use rulebook::{GraphFormat, Lang, Policy};
    ///
    /// let policy = Policy::load("policies/sales-service").expect("the policy that ships has no mistakes");
    /// let drawn = policy.graph(Some("onboarding"), GraphFormat::Mermaid, Lang::Zh)?;
    /// assert!(drawn.contains("stateDiagram-v2") && drawn.contains("state \"待补考"));
    /// # Ok::<(), rulebook::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unknown`] for a workflow that the policy does not have.
    pub fn graph(&self, workflow: Option<&str>, format: GraphFormat, lang: Lang) -> Result<String> {
        let words = Words::new(&self.model, lang);
        if let Some(name) = workflow {
            let id = self.model.find_workflow(name).ok_or_else(|| unknown(&self.model, name))?;
            let drawing = Drawing::new(&words, self.model.workflow(id));
            return Ok(match format {
                GraphFormat::Mermaid => mermaid::titled(&drawing),
                GraphFormat::Dot => dot::write(&drawing),
            });
        }
        let all = self.model.workflows.iter().map(|workflow| Drawing::new(&words, workflow));
        Ok(match format {
            GraphFormat::Mermaid => {
                let header = &self.model.header;
                let title = format!("{} {}", header.title.get(lang), header.version);
                mermaid::page(title.trim(), all)
            }
            GraphFormat::Dot => all.map(|drawing| dot::write(&drawing)).collect::<Vec<_>>().join("\n"),
        })
    }

    /// The names of the workflows, in document order.
    pub fn workflows(&self) -> impl Iterator<Item = &str> {
        self.model.workflows.iter().map(|workflow: &Workflow| workflow.name.as_ref())
    }
}

fn unknown(model: &Model, name: &str) -> Error {
    let known: Vec<&str> = model.workflows.iter().map(|workflow| workflow.name.as_ref()).collect();
    let detail = format!("the policy has no workflow `{name}`; it has {}", known.join(", "));
    Error::new(ErrorKind::Unknown, detail)
}

#[cfg(test)]
mod tests;
