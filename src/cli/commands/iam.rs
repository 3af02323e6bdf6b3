//! `iam`: the roles that an environment's components need, as data.

use std::path::Path;

use crate::cli::arguments::{self, IamFormat};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Workspace, stop_on_errors};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::permission::OidcProvider;
use crate::model::resolved::ResolvedEnvironment;
use crate::render::roles;
use crate::report;
use crate::report::iam::Iam;

pub fn run(
    directory: &Path,
    options: &arguments::Iam,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let given = options.oidc_provider.as_deref().map(given).transpose()?;
    let names = std::slice::from_ref(&options.environment);
    let workspace = Workspace::load_for(directory, names, terminal)?;
    workspace.environments(names)?;
    let environment = workspace.resolve(&options.environment, terminal)?;
    let (roles, diagnostics) = roles(&environment, &workspace.repository.shared);
    stop_on_errors(diagnostics, terminal)?;
    let declared = environment.cluster.oidc_provider.as_deref();
    let iam = Iam {
        environment: environment.name.clone(),
        provider: given.or_else(|| declared.and_then(OidcProvider::parse)),
        roles,
    };
    terminal.result(&match (options.format, &iam.provider) {
        (IamFormat::Text, _) => report::iam::text(&iam, terminal.out),
        (IamFormat::Terraform, _) => report::iam::terraform(&iam),
        (IamFormat::Json, None) if !iam.roles.is_empty() => {
            return Err(unknown_provider(&environment));
        }
        (IamFormat::Json, _) => report::pretty(&report::iam::json(&iam)),
    });
    Ok(Exit::Done)
}

fn given(arn: &str) -> Result<OidcProvider, Failure> {
    OidcProvider::parse(arn).ok_or_else(|| {
        Failure::usage(
            format!("`--oidc-provider {arn}` is no ARN of an OIDC provider"),
            "write it as `arn:aws:iam::123456789012:oidc-provider/ISSUER`",
        )
    })
}

/// A policy of trust without the one who is trusted would be no JSON for IAM.
fn unknown_provider(environment: &ResolvedEnvironment) -> Failure {
    let message = format!(
        "whom the roles of `{}` trust is not known: it has no OIDC provider",
        environment.name
    );
    let diagnostic = Diagnostic::error(codes::OIDC_PROVIDER_UNKNOWN, message)
        .file(format!("environments/{}/cluster.yaml", environment.name))
        .help("set `oidcProvider` in cluster.yaml, or give `--oidc-provider ARN`");
    Failure::new(diagnostic.into(), "")
}
