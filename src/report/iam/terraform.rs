//! Roles as Terraform: policy documents, roles, and their ARNs as outputs.

use std::collections::BTreeMap;

use super::Iam;
use super::hcl::{Block, identifier, quoted};
use crate::model::permission::{AUDIENCE, OidcProvider, Role, Statement};

/// The variable that stands for a provider that is not known.
const PROVIDER: &str = "oidc_provider_arn";

/// A whole file. Where the provider is not known it is a variable without default.
pub fn terraform(iam: &Iam) -> String {
    let mut blocks = Vec::new();
    if iam.provider.is_none() && !iam.roles.is_empty() {
        blocks.push(
            Block::new("variable", &[PROVIDER])
                .text(
                    "description",
                    "ARN of the IAM OIDC provider that vouches for the cluster's service accounts",
                )
                .expression("type", "string"),
        );
        let issuer = format!("split(\":oidc-provider/\", var.{PROVIDER})[1]");
        blocks.push(Block::new("locals", &[]).expression("oidc_issuer", &issuer));
    }
    for (name, role) in named(&iam.roles) {
        blocks.extend(of_role(&name, role, iam.provider.as_ref()));
    }
    let head = format!(
        "# Roles of the environment `{}`, made by `kops-stack iam`.\n",
        iam.environment
    );
    let blocks = blocks.iter().map(|block| format!("\n{}", block.written()));
    head + &blocks.collect::<String>()
}

/// Roles by their names within the file; a component with several names the account too.
fn named(roles: &[Role]) -> Vec<(String, &Role)> {
    let mut of_component: BTreeMap<&str, usize> = BTreeMap::new();
    for role in roles {
        *of_component.entry(&role.component).or_default() += 1;
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let name = |role: &Role| match of_component[role.component.as_str()] {
        1 => identifier(&role.component),
        _ => identifier(&format!("{}_{}", role.component, role.account.name)),
    };
    roles
        .iter()
        .map(|role| {
            let name = name(role);
            let times = taken.entry(name.clone()).or_default();
            *times += 1;
            match *times {
                1 => (name, role),
                times => (format!("{name}__{times}"), role),
            }
        })
        .collect()
}

fn of_role(name: &str, role: &Role, provider: Option<&OidcProvider>) -> Vec<Block> {
    let trust = format!("{name}_trust");
    let mut policy = Block::new("data", &["aws_iam_policy_document", name]);
    for declared in &role.statements {
        policy = policy.block(statement(declared));
    }
    let document = |name: &str| format!("data.aws_iam_policy_document.{name}.json");
    let mut resource = Block::new("resource", &["aws_iam_role", name]).text("name", &role.name);
    if let Some(path) = path(role) {
        resource = resource.text("path", &path);
    }
    vec![
        policy,
        Block::new("data", &["aws_iam_policy_document", &trust]).block(trusted(role, provider)),
        resource
            .text("description", &role.purpose)
            .expression("assume_role_policy", &document(&trust)),
        Block::new("resource", &["aws_iam_role_policy", name])
            .text("name", &role.component)
            .expression("role", &format!("aws_iam_role.{name}.id"))
            .expression("policy", &document(name)),
        Block::new("output", &[&format!("{name}_role_arn")])
            .expression("value", &format!("aws_iam_role.{name}.arn")),
    ]
}

/// The path of a role whose ARN has one, as `/platform/`.
fn path(role: &Role) -> Option<String> {
    let (_, path) = role.arn.as_deref()?.split_once(":role/")?;
    let (folder, _) = path.rsplit_once('/')?;
    Some(format!("/{folder}/"))
}

fn statement(declared: &Statement) -> Block {
    let mut block = Block::new("statement", &[])
        .text("sid", &declared.name)
        .text("effect", "Allow")
        .texts("actions", &declared.actions)
        .texts("resources", &declared.resources);
    for (operator, keys) in &declared.conditions {
        for (key, values) in keys {
            let variable = quoted(key);
            block = block.block(condition(operator, &variable, values));
        }
    }
    block
}

fn condition(operator: &str, variable: &str, values: &[String]) -> Block {
    Block::new("condition", &[])
        .text("test", operator)
        .expression("variable", variable)
        .texts("values", values)
}

fn trusted(role: &Role, provider: Option<&OidcProvider>) -> Block {
    let (identifier, issuer) = match provider {
        Some(provider) => (quoted(provider.arn()), provider.issuer()),
        None => (format!("var.{PROVIDER}"), "${local.oidc_issuer}"),
    };
    let principals = Block::new("principals", &[])
        .text("type", "Federated")
        .list("identifiers", vec![identifier]);
    // The issuer is part of the key, and holds no character that a text would have to escape.
    let key = |claim: &str| format!("\"{issuer}:{claim}\"");
    Block::new("statement", &[])
        .text("effect", "Allow")
        .texts("actions", &["sts:AssumeRoleWithWebIdentity".to_owned()])
        .block(principals)
        .block(condition(
            "StringEquals",
            &key("aud"),
            &[AUDIENCE.to_owned()],
        ))
        .block(condition(
            "StringEquals",
            &key("sub"),
            &[role.account.subject()],
        ))
}
