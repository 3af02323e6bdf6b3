//! Every code that a message can carry, with the text that `kops-stack explain-code` prints.

/// A documented kind of problem. There is one constant for each, and [`ALL`] lists them.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable, lower case with hyphens.
    pub name: &'static str,
    /// What it means, why it is refused, and what to do; markdown.
    pub explanation: &'static str,
}

impl Code {
    pub fn find(name: &str) -> Option<&'static Code> {
        ALL.iter().copied().find(|code| code.name == name)
    }
}

macro_rules! codes {
    ($($constant:ident $name:literal $explanation:literal)*) => {
        $(
            #[doc = $explanation]
            pub const $constant: &Code = &Code { name: $name, explanation: $explanation };
        )*
        /// All codes, by name.
        pub const ALL: &[&Code] = &[$($constant),*];
    };
}

codes! {
    YAML_SYNTAX "yaml-syntax"
    "The file is not YAML. The label shows where the reader stopped; the mistake is there or just before, often a missing quote, colon or indentation."
    YAML_DUPLICATE_KEY "yaml-duplicate-key"
    "A mapping holds the same key twice. Most readers silently keep the last one, so one of the two values would do nothing. Remove one of them."
    YAML_AMBIGUOUS "yaml-ambiguous"
    "A plain scalar that YAML 1.1 and YAML 1.2 read differently, such as `on`, `0644`, `1_000` or `1.30`. Knob files are read strictly: write what you mean, in quotes if it is text."
    YAML_LIMIT "yaml-limit"
    "The file is too large, too deeply nested, or its aliases expand to too many values. The limits protect against files made to exhaust memory."
    YAML_UNSUPPORTED "yaml-unsupported"
    "The file uses a part of YAML that has no meaning here: a custom tag, a complex key, or an infinite number."
    FILE_ENCODING "file-encoding"
    "The file is not UTF-8 text. Save it as UTF-8 without a byte order mark: in most editors that is the setting of the encoding, next to that of line ends."
    FILE_LINK "file-link"
    "A file or a folder is a symbolic link. Links are never followed: one could lead out of the repository, and a checkout elsewhere may lack its target. Put the file itself there; what several environments share belongs in a layer."
    FILE_MISSING "file-missing"
    "A folder lacks the file that says what it is: `environment.yaml` for an environment, `module.yaml` for a module."
    FILE_EXISTS "file-exists"
    "A command would write a file that exists already. What a person wrote is never overwritten."
    FILE_UNKNOWN "file-unknown"
    "Something stands where nothing reads it, most often because of a typo in its name: a file of another name, or a folder or a pipe in place of a file. What does nothing is worse than an error, so it is refused. A README.md may stand anywhere."
    KUBECONFIG "kubeconfig"
    "The way to the cluster is not known: there is no kubeconfig, or it cannot be read, or it lacks the environment's context or what the context names. The context always comes from `context` in environment.yaml, never from the kubeconfig's own `current-context`, which may lead to any cluster. `in-cluster` means the credentials of the pod in which the tool runs."
    CREDENTIALS "credentials"
    "The cluster and the tool do not accept one another: a credential plugin fails, a token or a certificate is unknown or has expired, or the user may not do what is asked."
    CLUSTER_UNREACHABLE "cluster-unreachable"
    "No API server answers at the address to which the environment's context leads. The message says how far the way went: name, proxy, connection, or an answer that no API server gives."
    NAME_INVALID "name-invalid"
    "Names of modules, components, environments and layers become parts of object names, hence they follow the rule for labels of DNS: lower-case letters, digits and `-`, at most 63. Some names are taken, such as `cluster` and `namespaces`."
    CONTEXT_MISSING "context-missing"
    "environment.yaml does not say which cluster the environment is. The context of the kubeconfig is written down per environment, since the current one may lead to any cluster."
    CLUSTER_OTHER "other-cluster"
    "The context leads to another cluster than the one whose id environment.yaml holds, or environment.yaml holds none. The id is the uid of the namespace kube-system, which no two clusters share. `kops-stack pin` writes it; a cluster that was made anew has a new one."
    PLAN_STALE "stale-plan"
    "The saved or reviewed plan is no longer what would be done: the manifests, the cluster or the tool changed since. Look at the plan of now, and have it approved."
    PLAN_FILE "plan-file"
    "The file is not a plan that `kops-stack plan --out` saved, or it was saved by another version of the tool."
    PLAN_REFUSED "plan-refused"
    "Policy stands in the way of the plan: a blocked object, a limit on deletes or replaces, or an unprotected stand-in. Each reason stands in the plan."
    UPGRADE_REFUSED "upgrade-refused"
    "An upgrade goes forward, one minor of Kubernetes at a time, and changes values that stand in a knob file. A way back is refused: what a newer version stored, an older one may not read. So is a value that comes from a fact, or that cannot be changed without touching others."
    APPLY_LOCKED "apply-locked"
    "Somebody else applies to the cluster, or died while doing so. `kops-stack lock status ENV` shows who and since when; a lock that nobody renews is taken over after its duration."
    APPLY_UNWELL "not-well"
    "Kubernetes goes to another minor, and a component that moves before the cluster does not work. A control plane is not replaced under it: mend the component, by its knobs or by what it waits for, and apply again."
    KNOB_UNKNOWN "unknown-knob"
    "The file sets something that does not exist there. Knobs are declared by the module; a value that nothing reads would be lost in silence. The message names the nearest known name."
    KNOB_TYPE "wrong-type"
    "The value is of another type than the knob takes, for example a number where text is wanted. Text that looks like a number or a boolean needs quotes."
    KNOB_BOUNDS "out-of-bounds"
    "The value has the right type but is outside of what the knob allows: below its minimum, above its maximum, not one of its choices, or not in its notation (quantity, duration, CIDR, ...)."
    KNOB_MISSING "missing-value"
    "A knob or a key that has no default was set by no layer and not by the environment."
    KNOB_DECLARATION "knob-declaration"
    "A knob is declared wrongly in module.yaml. A declaration has a `type`, one line of `doc`, and what its type takes: bounds, `values`, `items` or `fields`. Its default must itself be a value of the type."
    SECRET_VALUE "secret-value"
    "A secret value stands in a file. Knobs hold references to Secrets, never values: git keeps history for ever. Write `{ name: NAME, key: KEY }`, and rotate the secret if it was a real one."
    FACT_UNKNOWN "unknown-fact"
    "A knob refers to a fact, `{ fact: NAME }`, that no facts file of the environment holds. Facts are the values of `facts.json` (as `terraform output -json` prints it) or `facts.yaml`."
    FACT_INVALID "invalid-facts"
    "A facts file is no mapping of names to values. It is `facts.json` as `terraform output -json` prints it, or `facts.yaml` with one `name: value` for each fact."
    LAYER_UNKNOWN "unknown-layer"
    "environment.yaml lists a layer that has no folder below `environments/layers/`."
    LAYER_INVALID "invalid-layer"
    "A layer sets what makes one environment what it is: its layers, its context or its cluster. Several environments share a layer, so these belong in environment.yaml of the environment."
    ENVIRONMENT_UNKNOWN "unknown-environment"
    "There is no environment of this name below `environments/`."
    COMPONENT_UNKNOWN "unknown-component"
    "A knob file belongs to no component of the environment. Add the component to environment.yaml, or rename or remove the file."
    COMPONENT_EMPTY "empty-component"
    "A component is written as `name:` with nothing after it, which YAML reads as null. Write `name: {}` to switch it on, or `name: { enabled: false }` to switch off what a layer switches on."
    MODULE_UNKNOWN "unknown-module"
    "The catalogue has no module of this name, neither in the repository's `modules/` nor built into the binary."
    MODULE_INVALID "invalid-module"
    "module.yaml or crds.yaml does not follow the catalogue format. The book describes the format, and `kops-stack schema module` prints its JSON Schema for editors."
    MODULE_LIFECYCLE "module-lifecycle"
    "A component uses a module that is deprecated (it will go) or retired (upstream no longer mends it). The module names its successor where there is one."
    FEATURE_UNKNOWN "unknown-feature"
    "A rule of module.yaml names a feature that the module does not declare."
    STACK_UNKNOWN "unknown-stack"
    "environment.yaml names a stack release that is neither in the repository's `stacks/` nor built into the binary."
    STACK_INVALID "invalid-stack"
    "A stack release gives a module no usable version. It is one exact version, or a mapping of Kubernetes minors to exact versions."
    VERSION_UNKNOWN "unknown-version"
    "A component asks for a version that its module does not have, or the stack has no version for it. Only versions that the module lists have known images and ranges."
    KUBERNETES_RANGE "kubernetes-range"
    "A stack or a version of a module does not run on the environment's version of Kubernetes. The ranges are those that upstream tests; outside of them nothing is known to work."
    CAPABILITY_MISSING "capability-missing"
    "A component needs what no component provides. Add a component that does, or, where something else on the cluster provides it, list the capability under `external` in environment.yaml."
    CAPABILITY_TWICE "capability-twice"
    "Two components provide what a cluster can hold only once: the CRDs of a group, an aggregated API, or something that its module calls exclusive. Keep one."
    CAPABILITY_CONFLICT "capability-conflict"
    "A component cannot stand beside what something else provides, such as an addon that kops installs itself."
    CAPABILITY_RANGE "capability-range"
    "A component needs a capability from a version of its provider that is not in use here."
    CAPABILITY_CYCLE "capability-cycle"
    "Components wait for one another in a circle, so that none could be applied first."
    LOCK_INVALID "invalid-lock"
    "kops-stack.lock cannot be read. It is written by the tool; restore it from git."
    LOCK_DIFFERS "lock-differs"
    "A built-in module of this binary is not the one that kops-stack.lock holds, and it renders other manifests. Nothing that runs changes in silence: look at the rendered diff, then accept it with `kops-stack lock`."
    TEMPLATE_FAILED "template-failed"
    "A template could not be rendered: it reads something that does not exist, calls a function wrongly, or does more work than any template needs, as a loop without end does. The label shows the place in the template; the fault is in the module, unless the message names a knob."
    TEMPLATE_REFUSED "template-refused"
    "The module refuses this combination of knobs; the message says which cannot stand together."
    TEMPLATE_OUTPUT "template-output"
    "What a template made is not valid YAML, or not a Kubernetes object: `apiVersion`, `kind` and `metadata.name` are needed, and labels and annotations are text. The excerpt shows the output, not the template; the fault is in the module."
    TEMPLATE_LINT "template-lint"
    "`{{ }}` stands inside a plain, quoted or block scalar. It may stand only where a whole value or key may: there any value gives valid YAML. Write `{{ \"web-\" ~ name }}` instead of `web-{{ name }}`."
    KNOB_UNREAD "unread-knob"
    "No template of the module reads this knob, so that setting it would do nothing."
    KNOB_UNDECLARED "undeclared-knob"
    "A template reads a knob that module.yaml does not declare."
    FEATURE_UNREAD "unread-feature"
    "No template, rule or CRD of the module asks for this feature, so that it makes no difference between versions. Write `{% if features.NAME %}` where the versions differ, or remove the feature."
    MODULE_FILE_UNREAD "unread-file"
    "No template reads this file of the module's `files/`. A template takes its text with `file(\"PATH\")`, the path being that below `files/`."
    CASE_INVALID "invalid-case"
    "A case of a module's tests cannot be rendered by any version of the module: it names a version that module.yaml does not list, or a version of Kubernetes on which none runs."
    CASE_MISSING "missing-case"
    "A part of a module is shown by no case of its tests: a version, a knob or an image. A case is a file `modules/MODULE/tests/CASE.yaml` that sets `knobs`; the objects that it renders stand beside it in `CASE.golden.yaml`. Cases show a reviewer what a knob does, and keep it from changing by accident."
    CASE_KNOB_IDLE "idle-knob"
    "A case sets a knob, and renders the same objects without it. Either the case sets the knob to its default, or another knob of the case hides it, or the templates read it without using it. Then the case shows nothing of what the knob does."
    GOLDEN_MISSING "missing-golden"
    "A case has no golden, the file of the objects that it renders. `kops-stack test module MODULE --update` writes it: read it before you commit it, since from then on it is what the module has to render."
    GOLDEN_DIFFERS "golden-differs"
    "A case renders other objects than its golden holds. Where the change was not meant, correct the templates; where it was, `kops-stack test module MODULE --update` writes the golden anew, and its difference belongs in the same commit."
    GOLDEN_UNKNOWN "unknown-golden"
    "A golden belongs to no case of the module: the case was renamed or removed. Remove the golden, or give it the name of its case."
    OBJECT_TWICE "duplicate-object"
    "The same object is rendered twice, so that the later one would overwrite the first. Where two components do so, give one of them another `prefix` or `namespace` in environment.yaml; where it is one component, its templates are at fault."
    CRDS_NOT_VENDORED "crds-not-vendored"
    "The environment takes CRDs as upstream publishes them (`crds: vendored`), and they are not in `vendor/`. Use `crds: stand-in` for a first look: open-schema CRDs of our own take their place."
    OIDC_PROVIDER_UNKNOWN "unknown-oidc-provider"
    "A role trusts the service accounts of one cluster through the OIDC provider that IAM has for the cluster's issuer, and nobody has said which that is. Set `oidcProvider` in cluster.yaml to its ARN, which may be a fact of Terraform's, or give `--oidc-provider ARN`. Text and Terraform do without: Terraform then asks for a variable."
    INPUT_UNLISTED "unlisted-input"
    "The module lists no files of others for this version, so that there is nothing to vendor. Another version may have them; stand-ins take their place where the environment says so."
    INPUT_UNAVAILABLE "input-unavailable"
    "A file of others could not be had from where it was asked for. Nothing was written; `--from` takes a mirror or a folder instead."
    INPUT_MISSING "input-missing"
    "Some of a module's outside inputs are in `vendor/` and this one is not. `kops-stack vendor` gets what is missing."
    INPUT_UNLOCKED "input-unlocked"
    "A file in `vendor/` is not in kops-stack.lock, or with other bytes. Only what `kops-stack vendor` has verified and locked is used."
    INPUT_INVALID "invalid-input"
    "A file of others does not hold Kubernetes objects as it should."
    INPUT_DIFFERS "input-differs"
    "The bytes of a file of others are not those that are locked. A tag may have moved, or somebody changed it on the way: find out who before anything uses it."
    MANIFEST_UNKNOWN "unknown-manifest"
    "A file stands in `manifests/` that the tool did not write. The folder belongs wholly to the tool, and nothing is deleted in silence: move the file out of the folder, or remove it."
    MANIFEST_STALE "stale-manifests"
    "The committed manifests are not what the knobs say: something was edited and not rendered, or a manifest was edited by hand. Run `kops-stack render` and commit the result."
    MANIFEST_INVALID "invalid-manifest"
    "A committed manifest or its index cannot be read as what the tool writes."
    PATCH_INVALID "invalid-patch"
    "A patch is not written as one: it says exactly one of `merge` and `json`, and an operation of `json` has the members that RFC 6902 gives it. The book describes patches.yaml, and `kops-stack schema patches` prints its JSON Schema for editors."
    PATCH_UNMATCHED "patch-unmatched"
    "The target of a patch means no object, or several. A patch changes exactly one object, so that nothing is changed by accident and nothing is missed after an upgrade. Correct the target, say its `group`, `namespace` or `component` too, or drop the patch: `NAME: null` drops that of a layer."
    PATCH_IDLE "patch-idle"
    "A patch changes nothing, since the object is already as it says, or a null drops a patch that nobody has. Often a new version or a knob does now what the patch was for: remove it."
    PATCH_FAILED "patch-failed"
    "A patch does not fit the object: a place that it names is not there, a `test` does not hold, or a list is given where a mapping stands. The object has another shape than the patch was written for, perhaps since a new version of its module."
    PATCH_REFUSED "patch-refused"
    "A patch would change what makes the object this one (apiVersion, kind, name, namespace), part pods from what selects them, set what is made after it, or touch a file of others that is kept byte for byte. None of these is a matter for a patch: a prefix or a namespace is set in environment.yaml, another object belongs in `objects/`."
    OBJECT_INVALID "invalid-object"
    "A file in `objects/` does not hold Kubernetes objects that can be planned: each has `apiVersion`, `kind` and `metadata.name`, one that lives in a namespace names it, and labels and annotations are text."
    ORDER_CYCLE "order-cycle"
    "Objects wait for one another in a circle, so that none could be applied first. The message names each edge and its reason."
    API_UNKNOWN "unknown-api"
    "The kind, or this version of it, is neither built into the environment's Kubernetes nor made by a CRD of a component. The API server would answer 404. Add the component that has the CRD, or, where something else on the cluster has it, list `crd:GROUP` under `external` in environment.yaml."
    API_REMOVED "removed-api"
    "The API version is no longer served by the environment's Kubernetes (an error), or not by its next minor (a warning: it must change before the upgrade)."
    API_DEPRECATED "deprecated-api"
    "The API version still works and is announced to go. Move to its replacement while there is time."
    FIELD_DEPRECATED "deprecated-field"
    "The API server warns about this field, label or annotation: it has a successor, or does nothing any more."
    FIELD_UNKNOWN "unknown-field"
    "The kind has no such field. The API server refuses the object (server-side apply accepts no unknown field), or the CRD drops it in silence. The message names the nearest field."
    FIELD_INVALID "invalid-field"
    "A value that the API server refuses: of the wrong type, missing though required, no quantity, against the schema of its CRD (enum, bounds, pattern), or beside another value: a field that the Service's type does not have, a port of the node that is taken or not the container's."
    LIST_KEY "list-key"
    "Two items of a keyed list have the same key, or an item has none: two containers of one name, two variables, two ports. Server-side apply refuses the object."
    METADATA_INVALID "invalid-metadata"
    "A name, label, annotation or namespace that the API server refuses, such as a label value of more than 63 characters or a namespace on an object that stands outside of namespaces."
    NAMESPACE_MISSING "missing-namespace"
    "The object lies in a namespace that no manifest makes and that is not there in every cluster. Namespaces of components come by themselves; another one is listed under `external`, as `Namespace NAME`."
    ACCOUNT_MISSING "missing-service-account"
    "A pod or a binding names a ServiceAccount that nothing renders: the pods would never be made, the rights go to nobody."
    CONFIG_MAP_MISSING "missing-config-map"
    "A pod reads a ConfigMap that nothing renders; it would never start. One made by something else is listed under `external`, as `ConfigMap NAMESPACE/NAME`."
    SECRET_MISSING "missing-secret"
    "The object names a Secret that nothing renders, and that no Certificate, ExternalSecret or program of a module is known to make. Secrets do not belong into git, so this is a warning: list it under `external`, as `Secret NAMESPACE/NAME`, once it is made by other means."
    CLASS_MISSING "missing-class"
    "The object names a class (storage, ingress, gateway, priority, runtime) that nothing renders and that the cluster is not known to have. One made by something else is listed under `external`, as `StorageClass NAME`."
    ISSUER_MISSING "missing-issuer"
    "A certificate is asked of an Issuer or ClusterIssuer that nothing renders: it would never come. One made by something else is listed under `external`, as `ClusterIssuer.cert-manager.io NAME`."
    SERVICE_MISSING "missing-service"
    "A webhook, an aggregated API, a route or a StatefulSet names a Service that nothing renders. A webhook without its Service refuses every write that it is about."
    SCALE_TARGET_MISSING "missing-scale-target"
    "An autoscaler names a workload that nothing renders."
    REFERENCE_MISSING "missing-reference"
    "The object names another one, such as a role, a volume claim or a gateway, that nothing renders. One made by something else is listed under `external`, as `Kind NAMESPACE/NAME`."
    SELECTS_NOTHING "selects-nothing"
    "A selector means no pod, or no Service, that a manifest makes. Most often a label was changed on one side only. A workload that does not select its own pods is refused by the API server."
    PORT_MISSING "missing-port"
    "A port is named by a name or number that its Service or its containers do not have: connections would find nobody."
    MONITOR_UNSELECTED "unselected-monitor"
    "No Prometheus of the environment selects this ServiceMonitor, PodMonitor, Probe or PrometheusRule: its labels, or those of its namespace, do not match. It would be there and do nothing."
    IMAGE_FLOATING "floating-image"
    "The image has no tag, or `latest`, and no digest: what runs would depend on when it was pulled."
    IMAGE_UNLISTED "unlisted-image"
    "The image is neither listed by the module for its version nor set by a knob, so that no mirror and no scanner knows of it."
    SECRET_PLAINTEXT "plaintext-secret"
    "A value that is secret stands in a manifest, readable for everyone who can read the repository. Refer to a Secret that is made by other means: External Secrets, Sealed Secrets, or by hand. A value that was committed counts as known: change it."
    RBAC_WILDCARD "wildcard-rbac"
    "A role grants everything of something by `*`, or a binding grants cluster-admin. Whoever takes over its pods has these rights, also over what is added later. An error where all resources can be written, else a warning."
    POD_PRIVILEGED "privileged-pod"
    "A pod asks for what the Pod Security Standard `baseline` forbids (host namespaces, host paths or ports, privileged containers, further capabilities), and its module does not say `privileged: true`."
    BUDGET_BLOCKS "blocking-budget"
    "A PodDisruptionBudget allows no eviction, whatever the health of its pods: every drain, hence every upgrade of nodes, waits for ever. An error where it is always so, a warning where an autoscaler may add pods."
    CLUSTER_INCOMPLETE "cluster-incomplete"
    "cluster.yaml says `provider: kops` and not all that kops needs to make a cluster. What is said there is rendered to the manifests that kops gets; nothing is left to its own choice, which may be another one tomorrow."
    CLUSTER_INVALID "cluster-invalid"
    "cluster.yaml describes a cluster that kops or the cloud would refuse, at creation or, worse, at a later change: kops itself checks a part of it only when the cluster is updated."
    KOPS "kops"
    "The program kops is not there, is of another version than the stack was tested with, or does not do what it was asked. Its own words stand in the message."
    IMPORT "import"
    "The cluster that kops has stored cannot be said in knobs and patches, so that something of it would change afterwards; nothing was written. What stands in the way is named."
    NETWORK_OVERLAP "overlapping-networks"
    "Two environments have networks with addresses in common: they can never be connected, by peering or VPN, and neither can one network reach both. The networks of machines are compared with each other, and with what `network.pods` and `network.services` of the other say."
    IGNORE_UNUSED "unused-ignore"
    "An entry of `ignore` in environment.yaml matches no finding: what it was for is gone, or its object is misspelt. Remove it, so that it hides nothing later."
    IGNORE_EXPIRED "expired-ignore"
    "The last day of an entry of `ignore` has passed (or `until` is no day), so that it switches nothing off any more. Mend what it hid, or decide anew."
    USAGE "usage"
    "The command was called with arguments that do not fit together. `kops-stack help` shows each command with an example."
    IO "io"
    "Something outside could not be read or written: the disk, or git."
}

/// Codes of the findings of `check`, which an entry of `ignore` can switch off.
const CHECKS: &[&Code] = &[
    API_UNKNOWN,
    API_REMOVED,
    API_DEPRECATED,
    FIELD_DEPRECATED,
    FIELD_UNKNOWN,
    FIELD_INVALID,
    LIST_KEY,
    METADATA_INVALID,
    NAMESPACE_MISSING,
    ACCOUNT_MISSING,
    CONFIG_MAP_MISSING,
    SECRET_MISSING,
    CLASS_MISSING,
    ISSUER_MISSING,
    SERVICE_MISSING,
    SCALE_TARGET_MISSING,
    REFERENCE_MISSING,
    SELECTS_NOTHING,
    PORT_MISSING,
    MONITOR_UNSELECTED,
    OBJECT_TWICE,
    IMAGE_FLOATING,
    IMAGE_UNLISTED,
    SECRET_PLAINTEXT,
    RBAC_WILDCARD,
    POD_PRIVILEGED,
    BUDGET_BLOCKS,
    MODULE_LIFECYCLE,
    NETWORK_OVERLAP,
];

/// The codes that `check` may give and an environment may ignore.
pub fn of_check() -> impl Iterator<Item = &'static Code> {
    CHECKS.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn names_are_sorted_out_and_explained() {
        let mut names: Vec<_> = ALL.iter().map(|code| code.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len(), "two codes share a name");
        for code in ALL {
            assert!(
                code.name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-'),
                "{} is not lower case with hyphens",
                code.name
            );
            assert!(
                code.explanation.len() > 40,
                "{} is not explained",
                code.name
            );
        }
    }
}
