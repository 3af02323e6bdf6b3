//! An apply as a terminal shows it: waves that are done stand still, those under way move below.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::model::event::{Event, Happening};
use crate::report::apply::Telling;

/// Columns that are used at most.
const WIDTH: usize = 118;

/// How often what moves is drawn anew.
const TICK: Duration = Duration::from_millis(120);

pub struct Screen {
    all: MultiProgress,
    waves: BTreeMap<usize, ProgressBar>,
}

impl Screen {
    pub fn new() -> Self {
        Self {
            all: MultiProgress::new(),
            waves: BTreeMap::new(),
        }
    }

    /// Draws what an event changed; `line` is what a log would say of it.
    pub fn show(&mut self, telling: &Telling<'_>, event: &Event, line: Option<&str>) {
        let still = match &event.what {
            Happening::Failed { .. } | Happening::Stopping { .. } => line.map(str::to_owned),
            _ => telling.ended_wave(event),
        };
        if let Some(still) = still {
            // A terminal that has gone away is no error.
            let _ = self.all.println(still);
        }
        let current = telling.current_waves(event.after, WIDTH);
        self.waves.retain(|wave, bar| {
            let stays = current.iter().any(|current| current.wave == *wave);
            if !stays {
                bar.finish_and_clear();
            }
            stays
        });
        for wave in current {
            let bar = self.waves.entry(wave.wave).or_insert_with(|| {
                let bar = self.all.add(ProgressBar::new_spinner());
                let style = ProgressStyle::with_template("{spinner} {msg}");
                bar.set_style(style.expect("the template is right"));
                bar.enable_steady_tick(TICK);
                bar
            });
            if bar.message() != wave.text {
                bar.set_message(wave.text);
            }
        }
    }

    pub fn end(&mut self) {
        for bar in std::mem::take(&mut self.waves).into_values() {
            bar.finish_and_clear();
        }
    }
}
