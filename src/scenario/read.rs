//! Reads scenarios from YAML; every mistake is a finding, nothing is ignored.

use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::Message;
use crate::scalar;
use crate::scenario::shape;
use crate::scenario::written::{Expectation, Happening, Owed, OwedKind, Refused, Scored, Set, Want, Written};
use crate::source::Span;
use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::{Named, Text};
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::shape::Shape;

/// Reads the scenarios of one file: one, or a list of them.
pub fn scenarios(tree: &Node, found: &mut Vec<Diagnostic>) -> Vec<Written> {
    let at = At { name: shape::SCENARIO.name, span: tree.span };
    Vec::read(at, tree, found).unwrap_or_default()
}

impl FromNode for Written {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Written> {
        let mut fields = Fields::open(at, node, &shape::SCENARIO, found)?;
        let written = Written {
            name: fields.opt("scenario")?,
            clauses: fields.all("clause"),
            set: fields.opt("set"),
            given: fields.all("given"),
            happens: fields.all("happens"),
            expect: fields.all("expect"),
        };
        if written.expect.iter().all(|line| line.wants.is_empty()) {
            let message = Message::new("scenario-expects-nothing", [&written.name.value]);
            found.push(invalid(written.name.span, message));
        }
        Some(written)
    }
}

impl FromNode for Set {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Set> {
        let mut fields = Fields::open(at, node, &shape::SET, found)?;
        Some(Set {
            parameters: fields.all("parameters"),
            roles: fields.all("roles"),
            calendars: fields.all("calendars"),
        })
    }
}

/// A node as it is: what it must be, only the policy tells.
impl FromNode for Node {
    fn read(_: At<'_>, node: &Node, _: &mut Vec<Diagnostic>) -> Option<Node> {
        Some(node.clone())
    }
}

impl FromNode for Happening {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Happening> {
        let mut fields = Fields::open(at, node, &shape::HAPPENING, found)?;
        let mut happening = Happening {
            span: fields.span,
            at: fields.opt("at"),
            to: fields.opt("to"),
            by: fields.opt("by"),
            on_behalf_of: fields.opt("on_behalf_of"),
            known: fields.opt("known"),
            id: fields.opt("id"),
            order: fields.opt("order"),
            case: fields.opt("case"),
            corrects: fields.opt("corrects"),
            void: fields.opt("void"),
            reason: fields.opt("reason"),
            advance: fields.opt("advance"),
            event: None,
        };
        let mut events: Vec<Named<Vec<Named<Node>>>> = Vec::new();
        let mut rest: Vec<Named<Node>> = fields.rest();
        // An unknown key that resembles a known one is a slip of the pen: beside an event, or with a text where data stand.
        let several = rest.len() > 1;
        rest.retain(|entry| {
            let suspect = several || entry.value.text().is_some();
            !suspect || !misspelt(&entry.name, &shape::HAPPENING, found)
        });
        for entry in rest {
            let at = At { name: &entry.name.value, span: entry.name.span };
            if let Some(data) = Vec::read(at, &entry.value, found) {
                events.push(Named { name: entry.name, value: data });
            }
        }
        if let [_, second, ..] = events.as_slice() {
            let names: Vec<String> = events.iter().map(|event| format!("`{}`", event.name.value)).collect();
            let message = Message::new("scenario-several-events", [names.join(", ")]);
            found.push(invalid(second.name.span, message).help(Message::plain("scenario-several-help")));
            return None;
        }
        happening.event = events.pop();
        complete(&happening, found).then_some(happening)
    }
}

/// Whether a happening says all it must.
fn complete(happening: &Happening, found: &mut Vec<Diagnostic>) -> bool {
    let before = found.len();
    match (&happening.event, &happening.advance) {
        (None, None) => {
            found.push(invalid(happening.span, Message::plain("scenario-no-event")));
        }
        (Some(event), Some(_)) => {
            found.push(invalid(event.name.span, Message::new("scenario-advance-only", [&event.name.value])));
        }
        (None, Some(advance)) => {
            instant(advance, found);
            let others = [&happening.at, &happening.to, &happening.by, &happening.known];
            if let Some(other) = others.into_iter().flatten().next() {
                found.push(invalid(other.span, Message::new("scenario-advance-only", [&other.value])));
            }
        }
        (Some(event), None) => {
            for (name, text) in [("at", &happening.at), ("to", &happening.to)] {
                if text.is_none() {
                    let message = Message::new("scenario-event-lacks", [event.name.value.as_str(), name]);
                    found.push(invalid(event.name.span, message));
                }
            }
            if let Some(order) = &happening.order
                && order.value.parse::<i64>().is_err()
            {
                found.push(Diagnostic::error(
                    Code::BadNumber,
                    order.span,
                    Message::new("scenario-not-number", ["order", &order.value]),
                ));
            }
            if let Some(void) = &happening.void
                && scalar::yes_no(&void.value).is_err()
            {
                found.push(invalid(void.span, Message::new("scenario-not-yes", ["void", &void.value])));
            }
            for text in [&happening.at, &happening.known].into_iter().flatten() {
                instant(text, found);
            }
        }
    }
    found.len() == before
}

impl FromNode for Expectation {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Expectation> {
        let mut fields = Fields::open(at, node, &shape::EXPECTATION, found)?;
        let mut wants = Vec::new();
        let moment: Option<Text> = fields.opt("at");
        let refused: Option<Node> = fields.opt("refused");
        let cites: Vec<Text> = fields.all("cites");
        if !cites.is_empty() {
            wants.push(Want::Cites(cites));
        }
        let clocks: Vec<Named<Vec<Named<Text>>>> = fields.all("clock");
        wants.extend(clocks.into_iter().map(Want::Clock));
        wants.extend(fields.opt("effect").map(Want::Effect));
        wants.extend(fields.opt("no_effect").map(Want::NoEffect));
        let scores: Vec<Named<Scored>> = fields.all("score");
        wants.extend(scores.into_iter().map(Want::Score));
        let streaks: Vec<Named<Vec<Named<Text>>>> = fields.all("streak");
        wants.extend(streaks.into_iter().map(Want::Streak));
        let due: Vec<Named<Text>> = fields.all("due");
        wants.extend(due.into_iter().map(Want::Due));
        let next: Vec<Named<Text>> = fields.all("next_due");
        wants.extend(next.into_iter().map(Want::NextDue));
        let explains: Vec<Named<Vec<Text>>> = fields.all("explains");
        wants.extend(explains.into_iter().map(Want::Explains));
        let tables: Vec<Named<Vec<Named<Text>>>> = fields.all("table");
        wants.extend(tables.into_iter().map(Want::Table));
        wants.extend(fields.opt("reviews").map(Want::Reviews));
        wants.extend(fields.opt("rejudged").map(Want::Rejudged));
        wants.extend(fields.opt("ground_lost").map(Want::GroundLost));
        let subjects: Vec<Named<Node>> = fields.rest();
        if let Some(refused) = refused {
            wants.extend(read_refused(&refused, found));
        }
        for entry in subjects {
            if !entry.name.value.contains('/') {
                unknown_expectation(&entry.name, found);
                continue;
            }
            let at = At { name: &entry.name.value, span: entry.name.span };
            if let Some(of) = Vec::read(at, &entry.value, found) {
                wants.push(Want::Subject(Named { name: entry.name, value: of }));
            }
        }
        if let Some(moment) = &moment {
            instant(moment, found);
        }
        Some(Expectation { at: moment, wants })
    }
}

fn read_refused(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Want> {
    match node.text() {
        Some("none") => Some(Want::NotRefused(node.span)),
        Some(other) => {
            let message = Message::new("scenario-refused-none", [other]);
            found.push(invalid(node.span, message));
            None
        }
        None => {
            let at = At { name: shape::REFUSED.name, span: node.span };
            let mut fields = Fields::open(at, node, &shape::REFUSED, found)?;
            Some(Want::Refused(Refused {
                event: fields.opt("event"),
                reason: fields.opt("reason"),
                subject: fields.opt("subject"),
                message: fields.opt("message"),
            }))
        }
    }
}

impl FromNode for Owed {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Owed> {
        let mut fields = Fields::open(at, node, &shape::EFFECT, found)?;
        let notify = fields.opt("notify").map(|text| (OwedKind::Notify, text));
        let ask = fields.opt("ask").map(|text| (OwedKind::Ask, text));
        let call = fields.opt("call").map(|text| (OwedKind::Call, text));
        Some(Owed {
            what: notify.or(ask).or(call),
            subject: fields.opt("subject"),
            to: fields.opt("to"),
            message: fields.opt("message"),
        })
    }
}

impl FromNode for Scored {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Scored> {
        let mut fields = Fields::open(at, node, &shape::SCORE, found)?;
        let scored = Scored {
            period: fields.opt("period"),
            card: fields.opt("card"),
            score: fields.opt("score"),
            band: fields.opt("band"),
            result: fields.opt("result"),
            status: fields.opt("status"),
        };
        word(&scored.result, &["scored", "undetermined", "exempt"], found);
        word(&scored.status, &["published", "appealed", "final"], found);
        Some(scored)
    }
}

/// Whether an unknown key is a known one misspelt; then that is told.
fn misspelt(name: &Text, shape: &'static Shape, found: &mut Vec<Diagnostic>) -> bool {
    let also = shape.keys.iter().find(|key| key.also.contains(&name.value.as_str())).map(|key| key.name);
    let Some(meant) = also.or_else(|| nearest(&name.value, shape.keys.iter().map(|key| key.name))) else {
        return false;
    };
    found.push(unknown_key(name, shape.name, Some(meant)));
    true
}

fn unknown_expectation(name: &Text, found: &mut Vec<Diagnostic>) {
    let shape = &shape::EXPECTATION;
    let also = shape.keys.iter().find(|key| key.also.contains(&name.value.as_str())).map(|key| key.name);
    let meant = also.or_else(|| nearest(&name.value, shape.keys.iter().map(|key| key.name)));
    let known: Vec<String> = shape.keys.iter().map(|key| format!("`{}`", key.name)).collect();
    found.push(
        unknown_key(name, shape.name, meant)
            .help(Message::new("unknown-key-known", [known.join(", ")]))
            .help(Message::plain("scenario-subject-help")),
    );
}

fn unknown_key(name: &Text, of: &str, meant: Option<&str>) -> Diagnostic {
    let message = Message::new("unknown-key", [name.value.as_str(), of]);
    let finding = Diagnostic::error(Code::UnknownKey, name.span, message);
    match meant {
        Some(meant) => finding.help(Message::new("did-you-mean", [meant])).fix(name.span, meant),
        None => finding,
    }
}

fn word(text: &Option<Text>, words: &[&str], found: &mut Vec<Diagnostic>) {
    let Some(text) = text.as_ref().filter(|text| !words.contains(&text.value.as_str())) else { return };
    found.push(bad_word(text, words));
}

/// The finding for a text that is none of the words that may stand there.
pub fn bad_word(text: &Text, words: &[&str]) -> Diagnostic {
    let finding = Diagnostic::error(
        Code::BadWord,
        text.span,
        Message::new("scenario-bad-word", [text.value.clone(), words.join(" | ")]),
    );
    match nearest(&text.value, words.iter().copied()) {
        Some(meant) => finding.help(Message::new("did-you-mean", [meant])).fix(text.span, meant),
        None => finding,
    }
}

/// Reads an instant once without its zone, so that a mistake is told when the file is read.
fn instant(text: &Text, found: &mut Vec<Diagnostic>) {
    if scalar::instant(&text.value, chrono_tz::UTC).is_err() {
        found.push(bad_instant(text));
    }
}

/// The finding for a text that is no instant.
pub fn bad_instant(text: &Text) -> Diagnostic {
    Diagnostic::error(Code::BadDate, text.span, Message::new("scenario-bad-instant", [&text.value]))
}

/// A finding about a scenario.
pub fn invalid(span: Span, message: Message) -> Diagnostic {
    Diagnostic::error(Code::ScenarioInvalid, span, message)
}

/// Whether a node is a single text.
pub fn text_of(node: &Node) -> Option<Text> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(Text { value: text.clone(), span: node.span }),
        _ => None,
    }
}
