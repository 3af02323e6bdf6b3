//! Which kinds the server serves.

use std::collections::HashMap;

use futures::future::{join_all, try_join, try_join_all};
use serde::Deserialize;

use super::connect::Connection;
use super::request::{Reply, Request};
use crate::model::api::{ApiError, Kind, Served};

/// The newest form of everything in one answer, then its predecessor, then the old list of groups,
/// which a server gives that knows neither: the answer's own type says which it is.
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                      application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                      application/json";

#[derive(Deserialize)]
struct Aggregated {
    #[serde(default)]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource: String,
    response_kind: Option<ResponseKind>,
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct ResponseKind {
    kind: String,
}

/// What `/api` answers in the old form.
#[derive(Deserialize)]
struct CoreVersions {
    #[serde(default)]
    versions: Vec<String>,
}

/// What `/apis` answers in the old form.
#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<OldGroup>,
}

#[derive(Deserialize)]
struct OldGroup {
    name: String,
    #[serde(default)]
    versions: Vec<OldVersion>,
}

#[derive(Deserialize)]
struct OldVersion {
    version: String,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<OldResource>,
}

#[derive(Deserialize)]
struct OldResource {
    name: String,
    namespaced: bool,
    kind: String,
    #[serde(default)]
    verbs: Vec<String>,
}

/// Every kind that can be got.
pub(super) async fn kinds(connection: &Connection) -> Result<HashMap<Kind, Served>, ApiError> {
    let core = Request::get("/api").accept(ACCEPT);
    let groups = Request::get("/apis").accept(ACCEPT);
    let (core, groups) = try_join(connection.ask(&core), connection.ask(&groups)).await?;
    let mut kinds = HashMap::new();
    match is_aggregated(&core) {
        true => aggregated(&core, &mut kinds)?,
        false => {
            let versions = core.read::<CoreVersions>()?.versions;
            let versions = versions.into_iter().map(|version| (String::new(), version));
            old(connection, versions.collect(), &mut kinds, true).await?;
        }
    }
    match is_aggregated(&groups) {
        true => aggregated(&groups, &mut kinds)?,
        false => {
            let groups = groups.read::<Groups>()?.groups.into_iter();
            let versions = groups.flat_map(|group| {
                let versions = group.versions.into_iter();
                versions.map(move |of| (group.name.clone(), of.version))
            });
            old(connection, versions.collect(), &mut kinds, false).await?;
        }
    }
    Ok(kinds)
}

fn is_aggregated(reply: &Reply) -> bool {
    let content = reply.content_type();
    content.contains("g=apidiscovery.k8s.io") && content.contains("as=APIGroupDiscoveryList")
}

fn aggregated(reply: &Reply, kinds: &mut HashMap<Kind, Served>) -> Result<(), ApiError> {
    for group in reply.read::<Aggregated>()?.items {
        for version in group.versions {
            for resource in version.resources {
                let Some(response) = resource.response_kind else {
                    continue;
                };
                let served = Served {
                    plural: resource.resource,
                    namespaced: resource.scope == "Namespaced",
                    verbs: resource.verbs,
                };
                let kind = Kind::new(&group.metadata.name, &version.version, &response.kind);
                add(kinds, kind, served);
            }
        }
    }
    Ok(())
}

/// One request for each group and version. One that an aggregated server fails to answer is left
/// out, as in the new form.
async fn old(
    connection: &Connection,
    versions: Vec<(String, String)>,
    kinds: &mut HashMap<Kind, Served>,
    core: bool,
) -> Result<(), ApiError> {
    let requests = versions.iter().map(|(group, version)| async move {
        let path = match group.as_str() {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        connection
            .ask(&Request::get(path))
            .await?
            .read::<Resources>()
    });
    let answers: Vec<Option<Resources>> = match core {
        true => try_join_all(requests)
            .await?
            .into_iter()
            .map(Some)
            .collect(),
        false => join_all(requests)
            .await
            .into_iter()
            .map(Result::ok)
            .collect(),
    };
    for ((group, version), resources) in versions.iter().zip(answers) {
        for resource in resources.into_iter().flat_map(|answer| answer.resources) {
            if resource.name.contains('/') {
                continue;
            }
            let served = Served {
                plural: resource.name,
                namespaced: resource.namespaced,
                verbs: resource.verbs,
            };
            add(kinds, Kind::new(group, version, &resource.kind), served);
        }
    }
    Ok(())
}

/// Reviews and bindings can only be made: nothing is ever read of them. Of two resources of one
/// kind, the one that can do more counts.
fn add(kinds: &mut HashMap<Kind, Served>, kind: Kind, served: Served) {
    let better = kinds
        .get(&kind)
        .is_none_or(|known| known.verbs.len() < served.verbs.len());
    if better {
        kinds.insert(kind, served);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::CONTENT_TYPE;

    use super::*;

    fn reply(content_type: &str, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Reply {
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_answer_says_which_form_it_is() {
        let new = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        assert!(is_aggregated(&reply(new, "{}")));
        let before = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
        assert!(is_aggregated(&reply(before, "{}")));
        assert!(!is_aggregated(&reply("application/json", "{}")));
    }

    #[test]
    fn groups_versions_and_scopes_are_read() {
        let body = r#"{"items": [{"metadata": {"name": "apps"}, "versions": [{"version": "v1", "resources": [
            {"resource": "deployments", "responseKind": {"group": "", "version": "", "kind": "Deployment"},
             "scope": "Namespaced", "singularResource": "deployment", "verbs": ["get", "list"],
             "subresources": [{"subresource": "scale", "responseKind": {"kind": "Scale"}, "verbs": ["get"]}]},
            {"resource": "odd", "scope": "Cluster", "verbs": []}]}]}]}"#;
        let mut kinds = HashMap::new();
        aggregated(&reply("", body), &mut kinds).unwrap();
        assert_eq!(kinds.len(), 1);
        let served = &kinds[&Kind::new("apps", "v1", "Deployment")];
        assert_eq!(served.plural, "deployments");
        assert!(served.namespaced);
    }
}
