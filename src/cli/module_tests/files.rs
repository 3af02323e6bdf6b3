//! Parts of a module that its templates never ask for: features, and files of `files/`.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::module::Module;
use crate::render::Templates;
use crate::yaml::Segment;

pub fn unread(module: &Module, templates: &Templates<'_>) -> Diagnostics {
    let mut diagnostics = features(module, templates);
    diagnostics.extend(files(module));
    diagnostics
}

/// Features that neither a template nor a rule nor a CRD asks for.
fn features(module: &Module, templates: &Templates<'_>) -> Diagnostics {
    let names = templates.of_module(&module.name);
    let reads: BTreeSet<String> = names
        .iter()
        .flat_map(|name| templates.reads(name))
        .collect();
    let rules = [
        &module.provides,
        &module.requires,
        &module.optional,
        &module.conflicts,
    ];
    let of_rules = rules
        .into_iter()
        .flatten()
        .filter_map(|rule| rule.feature.as_deref());
    let of_crds = module.crds.iter().flat_map(|crd| {
        let versions = crd.versions.iter();
        let versions = versions.filter_map(|version| version.feature.as_deref());
        versions.chain(crd.feature.as_deref())
    });
    let asked: BTreeSet<&str> = of_rules.chain(of_crds).collect();
    let unread = module
        .features
        .keys()
        .filter(|name| !asked.contains(name.as_str()))
        .filter(|name| !reads.contains(&format!("features.{name}")) && !reads.contains("features"));
    unread
        .map(|name| {
            let place = ["features", name].map(|key| Segment::Key(key.to_owned()));
            let message = format!("nothing asks for the feature `{name}`");
            let diagnostic = Diagnostic::error(codes::FEATURE_UNREAD, message).help(format!(
                "write `{{% if features.{name} %}}` where versions differ, or remove it"
            ));
            match module.document.key_span_of(&place) {
                Some(span) => diagnostic.at(span),
                None => diagnostic.file(&module.document.source.path),
            }
        })
        .collect()
}

/// Files whose path no template names, nor the folder that they lie in.
fn files(module: &Module) -> Diagnostics {
    let named = |text: &str| {
        let mut templates = module.templates.iter();
        templates.any(|template| template.text.contains(text))
    };
    let is_read = |path: &str| {
        // A template may join the path of a folder and a name that it has from a list.
        let folder = path.rsplit_once('/').map(|(folder, _)| folder);
        named(&format!("\"{path}\""))
            || folder.is_some_and(|folder| named(&format!("\"{folder}/\"")))
    };
    let unread = module.files.iter().filter(|(path, _)| !is_read(path));
    unread
        .map(|(path, source)| {
            let message = format!("no template reads the file `{path}`");
            Diagnostic::error(codes::MODULE_FILE_UNREAD, message)
                .file(&source.path)
                .help(format!("take it with `file(\"{path}\")`, or remove it"))
        })
        .collect()
}
