//! What a component's programs may do in the cloud: declared by modules, worked out for one
//! environment, and said as IAM says it.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::expression::Expression;
use crate::yaml::Value;

/// What the programs behind one service account need; a declaration of module.yaml.
#[derive(Debug)]
pub struct Permission {
    /// What they do with it.
    pub purpose: String,
    /// Name of the service account; the component's own name when not given.
    pub service_account: Option<Text>,
    /// The knob that takes the ARN of the role.
    pub knob: Option<String>,
    /// Values by name, which the expressions below them see.
    pub values: Vec<(String, Expression)>,
    /// Whether they need it at all; always when not given.
    pub when: Option<Expression>,
    pub statements: Vec<StatementDeclaration>,
}

/// One statement before its values are worked out.
#[derive(Debug)]
pub struct StatementDeclaration {
    /// Name of the statement, in letters and digits.
    pub name: String,
    pub when: Option<Expression>,
    pub actions: Vec<String>,
    pub resources: Texts,
    /// Operator, key and values of each condition.
    pub conditions: Vec<(String, Text, Texts)>,
}

/// A text, or an expression that gives one.
#[derive(Debug)]
pub enum Text {
    Fixed(String),
    Computed(Expression),
}

/// Texts one by one, or an expression that gives them all.
#[derive(Debug)]
pub enum Texts {
    Listed(Vec<Text>),
    Computed(Expression),
}

impl Permission {
    /// Every expression of the declaration.
    pub fn expressions(&self) -> Vec<&Expression> {
        let values = self.values.iter().map(|(_, expression)| expression);
        let mut found: Vec<&Expression> = values.chain(&self.when).collect();
        found.extend(self.service_account.as_ref().and_then(Text::expression));
        for statement in &self.statements {
            found.extend(&statement.when);
            found.extend(statement.resources.expressions());
            for (_, key, values) in &statement.conditions {
                found.extend(key.expression());
                found.extend(values.expressions());
            }
        }
        found
    }
}

impl Text {
    fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Fixed(_) => None,
            Self::Computed(expression) => Some(expression),
        }
    }
}

impl Texts {
    fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::Computed(expression) => vec![expression],
            Self::Listed(texts) => texts.iter().filter_map(Text::expression).collect(),
        }
    }
}

/// A role of one component, with everything decided but who vouches for its service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Name of the role in the cloud.
    pub name: String,
    /// The role that a knob names; it is there, or will be, under this ARN.
    pub arn: Option<String>,
    pub component: String,
    /// What its programs do with it.
    pub purpose: String,
    /// The knob that takes the ARN of the role.
    pub knob: Option<String>,
    pub account: ServiceAccount,
    pub statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    pub namespace: String,
    pub name: String,
}

/// What is allowed; nothing is ever denied, since what is not allowed is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub name: String,
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    /// By operator and key.
    pub conditions: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// Version of IAM's language of policies.
const LANGUAGE: &str = "2012-10-17";

/// Longest name of a role that IAM takes.
const LONGEST_NAME: usize = 64;

/// Who tokens of service accounts are made for when they are shown to AWS.
pub const AUDIENCE: &str = "sts.amazonaws.com";

impl ServiceAccount {
    /// The subject of its tokens.
    pub fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }

    /// The name that kops gives the role of a service account, cut where it is too long: what two
    /// long names have in common is told apart by a digest.
    pub fn role_name(&self, cluster: &str) -> String {
        let whole = format!("{}.{}.sa.{cluster}", self.name, self.namespace);
        if whole.len() <= LONGEST_NAME {
            return whole;
        }
        let digest = crate::model::digest::sha256(whole.as_bytes());
        let kept: String = whole.chars().take(LONGEST_NAME - 9).collect();
        format!("{kept}-{}", &digest[..8])
    }
}

impl Role {
    /// The policy of the role.
    pub fn policy(&self) -> Value {
        let statements = self.statements.iter().map(Statement::document);
        json!({"Version": LANGUAGE, "Statement": statements.collect::<Vec<_>>()})
    }

    /// The policy that lets the service account take the role, and nobody else.
    pub fn trust(&self, provider: &OidcProvider) -> Value {
        let host = provider.issuer();
        let tokens = BTreeMap::from([
            (format!("{host}:aud"), AUDIENCE.to_owned()),
            (format!("{host}:sub"), self.account.subject()),
        ]);
        json!({
            "Version": LANGUAGE,
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": provider.arn()},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": tokens},
            }],
        })
    }
}

impl Statement {
    fn document(&self) -> Value {
        let mut statement = json!({
            "Sid": self.name,
            "Effect": "Allow",
            "Action": self.actions,
            "Resource": self.resources,
        });
        if !self.conditions.is_empty() {
            statement["Condition"] = json!(self.conditions);
        }
        statement
    }
}

/// The identity provider of IAM that vouches for the cluster's service accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcProvider(String);

impl OidcProvider {
    /// An ARN as `arn:aws:iam::123456789012:oidc-provider/oidc.example.com/cluster`.
    pub fn parse(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let head = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let [_, partition, _, _] = head;
        let account = parts.next()?;
        let issuer = parts.next()?.strip_prefix("oidc-provider/")?;
        let right = head[0] == "arn"
            && partition.starts_with("aws")
            && head[2] == "iam"
            && head[3].is_empty()
            && account.len() == 12
            && account.chars().all(|c| c.is_ascii_digit())
            && !issuer.is_empty()
            && issuer
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~/:".contains(c));
        right.then(|| Self(arn.to_owned()))
    }

    pub fn arn(&self) -> &str {
        &self.0
    }

    /// The issuer without its scheme, as conditions name it.
    pub fn issuer(&self) -> &str {
        let path = self.0.split_once(":oidc-provider/");
        path.map_or("", |(_, issuer)| issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::{OidcProvider, ServiceAccount};

    #[test]
    fn a_provider_is_known_by_its_arn() {
        let provider = OidcProvider::parse(
            "arn:aws:iam::123456789012:oidc-provider/bucket.example.com/prod.example.com",
        );
        let issuer = provider.as_ref().map(OidcProvider::issuer);
        assert_eq!(issuer, Some("bucket.example.com/prod.example.com"));
        for wrong in [
            "https://oidc.example.com",
            "arn:aws:iam::123456789012:role/x",
            "arn:aws:iam::12:oidc-provider/x",
            "arn:aws:iam::123456789012:oidc-provider/",
            "arn:aws:iam::123456789012:oidc-provider/a\" b",
            "arn:aws:s3::123456789012:oidc-provider/x",
        ] {
            assert_eq!(OidcProvider::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_of_roles_are_those_of_kops_and_never_too_long() {
        let account = |name: &str| ServiceAccount {
            namespace: "kube-system".to_owned(),
            name: name.to_owned(),
        };
        assert_eq!(
            account("cluster-autoscaler").role_name("dev.example.com"),
            "cluster-autoscaler.kube-system.sa.dev.example.com"
        );
        let long = "a-cluster-with-a-name-that-is-long.example.com";
        let (one, other) = (
            account("cluster-autoscaler").role_name(&format!("{long}.one")),
            account("cluster-autoscaler").role_name(&format!("{long}.two")),
        );
        assert_eq!((one.len(), other.len()), (64, 64));
        assert_ne!(one, other);
    }
}
