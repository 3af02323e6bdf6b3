//! Which components come, go, or change their version.

use std::collections::BTreeSet;

use crate::model::plan::ComponentChange;
use crate::model::rendering::Rendering;

pub fn changes(current: &Rendering, desired: &Rendering) -> Vec<ComponentChange> {
    let names: BTreeSet<&String> = current
        .components
        .keys()
        .chain(desired.components.keys())
        .collect();
    let version = |rendering: &Rendering, name: &String| {
        let component = rendering.components.get(name)?;
        Some(component.version.clone())
    };
    let change = |name: &String| ComponentChange {
        component: name.clone(),
        from: version(current, name),
        to: version(desired, name),
    };
    let changes = names.into_iter().map(change);
    changes.filter(|change| change.from != change.to).collect()
}
