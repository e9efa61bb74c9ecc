//! A row that never counts: its cells rule each other out, or earlier rows always come first.

use std::collections::BTreeSet;

use super::table_space::spaces;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Hit, Model, Table};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for table in &model.tables {
        in_table(model, table, found);
    }
}

fn in_table(model: &Model, table: &Table, found: &mut Vec<Diagnostic>) {
    let spaces = spaces(model, table);
    let mut counting: BTreeSet<usize> = BTreeSet::new();
    let mut complete = true;
    for space in &spaces {
        if table.hit == Hit::First {
            complete &= space.walk(&mut |situation| {
                counting.extend(situation.rows.first());
                true
            });
        } else {
            counting.extend((0..table.rows.len()).filter(|row| space.possible(*row)));
        }
    }
    if spaces.is_empty() || !complete {
        return;
    }
    for (idx, row) in table.rows.iter().enumerate().filter(|(idx, _)| !counting.contains(idx)) {
        let possible = spaces.iter().any(|space| space.possible(idx));
        let key = if possible { "row-covered" } else { "row-impossible" };
        let message = Message::new(key, [(idx + 1).to_string()]);
        found.push(Diagnostic::error(Code::RowNeverHit, row.span, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn a_row_counts_somewhere() {
        let head = "tables:\n  t:\n    hit: first\n    inputs: {n: integer, b: boolean}\n    outputs: {o: [p, q]}\n    rows:\n";
        let covered = format!(
            "{head}      - {{n: below 3, o: p}}\n      - {{b: yes, o: q}}\n      - {{n: 2, o: q}}\n      - {{n: 3, o: q}}\n"
        );
        let impossible = format!("{head}      - {{n: 2.2 to 2.8, o: p}}\n      - {{o: q}}\n");
        check(
            Code::RowNeverHit,
            &[(&covered, &[(9, "{n: 2, o: q}")]), (&impossible, &[(7, "{n: 2.2 to 2.8, o: p}")])],
        );
    }
}
