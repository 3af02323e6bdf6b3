//! Profiles of AWS: keys in files, and programs that give them.

use std::os::unix::fs::PermissionsExt;

use kops_stack::provider::account::caller;
use kops_stack::provider::ambient::Ambient;
use kops_stack::provider::state::StateError;

use super::world::{LIMIT, block_on};
use crate::support::Sandbox;
use crate::support::bucket::BucketServer;

/// Who calls with these files of AWS and these variables.
fn role(
    server: &BucketServer,
    sandbox: &Sandbox,
    files: [&str; 2],
    variables: &[(&str, &str)],
) -> Result<String, StateError> {
    let aws = sandbox.home().join(".aws");
    fs_err::create_dir_all(&aws).unwrap();
    fs_err::write(aws.join("config"), files[0]).unwrap();
    fs_err::write(aws.join("credentials"), files[1]).unwrap();
    let endpoint = format!("http://{}", server.address);
    let all = [("AWS_ENDPOINT_URL", endpoint.as_str())];
    let all = all.iter().chain(variables);
    let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let ambient = Ambient::new(all, Some(sandbox.home()));
    let found = block_on(caller("s3://kops-state", &ambient, LIMIT))?;
    let arn = found.expect("S3 has accounts").arn;
    Ok(arn.rsplit('/').next().unwrap_or_default().to_owned())
}

const KEYS: &str = "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = x\n[ops]\naws_access_key_id = OPS\naws_secret_access_key = x\n";
const REGION: &str = "[default]\nregion = eu-west-1\n[profile ops]\nregion = eu-west-1\n";

#[test]
fn a_named_profile_comes_before_keys_and_these_before_the_default() {
    let (server, sandbox) = (BucketServer::start(), Sandbox::empty());
    let keys = [
        ("AWS_ACCESS_KEY_ID", "GIVEN"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ];
    let role = |variables: &[(&str, &str)]| role(&server, &sandbox, [REGION, KEYS], variables);
    assert_eq!(role(&[]).unwrap(), "DEFAULT");
    assert_eq!(role(&keys).unwrap(), "GIVEN");
    assert_eq!(role(&[("AWS_PROFILE", "ops")]).unwrap(), "OPS");
    assert_eq!(
        role(&[("AWS_PROFILE", "ops"), keys[0], keys[1]]).unwrap(),
        "OPS"
    );
    let error = role(&[("AWS_PROFILE", "opps")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are no credentials for AWS STS: there is no profile `opps` in the files of AWS"
    );
    assert!(error.help().contains("aws configure list-profiles"));
}

/// A program in a folder of its own, which is the value of PATH.
fn program(sandbox: &Sandbox, name: &str, script: &str) -> String {
    let folder = sandbox.path("programs");
    fs_err::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs_err::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder.display().to_string()
}

const PRINTS: &str = r#"echo "$@" > "$(dirname "$0")/called"
echo '{"Version": 1, "AccessKeyId": "PRINTED", "SecretAccessKey": "x", "SessionToken": "y", "Expiration": "2099-01-01T00:00:00Z"}'"#;

#[test]
fn a_program_of_the_profile_gives_credentials() {
    let (server, sandbox) = (BucketServer::start(), Sandbox::empty());
    let folder = program(&sandbox, "vault", PRINTS);
    let config = format!(
        "[default]\nregion = eu-west-1\ncredential_process = \"{folder}/vault\" exec 'a b'\n"
    );
    let found = role(&server, &sandbox, [&config, ""], &[]);
    assert_eq!(found.unwrap(), "PRINTED");
    let called = fs_err::read_to_string(sandbox.path("programs/called")).unwrap();
    assert_eq!(called, "exec a b\n");

    program(
        &sandbox,
        "vault",
        "echo secret-word; echo log in first >&2; exit 3",
    );
    let error = role(&server, &sandbox, [&config, ""], &[]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("failed (exit status: 3): log in first"),
        "{text}"
    );
    program(&sandbox, "vault", "echo '{\"AccessKeyId\": \"secret-word'");
    let error = role(&server, &sandbox, [&config, ""], &[]).unwrap_err();
    let text = format!("{text} {error} {error:?}");
    assert!(text.contains("printed no credentials"), "{text}");
    assert!(!text.contains("secret-word"), "{text}");
}

#[test]
fn a_profile_that_logs_in_is_left_to_the_program_of_aws() {
    let (server, sandbox) = (BucketServer::start(), Sandbox::empty());
    let config = "[profile dev]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 1\n[sso-session corp]\nsso_region = eu-west-1\n";
    let profile = ("AWS_PROFILE", "dev");
    let error = role(&server, &sandbox, [config, ""], &[profile]).unwrap_err();
    assert!(
        error.to_string().contains("there is no program `aws`"),
        "{error}"
    );
    assert!(
        error.help().contains("--profile dev --format env"),
        "{}",
        error.help()
    );
    let folder = program(&sandbox, "aws", PRINTS);
    // The script itself needs a shell's own programs.
    let path = format!("{folder}:/usr/bin:/bin");
    let found = role(&server, &sandbox, [config, ""], &[profile, ("PATH", &path)]);
    assert_eq!(found.unwrap(), "PRINTED");
    let called = fs_err::read_to_string(sandbox.path("programs/called")).unwrap();
    assert_eq!(
        called,
        "configure export-credentials --format process --profile dev\n"
    );
}
