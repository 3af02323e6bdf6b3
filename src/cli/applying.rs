//! An apply on the screen while it goes on: a line for each event in a log, waves that move on a
//! terminal, JSON for machines.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::terminal::Terminal;
use crate::model::event::{Event, Happening, Outcome};
use crate::model::plan::Plan;
use crate::report::apply::{Telling, json, json_end};

/// Waves that are shown at a time.
const SHOWN: usize = 8;

/// The shortest time between two looks at the waves, and how often what turns turns.
const REDRAW: Duration = Duration::from_millis(100);

pub struct Applying<'a> {
    plan: &'a Plan,
    terminal: &'a Terminal,
    telling: Telling<'a>,
    screen: Screen,
}

enum Screen {
    Json,
    Log,
    Live(Live),
}

impl<'a> Applying<'a> {
    pub fn new(plan: &'a Plan, terminal: &'a Terminal, as_json: bool) -> Self {
        let live = terminal.watched && std::io::stdout().is_terminal();
        Self {
            plan,
            terminal,
            telling: Telling::new(plan, terminal.out),
            screen: match (as_json, live) {
                (true, _) => Screen::Json,
                (false, true) => Screen::Live(Live::new()),
                (false, false) => Screen::Log,
            },
        }
    }

    pub fn tell(&mut self, event: &Event) {
        let line = self.telling.hear(event);
        match &mut self.screen {
            Screen::Json => self.terminal.result(&json(self.plan, event).to_string()),
            Screen::Log => line
                .into_iter()
                .for_each(|line| self.terminal.result(&line)),
            Screen::Live(live) => {
                let said = match &event.what {
                    Happening::Failed { .. } | Happening::Stopping { .. } => line,
                    _ => self.telling.ended_wave(event),
                };
                live.show(&self.telling, said);
            }
        }
    }

    pub fn end(self, outcome: &Outcome, command: &str) {
        match self.screen {
            Screen::Json => {
                let end = json_end(self.plan, outcome, command);
                self.terminal.result(&end.to_string());
            }
            Screen::Log => self
                .terminal
                .result(&self.telling.summary(outcome, command)),
            Screen::Live(live) => {
                live.clear();
                self.terminal
                    .result(&self.telling.summary(outcome, command));
            }
        }
    }
}

/// The waves under way, each a line that moves, below what has ended.
struct Live {
    lines: MultiProgress,
    waves: BTreeMap<usize, ProgressBar>,
    drawn: Option<Instant>,
}

impl Live {
    fn new() -> Self {
        Self {
            lines: MultiProgress::new(),
            waves: BTreeMap::new(),
            drawn: None,
        }
    }

    fn show(&mut self, telling: &Telling<'_>, said: Option<String>) {
        let news = said.is_some();
        if let Some(line) = said {
            // A terminal that has gone away is no reason to stop.
            let _ = self.lines.println(line);
        }
        if !news && self.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW) {
            return;
        }
        self.drawn = Some(Instant::now());
        let mut current = telling.current_waves();
        current.truncate(SHOWN);
        self.waves.retain(|wave, line| {
            let stays = current.iter().any(|current| current.wave == *wave);
            if !stays {
                line.finish_and_clear();
            }
            stays
        });
        for shown in current {
            let place = self.waves.range(..shown.wave).count();
            let line = self.waves.entry(shown.wave).or_insert_with(|| {
                let line = self.lines.insert(place, ProgressBar::new_spinner());
                let style =
                    ProgressStyle::with_template("{spinner} {prefix}  {elapsed:4} {wide_msg}");
                line.set_style(style.expect("the template is right"));
                line.enable_steady_tick(REDRAW);
                line
            });
            line.set_prefix(shown.head);
            line.set_message(shown.what);
        }
    }

    fn clear(&self) {
        for line in self.waves.values() {
            line.finish_and_clear();
        }
        let _ = self.lines.clear();
    }
}
