//! Decision tables: data, never scripts.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{ClauseId, Expression, ParameterId, Typed};
use crate::lang::Label;
use crate::source::Span;
use crate::value::{Type, Value};

/// A decision table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// The clauses it serves.
    pub clauses: Vec<ClauseId>,
    /// Which matching rows count.
    pub hit: Hit,
    /// The columns of inputs.
    pub inputs: Vec<Column>,
    /// The columns of outputs.
    pub outputs: Vec<Typed>,
    /// What columns of inputs and outputs are called, where they have a label.
    pub labels: BTreeMap<Arc<str>, Label>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The outputs when no row matches; `None`: an error.
    pub otherwise: Option<Vec<Value>>,
    /// Where it stands.
    pub span: Span,
}

impl Table {
    /// The type of a column of inputs or outputs.
    pub fn type_of(&self, column: &str) -> Option<&Type> {
        let input = self.inputs.iter().find(|input| input.name.as_ref() == column).map(|input| &input.ty);
        input.or_else(|| self.outputs.iter().find(|(name, _)| name.as_ref() == column).map(|(_, ty)| ty))
    }
}

/// Which matching rows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// At most one row can match; proved at load.
    Unique,
    /// The first in document order.
    First,
    /// Any; all that match agree.
    Any,
    /// All, aggregated.
    Collect(CollectOf),
}

/// How collected rows are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectOf {
    /// As a list.
    List,
    /// Their sum.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// How many.
    Count,
}

/// A column of inputs.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Where the value comes from when the table is asked by name; `None`: only from a caller.
    pub from: Option<Expression>,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// One cell for each input column.
    pub cells: Vec<Cell>,
    /// One value for each output column.
    pub outputs: Vec<Value>,
    /// Its clause.
    pub clause: Option<ClauseId>,
    /// Where it stands.
    pub span: Span,
}

/// What a row asks of one input.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Anything, absent included.
    Any,
    /// One of these values.
    OneOf(Vec<Value>),
    /// A number within bounds: the bound and whether it is included.
    Range {
        /// Lower bound.
        min: Option<(Bound, bool)>,
        /// Upper bound.
        max: Option<(Bound, bool)>,
    },
}

/// A bound of a range cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// A number.
    Number(Decimal),
    /// A parameter.
    Parameter(ParameterId),
}
