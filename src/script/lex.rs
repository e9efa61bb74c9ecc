//! Words, numbers and signs of a script, with the places of each.

use rust_decimal::Decimal;

use super::text::ScriptText;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;

/// One piece of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// An exact number.
    Number(Decimal),
    /// `80%`, as its fraction.
    Percent(Decimal),
    /// A name or keyword; `$name` keeps its sign.
    Word(String),
    /// A text in quotes.
    Text(String),
    /// A text in backticks, with its pieces.
    Template(Vec<Piece>),
    /// An operator or a bracket.
    Sign(&'static str),
    /// Nothing more.
    End,
}

/// A piece of a text in backticks.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// `${…}`: the bytes of an expression.
    Code(u32, u32),
}

/// A token and its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Lexeme {
    /// What it is.
    pub token: Token,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Every sign, longer ones first.
const SIGNS: &[&str] = &[
    "..=", "==", "!=", "<=", ">=", "&&", "||", "??", "=>", "..", "**", "+=", "-=", "*=", "/=", "%=", "::",
    "#{", "<>", "=<", "<<", ">>", "+", "-", "*", "/", "%", "<", ">", "=", "!", "&", "|", "^", "~", "(", ")",
    "[", "]", "{", "}", ",", ";", ":", ".", "?", "@",
];

/// Signs of a Chinese keyboard and of textbooks, with what a script writes instead.
const LOOKALIKES: &[(char, &str)] = &[
    ('＞', ">"),
    ('＜', "<"),
    ('＝', "=="),
    ('≥', ">="),
    ('≤', "<="),
    ('≠', "!="),
    ('（', "("),
    ('）', ")"),
    ('【', "["),
    ('】', "]"),
    ('［', "["),
    ('］', "]"),
    ('｛', "{"),
    ('｝', "}"),
    ('，', ","),
    ('、', ","),
    ('；', ";"),
    ('：', ":"),
    ('。', "."),
    ('．', "."),
    ('！', "!"),
    ('＋', "+"),
    ('－', "-"),
    ('—', "-"),
    ('–', "-"),
    ('×', "*"),
    ('＊', "*"),
    ('÷', "/"),
    ('／', "/"),
    ('％', "%"),
    ('＆', "&&"),
    ('｜', "||"),
    ('＄', "$"),
    ('￥', "$"),
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('＂', "\""),
    ('‘', "\""),
    ('’', "\""),
    ('「', "\""),
    ('」', "\""),
    ('『', "\""),
    ('』', "\""),
];

/// Reads the bytes `start..end` of a script into tokens; the last one is `End`.
pub fn lex(text: &ScriptText<'_>, start: u32, end: u32) -> Result<Vec<Lexeme>, Box<Diagnostic>> {
    let mut lexer = Lexer { text, pos: start as usize, end: (end as usize).min(text.text.len()) };
    let mut lexemes = Vec::new();
    loop {
        lexer.skip_space()?;
        let from = lexer.pos;
        let token = lexer.token()?;
        let done = token == Token::End;
        lexemes.push(Lexeme { token, start: from as u32, end: lexer.pos as u32 });
        if done {
            return Ok(lexemes);
        }
    }
}

/// Whether a character may begin a name.
pub fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

struct Lexer<'a, 'b> {
    text: &'a ScriptText<'b>,
    pos: usize,
    end: usize,
}

impl Lexer<'_, '_> {
    fn rest(&self) -> &str {
        self.text.text.get(self.pos..self.end).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error(&self, from: usize, to: usize, message: Message) -> Box<Diagnostic> {
        let span = self.text.span_of(from as u32, to as u32);
        Box::new(Diagnostic::error(Code::ScriptSyntax, span, message))
    }

    fn skip_space(&mut self) -> Result<(), Box<Diagnostic>> {
        loop {
            let rest = self.rest();
            let space = rest.len() - rest.trim_start().len();
            if space > 0 {
                self.pos += space;
            } else if rest.starts_with("//") {
                self.pos += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let Some(close) = rest.find("*/") else {
                    return Err(self.error(self.pos, self.pos + 2, Message::plain("script-open-comment")));
                };
                self.pos += close + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token, Box<Diagnostic>> {
        let Some(c) = self.peek() else { return Ok(Token::End) };
        match c {
            '0'..='9' => self.number(),
            '"' | '\'' => self.string(c),
            '`' => self.template(),
            '$' => self.parameter(),
            c if starts_name(c) => Ok(Token::Word(self.word())),
            _ => self.sign(c),
        }
    }

    fn word(&mut self) -> String {
        let len = self.rest().find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let word = self.rest().get(..len.unwrap_or(self.rest().len())).unwrap_or("").to_owned();
        self.pos += word.len();
        word
    }

    fn parameter(&mut self) -> Result<Token, Box<Diagnostic>> {
        let from = self.pos;
        self.pos += 1;
        if self.peek().is_some_and(starts_name) {
            return Ok(Token::Word(format!("${}", self.word())));
        }
        Err(self.error(from, self.pos, Message::plain("script-bare-dollar")))
    }

    fn number(&mut self) -> Result<Token, Box<Diagnostic>> {
        let from = self.pos;
        self.digits();
        let mut tail = self.rest().chars();
        if tail.next() == Some('.') && tail.next().is_some_and(|c| c.is_ascii_digit()) {
            self.pos += 1;
            self.digits();
        }
        let digits: String =
            self.text.text.get(from..self.pos).unwrap_or("").chars().filter(|c| *c != '_').collect();
        let bad = |lexer: &Self, key| Err(lexer.error(from, lexer.pos, Message::new(key, [&digits])));
        let Ok(value) = Decimal::from_str_exact(&digits) else {
            return bad(self, "script-number-too-long");
        };
        if self.peek().is_some_and(starts_name) {
            let word = self.word();
            let written = [digits.clone(), word];
            return Err(self.error(from, self.pos, Message::new("script-unit-written", written)));
        }
        if self.percent_sign() {
            self.pos += 1;
            return match value.checked_div(Decimal::ONE_HUNDRED) {
                Some(value) => Ok(Token::Percent(value)),
                None => bad(self, "script-number-too-long"),
            };
        }
        Ok(Token::Number(value))
    }

    fn digits(&mut self) {
        let rest = self.rest();
        self.pos += rest.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
    }

    /// `80%` with nothing to divide behind it is a percentage; `80 % 3` and `80%3` are remainders.
    fn percent_sign(&self) -> bool {
        let mut chars = self.rest().chars();
        chars.next() == Some('%')
            && !chars.next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | '$' | '-' | '"'))
    }

    fn string(&mut self, quote: char) -> Result<Token, Box<Diagnostic>> {
        let from = self.pos;
        self.pos += 1;
        let mut out = String::new();
        while let Some(c) = self.peek() {
            self.pos += c.len_utf8();
            match c {
                c if c == quote => return Ok(Token::Text(out)),
                '\\' => out.push(self.escape()?),
                c => out.push(c),
            }
        }
        Err(self.error(from, self.end, Message::new("script-open-text", [quote])))
    }

    fn escape(&mut self) -> Result<char, Box<Diagnostic>> {
        let from = self.pos - 1;
        let c = self.peek().unwrap_or('\\');
        self.pos += c.len_utf8().min(self.end - self.pos);
        match c {
            'n' => Ok('\n'),
            't' => Ok('\t'),
            'r' => Ok('\r'),
            '\\' | '"' | '\'' | '`' | '$' => Ok(c),
            _ => Err(self.error(from, self.pos, Message::new("script-bad-escape", [c]))),
        }
    }

    fn template(&mut self) -> Result<Token, Box<Diagnostic>> {
        let from = self.pos;
        self.pos += 1;
        let (mut pieces, mut text) = (Vec::new(), String::new());
        while let Some(c) = self.peek() {
            self.pos += c.len_utf8();
            if c == '`' {
                pieces.push(Piece::Text(text));
                return Ok(Token::Template(pieces));
            }
            if c == '$' && self.peek() == Some('{') {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                self.pos += 1;
                let start = self.pos;
                self.skip_code(from)?;
                pieces.push(Piece::Code(start as u32, self.pos as u32));
                self.pos += 1;
            } else {
                text.push(c);
            }
        }
        Err(self.error(from, self.end, Message::new("script-open-text", ["`"])))
    }

    /// Moves to the brace that closes `${`, past texts and inner braces.
    fn skip_code(&mut self, from: usize) -> Result<(), Box<Diagnostic>> {
        let mut open = 0_u32;
        while let Some(c) = self.peek() {
            match c {
                '}' if open == 0 => return Ok(()),
                '"' | '\'' => {
                    self.string(c)?;
                    continue;
                }
                '`' => {
                    return Err(self.error(self.pos, self.pos + 1, Message::plain("script-nested-template")));
                }
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            self.pos += c.len_utf8();
        }
        Err(self.error(from, self.end, Message::new("script-open-text", ["`"])))
    }

    fn sign(&mut self, c: char) -> Result<Token, Box<Diagnostic>> {
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            self.pos += sign.len();
            return Ok(Token::Sign(sign));
        }
        let to = self.pos + c.len_utf8();
        let Some((_, plain)) = LOOKALIKES.iter().find(|(look, _)| *look == c) else {
            return Err(self.error(self.pos, to, Message::new("script-strange-sign", [c])));
        };
        let message = Message::new("script-full-width", [c.to_string(), (*plain).to_owned()]);
        let span = self.text.span_of(self.pos as u32, to as u32);
        Err(Box::new(Diagnostic::error(Code::ScriptSyntax, span, message).fix(span, *plain)))
    }
}
