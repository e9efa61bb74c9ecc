//! Says in the author's words why YAML could not go on at a place, and how to write it instead.

use granit_parser::ErrorKind;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::scalar::is_blank;
use crate::source::{FileId, Span};
use crate::syntax::tree::mend::tabs_to_spaces;
use crate::syntax::tree::signs;

/// Where and why reading stopped.
pub struct Unreadable {
    /// What the parser met.
    pub kind: ErrorKind,
    /// Where reading stopped, in bytes of the text.
    pub at: usize,
}

/// One line of the file, without its end.
#[derive(Clone, Copy)]
struct Line<'a> {
    file: FileId,
    start: usize,
    text: &'a str,
}

/// The message for a tab, whose repair takes all the lines together.
pub const TAB: &str = "looks-tab";
/// The message for a directive; one of them is enough.
pub const DIRECTIVE: &str = "looks-directive";

/// The message for a blank; several may stand on one line.
pub const BLANK: &str = "looks-blank";

/// The finding for a text that YAML cannot read: the likeliest cause on the line, or else on the lines before.
pub fn explain(file: FileId, text: &str, error: &Unreadable) -> Diagnostic {
    let here = line_at(file, text, error.at);
    let before = text.get(..here.start).map(str::trim_end).filter(|text| !text.is_empty());
    let before = before.map(|before| line_at(file, text, before.len()));
    tab(here, text)
        .or_else(|| tab_below(here, text, error))
        .or_else(|| wide_space(here))
        .or_else(|| directive(here).or_else(|| before.and_then(directive)))
        .or_else(|| unclosed(here, text, error))
        .or_else(|| quoted_start(here, error))
        .or_else(|| long_key(here))
        .or_else(|| colon(here))
        .or_else(|| block_sign(here))
        .or_else(|| blank(here))
        .or_else(|| bracket_start(here))
        .or_else(|| flow(here))
        .or_else(|| reserved(here, error))
        .or_else(|| two_colons(here))
        .or_else(|| joined_above(here, text))
        .or_else(|| joined(here))
        .or_else(|| before.and_then(colon))
        .or_else(|| before.and_then(block_sign))
        .or_else(|| before.and_then(wide_space))
        .or_else(|| before.and_then(flow))
        .or_else(|| before.and_then(unclosed_bracket))
        .or_else(|| no_colon(here, error))
        .unwrap_or_else(|| plain(file, text, error))
}

/// The line, from 0, on which a finding stands in the text.
pub fn line_number(text: &str, finding: &Diagnostic) -> usize {
    let at = finding.marks.first().map_or(0, |mark| mark.span.start as usize).min(text.len());
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count()
}

/// The finding for a section that is no `key:` at all.
pub fn not_a_key(text: &str, span: Span) -> Diagnostic {
    let line = line_at(span.file, text, span.start as usize);
    wide_space(line).or_else(|| colon(line)).unwrap_or_else(|| without_colon(line))
}

fn line_at(file: FileId, text: &str, at: usize) -> Line<'_> {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (before, after) = text.split_at(at);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').map_or(text.len(), |end| at + end);
    Line { file, start, text: text.get(start..end).unwrap_or("").trim_end_matches('\r') }
}

impl<'a> Line<'a> {
    fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.start + start, self.start + end)
    }

    /// The span of a part of the line.
    fn part(self, part: &str) -> Span {
        let start = self.text.find(part).unwrap_or(0);
        self.span(start, start + part.len())
    }

    /// The line after its indentation and `- `.
    fn content(self) -> &'a str {
        let mut content = self.text.trim_start();
        while let Some(rest) = content.strip_prefix("- ") {
            content = rest.trim_start();
        }
        content
    }

    /// Key and value, split at the first `: `.
    fn pair(self) -> Option<(&'a str, &'a str)> {
        let (key, value) = self.content().split_once(": ")?;
        Some((key.trim_end(), value.trim()))
    }
}

fn looks(span: Span, message: Message, help: Message) -> Diagnostic {
    Diagnostic::error(Code::LooksWrong, span, message).help(help)
}

/// Puts quotes around a text: single ones where it holds double ones.
fn quote(text: &str) -> Option<String> {
    match (text.contains('"') || text.contains('\\'), text.contains('\'')) {
        (false, _) => Some(format!("\"{text}\"")),
        (true, false) => Some(format!("'{text}'")),
        _ => None,
    }
}

fn with_quotes(line: Line<'_>, value: &str, key: &'static str) -> Diagnostic {
    let span = line.part(value);
    match quote(value) {
        Some(quoted) => {
            let finding =
                looks(span, Message::new(key, [value]), Message::new("looks-quote-help", [&quoted]));
            finding.fix(span, quoted)
        }
        None => looks(span, Message::new(key, [value]), Message::plain("looks-block-help")),
    }
}

fn tab(line: Line<'_>, text: &str) -> Option<Diagnostic> {
    let indent: &str = line.text.split(|sign: char| !sign.is_whitespace()).next()?;
    if !indent.contains('\t') {
        return None;
    }
    let span = line.span(0, indent.len());
    let finding = looks(span, Message::plain(TAB), Message::plain("looks-tab-help"));
    let lines = tabs_to_spaces(text);
    let after = lines.iter().filter(|(range, _)| range.start > line.start).count();
    let finding = if after > 0 { finding.help(Message::new("looks-tab-more", [after])) } else { finding };
    let spaces = lines.into_iter().find(|(range, _)| range.start == line.start);
    Some(finding.fix(span, spaces.map_or_else(|| indent.replace('\t', "  "), |(_, spaces)| spaces)))
}

/// A tab on a line that YAML takes for more of the text above it.
fn tab_below(line: Line<'_>, text: &str, error: &Unreadable) -> Option<Diagnostic> {
    if error.kind != ErrorKind::TabInPlainScalar {
        return None;
    }
    let below = text.get(line.start + line.text.len()..)?;
    let blank = below.len() - below.trim_start_matches(['\r', '\n']).len();
    tab(line_at(line.file, text, line.start + line.text.len() + blank), text)
}

/// `%YAML 1.2` and the like.
fn directive(line: Line<'_>) -> Option<Diagnostic> {
    if !line.text.starts_with('%') {
        return None;
    }
    let span = line.span(0, line.text.len());
    Some(
        Diagnostic::error(Code::UnreadableYaml, span, Message::plain(DIRECTIVE))
            .help(Message::plain("looks-directive-help"))
            .fix(span, ""),
    )
}

/// So many signs may come before the colon of a key.
const KEY_SIGNS_MAX: usize = 1024;

/// A key that is too long for YAML: nearly always a text that lost its key.
fn long_key(line: Line<'_>) -> Option<Diagnostic> {
    let content = line.content().trim_end();
    let key = content.split_once(": ").map(|(key, _)| key).or_else(|| content.strip_suffix(':'))?;
    let signs = key.chars().count();
    if signs <= KEY_SIGNS_MAX {
        return None;
    }
    let start: String = key.chars().take(20).collect();
    let message = Message::new("yaml-long-key", [start, signs.to_string(), KEY_SIGNS_MAX.to_string()]);
    let span = line.part(key);
    Some(Diagnostic::error(Code::UnreadableYaml, span, message).help(Message::plain("yaml-long-key-help")))
}

fn wide_space(line: Line<'_>) -> Option<Diagnostic> {
    let content =
        line.text.trim_start_matches(|sign: char| sign.is_whitespace() || signs::is_wide_space(sign));
    let indent = line.text.get(..line.text.len() - content.len())?;
    let sign = indent.chars().find(|sign| signs::is_wide_space(*sign))?;
    let span = line.span(0, indent.len());
    let mended: String = indent
        .chars()
        .map(|sign| match sign {
            '\u{3000}' => "  ",
            _ => " ",
        })
        .collect();
    let args = [content.trim_end().to_owned(), signs::space_name(sign)];
    Some(
        looks(span, Message::new("looks-wide-space", args), Message::plain("looks-wide-space-help"))
            .fix(span, mended),
    )
}

fn unclosed(line: Line<'_>, text: &str, error: &Unreadable) -> Option<Diagnostic> {
    if !matches!(
        error.kind,
        ErrorKind::UnclosedQuotedScalar
            | ErrorKind::DocumentIndicatorInQuotedScalar
            | ErrorKind::InvalidQuotedScalarIndent
    ) {
        return None;
    }
    // The parser may stand at the opening quote or where it gave up; the quote is at or before that place.
    let at = error.at.min(text.len());
    let is_quote = |at: usize| text.get(at..at + 1).is_some_and(|sign| sign == "\"" || sign == "'");
    let open = if is_quote(at) { Some(at) } else { text.get(..at)?.rfind(['"', '\'']) };
    let open = open.unwrap_or(line.start);
    let shown = line_at(line.file, text, open);
    let rest = shown.text.get(open - shown.start..).unwrap_or("");
    let span = Span::new(line.file, open, open + rest.trim_end().len().max(1));
    Some(
        Diagnostic::error(Code::UnreadableYaml, span, Message::new("yaml-unclosed-quote", [rest.trim_end()]))
            .help(Message::plain("yaml-unclosed-quote-help")),
    )
}

/// `if: "vip" == x`: YAML takes the quotes for the whole value.
fn quoted_start(line: Line<'_>, error: &Unreadable) -> Option<Diagnostic> {
    let trailing = matches!(
        error.kind,
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar
    );
    let (_, value) = line.pair()?;
    let starts = value.starts_with(['"', '\'']);
    let ends = value.len() > 1 && value.chars().next() == value.chars().next_back();
    (starts && (trailing || !ends)).then(|| with_quotes(line, value, "looks-quoted-start"))
}

/// `名称：绩效`, where a key is expected.
fn colon(line: Line<'_>) -> Option<Diagnostic> {
    let content = line.content().trim_end();
    let (name, value) = content.split_once('：')?;
    let bare = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    if bare.contains(['"', '\'', '#', ':', ' ', '{', '[']) || bare.is_empty() {
        return None;
    }
    let span = line.part(content);
    let fix = format!("{name}: {}", value.trim());
    Some(signs::full_width_colon(name, span).fix(span, fix.trim_end().to_owned()))
}

/// A bracket that its line opens and does not close; only asked when YAML failed after it.
fn unclosed_bracket(line: Line<'_>) -> Option<Diagnostic> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote = None;
    for (at, sign) in line.text.char_indices() {
        match (quote, sign) {
            (Some(end), _) if sign == end => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '[' | '{') => open.push((at, sign)),
            (None, ']' | '}') => drop(open.pop()),
            (None, _) => {}
        }
    }
    let (at, sign) = open.last().copied()?;
    let span = line.span(at, at + 1);
    Some(
        Diagnostic::error(Code::UnreadableYaml, span, Message::new("yaml-unclosed-bracket", [sign]))
            .help(Message::plain("yaml-unreadable-help")),
    )
}

/// `S: >= 60`: a sign that begins a block text.
fn block_sign(line: Line<'_>) -> Option<Diagnostic> {
    let (_, value) = line.pair()?;
    let rest = value.strip_prefix(['>', '|'])?;
    let header = rest.trim_start_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let is_block = header.is_empty() || header.starts_with(" #");
    (!is_block).then(|| with_quotes(line, value, "looks-block-sign"))
}

/// `value: [X] working days`: a blank of a template, which begins a list in YAML.
fn blank(line: Line<'_>) -> Option<Diagnostic> {
    let starts = line.text.match_indices(": [").map(|(at, sign)| at + sign.len() - 1);
    let found = starts.filter_map(|at| {
        let rest = line.text.get(at..)?;
        let close = rest.find(']')? + 1;
        let (bracket, words) = rest.split_at_checked(close)?;
        // Inside braces the value ends at a comma; a comment ends it everywhere.
        let flow = line.text.get(..at)?.contains(['{', '[']);
        let end = words.find(|sign: char| flow && matches!(sign, ',' | '}' | ']'));
        let words = words.get(..end.unwrap_or(words.len()))?.split(" #").next()?.trim_end();
        (is_blank(bracket) && !words.is_empty()).then(|| (at, rest.get(..close + words.len())))
    });
    let (at, value) = found.into_iter().next()?;
    let value = value?;
    let span = line.span(at, at + value.len());
    let quoted = quote(value)?;
    let message = Message::new(BLANK, [value]);
    Some(looks(span, message, Message::new("looks-blank-help", [&quoted])).fix(span, quoted))
}

/// `value: [X] working days`, `message: {staff} …`: a bracket begins a list or a map.
fn bracket_start(line: Line<'_>) -> Option<Diagnostic> {
    let (_, value) = line.pair()?;
    let close = match value.chars().next()? {
        '[' => ']',
        '{' => '}',
        _ => return None,
    };
    let end = value.find(close)?;
    let rest = value.get(end + 1..)?.trim();
    let closes = rest.is_empty() || rest.starts_with(['#', ',', ']', '}']);
    (!closes).then(|| with_quotes(line, value, "looks-bracket-start"))
}

/// Full-width punctuation inside brackets.
fn flow(line: Line<'_>) -> Option<Diagnostic> {
    if !line.text.contains(['[', '{']) {
        return None;
    }
    let open = line.text.find(['[', '{'])?;
    let inner = line.text.get(open..)?.trim_end();
    let wrong = inner.find(['，', '：', '“', '”', '］', '｝', '、'])?;
    let sign: String = inner.get(wrong..)?.chars().take(1).collect();
    let mended = inner
        .replace(['，', '、'], ", ")
        .replace('：', ": ")
        .replace(['“', '”'], "\"")
        .replace('］', "]")
        .replace('｝', "}")
        .replace(":  ", ": ")
        .replace(",  ", ", ");
    let span = line.span(open + wrong, open + wrong + sign.len());
    let whole = line.span(open, open + inner.len());
    Some(
        looks(
            span,
            Message::new("looks-full-width", [&sign]),
            Message::new("looks-full-width-help", [&mended]),
        )
        .fix(whole, mended),
    )
}

fn reserved(line: Line<'_>, error: &Unreadable) -> Option<Diagnostic> {
    let (_, value) = line.pair()?;
    let sign = value.chars().next()?;
    let starts = matches!(sign, '@' | '`' | '%' | '&' | '*');
    let told = matches!(
        error.kind,
        ErrorKind::UnexpectedCharacter { .. }
            | ErrorKind::MissingAnchorOrAliasName
            | ErrorKind::ExpectedBlockMappingKey
    );
    (starts && told).then(|| with_quotes(line, value, "looks-reserved"))
}

/// `title: 甲: 乙`: a second `: ` inside a value.
fn two_colons(line: Line<'_>) -> Option<Diagnostic> {
    let (_, value) = line.pair()?;
    let plain = !value.starts_with(['"', '\'', '[', '{', '|', '>']);
    (plain && value.contains(": ")).then(|| with_quotes(line, value, "looks-two-colons"))
}

/// `label:文字`: the name and the place behind its colon, where a space is missing.
pub fn joined_key(text: &str) -> Option<(&str, usize)> {
    let (name, value) = text.split_once(':')?;
    let is_name = name.chars().next().is_some_and(char::is_alphabetic)
        && name.chars().all(|sign| sign.is_alphanumeric() || sign == '_');
    let joined = value.chars().next().is_some_and(|sign| !sign.is_whitespace() && sign != ':');
    (is_name && joined && !value.starts_with("//")).then_some((name, name.len() + 1))
}

/// A line that is a key without a space behind its colon.
fn joined(line: Line<'_>) -> Option<Diagnostic> {
    let content = line.content().trim_end();
    let (name, colon) = joined_key(content)?;
    let value = content.get(colon..).unwrap_or("");
    let span = line.part(content);
    let end = span.start as usize + colon;
    Some(
        looks(
            Span::new(line.file, span.start as usize, end),
            Message::new("looks-joined-key", [name]),
            Message::new("looks-joined-help", [name, value]),
        )
        .fix(Span::new(line.file, end, end), " "),
    )
}

/// The first of the joined keys above a line, which YAML takes for one text.
fn joined_above(line: Line<'_>, text: &str) -> Option<Diagnostic> {
    let mut first = None;
    let mut start = line.start;
    while let Some(above) = start.checked_sub(1) {
        let above = line_at(line.file, text, above);
        start = above.start;
        let content = above.content();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if joined_key(content).is_none() {
            break;
        }
        first = Some(above);
    }
    joined(first?)
}

fn no_colon(line: Line<'_>, error: &Unreadable) -> Option<Diagnostic> {
    let told = matches!(
        error.kind,
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidSimpleKey
    );
    let content = line.content();
    (told && !content.is_empty() && !content.contains(": ") && !content.trim_end().ends_with(':'))
        .then(|| without_colon(line))
}

fn without_colon(line: Line<'_>) -> Diagnostic {
    let content = line.content().trim_end();
    let span = line.part(content);
    let name = content.split(':').next().unwrap_or(content).trim();
    let value = content.split_once(':').map_or("…", |(_, value)| value.trim());
    Diagnostic::error(Code::UnreadableYaml, span, Message::new("yaml-no-colon", [content]))
        .help(Message::new("yaml-no-colon-help", [name, value]))
}

/// What is left: the kind of trouble, without a guess at its cause.
fn plain(file: FileId, text: &str, error: &Unreadable) -> Diagnostic {
    let at = error.at.min(text.len());
    let end = text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |sign| at + sign.len_utf8());
    let span = Span::new(file, at, end);
    let message = match error.kind {
        ErrorKind::RecursionLimitExceeded => {
            return Diagnostic::error(Code::TooDeep, span, Message::plain("too-deep-yaml"))
                .help(Message::plain("too-deep-help"));
        }
        ErrorKind::UnclosedFlowCollection { open } => Message::new("yaml-unclosed-bracket", [open]),
        ErrorKind::UnexpectedEofFlowSequence => Message::new("yaml-unclosed-bracket", ["["]),
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            Message::new("yaml-unclosed-bracket", ["{"])
        }
        ErrorKind::ExpectedFlowMappingSeparator => Message::new("yaml-flow-separator", ["}"]),
        ErrorKind::ExpectedFlowSequenceSeparator => Message::new("yaml-flow-separator", ["]"]),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            Message::new("yaml-wrong-bracket", [open, close])
        }
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidBlockScalarIndent => Message::plain("yaml-indentation"),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => {
            return Diagnostic::error(Code::UnreadableYaml, span, Message::plain("yaml-escape"))
                .help(Message::plain("yaml-escape-help"));
        }
        ref kind => Message::new("yaml-unreadable", [kind.to_string()]),
    };
    Diagnostic::error(Code::UnreadableYaml, span, message).help(Message::plain("yaml-unreadable-help"))
}
