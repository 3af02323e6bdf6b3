//! All templates of the catalogue, parsed once, with the memory of what they made.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use rayon::prelude::*;

use super::functions::{self, Refused};
use super::json;
use super::lint::lint;
use super::memory::Memory;
use super::parts::{ModuleReads, Reads};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, codes};
use crate::model::module::Module;
use crate::model::repository::Repository;
use crate::model::resolved::ResolvedComponent;
use crate::model::vendored::{Vendored, VendoredInputs};

/// Work that one template may do; one fuel is about an instruction, or 64 bytes of data.
///
/// The largest template of the catalogue takes some ten thousand. A loop that never ends stops
/// here, after about a second.
const FUEL: u64 = 5_000_000;

const FILTERS: &str =
    "a value needs no filter to be quoted or indented: `{{ value }}` is always valid YAML";

/// Parsed templates, by their path.
pub struct Templates<'r> {
    environment: Environment<'r>,
    sources: BTreeMap<&'r str, &'r Arc<Source>>,
    by_module: BTreeMap<&'r str, Vec<&'r str>>,
    reads_of_modules: BTreeMap<&'r str, ModuleReads>,
    memory: Memory,
    shared: Value,
    vendored: &'r Vendored,
}

impl<'r> Templates<'r> {
    /// Parses the templates of `modules`; what does not parse is told, with all the rest.
    pub fn parse(
        repository: &'r Repository,
        modules: impl IntoIterator<Item = &'r Arc<Module>>,
    ) -> (Self, Diagnostics) {
        let mut templates = Self {
            environment: environment(),
            sources: BTreeMap::new(),
            by_module: BTreeMap::new(),
            reads_of_modules: BTreeMap::new(),
            memory: Memory::default(),
            shared: json::plain(&repository.shared),
            vendored: &repository.vendored,
        };
        let mut diagnostics = Diagnostics::default();
        let (mut modules_parsed, mut linted) = (Vec::new(), Vec::new());
        for module in modules {
            let mut names: Vec<&str> = Vec::new();
            for source in &module.templates {
                if !source.path.ends_with(".yaml") {
                    let message =
                        format!("`{}` is no template: templates end in .yaml", source.path);
                    let diagnostic = Diagnostic::error(codes::FILE_UNKNOWN, message);
                    diagnostics.push(
                        diagnostic
                            .file(&source.path)
                            .help("rename it, or move it to files/"),
                    );
                    continue;
                }
                match templates
                    .environment
                    .add_template(&source.path, &source.text)
                {
                    Ok(()) => {
                        names.push(source.path.as_str());
                        templates.sources.insert(&source.path, source);
                    }
                    Err(error) => diagnostics.push(diagnostic(source, &error)),
                }
                linted.push(source);
            }
            templates.by_module.insert(&module.name, names);
            modules_parsed.push(module);
        }
        // Both look through each text once more, which can be done side by side.
        let (reads, found): (Vec<_>, Vec<_>) = rayon::join(
            || {
                let all = modules_parsed.into_par_iter();
                all.map(|module| (module.name.as_str(), templates.reads_of(module)))
                    .collect()
            },
            || linted.into_par_iter().map(lint).collect(),
        );
        templates.reads_of_modules = reads.into_iter().collect();
        found
            .into_iter()
            .for_each(|found| diagnostics.extend(found));
        (templates, diagnostics)
    }

    fn reads_of(&self, module: &Module) -> ModuleReads {
        let names = self.of_module(&module.name).iter();
        ModuleReads::of(names.map(|&name| {
            let reads = Reads::of(&self.sources[name].text, &self.reads(name), &module.knobs);
            (name, reads)
        }))
    }

    pub fn of_module(&self, module: &str) -> &[&'r str] {
        self.by_module.get(module).map_or(&[], Vec::as_slice)
    }

    /// What decides about the output of the module's templates, for [`Memory`].
    pub fn decide(&self, module: &str) -> &ModuleReads {
        &self.reads_of_modules[module]
    }

    /// What these templates have made so far.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What vendor/ holds for the component's version.
    pub fn vendored(&self, component: &ResolvedComponent) -> Option<&'r VendoredInputs> {
        let place = (component.module.name.clone(), component.version.to_string());
        self.vendored.get(&place)
    }

    /// sha256 of each vendored file that the component is made of.
    pub fn vendored_files(&self, component: &ResolvedComponent) -> BTreeMap<String, String> {
        let used = self.vendored(component).filter(|_| component.owns_crds);
        used.map(|inputs| inputs.files.clone()).unwrap_or_default()
    }

    pub fn shared(&self) -> &Value {
        &self.shared
    }

    /// Dotted names that a template looks up outside of itself, such as `knobs.service.type`.
    pub fn reads(&self, name: &str) -> Vec<String> {
        let template = self.environment.get_template(name);
        let mut reads: Vec<String> = template
            .map(|template| template.undeclared_variables(true).into_iter().collect())
            .unwrap_or_default();
        reads.sort();
        reads
    }

    /// The text that a template makes of a context.
    pub fn render(&self, name: &str, context: &Value) -> Result<String, Box<Diagnostic>> {
        let template = self.environment.get_template(name);
        template
            .and_then(|template| template.render(context.clone()))
            .map_err(|error| {
                // A name of this set always has its source.
                let at = error.name().and_then(|name| self.sources.get(name));
                let source = at.or_else(|| self.sources.get(name));
                Box::new(match source {
                    Some(source) => diagnostic(source, &error),
                    None => Diagnostic::error(codes::TEMPLATE_FAILED, error.to_string()),
                })
            })
    }
}

/// What templates and expressions may use.
pub fn environment<'r>() -> Environment<'r> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment.set_formatter(json::write);
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    // What would let text into the output unescaped, or make it differ from run to run.
    for filter in ["safe", "escape", "e", "tojson", "urlencode", "pprint"] {
        environment.remove_filter(filter);
    }
    for function in ["debug", "namespace"] {
        environment.remove_global(function);
    }
    super::functions::add_global(&mut environment);
    environment
}

/// The message of the innermost error, at its place in the template.
fn diagnostic(source: &Arc<Source>, error: &Error) -> Diagnostic {
    let diagnostic = told(error);
    match place(source, error) {
        Some(span) => diagnostic.at(span),
        None => diagnostic.file(&source.path),
    }
}

/// The message of an error, without a place.
pub fn told(error: &Error) -> Diagnostic {
    let refused = std::error::Error::source(error).is_some_and(|inner| inner.is::<Refused>());
    let detail = error.detail().unwrap_or_default();
    let (code, message) = match error.kind() {
        _ if refused => (codes::TEMPLATE_REFUSED, detail.to_owned()),
        ErrorKind::OutOfFuel => (
            codes::TEMPLATE_FAILED,
            "the template does too much work: most likely it does not come to an end".to_owned(),
        ),
        kind if detail.is_empty() => (codes::TEMPLATE_FAILED, kind.to_string()),
        kind @ (ErrorKind::SyntaxError | ErrorKind::BadSerialization) => {
            (codes::TEMPLATE_FAILED, format!("{kind}: {detail}"))
        }
        ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest => {
            let name = detail.trim_end_matches(" is unknown");
            let name = name.rsplit(' ').next().unwrap_or_default();
            (codes::TEMPLATE_FAILED, format!("{} `{name}`", error.kind()))
        }
        _ => (codes::TEMPLATE_FAILED, detail.to_owned()),
    };
    let mut diagnostic = Diagnostic::error(code, message);
    match error.kind() {
        ErrorKind::UnknownFilter => diagnostic = diagnostic.help(FILTERS),
        ErrorKind::UnknownFunction => {
            let given = detail.trim_end_matches(" is unknown");
            diagnostic = diagnostic
                .suggest(given, functions::NAMES)
                .help(format!("functions: {}", functions::NAMES.join(", ")));
        }
        _ => {}
    }
    diagnostic
}

fn place(source: &Arc<Source>, error: &Error) -> Option<Span> {
    if let Some(range) = error.range() {
        return Some(Span::new(source, range.start, range.end));
    }
    let line = error.line()?;
    let start: usize = source
        .text
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    let length = source.text[start..].lines().next().map_or(0, str::len);
    Some(Span::new(source, start, start + length))
}
