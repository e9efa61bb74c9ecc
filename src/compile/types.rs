//! Types as authors write them: `date`, `points`, `list of person`, `[a, b]`, `monthly_kpi.band`, `text?`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::read;
use super::world::{Out, World, is_unknown, unknown_type};
use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::{Label, Message};
use crate::model::KindId;
use crate::syntax::raw::{Named, RawType, Text};
use crate::value::{ChoiceType, Type, Unit, Value};

/// A type with what may stand beside it.
pub(super) struct Declared {
    pub ty: Type,
    pub optional: bool,
    pub label: Option<Label>,
}

/// The words for types that are no units.
const WORDS: &[(&str, Type)] = &[
    ("boolean", Type::Boolean),
    ("integer", Type::Integer(Unit::None)),
    ("decimal", Type::Decimal(Unit::None)),
    ("text", Type::Text),
    ("date", Type::Date),
    ("instant", Type::Instant),
    ("duration", Type::Duration),
    ("person", Type::Person),
];

/// Units that count whole things.
const WHOLE: &[Unit] = &[Unit::Periods, Unit::Times, Unit::Samples, Unit::People];

impl World<'_> {
    /// Reads a type; one that cannot be read is reported and unknown. `name` names a list of options in messages.
    pub fn read_type(&self, raw: &RawType, name: &str, out: &mut Out) -> Declared {
        match raw {
            RawType::Word(text) => self.read_word(text, out),
            RawType::Options { options, span } => {
                if options.is_empty() {
                    out.error(Code::BadType, *span, Message::plain("type-no-options"));
                }
                Declared { ty: options_type(options, name, out), optional: false, label: None }
            }
            RawType::Full { of, optional, label, labels, .. } => {
                let of = self.read_type(of, name, out);
                self.label_options(&of.ty, labels, out);
                let optional = of.optional || read::yes(optional, out);
                Declared { optional, label: self.label(label), ty: of.ty }
            }
        }
    }

    /// Names the options of a list of words for people.
    fn label_options(&self, ty: &Type, labels: &[Named<Text>], out: &mut Out) {
        let Some(first) = labels.first().filter(|_| !is_unknown(ty)) else { return };
        let Type::Choice(choice) = ty else {
            out.error(
                Code::BadType,
                first.name.span,
                Message::new("labels-no-options", [read::type_words(ty)]),
            );
            return;
        };
        for entry in labels {
            let Some(option) = choice.options.iter().find(|option| ***option == *entry.name.value) else {
                let known: Vec<&str> = choice.options.iter().map(AsRef::as_ref).collect();
                out.found.push(read::bad_word(&entry.name, &known));
                continue;
            };
            let label = self.words(&entry.value.value);
            out.options.entry(choice.name.clone()).or_default().insert(option.clone(), label);
        }
    }

    fn read_word(&self, text: &Text, out: &mut Out) -> Declared {
        let written = text.value.trim();
        let (word, optional) = match written.strip_suffix('?') {
            Some(word) => (word.trim_end(), true),
            None => (written, false),
        };
        let ty = self.type_named(word).unwrap_or_else(|| {
            out.found.push(self.bad_type(text, word));
            unknown_type()
        });
        Declared { ty, optional, label: None }
    }

    /// The type of a word or a path, if it is one. Lists do not hold lists.
    pub fn type_named(&self, word: &str) -> Option<Type> {
        match word.strip_prefix("list of ") {
            Some(of) => Some(Type::List(Box::new(self.single_type(of.trim())?))),
            None => self.single_type(word),
        }
    }

    fn single_type(&self, word: &str) -> Option<Type> {
        if let Some((_, ty)) = WORDS.iter().find(|(known, _)| *known == word) {
            return Some(ty.clone());
        }
        if let Some(unit) = Unit::parse(word) {
            return Some(if WHOLE.contains(&unit) { Type::Integer(unit) } else { Type::Decimal(unit) });
        }
        if let Some(kind) = self.find_kind(word) {
            return Some(self.kind_type(kind));
        }
        let (head, tail) = word.split_once('.')?;
        if let Some(card) = self.find_card(head).and_then(|id| self.cards.get(id.idx())) {
            return match tail {
                "band" => Some(Type::Choice(card.bands.clone())),
                "result" => Some(Type::Choice(card.results.clone())),
                "score" => Some(Type::Decimal(Unit::Points)),
                "period_start" => Some(Type::Date),
                streak => {
                    card.streaks.iter().any(|name| &**name == streak).then_some(Type::Integer(Unit::Periods))
                }
            };
        }
        let id = self.find_kind(head)?;
        let kind = self.kind(id)?;
        if let Some(field) = kind.fields.iter().find(|field| *field.name == *tail) {
            return Some(field.ty.clone());
        }
        let flow = self.flows.iter().find(|flow| &*flow.name == tail && flow.kind == Some(id))?;
        Some(flow.state_type())
    }

    /// The type of a subject of a kind as a value.
    pub fn kind_type(&self, id: KindId) -> Type {
        match self.kind(id) {
            Some(kind) if kind.person => Type::Person,
            Some(kind) => Type::Subject(kind.name.clone()),
            None => unknown_type(),
        }
    }

    fn bad_type(&self, text: &Text, word: &str) -> Diagnostic {
        let words = WORDS.iter().map(|(word, _)| *word);
        let units = Unit::NAMES.iter().filter_map(|(_, en, _)| en.first().copied());
        let kinds = self.kinds.iter().map(|kind| kind.name.as_ref());
        let known: Vec<&str> = words.chain(units).chain(kinds).collect();
        let finding = Diagnostic::error(Code::BadType, text.span, Message::new("bad-type", [word]));
        let alias = match word {
            "string" | "str" | "文字" => Some("text"),
            "number" | "float" | "double" => Some("decimal"),
            "int" | "整数" => Some("integer"),
            "bool" | "yes_no" | "是否" => Some("boolean"),
            "datetime" | "time" | "timestamp" | "时刻" => Some("instant"),
            "日期" => Some("date"),
            "人" => Some("person"),
            _ => None,
        };
        match alias.or_else(|| nearest(word, known.iter().copied())) {
            Some(near) => finding.help(Message::new("did-you-mean", [near])),
            None => finding.help(Message::new("known-names", [known.join(", ")])),
        }
    }

    /// A value of a declared type as written in a table or the like.
    pub fn value_of(&self, ty: &Type, text: &Text, out: &mut Out) -> Option<Value> {
        match ty {
            Type::Boolean => read::yes_no(text, out).map(Value::Boolean),
            Type::Integer(unit) | Type::Decimal(unit) => {
                let number = read::number_in(text, &[*unit, Unit::None], out)?;
                if matches!(ty, Type::Integer(_)) && !number.fract().is_zero() {
                    out.error(Code::BadNumber, text.span, Message::new("whole-expected", [&text.value]));
                    return None;
                }
                Some(Value::Number(number, *unit))
            }
            Type::Choice(choice) => {
                let known: Vec<&str> = choice.options.iter().map(AsRef::as_ref).collect();
                match choice.options.iter().find(|option| ***option == *text.value) {
                    Some(option) => Some(Value::Choice(option.clone())),
                    None => {
                        out.found.push(read::bad_word(text, &known));
                        None
                    }
                }
            }
            Type::Text => Some(Value::text(&text.value)),
            Type::Date => read::date(text, out).map(Value::Date),
            Type::Duration => read::duration(text, out).map(Value::Duration),
            Type::Person => Some(Value::Person(text.value.as_str().into())),
            Type::Subject(_) => Some(Value::Subject(text.value.as_str().into())),
            Type::Instant | Type::List(_) => {
                let message = Message::new("no-such-cell", [read::type_words(ty)]);
                out.error(Code::TypeMismatch, text.span, message);
                None
            }
        }
    }
}

/// A list of words as a type; a word that stands twice is reported.
pub(super) fn options_type(options: &[Text], name: &str, out: &mut Out) -> Type {
    let mut words: Vec<Arc<str>> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for option in options {
        if !seen.insert(&option.value) {
            out.error(
                Code::DuplicateName,
                option.span,
                Message::new("duplicate-name", [name, &option.value]),
            );
        } else {
            words.push(option.value.as_str().into());
        }
    }
    Type::Choice(Arc::new(ChoiceType { name: name.into(), options: words, several: false }))
}
