//! How the command ends, and what an environment or a layer accepts.

use super::formats::{ENVIRONMENT, repository};

#[test]
fn errors_end_with_one_and_warnings_only_where_they_are_meant_to() {
    let sandbox = repository();
    sandbox.run("check").exits(1);
    // Without the errors, a warning is left.
    sandbox.write(
        "environments/one/web.yaml",
        "image: registry.example.com/web:1.0.0\n",
    );
    let ran = sandbox.run("check").exits(0);
    assert!(
        ran.stdout
            .ends_with("one · 2 objects · 1 warning, 1 ignored\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr
            .starts_with("manifests are not what the knobs say"),
        "{}",
        ran.stderr
    );
    sandbox.run("check --strict").exits(1);
    sandbox.replace(
        ENVIRONMENT,
        "    reason: made by hand\n",
        "    reason: made by hand\n  - { code: deprecated-field, reason: the nodes are old }\n",
    );
    let ran = sandbox.run("check --strict").exits(0);
    assert!(
        ran.stdout
            .ends_with("one · 2 objects · nothing found, 2 ignored\n"),
        "{}",
        ran.stdout
    );
    sandbox.run("check two").exits(1);
    sandbox.run("check --format xml").exits(64);
}

#[test]
fn a_layer_accepts_for_its_environments_and_is_named_where_none_of_them_needs_it() {
    let sandbox = repository();
    let clean = "components:\n  metrics-server: {}\n";
    sandbox
        .write(
            "environments/two/environment.yaml",
            format!("stack: reference/2026.11\nlayers: [shared]\ncrds: stand-in\n{clean}"),
        )
        .write("environments/two/cluster.yaml", "kubernetes: \"1.36.3\"\n");
    let layer = "environments/layers/shared/environment.yaml";
    sandbox
        .write(
            ENVIRONMENT,
            "stack: reference/2026.11\nlayers: [shared]\ncomponents:\n  web: { version: 1.0.0 }\n",
        )
        .write(
            layer,
            "ignore:\n\
             - { code: missing-service-account, object: \"Deployment */web\", reason: made by hand }\n\
             - { code: missing-secret, reason: made by hand }\n\
             - { code: deprecated-field, reason: the nodes are old, until: \"2999-12-31\" }\n\
             - { code: floating-image, reason: none floats }\n",
        );
    let ran = sandbox.run("check").exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
    warning[unused-ignore]: ignoring `floating-image` matches no finding
     --> environments/layers/shared/environment.yaml:5:3
      |
    5 | - { code: floating-image, reason: none floats }
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: remove the entry, or correct its `code` and `object`

    one · 2 objects · 1 warning, 3 ignored
    two · 9 objects · nothing found
    ");
    // What is not checked may need it.
    let ran = sandbox.run("check one").exits(0);
    assert_eq!(ran.stdout, "one · 2 objects · nothing found, 3 ignored\n");
}

#[test]
fn what_is_wrong_with_an_object_of_ones_own_stands_in_its_own_file() {
    let sandbox = repository();
    sandbox.write(
        "environments/one/objects/web.yaml",
        "# By hand.\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: web, namespace: shop }\n",
    );
    let ran = sandbox.run("check").exits(1);
    let place = "error[missing-namespace]: ConfigMap shop/web lies in the namespace `shop`, which nothing makes\n --> environments/one/objects/web.yaml:";
    assert!(ran.stdout.contains(place), "{}", ran.stdout);
}
