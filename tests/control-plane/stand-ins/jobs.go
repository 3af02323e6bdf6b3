package main

import (
	"maps"
	"slices"
	"strings"
)

// effects are what the pods of a Job would do to the cluster before they end, and whether all of it
// is done. A Job that we do not know does nothing.
func (w *world) effects(job object) (deeds []deed, done bool) {
	containers := job.list("spec", "template", "spec", "containers")
	for _, container := range containers {
		command := slices.Concat(container.texts("command"), container.texts("args"))
		switch {
		case slices.Contains(command, "certgen") && hasImage([]object{container}, "envoyproxy/gateway"):
			return w.envoySecrets(job, slices.Contains(command, "--disable-topology-injector"))
		case argument([]object{container}, "--secret-name=") != "" && slices.Contains(command, "create"):
			return w.admissionSecret(job, container)
		case argument([]object{container}, "--webhook-name=") != "" && slices.Contains(command, "patch"):
			return w.patchedWebhooks(job, container)
		}
	}
	return nil, true
}

// envoySecrets: the certificates of Envoy Gateway and of its proxies, and the CA of its webhook.
func (w *world) envoySecrets(job object, withoutWebhook bool) (deeds []deed, done bool) {
	namespace := job.namespace()
	done = true
	for _, name := range []string{"envoy-gateway", "envoy", "envoy-rate-limit", "envoy-oidc-hmac"} {
		if w.get("Secret", namespace, name) != nil {
			continue
		}
		done = false
		kind, data := "Opaque", map[string][]byte{"hmac-secret": []byte("0123456789abcdef0123456789abcdef")}
		if name != "envoy-oidc-hmac" {
			host := name + "." + namespace
			made := w.authority.issue(false, name, name, host, host+".svc", host+".svc.cluster.local")
			kind = "kubernetes.io/tls"
			data = map[string][]byte{"ca.crt": w.authority.text, "tls.crt": made.certificate, "tls.key": made.key}
		}
		deeds = append(deeds, w.create("Secret", "envoy-gateway", map[string]any{
			"metadata": map[string]any{
				"name": name, "namespace": namespace, "labels": map[string]any{"control-plane": "envoy-gateway"},
			},
			"type": kind, "data": secretData(data),
		})...)
	}
	if withoutWebhook {
		return deeds, done
	}
	configuration := w.get(mutating, "", "envoy-gateway-topology-injector."+namespace)
	if configuration == nil {
		// The Job fails, and its next pod comes too late or in time.
		return deeds, false
	}
	filled := w.fillWebhooks(mutating, configuration, bundle{manager: "envoy-gateway", ca: w.authority.bundle()})
	return slices.Concat(deeds, filled), done && len(filled) == 0
}

// admissionSecret: kube-webhook-certgen makes a certificate for the hosts that it is told.
func (w *world) admissionSecret(job, container object) (deeds []deed, done bool) {
	name := argument([]object{container}, "--secret-name=")
	if w.get("Secret", job.namespace(), name) != nil {
		return nil, true
	}
	made := w.authority.issue(false, name, hosts(job.namespace(), container)...)
	return w.create("Secret", "kube-webhook-certgen", map[string]any{
		"metadata": map[string]any{"name": name, "namespace": job.namespace()},
		"data":     secretData(map[string][]byte{"ca": w.authority.text, "cert": made.certificate, "key": made.key}),
	}), false
}

// hosts are those that kube-webhook-certgen is told.
func hosts(namespace string, container object) []string {
	told := argument([]object{container}, "--host=")
	return strings.Split(strings.ReplaceAll(told, "$(POD_NAMESPACE)", namespace), ",")
}

// patchedWebhooks: kube-webhook-certgen writes the CA of the Secret into the configurations of a name.
func (w *world) patchedWebhooks(job, container object) (deeds []deed, done bool) {
	told := func(prefix string) string { return argument([]object{container}, prefix) }
	secret := w.get("Secret", job.namespace(), told("--secret-name="))
	ca := secret.text("data", "ca")
	if ca == "" {
		ca = secret.text("data", "ca.crt")
	}
	found := false
	for kind, switchedOff := range map[string]string{mutating: "--patch-mutating=", validating: "--patch-validating="} {
		if told(switchedOff) == "false" {
			continue
		}
		configuration := w.get(kind, "", told("--webhook-name="))
		if configuration == nil {
			return nil, false
		}
		found = true
		patched := configuration
		if policy := told("--patch-failure-policy="); policy != "" {
			patched = withPolicy(configuration, policy)
		}
		deeds = append(deeds, w.fillWebhooks(kind, patched, bundle{manager: "kube-webhook-certgen", ca: ca})...)
	}
	if ca == "" {
		return nil, false
	}
	return deeds, found && len(deeds) == 0
}

func withPolicy(configuration object, policy string) object {
	changed := maps.Clone(configuration)
	var webhooks []any
	for _, webhook := range configuration.list("webhooks") {
		webhook = maps.Clone(webhook)
		webhook["failurePolicy"] = policy
		webhooks = append(webhooks, map[string]any(webhook))
	}
	changed["webhooks"] = webhooks
	return changed
}
