//! Tables whose columns line up with Chinese in them.

use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};

/// A table with a header; columns whose cells are all numbers are set right.
pub(super) fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for idx in 0..header.len() {
        let numeric = rows.iter().filter_map(|row| row.get(idx)).all(|cell| is_number(cell));
        if numeric && let Some(column) = table.column_mut(idx) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|sign| sign.is_ascii_digit() || ",.-%".contains(sign))
}
