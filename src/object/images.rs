//! Where an object names images: in the containers of its pods, and in custom resources from which
//! an operator makes pods.

use super::{Object, pod_spec};
use crate::yaml::Value;

/// An image as an object names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedImage<'o> {
    /// As `container server`, or the field's path.
    pub place: String,
    pub image: &'o str,
}

/// Fields of custom resources that hold an image, by group and kind.
const FIELDS: [(&str, &[&str], &[&str]); 2] = [
    (
        "monitoring.coreos.com",
        &[
            "Prometheus",
            "PrometheusAgent",
            "Alertmanager",
            "ThanosRuler",
        ],
        &["spec.image", "spec.thanos.image"],
    ),
    (
        "gateway.envoyproxy.io",
        &["EnvoyProxy"],
        &[
            "spec.provider.kubernetes.envoyDeployment.container.image",
            "spec.provider.kubernetes.envoyDaemonSet.container.image",
        ],
    ),
];

/// Lists of containers that stand beside those fields, from the root.
const LISTS: [(&str, &[&str]); 2] = [
    (
        "monitoring.coreos.com",
        &["spec.containers", "spec.initContainers"],
    ),
    (
        "gateway.envoyproxy.io",
        &[
            "spec.provider.kubernetes.envoyDeployment.initContainers",
            "spec.provider.kubernetes.envoyDaemonSet.initContainers",
        ],
    ),
];

/// Every image that the object names, in the order of its fields.
pub fn images(object: &Object) -> Vec<NamedImage<'_>> {
    let mut found = Vec::new();
    if let Some(pod) = pod_spec(object) {
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            found.extend(of_containers(pod.get(list)));
        }
        let volumes = pod.get("volumes").and_then(Value::as_array);
        found.extend(volumes.into_iter().flatten().filter_map(|volume| {
            let image = volume.pointer("/image/reference")?.as_str()?;
            let name = volume.get("name")?.as_str()?;
            let place = format!("volume {name}");
            Some(NamedImage { place, image })
        }));
    }
    let kind = FIELDS
        .iter()
        .find(|(group, kinds, _)| object.group() == *group && kinds.contains(&object.kind()));
    for field in kind.into_iter().flat_map(|(_, _, fields)| fields.iter()) {
        let image = at(object, field).and_then(Value::as_str);
        found.extend(image.map(|image| NamedImage {
            place: (*field).to_owned(),
            image,
        }));
    }
    let lists = LISTS
        .iter()
        .filter(|(group, _)| kind.is_some_and(|(known, _, _)| known == group));
    for list in lists.flat_map(|(_, lists)| lists.iter()) {
        found.extend(of_containers(at(object, list)));
    }
    found
}

fn of_containers(list: Option<&Value>) -> impl Iterator<Item = NamedImage<'_>> {
    let containers = list.and_then(Value::as_array).into_iter().flatten();
    containers.filter_map(|container| {
        let image = container.get("image")?.as_str()?;
        let name = container.get("name").and_then(Value::as_str);
        let place = format!("container {}", name.unwrap_or_default());
        Some(NamedImage { place, image })
    })
}

fn at<'o>(object: &'o Object, path: &str) -> Option<&'o Value> {
    let mut keys = path.split('.');
    keys.try_fold(object.value(), |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::images;
    use crate::object::Object;

    fn named(value: serde_json::Value) -> Vec<(String, String)> {
        let object = Object::new(value).expect("an object");
        let images = images(&object).into_iter();
        images
            .map(|named| (named.place, named.image.to_owned()))
            .collect()
    }

    #[test]
    fn pods_name_images_in_containers_and_volumes() {
        let spec = json!({
            "initContainers": [{"name": "first", "image": "a:1"}],
            "containers": [{"name": "main", "image": "b:1"}, {"name": "later"}],
            "volumes": [{"name": "data", "image": {"reference": "c:1"}}, {"name": "empty", "emptyDir": {}}],
        });
        let found = named(json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "x"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}},
        }));
        let expected = [
            ("container first", "a:1"),
            ("container main", "b:1"),
            ("volume data", "c:1"),
        ];
        assert_eq!(
            found,
            expected.map(|(place, image)| (place.to_owned(), image.to_owned()))
        );
    }

    #[test]
    fn custom_resources_name_images_in_their_fields() {
        let prometheus = |group: &str| {
            named(json!({
                "apiVersion": format!("{group}/v1"), "kind": "Prometheus", "metadata": {"name": "x"},
                "spec": {
                    "image": "p:1",
                    "thanos": {"image": "t:1"},
                    "containers": [{"name": "proxy", "image": "q:1"}],
                },
            }))
        };
        let places: Vec<String> = prometheus("monitoring.coreos.com")
            .into_iter()
            .map(|(place, _)| place)
            .collect();
        assert_eq!(
            places,
            ["spec.image", "spec.thanos.image", "container proxy"]
        );
        assert!(prometheus("example.com").is_empty());
    }
}
