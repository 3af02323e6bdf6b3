//! `cargo bench --bench rendering`: the stages of a render and of a plan, by criterion.
//!
//! `tools/speed.sh` prints the same as one table, with memory and beside other programs.

mod fleet;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fleet::stages;
use kops_stack::model::plan::{Against, Heading};
use kops_stack::plan::{State, plan};
use kops_stack::{manifests, order, yaml};

fn rendering(criterion: &mut Criterion) {
    let files = fleet::tree(100);
    let names = fleet::names(100);
    let mut group = criterion.benchmark_group("100 environments");
    group.sample_size(10);
    group.bench_function("files to files", |bencher| {
        bencher.iter(|| black_box(stages::from_files_to_files(&files, &names)));
    });
    group.bench_function("load", |bencher| {
        bencher.iter(|| black_box(stages::load(&files)))
    });
    group.finish();
}

fn one_environment(criterion: &mut Criterion) {
    let files = fleet::tree(3);
    let repository = stages::load(&files);
    let templates = stages::templates(&repository);
    let environment = stages::resolve(&repository, "prod-2");
    let rendering = stages::render_one(&environment, &templates);
    let texts: Vec<&str> = texts(&rendering).collect();
    let mut group = criterion.benchmark_group("prod");
    group.bench_function("resolve", |bencher| {
        bencher.iter(|| black_box(stages::resolve(&repository, "prod-2")));
    });
    group.bench_function("render", |bencher| {
        bencher.iter(|| black_box(stages::render_one(&environment, &templates)));
    });
    group.bench_function("emit", |bencher| {
        bencher.iter(|| {
            for component in rendering.components.values() {
                for rendered in &component.objects {
                    black_box(yaml::emit(rendered.object.value()));
                }
            }
        });
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                let source = kops_stack::diagnostic::Source::new("m.yaml", *text);
                black_box(yaml::kubernetes_stream(&source).expect("our own text"));
            }
        });
    });
    group.bench_function("index and compare", |bencher| {
        bencher.iter(|| black_box(manifests::tree(&rendering)));
    });
    group.bench_function("plan against empty", |bencher| {
        bencher.iter(|| {
            let graph = order::order(&rendering).expect("no cycle");
            let desired = State {
                rendering: &rendering,
                graph: &graph,
            };
            black_box(plan(desired, None, heading()))
        });
    });
    group.finish();
}

fn texts(rendering: &kops_stack::model::rendering::Rendering) -> impl Iterator<Item = &str> {
    let components = rendering.components.values();
    components.flat_map(|component| component.objects.iter().map(|object| object.text.as_str()))
}

fn heading() -> Heading {
    Heading {
        against: Against::Empty,
        stack_from: None,
        stack_to: "reference/2026.8".to_owned(),
        kubernetes: Some("1.35.4".to_owned()),
        overrides: Vec::new(),
        patches: Vec::new(),
        notes: Vec::new(),
    }
}

criterion_group!(benches, rendering, one_environment);
criterion_main!(benches);
