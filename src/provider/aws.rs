//! AWS: whose credentials are used, and where a bucket lies.
//!
//! The order is that of kops' own library, so that both are the same caller: a profile that is
//! named, keys in the environment, a token file, the default profile, and what the machine has.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsCredential};
use object_store::client::HttpRequestBody;
use object_store::{CredentialProvider, StaticCredentialProvider};
use tokio::sync::Mutex;

use super::ambient::Ambient;
pub(super) use super::profile::CredentialsError;
use super::profile::{Profiles, Source, is_broken, run};
use super::web::Web;

/// Where one begins to ask when nothing says where.
const FIRST_REGION: &str = "us-east-1";

/// Credentials are had anew so long before they expire.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

/// The variables that the library takes from the environment, as it names them.
const KEYS: [(&str, AmazonS3ConfigKey); 8] = [
    ("AWS_ACCESS_KEY_ID", AmazonS3ConfigKey::AccessKeyId),
    ("AWS_SECRET_ACCESS_KEY", AmazonS3ConfigKey::SecretAccessKey),
    ("AWS_SESSION_TOKEN", AmazonS3ConfigKey::Token),
    (
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        AmazonS3ConfigKey::WebIdentityTokenFile,
    ),
    ("AWS_ROLE_ARN", AmazonS3ConfigKey::RoleArn),
    ("AWS_ROLE_SESSION_NAME", AmazonS3ConfigKey::RoleSessionName),
    (
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        AmazonS3ConfigKey::ContainerCredentialsRelativeUri,
    ),
    (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        AmazonS3ConfigKey::ContainerCredentialsFullUri,
    ),
];

/// A bucket with the caller's credentials, still to be built.
pub(super) async fn s3(
    bucket: &str,
    ambient: &Ambient,
    web: &Web,
) -> object_store::Result<AmazonS3Builder> {
    let chosen = Chosen::of(ambient)?;
    let endpoint = ambient.first(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
    let region = match endpoint {
        Some(_) => chosen.region.clone(),
        None => bucket_region(bucket, &chosen.region, web)
            .await
            .unwrap_or_else(|| chosen.region.clone()),
    };
    let mut builder = chosen
        .builder(ambient, web)
        .with_bucket_name(bucket)
        // Many objects at once would need another kind of request, and another digest.
        .with_disable_bulk_delete(true)
        .with_region(&region);
    let own = format!("https://s3.{region}.{}", domain(&region));
    if let Some(endpoint) = endpoint.or((domain(&region) != COM).then_some(own.as_str())) {
        builder = builder.with_endpoint(endpoint).with_allow_http(true);
    }
    Ok(builder)
}

/// Whose credentials are used, before they are had.
pub(super) struct Chosen {
    source: Option<(String, Source)>,
    /// By the environment or the profile; of the bucket only by chance.
    pub region: String,
}

impl Chosen {
    pub fn of(ambient: &Ambient) -> object_store::Result<Self> {
        let profiles = Profiles::read(ambient).map_err(unusable)?;
        let named = ambient.first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
        let profile = named.unwrap_or("default");
        let given = ambient.get("AWS_ACCESS_KEY_ID").is_some()
            || ambient.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some();
        let source = match profiles.source(profile, ambient) {
            // Keys in the environment do not need the profile that nobody named.
            _ if named.is_none() && given => None,
            Err(CredentialsError::NoProfile(_)) if named.is_none() => None,
            source => source.map_err(unusable)?,
        };
        let keys = [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ];
        if let Some(broken) = keys
            .iter()
            .find(|name| ambient.get(name).is_some_and(is_broken))
        {
            return Err(unusable(CredentialsError::Broken((*broken).to_owned())));
        }
        let region = ambient.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
        let region = region.or_else(|| profiles.get(profile, "region"));
        Ok(Self {
            source: source.map(|source| (profile.to_owned(), source)),
            region: region.unwrap_or(FIRST_REGION).to_owned(),
        })
    }

    /// A builder that has the credentials and the way to the web.
    pub fn builder(&self, ambient: &Ambient, web: &Web) -> AmazonS3Builder {
        let mut builder = AmazonS3Builder::new()
            .with_region(&self.region)
            .with_http_connector(web.clone());
        match &self.source {
            Some((_, Source::Keys { id, secret, token })) => {
                builder.with_credentials(Arc::new(StaticCredentialProvider::new(AwsCredential {
                    key_id: id.clone(),
                    secret_key: secret.clone(),
                    token: token.clone(),
                })))
            }
            Some((profile, Source::Program(call))) => builder.with_credentials(Arc::new(Program {
                profile: profile.clone(),
                call: call.clone(),
                last: Mutex::default(),
            })),
            None => {
                for (name, key) in KEYS {
                    if let Some(value) = ambient.get(name) {
                        builder = builder.with_config(key, value);
                    }
                }
                let token = ambient.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
                if let Some(token) = token {
                    let key = AmazonS3ConfigKey::ContainerAuthorizationTokenFile;
                    builder = builder.with_config(key, token);
                }
                if let Some(sts) = ambient.get("AWS_ENDPOINT_URL_STS") {
                    builder = builder.with_config(AmazonS3ConfigKey::StsEndpoint, sts);
                }
                builder
            }
        }
    }
}

fn unusable(error: CredentialsError) -> object_store::Error {
    object_store::Error::Generic {
        store: "AWS",
        source: Box::new(error),
    }
}

/// Credentials that a program gives, kept until shortly before they expire.
struct Program {
    profile: String,
    call: Vec<String>,
    last: Mutex<Option<(Arc<AwsCredential>, Option<Timestamp>)>>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({})", self.profile)
    }
}

#[async_trait]
impl CredentialProvider for Program {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut last = self.last.lock().await;
        if let Some((credential, expiration)) = &*last
            && expiration.is_none_or(|at| Timestamp::now() + EARLY < at)
        {
            return Ok(Arc::clone(credential));
        }
        let (profile, call) = (self.profile.clone(), self.call.clone());
        let printed = tokio::task::spawn_blocking(move || run(&profile, &call))
            .await?
            .map_err(unusable)?;
        let credential = Arc::new(AwsCredential {
            key_id: printed.access_key_id,
            secret_key: printed.secret_access_key,
            token: printed.session_token,
        });
        *last = Some((Arc::clone(&credential), printed.expiration));
        Ok(credential)
    }
}

const COM: &str = "amazonaws.com";

/// The domain of the partition that a region is in.
pub(super) fn domain(region: &str) -> &'static str {
    match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => COM,
    }
}

/// Where a bucket lies: whatever S3 answers to somebody unknown, it says that too.
async fn bucket_region(bucket: &str, near: &str, web: &Web) -> Option<String> {
    let address = format!("https://s3.{near}.{}/{bucket}", domain(near));
    let request = Request::builder().method(Method::HEAD).uri(address);
    let request = request.body(HttpRequestBody::empty()).ok()?;
    let client = web.client();
    let answer = tokio::time::timeout(Duration::from_secs(10), client.execute(request));
    let answer = answer.await.ok()?.ok()?;
    let region = answer.headers().get("x-amz-bucket-region")?.to_str().ok()?;
    Some(region.to_owned())
}
