use super::{json, text};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, codes};
use crate::report::Style;

fn problems() -> Diagnostics {
    let knobs = Source::new(
        "environments/prod/kube-prometheus.yaml",
        "prometheus:\n  replicas: 2\n  retension: 30d\n",
    );
    let layer = Source::new("environments/layers/aws/global.yaml", "domain: a\n");
    let unknown = Diagnostic::error(
        codes::KNOB_UNKNOWN,
        "`kube-prometheus` has no knob `prometheus.retension`",
    )
    .label(Span::new(&knobs, 28, 37), "did you mean `retention`?")
    .help("`kops-stack show kube-prometheus` lists the knobs");
    let twice = Diagnostic::warning(codes::KNOB_BOUNDS, "two files say it")
        .at(Span::new(&layer, 0, 6))
        .label(Span::new(&knobs, 14, 22), "and here");
    let file = Diagnostic::error(codes::FILE_MISSING, "there is no `environment.yaml`")
        .file("environments/dev");
    [unknown, twice, file].into_iter().collect()
}

#[test]
fn problems_show_their_places() {
    insta::assert_snapshot!(text(&problems(), Style::Plain), @r"
    error[unknown-knob]: `kube-prometheus` has no knob `prometheus.retension`
     --> environments/prod/kube-prometheus.yaml:3:3
      |
    3 |   retension: 30d
      |   ^^^^^^^^^ did you mean `retention`?
      |
      = help: `kops-stack show kube-prometheus` lists the knobs
    warning[out-of-bounds]: two files say it
     --> environments/layers/aws/global.yaml:1:1
      |
    1 | domain: a
      | ^^^^^^
      |
     ::: environments/prod/kube-prometheus.yaml:2:3
      |
    2 |   replicas: 2
      |   -------- and here
    error[file-missing]: there is no `environment.yaml`
    --> environments/dev
    ");
}

#[test]
fn places_at_the_end_and_in_empty_files_are_shown() {
    let empty = Source::new("empty.yaml", "");
    let end = Source::new("end.yaml", "a:\n");
    let long = Source::new(
        "long.yaml",
        format!("{}é: {}\n", "#\n".repeat(50_000), "x".repeat(500)),
    );
    let at = |source, start, end| {
        Diagnostic::error(codes::YAML_SYNTAX, "stopped here").at(Span::new(source, start, end))
    };
    let problems: Diagnostics = [
        at(&empty, 0, 0),
        at(&end, 3, 9),
        at(&long, 100_001, 100_003),
    ]
    .into_iter()
    .collect();
    let text = text(&problems, Style::Plain);
    assert!(text.contains("long.yaml:50001"), "{text}");
    insta::assert_snapshot!(text.lines().take(9).collect::<Vec<_>>().join("\n"), @r"
    error[yaml-syntax]: stopped here
     --> empty.yaml:1:1
      |
    1 |
      | ^
    error[yaml-syntax]: stopped here
     --> end.yaml:2:1
      |
    2 |
    ");
}

#[test]
fn machines_get_lines_and_columns() {
    let json = json(&problems());
    assert_eq!(json["format"], "kops-stack.diagnostics/1");
    assert_eq!((&json["errors"], &json["warnings"]), (&2.into(), &1.into()));
    let first = &json["diagnostics"][0];
    assert_eq!(first["code"], "unknown-knob");
    assert_eq!(
        first["labels"][0]["start"],
        serde_json::json!({"line": 3, "column": 3})
    );
    assert_eq!(
        first["labels"][0]["end"],
        serde_json::json!({"line": 3, "column": 12})
    );
    assert_eq!(json["diagnostics"][2]["file"], "environments/dev");
}
