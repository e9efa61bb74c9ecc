//! Languages, bilingual labels, and the message catalogue: every message stands once, in Chinese and English.

use std::sync::Arc;

mod texts;

/// The language of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// A text of the policy in its own language, with a translation where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Label {
    /// The text as the policy states it.
    pub own: Arc<str>,
    /// The English translation, if the policy has one.
    pub en: Option<Arc<str>>,
}

/// A message as data: a key of the catalogue and its arguments; rendered only when shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// The key in the catalogue, kebab-case.
    pub key: &'static str,
    /// The values of the places `{0}`, `{1}` and so on.
    pub args: Vec<String>,
}

impl Label {
    /// A text without translation.
    pub fn new(own: impl Into<Arc<str>>) -> Label {
        Label { own: own.into(), en: None }
    }

    /// The text in a language, or the policy's own where no translation exists.
    pub fn get(&self, lang: Lang) -> &str {
        match (lang, &self.en) {
            (Lang::En, Some(en)) => en,
            _ => &self.own,
        }
    }
}

impl Message {
    /// A message of the catalogue.
    pub fn new<A: ToString>(key: &'static str, args: impl IntoIterator<Item = A>) -> Message {
        Message { key, args: args.into_iter().map(|arg| arg.to_string()).collect() }
    }

    /// A message without arguments.
    pub fn plain(key: &'static str) -> Message {
        Message { key, args: Vec::new() }
    }

    /// The message in a language. A key that the catalogue lacks shows itself, so that nothing is hidden.
    pub fn render(&self, lang: Lang) -> String {
        let template = texts::ALL
            .iter()
            .flat_map(|part| part.iter())
            .find(|(key, _, _)| *key == self.key)
            .map_or(self.key, |(_, zh, en)| match lang {
                Lang::Zh => zh,
                Lang::En => en,
            });
        let args: Vec<&str> = self.args.iter().map(|arg| side(arg, lang)).collect();
        fill(template, &args)
    }
}

/// An argument of a message that is worded differently in the two languages.
pub fn either(zh: &str, en: &str) -> String {
    format!("{zh}{BETWEEN}{en}")
}

/// Stands between the two wordings of an argument; no text that people write holds it.
const BETWEEN: char = '\u{1f}';

/// The wording of an argument in a language.
fn side(arg: &str, lang: Lang) -> &str {
    match (arg.split_once(BETWEEN), lang) {
        (None, _) => arg,
        (Some((zh, _)), Lang::Zh) => zh,
        (Some((_, en)), Lang::En) => en,
    }
}

/// Every entry of the catalogue: key, Chinese, English.
pub fn catalogue() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    texts::ALL.iter().flat_map(|part| part.iter())
}

/// Puts the arguments into their places; an argument is never searched for places again.
///
/// `{0:row is|rows are}` gives the first wording where the argument is 1, else the second.
fn fill(template: &str, args: &[&str]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        out.push_str(before);
        let place = tail.find('}').and_then(|close| {
            let (idx, forms) = match tail.get(1..close)?.split_once(':') {
                Some((idx, forms)) => (idx, Some(forms.split_once('|')?)),
                None => (tail.get(1..close)?, None),
            };
            let arg = *args.get(idx.parse::<usize>().ok()?)?;
            Some((close, forms.map_or(arg, |(one, more)| if arg == "1" { one } else { more })))
        });
        match place {
            Some((close, arg)) => {
                out.push_str(arg);
                rest = tail.get(close + 1..).unwrap_or("");
            }
            None => {
                out.push('{');
                rest = tail.get(1..).unwrap_or("");
            }
        }
    }
    out.push_str(rest);
    out
}
