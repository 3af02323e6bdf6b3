//! What an environment should be: its manifests, their order, and what environment.yaml decides.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::arguments;
use crate::cli::commands::plan::{heading, patch_notes, refuse_stale, stack_of};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Rendered, Workspace, stop_on_errors};
use crate::diagnostic::{Diagnostic, codes};
use crate::manifests;
use crate::model::cluster::Roles;
use crate::model::cluster::rolls::Rolls;
use crate::model::digest::sha256;
use crate::model::environment::{CLUSTER, Crds, EnvironmentSettings};
use crate::model::graph::Graph;
use crate::model::ownership::Allowance;
use crate::model::plan::{Against, Heading};
use crate::model::rendering::{RenderedComponent, Rendering};
use crate::model::saved::Saving;
use crate::model::tree::FileTree;
use crate::model::version::{Range, Version};
use crate::object::Object;
use crate::order;
use crate::plan::live::{Only, Rules};
use crate::render::NAMESPACES;
use crate::resolve;
use crate::tree;
use crate::yaml;

/// The committed manifests of an environment and what holds for them.
pub struct Desired {
    pub environment: String,
    pub rendering: Rendering,
    pub graph: Graph,
    pub rules: Rules,
    /// The context that leads to the cluster.
    pub context: Option<String>,
    /// Who it must be.
    pub pinned: Option<String>,
    pub only: Option<Only>,
    /// Whether CRDs of our own stand in for upstream's.
    pub stand_ins: bool,
    /// Digest of all manifests.
    pub digest: String,
    /// Where the provider keeps the cluster, where one of ours makes it.
    pub place: Option<Place>,
    /// Public key of the machines; not known where the knobs were not read.
    pub ssh_key: Option<String>,
    /// The account of the cloud in which the cluster must be.
    pub account: Option<String>,
    /// Its roles by which each command works.
    pub roles: Roles,
    /// The versions of Kubernetes on which each component runs, as far as its module is known.
    pub ranges: BTreeMap<String, Range>,
    /// Whose machines may be replaced; none where the knobs were not read.
    pub rolls: Rolls,
    /// Nothing is asked of the provider, and the cluster itself stays as it is.
    without_cluster: bool,
    heading: Heading,
}

/// Where kops keeps a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    /// The state store, as `s3://kops-state.example.com`.
    pub state: String,
}

/// Which manifests, and which part of them.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub only: &'a [String],
    pub as_committed: bool,
    pub without_cluster: bool,
}

impl<'a> From<&'a arguments::Scope> for Scope<'a> {
    fn from(typed: &'a arguments::Scope) -> Self {
        Self {
            only: &typed.only,
            as_committed: typed.as_committed,
            without_cluster: typed.without_cluster,
        }
    }
}

impl Scope<'_> {
    /// Everything, as the knobs say it.
    pub const WHOLE: Scope<'static> = Scope {
        only: &[],
        as_committed: false,
        without_cluster: false,
    };
}

impl Desired {
    /// Reads an environment; refused where the knobs would render something else than what is
    /// committed, unless `scope` takes that as it is.
    pub fn read(
        workspace: &Workspace,
        name: &str,
        scope: Scope<'_>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let mut desired = match scope.as_committed {
            true => Self::as_committed(workspace, name, terminal)?,
            false => Self::of_knobs(workspace, name, terminal)?,
        };
        desired.only = only(&desired.rendering, scope.only)?;
        desired.ranges = ranges(workspace, &desired.rendering);
        desired.without_cluster = scope.without_cluster;
        Ok(desired)
    }

    fn of_knobs(workspace: &Workspace, name: &str, terminal: &Terminal) -> Result<Self, Failure> {
        let names = [name.to_owned()];
        let mut rendered = workspace.render(&names, terminal, |rendered| rendered)?;
        refuse_stale(workspace, &rendered)?;
        let rendered = rendered.pop().expect("one environment was rendered");
        let heading = heading(&rendered, None, Against::Live);
        let Rendered {
            environment,
            rendering,
        } = rendered;
        let stand_ins = environment.crds == Crds::StandIn;
        let rules = Rules {
            ownership: environment.ownership,
            allowances: environment.allowances,
            limits: environment.limits,
            protect: environment.protect,
            destroys: false,
        };
        let way = (environment.context, environment.cluster_id);
        let desired = Self::new(name, rendering, heading, rules, way, stand_ins)?;
        Ok(Self {
            rolls: Rolls::of(&environment.cluster, environment.protect),
            ssh_key: environment.cluster.ssh.public_key,
            account: environment.cluster.account,
            roles: environment.cluster.roles,
            ..desired
        })
    }

    /// For the night when the binary at hand is not the one that rendered what is committed: of the
    /// knobs only environment.yaml is read.
    fn as_committed(
        workspace: &Workspace,
        name: &str,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let settings = settings(workspace, name, terminal)?;
        let folder = manifests::folder(name);
        let files = tree::disk::below(&workspace.root, &folder)?;
        let (rendering, diagnostics) = manifests::read(&files, &folder, name);
        stop_on_errors(diagnostics, terminal)?;
        let note = "the committed manifests are taken as they are; what the knobs would render was not looked at";
        let heading = Heading {
            patches: patch_notes(&rendering),
            notes: vec![note.to_owned()],
            ..bare_heading(stack_of(&rendering).unwrap_or_default())
        };
        let rules = Rules {
            ownership: settings.ownership,
            allowances: settings.allow,
            limits: settings.limits,
            protect: settings.protect,
            destroys: false,
        };
        let stand_ins = settings.crds == Crds::StandIn;
        let way = (settings.context, settings.cluster);
        Self::new(name, rendering, heading, rules, way, stand_ins)
    }

    /// An environment of which nothing is to stay, but what is protected and not allowed to go.
    pub fn nothing(
        workspace: &Workspace,
        name: &str,
        allowances: Vec<Allowance>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let settings = settings(workspace, name, terminal)?;
        let heading = bare_heading("everything goes".to_owned());
        let rules = Rules {
            ownership: settings.ownership,
            allowances,
            limits: settings.limits,
            protect: settings.protect,
            destroys: true,
        };
        let rendering = Rendering {
            environment: name.to_owned(),
            ..Rendering::default()
        };
        let way = (settings.context, settings.cluster);
        Self::new(name, rendering, heading, rules, way, false)
    }

    /// Finds where the provider keeps the cluster, as the committed manifests say, and who may work on it,
    /// where nothing else of it is wanted; None where no provider of ours makes it.
    pub fn with_place(
        mut self,
        workspace: &Workspace,
        terminal: &Terminal,
    ) -> Result<Option<Self>, Failure> {
        let name = &self.environment;
        self.place = committed_place(workspace, name)?;
        if self.place.is_none() {
            return Ok(None);
        }
        let cluster = workspace.resolve(name, terminal)?.cluster;
        self.account = cluster.account;
        self.roles = cluster.roles;
        Ok(Some(self))
    }

    fn new(
        name: &str,
        rendering: Rendering,
        heading: Heading,
        rules: Rules,
        (context, pinned): (Option<String>, Option<String>),
        stand_ins: bool,
    ) -> Result<Self, Failure> {
        let graph = order::order(&rendering)
            .map_err(|problems| Failure::new(problems, "no plan was made"))?;
        let has_crds = rendering.components.values().any(|component| {
            let mut objects = component.objects.iter();
            objects.any(|rendered| rendered.object.identity().kind == "CustomResourceDefinition")
        });
        let place = rendering.cluster.as_ref().and_then(place);
        Ok(Self {
            environment: name.to_owned(),
            digest: digest(&rendering),
            graph,
            rules,
            // kops calls the context like the cluster.
            context: context.or_else(|| Some(place.as_ref()?.name.clone())),
            pinned,
            only: None,
            stand_ins: stand_ins && has_crds,
            place,
            ssh_key: None,
            account: None,
            roles: Roles::default(),
            ranges: BTreeMap::new(),
            rolls: Rolls::unread(),
            without_cluster: false,
            heading,
            rendering,
        })
    }

    /// The documents of the cluster itself, where they are a part of what is asked for.
    pub fn provided(&self) -> Option<&RenderedComponent> {
        let whole = self.only.is_none() && !self.without_cluster;
        self.rendering.cluster.as_ref().filter(|_| whole)
    }

    /// What a reader of the plan wants to read first.
    pub fn heading(&self) -> Heading {
        self.heading.clone()
    }

    /// What a saved plan rests on.
    pub fn saving(&self, cluster: &str) -> Saving {
        let only = self.only.iter().flat_map(|only| only.components.iter());
        Saving {
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            environment: self.environment.clone(),
            cluster: cluster.to_owned(),
            manifests: self.digest.clone(),
            only: only.cloned().collect(),
        }
    }
}

fn ranges(workspace: &Workspace, rendering: &Rendering) -> BTreeMap<String, Range> {
    let components = rendering.components.iter();
    let ranges = components.filter_map(|(name, component)| {
        let module = workspace.repository.modules.get(&component.module)?;
        let known = module.version(&Version::parse(&component.version)?)?;
        Some((name.clone(), known.kubernetes.clone()))
    });
    ranges.collect()
}

/// Where the documents say that they are kept: `configBase` is the folder of the cluster in the store.
fn place(component: &RenderedComponent) -> Option<Place> {
    let objects = component.objects.iter();
    let mut clusters = objects.filter(|rendered| rendered.object.kind() == "Cluster");
    place_of(&clusters.next()?.object)
}

fn place_of(cluster: &Object) -> Option<Place> {
    let name = cluster.name().to_owned();
    let base = cluster.value()["spec"]["configBase"].as_str()?;
    let state = base.strip_suffix(&name)?.strip_suffix('/')?;
    Some(Place {
        state: state.to_owned(),
        name,
    })
}

/// Where no knobs are looked at.
fn bare_heading(stack_to: String) -> Heading {
    Heading {
        against: Against::Live,
        stack_from: None,
        stack_to,
        kubernetes: None,
        overrides: Vec::new(),
        patches: Vec::new(),
        notes: Vec::new(),
    }
}

/// What environment.yaml says, whatever the other knob files do.
pub fn settings(
    workspace: &Workspace,
    name: &str,
    terminal: &Terminal,
) -> Result<EnvironmentSettings, Failure> {
    workspace.environments(&[name.to_owned()])?;
    let (settings, diagnostics) = resolve::settings_alone(&workspace.repository, name);
    stop_on_errors(diagnostics, terminal)?;
    let mut settings = settings.ok_or_else(|| {
        let message = format!("`{name}` has no environment.yaml that can be read");
        Failure::plain(codes::FILE_MISSING, message, "")
    })?;
    if settings.context.is_none() {
        settings.context = provided_name(workspace, name)?;
    }
    Ok(settings)
}

/// The name of the cluster that kops makes, as its committed manifest is called: kops calls the context so.
pub(super) fn provided_name(workspace: &Workspace, name: &str) -> Result<Option<String>, Failure> {
    let folder = format!("{}/{CLUSTER}", manifests::folder(name));
    let files = tree::disk::below(&workspace.root, &folder)?;
    Ok(provided_document(&files, &folder).map(|(named, _)| named))
}

/// Where kops keeps the cluster, as its committed manifest says; None where kops makes none. Of the
/// other manifests none is looked at.
pub fn committed_place(workspace: &Workspace, name: &str) -> Result<Option<Place>, Failure> {
    let folder = format!("{}/{CLUSTER}", manifests::folder(name));
    let files = tree::disk::below(&workspace.root, &folder)?;
    let Some((_, path)) = provided_document(&files, &folder) else {
        return Ok(None);
    };
    let place = || {
        let source = yaml::decode(&path, files.bytes(&path)?.to_vec()).ok()?;
        let (document, _) = yaml::kubernetes_stream(&source).ok()?.into_iter().next()?;
        place_of(&Object::new(document).ok()?)
    };
    let place = place().ok_or_else(|| {
        let message = format!("`{path}` does not say where kops keeps the cluster");
        let help = "manifests are written by `kops-stack render` alone; run it, or restore the file from git";
        Failure::plain(codes::MANIFEST_INVALID, message, help)
    });
    place.map(Some)
}

/// The committed manifest of the cluster that kops makes: the cluster's name, and the path.
fn provided_document(files: &FileTree, folder: &str) -> Option<(String, String)> {
    files.below(folder).find_map(|(file, _)| {
        let named = file.strip_prefix("cluster.kops.k8s.io-")?;
        let named = named.strip_suffix(".yaml")?.to_owned();
        Some((named, format!("{folder}/{file}")))
    })
}

/// Also of environments that are not planned.
pub fn no_context(environment: &str) -> Failure {
    let message = format!("environments/{environment}/environment.yaml names no `context`");
    let diagnostic = Diagnostic::error(codes::CONTEXT_MISSING, message)
        .file(format!("environments/{environment}/environment.yaml"))
        .help("write `context: NAME`, as `kubectl config get-contexts` lists them; kops-stack never takes the current one by itself");
    Failure::new(diagnostic.into(), "nothing was asked of any cluster")
}

/// The components that are asked for and what they need; nothing else is touched.
fn only(rendering: &Rendering, names: &[String]) -> Result<Option<Only>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let known: Vec<&str> = rendering.components.keys().map(String::as_str).collect();
    let unknown: Vec<Diagnostic> = names
        .iter()
        .filter(|name| !rendering.components.contains_key(*name))
        .map(|name| {
            let message = format!("`{}` has no component `{name}`", rendering.environment);
            Diagnostic::error(codes::USAGE, message)
                .suggest(name, known.iter().copied())
                .help(format!("components here: {}", known.join(", ")))
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Failure {
            exit: Exit::Usage,
            ..Failure::new(unknown.into_iter().collect(), "no plan was made")
        });
    }
    let mut components: BTreeSet<String> = names.iter().cloned().collect();
    loop {
        let needed: Vec<String> = rendering
            .dependencies
            .iter()
            .filter(|dependency| components.contains(&dependency.component))
            .map(|dependency| dependency.on.clone())
            .filter(|on| !components.contains(on))
            .collect();
        if needed.is_empty() {
            break;
        }
        components.extend(needed);
    }
    Ok(Some(exactly(rendering, components)))
}

/// These components, and the namespaces that they are in.
pub fn exactly(rendering: &Rendering, components: BTreeSet<String>) -> Only {
    let objects = components
        .iter()
        .filter(|name| *name != NAMESPACES)
        .filter_map(|name| rendering.components.get(name))
        .flat_map(|component| &component.objects);
    let namespaces = objects.filter_map(|rendered| rendered.object.identity().namespace);
    Only {
        namespaces: namespaces.collect(),
        namespaces_of: NAMESPACES.to_owned(),
        components,
    }
}

/// Of every file, by its path.
fn digest(rendering: &Rendering) -> String {
    let files = rendering.folders().flat_map(|(name, component)| {
        let objects = component.objects.iter();
        objects
            .map(move |rendered| format!("{name}/{} {}\n", rendered.path, rendered.text.digest()))
    });
    sha256(files.collect::<String>().as_bytes())
}
