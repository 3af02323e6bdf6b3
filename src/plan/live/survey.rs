//! What stands where, before anything is asked: each desired object beside the one in the cluster,
//! what would be sent, and whether the server must be asked at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::Situation;
use super::authority;
use super::fields::{self, Left, Scaled};
use super::leftovers;
use super::payload::Payload;
use super::proof;
use super::strategy;
use crate::model::api::{ApiError, Kind, Target};
use crate::model::inventory::{Member, Proof};
use crate::model::live::{Probe, Stored};
use crate::model::work::Revision;
use crate::object::{Identity, ManagedFields, Object, Path};
use crate::plan::crd_changes;
use crate::plan::index::{Entry, Index, is_crd, made_by};
use crate::yaml::Value;

/// A desired object and what is known of it.
pub struct Surveyed<'a> {
    pub entry: &'a Entry<'a>,
    pub target: Target,
    /// What it is in the cluster; none where it is not there.
    pub current: Option<Revision>,
    /// What the inventory says of it, with its component there.
    pub member: Option<(&'a str, &'a Member)>,
    /// What is sent; nothing where it is proven that it need not be.
    pub payload: Payload,
    /// Fields that are left to others.
    pub left: Vec<Left>,
    /// Fields that an adoption may take away.
    pub leftovers: Vec<Path>,
    /// Fields that must be ours before they can go.
    pub first_ours: Vec<Path>,
    /// What the server is asked, where it is not what is sent.
    pub asked: Option<Arc<Value>>,
    /// That is sent first: it takes away a field of others.
    pub clears: bool,
    pub standing: Standing,
}

impl Surveyed<'_> {
    /// The dry run of it where nothing is.
    pub(super) fn anew(&self) -> Probe {
        self.probe_of(&self.payload.value, true)
    }

    /// The dry run of it.
    fn probe(&self, elsewhere: bool) -> Probe {
        let asked = self.asked.as_ref().unwrap_or(&self.payload.value);
        self.probe_of(asked, elsewhere)
    }

    fn probe_of(&self, payload: &Arc<Value>, elsewhere: bool) -> Probe {
        Probe {
            target: self.target.clone(),
            payload: Arc::clone(payload),
            elsewhere,
        }
    }
}

/// What is known without asking.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// A dry run would change nothing.
    Proven(Proof),
    /// The server must be asked.
    Ask { elsewhere: bool },
    /// The server cannot be asked before this CRD of the plan is there.
    KindComes { crd: Identity },
    /// It cannot be applied, whatever the server says.
    Hopeless(String),
}

/// All desired objects, in the order of the rendering.
pub struct Survey<'a> {
    pub objects: Vec<Surveyed<'a>>,
    places: HashMap<&'a Identity, usize>,
    pub scaled: Scaled,
}

impl<'a> Survey<'a> {
    pub fn new(situation: &Situation<'a>, after: &'a Index<'a>) -> Self {
        let members: HashMap<&Identity, (&str, &Member)> = situation
            .live
            .inventory
            .iter()
            .flat_map(|inventory| inventory.all())
            .map(|(component, member)| (&member.identity, (component, member)))
            .collect();
        let scaled = Scaled::of(situation, after);
        let context = Context {
            situation,
            members,
            coming: coming_kinds(after),
            namespaces: namespaces(after),
            scaled: &scaled,
        };
        let entries: Vec<_> = after
            .entries()
            .filter(|entry| situation.concerns(entry.component, &entry.identity))
            .collect();
        let places = entries.iter().enumerate();
        Self {
            places: places
                .map(|(place, entry)| (&entry.identity, place))
                .collect(),
            objects: entries
                .into_par_iter()
                .map(|entry| context.survey(entry))
                .collect(),
            scaled,
        }
    }

    pub fn find(&self, identity: &Identity) -> Option<&Surveyed<'a>> {
        self.places.get(identity).map(|place| &self.objects[*place])
    }

    /// What must be asked of the server.
    pub fn probes(&self) -> Vec<Probe> {
        let asked = self.objects.iter().filter_map(|surveyed| {
            let Standing::Ask { elsewhere } = surveyed.standing else {
                return None;
            };
            Some(surveyed.probe(elsewhere))
        });
        asked.collect()
    }
}

impl Survey<'_> {
    /// What objects that are adopted would be had nothing been there.
    pub fn fresh_probes(&self) -> Vec<Probe> {
        let adopted = self
            .objects
            .iter()
            .filter(|surveyed| !surveyed.leftovers.is_empty());
        adopted.map(|surveyed| surveyed.probe(true)).collect()
    }
}

struct Context<'c, 'a> {
    situation: &'c Situation<'a>,
    members: HashMap<&'a Identity, (&'a str, &'a Member)>,
    /// CRDs of the plan by the group and kind that they make.
    coming: BTreeMap<(&'a str, &'a str), &'a Object>,
    /// Namespaces of the plan.
    namespaces: BTreeSet<&'a str>,
    scaled: &'c Scaled,
}

impl<'a> Context<'_, 'a> {
    fn survey(&self, entry: &'a Entry<'a>) -> Surveyed<'a> {
        let object = entry.object();
        let stored = self.situation.live.objects.get(&entry.identity);
        let (live, unreadable) = match stored.map(Stored::read).transpose() {
            Ok(live) => (live, None),
            Err(error) => (None, Some(error)),
        };
        let live = live.as_deref();
        let managers = managers_of(live);
        let mut value = Payload::of(object, &self.situation.desired.rendering.environment);
        let left = fields::leave(
            &mut value,
            entry,
            live,
            &managers,
            &self.situation.rules.ownership,
            self.scaled,
        );
        let payload = Payload::new(value);
        let member = self.members.get(&entry.identity).copied();
        let standing = match unreadable {
            Some(error) => Standing::Hopeless(cannot_be_read(&error)),
            None => self.standing(entry, live, &managers, member, &payload),
        };
        let leftovers = match (live, member) {
            (Some(live), None) => leftovers::candidates(&managers, live, &payload.value),
            _ => Vec::new(),
        };
        let first_ours = live.map_or_else(Vec::new, |live| {
            strategy::in_the_way(&payload.value, live, &managers)
        });
        let rules = &self.situation.rules.ownership;
        let cleared =
            live.and_then(|live| authority::without_bundle(&payload.value, live, &managers, rules));
        let clears = cleared.is_some();
        let asked = cleared.or_else(|| {
            live.filter(|_| !first_ours.is_empty())
                .map(|live| strategy::without_change(&payload.value, live))
        });
        let stays = matches!(standing, Standing::Proven(_))
            && member.is_some_and(|(component, _)| component == entry.component);
        Surveyed {
            target: Target::of(object),
            entry,
            current: live.map(Revision::of),
            member,
            payload: match stays {
                true => payload.settled(),
                false => payload,
            },
            left,
            leftovers,
            first_ours,
            asked,
            clears,
            standing,
        }
    }

    fn standing(
        &self,
        entry: &Entry<'_>,
        live: Option<&Object>,
        managers: &ManagedFields,
        member: Option<(&str, &Member)>,
        payload: &Payload,
    ) -> Standing {
        let object = entry.object();
        if let Some(error) = self.situation.live.unreadable.get(&entry.identity) {
            return Standing::Hopeless(cannot_be_read(error));
        }
        let kind = Kind::new(object.group(), object.version(), object.kind());
        if !self.situation.live.serves(&kind) {
            return match self.coming.get(&(object.group(), object.kind())) {
                Some(crd) if crd_changes::serves(crd, object.version()) => Standing::KindComes {
                    crd: crd.identity(),
                },
                Some(crd) => Standing::Hopeless(format!(
                    "its CRD {} does not serve the version {}",
                    crd.name(),
                    object.version()
                )),
                None => Standing::Hopeless(format!(
                    "the cluster does not serve {} {}, and no CRD of the plan brings it",
                    kind.api_version(),
                    kind.kind
                )),
            };
        }
        let Some(live) = live else {
            return self.standing_of_new(object);
        };
        if live.get(&["metadata", "deletionTimestamp"]).is_some() {
            return Standing::Hopeless(
                "it is being deleted; plan again when it is gone".to_owned(),
            );
        }
        let recorded = member.and_then(|(_, member)| member.proof.as_ref());
        let proven = recorded.filter(|proof| {
            !self.situation.verify && proof::holds(proof, payload, object, live, managers)
        });
        match proven {
            Some(proof) => Standing::Proven(proof.clone()),
            None => Standing::Ask { elsewhere: false },
        }
    }

    fn standing_of_new(&self, object: &Object) -> Standing {
        let Some(namespace) = object.namespace() else {
            return Standing::Ask { elsewhere: false };
        };
        let identity = Identity {
            namespace: None,
            kind: "Namespace".to_owned(),
            group: String::new(),
            name: namespace.to_owned(),
        };
        let there = self.situation.live.objects.contains_key(&identity);
        match (there, self.namespaces.contains(namespace)) {
            (false, true) => Standing::Ask { elsewhere: true },
            // A namespace that the plan does not hold was not read: the server says whether it is there.
            _ => Standing::Ask { elsewhere: false },
        }
    }
}

fn cannot_be_read(error: &ApiError) -> String {
    format!(
        "it cannot be read: {}",
        crate::model::refusal::sentence(error)
    )
}

/// Who owns the fields of an object; nobody where it is not there.
pub fn managers_of(live: Option<&Object>) -> ManagedFields {
    live.and_then(|live| ManagedFields::of(live.value()).ok())
        .unwrap_or_default()
}

fn coming_kinds<'a>(after: &'a Index<'a>) -> BTreeMap<(&'a str, &'a str), &'a Object> {
    let crds = after.objects().filter(|object| is_crd(object));
    crds.filter_map(|crd| Some((made_by(crd)?, crd))).collect()
}

fn namespaces<'a>(after: &'a Index<'a>) -> BTreeSet<&'a str> {
    let namespaces = after.objects().filter(|object| object.is("", "Namespace"));
    namespaces.map(Object::name).collect()
}
