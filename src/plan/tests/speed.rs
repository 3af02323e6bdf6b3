use std::time::Instant;

use super::restarts::deployment;
use crate::model::rendering::Rendering;
use crate::report::{self, Style};
use crate::testing::{dependency, graph_of, plan_with, rendering};

/// An environment of ten components and 150 objects; every third Deployment has this image.
fn environment(image: usize) -> Rendering {
    let component = |number: usize| -> String {
        let object = |index: usize| {
            let name = format!("o{number}-{index}");
            match index % 5 {
                0 => deployment(
                    &name,
                    "replicas: 2",
                    if index.is_multiple_of(3) { image } else { 1 },
                ),
                1 => format!(
                    "---\napiVersion: v1\nkind: Service\nmetadata: {{ name: {name}, namespace: a }}\nspec: {{ selector: {{ app: web }} }}\n"
                ),
                2 => format!(
                    "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{ name: {name}, namespace: a }}\n"
                ),
                3 => format!(
                    "---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {{ name: {name}, namespace: a }}\n"
                ),
                _ => format!(
                    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, namespace: a }}\ndata: {{ a: \"{}\" }}\n",
                    "text ".repeat(200)
                ),
            }
        };
        (0..15).map(object).collect()
    };
    let yaml: Vec<(String, String)> = (0..10)
        .map(|number| (format!("c{number}"), component(number)))
        .collect();
    let pairs: Vec<_> = yaml
        .iter()
        .map(|(name, yaml)| (name.as_str(), yaml.as_str()))
        .collect();
    let mut rendering = rendering(&pairs);
    let need =
        |number: usize| dependency(&format!("c{}", number + 1), &format!("c{number}"), "thing");
    rendering.dependencies = (0..9).map(need).collect();
    rendering
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
#[ignore = "prints times, which say something in a release build only"]
fn an_environment_is_planned_in_a_few_milliseconds() {
    let (old, new) = (environment(1), environment(2));
    for round in 0..3 {
        let start = Instant::now();
        let (before, after) = (graph_of(&old), graph_of(&new));
        let ordered = start.elapsed() / 2;
        let start = Instant::now();
        let first = plan_with(&new, &after, None);
        let created = start.elapsed();
        let start = Instant::now();
        let second = plan_with(&new, &after, Some((&old, &before)));
        let updated = start.elapsed();
        let start = Instant::now();
        let text = report::plan::text(&first, Style::Plain);
        let told = start.elapsed();
        println!(
            "round {round}: order {ordered:?}, plan of {} creates {created:?}, of {} updates {updated:?}, text of {} bytes {told:?}",
            first.steps.len(),
            second.steps.len(),
            text.len(),
        );
    }
}
