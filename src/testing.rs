//! Renderings and plans from YAML, for tests of stages that must not know one another.

use crate::diagnostic::{Diagnostics, Source};
use crate::model::capability::Capability;
use crate::model::graph::Graph;
use crate::model::plan::{Against, Heading, Plan};
use crate::model::rendering::{FileText, RenderedComponent, RenderedObject, Rendering};
use crate::model::resolved::Dependency;
use crate::object::{Identity, Object};
use crate::order::order;
use crate::plan::{State, plan};
use crate::report;
use crate::yaml::{emit, kubernetes_stream};

/// An environment `test`, of components with their YAML.
pub fn rendering(components: &[(&str, &str)]) -> Rendering {
    let component = |(name, yaml): &(&str, &str)| ((*name).to_owned(), rendered(yaml));
    Rendering {
        environment: "test".to_owned(),
        components: components.iter().map(component).collect(),
        ..Rendering::default()
    }
}

/// The objects of a stream of YAML.
pub fn objects(yaml: &str) -> Vec<Object> {
    let source = Source::new("test.yaml", yaml);
    let values = kubernetes_stream(&source).expect("the YAML of a test is valid");
    let objects = values.into_iter().map(|(value, _)| Object::new(value));
    objects
        .map(|object| object.expect("the YAML of a test holds objects"))
        .collect()
}

/// A component with these objects.
pub fn rendered(yaml: &str) -> RenderedComponent {
    let objects = objects(yaml).into_iter().map(|object| RenderedObject {
        path: object.identity().to_string(),
        text: FileText::new(emit(object.value())),
        object: object.into(),
    });
    RenderedComponent {
        objects: objects.collect(),
        ..RenderedComponent::default()
    }
}

/// `component` needs what `on` provides.
pub fn dependency(component: &str, on: &str, capability: &str) -> Dependency {
    Dependency {
        component: component.to_owned(),
        on: on.to_owned(),
        capability: Capability(capability.to_owned()),
    }
}

pub fn identity(text: &str) -> Identity {
    text.parse().expect("the identity of a test is valid")
}

pub fn shown(diagnostics: &Diagnostics) -> String {
    report::diagnostics::text(diagnostics, report::Style::Plain)
}

pub fn graph_of(rendering: &Rendering) -> Graph {
    order(rendering).expect("the objects of a test have an order")
}

pub fn plan_of(desired: &Rendering, current: Option<&Rendering>) -> Plan {
    let current_graph = current.map(graph_of);
    plan_with(
        desired,
        &graph_of(desired),
        current.zip(current_graph.as_ref()),
    )
}

pub fn plan_with(
    desired: &Rendering,
    graph: &Graph,
    current: Option<(&Rendering, &Graph)>,
) -> Plan {
    let state = |(rendering, graph)| State { rendering, graph };
    let heading = heading(current.is_some());
    plan(state((desired, graph)), current.map(state), heading)
}

fn heading(has_current: bool) -> Heading {
    Heading {
        against: match has_current {
            true => Against::Revision("main".to_owned()),
            false => Against::Empty,
        },
        stack_from: has_current.then(|| "reference/2026.8".to_owned()),
        stack_to: "reference/2026.11".to_owned(),
        kubernetes: Some("1.35.4".to_owned()),
        overrides: Vec::new(),
        patches: Vec::new(),
        notes: Vec::new(),
    }
}
