//! Functions that templates call.
//!
//! What several templates share is a value or a function, never text joined to text.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Environment, Error, ErrorKind};
use serde_json::json as object;

use super::json;

use crate::diagnostic::nearest;
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::yaml::{self, Map};

/// What a template says no to with `fail()`.
#[derive(Debug)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused by the module")
    }
}

impl std::error::Error for Refused {}

/// What a template may call, for messages.
pub const NAMES: [&str; 13] = [
    "name",
    "meta",
    "cluster_meta",
    "selector",
    "labels",
    "available",
    "host",
    "file",
    "merge",
    "concat",
    "yaml",
    "json",
    "fail",
];

/// Functions that are the same for all components.
pub fn add_global(environment: &mut Environment<'_>) {
    environment.add_function("merge", merge);
    environment.add_function("concat", concat);
    environment.add_function("yaml", to_yaml);
    environment.add_function("json", to_json);
    environment.add_function("fail", fail);
}

/// Functions that know the component they are called for, by name.
pub fn of_component(
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
) -> BTreeMap<&'static str, Value> {
    let names = Arc::new(Names::of(component));
    let prefix = component.prefix.clone();
    let available: Vec<String> = component.available.iter().map(|c| c.0.clone()).collect();
    let domain = environment.globals.domain.clone();
    let module = Arc::clone(&component.module);
    let (for_meta, for_cluster, for_labels) = (names.clone(), names.clone(), names.clone());
    BTreeMap::from([
        (
            "name",
            Value::from_function(move |suffix: Option<String>| match suffix.as_deref() {
                None | Some("") => prefix.clone(),
                Some(suffix) => format!("{prefix}-{suffix}"),
            }),
        ),
        (
            "meta",
            Value::from_function(move |name: String, options: Kwargs| {
                for_meta.metadata(&name, true, &options)
            }),
        ),
        (
            "cluster_meta",
            Value::from_function(move |name: String, options: Kwargs| {
                for_cluster.metadata(&name, false, &options)
            }),
        ),
        (
            "selector",
            Value::from_function(move |options: Kwargs| -> Result<Value, Error> {
                let selector = names.selector(options.get("component")?);
                options.assert_all_used()?;
                Ok(json::plain(&selector))
            }),
        ),
        (
            "labels",
            Value::from_function(move |options: Kwargs| -> Result<Value, Error> {
                let mut labels = for_labels.labels(options.get("component")?);
                let extra: Option<Value> = options.get("extra")?;
                labels.extend(text_map(extra)?);
                options.assert_all_used()?;
                Ok(json::plain(&labels))
            }),
        ),
        (
            "available",
            Value::from_function(move |capability: String| available.contains(&capability)),
        ),
        (
            "host",
            Value::from_function(move |name: String| match &domain {
                Some(domain) => Ok(format!("{name}.{domain}")),
                None => Err(refused(format!(
                    "the host `{name}.<domain>` needs `domain` in global.yaml, or set the host itself"
                ))),
            }),
        ),
        (
            "file",
            Value::from_function(move |path: String| match module.files.get(&path) {
                Some(source) => Ok(source.text.clone()),
                None => {
                    let near = nearest(&path, module.files.keys().map(String::as_str));
                    let near =
                        near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
                    Err(Error::new(
                        ErrorKind::InvalidOperation,
                        format!("the module has no file `files/{path}`{near}"),
                    ))
                }
            }),
        ),
    ])
}

/// What labels and metadata are made of.
struct Names {
    app: String,
    instance: String,
    version: String,
    namespace: String,
}

impl Names {
    fn of(component: &ResolvedComponent) -> Self {
        Self {
            app: component.module.app.clone(),
            instance: component.instance.clone(),
            version: component.version.to_string(),
            namespace: component.namespace.clone(),
        }
    }

    fn selector(&self, part: Option<String>) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::from([
            ("app.kubernetes.io/name".to_owned(), self.app.clone()),
            (
                "app.kubernetes.io/instance".to_owned(),
                self.instance.clone(),
            ),
        ]);
        if let Some(part) = part {
            labels.insert("app.kubernetes.io/component".to_owned(), part);
        }
        labels
    }

    fn labels(&self, part: Option<String>) -> BTreeMap<String, String> {
        let mut labels = self.selector(part);
        let version = self.version.clone();
        labels.insert("app.kubernetes.io/version".to_owned(), version);
        labels.insert(
            "app.kubernetes.io/managed-by".to_owned(),
            "kops-stack".to_owned(),
        );
        labels
    }

    fn metadata(&self, name: &str, namespaced: bool, options: &Kwargs) -> Result<Value, Error> {
        let mut labels = self.labels(options.get("component")?);
        labels.extend(text_map(options.get("labels")?)?);
        let annotations = text_map(options.get("annotations")?)?;
        let mut metadata = object!({"name": name, "labels": labels});
        if namespaced {
            let namespace: Option<String> = options.get("namespace")?;
            metadata["namespace"] = namespace.unwrap_or_else(|| self.namespace.clone()).into();
        }
        if !annotations.is_empty() {
            metadata["annotations"] = object!(annotations);
        }
        options.assert_all_used()?;
        Ok(json::plain(&metadata))
    }
}

/// A map of texts from a template; null entries are left out.
fn text_map(map: Option<Value>) -> Result<BTreeMap<String, String>, Error> {
    let Some(map) = map.filter(|map| !map.is_none() && !map.is_undefined()) else {
        return Ok(BTreeMap::new());
    };
    let mut texts = BTreeMap::new();
    for key in map.try_iter()? {
        let item = map.get_item(&key)?;
        if item.is_none() {
            continue;
        }
        match (key.as_str(), item.as_str()) {
            (Some(key), Some(text)) => texts.insert(key.to_owned(), text.to_owned()),
            _ => {
                let message = format!("labels and annotations are text, and `{key}` is {item}");
                return Err(Error::new(ErrorKind::InvalidOperation, message));
            }
        };
    }
    Ok(texts)
}

fn merge(maps: Rest<Value>) -> Result<Value, Error> {
    let mut merged = yaml::Value::Object(Map::new());
    for map in maps.iter().filter(|map| !map.is_none()) {
        match to_plain(map)? {
            layer @ yaml::Value::Object(_) => crate::model::knob::overlay(&mut merged, &layer),
            other => {
                let message = format!("merge() takes mappings, not {other}");
                return Err(Error::new(ErrorKind::InvalidOperation, message));
            }
        }
    }
    Ok(json::plain(&merged))
}

fn concat(lists: Rest<Value>) -> Result<Value, Error> {
    let mut items = Vec::new();
    for list in lists.iter().filter(|list| !list.is_none()) {
        items.extend(list.try_iter()?);
    }
    Ok(Value::from(items))
}

fn to_yaml(value: Value) -> Result<String, Error> {
    Ok(yaml::emit(&to_plain(&value)?))
}

fn to_json(value: Value) -> Result<String, Error> {
    serde_json::to_string_pretty(&to_plain(&value)?)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

fn fail(message: String) -> Result<Value, Error> {
    Err(refused(message))
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message).with_source(Refused)
}

fn to_plain(value: &Value) -> Result<yaml::Value, Error> {
    serde_json::to_value(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}
