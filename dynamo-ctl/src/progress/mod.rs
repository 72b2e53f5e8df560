//! How far an operation is, for whoever waits for it.
//!
//! | room | noun |
//! |---|---|
//! | [`tracker`] | the reckoning: from what nodes say now and said before to how far each pair of nodes is |
//! | [`rate`] | how fast a number grows, and when it will be where it should |
//! | `bars` | bars on a terminal |
//! | [`report`] | the result of the reckoning, as lines and as JSON |
//!
//! Deliberately absent: asking anybody anything. The time is handed in.

mod bars;
pub mod rate;
pub mod report;
pub mod tracker;

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::MultiProgress;

use crate::output::Output;
use crate::progress::bars::Bars;
use crate::progress::report::Report;

/// Between two plain lines or JSON objects.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// How progress is shown, on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Bars on a terminal; off it JSON where results are JSON, and plain lines where they are not.
    #[default]
    Auto,
    /// Bars, one for each pair of nodes.
    Bar,
    /// A few lines every few seconds.
    Plain,
    /// A JSON object every few seconds.
    Json,
    /// Not at all.
    None,
}

impl Mode {
    fn decided(self, is_terminal: bool, is_json: bool) -> Self {
        match self {
            Self::Auto if is_terminal => Self::Bar,
            Self::Auto if is_json => Self::Json,
            Self::Auto => Self::Plain,
            decided => decided,
        }
    }
}

/// Shows reports as they come.
pub struct Display {
    mode: Mode,
    bars: Option<Bars>,
    told: Option<Instant>,
}

impl Display {
    /// In this mode, beside this output.
    pub fn new(mode: Mode, output: &Output) -> Self {
        let is_json = output.format().is_json();
        let mode = mode.decided(io::stderr().is_terminal(), is_json);
        Self { mode, bars: (mode == Mode::Bar).then(|| Bars::on(MultiProgress::new())), told: None }
    }

    /// Shows how far it is now. Lines are told only now and then, and at the end.
    pub fn show(&mut self, report: &Report, output: &mut Output) -> io::Result<()> {
        if let Some(bars) = &mut self.bars {
            bars.show(report);
            return Ok(());
        }
        let is_due = self.told.is_none_or(|told| told.elapsed() >= BETWEEN_LINES);
        if !is_due && !report.is_over {
            return Ok(());
        }
        self.told = Some(Instant::now());
        match self.mode {
            Mode::Plain => output.tell(&report.lines()),
            Mode::Json => output.tell_json("progress", report)?,
            Mode::None | Mode::Auto | Mode::Bar => {}
        }
        Ok(())
    }

    /// Takes the bars away, so that results can be written.
    pub fn clear(&mut self) {
        if let Some(bars) = self.bars.take() {
            bars.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_for_terminals_and_json_for_those_who_read_json() {
        assert_eq!(Mode::Auto.decided(true, true), Mode::Bar);
        assert_eq!(Mode::Auto.decided(false, true), Mode::Json);
        assert_eq!(Mode::Auto.decided(false, false), Mode::Plain);
        assert_eq!(Mode::None.decided(true, true), Mode::None);
    }
}
