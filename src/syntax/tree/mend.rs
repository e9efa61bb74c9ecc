//! Repairs made in memory, so that reading goes on after a mistake whose remedy is known. The file itself stays as it is.

use std::ops::Range;

use crate::diag::Diagnostic;
use crate::source::Span;
use crate::syntax::node::{Kind, Node};

/// A part of a file as its author wrote it, and as it reads with the repairs.
pub struct Mended<'a> {
    written: &'a str,
    /// Where the part begins in its file.
    start: usize,
    text: String,
    /// Sorted; none touches another.
    repairs: Vec<Repair>,
}

/// One repair.
struct Repair {
    /// What it replaces, in bytes of what was written.
    written: Range<usize>,
    replacement: String,
    /// Where the replacement begins in the mended text.
    at: usize,
}

/// Which end of a span a place is.
#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
}

impl<'a> Mended<'a> {
    /// A part of a file that begins at `start`, without repairs.
    pub fn new(written: &'a str, start: usize) -> Mended<'a> {
        Mended { written, start, text: written.to_owned(), repairs: Vec::new() }
    }

    /// How the text reads now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Makes repairs, each a range of the text as it reads now and what it should read. Those that would touch another
    /// repair are left out; tells whether any was made.
    pub fn repair(&mut self, repairs: impl IntoIterator<Item = (Range<usize>, String)>) -> bool {
        let before = self.repairs.len();
        let new: Vec<Repair> = repairs
            .into_iter()
            .filter(|(range, _)| self.text.get(range.clone()).is_some())
            .map(|(range, replacement)| {
                let written = self.place(range.start, Side::Start)..self.place(range.end, Side::End);
                Repair { written, replacement, at: 0 }
            })
            .collect();
        let mut all = std::mem::take(&mut self.repairs);
        all.extend(new);
        // The sort is stable: of two repairs of one place the earlier one stays.
        all.sort_by_key(|repair| repair.written.start);
        all.dedup_by(|later, earlier| later.written.start <= earlier.written.end);
        self.text.clear();
        let mut read = 0;
        for repair in &mut all {
            self.text.push_str(self.written.get(read..repair.written.start).unwrap_or(""));
            repair.at = self.text.len();
            self.text.push_str(&repair.replacement);
            read = repair.written.end;
        }
        self.text.push_str(self.written.get(read..).unwrap_or(""));
        self.repairs = all;
        self.repairs.len() > before
    }

    /// Turns the places of a tree from those in the mended text into those in the file.
    pub fn place_node(&self, node: &mut Node) {
        self.place_span(&mut node.span);
        match &mut node.kind {
            Kind::Scalar { .. } => {}
            Kind::List(items) => items.iter_mut().for_each(|item| self.place_node(item)),
            Kind::Map(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                self.place_node(key);
                self.place_node(value);
            }),
        }
    }

    /// As [`Mended::place_node`], for a finding. A fix that would meet a repair is taken away.
    pub fn place_finding(&self, finding: &mut Diagnostic) {
        finding.marks.iter_mut().for_each(|mark| self.place_span(&mut mark.span));
        if let Some(fix) = &mut finding.fix {
            let (start, end) = (fix.span.start as usize, fix.span.end as usize);
            // They are sorted and apart: the last that begins before the end reaches furthest.
            let near = self.repairs.partition_point(|repair| repair.at <= end).checked_sub(1);
            let near = near.and_then(|idx| self.repairs.get(idx));
            let meets = near.is_some_and(|repair| start <= repair.at + repair.replacement.len());
            self.place_span(&mut fix.span);
            if meets {
                finding.fix = None;
            }
        }
    }

    fn place_span(&self, span: &mut Span) {
        let start = self.place(span.start as usize, Side::Start);
        let end = self.place(span.end as usize, Side::End).max(start);
        *span = Span::new(span.file, self.start + start, self.start + end);
    }

    /// Where a place of the mended text stands in what was written; a place inside a repair is an end of what it replaces.
    fn place(&self, at: usize, side: Side) -> usize {
        let later = self.repairs.partition_point(|repair| repair.at <= at);
        let Some(repair) = later.checked_sub(1).and_then(|idx| self.repairs.get(idx)) else { return at };
        let into = at - repair.at;
        match side {
            _ if into >= repair.replacement.len() => repair.written.end + (into - repair.replacement.len()),
            Side::Start => repair.written.start,
            Side::End if into == 0 => repair.written.start,
            Side::End => repair.written.end,
        }
    }
}

/// The lines that tabs indent, and the spaces they need: a level below the line before where that opens one, else as deep
/// as the line that had the same tabs, else as deep as the line before.
pub fn tabs_to_spaces(text: &str) -> Vec<(Range<usize>, String)> {
    let mut repairs = Vec::new();
    let mut before = Above::default();
    // Columns of tabs → columns of spaces, in the run of tab-indented lines at hand; ever deeper.
    let mut levels: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t']);
        let indent = line.get(..line.len() - content.len()).unwrap_or("");
        let at = start;
        start += line.len();
        if content.trim().is_empty() {
            continue;
        }
        let mut spaces = indent.len();
        if indent.contains('\t') {
            let columns = indent.bytes().map(|byte| if byte == b'\t' { 8 } else { 1 }).sum();
            levels.retain(|(known, _)| *known <= columns);
            spaces = match levels.last() {
                Some((known, spaces)) if *known == columns => *spaces,
                _ => before.next(content),
            };
            levels.retain(|(known, _)| *known < columns);
            levels.push((columns, spaces));
            repairs.push((at..at + indent.len(), " ".repeat(spaces)));
        } else {
            levels.clear();
        }
        if !content.starts_with('#') {
            before = Above::of(spaces, content);
        }
    }
    repairs
}

/// What the line before says of where a line begins.
#[derive(Default)]
struct Above {
    /// Where the line begins.
    indent: usize,
    /// Where its key begins, behind any `- `.
    key: usize,
    /// Whether it ends with a key whose value is still to come.
    opens: bool,
}

impl Above {
    fn of(indent: usize, content: &str) -> Above {
        let mut rest = content;
        while let Some(inner) = rest.strip_prefix("- ") {
            rest = inner.trim_start();
        }
        let bare = rest.split(" #").next().unwrap_or(rest).trim_end();
        let opens = bare.ends_with(':') || bare.ends_with(": |") || bare.ends_with(": >");
        Above { indent, key: indent + (content.len() - rest.len()), opens }
    }

    fn next(&self, content: &str) -> usize {
        match (self.opens, content.starts_with("- ")) {
            (true, _) => self.key + 2,
            (false, true) => self.indent,
            (false, false) => self.key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_what_was_written() {
        let written = "ab：cd\n\tef";
        let mut mended = Mended::new(written, 100);
        assert!(mended.repair([(2..5, ": ".to_owned())]));
        assert!(mended.repair([(7..8, "    ".to_owned())]));
        assert_eq!(mended.text(), "ab: cd\n    ef");
        assert!(!mended.repair([(3..4, "x".to_owned())]), "it would touch another repair");
        let placed = |part: &str| {
            let start = mended.text().find(part).unwrap();
            let mut span = Span::new(Default::default(), start, start + part.len());
            mended.place_span(&mut span);
            &written[span.start as usize - 100..span.end as usize - 100]
        };
        for (part, expected) in [("ab", "ab"), (":", "："), ("cd", "cd"), ("  ", "\t"), ("ef", "ef")] {
            assert_eq!(placed(part), expected);
        }
    }

    #[test]
    fn tabs_become_the_spaces_that_the_lines_before_ask_for() {
        let rows = [
            ("a:\n  b: 1\n\tc: 2\n", "a:\n  b: 1\n  c: 2\n"),
            ("a:\n    b:\n\t\tc: 2\n\t\td: 3\n", "a:\n    b:\n      c: 2\n      d: 3\n"),
            (
                "a:\n\tb:\n\t\tc: 1\n\td: 2\n\n\te:\n\t\tf: 3\n",
                "a:\n  b:\n    c: 1\n  d: 2\n\n  e:\n    f: 3\n",
            ),
            ("a:\n  - b: 1\n\tc: 2\n  - d: 1\n\t- e: 1\n", "a:\n  - b: 1\n    c: 2\n  - d: 1\n  - e: 1\n"),
        ];
        for (written, expected) in rows {
            let mut mended = Mended::new(written, 0);
            assert!(mended.repair(tabs_to_spaces(written)));
            assert_eq!(mended.text(), expected);
        }
    }
}
