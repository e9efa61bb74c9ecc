//! `tables:`, decision tables.

use crate::diag::Diagnostic;
use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::*;
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::shape;

impl FromNode for RawTable {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawTable> {
        let mut fields = Fields::open(at, node, &shape::TABLE, found)?;
        Some(RawTable {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.all("clause"),
            hit: fields.opt("hit"),
            inputs: fields.all("inputs"),
            outputs: fields.all("outputs"),
            rows: fields.all("rows"),
            otherwise: fields.opt("otherwise"),
        })
    }
}

impl FromNode for RawInput {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawInput> {
        if !matches!(node.kind, Kind::Map(_)) {
            let of = Some(RawType::read(at, node, found)?);
            return Some(RawInput { span: node.span, label: None, of, from: None });
        }
        let mut fields = Fields::open(at, node, &shape::INPUT, found)?;
        let (of, from) = (fields.opt("type"), fields.opt("from"));
        Some(RawInput { span: fields.span, label: fields.opt("label"), of, from })
    }
}

impl FromNode for RawRow {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawRow> {
        Some(RawRow { span: node.span, cells: FromNode::read(at, node, found)? })
    }
}

impl FromNode for RawOtherwise {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawOtherwise> {
        match &node.kind {
            Kind::Scalar { .. } => Text::read(at, node, found).map(RawOtherwise::Error),
            _ => RawRow::read(at, node, found).map(RawOtherwise::Row),
        }
    }
}
