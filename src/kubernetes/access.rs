//! What the user may do: asked before a plan is shown, so that an apply does not stop halfway.
//!
//! One question settles it for an administrator, one for each kind for an operator; who has rights
//! in single namespaces only has them told whole, one answer for each namespace.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::connect::IN_FLIGHT;
use super::request::Request;
use crate::model::api::{ApiError, Kind};

/// Something that is to be done to objects of a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    pub verb: String,
    pub kind: Kind,
    /// None for cluster-wide objects, or to do it in all namespaces.
    pub namespace: Option<String>,
}

/// A permission in the words of authorization: resources, not kinds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Need<'a> {
    verb: &'a str,
    group: &'a str,
    resource: String,
    namespace: Option<&'a str>,
}

#[derive(Deserialize)]
struct Review<S> {
    status: S,
}

#[derive(Deserialize)]
struct Allowed {
    allowed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    #[serde(default)]
    resource_rules: Option<Vec<Rule>>,
    #[serde(default)]
    incomplete: bool,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

impl Cluster {
    /// Those of `wanted` that the user may not do. Kinds that are not served yet are asked about
    /// by the plural that most have.
    pub async fn not_permitted(&self, wanted: &[Permission]) -> Result<Vec<Permission>, ApiError> {
        let everything = Need {
            verb: "*",
            group: "*",
            resource: "*".to_owned(),
            namespace: None,
        };
        if wanted.is_empty() || self.may(&everything).await? {
            return Ok(Vec::new());
        }
        let wanted: BTreeSet<&Permission> = wanted.iter().collect();
        let mut open: Vec<(Need<'_>, &Permission)> = wanted
            .into_iter()
            .map(|permission| (self.need(permission), permission))
            .collect();
        // Whatever is to be done to a kind, everywhere.
        let kinds: BTreeSet<(&str, String)> = open
            .iter()
            .map(|(need, _)| (need.group, need.resource.clone()))
            .collect();
        let whole = kinds.into_iter().map(|(group, resource)| async move {
            let need = Need {
                verb: "*",
                group,
                resource,
                namespace: None,
            };
            let may = self.may(&need).await?;
            Ok::<_, ApiError>(may.then_some((need.group, need.resource)))
        });
        let whole: Vec<_> = stream::iter(whole)
            .buffer_unordered(IN_FLIGHT)
            .collect()
            .await;
        let whole: BTreeSet<_> = whole
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        open.retain(|(need, _)| !whole.contains(&(need.group, need.resource.clone())));
        // What holds in a namespace is told whole.
        let namespaces: BTreeSet<&str> =
            open.iter().filter_map(|(need, _)| need.namespace).collect();
        let rules = namespaces.into_iter().map(|namespace| async move {
            let rules = self.rules(namespace).await;
            (namespace, rules)
        });
        let rules: BTreeMap<&str, Option<Rules>> = join_all(rules).await.into_iter().collect();
        let mut doubtful = Vec::new();
        let mut missing = Vec::new();
        for (need, permission) in open {
            let told = need
                .namespace
                .and_then(|namespace| rules.get(namespace)?.as_ref());
            match told {
                Some(rules) if rules.allow(&need) => {}
                Some(rules) if !rules.incomplete => missing.push(permission.clone()),
                _ => doubtful.push((need, permission)),
            }
        }
        let asked = doubtful.into_iter().map(|(need, permission)| async move {
            let may = self.may(&need).await?;
            Ok::<_, ApiError>((!may).then(|| permission.clone()))
        });
        let asked: Vec<_> = stream::iter(asked)
            .buffer_unordered(IN_FLIGHT)
            .collect()
            .await;
        for result in asked {
            missing.extend(result?);
        }
        missing.sort();
        Ok(missing)
    }

    fn need<'a>(&self, permission: &'a Permission) -> Need<'a> {
        let kind = &permission.kind;
        let resource = match self.served(kind) {
            Ok(served) => served.plural,
            Err(_) => plural(&kind.kind),
        };
        Need {
            verb: &permission.verb,
            group: &kind.group,
            resource,
            namespace: permission.namespace.as_deref(),
        }
    }

    async fn may(&self, need: &Need<'_>) -> Result<bool, ApiError> {
        let attributes = json!({
            "verb": need.verb,
            "group": need.group,
            "resource": need.resource,
            "namespace": need.namespace.unwrap_or_default(),
        });
        let review = review(
            "SelfSubjectAccessReview",
            json!({"resourceAttributes": attributes}),
        );
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let reply = self.connection.ask(&Request::post(path, &review)).await?;
        Ok(reply.read::<Review<Allowed>>()?.status.allowed)
    }

    /// None where the server does not say.
    async fn rules(&self, namespace: &str) -> Option<Rules> {
        let review = review("SelfSubjectRulesReview", json!({"namespace": namespace}));
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let reply = self
            .connection
            .ask(&Request::post(path, &review))
            .await
            .ok()?;
        Some(reply.read::<Review<Rules>>().ok()?.status)
    }
}

fn review(kind: &str, spec: Value) -> Value {
    json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec})
}

impl Rules {
    fn allow(&self, need: &Need<'_>) -> bool {
        let rules = self.resource_rules.iter().flatten();
        let has = |list: &[String], word: &str| list.iter().any(|one| one == "*" || one == word);
        // A rule for single names says nothing of the others.
        let mut rules = rules.filter(|rule| rule.resource_names.is_empty());
        rules.any(|rule| {
            has(&rule.verbs, need.verb)
                && has(&rule.api_groups, need.group)
                && has(&rule.resources, &need.resource)
        })
    }
}

/// As the authors of kinds mostly form it.
fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if let Some(stem) = lower
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']))
    {
        return format!("{stem}ies");
    }
    match lower.ends_with(['s', 'x']) || lower.ends_with("ch") || lower.ends_with("sh") {
        true => format!("{lower}es"),
        false => format!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_formed_as_mostly() {
        let cases = [
            ("NetworkPolicy", "networkpolicies"),
            ("Gateway", "gateways"),
            ("IngressClass", "ingressclasses"),
            ("Certificate", "certificates"),
            ("Prometheus", "prometheuses"),
        ];
        for (kind, expected) in cases {
            assert_eq!(plural(kind), expected);
        }
    }

    #[test]
    fn a_rule_for_single_names_allows_no_other() {
        let rule = |names: &[&str]| Rule {
            verbs: vec!["get".to_owned()],
            api_groups: vec![String::new()],
            resources: vec!["secrets".to_owned()],
            resource_names: names.iter().map(|&name| name.to_owned()).collect(),
        };
        let need = Need {
            verb: "get",
            group: "",
            resource: "secrets".to_owned(),
            namespace: Some("a"),
        };
        let rules = |rule| Rules {
            resource_rules: Some(vec![rule]),
            incomplete: false,
        };
        assert!(rules(rule(&[])).allow(&need));
        assert!(!rules(rule(&["one"])).allow(&need));
    }
}
