//! Any graph: every edge holds, forwards on the way up and backwards on the way down, and the walk
//! is as wide as the graph allows.

use std::time::Duration;

use proptest::prelude::*;

use super::fake::{Asked, Fake};
use super::on_paused_time;
use super::refusals::busy;
use super::world::{World, identity};
use crate::model::graph::EdgeKind;

#[derive(Debug, Clone)]
struct Graph {
    /// Milliseconds until each object is healthy.
    slow: Vec<u64>,
    /// Milliseconds that each lingers when it is deleted.
    lingers: Vec<u64>,
    /// From the lower to the higher index; whether the later waits for health.
    edges: Vec<(usize, usize, bool)>,
    parallel: usize,
    busy: Vec<usize>,
    unwatchable: bool,
}

fn graphs() -> impl Strategy<Value = Graph> {
    (2usize..14).prop_flat_map(|nodes| {
        let edge = (0..nodes, 0..nodes, any::<bool>());
        (
            proptest::collection::vec(0u64..9_000, nodes),
            proptest::collection::vec(0u64..9_000, nodes),
            proptest::collection::vec(edge, 0..nodes * 2),
            1usize..5,
            proptest::collection::vec(0..nodes, 0..4),
            any::<bool>(),
        )
            .prop_map(
                |(slow, lingers, edges, parallel, busy, unwatchable)| Graph {
                    slow,
                    lingers,
                    edges: ordered(edges),
                    parallel,
                    busy,
                    unwatchable,
                },
            )
    })
}

fn ordered(edges: Vec<(usize, usize, bool)>) -> Vec<(usize, usize, bool)> {
    let mut edges: Vec<_> = edges
        .into_iter()
        .filter(|(from, to, _)| from != to)
        .map(|(from, to, ready)| (from.min(to), from.max(to), ready))
        .collect();
    edges.sort_unstable();
    edges.dedup_by_key(|(from, to, _)| (*from, *to));
    edges
}

fn name(node: usize) -> String {
    format!("Deployment shop{node}")
}

impl Graph {
    fn world(&self) -> World {
        let names: Vec<String> = (0..self.slow.len()).map(name).collect();
        let wanted: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
        let mut world = World::of(&wanted);
        world.options.parallel = self.parallel;
        self.edges.iter().fold(world, |world, (from, to, ready)| {
            let kind = match ready {
                true => EdgeKind::Ready,
                false => EdgeKind::Applied,
            };
            world.after(&name(*from), &name(*to), kind)
        })
    }

    fn fake(&self) -> Fake {
        let fake = Fake::new();
        for (node, (slow, lingers)) in self.slow.iter().zip(&self.lingers).enumerate() {
            let mut state = fake.state.borrow_mut();
            let (slow, lingers) = (
                Duration::from_millis(*slow),
                Duration::from_millis(*lingers),
            );
            state.slow.insert(identity(&name(node)), Some(slow));
            state.lingering.insert(identity(&name(node)), Some(lingers));
        }
        for node in &self.busy {
            fake.fail("apply", &name(*node), 1, busy());
            fake.fail("delete", &name(*node), 1, busy());
        }
        fake.state.borrow_mut().unwatchable = self.unwatchable;
        fake
    }
}

fn first_and_last(fake: &Fake, verb: &str, node: usize) -> (Asked, Asked) {
    let asked = fake.asked(verb, &name(node));
    let first = asked.first().expect("it was asked").clone();
    (first, asked.last().expect("it was asked").clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_edge_holds_up_and_down(graph in graphs()) {
        on_paused_time(async {
            let fake = graph.fake();
            let world = graph.world();
            let report = world.apply(&fake).await;
            prop_assert!(report.outcome().succeeded(), "{:?}", report.events);
            for (from, to, ready) in &graph.edges {
                let mut open = first_and_last(&fake, "apply", *from).1.ended;
                if *ready {
                    open += Duration::from_millis(graph.slow[*from]);
                }
                let begun = first_and_last(&fake, "apply", *to).0.began;
                prop_assert!(begun >= open, "{to} came before {from}");
            }
            prop_assert!(fake.state.borrow().most_in_flight <= graph.parallel);

            let down = World { wanted: Vec::new(), ..world };
            let report = down.apply(&fake).await;
            prop_assert!(report.outcome().succeeded(), "{:?}", report.events);
            prop_assert!(fake.state.borrow().objects.is_empty());
            for (from, to, _) in &graph.edges {
                let gone = first_and_last(&fake, "delete", *to).1.ended
                    + Duration::from_millis(graph.lingers[*to]);
                let begun = first_and_last(&fake, "delete", *from).0.began;
                prop_assert!(begun >= gone, "{from} went before {to}");
            }
            Ok(())
        })?;
    }

    /// Watched objects are done in the moment in which they get healthy, so that the whole takes as
    /// long as the longest way through the graph and no longer.
    #[test]
    fn a_walk_takes_as_long_as_its_longest_way(mut graph in graphs()) {
        graph.parallel = 16;
        graph.busy.clear();
        graph.unwatchable = false;
        on_paused_time(async {
            let fake = graph.fake();
            let report = graph.world().apply(&fake).await;
            let request = Duration::from_millis(5);
            let mut healthy = vec![Duration::ZERO; graph.slow.len()];
            let mut written = healthy.clone();
            for node in 0..graph.slow.len() {
                let before = graph.edges.iter().filter(|(_, to, _)| *to == node);
                let begun = before.map(|(from, _, ready)| match ready {
                    true => healthy[*from],
                    false => written[*from],
                });
                written[node] = begun.max().unwrap_or_default() + request;
                healthy[node] = written[node] + Duration::from_millis(graph.slow[node]);
            }
            let longest = healthy.into_iter().max().unwrap_or_default();
            // Reading the inventory and writing it twice, and a tick of the clock for each step.
            let least = longest + 3 * request;
            let took = report.outcome().took;
            let slack = Duration::from_millis(2 * u64::try_from(graph.slow.len()).unwrap_or(0));
            prop_assert!(took >= least && took <= least + slack, "{took:?} for {least:?}");
            Ok(())
        })?;
    }
}

#[test]
fn as_many_requests_are_in_flight_as_allowed() {
    on_paused_time(async {
        let graph = Graph {
            slow: vec![0; 100],
            lingers: vec![0; 100],
            edges: Vec::new(),
            parallel: 16,
            busy: Vec::new(),
            unwatchable: false,
        };
        let fake = graph.fake();
        let report = graph.world().apply(&fake).await;
        assert!(report.outcome().succeeded());
        assert_eq!(fake.state.borrow().most_in_flight, 16);
        // 100 requests of 5 ms, and three for the inventory.
        assert!(report.outcome().took <= Duration::from_millis(7 * 5 + 15 + 5));
    });
}
