//! Messages with places: `{staff.manager} 未在 {clock.due} 前…`, and their translation.

use super::meaning::Frame;
use super::world::{Out, World};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Expression, Part, Template};
use crate::script::ScriptText;
use crate::source::Span;
use crate::syntax::raw::Text;

/// A piece of a message as written.
enum Piece {
    /// Text.
    Text(String),
    /// What stands between braces.
    Place(String),
}

impl World<'_> {
    /// Compiles a message; a place that means nothing is reported where it stands.
    pub fn template(&self, text: &Text, frame: &Frame<'_>, out: &mut Out) -> Option<Template> {
        let pieces = pieces(text, out)?;
        let spans = self.place_spans(text.span);
        let mut places: Vec<Expression> = Vec::new();
        let mut written: Vec<String> = Vec::new();
        let (mut own, mut good, mut nth) = (Vec::new(), true, 0);
        for piece in pieces {
            match piece {
                Piece::Text(text) => own.push(Part::Text(text.into())),
                Piece::Place(place) => {
                    let span = spans.get(nth).copied().unwrap_or(text.span);
                    nth += 1;
                    if let Some(idx) = written.iter().position(|known| *known == place) {
                        own.push(Part::Place(idx));
                        continue;
                    }
                    match self.script(&ScriptText::new(self.sources, span), frame, None, out) {
                        Some(expression) => {
                            own.push(Part::Place(places.len()));
                            places.push(expression);
                            written.push(place);
                        }
                        None => good = false,
                    }
                }
            }
        }
        let en = match self.english.get(text.value.as_str()) {
            Some(english) if good => Some(translated(english, text, &written, out)?),
            _ => None,
        };
        good.then_some(Template { own, en, places })
    }

    /// An optional message; the outer `None` where it is broken.
    pub fn message(&self, text: &Option<Text>, frame: &Frame<'_>, out: &mut Out) -> Option<Option<Template>> {
        match text {
            None => Some(None),
            Some(text) => self.template(text, frame, out).map(Some),
        }
    }

    /// Where the places of a message stand in the file, in order.
    fn place_spans(&self, span: Span) -> Vec<Span> {
        let whole = ScriptText::new(self.sources, span);
        let mut spans = Vec::new();
        let mut rest = whole.text.as_str();
        let mut offset = 0;
        while let Some((open, brace)) = rest.char_indices().find(|(_, sign)| matches!(sign, '{' | '}')) {
            let after = rest.get(open + 1..).unwrap_or("");
            let doubled = after.starts_with(brace);
            let close = after.find('}').filter(|_| brace == '{' && !doubled);
            let step = match close {
                Some(close) => {
                    let start = offset + open + 1;
                    let to = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                    spans.push(whole.span_of(to(start), to(start + close)));
                    open + 1 + close + 1
                }
                None => open + if doubled { 2 } else { 1 },
            };
            offset += step;
            rest = rest.get(step..).unwrap_or("");
        }
        spans
    }
}

/// The translation, with the same places.
fn translated(english: &Text, original: &Text, written: &[String], out: &mut Out) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for piece in pieces(english, out)? {
        parts.push(match piece {
            Piece::Text(text) => Part::Text(text.into()),
            Piece::Place(place) => match written.iter().position(|known| *known == place) {
                Some(idx) => Part::Place(idx),
                None => {
                    let message = Message::new("translation-place", [&place]);
                    let finding = Diagnostic::error(Code::BadTemplate, english.span, message);
                    out.found.push(finding.also(original.span, Message::plain("original-here")));
                    return None;
                }
            },
        });
    }
    Some(parts)
}

/// Cuts a message at its braces; doubled braces stand for themselves.
fn pieces(text: &Text, out: &mut Out) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut signs = text.value.chars().peekable();
    let mut wrong = |key: &'static str| {
        out.error(Code::BadTemplate, text.span, Message::plain(key));
        None
    };
    while let Some(sign) = signs.next() {
        match sign {
            '{' | '}' if signs.peek() == Some(&sign) => {
                signs.next();
                plain.push(sign);
            }
            '{' => {
                let mut place = String::new();
                loop {
                    match signs.next() {
                        Some('}') => break,
                        Some('{') | None => return wrong("template-open"),
                        Some(sign) => place.push(sign),
                    }
                }
                if place.trim().is_empty() {
                    return wrong("template-empty");
                }
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Place(place.trim().to_owned()));
            }
            '}' => return wrong("template-close"),
            sign => plain.push(sign),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Some(pieces)
}
