//! The shape of `cluster.yaml`.

use serde_json::json;

use super::Cluster;
use super::kops::{KOPS_ADDONS, NETWORKS};
use crate::model::knob::{Fields, KnobType, Shape, Text};

impl Cluster {
    /// Shape of `cluster.yaml`.
    pub fn shape() -> Fields {
        Shape::new()
            .default(
                "provider",
                KnobType::of(&["kops", "existing"]),
                json!("existing"),
                "What makes the cluster; `existing` is any that is there already",
            )
            .optional("name", KnobType::Text(Text::Host), "Name of the cluster")
            .optional(
                "account",
                pattern("[0-9]{12}"),
                "Account of the cloud; apply refuses another",
            )
            .optional(
                "roles",
                roles(),
                "Roles of the account, as ARNs; another caller is refused",
            )
            .optional(
                "state",
                pattern("[a-z0-9]+://.+[^/]"),
                "Where kops keeps its state, as `s3://BUCKET`",
            )
            .required(
                "kubernetes",
                KnobType::Text(Text::Version),
                "Version of Kubernetes",
            )
            .optional("region", KnobType::string(), "Region of the cloud")
            .default("zones", texts(), json!([]), "Zones of the region")
            .default(
                "dns",
                KnobType::of(&["none", "public", "private"]),
                json!("none"),
                "Who resolves the name of the API server; `none` takes the load balancer's address",
            )
            .optional(
                "oidcProvider",
                pattern("arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[A-Za-z0-9._~/:-]+"),
                "ARN of the IAM OIDC provider that vouches for the service accounts",
            )
            .optional("network", network(), "Network of the cluster")
            .optional("api", api(), "How the API server is reached")
            .optional("ssh", ssh(), "How machines are reached")
            .optional(
                "image",
                KnobType::string(),
                "Image of all machines; by default that of the release of kops",
            )
            .optional(
                "controlPlane",
                control_plane(),
                "Machines of the control plane",
            )
            .optional("etcd", etcd(), "Members of etcd, one on each control plane")
            .optional(
                "serviceAccounts",
                service_accounts(),
                "How the cloud trusts service accounts",
            )
            .default(
                "nodeGroups",
                KnobType::map(node_group()),
                json!({}),
                "Groups of machines that run pods",
            )
            .optional(
                "rolls",
                rolls(),
                "Whose machines an apply may replace, and how long that may take",
            )
            .default(
                "addons",
                KnobType::list(KnobType::of(&KOPS_ADDONS)),
                json!([]),
                "Addons that kops installs itself",
            )
            .default(
                "tags",
                KnobType::map(KnobType::string()),
                json!({}),
                "Tags of all that the cluster has in the cloud",
            )
            .fields()
    }
}

fn pattern(pattern: &str) -> KnobType {
    KnobType::String {
        pattern: Some(pattern.to_owned()),
        min_length: None,
        max_length: None,
    }
}

fn count(least: i64) -> KnobType {
    KnobType::Integer {
        minimum: Some(least),
        maximum: None,
    }
}

fn texts() -> KnobType {
    KnobType::list(KnobType::string())
}

fn cidrs() -> KnobType {
    KnobType::list(KnobType::Text(Text::Cidr))
}

fn reach() -> KnobType {
    KnobType::of(&["private", "public"])
}

fn network() -> KnobType {
    let subnet = Shape::new()
        .optional("cidr", KnobType::Text(Text::Cidr), "Its network")
        .optional(
            "id",
            pattern("subnet-[0-9a-f]+"),
            "A subnet that is there already",
        )
        .optional(
            "egress",
            KnobType::string(),
            "What leaves it goes this way: a NAT gateway or instance by id, or `External`",
        )
        .object();
    Shape::new()
        .optional(
            "cidr",
            KnobType::Text(Text::Cidr),
            "Network of the cluster, from which subnets are derived",
        )
        .default(
            "additional",
            cidrs(),
            json!([]),
            "Networks beside it, for subnets that are pinned",
        )
        .optional("vpc", pattern("vpc-[0-9a-f]+"), "A VPC that is there already")
        .optional("cni", KnobType::of(&NETWORKS), "Network plug-in")
        .default(
            "topology",
            reach(),
            json!("private"),
            "Whether machines have addresses on the internet",
        )
        .optional(
            "pods",
            KnobType::Text(Text::Cidr),
            "Network of pods and services; 100.64.0.0/10 by default",
        )
        .optional(
            "services",
            KnobType::Text(Text::Cidr),
            "Network of services; by default a part of the pods'",
        )
        .default(
            "subnets",
            KnobType::map(subnet),
            json!({}),
            "Subnets that are not derived, by name: the zone's, `utility-` before it for those of load balancers",
        )
        .object()
}

fn api() -> KnobType {
    Shape::new()
        .default(
            "access",
            cidrs(),
            json!(["0.0.0.0/0"]),
            "Networks that may reach the API server",
        )
        .optional(
            "loadBalancer",
            reach(),
            "Where its load balancer is reached from; public by default",
        )
        .object()
}

fn ssh() -> KnobType {
    Shape::new()
        .default(
            "access",
            cidrs(),
            json!([]),
            "Networks that may reach the machines by SSH",
        )
        .optional(
            "publicKey",
            pattern("(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+.*"),
            "Public key that the machines take",
        )
        .optional(
            "keyName",
            KnobType::string(),
            "A key pair that is there already, in place of `publicKey`",
        )
        .object()
}

fn disk() -> Shape {
    Shape::new()
        .optional("size", count(1), "GiB")
        .optional("type", KnobType::string(), "Type of the volume, as `gp3`")
        .optional("iops", count(1), "Operations in a second")
        .optional("throughput", count(1), "MiB in a second")
        .optional("encrypted", KnobType::Boolean, "Whether it is encrypted")
}

/// The disk of a machine.
fn root_disk() -> Shape {
    disk().optional("kmsKey", KnobType::Text(Text::Arn), "Key that encrypts it")
}

fn roles() -> KnobType {
    Shape::new()
        .optional(
            "plan",
            KnobType::Text(Text::Arn),
            "The role that plans; that of `apply` may as well",
        )
        .optional(
            "apply",
            KnobType::Text(Text::Arn),
            "The role that applies, rolls and destroys",
        )
        .object()
}

fn control_plane() -> KnobType {
    Shape::new()
        .optional("machine", KnobType::string(), "Machine type")
        .optional("count", count(1), "Number of machines, odd")
        .optional("image", KnobType::string(), "Image of the machines")
        .optional("disk", root_disk().object(), "Disk of each machine")
        .object()
}

fn etcd() -> KnobType {
    Shape::new()
        .optional(
            "version",
            KnobType::Text(Text::Version),
            "Version of etcd; by default that of the release of kops",
        )
        .optional("disk", disk().object(), "Volume of each member")
        .optional(
            "kmsKey",
            KnobType::Text(Text::Arn),
            "Key that encrypts the volumes",
        )
        .object()
}

fn service_accounts() -> KnobType {
    Shape::new()
        .optional(
            "discoveryStore",
            pattern("[a-z0-9]+://.+[^/]"),
            "Where the issuer's keys are published, for roles of IAM",
        )
        .object()
}

fn rolls() -> KnobType {
    Shape::new()
        .optional(
            "allow",
            texts(),
            "Groups whose machines may be replaced: keys of `nodeGroups`, `control-plane`, or `all`; by default `all`, and none where the environment is protected",
        )
        .default(
            "drainTimeout",
            KnobType::Text(Text::Duration),
            json!("15m"),
            "How long the pods of a machine that goes may take to leave it",
        )
        .default(
            "validationTimeout",
            KnobType::Text(Text::Duration),
            json!("20m"),
            "How long the cluster may take to get well",
        )
        .object()
}

fn node_group() -> KnobType {
    let roles = KnobType::of(&["node", "bastion", "apiserver"]);
    let sizes = Shape::new()
        .optional("min", count(0), "Least number of machines in each zone")
        .optional("max", count(0), "Greatest number of machines in each zone")
        .object();
    let roll = Shape::new()
        .optional(
            "surge",
            pattern("[0-9]+%?"),
            "Machines that come first, a number or a percentage",
        )
        .optional(
            "unavailable",
            pattern("[0-9]+%?"),
            "Machines that may be missing, a number or a percentage",
        )
        .optional(
            "drain",
            KnobType::Boolean,
            "Whether pods are evicted before a machine goes",
        )
        .object();
    Shape::new()
        .default("role", roles, json!("node"), "What its machines are for")
        .optional("machine", KnobType::string(), "Machine type")
        .default(
            "machines",
            texts(),
            json!([]),
            "Machine types, where several will do",
        )
        .optional("min", count(0), "Least number of machines")
        .optional("max", count(0), "Greatest number of machines")
        .optional(
            "perZone",
            sizes,
            "A group in each zone, of these sizes, in place of `min` and `max`",
        )
        .default(
            "zones",
            texts(),
            json!([]),
            "Zones of the group; by default all of the cluster's",
        )
        .optional("image", KnobType::string(), "Image of the machines")
        .default(
            "spot",
            KnobType::Boolean,
            json!(false),
            "Whether spare capacity is used, which may be taken away",
        )
        .default("labels", KnobType::Labels, json!({}), "Labels of the nodes")
        .default(
            "taints",
            KnobType::list(pattern(
                "[^=:]+(=[^:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)",
            )),
            json!([]),
            "Taints of the nodes, as `key=value:effect`",
        )
        .optional("disk", root_disk().object(), "Disk of each machine")
        .default(
            "tags",
            KnobType::map(KnobType::string()),
            json!({}),
            "Tags of the machines in the cloud",
        )
        .default(
            "autoscale",
            KnobType::Boolean,
            json!(true),
            "Whether the cluster autoscaler may change its size",
        )
        .optional("roll", roll, "How machines are replaced")
        .object()
}
