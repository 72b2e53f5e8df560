//! Trace: a run as readable lines.
//!
//! Off unless asked for: a line is only written when somebody will read it, so that a batch of seeds costs nothing.

use std::collections::VecDeque;
use std::fmt;

/// Lines of a run, the newest of them if there are too many.
#[derive(Debug, Default)]
pub struct Trace {
    lines: VecDeque<String>,
    lines_max: usize,
}

impl Trace {
    /// A trace that keeps so many of the newest lines; zero: it is off.
    pub fn keeping(lines_max: usize) -> Self {
        Self { lines: VecDeque::new(), lines_max }
    }

    /// Writes a line, at a time in microseconds, about a machine (counted from zero) or about none.
    pub fn line(&mut self, at_us: u64, machine: Option<usize>, text: impl FnOnce() -> String) {
        if self.lines_max == 0 {
            return;
        }
        if self.lines.len() == self.lines_max {
            self.lines.pop_front();
        }
        let who = machine.map_or_else(|| "  ".to_owned(), |machine| format!("n{}", machine + 1));
        self.lines.push_back(format!("{:>5}.{:06} {who} {}", at_us / 1_000_000, at_us % 1_000_000, text()));
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}
