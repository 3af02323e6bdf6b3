//! A bar for what takes longer than a quarter of a second, on a terminal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Below this, showing progress is only flicker.
const PATIENCE: Duration = Duration::from_millis(250);

pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: AtomicBool,
    watched: bool,
}

impl Progress {
    pub fn new(what: &'static str, count: usize, watched: bool) -> Self {
        let bar =
            ProgressBar::with_draw_target(u64::try_from(count).ok(), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {pos}/{len} {wide_bar}");
        bar.set_style(style.expect("the template is right"));
        bar.set_message(what);
        Self {
            bar,
            started: Instant::now(),
            shown: AtomicBool::new(false),
            watched,
        }
    }

    /// One more is done.
    pub fn step(&self) {
        self.bar.inc(1);
        let due = self.watched && self.started.elapsed() > PATIENCE;
        if due && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Takes the bar away and says how long it took.
    pub fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}
