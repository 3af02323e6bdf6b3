use crate::report::Style;
use crate::report::plan::text;
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
  template:
    metadata: { labels: { app: webhook } }
    spec:
      serviceAccountName: webhook
      containers: [{ name: webhook, image: 'quay.io/jetstack/cert-manager-webhook:v1.20.3' }]
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
data: { a: b }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web, namespace: shop }
spec:
  serviceName: web
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, envFrom: [{ configMapRef: { name: web } }] }]
";

#[test]
fn first_plan() {
    let mut desired = rendering(&[
        ("namespaces", NAMESPACES),
        ("cert-manager", CERT_MANAGER),
        ("shop", SHOP),
    ]);
    desired.dependencies = vec![dependency("shop", "cert-manager", "tls-webhook-cert")];
    let plan = plan_of(&desired, None);
    println!("{}", text(&plan, Style::Plain));
    println!("{:#?}", plan.edges);
}
