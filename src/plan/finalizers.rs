//! Custom resources go before the programs that clean up behind them.
//!
//! A resource with a finalizer is gone only when its controller says so. Where the controller goes
//! first, the resource hangs in its deletion for ever, and its namespace and CRD with it. Which
//! workload is the controller is not written anywhere: it is one of the component that the resource
//! stands in, or of the one that has its CRD.

use std::collections::BTreeMap;

use super::index::Index;
use crate::model::plan::{Action, Plan};
use crate::object::{Object, is_cluster_scoped, pod_template};

/// Deleted steps of one component: resources that wait for a controller, and what may be it.
#[derive(Debug, Default)]
pub struct Controllers {
    pub resources: Vec<usize>,
    pub workloads: Vec<usize>,
}

/// By component; only those that have both.
pub fn controllers(plan: &Plan, before: &Index<'_>) -> BTreeMap<String, Controllers> {
    let mut components: BTreeMap<String, Controllers> = BTreeMap::new();
    let deleted = plan.steps.iter().enumerate();
    for (index, step) in deleted.filter(|(_, step)| step.action == Action::Delete) {
        let Some(entry) = before.find(&step.identity) else {
            continue;
        };
        if pod_template(entry.object()).is_some() {
            let component = components.entry(step.component.clone()).or_default();
            component.workloads.push(index);
        } else if is_custom(entry.object()) {
            let crd = before.crd_of(entry.object()).map(Object::identity);
            let owner = crd
                .and_then(|crd| before.find(&crd))
                .map(|crd| crd.component);
            let owner = owner.filter(|owner| *owner != step.component);
            for component in [Some(step.component.as_str()), owner].into_iter().flatten() {
                let component = components.entry(component.to_owned()).or_default();
                component.resources.push(index);
            }
        }
    }
    components.retain(|_, found| !found.resources.is_empty() && !found.workloads.is_empty());
    components
}

fn is_custom(object: &Object) -> bool {
    is_cluster_scoped(object.group(), object.kind()).is_none()
}
