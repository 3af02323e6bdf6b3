//! Working out the expressions of module.yaml: they see what the module's templates see, and two
//! functions more.

use std::collections::BTreeMap;

use minijinja::Environment;
use minijinja::value::{Value, merge_maps};
use serde::de::DeserializeOwned;

use super::{context, json, templates};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::expression::Expression;
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::yaml;

/// What the expressions of one component are worked out with.
pub struct Expressions {
    environment: Environment<'static>,
    context: Value,
    /// Who is told to have met a problem.
    about: String,
}

impl Expressions {
    /// `shared` are the values that all templates may read.
    pub fn of(
        environment: &ResolvedEnvironment,
        component: &ResolvedComponent,
        shared: &yaml::Value,
    ) -> Self {
        let mut expressions = templates::environment();
        expressions.add_function("collect", collect);
        expressions.add_function("prefixed", prefixed);
        let common = context::Common::of(environment);
        let seen = common.with(component);
        let context = context::of(environment, component, &seen, &json::plain(shared));
        let partition = json::plain(environment.cluster.partition());
        let partition = Value::from(BTreeMap::from([("partition", partition)]));
        Self {
            environment: expressions,
            context: merge_maps([partition, context]),
            about: format!(
                "while working it out for `{}` of environment `{}`",
                component.name, environment.name
            ),
        }
    }

    /// The same with values by name, each of which sees those before it.
    pub fn with(mut self, values: &[(String, Expression)]) -> Result<Self, Box<Diagnostic>> {
        for (name, expression) in values {
            let value = BTreeMap::from([(name.clone(), self.evaluated(expression)?)]);
            self.context = merge_maps([Value::from(value), self.context]);
        }
        Ok(self)
    }

    /// The value of an expression, as a type that it must be of.
    pub fn value<T: DeserializeOwned>(
        &self,
        expression: &Expression,
        wanted: &str,
    ) -> Result<T, Box<Diagnostic>> {
        let value = self.evaluated(expression)?;
        let plain = serde_json::to_value(&value).ok();
        let typed = plain.and_then(|plain| serde_json::from_value(plain).ok());
        typed.ok_or_else(|| {
            let message = format!("`{}` is {value}, not {wanted}", expression.text);
            self.told(
                expression,
                Diagnostic::error(codes::TEMPLATE_FAILED, message),
            )
        })
    }

    fn evaluated(&self, expression: &Expression) -> Result<Value, Box<Diagnostic>> {
        let compiled = self.environment.compile_expression(&expression.text);
        let value = compiled.and_then(|compiled| compiled.eval(&self.context));
        let value = value.map_err(|error| self.told(expression, templates::told(&error)))?;
        if value.is_undefined() {
            let message = format!("`{}` is undefined", expression.text);
            let diagnostic = Diagnostic::error(codes::TEMPLATE_FAILED, message);
            return Err(self.told(expression, diagnostic));
        }
        Ok(value)
    }

    fn told(&self, expression: &Expression, diagnostic: Diagnostic) -> Box<Diagnostic> {
        Box::new(diagnostic.at(expression.span.clone()).help(&self.about))
    }

    /// Whether something holds; what has no condition does.
    pub fn holds(&self, when: Option<&Expression>) -> Result<bool, Box<Diagnostic>> {
        when.map_or(Ok(true), |when| self.value(when, "true or false"))
    }
}

/// Dotted names that an expression looks up, as `knobs.awsRole`; what does not parse reads nothing.
pub fn reads(expression: &Expression) -> Vec<String> {
    let environment = templates::environment();
    let compiled = environment.compile_expression(&expression.text);
    let names = compiled.map(|compiled| compiled.undeclared_variables(true));
    names.map_or(Vec::new(), |names| names.into_iter().collect())
}

/// What stands at a path below a value, `*` for every item or entry; what is null is left out.
fn collect(value: Value, path: String) -> Vec<Value> {
    let mut found = vec![value];
    for part in path.split('.') {
        let inner = found.iter().flat_map(|value| match part {
            "*" => everything(value),
            key => vec![value.get_attr(key).unwrap_or_default()],
        });
        found = inner
            .filter(|value| !value.is_none() && !value.is_undefined())
            .collect();
    }
    found
}

fn everything(value: &Value) -> Vec<Value> {
    let is_map = value.kind() == minijinja::value::ValueKind::Map;
    let keys = value.try_iter().into_iter().flatten();
    keys.map(|key| match is_map {
        true => value.get_item(&key).unwrap_or_default(),
        false => key,
    })
    .collect()
}

/// Each text with another before it.
fn prefixed(prefix: String, texts: Vec<String>) -> Vec<String> {
    let texts = texts.into_iter();
    texts.map(|text| format!("{prefix}{text}")).collect()
}
