//! Knobs that every module honours.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::knob::{Fields, KnobType, Shape, Text};
use crate::yaml::Value;

/// The values of `global.yaml`.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Globals {
    pub domain: Option<String>,
    pub cluster_domain: String,
    pub image_mirrors: BTreeMap<String, String>,
    pub pull_secrets: Vec<String>,
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
    pub node_selector: BTreeMap<String, String>,
    pub tolerations: Vec<Value>,
}

impl Globals {
    /// Shape of `global.yaml`.
    pub fn shape() -> Fields {
        let names = KnobType::list(KnobType::Text(Text::Host));
        Shape::new()
            .optional(
                "domain",
                KnobType::Text(Text::Host),
                "Domain from which the hosts of components are derived",
            )
            .default(
                "clusterDomain",
                KnobType::Text(Text::Host),
                json!("cluster.local"),
                "Domain of Services inside the cluster",
            )
            .default(
                "imageMirrors",
                KnobType::Labels,
                json!({}),
                "Registry or prefix of images, and what stands in its place",
            )
            .default(
                "pullSecrets",
                names,
                json!([]),
                "Secrets with which pods pull their images",
            )
            .default(
                "labels",
                KnobType::Labels,
                json!({}),
                "Labels of every object, never of selectors",
            )
            .default(
                "annotations",
                KnobType::Labels,
                json!({}),
                "Annotations of every object",
            )
            .default(
                "nodeSelector",
                KnobType::Labels,
                json!({}),
                "Nodes that platform pods run on, but for those of DaemonSets",
            )
            .default(
                "tolerations",
                KnobType::Tolerations,
                json!([]),
                "Taints that platform pods tolerate, but for those of DaemonSets",
            )
            .fields()
    }

    /// The image as it is pulled: the longest mirrored prefix is replaced.
    ///
    /// A prefix ends at a `/`, so that `docker.io/a` does not catch `docker.io/ab`.
    pub fn mirrored(&self, image: &str) -> String {
        let matching = self.image_mirrors.iter().filter_map(|(prefix, mirror)| {
            let rest = image.strip_prefix(prefix.as_str())?;
            rest.starts_with(['/', ':', '@'])
                .then_some((prefix, mirror, rest))
        });
        match matching.max_by_key(|(prefix, _, _)| prefix.len()) {
            Some((_, mirror, rest)) => format!("{}{rest}", mirror.trim_end_matches('/')),
            None => image.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Globals;

    #[test]
    fn the_longest_whole_prefix_is_mirrored() {
        let mirrors = [
            ("docker.io", "mirror.example.com/hub"),
            ("docker.io/envoyproxy", "mirror.example.com/envoy/"),
        ];
        let globals = Globals {
            image_mirrors: mirrors.map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
            ..Globals::default()
        };
        assert_eq!(
            globals.mirrored("docker.io/a/b:1"),
            "mirror.example.com/hub/a/b:1"
        );
        assert_eq!(
            globals.mirrored("docker.io/envoyproxy/x:1"),
            "mirror.example.com/envoy/x:1"
        );
        assert_eq!(
            globals.mirrored("docker.io/envoyproxyx/x:1"),
            "mirror.example.com/hub/envoyproxyx/x:1"
        );
        assert_eq!(globals.mirrored("quay.io/a:1"), "quay.io/a:1");
    }
}
