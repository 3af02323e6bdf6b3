//! Lock and journal in S3 and in GCS, against a server on loopback.

use std::time::Duration;

use jiff::Timestamp;
use kops_stack::provider::ambient::Ambient;
use kops_stack::provider::state::{LockState, Outcome, StateError, StateFolder, StepState, Turn};
use serde_json::Value;

use super::world::{CLUSTER, LIMIT, acquire, block_on, brief, claim, long};
use crate::support::bucket::{Answer, BucketServer, Harm};

async fn s3(server: &BucketServer, key: &str) -> StateFolder {
    let ambient = Ambient::new(server.variables(key), None);
    let folder = StateFolder::open("s3://kops.example.com/teams/a", CLUSTER, &ambient, LIMIT);
    folder.await.expect("nothing is asked yet")
}

async fn gcs(server: &BucketServer) -> StateFolder {
    let host = (
        "STORAGE_EMULATOR_HOST".to_owned(),
        server.address.to_string(),
    );
    let ambient = Ambient::new([host], None);
    let folder = StateFolder::open("gs://kops-state", CLUSTER, &ambient, LIMIT).await;
    folder.expect("nothing is asked yet")
}

/// A life in a bucket: read, taken, refused to another, written, given back.
async fn life(folder: &StateFolder) {
    let state = folder.state(Timestamp::now()).await.unwrap();
    assert_eq!(state.lock, LockState::Free);
    let turn = acquire(folder, "jo", long()).await.unwrap();
    let refused = acquire(folder, "al", long()).await;
    assert!(
        matches!(refused, Err(StateError::Held { .. })),
        "{refused:?}"
    );
    for number in 1..=3 {
        turn.step(number, "roll", StepState::Finished, Value::Null)
            .await
            .unwrap();
    }
    turn.release(Outcome::Failed, "red").await.unwrap();
    let next = acquire(folder, "al", long()).await.unwrap();
    assert!(next.before().is_some_and(|before| before.has_finished(3)));
    next.release(Outcome::Done, "").await.unwrap();
    assert_eq!(folder.history(9).await.unwrap().len(), 2);
}

#[test]
fn s3_holds_a_lock_and_a_journal() {
    let server = BucketServer::start();
    block_on(async {
        life(&s3(&server, "KEY").await).await;
    });
    let wanted = (1..=7)
        .map(|number| format!("kops.example.com/teams/a/kops-stack/{CLUSTER}/{number:08}.json"));
    assert_eq!(server.names(), wanted.collect::<Vec<_>>());
    let requests = server.requests();
    let puts = requests.iter().filter(|seen| seen.method == "PUT");
    for put in puts {
        assert_eq!(put.header("if-none-match"), "*", "{put:?}");
        assert!(
            put.header("authorization")
                .starts_with("AWS4-HMAC-SHA256 Credential=KEY/")
        );
    }
    let agent = concat!("kops-stack/", env!("CARGO_PKG_VERSION"));
    assert!(
        requests
            .iter()
            .all(|seen| seen.header("user-agent") == agent)
    );
}

#[test]
fn gcs_holds_a_lock_and_a_journal() {
    let server = BucketServer::start();
    block_on(async {
        life(&gcs(&server).await).await;
    });
    assert_eq!(server.names().len(), 7);
    let requests = server.requests();
    let mut puts = requests.iter().filter(|seen| seen.method == "PUT");
    assert!(puts.all(|put| put.header("x-goog-if-generation-match") == "0"));
}

#[test]
fn reading_writes_nothing() {
    let server = BucketServer::start();
    block_on(async {
        let folder = s3(&server, "KEY").await;
        drop(acquire(&folder, "jo", long()).await.unwrap());
        let before = server.requests().len();
        folder.state(Timestamp::now()).await.unwrap();
        folder.history(9).await.unwrap();
        let requests = server.requests();
        assert!(requests.len() > before);
        let mut reads = requests[before..].iter();
        assert!(reads.all(|seen| seen.method == "GET"));
    });
}

#[test]
fn of_ten_who_want_it_in_s3_one_gets_it() {
    let server = BucketServer::start();
    block_on(async {
        let folder = s3(&server, "KEY").await;
        let users: Vec<_> = (0..10).map(|number| format!("jo{number}")).collect();
        let tries = users.iter().map(|user| acquire(&folder, user, long()));
        let tries = futures::future::join_all(tries).await;
        let won = tries.iter().filter(|tried| tried.is_ok()).count();
        let held = tries
            .iter()
            .filter(|tried| matches!(tried, Err(StateError::Held { .. })));
        assert_eq!((won, held.count()), (1, 9));
    });
    assert_eq!(server.names().len(), 1);
}

#[test]
fn a_busy_store_is_asked_again() {
    let server = BucketServer::start();
    server.harm(|seen, number| match number % 3 {
        0 => Some(Harm::Instead(Answer::busy())),
        1 if seen.method == "PUT" => Some(Harm::Instead(Answer::error(500, "InternalError", "x"))),
        _ => None,
    });
    block_on(async {
        life(&s3(&server, "KEY").await).await;
    });
    assert_eq!(server.names().len(), 7);
}

#[test]
fn an_answer_that_is_lost_is_no_loss_of_the_lock() {
    let server = BucketServer::start();
    // Every second write happens, and nobody hears of it.
    server.harm(|seen, number| {
        let lost = seen.method == "PUT" && number % 2 == 0;
        lost.then(|| match number % 4 {
            0 => Harm::After(Answer::cut()),
            _ => Harm::After(Answer::error(
                500,
                "InternalError",
                "We encountered an error.",
            )),
        })
    });
    block_on(async {
        life(&s3(&server, "KEY").await).await;
    });
}

#[test]
fn credentials_that_expire_under_way_are_told_and_new_ones_go_on() {
    let server = BucketServer::start();
    block_on(async {
        let folder = s3(&server, "OLD").await;
        let terms = brief(Duration::from_secs(2));
        let turn = acquire(&folder, "jo", terms).await.unwrap();
        turn.step(1, "create", StepState::Finished, Value::Null)
            .await
            .unwrap();
        server.expire("OLD");
        let error = turn
            .step(2, "roll", StepState::Started, Value::Null)
            .await
            .unwrap_err();
        let StateError::Denied { expired: true, .. } = &error else {
            panic!("they have expired: {error}");
        };
        let text = error.to_string();
        assert!(
            text.contains("ExpiredToken: The provided token has expired."),
            "{text}"
        );
        assert!(text.contains(&format!(
            "s3://kops.example.com/teams/a/kops-stack/{CLUSTER}/"
        )));
        assert!(error.help().contains("new credentials"), "{}", error.help());
        // Renewing fails too, and the lock runs out with that as its reason.
        let lost = tokio::time::timeout(Duration::from_secs(10), turn.lost()).await;
        let lost = lost.expect("it runs out").to_string();
        assert!(lost.contains("ExpiredToken"), "{lost}");
        for text in [text, lost, error.help(), format!("{error:?}")] {
            assert!(!text.contains("nobody-sees"), "{text}");
        }

        let folder = s3(&server, "NEW").await;
        let claim = claim("jo", "ci-2");
        let next = Turn::acquire(&folder, &claim, Duration::from_secs(20), terms)
            .await
            .unwrap();
        let before = next.before().expect("something is left");
        assert!(before.is_of(&claim) && before.has_finished(1) && !before.has_finished(2));
    });
}

#[test]
fn what_the_store_refuses_is_told_by_its_own_words() {
    let server = BucketServer::start();
    let folder = block_on(s3(&server, "KEY"));
    let ask = |answer: Answer| {
        server.harm(move |_, _| Some(Harm::Instead(answer.clone())));
        let error = block_on(folder.state(Timestamp::now())).unwrap_err();
        (error.to_string(), error)
    };
    let arn = "User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: s3:ListBucket";
    let (text, error) = ask(Answer::error(403, "AccessDenied", arn));
    assert!(
        matches!(error, StateError::Denied { expired: false, .. }),
        "{error:?}"
    );
    assert!(
        text.contains(&format!("refused to list: AccessDenied: {arn}")),
        "{text}"
    );
    // S3 says this one with 400.
    let (_, error) = ask(Answer::error(400, "ExpiredToken", "It has expired."));
    assert!(
        matches!(error, StateError::Denied { expired: true, .. }),
        "{error:?}"
    );
    let (text, error) = ask(Answer::error(404, "NoSuchBucket", "It does not exist."));
    assert!(matches!(error, StateError::Missing { .. }), "{error:?}");
    assert!(
        text.contains("there is no bucket for s3://kops.example.com"),
        "{text}"
    );
    // What answers to everything is no store: nothing is taken for written that is not there.
    server.harm(|_, _| Some(Harm::Instead(Answer::new(200, "<html/>").with("etag", "x"))));
    let error = block_on(acquire(&folder, "jo", long())).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("it is not there after it was written"),
        "{error}"
    );
}

#[test]
fn a_store_that_does_not_answer_is_given_up_in_time() {
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap()
    };
    let variables = [
        ("AWS_ENDPOINT_URL_S3", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "KEY".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "x".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let ambient = Ambient::new(variables, None);
    block_on(async {
        let limit = Duration::from_secs(2);
        let folder = StateFolder::open("s3://kops", CLUSTER, &ambient, limit)
            .await
            .unwrap();
        let began = std::time::Instant::now();
        let error = folder.state(Timestamp::now()).await.unwrap_err();
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{:?}",
            began.elapsed()
        );
        assert!(matches!(error, StateError::Unreachable { .. }), "{error:?}");
    });
}

#[test]
fn plain_http_is_for_loopback_only() {
    let variables = [
        ("AWS_ENDPOINT_URL_S3", "http://minio.example.com"),
        ("AWS_ACCESS_KEY_ID", "KEY"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ambient = Ambient::new(variables, None);
    block_on(async {
        let folder = StateFolder::open("s3://kops", CLUSTER, &ambient, LIMIT)
            .await
            .unwrap();
        let error = folder
            .state(Timestamp::now())
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("only loopback may be asked without"),
            "{error}"
        );
    });
}
