//! Inputs that no row covers, in a table that has no default: asking it then is an error.

use super::table_space::{ROWS_MAX, spaces};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Hit, Model, Table};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    let open = |table: &&Table| table.otherwise.is_none() && !matches!(table.hit, Hit::Collect(_));
    for table in model.tables.iter().filter(open) {
        found.extend(in_table(model, table));
    }
}

fn in_table(model: &Model, table: &Table) -> Option<Diagnostic> {
    if table.rows.len() > ROWS_MAX {
        return Some(Diagnostic::note(
            Code::TableGap,
            table.span,
            Message::new("table-too-large", [&table.name]),
        ));
    }
    for space in spaces(model, table) {
        let mut gap = None;
        let complete = space.walk(&mut |situation| {
            if situation.rows.is_empty() {
                gap = Some(space.words(table, situation.example));
            }
            gap.is_none()
        });
        if let Some(example) = gap {
            let message = Message::new("table-gap", [table.name.to_string(), example]);
            let mut finding = Diagnostic::warning(Code::TableGap, table.span, message)
                .help(Message::plain("table-gap-help"));
            if let Some(day) = space.since {
                finding = finding.help(Message::new("table-since", [day]));
            }
            return Some(finding);
        }
        if !complete {
            let message = Message::new("table-too-large", [&table.name]);
            return Some(Diagnostic::note(Code::TableGap, table.span, message));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn every_input_has_its_row_or_there_is_a_default() {
        let table = |rows: &str, otherwise: &str| {
            format!(
                "tables:\n  t:\n    inputs: {{n: decimal, b: boolean}}\n    outputs: {{o: [p, q]}}\n    rows:\n{rows}    otherwise: {otherwise}\n"
            )
        };
        let whole = table(
            "      - {n: below 3, o: p}\n      - {n: 3 and above, b: yes, o: q}\n      - {n: 3 and above, b: no, o: p}\n",
            "error",
        );
        let gap = table("      - {n: below 3, o: p}\n      - {n: above 3, o: q}\n", "error");
        let default = table("      - {n: below 3, o: p}\n", "{o: q}");
        check(Code::TableGap, &[(&whole, &[]), (&gap, &[(2, "t")]), (&default, &[])]);
    }
}
