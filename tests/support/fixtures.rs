//! Repositories that several families start from.

use std::path::Path;

use super::{ROOT, Sandbox};

/// The smallest repository: one environment, one component of the built-in catalogue.
pub fn small() -> Sandbox {
    Sandbox::with(&[
        ("kops-stack.yaml", "defaults:\n  stack: reference/2026.11\n"),
        (
            "environments/one/environment.yaml",
            "stack: reference/2026.11\ncrds: stand-in\ncomponents:\n  metrics-server: {}\n",
        ),
        ("environments/one/cluster.yaml", "kubernetes: \"1.36.3\"\n"),
    ])
}

/// The environments of this repository, over the catalogue that the binary carries.
pub fn environments() -> Sandbox {
    let sandbox = Sandbox::with(&[("kops-stack.yaml", "{}\n")]);
    let environments = Path::new(ROOT).join("environments");
    super::sandbox::copy(&environments, &sandbox.path("environments"));
    sandbox
}

/// A module of the repository's own with a workload of every kind, two ConfigMaps of which it
/// watches one itself, and a claim template.
pub fn workloads() -> Sandbox {
    let sandbox = small();
    sandbox
        .write(
            "environments/one/environment.yaml",
            "stack: reference/2026.11\ncomponents:\n  workloads: { version: 1.0.0 }\n",
        )
        .write("modules/workloads/module.yaml", MODULE);
    for (kind, template) in TEMPLATES {
        sandbox.write(
            &format!("modules/workloads/templates/{kind}.yaml"),
            template,
        );
    }
    sandbox
}

const MODULE: &str = r#"
summary: A workload of every kind
namespace: workloads
reloads: [watched]
versions:
  "1.0.0":
    kubernetes: ">=1.30"
    images: { program: "registry.example.com/program:1.0.0" }
knobs:
  text: { type: string, default: a, doc: Text of the ConfigMap that pods read at start }
  watched: { type: string, default: a, doc: Text of the ConfigMap that the program watches }
  nodeSelector: { type: labels, default: {}, doc: Nodes of the Deployment }
"#;

const TEMPLATES: [(&str, &str); 6] = [
    (
        "config",
        r#"
apiVersion: v1
kind: ConfigMap
metadata: {{ meta(name("config")) }}
data: { text: {{ knobs.text }} }
---
apiVersion: v1
kind: ConfigMap
metadata: {{ meta(name("watched")) }}
data: { text: {{ knobs.watched }} }
"#,
    ),
    (
        "deployment",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{ meta(name("deployment")) }}
spec:
  selector: { matchLabels: {{ selector() }} }
  template:
    metadata: { labels: {{ selector() }} }
    spec:
      nodeSelector: {{ knobs.nodeSelector or none }}
      containers:
        - name: program
          image: {{ images.program }}
          envFrom: [{ configMapRef: { name: {{ name("config") }} } }]
      volumes:
        - { name: watched, configMap: { name: {{ name("watched") }} } }
"#,
    ),
    (
        "statefulset",
        r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {{ meta(name("statefulset")) }}
spec:
  selector: { matchLabels: {{ selector(component="state") }} }
  serviceName: {{ name() }}
  template:
    metadata: { labels: {{ selector(component="state") }} }
    spec:
      containers: [{ name: program, image: {{ images.program }} }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
"#,
    ),
    (
        "daemonset",
        r#"
apiVersion: apps/v1
kind: DaemonSet
metadata: {{ meta(name("daemonset")) }}
spec:
  selector: { matchLabels: {{ selector(component="daemon") }} }
  template:
    metadata: { labels: {{ selector(component="daemon") }} }
    spec:
      containers: [{ name: program, image: {{ images.program }} }]
"#,
    ),
    (
        "job",
        r#"
apiVersion: batch/v1
kind: Job
metadata: {{ meta(name("job")) }}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: program, image: {{ images.program }} }]
"#,
    ),
    (
        "cronjob",
        r#"
apiVersion: batch/v1
kind: CronJob
metadata: {{ meta(name("cronjob")) }}
spec:
  schedule: "0 0 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{ name: program, image: {{ images.program }} }]
"#,
    ),
];
