//! Expressions and functions.

/// Named functions, compiled.
#[derive(Debug, Default)]
pub struct Library;

/// One compiled expression.
#[derive(Debug)]
pub struct Compiled;
