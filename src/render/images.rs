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
        let (maker, name) = (made.component, &made.component.name);
        add(&mut found, Some(maker), &made.image, name, by);
    }
    for (name, rendered) in &rendering.components {
        // What is of no component, such as manifests of the user's own, pulls images all the same.
        let component = environment.component(name);
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
                    None => add(&mut found, component, named.image, name, by),
                    Some(first) => {
                        for made in std::iter::once(first).chain(fillers) {
                            let maker = Some(made.component);
                            add(&mut found, maker, &made.image, name, by.clone());
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

/// Adds a use by the component `user` of an image that `owner` lists, or that nobody does.
fn add(
    found: &mut BTreeMap<String, ListedImage>,
    owner: Option<&ResolvedComponent>,
    image: &str,
    user: &str,
    by: PulledBy,
) {
    let name = owner.and_then(|owner| {
        let mut names = owner.images.iter();
        let (name, _) = names.find(|(_, known)| *known == image)?;
        Some(name)
    });
    let listed = found
        .entry(image.to_owned())
        .or_insert_with(|| ListedImage {
            image: image.to_owned(),
            upstream: image.to_owned(),
            uses: Vec::new(),
        });
    // Only a module's list knows the name behind a mirror.
    let version = owner.and_then(|owner| owner.module.version(&owner.version));
    let upstream = version.and_then(|version| version.images.get(name?));
    if let Some(upstream) = upstream {
        listed.upstream.clone_from(upstream);
    }
    listed.uses.push(ImageUse {
        component: user.to_owned(),
        name: name.cloned(),
        by,
    });
}
