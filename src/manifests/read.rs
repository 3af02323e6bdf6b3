//! From committed manifests back to objects: of the disk, or of a git revision.

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::capability::Capability;
use crate::model::digest::sha256;
use crate::model::environment::CLUSTER;
use crate::model::rendering::{
    AppliedPatch, FileText, RenderedComponent, RenderedObject, Rendering,
};
use crate::model::resolved::Dependency;
use crate::model::tree::FileTree;
use crate::object::Object;
use crate::yaml;

use super::index::{INDEX, Index, IndexedPatch};

/// The objects below `folder`, as their index files list them. A file that is missing, changed or
/// unreadable is told.
pub fn read(tree: &FileTree, folder: &str, environment: &str) -> (Rendering, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut rendering = Rendering {
        environment: environment.to_owned(),
        ..Rendering::default()
    };
    for name in tree.folders(folder) {
        let path = format!("{folder}/{name}/{INDEX}");
        let Some(bytes) = tree.bytes(&path) else {
            let message = format!("`{folder}/{name}` has no {INDEX}");
            diagnostics.push(Diagnostic::error(codes::MANIFEST_INVALID, message).file(path));
            continue;
        };
        match Index::parse(bytes) {
            Ok(index) => {
                let objects = objects(tree, &format!("{folder}/{name}"), &index, &mut diagnostics);
                rendering.dependencies.extend(dependencies(name, &index));
                let component = RenderedComponent {
                    module: index.module,
                    version: index.version,
                    stack: index.stack,
                    inputs: index.inputs,
                    objects,
                    provides: index.provides,
                    patches: index.patches.into_iter().map(patch).collect(),
                };
                match name {
                    CLUSTER => rendering.cluster = Some(component),
                    _ => {
                        rendering.components.insert(name.to_owned(), component);
                    }
                }
            }
            Err(reason) => {
                let message = format!("`{path}` is not readable: {reason}");
                diagnostics.push(Diagnostic::error(codes::MANIFEST_INVALID, message).file(path));
            }
        }
    }
    (rendering, diagnostics)
}

fn objects(
    tree: &FileTree,
    folder: &str,
    index: &Index,
    diagnostics: &mut Diagnostics,
) -> Vec<RenderedObject> {
    let mut objects = Vec::with_capacity(index.files.len());
    for (file, digest) in &index.files {
        let path = format!("{folder}/{file}");
        match object(tree, &path, file, digest) {
            Ok(object) => objects.push(object),
            Err(reason) => {
                let message = format!("`{path}` {reason}");
                let diagnostic = Diagnostic::error(codes::MANIFEST_INVALID, message)
                    .file(path)
                    .help("manifests are written by `kops-stack render` alone; run it, or restore the file from git");
                diagnostics.push(diagnostic);
            }
        }
    }
    objects
}

fn object(tree: &FileTree, path: &str, file: &str, digest: &str) -> Result<RenderedObject, String> {
    let bytes = tree.bytes(path).ok_or("is in the index and not on disk")?;
    if sha256(bytes) != digest {
        return Err("was changed by hand: it is not what the index says".to_owned());
    }
    let source = yaml::decode(path, bytes.to_vec()).map_err(|problem| problem.message)?;
    let documents = yaml::kubernetes_stream(&source).map_err(|_| "is not YAML".to_owned())?;
    match documents
        .into_iter()
        .map(|(value, _)| value)
        .collect::<Vec<_>>()
        .as_mut_slice()
    {
        [value] => Ok(RenderedObject {
            object: Object::new(value.take())
                .map_err(|error| error.to_string())?
                .into(),
            path: file.to_owned(),
            text: FileText::new(source.text.as_str()),
        }),
        _ => Err("does not hold exactly one object".to_owned()),
    }
}

/// What the index says of a patch; what it changed, only whoever renders knows.
fn patch(indexed: IndexedPatch) -> AppliedPatch {
    AppliedPatch {
        name: indexed.name,
        object: indexed.object,
        reason: indexed.reason,
        changes: Vec::new(),
    }
}

fn dependencies(name: &str, index: &Index) -> Vec<Dependency> {
    let edges = index.after.iter().flat_map(|(on, capabilities)| {
        capabilities.iter().map(|capability| Dependency {
            component: name.to_owned(),
            on: on.clone(),
            capability: Capability(capability.clone()),
        })
    });
    edges.collect()
}
