package main

import "strings"

// A kind that we watch, and where the API server has it.
type kind struct {
	name, group, version, plural string
	namespaced                   bool
}

func (k kind) apiVersion() string {
	if k.group == "" {
		return k.version
	}
	return k.group + "/" + k.version
}

func (k kind) root() string {
	if k.group == "" {
		return "/api/" + k.version
	}
	return "/apis/" + k.group + "/" + k.version
}

// list is the path of all objects.
func (k kind) list() string { return k.root() + "/" + k.plural }

// within is the path of the objects of one namespace.
func (k kind) within(namespace string) string {
	if !k.namespaced {
		return k.list()
	}
	return k.root() + "/namespaces/" + namespace + "/" + k.plural
}

func (k kind) one(o object) string { return k.within(o.namespace()) + "/" + o.name() }

// builtIn are the kinds that every cluster has.
var builtIn = []kind{
	{"Pod", "", "v1", "pods", true},
	{"Node", "", "v1", "nodes", false},
	{"Service", "", "v1", "services", true},
	{"Secret", "", "v1", "secrets", true},
	{"ConfigMap", "", "v1", "configmaps", true},
	{"PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", true},
	{"PersistentVolume", "", "v1", "persistentvolumes", false},
	{"StorageClass", "storage.k8s.io", "v1", "storageclasses", false},
	{"EndpointSlice", "discovery.k8s.io", "v1", "endpointslices", true},
	{"Deployment", "apps", "v1", "deployments", true},
	{"StatefulSet", "apps", "v1", "statefulsets", true},
	{"DaemonSet", "apps", "v1", "daemonsets", true},
	{"Job", "batch", "v1", "jobs", true},
	{"Ingress", "networking.k8s.io", "v1", "ingresses", true},
	{"IngressClass", "networking.k8s.io", "v1", "ingressclasses", false},
	{"CustomResourceDefinition", "apiextensions.k8s.io", "v1", "customresourcedefinitions", false},
	{"APIService", "apiregistration.k8s.io", "v1", "apiservices", false},
	{validating, "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false},
	{mutating, "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", false},
}

const (
	validating = "ValidatingWebhookConfiguration"
	mutating   = "MutatingWebhookConfiguration"
)

// custom are the kinds whose controllers we play, as soon as there is a definition of them.
var custom = map[string]bool{
	"Issuer.cert-manager.io":                 true,
	"ClusterIssuer.cert-manager.io":          true,
	"Certificate.cert-manager.io":            true,
	"GatewayClass.gateway.networking.k8s.io": true,
	"Gateway.gateway.networking.k8s.io":      true,
	"HTTPRoute.gateway.networking.k8s.io":    true,
	"GRPCRoute.gateway.networking.k8s.io":    true,
	"TLSRoute.gateway.networking.k8s.io":     true,
	"EnvoyProxy.gateway.envoyproxy.io":       true,
	"Prometheus.monitoring.coreos.com":       true,
	"Alertmanager.monitoring.coreos.com":     true,
}

// customKind is what a definition says, when it is established and we play its controller.
func customKind(definition object) (kind, bool) {
	name, group := definition.text("spec", "names", "kind"), definition.text("spec", "group")
	if !custom[name+"."+group] || definition.dying() || !definition.isTrue("Established") {
		return kind{}, false
	}
	made := kind{name: name, group: group, plural: definition.text("spec", "names", "plural")}
	made.namespaced = strings.EqualFold(definition.text("spec", "scope"), "Namespaced")
	for _, version := range definition.list("spec", "versions") {
		if !version.flag("served") {
			continue
		}
		// The first version that is no trial, or the one that is stored.
		if version.text("name") == "v1" || made.version == "" || version.flag("storage") && made.version != "v1" {
			made.version = version.text("name")
		}
	}
	return made, made.version != ""
}
