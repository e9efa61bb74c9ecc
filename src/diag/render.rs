//! A report as text with snippets, as JSON and as SARIF.
