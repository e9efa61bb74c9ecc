//! Signs that look right to a reader of Chinese and mean something else to YAML: full-width punctuation, wide spaces.

use crate::diag::{Code, Diagnostic};
use crate::lang::{Message, either};
use crate::source::Span;
use crate::syntax::node::{Kind, Node, Style};

/// Where a plain scalar stands.
#[derive(Clone, Copy)]
pub enum Place {
    /// A key.
    Key {
        /// Inside `{…}`.
        flow: bool,
    },
    /// The value of a key.
    Value {
        /// Inside `{…}`.
        flow: bool,
    },
    /// An item of a list.
    Item {
        /// Inside `[…]`.
        flow: bool,
    },
}

/// Looks at a plain scalar as it is read.
pub fn check(text: &str, place: Place, span: Span, found: &mut Vec<Diagnostic>) {
    let Some(finding) = wide_space(text, span)
        .or_else(|| brackets(text, span))
        .or_else(|| quotes(text, place, span))
        .or_else(|| colon(text, place, span))
        .or_else(|| comma(text, place, span))
    else {
        return;
    };
    found.push(finding);
}

/// `{a:1}` is one key without a value.
pub fn check_joined(key: &Node, found: &mut Vec<Diagnostic>) {
    let Kind::Scalar { text, style: Style::Plain } = &key.kind else { return };
    let Some((name, value)) = text.split_once(':') else { return };
    if name.is_empty() || value.is_empty() || value.starts_with("//") {
        return;
    }
    let finding = Diagnostic::error(Code::LooksWrong, key.span, Message::new("looks-joined", [text]))
        .help(Message::new("looks-joined-help", [name, value]))
        .fix(key.span, format!("{name}: {value}"));
    found.push(finding);
}

/// Whether a character is a space that YAML does not take for one.
pub fn is_wide_space(sign: char) -> bool {
    matches!(sign, '\u{3000}' | '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{feff}')
}

/// A name for an invisible character.
pub fn space_name(sign: char) -> String {
    match sign {
        '\u{3000}' => either("全角空格 U+3000", "a full-width space, U+3000"),
        '\u{a0}' => either("不换行空格 U+00A0", "a no-break space, U+00A0"),
        sign => format!("U+{:04X}", u32::from(sign)),
    }
}

fn wide_space(text: &str, span: Span) -> Option<Diagnostic> {
    let sign = text.chars().next().filter(|sign| is_wide_space(*sign));
    let sign = sign.or_else(|| text.chars().next_back().filter(|sign| is_wide_space(*sign)))?;
    let trimmed = text.trim_matches(|sign: char| is_wide_space(sign) || sign == ' ');
    let finding = Diagnostic::error(
        Code::LooksWrong,
        span,
        Message::new("looks-wide-space", [trimmed.to_owned(), space_name(sign)]),
    );
    Some(finding.help(Message::plain("looks-wide-space-help")))
}

fn brackets(text: &str, span: Span) -> Option<Diagnostic> {
    let blank =
        ["【X】", "【x】", "【】", "【 】", "［X］", "［］"].iter().find(|blank| text.contains(*blank))?;
    let mended = text.replace(blank, "[X]");
    Some(
        Diagnostic::error(Code::LooksWrong, span, Message::new("looks-brackets", [text]))
            .help(Message::new("looks-brackets-help", [&mended]))
            .fix(span, format!("\"{mended}\"")),
    )
}

fn quotes(text: &str, place: Place, span: Span) -> Option<Diagnostic> {
    let inner = text
        .strip_prefix(['“', '”', '＂', '‘', '’'])
        .and_then(|rest| rest.strip_suffix(['“', '”', '＂', '‘', '’']))?;
    if inner.contains(['“', '”']) {
        return None;
    }
    let message = Message::new("looks-quotes", [text]);
    let finding = match place {
        Place::Key { .. } => Diagnostic::error(Code::LooksWrong, span, message),
        _ => Diagnostic::warning(Code::LooksWrong, span, message),
    };
    let finding = finding.help(Message::new("looks-quotes-help", [inner]));
    Some(if inner.contains(['"', '\\']) { finding } else { finding.fix(span, format!("\"{inner}\"")) })
}

fn colon(text: &str, place: Place, span: Span) -> Option<Diagnostic> {
    let (name, _) = text.split_once('：')?;
    let wrong = match place {
        Place::Key { .. } => true,
        // `{a: 1，b：2}`: prose has no full-width colon after a full-width comma inside braces.
        Place::Value { flow } => flow && name.contains('，'),
        Place::Item { .. } => false,
    };
    let fix = text.replace('：', ": ").replace('，', ", ");
    wrong.then(|| full_width_colon(name.trim(), span).fix(span, fix.replace(":  ", ": ")))
}

/// The finding for `名称：绩效`.
pub fn full_width_colon(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::LooksWrong, span, Message::new("looks-colon", [name]))
        .help(Message::new("looks-colon-help", [name]))
}

fn comma(text: &str, place: Place, span: Span) -> Option<Diagnostic> {
    let (Place::Item { flow: true } | Place::Key { flow: true }) = place else { return None };
    if !text.contains(['，', '、']) {
        return None;
    }
    let mended = text.replace(['，', '、'], ", ");
    Some(
        Diagnostic::error(Code::LooksWrong, span, Message::new("looks-comma", [text]))
            .help(Message::new("looks-comma-help", [&mended]))
            .fix(span, mended),
    )
}
