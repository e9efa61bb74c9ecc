//! Two rows that match together in a table where only one may, or where all that match must agree.

use super::table_space::{ROWS_MAX, spaces};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Hit, Model, Table};

/// So many pairs are told of in one table.
const TOLD_MAX: usize = 5;

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for table in model.tables.iter().filter(|table| matches!(table.hit, Hit::Unique | Hit::Any)) {
        in_table(model, table, found);
    }
}

fn in_table(model: &Model, table: &Table, found: &mut Vec<Diagnostic>) {
    if table.rows.len() > ROWS_MAX {
        let args = [table.name.to_string(), table.rows.len().to_string(), ROWS_MAX.to_string()];
        found.push(Diagnostic::error(Code::RowsOverlap, table.span, Message::new("rows-unproved", args)));
        return;
    }
    let spaces = spaces(model, table);
    let mut told = 0;
    for (second, row) in table.rows.iter().enumerate() {
        for (first, before) in table.rows.iter().enumerate().take(second) {
            if table.hit == Hit::Any && row.outputs == before.outputs {
                continue;
            }
            let example = spaces.iter().find_map(|space| Some((space, space.both(first, second)?)));
            let Some((space, example)) = example else { continue };
            if told == TOLD_MAX {
                return;
            }
            told += 1;
            let words = space.words(table, &example);
            let args = [(first + 1).to_string(), (second + 1).to_string(), words];
            let key = if table.hit == Hit::Any { "rows-disagree" } else { "rows-overlap" };
            let mut finding = Diagnostic::error(Code::RowsOverlap, row.span, Message::new(key, args))
                .also(before.span, Message::plain("row-before"));
            if let Some(day) = space.since {
                finding = finding.help(Message::new("table-since", [day]));
            }
            found.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    fn table(hit: &str, rows: &str) -> String {
        format!(
            "parameters: {{limit: {{versions: [{{from: 2026-01-01, value: 3}}, {{from: 2026-06-01, value: 6}}]}}}}\ntables:\n  t:\n    hit: {hit}\n    inputs: {{n: integer, b: [x, y]}}\n    outputs: {{o: [p, q]}}\n    rows:\n{rows}    otherwise: {{o: p}}\n"
        )
    }

    #[test]
    fn rows_of_a_unique_table_never_match_together() {
        let apart = table(
            "unique",
            "      - {n: below 3, o: p}\n      - {n: 3 and above, b: x, o: q}\n      - {n: 3 and above, b: y, o: p}\n",
        );
        let touching = table("unique", "      - {n: 3 and below, o: p}\n      - {n: 3 and above, o: q}\n");
        let later = table("unique", "      - {n: below $limit, o: p}\n      - {n: 4 and above, o: q}\n");
        let between = table("unique", "      - {n: 2 to 4, o: p}\n      - {n: 4 to 5, b: y, o: q}\n");
        check(
            Code::RowsOverlap,
            &[
                (&apart, &[]),
                (&touching, &[(9, "{n: 3 and above, o: q}")]),
                (&later, &[(9, "{n: 4 and above, o: q}")]),
                (&between, &[(9, "{n: 4 to 5, b: y, o: q}")]),
            ],
        );
    }

    #[test]
    fn rows_of_an_any_table_agree_where_they_match_together() {
        let same = table("any", "      - {n: 3 and below, o: p}\n      - {n: 3 and above, o: p}\n");
        let other = table("any", "      - {b: x, o: p}\n      - {n: 3, o: q}\n");
        check(Code::RowsOverlap, &[(&same, &[]), (&other, &[(9, "{n: 3, o: q}")])]);
    }
}
