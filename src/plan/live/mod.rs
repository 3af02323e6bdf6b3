//! The plan against a cluster: what must be asked of it, and what follows from the answers.
//!
//! ```text
//! survey(desired, live) ──► probes ──► the server answers ──► decide ──► plan and works
//! ```
//!
//! Pure: the adapter reads and asks in between. What is provably as desired is never asked about.

mod accepted;
mod adoption;
mod authority;
mod decide;
mod difference;
mod fields;
mod leftovers;
mod limits;
mod misfit;
mod one;
mod payload;
mod proof;
mod refused;
mod refusing;
mod removed;
mod strategy;
mod survey;

use std::collections::{BTreeSet, HashMap};

use super::State;
use super::crd_changes;
use super::index::{Index, is_crd};
use super::restarts::Pods;
use crate::model::api::ApiError;
use crate::model::environment::Limits;
use crate::model::graph::Graph;
use crate::model::inventory::{MANAGER, Proof};
use crate::model::live::{Answer, Live, Probe};
use crate::model::ownership::{Allowance, Ownership};
use crate::model::plan::{Action, Heading};
use crate::model::rendering::Rendering;
use crate::model::work::{Decision, Judge, Revision, Work};
use crate::object::{Identity, ManagedFields, Object, lost_empties};
use one::{One, Verdict};
use refused::is_refused_anew;
use survey::{Standing, Survey, Surveyed};

/// Everything that a plan against a cluster rests on.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    pub desired: State<'a>,
    pub live: &'a Live,
    pub rules: &'a Rules,
    /// Ask about everything, also about what is proven.
    pub verify: bool,
    /// Only a part; all where it is `None`.
    pub only: Option<&'a Only>,
    /// The order of objects that are there, for those that go; none where it is a circle.
    pub order: &'a (dyn Fn(&Rendering) -> Option<Graph> + Sync),
}

/// What the environment decides.
#[derive(Debug, Clone)]
pub struct Rules {
    pub ownership: Vec<Ownership>,
    pub allowances: Vec<Allowance>,
    pub limits: Limits,
    /// Whether each delete and replace needs a word of its own.
    pub protect: bool,
    /// Everything is to go, as somebody typed: no limit holds.
    pub destroys: bool,
}

/// The part of an environment that a plan is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Only {
    pub components: BTreeSet<String>,
    /// Namespaces that they need, which are objects of `namespaces_of`.
    pub namespaces: BTreeSet<String>,
    pub namespaces_of: String,
}

impl Situation<'_> {
    /// Whether the plan is about this object.
    pub fn concerns(&self, component: &str, identity: &Identity) -> bool {
        self.only.is_none_or(|only| {
            let needed = component == only.namespaces_of
                && identity.kind == "Namespace"
                && only.namespaces.contains(&identity.name);
            needed || only.components.contains(component)
        })
    }
}

/// A situation, looked at once for the questions and for the decision.
pub struct Planner<'a> {
    /// Names of CRDs whose objects are judged otherwise after this plan.
    changing: BTreeSet<&'a str>,
    situation: Situation<'a>,
    index: &'a Index<'a>,
    survey: Survey<'a>,
    pods: Pods<'a>,
    known: Known,
    /// What became of the objects that were asked about.
    verdicts: HashMap<Identity, Verdict>,
}

/// What is known before the answers to [`Planner::probes`].
#[derive(Debug, Default)]
pub struct Known {
    /// The answers to [`Planner::fresh_probes`].
    pub fresh: HashMap<Identity, Answer>,
    /// What [`Planner::namespaces_that_go`] hold, as far as it could be looked at.
    pub inside: HashMap<Identity, Result<Vec<Identity>, ApiError>>,
    /// What a look into the schemas of the plan found wrong with custom resources whose kind comes
    /// with it.
    pub wrong: HashMap<Identity, Vec<String>>,
}

/// The desired objects, to be found by who they are: made once, and outlives the planner.
pub struct DesiredIndex<'a>(Index<'a>);

impl<'a> DesiredIndex<'a> {
    pub fn of(rendering: &'a Rendering) -> Self {
        Self(Index::of(rendering))
    }
}

impl<'a> Planner<'a> {
    pub fn new(situation: Situation<'a>, index: &'a DesiredIndex<'a>) -> Self {
        let survey = Survey::new(&situation, &index.0);
        Self {
            changing: changing(situation.live, &survey),
            survey,
            situation,
            pods: Pods::of(&index.0),
            index: &index.0,
            known: Known::default(),
            verdicts: HashMap::new(),
        }
    }

    /// What must be asked of the server.
    pub fn probes(&self) -> Vec<Probe> {
        self.survey.probes()
    }

    /// What must be asked besides of objects that are adopted: what they would be had nothing been
    /// there.
    pub fn fresh_probes(&self) -> Vec<Probe> {
        self.survey.fresh_probes()
    }

    /// Custom resources whose kind comes or changes with the plan, which the server cannot judge yet.
    pub fn unknown_to_the_server(&self) -> impl Iterator<Item = &'a Object> {
        let objects = self.survey.objects.iter();
        objects
            .filter(|surveyed| {
                matches!(surveyed.standing, Standing::KindComes { .. })
                    || self.changing_crd(surveyed.entry.object()).is_some()
            })
            .map(|surveyed| surveyed.entry.object())
    }

    /// The CRD of an object, where the plan has it judge otherwise: the server still judges by the
    /// one that is there.
    fn changing_crd(&self, object: &Object) -> Option<&'a Object> {
        let crd = self.index.crd_of(object)?;
        self.changing.contains(crd.name()).then_some(crd)
    }

    /// Namespaces that would be deleted, with whatever is in them.
    pub fn namespaces_that_go(&self) -> Vec<Identity> {
        removed::namespaces(&self.situation, self.index)
    }

    /// To be told before the first answer.
    pub fn learn(&mut self, known: Known) {
        self.known = known;
    }

    /// The server's answer to one of [`Planner::probes`]: what follows from it is kept, it is not.
    pub fn answered(&mut self, identity: &Identity, answer: &Answer) {
        let Some(surveyed) = self.survey.find(identity) else {
            return;
        };
        let live = self.situation.live.object(identity);
        let verdict = one::verdict(self, surveyed, live.as_deref(), Some(answer));
        self.verdicts.insert(identity.clone(), verdict);
    }

    /// What must be asked after these answers: whether the server would take what replaces an object,
    /// since the object is gone by then.
    pub fn replacement_probes(&self) -> Vec<Probe> {
        let replaced = self.verdicts.iter().filter_map(|(identity, verdict)| {
            let Verdict::Step(step) = verdict else {
                return None;
            };
            let surveyed = self.survey.find(identity)?;
            (step.0.action == Action::Replace).then(|| surveyed.anew())
        });
        replaced.collect()
    }

    /// The server's answer to one of [`Planner::replacement_probes`].
    pub fn replacement(&mut self, identity: &Identity, answer: &Answer) {
        let (Some(surveyed), Answer::Refused(error)) = (self.survey.find(identity), answer) else {
            return;
        };
        if is_refused_anew(error) {
            let live = self.situation.live.object(identity);
            let verdict = One::of(self, surveyed, live.as_deref()).refused_anew(error);
            self.verdicts.insert(identity.clone(), verdict);
        }
    }

    /// The plan, given the answers.
    pub fn decide(&mut self, heading: Heading) -> Decision {
        let verdicts = std::mem::take(&mut self.verdicts);
        decide::decide(self, verdicts, heading)
    }
}

impl Judge for Planner<'_> {
    fn judge(&self, identity: &Identity, live: Option<&Object>, answer: &Answer) -> Option<Work> {
        let before = self.survey.find(identity)?;
        let now = Surveyed {
            entry: before.entry,
            target: before.target.clone(),
            current: live.map(Revision::of),
            member: before.member,
            payload: before.payload.clone(),
            left: before.left.clone(),
            leftovers: before.leftovers.clone(),
            first_ours: before.first_ours.clone(),
            asked: before.asked.clone(),
            clears: before.clears,
            standing: Standing::Ask { elsewhere: false },
        };
        match one::verdict(self, &now, live, Some(answer)) {
            Verdict::Kept(_) => None,
            Verdict::Step(step) => Some(step.1),
        }
    }

    fn made(&self, object: &Object) -> bool {
        let environment = &self.situation.desired.rendering.environment;
        is_ours(object) && adoption::objection(object, environment).is_none()
    }

    fn drops(&self, identity: &Identity, payload: &serde_json::Value, stored: &Object) -> bool {
        let Some(surveyed) = self.survey.find(identity) else {
            return false;
        };
        let schema = one::schema_of(surveyed.entry.object(), self.index);
        !lost_empties(payload, stored, &schema).is_empty()
    }

    fn proof(&self, payload_digest: &str, stored: &Object) -> Option<Proof> {
        let managers = ManagedFields::of(stored.value()).ok()?;
        proof::of(payload_digest, &managers)
    }
}

/// Names of the CRDs that are there and will judge otherwise.
fn changing<'a>(live: &Live, survey: &Survey<'a>) -> BTreeSet<&'a str> {
    let asked = survey.objects.iter().filter(|surveyed| {
        let asked = matches!(surveyed.standing, Standing::Ask { .. });
        asked && is_crd(surveyed.entry.object())
    });
    let changing = asked.filter_map(|surveyed| {
        let crd = surveyed.entry.object();
        let there = live.object(&surveyed.entry.identity)?;
        crd_changes::judges_otherwise(&there, crd).then(|| crd.name())
    });
    changing.collect()
}

/// Whether an object carries an entry of ours.
fn is_ours(object: &Object) -> bool {
    ManagedFields::of(object.value()).is_ok_and(|managers| managers.ours(MANAGER).is_some())
}
