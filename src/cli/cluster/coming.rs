//! Custom resources whose CRD comes with the plan: the server does not know them yet, the CRD does.

use std::collections::HashMap;

use crate::check;
use crate::model::rendering::Rendering;
use crate::object::{Identity, Object};

/// What the CRDs of a rendering say against these objects; only objects with something wrong.
pub fn wrong<'o>(
    rendering: &Rendering,
    objects: impl Iterator<Item = &'o Object>,
) -> HashMap<Identity, Vec<String>> {
    let all = rendering.components.values();
    let all = all.flat_map(|component| &component.objects);
    let crds: HashMap<(String, String), &Object> = all
        .filter(|rendered| rendered.object.identity().kind == "CustomResourceDefinition")
        .filter_map(|rendered| {
            let crd: &Object = &rendered.object;
            let text = |keys: &[&str]| crd.get(keys)?.as_str().map(str::to_owned);
            let makes = (text(&["spec", "group"])?, text(&["spec", "names", "kind"])?);
            Some((makes, crd))
        })
        .collect();
    let judged = objects.filter_map(|object| {
        let kind = (object.group().to_owned(), object.kind().to_owned());
        let wrong = check::against(crds.get(&kind)?, object);
        (!wrong.is_empty()).then(|| (object.identity(), wrong))
    });
    judged.collect()
}
