//! What a script may not name, and the words that authors write for an operator.

use super::ast::Name;
use super::text::ScriptText;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;

/// Keywords that would loop, define, or reach behind the sandbox; refused wherever they begin a name.
pub const KEYWORDS: &[&str] = &[
    "export", "import", "fn", "private", "this", "try", "catch", "throw", "while", "loop", "for", "do",
    "until", "break", "continue", "Fn", "null", "nil", "void",
];

/// Functions that would run text, print, read a clock, use chance or give a binary float; refused where called.
pub const FUNCTIONS: &[&str] = &[
    "eval",
    "print",
    "debug",
    "call",
    "curry",
    "sleep",
    "timestamp",
    "exit",
    "rand",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "type_of",
    "to_float",
    "parse_float",
    "to_debug",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "exp",
    "ln",
    "log",
];

/// Refuses a name that no script may use, as the name of a function or of anything.
pub fn allowed(text: &ScriptText<'_>, name: &Name, called: bool) -> Result<(), Box<Diagnostic>> {
    let word = &*name.text;
    let span = text.span_of(name.start, name.end);
    if let Some(right) = operator_for(word).filter(|right| *right == "!") {
        let message = Message::new("script-word-operator", [word, right]);
        return Err(Box::new(Diagnostic::error(Code::ScriptSyntax, span, message).fix(span, right)));
    }
    let forbidden = KEYWORDS.contains(&word) || (called && FUNCTIONS.contains(&word));
    if !forbidden {
        return Ok(());
    }
    let finding = Diagnostic::error(Code::ScriptForbidden, span, Message::new("script-forbidden", [word]));
    let help = match word {
        "while" | "loop" | "for" | "do" => Some("script-no-loops"),
        "fn" => Some("script-no-fn"),
        "timestamp" | "sleep" => Some("script-no-clock"),
        "null" | "nil" | "void" => Some("script-no-null"),
        _ => None,
    };
    Err(Box::new(match help {
        Some(key) => finding.help(Message::plain(key)),
        None => finding,
    }))
}

/// The sign that a word was written for.
pub fn operator_for(word: &str) -> Option<&'static str> {
    Some(match word {
        "and" | "AND" | "And" | "且" | "并且" | "而且" | "和" | "与" => "&&",
        "or" | "OR" | "Or" | "或" | "或者" => "||",
        "not" | "NOT" | "非" | "不是" => "!",
        "等于" | "是" | "为" | "is" | "equals" => "==",
        "不等于" => "!=",
        "大于" => ">",
        "小于" => "<",
        "不低于" | "不少于" | "大于等于" => ">=",
        "不超过" | "不高于" | "小于等于" => "<=",
        "mod" => "%",
        "div" => "/",
        _ => return None,
    })
}
