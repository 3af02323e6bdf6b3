//! What checking must know of an environment beside its manifests.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Span;
use crate::model::date::Date;
use crate::model::environment::Ignore;
use crate::model::module::{Lifecycle, Made};
use crate::model::resolved::{Origin, Provenance, ResolvedComponent, ResolvedEnvironment};
use crate::model::vendored::{Vendored, VendoredDocument};
use crate::model::version::Version;
use crate::object::Identity;
use crate::yaml::Value;

/// From this length on, a text is hardly the same by chance.
const TELLING: usize = 4;

/// The facts that the rules of `check` rest on.
#[derive(Debug)]
pub struct Checking {
    /// What is said of a path: `environments/prod/manifests`.
    pub folder: String,
    pub kubernetes: Version,
    /// By component; manifests of a component that is not here are held to the strictest rules.
    pub components: BTreeMap<String, ComponentFacts>,
    /// What something outside provides: capabilities, and objects as people write them.
    pub external: BTreeSet<String>,
    pub own_networks: Vec<Network>,
    /// Networks of the other environments.
    pub other_networks: Vec<Network>,
    pub ignores: Vec<PlacedIgnore>,
    /// CRDs of vendor/ for the components' versions: their schema is the one that the cluster will
    /// have, also where stand-ins are rendered.
    pub vendored: Vec<VendoredDocument>,
    /// Where manifests of the user's own stand.
    pub own: BTreeMap<Identity, Span>,
    pub today: Date,
}

impl Checking {
    /// For objects with no environment around them, below `folder`, on the first day of Unix time.
    pub fn alone(folder: &str, kubernetes: Version) -> Self {
        Self {
            folder: folder.to_owned(),
            kubernetes,
            components: BTreeMap::new(),
            external: BTreeSet::new(),
            own_networks: Vec::new(),
            other_networks: Vec::new(),
            ignores: Vec::new(),
            vendored: Vec::new(),
            own: BTreeMap::new(),
            today: Date::of_unix_seconds(0),
        }
    }

    /// What a resolved environment says; `folder` is where its manifests lie, `networks` are those of
    /// all environments.
    pub fn of(
        environment: &ResolvedEnvironment,
        folder: String,
        networks: &[Network],
        vendored: &Vendored,
        today: Date,
    ) -> Self {
        let components = environment.components.iter();
        let own = |network: &&Network| network.environment == environment.name;
        let of_outside = environment.external.iter().cloned();
        let documents = environment.components.iter().filter_map(|component| {
            let place = (component.module.name.clone(), component.version.to_string());
            vendored.get(&place)
        });
        Self {
            folder,
            kubernetes: environment.kubernetes.clone(),
            components: components
                .map(|component| {
                    (
                        component.name.clone(),
                        ComponentFacts::of(component, environment),
                    )
                })
                .collect(),
            external: of_outside.chain(environment.cluster.provides()).collect(),
            own_networks: networks.iter().filter(own).cloned().collect(),
            other_networks: networks
                .iter()
                .filter(|network| !own(network))
                .cloned()
                .collect(),
            ignores: environment.ignores.clone(),
            vendored: documents
                .flat_map(|inputs| inputs.documents.iter().cloned())
                .collect(),
            own: environment
                .objects
                .iter()
                .map(|own| (own.object.identity(), own.span.clone()))
                .collect(),
            today,
        }
    }
}

impl Network {
    /// The networks that an environment's cluster.yaml or a layer gives it, if any: of machines, and
    /// of pods and services where somebody says theirs. Those that kops takes by itself are the same
    /// in every cluster, and no machine outside can reach them.
    pub fn of(environment: &ResolvedEnvironment) -> Vec<Self> {
        let network = &environment.cluster.network;
        let additional = network.additional.iter();
        let of_machines = network.cidr.iter().map(|cidr| (cidr, "cidr"));
        let of_machines = of_machines.chain(additional.map(|cidr| (cidr, "additional")));
        let of_pods = network.pods.iter().map(|cidr| (cidr, "pods"));
        let of_services = network.services.iter().map(|cidr| (cidr, "services"));
        let cluster = environment.provenance.get("cluster");
        let all = of_machines.map(|said| (Holder::Machines, said));
        let all = all.chain(of_pods.chain(of_services).map(|said| (Holder::Pods, said)));
        all.map(|(holder, (cidr, key))| Self {
            environment: environment.name.clone(),
            holder,
            cidr: cidr.clone(),
            span: cluster.and_then(|provenance| provenance.last_span(&["network", key])),
        })
        .collect()
    }
}

/// What a component's module and knobs say.
#[derive(Debug)]
pub struct ComponentFacts {
    pub namespace: String,
    pub prefix: String,
    pub module: String,
    /// Of the module's version, mirror applied.
    pub images: BTreeSet<String>,
    /// What was set and what is default; an image that a knob names is a person's choice.
    pub knobs: Value,
    /// What knob files of the environment and its layers set for it, and where; global knobs too.
    pub settings: Vec<KnobSetting>,
    pub privileged: bool,
    pub lifecycle: Lifecycle,
    pub makes: Vec<Made>,
    /// Where environment.yaml or a layer names the component.
    pub span: Option<Span>,
}

/// One value that a person set.
#[derive(Debug, Clone)]
pub struct KnobSetting {
    /// The last part of the knob's name.
    pub key: String,
    pub value: Value,
    pub span: Span,
}

/// Whose addresses a network holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Machines,
    /// And services.
    Pods,
}

/// A network of an environment's cluster.
#[derive(Debug, Clone)]
pub struct Network {
    pub environment: String,
    pub holder: Holder,
    pub cidr: String,
    pub span: Option<Span>,
}

/// An entry of `ignore` and where it stands.
#[derive(Debug, Clone)]
pub struct PlacedIgnore {
    pub entry: Ignore,
    pub span: Option<Span>,
    /// Whether a layer has it.
    pub shared: bool,
}

/// The values that hold and that a file of the repository sets.
fn settings(provenance: &Provenance) -> impl Iterator<Item = KnobSetting> {
    let paths = provenance.0.iter();
    paths.filter_map(|(path, settings)| {
        let last = settings.last()?;
        let by_person = !matches!(last.origin, Origin::Stack(_)) && !last.value.is_null();
        Some(KnobSetting {
            key: path.last()?.clone(),
            value: last.value.clone(),
            span: last.span.clone().filter(|_| by_person)?,
        })
    })
}

impl ComponentFacts {
    /// The one place where a knob file sets the value of a field called `key`. Short texts, numbers
    /// and switches are told apart by the name; without doubt, or nothing.
    pub fn set_at(&self, key: &str, value: &Value) -> Option<Span> {
        let telling = value.as_str().is_some_and(|text| text.len() >= TELLING);
        let same =
            |setting: &&KnobSetting| setting.value == *value && (telling || setting.key == key);
        let mut places = self.settings.iter().filter(same);
        let place = places.next()?;
        places.next().is_none().then(|| place.span.clone())
    }

    fn of(component: &ResolvedComponent, environment: &ResolvedEnvironment) -> Self {
        let module = &component.module;
        let globals = environment.provenance.get("global").into_iter();
        Self {
            namespace: component.namespace.clone(),
            prefix: component.prefix.clone(),
            module: module.name.clone(),
            images: component.images.values().cloned().collect(),
            knobs: component.knobs.clone(),
            settings: settings(&component.provenance)
                .chain(globals.flat_map(settings))
                .collect(),
            privileged: module.privileged,
            lifecycle: module.lifecycle.clone(),
            makes: module.makes.clone(),
            span: component.span.clone(),
        }
    }

    /// The objects that the module declares its programs to make while they run.
    pub fn made(&self) -> impl Iterator<Item = Identity> + '_ {
        self.makes.iter().map(|made| self.identity(made))
    }

    fn identity(&self, made: &Made) -> Identity {
        let filled = |text: &str| {
            text.replace("{prefix}", &self.prefix)
                .replace("{namespace}", &self.namespace)
        };
        let (kind, group) = made.kind.split_once('.').unwrap_or((&made.kind, ""));
        let namespace = made.namespace.as_deref().unwrap_or("{namespace}");
        Identity {
            namespace: Some(filled(namespace)),
            kind: kind.to_owned(),
            group: group.to_owned(),
            name: filled(&made.name),
        }
    }
}
