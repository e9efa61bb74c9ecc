//! Findings as text: header, snippet with carets that stand right under Chinese text, help, fix.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use super::said;
use crate::diag::{Diagnostic, Fix, Report, Severity};
use crate::lang::{Lang, Message};
use crate::source::{SourceFile, Span};

/// Lines longer than this are named and not shown.
const LINE_BYTES_MAX: usize = 800;
/// Places of one file that stand so near are shown in one snippet.
const NEAR_LINES: u32 = 40;

/// A renderer with or without colours.
pub fn renderer(color: bool) -> Renderer {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).term_width(160)
}

/// One finding.
pub fn finding(report: &Report, finding: &Diagnostic, lang: Lang, renderer: &Renderer) -> String {
    let title =
        level(finding.severity, lang).primary_title(said(&finding.message, lang)).id(finding.code.as_str());
    let mut group = Group::with_title(title);
    for places in together(report, finding) {
        group = show(group, &places, lang);
    }
    for help in &finding.help {
        group = group.element(Level::HELP.with_name(Some(help_word(lang))).message(said(help, lang)));
    }
    let mut groups = vec![group];
    if let Some(fix) = finding.fix.as_ref().and_then(|fix| patch(report, fix, lang)) {
        groups.push(fix);
    }
    renderer.render(&groups)
}

/// Blanks in one block: where, name, clause; `all` tells how many there are.
pub fn blanks(
    report: &Report,
    blanks: &[&Diagnostic],
    all: usize,
    lang: Lang,
    renderer: &Renderer,
) -> String {
    let message = Message::new("report-blanks", [all]).render(lang);
    let worst = blanks.iter().map(|blank| blank.severity).max().unwrap_or(Severity::Error);
    let code = blanks.first().map_or("", |blank| blank.code.as_str());
    let title = level(worst, lang).primary_title(message).id(code);
    let mut out = renderer.render(&[Group::with_title(title)]);
    for blank in blanks {
        let place = blank.marks.first().and_then(|mark| place(report, mark.span));
        let place = place.map_or_else(String::new, |(path, line, column)| format!("{path}:{line}:{column}"));
        let args: Vec<&str> = blank.message.args.iter().map(String::as_str).collect();
        out.push_str(&format!("\n  {place}  {}", args.join("  ")));
    }
    out
}

fn level(severity: Severity, lang: Lang) -> Level<'static> {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    level.with_name(Some(severity.word(lang)))
}

fn help_word(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "帮助",
        Lang::En => "help",
    }
}

fn place(report: &Report, span: Span) -> Option<(&str, u32, u32)> {
    let file = report.sources.get(span.file)?;
    let (line, column) = file.position(span.start);
    Some((&file.path, line, column))
}

/// A mark made fit to be shown: inside one line of its file.
struct Place<'a> {
    file: &'a SourceFile,
    primary: bool,
    line: u32,
    /// Bytes of the file.
    start: usize,
    end: usize,
    message: Option<&'a Message>,
}

/// The marks of a finding, those that stand near one another in one group.
fn together<'a>(report: &'a Report, finding: &'a Diagnostic) -> Vec<Vec<Place<'a>>> {
    let mut groups: Vec<Vec<Place<'_>>> = Vec::new();
    for (idx, mark) in finding.marks.iter().enumerate() {
        let Some(file) = report.sources.get(mark.span.file) else { continue };
        let (line, start, end) = within_line(file, mark.span);
        let place = Place { file, primary: idx == 0, line, start, end, message: mark.message.as_ref() };
        let near = groups.iter_mut().find(|group| {
            group.first().is_some_and(|first| {
                std::ptr::eq(first.file, file) && first.line.abs_diff(line) <= NEAR_LINES
            })
        });
        match near {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

/// A span cut to the line in which it begins, on character boundaries.
fn within_line(file: &SourceFile, span: Span) -> (u32, usize, usize) {
    let (line, _) = file.position(span.start.min(u32::try_from(file.text.len()).unwrap_or(u32::MAX)));
    let (line_start, line_end) = line_bytes(file, line);
    let boundary = |mut at: usize| {
        while !file.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary((span.start as usize).clamp(line_start, line_end));
    let end = boundary((span.end as usize).clamp(start, line_end));
    (line, start, end)
}

/// First byte of a line and one past its last, without the line end.
fn line_bytes(file: &SourceFile, line: u32) -> (usize, usize) {
    let text = file.line(line);
    let start = file.line_start(line);
    (start, start + text.len())
}

/// Adds a snippet that holds the places, or only names them where a line is too long to show.
fn show<'a>(group: Group<'a>, places: &[Place<'a>], lang: Lang) -> Group<'a> {
    let Some(first) = places.first() else { return group };
    let file = first.file;
    let from = places.iter().map(|place| place.line).min().unwrap_or(1);
    let to = places.iter().map(|place| place.line).max().unwrap_or(1);
    if (from..=to).any(|line| file.line(line).len() > LINE_BYTES_MAX) {
        let (line, column) = file.position(u32::try_from(first.start).unwrap_or(u32::MAX));
        let origin = Origin::path(&*file.path).line(line as usize).char_column(column as usize);
        return group.element(origin);
    }
    let (start, _) = line_bytes(file, from);
    let (_, end) = line_bytes(file, to);
    let mut snippet = Snippet::source(file.text.get(start..end).unwrap_or("").to_owned())
        .line_start(from as usize)
        .path(&*file.path);
    for place in places {
        let kind = if place.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = place.message.map(|message| said(message, lang));
        snippet = snippet.annotation(kind.span(place.start - start..place.end - start).label(label));
    }
    group.element(snippet)
}

/// The fix as lines before and after, where it lies within one line that can be shown.
fn patch<'a>(report: &'a Report, fix: &'a Fix, lang: Lang) -> Option<Group<'a>> {
    let file = report.sources.get(fix.span.file)?;
    let (line, start, end) = within_line(file, fix.span);
    let (line_start, line_end) = line_bytes(file, line);
    let whole = start == fix.span.start as usize && end == fix.span.end as usize;
    if !whole || line_end - line_start > LINE_BYTES_MAX {
        return None;
    }
    let snippet = Snippet::source(file.text.get(line_start..line_end)?)
        .line_start(line as usize)
        .patch(Patch::new(start - line_start..end - line_start, &*fix.replacement));
    let title = Message::plain("report-fix").render(lang);
    Some(
        Group::with_title(Level::HELP.with_name(Some(help_word(lang))).secondary_title(title))
            .element(snippet),
    )
}
