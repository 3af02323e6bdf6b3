//! Pages of the book that are made from the program itself: commands, codes, catalogue, files.
//!
//! No command prints them: the test `docs` compares them with the committed ones, and writes them
//! where it is asked to.

use std::collections::BTreeMap;

use crate::diagnostic::codes;
use crate::load;
use crate::model::cluster::Cluster;
use crate::model::environment::EnvironmentSettings;
use crate::model::globals::Globals;
use crate::model::knob::{Fields, KnobType, Shape, Text};
use crate::model::patch::Patch;
use crate::model::settings::RepositorySettings;
use crate::model::stack::StackVersion;
use crate::model::tree::FileTree;

use super::commands::show;

/// Width of help texts, whatever the terminal of who makes the pages.
const WIDTH: usize = 80;

/// All pages, by the name of their file; `built_in` holds the catalogue. The same input gives the
/// same bytes.
pub fn pages(built_in: &FileTree) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("commands.md", commands()),
        ("codes.md", error_codes()),
        ("catalogue.md", catalogue(built_in)),
        ("files.md", files()),
    ])
}

fn page(title: &str, introduction: &str) -> String {
    format!(
        "<!-- Made from the program; `UPDATE_REFERENCE=1 cargo test --test integration docs` writes it. -->\n\n# {title}\n\n{introduction}\n"
    )
}

fn commands() -> String {
    let mut out = page(
        "Commands",
        "The help of every command, as `kops-stack help COMMAND` prints it.",
    );
    let mut whole = super::command_line().term_width(WIDTH);
    // Building fills in usages, and the options that all commands have.
    whole.build();
    command(&whole, &mut out);
    out
}

fn command(command: &clap::Command, out: &mut String) {
    let title = command.get_bin_name().unwrap_or(command.get_name());
    let help = command.clone().render_long_help().to_string();
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    out.push_str(&format!(
        "\n## {title}\n\n```text\n{}\n```\n",
        help.join("\n")
    ));
    let subcommands = command.get_subcommands();
    for sub in subcommands.filter(|sub| sub.get_name() != "help") {
        self::command(sub, out);
    }
}

fn error_codes() -> String {
    let mut out = page(
        "Codes of messages",
        "The word in brackets after `error` or `warning`. `kops-stack explain-code CODE` prints the same text.",
    );
    let mut all: Vec<_> = codes::ALL.to_vec();
    all.sort_by_key(|code| code.name);
    for code in all {
        out.push_str(&format!("\n## {}\n\n{}\n", code.name, code.explanation));
    }
    out
}

fn catalogue(files: &FileTree) -> String {
    let mut out = page(
        "Catalogue",
        "The modules and stack releases that are built into the program. `kops-stack show MODULE` prints the same. In the name of a knob, `<name>` stands for a name of your choice and `[]` for each item of a list.",
    );
    let (built_in, _) = load::load(&FileTree::default(), files);
    out.push_str("\n## Stack releases\n\n| stack | Kubernetes | modules |\n|---|---|---|\n");
    for stack in built_in.stacks.values().flat_map(BTreeMap::values) {
        let modules: Vec<String> = stack
            .modules
            .iter()
            .map(|(module, version)| format!("{module} {}", self::version(version)))
            .collect();
        out.push_str(&format!(
            "| {} | `{}` | {} |\n",
            stack.title(),
            stack.kubernetes,
            modules.join("<br>")
        ));
    }
    for module in built_in.modules.values() {
        out.push_str(&format!("\n{}", show::markdown(module)));
    }
    out
}

fn files() -> String {
    let mut out = page(
        "Keys of files",
        "What may stand in each file. In the name of a key, `<name>` stands for a name of your choice and `[]` for each item of a list. `kops-stack schema` writes the same as JSON Schemas for editors.",
    );
    let patch = Shape::new().optional("<name>", KnobType::Object(Patch::shape()), "One patch");
    let shapes: [(&str, &str, Fields); 7] = [
        (
            "environment.yaml",
            "What runs in an environment. A layer may have one too, without `layers`, `context` and `cluster`.",
            EnvironmentSettings::shape(),
        ),
        (
            "global.yaml",
            "Knobs that every module honours.",
            Globals::shape(),
        ),
        (
            "cluster.yaml",
            "What modules need to know of the cluster.",
            Cluster::shape(),
        ),
        (
            "patches.yaml",
            "Changes of rendered objects that no knob covers, by name; see [patches](../ways-out.md#patches).",
            patch.fields(),
        ),
        (
            "kops-stack.yaml",
            "Settings of the repository. Its presence makes a folder a repository.",
            RepositorySettings::shape(),
        ),
        (
            "A stack release",
            "`stacks/<stack>/<release>.yaml`.",
            load::stack_shape(),
        ),
        (
            "module.yaml",
            "`modules/<module>/module.yaml`; see [the catalogue format](../catalogue-format.md).",
            load::module_shape(),
        ),
    ];
    for (title, introduction, fields) in shapes {
        out.push_str(&format!("\n## {title}\n\n{introduction}\n"));
        out.push_str(&show::table(&fields));
    }
    out.push_str(&types());
    out
}

/// The types that a knob may have: what they take, and how a value looks.
fn types() -> String {
    let mut out =
        "\n## Types of knobs\n\n| type | settings | a value, or its keys |\n|---|---|---|\n"
            .to_owned();
    for name in KnobType::NAMES {
        let settings = match name {
            "integer" | "number" => "`minimum`, `maximum`",
            "string" => "`pattern`, `minLength`, `maxLength`",
            "enum" => "`values`",
            "list" => "`items`, `minItems`, `maxItems`, `unique`",
            "map" => "`values`",
            "object" => "`fields`",
            _ => "",
        };
        let text = Text::ALL.into_iter().find(|text| text.name() == name);
        let value = match (text, short_for(name)) {
            (Some(text), _) => format!("`{}`", text.example()),
            (None, Some(kind)) => show::type_text(kind),
            (None, None) => String::new(),
        };
        out.push_str(&format!("| `{name}` | {settings} | {value} |\n"));
    }
    out
}

/// What a type is short for, where it is.
fn short_for(name: &str) -> Option<&'static KnobType> {
    let all = [
        KnobType::Secret,
        KnobType::Resources,
        KnobType::Tolerations,
        KnobType::Affinity,
        KnobType::Labels,
    ];
    let kind = all.into_iter().find(|kind| kind.name() == name)?;
    kind.expanded()
}

/// One version, or one for each Kubernetes minor.
fn version(version: &StackVersion) -> String {
    match version {
        StackVersion::One(version) => version.to_string(),
        StackVersion::ByMinor(versions) => {
            let each = versions
                .iter()
                .map(|(minor, version)| format!("{version} on {minor}"));
            each.collect::<Vec<_>>().join(", ")
        }
    }
}
