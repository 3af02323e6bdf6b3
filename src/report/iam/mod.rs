//! The roles of an environment: for people, as JSON, and as Terraform.

mod hcl;
mod terraform;

use serde_json::json;

use super::line::{padded, printable};
use super::style::{Ink, Style};
use super::words::counted;
use crate::model::permission::{AUDIENCE, OidcProvider, Role, Statement};
use crate::yaml::Value;

pub use terraform::terraform;

/// The roles of one environment, and who vouches for its service accounts.
pub struct Iam {
    /// Name of the environment.
    pub environment: String,
    pub provider: Option<OidcProvider>,
    pub roles: Vec<Role>,
}

/// What is needed, for people; a policy is told statement by statement.
pub fn text(iam: &Iam, style: Style) -> String {
    let title = format!("{} · {}", iam.environment, counted(iam.roles.len(), "role"));
    let mut out = style.paint(Ink::Heading, &title);
    out.push('\n');
    match &iam.provider {
        Some(provider) => out.push_str(&format!("  trusted  {}\n", provider.arn())),
        None if iam.roles.is_empty() => {}
        None => out.push_str(&format!(
            "  {}\n",
            style.paint(
                Ink::Changed,
                "the OIDC provider is not known: set `oidcProvider` in cluster.yaml, or give `--oidc-provider ARN`"
            )
        )),
    }
    for role in &iam.roles {
        out.push('\n');
        let title = style.paint(Ink::Heading, &role.component);
        out.push_str(&format!("{title}  {}\n", printable(&role.purpose)));
        out.push_str(&format!("  role     {}\n", printable(&role.name)));
        match (&role.arn, &role.knob) {
            (Some(arn), _) => out.push_str(&format!("           {}\n", printable(arn))),
            (None, Some(knob)) => out.push_str(&format!(
                "           not in use: the knob `{knob}` takes its ARN\n"
            )),
            (None, None) => {}
        }
        out.push_str(&format!(
            "  account  {}/{}\n",
            role.account.namespace, role.account.name
        ));
        let widest = role.statements.iter().map(|statement| statement.name.len());
        let column = widest.max().unwrap_or_default();
        for statement in &role.statements {
            statement_text(statement, column, &mut out);
        }
    }
    out
}

fn statement_text(statement: &Statement, column: usize, out: &mut String) {
    let indent = " ".repeat(column + 4);
    let mut name = padded(&statement.name, column);
    for action in &statement.actions {
        out.push_str(&format!("  {name}  {action}\n"));
        name = " ".repeat(column);
    }
    for resource in &statement.resources {
        out.push_str(&format!("{indent}on {}\n", printable(resource)));
    }
    for (operator, keys) in &statement.conditions {
        for (key, values) in keys {
            let values = values.join(", ");
            let condition = format!("if {operator} {key}: {values}");
            out.push_str(&format!("{indent}{}\n", printable(&condition)));
        }
    }
}

/// One document with whole policies, with the version of its format. Who calls it with roles has a
/// provider: a trust of nobody is null.
pub fn json(iam: &Iam) -> Value {
    let provider = iam.provider.as_ref();
    let roles = iam.roles.iter().map(|role| {
        json!({
            "name": role.name,
            "arn": role.arn,
            "component": role.component,
            "purpose": role.purpose,
            "knob": role.knob,
            "serviceAccounts": [{
                "namespace": role.account.namespace,
                "name": role.account.name,
            }],
            "policy": role.policy(),
            "trust": provider.map(|provider| role.trust(provider)),
        })
    });
    json!({
        "format": "kops-stack.iam/1",
        "environment": iam.environment,
        "oidcProvider": provider.map(OidcProvider::arn),
        "audience": AUDIENCE,
        "roles": roles.collect::<Vec<_>>(),
    })
}
