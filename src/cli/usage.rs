//! Arguments that make no sense, told in the language of the output.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Exit, Shell};
use crate::lang::{Lang, Message};

/// The language that arguments ask for, as far as that can be told from arguments that do not parse.
pub(super) fn asked(args: &[OsString]) -> Option<Lang> {
    let mut texts = args.iter().filter_map(|arg| arg.to_str());
    while let Some(text) = texts.next() {
        let value = match text.strip_prefix("--lang") {
            Some("") => texts.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match value {
            Some("zh") => return Some(Lang::Zh),
            Some("en") => return Some(Lang::En),
            _ => {}
        }
    }
    None
}

/// Tells what is wrong with the arguments; help and the version come this way too.
pub(super) fn tell(shell: &mut Shell, error: &clap::Error) -> Exit {
    let Some(message) = message(error, shell.lang) else {
        // A closed pipe does not matter here.
        let _ = error.print();
        return if error.use_stderr() { Exit::Usage } else { Exit::Well };
    };
    let mut text = message.render(shell.lang);
    for (kind, key) in SUGGESTED {
        if let Some(near) = words(error, *kind, shell.lang) {
            text.push('\n');
            text.push_str(&Message::new(key, [near]).render(shell.lang));
        }
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim().trim_start_matches("Usage:").trim().to_owned();
        text.push('\n');
        text.push_str(&Message::new("shell-usage", [usage]).render(shell.lang));
    }
    let _ = shell.out.complain(&text);
    Exit::Usage
}

/// What may have been meant, and what else there is.
const SUGGESTED: &[(ContextKind, &str)] = &[
    (ContextKind::SuggestedArg, "shell-usage-near"),
    (ContextKind::SuggestedSubcommand, "shell-usage-near"),
    (ContextKind::SuggestedValue, "shell-usage-near"),
    (ContextKind::ValidValue, "shell-usage-valid"),
];

/// What went wrong; `None` for help, the version and what has no words of its own.
fn message(error: &clap::Error, lang: Lang) -> Option<Message> {
    let said = |kind| words(error, kind, lang).unwrap_or_default();
    let argument = || said(ContextKind::InvalidArg);
    Some(match error.kind() {
        ErrorKind::InvalidValue if said(ContextKind::InvalidValue).is_empty() => {
            Message::new("shell-usage-no-value", [argument()])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            Message::new("shell-usage-value", [argument(), said(ContextKind::InvalidValue)])
        }
        ErrorKind::UnknownArgument => Message::new("shell-usage-unknown", [argument()]),
        ErrorKind::InvalidSubcommand => {
            Message::new("shell-usage-verb", [said(ContextKind::InvalidSubcommand)])
        }
        ErrorKind::NoEquals => Message::new("shell-usage-equals", [argument()]),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            Message::new("shell-usage-number", [argument()])
        }
        ErrorKind::ArgumentConflict => match said(ContextKind::PriorArg) {
            prior if prior.is_empty() || prior == argument() => {
                Message::new("shell-usage-twice", [argument()])
            }
            prior => Message::new("shell-usage-conflict", [argument(), prior]),
        },
        ErrorKind::MissingRequiredArgument => Message::new("shell-usage-missing", [argument()]),
        ErrorKind::MissingSubcommand => Message::plain("shell-usage-no-verb"),
        ErrorKind::InvalidUtf8 => Message::plain("shell-usage-utf8"),
        _ => return None,
    })
}

/// What an error says of one thing.
fn words(error: &clap::Error, kind: ContextKind, lang: Lang) -> Option<String> {
    let between = Message::plain("explain-comma").render(lang);
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.join(&between)),
        _ => None,
    }
}
