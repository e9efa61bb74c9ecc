//! The one place that writes to the terminal.

use std::io::{self, BufWriter, IsTerminal, Write};

/// Standard output and standard error; colours only where they can be seen.
pub(super) struct Out {
    stdout: BufWriter<anstream::AutoStream<io::Stdout>>,
    colour: bool,
    terminal: bool,
}

impl Out {
    /// The output of the process.
    pub fn terminal() -> Out {
        let stdout = anstream::AutoStream::auto(io::stdout());
        let colour = stdout.current_choice() != anstream::ColorChoice::Never;
        let terminal = io::stdout().is_terminal();
        Out { stdout: BufWriter::new(stdout), colour, terminal }
    }

    /// Whether colours can be seen on standard output.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// Whether colours can be seen on standard error.
    pub fn colour_of_errors(&self) -> bool {
        anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
    }

    /// Whether a person is looking: standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// A line.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        writeln!(self.stdout, "{}", text.as_ref())
    }

    /// A text as it is.
    pub fn text(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        self.stdout.write_all(text.as_ref().as_bytes())
    }

    /// A line in bold where it can be seen.
    pub fn heading(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        let text = text.as_ref();
        if self.colour { self.line(format!("\u{1b}[1m{text}\u{1b}[0m")) } else { self.line(text) }
    }

    /// JSON, indented.
    pub fn json(&mut self, value: &serde_json::Value) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.stdout, value)?;
        writeln!(self.stdout)
    }

    /// A line on standard error.
    pub fn complain(&mut self, text: &str) -> io::Result<()> {
        self.flush()?;
        let mut stderr = anstream::AutoStream::auto(io::stderr());
        writeln!(stderr, "{text}")
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}
