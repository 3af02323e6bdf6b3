//! Anchored values and what aliases make of them, within a budget: nine lines of YAML can stand for
//! a billion values.

use std::collections::HashMap;

/// How much the aliases of a document may stand for, in values; 64 bytes of text count as one.
pub(super) const ALIAS_BUDGET: usize = 100_000;

/// How much may be anchored, for anchors can stand inside each other, and each keeps a copy.
pub(super) const ANCHOR_BUDGET: usize = 1_000_000;

pub(super) struct Anchors<N> {
    values: HashMap<usize, Anchored<N>>,
    kept: usize,
    expanded: usize,
}

pub(super) struct Anchored<N> {
    pub node: N,
    pub weight: usize,
}

/// Why an alias stands for nothing.
pub(super) enum Refused {
    /// It stands inside the value that it names.
    Recursive,
    OverBudget,
}

/// The weight of a scalar's text.
pub(super) fn weight(text: &str) -> usize {
    1 + text.len() / 64
}

impl<N: Clone> Anchors<N> {
    pub(super) fn new() -> Self {
        Self {
            values: HashMap::new(),
            kept: 0,
            expanded: 0,
        }
    }

    /// Keeps a copy of the value of an anchor; false when that is more than the budget.
    #[must_use]
    pub(super) fn keep(&mut self, anchor: usize, node: &N, weight: usize) -> bool {
        self.kept += weight;
        let fits = self.kept <= ANCHOR_BUDGET;
        if fits {
            let node = node.clone();
            self.values.insert(anchor, Anchored { node, weight });
        }
        fits
    }

    pub(super) fn expand(&mut self, anchor: usize) -> Result<Anchored<N>, Refused> {
        let anchored = self.values.get(&anchor).ok_or(Refused::Recursive)?;
        self.expanded += anchored.weight;
        if self.expanded > ALIAS_BUDGET {
            return Err(Refused::OverBudget);
        }
        Ok(Anchored {
            node: anchored.node.clone(),
            weight: anchored.weight,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ALIAS_BUDGET, ANCHOR_BUDGET, Anchors, Refused};

    #[test]
    fn aliases_and_anchors_have_budgets() {
        let mut anchors = Anchors::new();
        assert!(anchors.keep(1, &"x", ALIAS_BUDGET));
        assert!(anchors.expand(1).is_ok());
        assert!(matches!(anchors.expand(1), Err(Refused::OverBudget)));
        assert!(matches!(anchors.expand(2), Err(Refused::Recursive)));
        assert!(!anchors.keep(2, &"y", ANCHOR_BUDGET));
    }
}
