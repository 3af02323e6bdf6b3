//! Whose account it is: asked of STS, against a server on loopback.

use kops_stack::provider::account::{Caller, caller};
use kops_stack::provider::ambient::Ambient;
use kops_stack::provider::state::StateError;

use super::world::{LIMIT, block_on};
use crate::support::bucket::{Answer, BucketServer, Harm};

fn ask(server: &BucketServer) -> Result<Option<Caller>, StateError> {
    let ambient = Ambient::new(server.variables("KEY"), None);
    block_on(caller("s3://kops-state", &ambient, LIMIT))
}

#[test]
fn the_caller_is_told_with_account_and_role() {
    let server = BucketServer::start();
    let found = ask(&server).unwrap().expect("S3 has accounts");
    assert_eq!(found.account, "210987654321");
    assert_eq!(
        found.arn,
        "arn:aws:sts::210987654321:assumed-role/apply/KEY"
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "one question, and no bucket is asked");
    assert_eq!(requests[0].method, "POST");
}

#[test]
fn what_is_not_in_aws_has_no_account() {
    let ambient = Ambient::default();
    for address in ["/tmp/store", "file:///tmp/store", "gs://kops-state"] {
        assert_eq!(block_on(caller(address, &ambient, LIMIT)), Ok(None));
    }
}

#[test]
fn what_sts_refuses_is_told_by_its_own_words() {
    let server = BucketServer::start();
    server.expire("KEY");
    let error = ask(&server).unwrap_err();
    assert_eq!(
        error.to_string(),
        "AWS STS refused to say who calls: ExpiredToken: The provided token has expired."
    );
    assert!(matches!(error, StateError::Denied { expired: true, .. }));
    for answer in [
        Answer::error(503, "ServiceUnavailable", "Later."),
        Answer::new(200, "<html/>"),
        Answer::cut(),
    ] {
        server.harm(move |_, _| Some(Harm::Instead(answer.clone())));
        let error = ask(&server).unwrap_err();
        assert!(matches!(error, StateError::Unreachable { .. }), "{error:?}");
    }
}

#[test]
fn keys_that_are_none_are_refused_before_anything_is_asked() {
    let server = BucketServer::start();
    let mut variables = server.variables("KEY");
    variables.retain(|(name, _)| name != "AWS_SESSION_TOKEN");
    variables.push(("AWS_SESSION_TOKEN".to_owned(), "a\nb".to_owned()));
    let ambient = Ambient::new(variables, None);
    let error = block_on(caller("s3://kops-state", &ambient, LIMIT)).unwrap_err();
    assert!(
        error.to_string().contains("the keys in AWS_SESSION_TOKEN"),
        "{error}"
    );
    assert!(server.requests().is_empty());
}
