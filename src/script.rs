//! Expressions and functions: rhai text, typed and checked at load, run natively where pure and in a sandbox otherwise.
//! rhai is hidden inside; nothing above this module names it.
