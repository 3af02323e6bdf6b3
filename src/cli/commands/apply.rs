//! `apply`: do what the plan says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use super::approval::{self, Approved, NOTHING_APPLIED, Now};
use super::plan_live::cost;
use crate::cli::apply::{self, Work};
use crate::cli::arguments;
use crate::cli::ask::{self, Answer};
use crate::cli::cluster::{self, Ahead, Desired, Itself, Planned, Purpose, Scope, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::making::{self, Making};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::live::Live;
use crate::model::plan::{Action, Plan};
use crate::model::saved::{Moved, NOT_THERE, SavedPlan};
use crate::object::Identity;
use crate::plan::live::DesiredIndex;
use crate::report;
use crate::report::status::Unwell;

/// Between two looks at what must be well before the cluster is changed.
const LOOK: Duration = Duration::from_secs(2);

pub fn run(
    directory: &Path,
    options: &arguments::Apply,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let approved = approval::approved(options)?;
    let (name, only) = match &approved {
        Approved::File(saved) => (&saved.made.environment, saved.made.only.as_slice()),
        _ => (&options.target, options.scope.only.as_slice()),
    };
    let scope = Scope {
        only,
        ..Scope::from(&options.scope)
    };
    let workspace = Workspace::load_for(directory, std::slice::from_ref(name), terminal)?;
    workspace.environments(std::slice::from_ref(name))?;
    let runtime = cluster::runtime()?;
    let (desired, ahead) = Session::beside(&runtime, &workspace, name, scope, terminal)?;
    let applying = Applying {
        workspace: &workspace,
        desired: &desired,
        approved: &approved,
        options,
        terminal,
        started,
    };
    runtime.block_on(applying.run(ahead))
}

/// One environment, from its plan to its end.
struct Applying<'a> {
    workspace: &'a Workspace,
    desired: &'a Desired,
    approved: &'a Approved,
    options: &'a arguments::Apply,
    terminal: &'a Terminal,
    started: Instant,
}

impl Applying<'_> {
    async fn run(&self, ahead: Ahead) -> Result<Exit, Failure> {
        let itself = cluster::itself(self.desired, Purpose::Change).await?;
        match &itself {
            Some(itself) if itself.plan.comes => self.made(itself).await,
            itself => self.changed(itself.as_ref(), ahead).await,
        }
    }

    /// A cluster that is not there: it is made, and what runs on it is planned again when it is.
    async fn made(&self, itself: &Itself) -> Result<Exit, Failure> {
        let plan = cluster::coming(self.desired, itself)?;
        let now = Now {
            plan: &plan,
            works: &[],
            cluster: NOT_THERE,
        };
        let place = format!("kops, {}", itself.plan.name);
        if !self.approve(now, &place, 0)? {
            return Ok(Exit::Error);
        }
        let session = match self.make(itself, &plan).await? {
            making::End::There(session) => *session,
            making::End::Not(exit) => return Ok(exit),
        };
        let live = cluster::read(&session, self.desired).await?;
        let index = DesiredIndex::of(&self.desired.rendering);
        let started = Instant::now();
        let planned = cluster::plan(&session, self.desired, &live, &index, false, started).await;
        let mut problems = Diagnostics::default();
        let steps = &planned.decision.plan.steps;
        for step in steps.iter().filter(|step| step.action != Action::Create) {
            let message = format!(
                "{}: create was planned, and {} is what would be done now that the cluster is there",
                step.identity,
                step.action.name()
            );
            problems.push(Diagnostic::error(codes::PLAN_STALE, message));
        }
        self.go_on(&session, &planned, problems).await
    }

    /// A cluster that is there. Where it is to be changed: what must move before it, itself, and then
    /// what runs on it.
    async fn changed(&self, itself: Option<&Itself>, ahead: Ahead) -> Result<Exit, Failure> {
        let known = itself.and_then(|itself| itself.id.as_deref());
        let session = Session::of(self.desired, known, ahead, self.terminal).await?;
        let live = cluster::read(&session, self.desired).await?;
        let index = DesiredIndex::of(&self.desired.rendering);
        let mut planned =
            cluster::plan(&session, self.desired, &live, &index, false, self.started).await;
        // What was approved is held against what would be done when the cluster is another one.
        let before = itself
            .filter(|itself| !itself.plan.is_empty())
            .map(|itself| {
                let saving = self.desired.saving(&session.id.id);
                let decision = &planned.decision;
                (
                    itself,
                    SavedPlan::of(&decision.plan, &decision.works, saving),
                )
            });
        let mut first = BTreeSet::new();
        if let Some(itself) = itself {
            first = cluster::first(self.desired, itself, &live);
            cluster::include(&mut planned.decision.plan, itself, &first);
            cluster::nodes::look(&session, &mut planned.decision.plan).await;
        }
        let now = Now {
            plan: &planned.decision.plan,
            works: &planned.decision.works,
            cluster: &session.id.id,
        };
        let context = session.cluster.connection().context();
        let requests = session.cluster.connection().requests();
        if !self.approve(now, &format!("context {context}"), requests)? {
            return Ok(Exit::Error);
        }
        let Some((itself, before)) = before else {
            return self.carry_out(&session, &planned).await;
        };
        let plan = &planned.decision.plan;
        let settled = match self.first(&session, &live, &index, plan, &before).await? {
            First::Done(settled) => settled,
            First::Not(exit) => return Ok(exit),
        };
        self.are_well(&session, &first).await?;
        let session = match self.make(itself, plan).await? {
            making::End::There(session) => *session,
            making::End::Not(exit) => return Ok(exit),
        };
        let live = cluster::read(&session, self.desired).await?;
        let started = Instant::now();
        let planned = cluster::plan(&session, self.desired, &live, &index, false, started).await;
        let decision = &planned.decision;
        let moved = before.moved(&decision.plan, &decision.works);
        let moved = moved.into_iter().filter(|(object, moved)| {
            !(settled.contains(object) && matches!(moved, Moved::Settled { .. }))
        });
        let problems = approval::told(moved);
        self.go_on(&session, &planned, problems).await
    }

    /// Applies the components that move before the cluster itself, and waits until they are well.
    async fn first(
        &self,
        session: &Session,
        live: &Live,
        index: &DesiredIndex<'_>,
        plan: &Plan,
        approved: &SavedPlan,
    ) -> Result<First, Failure> {
        let components = plan.cluster.iter().flat_map(|cluster| &cluster.first);
        let components: BTreeSet<String> = components.cloned().collect();
        if components.is_empty() {
            return Ok(First::Done(BTreeSet::new()));
        }
        if self.options.pace.format == arguments::ListFormat::Text {
            let names: Vec<&str> = components.iter().map(String::as_str).collect();
            let words = format!("Before the cluster itself: {}", names.join(", "));
            self.terminal.result(&words);
        }
        let only = cluster::exactly(&self.desired.rendering, components);
        let started = Instant::now();
        let planned = cluster::plan_part(
            session,
            self.desired,
            live,
            index,
            Some(&only),
            false,
            started,
        );
        let planned = planned.await;
        let decision = &planned.decision;
        // Alone they may not come to what was approved for all.
        let moved = approved.moved(&decision.plan, &decision.works);
        let moved = moved
            .into_iter()
            .filter(|(_, moved)| !matches!(moved, Moved::Settled { .. }));
        let problems = approval::told(moved);
        if !problems.is_empty() {
            return Err(approval::stale_failure(problems));
        }
        let exit = self.carry_out(session, &planned).await?;
        let steps = decision.plan.steps.iter();
        Ok(match exit {
            Exit::Done => First::Done(steps.map(|step| step.identity.clone()).collect()),
            exit => First::Not(exit),
        })
    }

    /// Waits until the components that move first are well, whichever apply wrote them: a new control plane
    /// comes after them.
    async fn are_well(&self, session: &Session, first: &BTreeSet<String>) -> Result<(), Failure> {
        if first.is_empty() {
            return Ok(());
        }
        let name = &self.desired.environment;
        let limit = Duration::from_secs(self.options.pace.timeout);
        let since = Instant::now();
        loop {
            let (_, installed) = cluster::standing(session, name).await?;
            let concerned = installed
                .into_iter()
                .filter(|one| first.contains(&one.component));
            let unwell: Vec<Unwell> = concerned.flat_map(|one| one.unwell).collect();
            if unwell.is_empty() {
                return Ok(());
            }
            if since.elapsed() >= limit {
                return Err(not_well(name, &unwell));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn make(&self, itself: &Itself, plan: &Plan) -> Result<making::End, Failure> {
        let live = plan.live.as_ref();
        let making = Making {
            workspace: self.workspace,
            desired: self.desired,
            itself,
            operation: "apply",
            command: &format!("kops-stack apply {}", self.desired.environment),
            digest: live.map_or("", |live| &live.digest),
            pace: &self.options.pace,
            terminal: self.terminal,
        };
        making.run().await
    }

    /// The cluster is as it should be; what runs on it, if it is still what was approved.
    async fn go_on(
        &self,
        session: &Session,
        planned: &Planned<'_>,
        problems: Diagnostics,
    ) -> Result<Exit, Failure> {
        if !problems.is_empty() {
            self.show(&planned.decision.plan, planned.requests);
            return Err(Failure {
                exit: Exit::Stale,
                ..Failure::new(
                    problems,
                    "the cluster itself is as it should be, and since then nothing on it was changed: look at the plan above, and apply again",
                )
            });
        }
        approval::refuse(self.desired, &planned.decision.plan)?;
        self.carry_out(session, planned).await
    }

    async fn carry_out(&self, session: &Session, planned: &Planned<'_>) -> Result<Exit, Failure> {
        let name = &self.desired.environment;
        let work = Work {
            environment: name,
            command: format!("kops-stack apply {name}"),
            operation: "apply",
            root: &self.workspace.root,
            desired: &self.desired.rendering,
            runbooks: runbooks(self.workspace, self.desired),
            pace: &self.options.pace,
        };
        apply::run(&work, session, planned, self.terminal).await
    }

    /// Shows the plan, refuses it, or asks for a yes; false for a no.
    fn approve(&self, now: Now<'_>, place: &str, requests: u64) -> Result<bool, Failure> {
        let plan = now.plan;
        approval::stale(self.approved, self.desired, now, || {
            self.show(plan, requests);
        })?;
        if self.options.pace.format != arguments::ListFormat::Json {
            self.show(plan, requests);
        }
        approval::refuse(self.desired, plan)?;
        let asks = matches!(self.approved, Approved::Nothing) && !self.options.yes;
        if !asks || plan.is_empty() {
            return Ok(true);
        }
        let question = format!("Apply this to {} ({place})?", self.desired.environment);
        let answer = ask::yes(&question, self.terminal)?;
        if answer == Answer::No {
            self.terminal.talk(NOTHING_APPLIED);
        }
        Ok(answer == Answer::Yes)
    }

    fn show(&self, plan: &Plan, requests: u64) {
        let cost = cost(requests, self.started.elapsed().as_secs_f64());
        let out = self.terminal.out;
        self.terminal
            .result(&report::plan::text_with_cost(plan, &cost, out));
    }
}

/// How the part before the cluster itself ended.
enum First {
    /// With these objects as they should be.
    Done(BTreeSet<Identity>),
    Not(Exit),
}

/// What moves before the cluster does not work, so that the cluster is left alone.
fn not_well(environment: &str, unwell: &[Unwell]) -> Failure {
    let help = format!(
        "`kops-stack status {environment}` looks again; `kops-stack apply {environment}` goes on"
    );
    let problems = unwell.iter().map(|unwell| {
        let message = format!("{} is not well: {}", unwell.object, unwell.health.message);
        Diagnostic::error(codes::APPLY_UNWELL, message).help(&help)
    });
    let conclusion = "the cluster itself was not changed: what moves before it is not well";
    Failure::new(problems.collect(), conclusion)
}

/// What the modules of the components name.
fn runbooks(workspace: &Workspace, desired: &Desired) -> BTreeMap<String, String> {
    let components = desired.rendering.components.iter();
    let runbooks = components.filter_map(|(name, component)| {
        let module = workspace.repository.modules.get(&component.module)?;
        Some((name.clone(), module.runbook.clone()?))
    });
    runbooks.collect()
}
