//! The steps of a plan, as many at a time as their order allows.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc::unbounded_channel;

use super::context::{Context, Halt};
use super::progress::Progress;
use super::step::{End, step};
use crate::model::event::{Happening, Outcome, Skip};
use crate::model::server::Server;

/// Carries out every step that its predecessors allow, and says how each ended.
pub async fn walk<S: Server>(context: &Context<'_, S>) -> Outcome {
    let plan = &context.request.decision.plan;
    let progress = Progress::new(plan.steps.len(), plan.milestones.len(), &plan.edges);
    let mut walk = Walk {
        context,
        progress,
        outcome: Outcome::default(),
    };
    let (applied, mut written) = unbounded_channel();
    let mut kinds = context.kinds.take().expect("a context is walked once");
    let mut running = FuturesUnordered::new();
    let mut watches = FuturesUnordered::new();
    loop {
        while let Some(index) = walk.begin() {
            let applied = applied.clone();
            running.push(async move {
                let tell_applied = || {
                    // The receiver lives as long as this future.
                    let _ = applied.send(index);
                };
                (index, step(context, index, tell_applied).await)
            });
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            // What was written is told before it ends, and goes first.
            biased;
            Some(index) = written.recv() => walk.progress.applied(index),
            Some((index, end)) = running.next() => walk.end(index, end),
            Some(kind) = kinds.recv() => watches.push(context.watches.follow(context.server, kind)),
            Some(()) = watches.next() => {}
        }
    }
    walk.finish()
}

struct Walk<'c, 'a, S> {
    context: &'c Context<'a, S>,
    progress: Progress,
    outcome: Outcome,
}

impl<S: Server> Walk<'_, '_, S> {
    /// A step that may begin now; none after a halt.
    fn begin(&mut self) -> Option<usize> {
        match self.context.is_halted() {
            true => None,
            false => self.progress.next(),
        }
    }

    fn end(&mut self, index: usize, end: End) {
        match end {
            End::Done(took, message) => {
                self.context.tell(Happening::Done {
                    step: index,
                    message,
                    took,
                });
                self.outcome.done += 1;
                self.progress.healthy(index);
            }
            End::Waiting => {
                self.outcome.waiting.push(index);
                // Nothing begins any more; what it holds up is named at the end.
            }
            End::NotTried(because) => {
                self.skip(index, because);
                self.skip_dependents(index);
            }
            End::Failed(failure) => {
                let step = index;
                self.context.tell(Happening::Failed { step, failure });
                self.outcome.failed.push(index);
                self.skip_dependents(index);
                if self.context.request.options.fail_fast {
                    self.context.halt(Halt::FailedFast);
                }
            }
        }
    }

    fn skip_dependents(&mut self, index: usize) {
        let identity = &self.context.work(index).target.identity;
        for never in self.progress.failed(index) {
            self.skip(never, Skip::Needs(identity.clone()));
        }
    }

    fn skip(&mut self, step: usize, because: Skip) {
        self.context.tell(Happening::Skipped { step, because });
        self.outcome.skipped.push(step);
    }

    fn finish(mut self) -> Outcome {
        let because = not_tried(self.context.halted_by().as_ref());
        for step in self.progress.left() {
            self.skip(step, because.clone());
        }
        let mut outcome = self.outcome;
        outcome.interrupted = matches!(
            self.context.halted_by(),
            Some(Halt::Stopped(_) | Halt::LostLock(_))
        );
        for steps in [
            &mut outcome.failed,
            &mut outcome.skipped,
            &mut outcome.waiting,
        ] {
            steps.sort_unstable();
        }
        outcome
    }
}

/// Why a step did not begin after a halt.
pub fn not_tried(halt: Option<&Halt>) -> Skip {
    match halt {
        Some(Halt::FailedFast) => Skip::FailedFast,
        _ => Skip::Stopped,
    }
}
