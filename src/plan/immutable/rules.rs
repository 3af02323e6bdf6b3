//! The table.

/// Fields of some kinds that do not change once the object is there.
#[derive(Debug)]
pub struct Rule {
    pub group: &'static str,
    pub kinds: &'static [&'static str],
    pub fields: Fields,
    pub when: When,
    /// What stands behind the field's name: that it cannot change, and what a new object costs.
    pub reason: &'static str,
}

#[derive(Debug)]
pub enum Fields {
    Only(&'static [&'static str]),
    /// Everything below the first, but for what is listed.
    AllBelow(&'static str, &'static [&'static str]),
}

/// When a change is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    /// Left out or empty, the value that is there stays.
    OnceSet,
    /// The Service is a load balancer before and after.
    BothLoadBalancers,
    /// The object says itself that it is immutable.
    Frozen,
    /// A suspended Job takes changes of these.
    UnlessSuspended(&'static [&'static str]),
    /// The completions of an indexed Job follow its parallelism.
    UnlessTogether,
    /// A volume grows only, so another object would not help either.
    Shrinks,
}

const CANNOT: &str = "cannot change";

const fn rule(
    group: &'static str,
    kinds: &'static [&'static str],
    fields: Fields,
    when: When,
    reason: &'static str,
) -> Rule {
    Rule {
        group,
        kinds,
        fields,
        when,
        reason,
    }
}

use Fields::{AllBelow, Only};
use When::{Always, BothLoadBalancers, Frozen, OnceSet, Shrinks, UnlessSuspended, UnlessTogether};

#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule("apps", &["Deployment", "DaemonSet", "ReplicaSet"], Only(&["spec.selector"]), Always,
        "cannot change; its pods go before the new ones come"),
    rule("apps", &["StatefulSet"], AllBelow("spec", &[
        "spec.replicas", "spec.template", "spec.updateStrategy", "spec.ordinals", "spec.minReadySeconds",
        "spec.persistentVolumeClaimRetentionPolicy", "spec.revisionHistoryLimit",
    ]), Always, "cannot change; its pods go before the new ones come"),
    rule("batch", &["Job"], Only(&[
        "spec.selector", "spec.completionMode", "spec.managedBy", "spec.podFailurePolicy",
        "spec.successPolicy", "spec.backoffLimitPerIndex",
    ]), Always, "cannot change; the Job runs again"),
    rule("batch", &["Job"], Only(&["spec.template"]), UnlessSuspended(&[
        "spec.template.metadata.labels", "spec.template.spec.nodeSelector",
        "spec.template.spec.containers[*].resources", "spec.template.spec.initContainers[*].resources",
    ]), "cannot change; the Job runs again"),
    rule("batch", &["Job"], Only(&["spec.completions"]), UnlessTogether, "cannot change; the Job runs again"),
    rule("", &["Service"], Only(&["spec.clusterIP", "spec.clusterIPs"]), OnceSet,
        "cannot change; the Service gets another address"),
    rule("", &["Service"], Only(&["spec.loadBalancerClass"]), BothLoadBalancers,
        "cannot change; the Service gets another load balancer"),
    rule("", &["PersistentVolumeClaim"],
        AllBelow("spec", &["spec.resources.requests", "spec.volumeAttributesClassName"]), Always, CANNOT),
    rule("", &["PersistentVolumeClaim"], Only(&["spec.resources.requests.storage"]), Shrinks, "can only grow"),
    rule("", &["PersistentVolume"], AllBelow("spec", &[
        "spec.capacity", "spec.accessModes", "spec.storageClassName", "spec.persistentVolumeReclaimPolicy",
        "spec.nodeAffinity", "spec.mountOptions", "spec.claimRef", "spec.volumeAttributesClassName",
    ]), Always, CANNOT),
    rule("storage.k8s.io", &["StorageClass"],
        Only(&["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]), Always, CANNOT),
    rule("storage.k8s.io", &["VolumeAttributesClass"], Only(&["driverName", "parameters"]), Always, CANNOT),
    rule("storage.k8s.io", &["CSIDriver"], Only(&["spec.attachRequired", "spec.volumeLifecycleModes"]), Always, CANNOT),
    rule("rbac.authorization.k8s.io", &["RoleBinding", "ClusterRoleBinding"], Only(&["roleRef"]), Always,
        "cannot change; the permission is gone for a moment"),
    rule("scheduling.k8s.io", &["PriorityClass"], Only(&["value", "preemptionPolicy"]), Always, CANNOT),
    rule("networking.k8s.io", &["IngressClass"], Only(&["spec.controller"]), Always, CANNOT),
    rule("node.k8s.io", &["RuntimeClass"], Only(&["handler"]), Always, CANNOT),
    rule("discovery.k8s.io", &["EndpointSlice"], Only(&["addressType"]), Always, CANNOT),
    rule("", &["ResourceQuota"], Only(&["spec.scopes"]), Always, CANNOT),
    rule("", &["Secret"], Only(&["type"]), Always, CANNOT),
    rule("", &["Secret", "ConfigMap"], Only(&["data", "stringData", "binaryData", "immutable"]), Frozen,
        "cannot change, since the object is immutable"),
    rule("apiextensions.k8s.io", &["CustomResourceDefinition"],
        Only(&["spec.scope", "spec.group", "spec.names.plural", "spec.names.kind"]), Always, CANNOT),
    rule("", &["Pod"], AllBelow("spec", &[
        "spec.containers[*].image", "spec.initContainers[*].image", "spec.activeDeadlineSeconds", "spec.tolerations",
    ]), Always, "cannot change; the pod is made anew"),
];

/// What the server takes where a field of the table is left out.
#[rustfmt::skip]
pub const DEFAULTS: &[(&str, &str, &str)] = &[
    ("StatefulSet", "spec.podManagementPolicy", "OrderedReady"),
    ("Job", "spec.completionMode", "NonIndexed"),
    ("PersistentVolumeClaim", "spec.volumeMode", "Filesystem"),
    ("PersistentVolume", "spec.volumeMode", "Filesystem"),
    ("StorageClass", "reclaimPolicy", "Delete"),
    ("StorageClass", "volumeBindingMode", "Immediate"),
    ("PriorityClass", "preemptionPolicy", "PreemptLowerPriority"),
    ("CSIDriver", "spec.attachRequired", "true"),
    ("Secret", "type", "Opaque"),
];
