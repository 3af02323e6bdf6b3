//! An upgrade rehearsed in memory: each hop is edited, loaded, resolved, rendered and checked, and no
//! file is written.

mod live;

use crate::check as checking;
use crate::cli::commands::{check, plan, schema};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{NOTHING_WRITTEN, Rendered, Workspace};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::checking::{Checking, Network};
use crate::model::cluster::kops::{NEWEST, OLDEST};
use crate::model::date::Date;
use crate::model::finding::Findings;
use crate::model::resolved::ResolvedEnvironment;
use crate::model::tree::FileTree;
use crate::model::upgrade::{Change, ClusterMove, Hop, Target, UpgradePath};
use crate::model::version::Version;
use crate::resolve::resolve;
use crate::upgrade::{self, Leg, Sides};
use crate::{load, manifests, order};

pub use live::ask;

/// What all hops are judged by.
struct Rehearsal<'a> {
    name: &'a str,
    networks: Vec<Network>,
    today: Date,
    terminal: &'a Terminal,
}

/// The environment at some point of the way.
struct Standing {
    workspace: Workspace,
    rendered: Rendered,
    findings: Findings,
}

/// The whole way of an environment; `files` are those of the repository, `to` is what a person
/// typed, if anything. Refused where what is there is not sound.
pub fn rehearse(
    workspace: Workspace,
    name: &str,
    to: Option<&str>,
    mut files: FileTree,
    terminal: &Terminal,
) -> Result<UpgradePath, Failure> {
    workspace.environments(&[name.to_owned()])?;
    let (resolved, problems) = resolve(&workspace.repository, name);
    let Some(environment) = resolved else {
        return Err(Failure::new(problems.sorted(), NOTHING_WRITTEN));
    };
    let target = target(&environment, to)?;
    let route = upgrade::route(
        &workspace.repository.stacks,
        &environment.stack,
        &environment.kubernetes,
        &target,
    );
    let route = route.map_err(|refusal| blocked(*refusal))?;
    let rehearsal = Rehearsal {
        name,
        networks: check::networks(&workspace),
        today: check::today(),
        terminal,
    };
    let now = rehearsal.now(workspace)?;
    let mut path = UpgradePath {
        environment: name.to_owned(),
        kubernetes: environment.kubernetes.clone(),
        stack: environment.stack.title(),
        target,
        hops: Vec::new(),
        dead_end: route.dead_end,
    };
    let mut standing = Some(now);
    for leg in &route.legs {
        let hop = match standing.take() {
            Some(before) => {
                let (hop, after) = rehearsal.hop(before, leg, &mut files)?;
                standing = after;
                hop
            }
            None => unseen(leg),
        };
        path.hops.push(hop);
    }
    Ok(path)
}

fn target(environment: &ResolvedEnvironment, to: Option<&str>) -> Result<Target, Failure> {
    let Some(to) = to else {
        let next = environment.kubernetes.minor().next();
        return Ok(Target::Kubernetes(next.version()));
    };
    upgrade::parse_target(to, &environment.stack.name).map_err(|refusal| Failure {
        exit: Exit::Usage,
        ..Failure::new((*refusal).into(), "")
    })
}

/// A way that is refused is no mistake of the program's or of a file.
fn blocked(refusal: Diagnostic) -> Failure {
    let exit = match refusal.code == codes::UPGRADE_REFUSED {
        true => Exit::Blocked,
        false => Exit::Error,
    };
    Failure {
        exit,
        ..Failure::new(refusal.into(), NOTHING_WRITTEN)
    }
}

impl Rehearsal<'_> {
    /// What is there; refused where the manifests are not what the knobs say.
    fn now(&self, workspace: Workspace) -> Result<Standing, Failure> {
        let names = [self.name.to_owned()];
        let rendered = workspace.render(&names, self.terminal, |rendered| rendered)?;
        plan::refuse_stale(&workspace, &rendered).map_err(|failure| Failure {
            conclusion: NOTHING_WRITTEN,
            ..failure
        })?;
        let rendered = { rendered }.pop().expect("one environment was rendered");
        Ok(self.standing(workspace, rendered))
    }

    fn standing(&self, workspace: Workspace, rendered: Rendered) -> Standing {
        let kubernetes = rendered.environment.kubernetes.clone();
        let findings = self.findings(&workspace, &rendered, kubernetes);
        Standing {
            workspace,
            rendered,
            findings,
        }
    }

    /// What `check` says of manifests on a version of Kubernetes, their own or another.
    fn findings(
        &self,
        workspace: &Workspace,
        rendered: &Rendered,
        kubernetes: Version,
    ) -> Findings {
        let vendored = &workspace.repository.vendored;
        let folder = manifests::folder(self.name);
        let environment = &rendered.environment;
        let facts = Checking::of(environment, folder, &self.networks, vendored, self.today);
        let facts = Checking {
            kubernetes,
            ..facts
        };
        checking::check(&rendered.rendering, &facts)
    }

    /// Edits the files in memory, and looks at the environment that they give; none where it cannot
    /// be rendered.
    fn hop(
        &self,
        before: Standing,
        leg: &Leg,
        files: &mut FileTree,
    ) -> Result<(Hop, Option<Standing>), Failure> {
        let environment = &before.rendered.environment;
        let pins = upgrade::pins(environment, leg);
        let repository = &before.workspace.repository;
        let modeline = schema::modeline("cluster", 2);
        let edits = upgrade::edits(repository, environment, leg, &pins, &modeline);
        let edits = edits.map_err(|refusal| blocked(*refusal))?;
        for edit in &edits {
            files.insert(edit.path.clone(), edit.text.clone().into_bytes());
        }
        let Change { from, to } = &leg.kubernetes;
        let going = (from.minor() != to.minor()).then(|| checking::gone_with(to.minor()));
        let mut hop = Hop {
            edits,
            cluster: (from != to).then(|| cluster(environment)),
            going: going.unwrap_or_default(),
            objects: objects(&before.rendered),
            unseen: false,
            ..unseen(leg)
        };
        let after = match self.stand(&before, files) {
            Ok(after) => after,
            Err(problems) => {
                (hop.moves, hop.obstacles) = upgrade::moves(environment, None, leg, &pins);
                hop.obstacles.extend(upgrade::of_diagnostics(&problems));
                return Ok((hop, None));
            }
        };
        let reached = &after.rendered.environment;
        (hop.moves, hop.obstacles) = upgrade::moves(environment, Some(reached), leg, &pins);
        hop.stay = reached.components.len() - hop.moves.len();
        // What is rendered now meets the new control plane, unless its component moves first.
        let meeting = self.findings(
            &before.workspace,
            &before.rendered,
            leg.kubernetes.to.clone(),
        );
        let folder = manifests::folder(self.name);
        let (obstacles, solved) =
            upgrade::of_findings(&after.findings, &meeting, &folder, &hop.moves);
        hop.obstacles.extend(obstacles);
        let sides = Sides {
            before: (environment, &before.findings),
            after: (reached, &after.findings),
        };
        hop.notes = solved;
        hop.notes.extend(upgrade::notes(&sides, &hop.moves, &pins));
        Ok((hop, Some(after)))
    }

    /// The environment that these files give.
    fn stand(&self, before: &Standing, files: &FileTree) -> Result<Standing, Diagnostics> {
        let (repository, problems) = load::load(files, &crate::tree::built_in::catalogue());
        if problems.has_errors() {
            return Err(problems.sorted());
        }
        let root = before.workspace.root.clone();
        let workspace = Workspace { root, repository };
        let names = [self.name.to_owned()];
        let rendered = workspace.render_with_warnings(&names, self.terminal, |rendered| rendered);
        let (mut rendered, _) = rendered.map_err(|failure| failure.diagnostics)?;
        let rendered = rendered.pop().expect("one environment was rendered");
        match order::order(&rendered.rendering) {
            Ok(_) => Ok(self.standing(workspace, rendered)),
            Err(circles) => Err(circles),
        }
    }
}

/// A hop of which only the versions are known.
fn unseen(leg: &Leg) -> Hop {
    Hop {
        kubernetes: leg.kubernetes.clone(),
        stack: Change {
            from: leg.stack.from.title(),
            to: leg.stack.to.title(),
        },
        moves: Vec::new(),
        stay: 0,
        cluster: None,
        going: Vec::new(),
        objects: 0,
        obstacles: Vec::new(),
        notes: Vec::new(),
        edits: Vec::new(),
        unseen: true,
    }
}

fn objects(rendered: &Rendered) -> usize {
    let components = rendered.rendering.components.values();
    components.map(|component| component.objects.len()).sum()
}

/// What is known of the machines that the hop replaces.
fn cluster(environment: &ResolvedEnvironment) -> ClusterMove {
    let cluster = &environment.cluster;
    let groups = cluster.node_groups.iter();
    ClusterMove {
        kops: (cluster.provider == "kops").then(|| environment.stack.kops.clone()),
        makes: Change {
            from: OLDEST,
            to: NEWEST,
        },
        etcd: cluster.etcd.version.clone(),
        control_plane: cluster.control_plane.count,
        groups: groups
            .map(|(name, group)| (name.clone(), group.sizes()))
            .collect(),
    }
}
