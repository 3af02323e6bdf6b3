//! Which images an environment pulls: those of its rendered objects, and those of the pods that
//! programs make, from the modules' declarations.

use std::collections::BTreeMap;

use super::expressions::Expressions;
use crate::diagnostic::Diagnostics;
use crate::model::image::{ImageUse, ListedImage, PulledBy};
use crate::model::rendering::Rendering;
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::object;
use crate::yaml::Value;

/// Every image of an environment, by the name under which it is pulled; `shared` are the values that
/// all templates may read.
pub fn images(
    environment: &ResolvedEnvironment,
    rendering: &Rendering,
    shared: &Value,
) -> (Vec<ListedImage>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut made = Vec::new();
    for component in &environment.components {
        made.extend(made_by(environment, component, shared, &mut diagnostics));
    }
    let mut found = BTreeMap::new();
    for made in &made {
        let by = PulledBy::Made {
            purpose: made.purpose.to_owned(),
        };
        add(&mut found, made.component, &made.image, made.component, by);
    }
    for (name, rendered) in &rendering.components {
        let Some(component) = environment.component(name) else {
            continue;
        };
        for object in rendered.objects.iter().map(|rendered| &rendered.object) {
            // The header of a vendored CRD says enough: it holds no pod.
            if object.identity().kind == "CustomResourceDefinition" {
                continue;
            }
            for named in object::images(object) {
                let by = PulledBy::Object {
                    object: object.identity(),
                    place: named.place,
                };
                let mut fillers = made.iter().filter(|made| made.fills == Some(named.image));
                match fillers.next() {
                    None => add(&mut found, component, named.image, component, by),
                    Some(first) => {
                        for made in std::iter::once(first).chain(fillers) {
                            add(
                                &mut found,
                                made.component,
                                &made.image,
                                component,
                                by.clone(),
                            );
                        }
                    }
                }
            }
        }
    }
    let mut images: Vec<ListedImage> = found.into_values().collect();
    for image in &mut images {
        image.uses.sort();
        image.uses.dedup();
    }
    (images, diagnostics)
}

/// Pods that a component's programs make.
struct Made<'e> {
    component: &'e ResolvedComponent,
    image: String,
    purpose: &'e str,
    fills: Option<&'e str>,
}

fn made_by<'e>(
    environment: &ResolvedEnvironment,
    component: &'e ResolvedComponent,
    shared: &Value,
    diagnostics: &mut Diagnostics,
) -> Vec<Made<'e>> {
    if component.module.pods.is_empty() {
        return Vec::new();
    }
    let expressions = Expressions::of(environment, component, shared);
    let mut made = Vec::new();
    for pods in &component.module.pods {
        match expressions.holds(pods.when.as_ref()) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(problem) => {
                diagnostics.push(*problem);
                continue;
            }
        }
        // A version may lack what another one has.
        made.extend(component.images.get(&pods.image).map(|image| Made {
            component,
            image: image.clone(),
            purpose: &pods.purpose,
            fills: pods.fills.as_deref(),
        }));
    }
    made
}

/// Adds a use by `user` of an image that `owner` lists, or that nobody does.
fn add(
    found: &mut BTreeMap<String, ListedImage>,
    owner: &ResolvedComponent,
    image: &str,
    user: &ResolvedComponent,
    by: PulledBy,
) {
    let names = owner.images.iter();
    let name = names
        .filter(|(_, known)| *known == image)
        .map(|(name, _)| name)
        .next();
    let listed = found.entry(image.to_owned()).or_insert_with(|| {
        let version = owner.module.version(&owner.version);
        let upstream = version.and_then(|version| version.images.get(name?));
        ListedImage {
            image: image.to_owned(),
            upstream: upstream.map_or(image, String::as_str).to_owned(),
            uses: Vec::new(),
        }
    });
    listed.uses.push(ImageUse {
        component: user.name.clone(),
        name: name.cloned(),
        by,
    });
}
