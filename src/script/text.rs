//! The text of a script inside its YAML file: quotes and block headers removed, every place still known.

use crate::source::{Sources, Span};

/// A script as it stands in a file.
#[derive(Clone, Debug)]
pub struct ScriptText<'a> {
    /// The script proper, without YAML's quotes, escapes and block header.
    pub text: String,
    /// The whole scalar in its file.
    pub span: Span,
    /// The line of the script's first character, from 1.
    pub line: u32,
    /// The column of the script's first character, from 1, in characters.
    pub column: u32,
    /// The slice of the file that `text` was made from.
    raw: &'a str,
    /// The byte offset of `raw` in the file.
    offset: u32,
    /// Where the distance between `text` and `raw` changes: offsets into both, ascending.
    steps: Vec<(usize, usize)>,
}

/// Where something stands: as a span, and as line and column for a run-time error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The bytes in the file.
    pub span: Span,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

impl<'a> ScriptText<'a> {
    /// The script under the span of a YAML scalar, whichever way the scalar is written:
    /// plain, in quotes, or as a block (`|`, `>-`, with its header in the span or not).
    pub fn new(sources: &'a Sources, span: Span) -> ScriptText<'a> {
        let slice = sources.text(span);
        let (skip, body) = body_of(slice);
        let offset = span.start.saturating_add(to_u32(skip));
        let (line, column) = sources.get(span.file).map_or((1, 1), |file| file.position(offset));
        let (text, steps) = unescape(slice, body);
        ScriptText { text, span, line, column, raw: body, offset, steps }
    }

    /// A text that stands for itself, in no file: line and column count from its own start.
    pub fn bare(text: &'a str) -> ScriptText<'a> {
        let span = Span { end: to_u32(text.len()), ..Span::default() };
        let steps = Vec::new();
        ScriptText { text: text.to_owned(), span, line: 1, column: 1, raw: text, offset: 0, steps }
    }

    /// The place of a range of bytes of `text`.
    pub fn place(&self, start: u32, end: u32) -> Place {
        let (from, to) = (self.raw_offset(start as usize), self.raw_offset(end as usize));
        let before = self.raw.get(..from).unwrap_or(self.raw);
        let (line, column) = match before.rfind('\n') {
            None => (self.line, self.column + to_u32(before.chars().count())),
            Some(newline) => {
                let lines = before.bytes().filter(|byte| *byte == b'\n').count();
                let tail = before.get(newline + 1..).unwrap_or("");
                (self.line + to_u32(lines), to_u32(tail.chars().count()) + 1)
            }
        };
        let base = self.offset as usize;
        Place { span: Span::new(self.span.file, base + from, base + to.max(from)), line, column }
    }

    /// The span of a range of bytes of `text`.
    pub fn span_of(&self, start: u32, end: u32) -> Span {
        self.place(start, end).span
    }

    fn raw_offset(&self, offset: usize) -> usize {
        let idx = self.steps.partition_point(|(clean, _)| *clean <= offset);
        let step = idx.checked_sub(1).and_then(|idx| self.steps.get(idx));
        let (clean, raw) = step.copied().unwrap_or((0, 0));
        (raw + (offset - clean)).min(self.raw.len())
    }
}

/// How many bytes of the slice stand before the script, and the script as it is written.
fn body_of(slice: &str) -> (usize, &str) {
    let lead = slice.len() - slice.trim_start().len();
    let trimmed = slice.trim();
    if let Some(header) = block_header(trimmed) {
        let rest = trimmed.get(header..).unwrap_or("");
        let indent = rest.len() - rest.trim_start().len();
        return (lead + header + indent, rest.trim());
    }
    match quoted(trimmed) {
        Some(body) => (lead + 1, body),
        None => (lead, trimmed),
    }
}

/// The length of a block scalar's header with its line end. A closure `|x| …` is no header.
fn block_header(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['|', '>'])?;
    let end = rest.find('\n')?;
    let head = rest.get(..end)?.trim_end();
    let marks = head.split('#').next().unwrap_or("");
    marks.trim_end().chars().all(|c| matches!(c, '+' | '-' | '0'..='9')).then_some(end + 2)
}

/// The inside of a text that one pair of YAML quotes encloses as a whole.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let body = text.get(1..)?.strip_suffix(quote)?;
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if quote == '"' && c == '\\' {
            chars.next()?;
        } else if c == quote {
            // Doubled in single quotes, it stands for itself; else the quotes end before the text does.
            if quote == '"' || chars.next() != Some('\'') {
                return None;
            }
        }
    }
    Some(body)
}

/// Resolves YAML's escapes in a quoted body and notes where offsets shift.
fn unescape(slice: &str, body: &str) -> (String, Vec<(usize, usize)>) {
    let trimmed = slice.trim();
    let quote = if quoted(trimmed).is_some() { trimmed.chars().next() } else { None };
    let (mut text, mut steps) = (String::with_capacity(body.len()), Vec::new());
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        let (put, width) = match (quote, c) {
            (Some('\''), '\'') => (Some('\''), 2),
            (Some('"'), '\\') => escape(rest),
            _ => (Some(c), c.len_utf8()),
        };
        text.extend(put);
        rest = rest.get(width..).unwrap_or("");
        if put.map_or(0, char::len_utf8) != width {
            steps.push((text.len(), body.len() - rest.len()));
        }
    }
    (text, steps)
}

/// The character that an escape of YAML's double quotes stands for, and the escape's width.
fn escape(text: &str) -> (Option<char>, usize) {
    let kind = text.chars().nth(1).unwrap_or('\\');
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = text.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        return (code.and_then(char::from_u32), if code.is_some() { 2 + digits } else { 2 });
    }
    let put = match kind {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        '0' => Some('\0'),
        // A line end behind a backslash joins the lines.
        '\n' => None,
        other => Some(other),
    };
    (put, 1 + kind.len_utf8())
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(yaml: &str, scalar: &str) -> (String, Vec<(u32, u32)>) {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", yaml);
        let start = yaml.find(scalar).unwrap();
        let text = ScriptText::new(&sources, Span::new(file, start, start + scalar.len()));
        let at = |word: &str| {
            let offset = text.text.find(word).map_or(0, to_u32);
            let place = text.place(offset, offset + 1);
            let file = sources.get(file).unwrap();
            assert_eq!(file.position(place.span.start), (place.line, place.column), "{yaml}");
            (place.line, place.column)
        };
        let places = vec![at("aa"), at("bb")];
        (text.text.clone(), places)
    }

    #[test]
    fn quotes_and_headers_go_and_places_stay() {
        let rows: &[(&str, &str, &str, [(u32, u32); 2])] = &[
            ("if: aa == bb", "aa == bb", "aa == bb", [(1, 5), (1, 11)]),
            ("if: \"aa == bb\"", "\"aa == bb\"", "aa == bb", [(1, 6), (1, 12)]),
            (
                "if: \"aa == \\\"甲\\\" && bb\"",
                "\"aa == \\\"甲\\\" && bb\"",
                "aa == \"甲\" && bb",
                [(1, 6), (1, 21)],
            ),
            ("if: 'aa == ''甲'' && bb'", "'aa == ''甲'' && bb'", "aa == '甲' && bb", [(1, 6), (1, 21)]),
            (
                "f:\n  b: |\n    aa\n      == bb\n",
                "|\n    aa\n      == bb\n",
                "aa\n      == bb",
                [(3, 5), (4, 10)],
            ),
            (
                "f:\n  b: >-\n    aa ==\n    bb\n",
                ">-\n    aa ==\n    bb\n",
                "aa ==\n    bb",
                [(3, 5), (4, 5)],
            ),
            (
                "f: |  # 说明\n    aa\n\n    bb\n",
                "|  # 说明\n    aa\n\n    bb",
                "aa\n\n    bb",
                [(2, 5), (4, 5)],
            ),
            ("x: \"aa\" == \"bb\"", "\"aa\" == \"bb\"", "\"aa\" == \"bb\"", [(1, 5), (1, 13)]),
            ("x: |aa| bb", "|aa| bb", "|aa| bb", [(1, 5), (1, 9)]),
        ];
        for (yaml, scalar, text, places) in rows {
            assert_eq!(of(yaml, scalar), (text.to_string(), places.to_vec()), "{yaml}");
        }
    }
}
