//! Script text to tree, with rhai's grammar and precedence.
//!
//! rhai's own tree is not used: it keeps only the hashes of `switch` cases, cannot hold a bare word as a case, and knows
//! where an expression begins but not where it ends. The tests hold this grammar to rhai's.

use std::sync::Arc;

use super::Limits;
use super::ast::{Arith, Case, Compare, Expr, Kind, Name, Statement};
use super::lex::{Lexeme, Piece, Token, lex};
use super::scan;
use super::text::ScriptText;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;

type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Reads a whole script: statements, then a value.
pub fn parse(text: &ScriptText<'_>, limits: &Limits) -> Parsed<Expr> {
    let end = u32::try_from(text.text.len()).unwrap_or(u32::MAX);
    if text.text.len() > limits.script_bytes {
        let sizes = [text.text.len(), limits.script_bytes];
        let message = Message::new("script-too-long", sizes);
        return Err(Box::new(Diagnostic::error(Code::ScriptTooLarge, text.span, message)));
    }
    let mut parser = Parser { text, limits, lexemes: lex(text, 0, end)?, next: 0, depth: 0 };
    if *parser.peek() == Token::End {
        return Err(Box::new(Diagnostic::error(
            Code::ScriptSyntax,
            text.span,
            Message::plain("script-empty"),
        )));
    }
    let (statements, value) = parser.statements(&Token::End)?;
    match (statements.is_empty(), value) {
        (true, Some(value)) => Ok(value),
        (_, value) => parser.make(0, Kind::Block(statements, value.map(Box::new))),
    }
}

struct Parser<'a, 'b> {
    text: &'a ScriptText<'b>,
    limits: &'a Limits,
    lexemes: Vec<Lexeme>,
    next: usize,
    depth: usize,
}

/// How tightly a binary operator binds, as in rhai.
fn precedence(token: &Token) -> Option<u8> {
    Some(match token {
        Token::Sign("||") => 30,
        Token::Sign("&&") => 60,
        Token::Sign("==" | "!=") => 90,
        Token::Word(word) if word == "in" => 110,
        Token::Sign("<" | "<=" | ">" | ">=") => 130,
        Token::Sign("??") => 135,
        Token::Sign(".." | "..=") => 140,
        Token::Sign("+" | "-") => 150,
        Token::Sign("*" | "/" | "%") => 180,
        _ => return None,
    })
}

/// The strength of `in`, which `!in` shares.
const IN: u8 = 110;

impl Parser<'_, '_> {
    fn statements(&mut self, close: &Token) -> Parsed<(Vec<Statement>, Option<Expr>)> {
        let mut statements = Vec::new();
        loop {
            while self.eat(";") {}
            if self.peek() == close {
                return Ok((statements, None));
            }
            let statement = self.statement()?;
            let free = matches!(&statement, Statement::Plain(e) if ends_in_brace(&e.kind));
            if self.peek() == close {
                return match statement {
                    Statement::Plain(value) => Ok((statements, Some(value))),
                    other => {
                        statements.push(other);
                        Ok((statements, None))
                    }
                };
            }
            if !self.eat(";") && !free {
                return Err(self.unexpected(close));
            }
            statements.push(statement);
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.eat_word("let") || self.eat_word("const") {
            let name = self.name()?;
            self.need("=")?;
            return Ok(Statement::Let(name, self.expr()?));
        }
        if self.eat_word("return") {
            return Ok(Statement::Return(self.expr()?));
        }
        let target = self.expr()?;
        let sign = match self.peek() {
            Token::Sign(sign @ ("=" | "+=" | "-=" | "*=" | "/=" | "%=")) => *sign,
            _ => return Ok(Statement::Plain(target)),
        };
        // Only what `let` made can be assigned to, in a text of several statements; elsewhere `=` means `==`.
        let alone = !self.lexemes.iter().any(|l| l.token == Token::Sign(";"));
        if alone || !matches!(target.kind, Kind::Path(_) | Kind::Field(..) | Kind::Index(..)) {
            return Err(self.unexpected(&Token::End));
        }
        self.next += 1;
        Ok(Statement::Assign(target, sign, self.expr()?))
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let expr = self.binary(0);
        self.depth -= 1;
        expr
    }

    /// Operators of at least the given strength, from left to right.
    fn binary(&mut self, floor: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let negated = *self.peek() == Token::Sign("!") && self.word_at(1) == Some("in");
            let strength = if negated { Some(IN) } else { precedence(self.peek()) };
            let Some(strength) = strength.filter(|strength| *strength > floor) else { return Ok(left) };
            let token = self.advance();
            if negated {
                self.next += 1;
            }
            self.deeper()?;
            let right = self.binary(strength)?;
            self.depth -= 1;
            left = self.join(left, &token, right)?;
        }
    }

    fn join(&self, left: Expr, token: &Token, right: Expr) -> Parsed<Expr> {
        let start = left.start;
        if let (Kind::Compare(first, ..), Token::Sign("<" | "<=" | ">" | ">=")) = (&left.kind, token)
            && first.orders()
        {
            let span = self.text.span_of(start, right.end);
            let message = Message::plain("script-chained");
            return Err(Box::new(Diagnostic::error(Code::ScriptSyntax, span, message)));
        }
        let (a, b) = (Box::new(left), Box::new(right));
        let kind = match token {
            Token::Sign("||") => match *a {
                Expr { kind: Kind::Any(mut all), .. } => {
                    all.push(*b);
                    Kind::Any(all)
                }
                a => Kind::Any(vec![a, *b]),
            },
            Token::Sign("&&") => match *a {
                Expr { kind: Kind::All(mut all), .. } => {
                    all.push(*b);
                    Kind::All(all)
                }
                a => Kind::All(vec![a, *b]),
            },
            Token::Sign("==") => Kind::Compare(Compare::Equal, a, b),
            Token::Sign("!=") => Kind::Compare(Compare::NotEqual, a, b),
            Token::Sign("<") => Kind::Compare(Compare::Less, a, b),
            Token::Sign("<=") => Kind::Compare(Compare::LessEqual, a, b),
            Token::Sign(">") => Kind::Compare(Compare::Greater, a, b),
            Token::Sign(">=") => Kind::Compare(Compare::GreaterEqual, a, b),
            Token::Sign("??") => Kind::Coalesce(a, b),
            Token::Sign("..") => Kind::Range(a, b, false),
            Token::Sign("..=") => Kind::Range(a, b, true),
            Token::Sign("+") => Kind::Arith(Arith::Add, a, b),
            Token::Sign("-") => Kind::Arith(Arith::Sub, a, b),
            Token::Sign("*") => Kind::Arith(Arith::Mul, a, b),
            Token::Sign("/") => Kind::Arith(Arith::Div, a, b),
            Token::Sign("%") => Kind::Arith(Arith::Rem, a, b),
            Token::Sign("!") => Kind::In(a, b, true),
            _ => Kind::In(a, b, false),
        };
        self.make(start, kind)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.here().start;
        let sign = match self.peek() {
            Token::Sign(sign @ ("-" | "+" | "!")) => *sign,
            _ => return self.postfix(),
        };
        self.next += 1;
        self.deeper()?;
        let of = Box::new(self.unary()?);
        self.depth -= 1;
        match sign {
            "-" => self.make(start, Kind::Negate(of)),
            "!" => self.make(start, Kind::Not(of)),
            _ => Ok(*of),
        }
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let mut of = self.primary()?;
        loop {
            let start = of.start;
            if self.eat(".") {
                let name = self.name()?;
                let kind = if self.eat("(") {
                    scan::allowed(self.text, &name, true)?;
                    let args = self.list(")")?;
                    Kind::Method(Box::new(of), name, args)
                } else {
                    match of.kind {
                        Kind::Path(path) => Kind::Path(format!("{path}.{}", name.text).into()),
                        _ => Kind::Field(Box::new(of), name),
                    }
                };
                of = self.make(start, kind)?;
            } else if !ends_in_brace(&of.kind) && self.eat("[") {
                let idx = self.expr()?;
                self.need("]")?;
                of = self.make(start, Kind::Index(Box::new(of), Box::new(idx)))?;
            } else {
                return Ok(of);
            }
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let start = self.here().start;
        let kind = match self.advance() {
            Token::Number(value) => Kind::Number(value),
            Token::Percent(value) => Kind::Percent(value),
            Token::Text(text) => Kind::Text(text.into()),
            Token::Template(pieces) => Kind::Template(self.pieces(pieces, start)?),
            Token::Sign("(") => {
                let inner = self.expr()?;
                self.need(")")?;
                return Ok(Expr { start, end: self.last_end(), ..inner });
            }
            Token::Sign("[") => Kind::Array(self.list("]")?),
            Token::Sign("#{") => Kind::Map(self.entries()?),
            Token::Sign("{") => {
                self.next -= 1;
                return self.block();
            }
            Token::Sign("|") => {
                let mut params = Vec::new();
                while !self.eat("|") {
                    params.push(self.name()?);
                    self.eat(",");
                }
                Kind::Closure(params, Box::new(self.expr()?))
            }
            Token::Sign("||") => Kind::Closure(Vec::new(), Box::new(self.expr()?)),
            Token::Word(word) => return self.word(&word, start),
            _ => {
                self.next -= 1;
                return Err(self.operand_missing());
            }
        };
        self.make(start, kind)
    }

    fn word(&mut self, word: &str, start: u32) -> Parsed<Expr> {
        let kind = match word {
            "true" => Kind::Boolean(true),
            "false" => Kind::Boolean(false),
            "if" => return self.branch(start),
            "switch" => return self.switch(start),
            "else" | "in" | "let" | "const" | "return" => {
                self.next -= 1;
                return Err(self.operand_missing());
            }
            _ => {
                let name = Name { text: word.into(), start, end: self.last_end() };
                scan::allowed(self.text, &name, *self.peek() == Token::Sign("("))?;
                if *self.peek() == Token::Sign("::") {
                    return Err(self.error(Code::ScriptForbidden, Message::new("script-forbidden", ["::"])));
                }
                if self.eat("(") { Kind::Call(name, self.list(")")?) } else { Kind::Path(name.text) }
            }
        };
        self.make(start, kind)
    }

    fn branch(&mut self, start: u32) -> Parsed<Expr> {
        self.deeper()?;
        let cond = Box::new(self.expr()?);
        let then = Box::new(self.block()?);
        let mut other = None;
        if self.eat_word("else") {
            let from = self.here().start;
            let expr = if self.eat_word("if") { self.branch(from)? } else { self.block()? };
            other = Some(Box::new(expr));
        }
        self.depth -= 1;
        self.make(start, Kind::If(cond, then, other))
    }

    fn block(&mut self) -> Parsed<Expr> {
        let start = self.here().start;
        self.need("{")?;
        self.deeper()?;
        let (statements, value) = self.statements(&Token::Sign("}"))?;
        self.depth -= 1;
        self.need("}")?;
        self.make(start, Kind::Block(statements, value.map(Box::new)))
    }

    fn switch(&mut self, start: u32) -> Parsed<Expr> {
        let of = Box::new(self.expr()?);
        self.need("{")?;
        let mut cases = Vec::new();
        while !self.eat("}") {
            let mut patterns = Vec::new();
            if !self.eat_word("_") {
                patterns.push(self.pattern()?);
                while self.eat("|") {
                    patterns.push(self.pattern()?);
                }
            }
            if patterns.is_empty() && self.word_at(0) == Some("if") {
                return Err(self.error(Code::ScriptSyntax, Message::plain("script-default-guard")));
            }
            let guard = if self.eat_word("if") { Some(self.expr()?) } else { None };
            self.need("=>")?;
            let body = self.expr()?;
            let free = ends_in_brace(&body.kind);
            cases.push(Case { patterns, guard, body });
            if !self.eat(",") && !free && *self.peek() != Token::Sign("}") {
                return Err(self.unexpected(&Token::Sign("}")));
            }
        }
        self.make(start, Kind::Switch(of, cases))
    }

    /// A literal, a bare word or a range of whole numbers.
    fn pattern(&mut self) -> Parsed<Expr> {
        let pattern = self.expr()?;
        let literal = |e: &Expr| match &e.kind {
            Kind::Negate(of) => matches!(of.kind, Kind::Number(_)),
            Kind::Path(path) => !path.contains(['.', '$']),
            kind => matches!(kind, Kind::Number(_) | Kind::Percent(_) | Kind::Text(_) | Kind::Boolean(_)),
        };
        let fits = match &pattern.kind {
            Kind::Range(a, b, _) => literal(a) && literal(b),
            _ => literal(&pattern),
        };
        if fits {
            return Ok(pattern);
        }
        let span = self.text.span_of(pattern.start, pattern.end);
        Err(Box::new(Diagnostic::error(Code::ScriptSyntax, span, Message::plain("script-case-not-literal"))))
    }

    fn list(&mut self, close: &'static str) -> Parsed<Vec<Expr>> {
        let mut all = Vec::new();
        while !self.eat(close) {
            all.push(self.expr()?);
            if !self.eat(",") && *self.peek() != Token::Sign(close) {
                return Err(self.unexpected(&Token::Sign(close)));
            }
        }
        Ok(all)
    }

    fn entries(&mut self) -> Parsed<Vec<(Arc<str>, Expr)>> {
        let mut all = Vec::new();
        while !self.eat("}") {
            let key = match self.advance() {
                Token::Text(text) => text.into(),
                _ => {
                    self.next -= 1;
                    self.name()?.text
                }
            };
            self.need(":")?;
            all.push((key, self.expr()?));
            if !self.eat(",") && *self.peek() != Token::Sign("}") {
                return Err(self.unexpected(&Token::Sign("}")));
            }
        }
        Ok(all)
    }

    fn pieces(&mut self, pieces: Vec<Piece>, start: u32) -> Parsed<Vec<Expr>> {
        let mut all = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) if text.is_empty() => {}
                Piece::Text(text) => all.push(self.make(start, Kind::Text(text.into()))?),
                Piece::Code(from, to) => {
                    let lexemes = lex(self.text, from, to)?;
                    let (text, limits) = (self.text, self.limits);
                    let mut inner = Parser { text, limits, lexemes, next: 0, depth: self.depth };
                    all.push(inner.expr()?);
                    if *inner.peek() != Token::End {
                        return Err(inner.unexpected(&Token::End));
                    }
                }
            }
        }
        Ok(all)
    }

    /// A node from `start` to the last token read; refused where the tree gets too deep.
    fn make(&self, start: u32, kind: Kind) -> Parsed<Expr> {
        let mut expr = Expr { kind, start, end: self.last_end(), depth: 1 };
        expr.depth += expr.children().iter().map(|child| child.depth).max().unwrap_or(0);
        if expr.depth > self.limits.depth {
            return Err(self.too_deep(expr.start, expr.end));
        }
        Ok(expr)
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        // A bracket adds no node but needs stack all the same; an `if` costs several levels of the reader.
        if self.depth > self.limits.depth * 3 {
            let here = self.here();
            return Err(self.too_deep(here.start, here.end));
        }
        Ok(())
    }

    fn too_deep(&self, start: u32, end: u32) -> Box<Diagnostic> {
        let message = Message::new("script-too-deep", [self.limits.depth]);
        Box::new(Diagnostic::error(Code::ScriptTooLarge, self.text.span_of(start, end), message))
    }

    fn name(&mut self) -> Parsed<Name> {
        let here = self.here().clone();
        match here.token {
            Token::Word(text) if !text.starts_with('$') => {
                self.next += 1;
                Ok(Name { text: text.into(), start: here.start, end: here.end })
            }
            _ => Err(self.error(Code::ScriptSyntax, Message::new("script-name-missing", [self.found()]))),
        }
    }

    fn here(&self) -> &Lexeme {
        const END: &Lexeme = &Lexeme { token: Token::End, start: 0, end: 0 };
        self.lexemes.get(self.next).or(self.lexemes.last()).unwrap_or(END)
    }

    fn peek(&self) -> &Token {
        &self.here().token
    }

    fn word_at(&self, ahead: usize) -> Option<&str> {
        match self.lexemes.get(self.next + ahead).map(|l| &l.token) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn last_end(&self) -> u32 {
        let idx = self.next.saturating_sub(1);
        self.lexemes.get(idx).or(self.lexemes.last()).map_or(0, |l| l.end)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(here) if *here == sign);
        self.next += usize::from(found);
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word_at(0) == Some(word);
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, sign: &'static str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&Token::Sign(sign))) }
    }

    fn found(&self) -> String {
        match self.peek() {
            Token::End => String::from("∎"),
            _ => {
                let here = self.here();
                self.text.text.get(here.start as usize..here.end as usize).unwrap_or("").to_owned()
            }
        }
    }

    fn error(&self, code: Code, message: Message) -> Box<Diagnostic> {
        let here = self.here();
        Box::new(Diagnostic::error(code, self.text.span_of(here.start, here.end), message))
    }

    fn operand_missing(&self) -> Box<Diagnostic> {
        if let Token::Word(word) = self.peek()
            && let Some(finding) = self.misspelt(word)
        {
            return finding;
        }
        let key = if *self.peek() == Token::End { "script-unfinished" } else { "script-operand-missing" };
        self.error(Code::ScriptSyntax, Message::new(key, [self.found()]))
    }

    /// What stands here does not go on from what was read: says what was meant where that can be guessed.
    fn unexpected(&self, expected: &Token) -> Box<Diagnostic> {
        let here = self.here();
        let span = self.text.span_of(here.start, here.end);
        let meant = match self.peek() {
            Token::Sign("=") => Some(("script-single-equals", "==")),
            Token::Sign("&") => Some(("script-single-sign", "&&")),
            Token::Sign("|") => Some(("script-single-sign", "||")),
            Token::Sign("<>") => Some(("script-other-sign", "!=")),
            Token::Sign("=<") => Some(("script-other-sign", "<=")),
            Token::Sign("=>") => Some(("script-other-sign", ">=")),
            _ => None,
        };
        if let Some((key, right)) = meant {
            let message = Message::new(key, [self.found(), right.to_owned()]);
            return Box::new(Diagnostic::error(Code::ScriptSyntax, span, message).fix(span, right));
        }
        if let Token::Word(word) = self.peek()
            && let Some(finding) = self.misspelt(word)
        {
            return finding;
        }
        let message = match (expected, self.peek()) {
            (Token::Sign(sign), Token::End) => Message::new("script-not-closed", [*sign]),
            (Token::Sign(sign), _) => Message::new("script-expected", [(*sign).to_owned(), self.found()]),
            _ => Message::new("script-unexpected", [self.found()]),
        };
        Box::new(Diagnostic::error(Code::ScriptSyntax, span, message))
    }

    /// Words of everyday speech and of other languages that stand for an operator.
    fn misspelt(&self, word: &str) -> Option<Box<Diagnostic>> {
        let right = scan::operator_for(word)?;
        let here = self.here();
        let span = self.text.span_of(here.start, here.end);
        let message = Message::new("script-word-operator", [word, right]);
        Some(Box::new(Diagnostic::error(Code::ScriptSyntax, span, message).fix(span, right)))
    }
}

/// Whether a statement of this kind needs no semicolon behind it.
fn ends_in_brace(kind: &Kind) -> bool {
    matches!(kind, Kind::If(..) | Kind::Switch(..) | Kind::Block(..))
}
