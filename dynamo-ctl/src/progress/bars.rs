//! Bars on a terminal: one for the operation, one for each pair of nodes that copies.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::report::{PairReport, Report};

/// More bars than this are no help.
const BARS_MAX: usize = 12;

/// The bars that are on the screen. They stay there when this is dropped.
pub(super) struct Bars {
    screen: MultiProgress,
    whole: Option<ProgressBar>,
    pairs: BTreeMap<String, ProgressBar>,
    more: Option<ProgressBar>,
}

impl Bars {
    /// On this screen.
    pub(super) fn on(screen: MultiProgress) -> Self {
        Self { screen, whole: None, pairs: BTreeMap::new(), more: None }
    }

    /// Draws a report.
    pub(super) fn show(&mut self, report: &Report) {
        let width = report.pairs.iter().map(|pair| pair.name().chars().count()).max().unwrap_or(0);
        let width = width.max("operation".len());
        let whole = self.whole.get_or_insert_with(|| self.screen.add(bar()));
        whole.set_prefix(format!("{:<width$}", "operation"));
        whole.set_position(report.permille);
        whole.set_message(report.text());
        let under_way = report.pairs.iter().filter(|pair| pair.partitions_copied < pair.partitions);
        let shown: Vec<&PairReport> = under_way.clone().take(BARS_MAX).collect();
        self.forget_all_but(&shown);
        for pair in shown {
            let name = format!("{:<width$}", pair.name());
            let bar_of_pair = self.pairs.entry(pair.name()).or_insert_with(|| {
                // Above the line that tells of more, if there is one.
                match &self.more {
                    Some(more) => self.screen.insert_before(more, bar()),
                    None => self.screen.add(bar()),
                }
            });
            bar_of_pair.set_prefix(name);
            bar_of_pair.set_position(pair.permille);
            bar_of_pair.set_message(pair.text());
        }
        self.tell_of_more(under_way.count().saturating_sub(BARS_MAX));
    }

    /// Takes them away.
    pub(super) fn clear(self) {
        // From the last to the first: each that goes has those that are left drawn anew.
        let pairs = self.pairs.values().rev();
        self.more.iter().chain(pairs).chain(&self.whole).for_each(ProgressBar::finish_and_clear);
        // Where the terminal is gone, so are they.
        let _ = self.screen.clear();
    }

    fn forget_all_but(&mut self, shown: &[&PairReport]) {
        self.pairs.retain(|name, bar| {
            let stays = shown.iter().any(|pair| pair.name() == *name);
            if !stays {
                bar.finish_and_clear();
                self.screen.remove(bar);
            }
            stays
        });
    }

    fn tell_of_more(&mut self, more: usize) {
        if more == 0 {
            if let Some(line) = self.more.take() {
                line.finish_and_clear();
            }
            return;
        }
        let line = self.more.get_or_insert_with(|| self.screen.add(ProgressBar::new(1).with_style(plain())));
        line.set_message(format!("and {more} more pairs"));
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        // Whoever was interrupted has a ^C below the bars, so that drawing them anew would draw beside them: they stay.
        self.screen.set_draw_target(ProgressDrawTarget::hidden());
    }
}

fn bar() -> ProgressBar {
    ProgressBar::new(1000)
        .with_style(style("{prefix} [{bar:20}] {percent:>3}%  {wide_msg}").progress_chars("=> "))
}

fn plain() -> ProgressStyle {
    style("{wide_msg}")
}

fn style(template: &str) -> ProgressStyle {
    // A template that cannot be read would be one of the above, which a test draws.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;
    use crate::form::sample::{OPERATION, operation, ring, transfer, view};
    use crate::progress::tracker::Tracker;

    /// A terminal that remembers everything that was ever written to it.
    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn text(&self) -> String {
            self.0.lock().unwrap().clone()
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            120
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)?;
            self.write_str("\n")
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn there_is_a_bar_for_the_operation_and_one_for_each_pair() {
        let paper = Paper::default();
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        let mut bars = Bars::on(MultiProgress::with_draw_target(target));
        let mut tracker = Tracker::default();
        tracker.note_ring(&operation(), &view(), &ring());
        tracker.note_transfers(OPERATION, &[transfer(600)]);
        bars.show(&tracker.report(0, &operation(), &view(), None));
        let drawn = paper.text();
        assert!(drawn.contains("operation        [================>   ]  80%  running"), "{drawn}");
        assert!(drawn.contains("node-1 -> node-4 [================>   ]  80%  1/2  600B"), "{drawn}");
        assert_eq!(bars.pairs.len(), 1);

        let mut done = operation();
        done.state = shared::wire::operation::OperationState::Done;
        bars.show(&tracker.report(1000, &done, &view(), None));
        assert!(bars.pairs.is_empty(), "what is copied has no bar any more");
    }

    #[test]
    fn more_pairs_than_are_any_help_are_counted() {
        let mut bars = Bars::on(MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));
        let mut tracker = Tracker::default();
        tracker.note_transfers(OPERATION, &[transfer(600)]);
        let mut report = tracker.report(0, &operation(), &view(), None);
        let pair = report.pairs[0].clone();
        report.pairs = (0..20).map(|n| PairReport { source: format!("n{n}"), ..pair.clone() }).collect();
        bars.show(&report);
        assert_eq!(bars.pairs.len(), BARS_MAX);
        assert_eq!(bars.more.as_ref().unwrap().message(), "and 8 more pairs");
        report.pairs.truncate(1);
        bars.show(&report);
        assert!(bars.more.is_none() && bars.pairs.len() == 1);
    }
}
