//! How old the machines of each group are.

use std::collections::BTreeMap;

use crate::model::cluster::change::Age;

/// The age of the oldest machine of each group, by the group and the days of each machine.
pub fn ages(machines: impl IntoIterator<Item = (String, u64)>) -> Vec<Age> {
    let mut oldest: BTreeMap<String, u64> = BTreeMap::new();
    for (group, days) in machines {
        let most = oldest.entry(group).or_default();
        *most = days.max(*most);
    }
    let ages = oldest.into_iter();
    ages.map(|(group, days)| Age { group, days }).collect()
}
