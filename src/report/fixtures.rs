//! Plans that tests of several reports show.

use crate::model::plan::Plan;
use crate::model::rendering::Rendering;
use crate::testing::{dependency, plan_of, rendering};

const NAMESPACES: &str = "
apiVersion: v1
kind: Namespace
metadata: { name: cert-manager }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
";

const CERT_MANAGER: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: certificates.cert-manager.io }
spec:
  group: cert-manager.io
  names: { kind: Certificate, plural: certificates }
  scope: Namespaced
  versions: [{ name: v1, served: true, storage: true }]
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: webhook, namespace: cert-manager }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: webhook }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: webhook }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: webhook }
subjects: [{ kind: ServiceAccount, name: webhook, namespace: cert-manager }]
---
apiVersion: v1
kind: Service
metadata: { name: webhook, namespace: cert-manager }
spec: { selector: { app: webhook } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: webhook, namespace: cert-manager }
spec:
  replicas: 3
  selector: { matchLabels: { app: webhook } }
  strategy: { type: Recreate }
  template:
    metadata: { labels: { app: webhook } }
    spec:
      serviceAccountName: webhook
      containers: [{ name: webhook, image: 'quay.io/jetstack/cert-manager-webhook:v1.20.3', args: [-a] }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: cert-manager }
webhooks:
- name: webhook.cert-manager.io
  clientConfig: { service: { name: webhook, namespace: cert-manager } }
  rules: [{ apiGroups: [cert-manager.io], resources: ['*/*'] }]
";

const SHOP: &str = "
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: web, namespace: shop }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: shop }
data:
  web.yaml: |
    log: info
    port: 80
    timeout: 3s
---
apiVersion: v1
kind: Secret
metadata: { name: web, namespace: shop }
stringData: { password: hunter2 }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web, namespace: shop }
spec:
  serviceName: web
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, envFrom: [{ configMapRef: { name: web } }] }]
";

const OLD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  names: { kind: Widget, plural: widgets }
  versions: [{ name: v1, served: true, storage: true }]
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: shop }
";

/// The desired state of [`first_plan`].
fn first() -> Rendering {
    let mut desired = rendering(&[
        ("namespaces", NAMESPACES),
        ("cert-manager", CERT_MANAGER),
        ("shop", SHOP),
    ]);
    desired.dependencies = vec![dependency("shop", "cert-manager", "tls-webhook-cert")];
    desired
}

/// Everything is created.
pub fn first_plan() -> Plan {
    plan_of(&first(), None)
}

/// A new version of one component, another changes, a third goes.
pub fn upgrade() -> Plan {
    let mut current = rendering(&[
        ("namespaces", NAMESPACES),
        ("cert-manager", CERT_MANAGER),
        ("shop", SHOP),
        ("widgets", OLD),
    ]);
    let cert_manager = CERT_MANAGER
        .replace("v1.20.3", "v1.21.1")
        .replace("[-a]", "[-a, --enable-gateway-api-listenerset]");
    let shop = SHOP
        .replace("serviceName: web", "serviceName: shop")
        .replace("port: 80", "port: 8080")
        .replace("hunter2", "hunter3");
    let mut desired = rendering(&[
        ("namespaces", NAMESPACES),
        ("cert-manager", &cert_manager),
        ("shop", &shop),
    ]);
    desired.dependencies = vec![dependency("shop", "cert-manager", "tls-webhook-cert")];
    set_version(&mut current, "1.20.3");
    set_version(&mut desired, "1.21.1");
    plan_of(&desired, Some(&current))
}

fn set_version(rendering: &mut Rendering, version: &str) {
    let component = rendering.components.get_mut("cert-manager");
    component.expect("the fixture has it").version = version.to_owned();
}
