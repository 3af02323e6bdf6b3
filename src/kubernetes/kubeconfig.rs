//! The kubeconfig: found, read, and its context looked up, with a clear error for each way to fail.

use std::path::{Path, PathBuf};

use http::Uri;
use kube::Config;
use kube::config::{
    AuthInfo, ExecInteractiveMode, InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError,
    LoadDataError,
};

use super::connect::{Ambient, IN_CLUSTER};
use super::proxy;
use crate::diagnostic::{Diagnostic, codes};

const ENVIRONMENT_FILE: &str = "`context` in environment.yaml";

/// The way to the cluster of `context`, as the files that the process was given say it.
pub(super) async fn read(ambient: &Ambient, context: &str) -> Result<Config, Diagnostic> {
    let files = files(ambient)?;
    let mut merged = Kubeconfig::default();
    for file in &files {
        let one = Kubeconfig::read_from(file).map_err(|error| unreadable(file, &error))?;
        merged = merged
            .merge(one)
            .map_err(|error| unreadable(file, &error))?;
    }
    let place = shown(&files);
    let found = find(&mut merged, context, &place)?;
    let own_proxy = found.proxy;
    if let Some(exec) = found.exec
        && !ambient.interactive
    {
        if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
            let command = exec.command.as_deref().unwrap_or_default();
            return Err(fault(format!("the credential plugin `{command}` of context `{context}` asks somebody at a terminal, and there is none"))
                .file(place)
                .help("use a context whose credentials need no terminal, such as those of a service account"));
        }
        // What it says on stderr is kept for the error message.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    let options = KubeConfigOptions {
        context: Some(context.to_owned()),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(merged, &options).await;
    let mut config = config.map_err(|error| {
        fault(format!(
            "context `{context}` cannot be used: {}",
            told(&error)
        ))
        .file(&place)
        .help("mend the kubeconfig, or write it again with the tool that made it")
    })?;
    // kube takes the exceptions to hold for the proxy's own host.
    let ambient_proxy = ambient
        .https_proxy
        .as_deref()
        .filter(|_| !proxy::is_excepted(&config.cluster_url, ambient.no_proxy.as_deref()));
    let proxy = own_proxy.as_deref().or(ambient_proxy);
    config.proxy_url = match proxy.filter(|proxy| !proxy.is_empty()) {
        None => None,
        Some(proxy) => Some(proxy_address(proxy)?),
    };
    Ok(config)
}

/// A host and port alone mean a plain proxy, as elsewhere.
fn proxy_address(text: &str) -> Result<Uri, Diagnostic> {
    let full = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let uri = full.parse::<Uri>().ok();
    uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https" | "socks5")) && uri.host().is_some())
        .ok_or_else(|| {
            fault("the proxy's address is none that can be used")
                .help("write `proxy-url` or HTTPS_PROXY as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT")
        })
}

/// The files that are there, of those that are asked for.
fn files(ambient: &Ambient) -> Result<Vec<PathBuf>, Diagnostic> {
    let listed: Vec<PathBuf> = ambient
        .kubeconfig
        .iter()
        .filter(|path| !path.as_os_str().is_empty())
        .cloned()
        .collect();
    let wanted = match (listed.is_empty(), &ambient.home) {
        (false, _) => listed,
        (true, Some(home)) => vec![home.join(".kube/config")],
        (true, None) => Vec::new(),
    };
    // One of several may be missing, as for kubectl.
    let there: Vec<PathBuf> = wanted
        .iter()
        .filter(|path| path.exists())
        .cloned()
        .collect();
    if there.is_empty() {
        let place = match wanted.as_slice() {
            [] => "KUBECONFIG is not set and there is no home directory".to_owned(),
            paths => format!("there is no {}", shown(paths)),
        };
        return Err(fault(format!("no kubeconfig: {place}"))
            .help("set KUBECONFIG to the path of a kubeconfig that knows the environment's context")
            .help(format!(
                "in a pod, set {ENVIRONMENT_FILE} to `{IN_CLUSTER}` to use the pod's own credentials"
            )));
    }
    Ok(there)
}

fn shown(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// What a context leads to.
struct Found<'a> {
    proxy: Option<String>,
    exec: Option<&'a mut kube::config::ExecConfig>,
}

fn find<'a>(
    kubeconfig: &'a mut Kubeconfig,
    context: &str,
    place: &str,
) -> Result<Found<'a>, Diagnostic> {
    let contexts = kubeconfig.contexts.iter();
    let names: Vec<&str> = contexts.map(|named| named.name.as_str()).collect();
    let named = kubeconfig
        .contexts
        .iter()
        .find(|named| named.name == context);
    let Some(found) = named.and_then(|named| named.context.clone()) else {
        let known = match names.as_slice() {
            [] => "it has none".to_owned(),
            names => format!("it has {}", listed(names)),
        };
        return Err(fault(format!("the kubeconfig has no context `{context}`: {known}"))
            .file(place)
            .suggest(context, names)
            .help(format!("set {ENVIRONMENT_FILE} to the context that leads to the environment's cluster, or KUBECONFIG to the file that has it")));
    };
    let clusters = kubeconfig.clusters.iter();
    let names: Vec<&str> = clusters.map(|named| named.name.as_str()).collect();
    let named = kubeconfig
        .clusters
        .iter()
        .find(|named| named.name == found.cluster);
    let Some(cluster) = named.and_then(|named| named.cluster.as_ref()) else {
        return Err(lost("cluster", &found.cluster, context, &names, place));
    };
    let proxy = cluster.proxy_url.clone();
    let Some(user) = found.user.filter(|user| !user.is_empty()) else {
        return Ok(Found { proxy, exec: None });
    };
    let users = kubeconfig.auth_infos.iter();
    let names: Vec<String> = users.map(|named| named.name.clone()).collect();
    let mut users = kubeconfig.auth_infos.iter_mut();
    let named = users.find(|named| named.name == user);
    let Some(credentials) = named.and_then(|named| named.auth_info.as_mut()) else {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        return Err(lost("user", &user, context, &names, place));
    };
    Ok(Found {
        proxy,
        exec: credentials.exec.as_mut(),
    })
}

fn lost(what: &str, name: &str, context: &str, known: &[&str], place: &str) -> Diagnostic {
    fault(format!(
        "context `{context}` names the {what} `{name}`, which the kubeconfig does not have"
    ))
    .file(place)
    .suggest(name, known.iter().copied())
    .help("mend the kubeconfig, or write it again with the tool that made it")
}

/// At most ten names, in quotes.
fn listed(names: &[&str]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(10)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > 10 {
        shown.push(format!("{} more", names.len() - 10));
    }
    shown.join(", ")
}

fn unreadable(file: &Path, error: &KubeconfigError) -> Diagnostic {
    fault(format!("the kubeconfig cannot be read: {}", told(error)))
        .file(file.display().to_string())
        .help("mend the file, or set KUBECONFIG to another one")
}

/// The error without any line of the file: it holds credentials.
fn told(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => format!("no YAML of a kubeconfig, at line {}", place.line()),
            None => "no YAML of a kubeconfig".to_owned(),
        },
        KubeconfigError::ReadConfig(error, _) => error.to_string(),
        KubeconfigError::LoadCertificateAuthority(LoadDataError::ReadFile(error, path))
        | KubeconfigError::LoadClientCertificate(LoadDataError::ReadFile(error, path))
        | KubeconfigError::LoadClientKey(LoadDataError::ReadFile(error, path)) => {
            format!("{}: {error}", path.display())
        }
        error => error.to_string(),
    }
}

/// Whether the token holds what no header can, such as the line end of the file it was copied from.
pub(super) fn token_is_broken(credentials: &AuthInfo) -> bool {
    let credentials = serde_json::to_value(credentials).unwrap_or_default();
    let token = credentials["token"].as_str().unwrap_or_default();
    http::HeaderValue::from_str(token).is_err()
}

pub(super) fn no_pod(error: &InClusterError) -> Diagnostic {
    fault(format!(
        "the context is `{IN_CLUSTER}`, and this is not a pod with a service account: {error}"
    ))
    .help(format!(
        "run it in a pod whose service account token is mounted, or set {ENVIRONMENT_FILE} to a context of the kubeconfig"
    ))
}

fn fault(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::KUBECONFIG, message)
}
