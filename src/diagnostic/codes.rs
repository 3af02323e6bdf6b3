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
    NAME_INVALID "name-invalid"
    "Names of modules, components, environments and layers become parts of object names, hence they follow the rule for labels of DNS: lower-case letters, digits and `-`, at most 63. Some names are taken, such as `cluster` and `namespaces`."
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
    ORDER_CYCLE "order-cycle"
    "Objects wait for one another in a circle, so that none could be applied first. The message names each edge and its reason."
    USAGE "usage"
    "The command was called with arguments that do not fit together. `kops-stack help` shows each command with an example."
    IO "io"
    "Something outside could not be read or written: the disk, or git."
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
