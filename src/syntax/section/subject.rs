//! `subjects:`, `roles:` and `functions:`, and the types in them.

use crate::diag::Diagnostic;
use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::*;
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::shape;

impl FromNode for RawSubject {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawSubject> {
        let mut fields = Fields::open(at, node, &shape::SUBJECT, found)?;
        Some(RawSubject {
            span: fields.span,
            label: fields.opt("label"),
            person: fields.opt("person"),
            fields: fields.all("fields"),
            opened_by: fields.all("opened_by"),
            changed_by: fields.all("changed_by"),
            may_delegate: fields.all("may_delegate"),
        })
    }
}

impl FromNode for RawRole {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawRole> {
        let mut fields = Fields::open(at, node, &shape::ROLE, found)?;
        let held_by: Option<Holders> = fields.opt("held_by");
        Some(RawRole {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.opt("clause"),
            held_by: held_by.map_or_else(Vec::new, |holders| holders.0),
            of: fields.opt("of"),
            every: fields.opt("every"),
            anyone: fields.opt("anyone"),
        })
    }
}

impl FromNode for RawSubstitute {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawSubstitute> {
        let mut fields = Fields::open(at, node, &shape::SUBSTITUTE, found)?;
        Some(RawSubstitute {
            span: fields.span,
            absent: fields.opt("for"),
            by: fields.opt("by"),
            from: fields.opt("from"),
            to: fields.opt("to"),
            roles: fields.all("roles"),
            because: fields.opt("because"),
        })
    }
}

impl FromNode for RawAccount {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawAccount> {
        let mut fields = Fields::open(at, node, &shape::ACCOUNT, found)?;
        Some(RawAccount { span: fields.span, label: fields.opt("label"), shared: fields.opt("shared") })
    }
}

impl FromNode for RawFunction {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawFunction> {
        let mut fields = Fields::open(at, node, &shape::FUNCTION, found)?;
        Some(RawFunction {
            span: fields.span,
            clause: fields.opt("clause"),
            params: fields.all("params"),
            returns: fields.opt("returns"),
            body: fields.opt("body"),
            host: fields.opt("host"),
        })
    }
}

/// `held_by:` with dates by name, or bare names.
struct Holders(Vec<RawHolder>);

impl FromNode for Holders {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Holders> {
        let holders = if matches!(node.kind, Kind::Map(_)) {
            let terms: Vec<Named<Term>> = FromNode::read(at, node, found)?;
            terms
                .into_iter()
                .map(|term| RawHolder { person: term.name, from: term.value.from, to: term.value.to })
                .collect()
        } else {
            let names: Vec<Text> = FromNode::read(at, node, found)?;
            names.into_iter().map(|person| RawHolder { person, from: None, to: None }).collect()
        };
        Some(Holders(holders))
    }
}

/// From and to when somebody holds a role.
struct Term {
    from: Option<Text>,
    to: Option<Text>,
}

impl FromNode for Term {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Term> {
        let mut fields = Fields::open(at, node, &shape::HOLDER, found)?;
        Some(Term { from: fields.opt("from"), to: fields.opt("to") })
    }
}

impl FromNode for RawField {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawField> {
        if !matches!(node.kind, Kind::Map(_)) {
            return Some(RawField { of: RawType::read(at, node, found)?, changed_by: Vec::new() });
        }
        let mut fields = Fields::open(at, node, &shape::FIELD, found)?;
        let changed_by = fields.all("changed_by");
        Some(RawField { of: full_type(fields)?, changed_by })
    }
}

impl FromNode for RawType {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawType> {
        match &node.kind {
            Kind::Scalar { .. } => Text::read(at, node, found).map(RawType::Word),
            Kind::List(_) => {
                Some(RawType::Options { span: node.span, options: FromNode::read(at, node, found)? })
            }
            Kind::Map(_) => full_type(Fields::open(at, node, &shape::TYPE_FULL, found)?),
        }
    }
}

fn full_type(mut fields: Fields<'_, '_>) -> Option<RawType> {
    let (span, of) = (fields.span, fields.opt("type"));
    let (optional, label) = (fields.opt("optional"), fields.opt("label"));
    let labels = fields.all("labels");
    Some(RawType::Full { span, of: Box::new(of?), optional, label, labels })
}
