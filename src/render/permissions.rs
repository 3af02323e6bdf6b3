//! The roles of an environment, from what its modules declare.

use std::collections::BTreeMap;

use super::expressions::Expressions;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::permission::{
    Permission, Role, ServiceAccount, Statement, StatementDeclaration, Text, Texts,
};
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::yaml::Value;

/// What all components may do in the cloud, by component; `shared` are the values that all templates
/// may read.
pub fn roles(environment: &ResolvedEnvironment, shared: &Value) -> (Vec<Role>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut roles = Vec::new();
    for component in &environment.components {
        if component.module.permissions.is_empty() {
            continue;
        }
        for permission in &component.module.permissions {
            let expressions = Expressions::of(environment, component, shared);
            let role = expressions
                .with(&permission.values)
                .and_then(|expressions| {
                    let worked_out = Component {
                        environment,
                        component,
                        expressions,
                    };
                    worked_out.role(permission)
                });
            match role {
                Ok(role) => roles.extend(role),
                Err(problem) => diagnostics.push(*problem),
            }
        }
    }
    (roles, diagnostics)
}

struct Component<'e> {
    environment: &'e ResolvedEnvironment,
    component: &'e ResolvedComponent,
    expressions: Expressions,
}

impl Component<'_> {
    /// None where the component needs nothing.
    fn role(&self, permission: &Permission) -> Result<Option<Role>, Box<Diagnostic>> {
        if !self.expressions.holds(permission.when.as_ref())? {
            return Ok(None);
        }
        let mut statements = Vec::new();
        for declared in &permission.statements {
            if self.expressions.holds(declared.when.as_ref())? {
                statements.push(self.statement(declared)?);
            }
        }
        if statements.is_empty() {
            return Ok(None);
        }
        let account = ServiceAccount {
            namespace: self.component.namespace.clone(),
            name: match &permission.service_account {
                Some(name) => self.text(name)?,
                None => self.component.prefix.clone(),
            },
        };
        let arn = permission.knob.as_deref().and_then(|knob| self.arn(knob));
        let cluster = self.environment.cluster.name.as_deref();
        let cluster = cluster.unwrap_or(&self.environment.name);
        let given = arn.as_deref().and_then(|arn| arn.rsplit('/').next());
        Ok(Some(Role {
            name: given.map_or_else(|| account.role_name(cluster), str::to_owned),
            arn,
            component: self.component.name.clone(),
            purpose: permission.purpose.clone(),
            knob: permission.knob.clone(),
            account,
            statements,
        }))
    }

    fn arn(&self, knob: &str) -> Option<String> {
        let mut keys = knob.split('.');
        let value = keys.try_fold(&self.component.knobs, |value, key| value.get(key));
        value?.as_str().map(str::to_owned)
    }

    fn statement(&self, declared: &StatementDeclaration) -> Result<Statement, Box<Diagnostic>> {
        let mut conditions: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (operator, key, values) in &declared.conditions {
            let keys = conditions.entry(operator.clone()).or_default();
            keys.insert(self.text(key)?, self.texts(values)?);
        }
        Ok(Statement {
            name: declared.name.clone(),
            actions: declared.actions.clone(),
            resources: self.texts(&declared.resources)?,
            conditions,
        })
    }

    fn text(&self, text: &Text) -> Result<String, Box<Diagnostic>> {
        match text {
            Text::Fixed(text) => Ok(text.clone()),
            Text::Computed(expression) => self.expressions.value(expression, "a text"),
        }
    }

    /// IAM refuses an empty list, and a missing one could allow more than anybody meant.
    fn texts(&self, texts: &Texts) -> Result<Vec<String>, Box<Diagnostic>> {
        match texts {
            Texts::Listed(texts) => texts.iter().map(|text| self.text(text)).collect(),
            Texts::Computed(expression) => {
                let values: Vec<String> = self.expressions.value(expression, "a list of texts")?;
                match values.is_empty() {
                    false => Ok(values),
                    true => Err(Box::new(
                        Diagnostic::error(
                            codes::TEMPLATE_FAILED,
                            format!("`{}` is empty", expression.text),
                        )
                        .at(expression.span.clone())
                        .help("give a list with something in it, or say `when` for the statement"),
                    )),
                }
            }
        }
    }
}
