//! What is kept of a log, and tidying away the rest.

use std::time::Duration;

use super::log::Log;

/// How long tidying may take: whoever took the lock has other things to do.
const LIMIT: Duration = Duration::from_secs(10);

/// What is kept of a log; [`Default`] other than in tests.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// So many of the last runs are kept in any case, the one that begins included.
    pub runs: usize,
    /// What was written so shortly before the last entry is kept in any case, by the store's own
    /// clock: a holder that slept must not find free numbers where others have been.
    pub age: Duration,
    /// A log with fewer entries is left alone.
    pub entries: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            runs: 20,
            age: Duration::from_secs(7 * 24 * 3600),
            entries: 500,
        }
    }
}

impl Keep {
    /// Deletes what is not kept, oldest first, so that what is left is always the end of the log.
    /// What fails stays for the next time.
    pub(super) async fn tidy(&self, log: &Log) {
        let _ = tokio::time::timeout(LIMIT, self.delete(log)).await;
    }

    async fn delete(&self, log: &Log) -> Option<()> {
        let listed = log.list().await.ok()?;
        if listed.len() < self.entries {
            return None;
        }
        let newest = listed.last()?;
        let age = i64::try_from(self.age.as_secs()).ok()?;
        let mut first = newest.number + 1;
        for _ in 0..self.runs {
            first = log.get(first.checked_sub(1)?).await.ok()??.began;
        }
        let old = |number: u64, written: i64| number < first && written + age < newest.written;
        let old = listed.iter().take_while(|at| old(at.number, at.written));
        for listed in old {
            log.delete(listed.number).await.ok()?;
        }
        Some(())
    }
}
