//! Blanks of a template: findings that a report lists together.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::Span;

impl Diagnostic {
    /// A parameter that is still blank, with the clause that it comes from where one is stated.
    pub fn blank(span: Span, name: &str, clause: Option<&str>) -> Diagnostic {
        let message = Message::new("blank-parameter", [name, clause.unwrap_or("—")]);
        Diagnostic::error(Code::BlankParameter, span, message)
    }
}
