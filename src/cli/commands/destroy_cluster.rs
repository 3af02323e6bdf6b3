//! `destroy --cluster`: take away what was applied, and then the cluster that kops made.

use std::collections::BTreeSet;
use std::time::Instant;

use super::plan::planned;
use super::plan_live::cost;
use crate::cli::arguments::{self, ListFormat};
use crate::cli::ask::{self, Answer};
use crate::cli::cluster::{
    self, Desired, Itself, Leaving, NOTHING_DELETED, Outside, Place, Session,
};
use crate::cli::exit::{Exit, Failure};
use crate::cli::leaving::{Inside, Removal};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::live::Live;
use crate::model::ownership::{Allowance, AllowedAction};
use crate::model::plan::{Action, Effect, LivePlan, Plan};
use crate::object::{Identity, Object};
use crate::plan::live::DesiredIndex;
use crate::report;

/// What becomes of objects that `destroy` alone leaves in a cluster.
const WITH_IT: &str = "goes with the cluster";

/// What the plan, which begins with the cluster, does not show by itself.
const IN_ORDER: &str =
    "what runs on the cluster goes first; then what the cloud holds for it; then the cluster";

/// Why nothing of what runs on the cluster is deleted first.
const SKIPPED: &str = "what runs on the cluster is not deleted first, as `--skip-components` says: load balancers and volumes that it made may be left in the cloud";
const NEVER: &str = "the cluster was never ready, so nothing of this environment runs on it: only the cluster itself is deleted";
const EMPTIED: &str =
    "what ran on the cluster is gone already, as its journal says: only the cluster itself is left";

/// A removal on its way to being approved.
pub struct Destroying<'a> {
    pub workspace: &'a Workspace,
    pub options: &'a arguments::Destroy,
    pub terminal: &'a Terminal,
    pub started: Instant,
}

impl Destroying<'_> {
    /// Everything, of an environment that is not protected.
    pub async fn run(&self, mut desired: Desired) -> Result<Exit, Failure> {
        let Some(place) = desired.place.clone() else {
            return Ok(Exit::Error);
        };
        let leaving = cluster::leaving(&desired, &place).await?;
        if leaving.stored.is_none() {
            return self.nothing(&desired, &place, &leaving).await;
        }
        match self.way(&desired, &leaving).await? {
            Way::To(session) => {
                let live = cluster::read(&session, &desired).await?;
                desired.rules.allowances.extend(claims(&live));
                self.with_components(&desired, &place, &leaving, &session, &live)
                    .await
            }
            Way::None(why) => self.alone(&desired, &place, &leaving, why).await,
        }
    }

    /// Kops knows no such cluster; where an earlier run took it away, that run is brought to its end.
    async fn nothing(
        &self,
        desired: &Desired,
        place: &Place,
        leaving: &Leaving,
    ) -> Result<Exit, Failure> {
        self.terminal.talk(&format!(
            "there is no cluster {} in {}: nothing to delete",
            place.name, place.state
        ));
        if !leaving.looked.leaving {
            return Ok(Exit::Done);
        }
        let itself = leaving.itself(None);
        let removal = self.removal(desired, place, leaving, &itself);
        removal.run().await
    }

    /// The way to what runs on the cluster, or why there is none.
    async fn way(&self, desired: &Desired, leaving: &Leaving) -> Result<Way, Failure> {
        if self.options.skip_components {
            return Ok(Way::None(SKIPPED));
        }
        if leaving.never_ready(desired) {
            return Ok(Way::None(NEVER));
        }
        if leaving.looked.emptied && !leaving.served {
            return Ok(Way::None(EMPTIED));
        }
        let known = leaving.looked.id.as_deref();
        match Session::of(desired, known, None, self.terminal).await {
            Ok(session) => Ok(Way::To(Box::new(session))),
            Err(failure) if is_other(&failure) => Err(failure),
            Err(_) if leaving.looked.emptied => Ok(Way::None(EMPTIED)),
            Err(failure) => Err(unreachable(failure, desired)),
        }
    }

    async fn with_components(
        &self,
        desired: &Desired,
        place: &Place,
        leaving: &Leaving,
        session: &Session,
        live: &Live,
    ) -> Result<Exit, Failure> {
        let index = DesiredIndex::of(&desired.rendering);
        let mut planned = cluster::plan(session, desired, live, &index, false, self.started).await;
        let outside = cluster::outside(&session.cluster).await;
        let Outside { held, kept } =
            outside.map_err(|error| cluster::failed("the cluster cannot be read", &error))?;
        let plan = &mut planned.decision.plan;
        let held = left_over(plan, held);
        let words: Vec<String> = held
            .iter()
            .map(|object| cluster::words(object, &kept))
            .collect();
        let itself = leaving.itself(Some(&words));
        settle(plan, &held);
        plan.heading.notes.push(IN_ORDER.to_owned());
        cluster::include(plan, &itself, &BTreeSet::new());
        let context = session.cluster.connection().context();
        if !self.approve(
            plan,
            &itself,
            &format!("context {context}"),
            planned.requests,
        )? {
            return Ok(Exit::Error);
        }
        let inside = Inside {
            session,
            planned: &planned,
            held: &held,
        };
        let plan = &planned.decision.plan;
        let removal = Removal {
            inside: Some(&inside),
            digest: plan.live.as_ref().map_or("", |live| &live.digest),
            ..self.removal(desired, place, leaving, &itself)
        };
        removal.run().await
    }

    /// Only the cluster itself, whatever runs on it.
    async fn alone(
        &self,
        desired: &Desired,
        place: &Place,
        leaving: &Leaving,
        why: &str,
    ) -> Result<Exit, Failure> {
        let itself = leaving.itself(None);
        let mut heading = desired.heading();
        heading.notes.push(why.to_owned());
        let mut plan = planned(&desired.rendering, None, heading)?;
        plan.live = Some(LivePlan::default());
        cluster::include(&mut plan, &itself, &BTreeSet::new());
        if !self.approve(&plan, &itself, "kops", 0)? {
            return Ok(Exit::Error);
        }
        let removal = Removal {
            digest: plan.live.as_ref().map_or("", |live| &live.digest),
            ..self.removal(desired, place, leaving, &itself)
        };
        removal.run().await
    }

    fn removal<'r>(
        &'r self,
        desired: &'r Desired,
        place: &'r Place,
        leaving: &'r Leaving,
        itself: &'r Itself,
    ) -> Removal<'r> {
        Removal {
            workspace: self.workspace,
            desired,
            place,
            leaving,
            itself,
            inside: None,
            digest: "",
            pace: &self.options.pace,
            terminal: self.terminal,
        }
    }

    /// Shows the plan, refuses it, or has the name typed; false where it is another one.
    fn approve(
        &self,
        plan: &Plan,
        itself: &Itself,
        place: &str,
        requests: u64,
    ) -> Result<bool, Failure> {
        let terminal = self.terminal;
        if self.options.pace.format == ListFormat::Text {
            let cost = cost(requests, self.started.elapsed().as_secs_f64());
            terminal.result(&report::plan::text_with_cost(plan, &cost, terminal.out));
        }
        if plan.is_blocked() {
            let help = "the reasons stand in the plan, under Dangerous";
            return Err(Failure {
                exit: Exit::Blocked,
                ..Failure::new(
                    Diagnostic::error(codes::PLAN_REFUSED, "not all of it may go")
                        .help(help)
                        .into(),
                    NOTHING_DELETED,
                )
            });
        }
        if self.options.yes.is_some() {
            return Ok(true);
        }
        let name = &self.options.environment;
        let question = format!(
            "This deletes all of that ({place}), and the cluster {} with the backups of etcd. Type the name of the environment:",
            itself.plan.name
        );
        let typed = ask::word(&question, name, terminal)?;
        if typed == Answer::No {
            terminal.talk(NOTHING_DELETED);
        }
        Ok(typed == Answer::Yes)
    }
}

/// Whether what runs on the cluster can be looked at.
enum Way {
    To(Box<Session>),
    None(&'static str),
}

/// It leads to another cluster, or nobody knows which: no flag helps over that.
fn is_other(failure: &Failure) -> bool {
    let mut diagnostics = failure.diagnostics.iter();
    diagnostics.any(|diagnostic| diagnostic.code.name == codes::CLUSTER_OTHER.name)
}

fn unreachable(failure: Failure, desired: &Desired) -> Failure {
    let name = &desired.environment;
    let mut diagnostics = failure.diagnostics;
    let message = "what runs on the cluster cannot be looked at, so the cluster is not deleted";
    let help = format!(
        "let its API answer (`kops export kubeconfig` gets credentials for it); or, where that is over, `kops-stack destroy {name} --cluster --skip-components` deletes it as it is: load balancers and volumes that it made may be left in the cloud"
    );
    diagnostics.push(Diagnostic::error(codes::PLAN_REFUSED, message).help(help));
    Failure::new(diagnostics, NOTHING_DELETED)
}

/// Claims of the manifests go too: the volumes would be left in the cloud.
fn claims(live: &Live) -> Vec<Allowance> {
    let members = live.inventory.iter().flat_map(|inventory| inventory.all());
    let claims = members.filter(|(_, member)| member.identity.kind == "PersistentVolumeClaim");
    let allowed = claims.map(|(_, member)| Allowance {
        object: member.identity.to_string(),
        action: AllowedAction::Delete,
        reason: WITH_IT.to_owned(),
    });
    allowed.collect()
}

/// What does not go with a component or with a namespace, of what the cloud holds something for. Volumes
/// follow their claims.
fn left_over(plan: &Plan, outside: Vec<Object>) -> Vec<Object> {
    let deletes = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete);
    let goes: Vec<&Identity> = deletes.map(|step| &step.identity).collect();
    let going = |object: &Object| {
        goes.iter().any(|gone| {
            let namespace = gone.kind == "Namespace" && object.namespace() == Some(&*gone.name);
            namespace || **gone == object.identity()
        })
    };
    let left = outside.into_iter();
    left.filter(|object| object.kind() != "PersistentVolume" && !going(object))
        .collect()
}

/// Says of what stays by itself that it goes with the cluster, and refuses what is protected.
fn settle(plan: &mut Plan, held: &[Object]) {
    for step in &mut plan.steps {
        if step.action == Action::Orphan {
            step.effects = vec![Effect::Note {
                text: WITH_IT.to_owned(),
            }];
        }
    }
    let protected = held
        .iter()
        .filter(|object| object.annotation("kops-stack.io/protect") == Some("true"));
    let refusals = protected.map(|object| {
        format!(
            "{} would be deleted and is protected; take kops-stack.io/protect away first",
            object.identity()
        )
    });
    if let Some(live) = &mut plan.live {
        live.refusals.extend(refusals);
    }
}
