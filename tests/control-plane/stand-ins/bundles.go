package main

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// ours marks a configuration whose CA we write though no controller would.
const ours = "control-plane.kops-stack.dev/inject-ca"

// A bundle is the CA that somebody writes into a configuration.
type bundle struct {
	manager, ca string
	// istiod lets nothing pass unchecked any more as soon as it serves.
	strict bool
}

// bundles writes the CA into those configurations into which a controller that runs would write it.
func bundles(w *world) []deed {
	var deeds []deed
	for _, kind := range []string{validating, mutating} {
		for _, configuration := range w.all(kind) {
			if bundle, ok := w.bundleOf(configuration); ok {
				deeds = append(deeds, w.fillWebhooks(kind, configuration, bundle)...)
			}
		}
	}
	for _, service := range w.all("APIService") {
		bundle, ok := w.bundleOf(service)
		if ok && service.text("spec", "caBundle") != bundle.ca {
			change := map[string]any{"spec": map[string]any{"caBundle": bundle.ca}}
			deeds = append(deeds, w.patch("APIService", service, bundle.manager, change))
		}
	}
	path := []string{"spec", "conversion", "webhook", "clientConfig"}
	for _, definition := range w.all("CustomResourceDefinition") {
		bundle, ok := w.bundleOf(definition)
		if ok && definition.has(path...) && definition.object(path...).text("caBundle") != bundle.ca {
			var change any = map[string]any{"caBundle": bundle.ca}
			for _, name := range slices.Backward(path) {
				change = map[string]any{name: change}
			}
			deeds = append(deeds, w.patch("CustomResourceDefinition", definition, bundle.manager, change.(map[string]any)))
		}
	}
	return deeds
}

func (w *world) bundleOf(o object) (bundle, bool) {
	if o.annotation(ours) == "true" {
		return bundle{manager: "control-plane", ca: w.authority.bundle()}, true
	}
	if secret := w.injectedSecret(o); secret != nil && w.runs("cert-manager-cainjector") {
		ca := secret.text("data", "ca.crt")
		return bundle{manager: "cert-manager-cainjector", ca: ca}, ca != ""
	}
	isIstio := o.label("app") == "istiod" || o.label("app") == "sidecar-injector"
	if isIstio && w.isServed(o) {
		return bundle{manager: "pilot-discovery", ca: w.authority.bundle(), strict: o.label("app") == "istiod"}, true
	}
	return bundle{}, false
}

// injectedSecret is the one that cert-manager's injector is told to take the CA from.
func (w *world) injectedSecret(o object) object {
	if named := o.annotation("cert-manager.io/inject-ca-from-secret"); named != "" {
		secret := w.objects["Secret"][named]
		if secret.annotation("cert-manager.io/allow-direct-injection") != "true" {
			return nil
		}
		return secret
	}
	if named := o.annotation("cert-manager.io/inject-ca-from"); named != "" {
		certificate := w.objects["Certificate"][named]
		return w.get("Secret", certificate.namespace(), certificate.text("spec", "secretName"))
	}
	return nil
}

// isServed: a Service that the webhooks of a configuration name answers.
func (w *world) isServed(configuration object) bool {
	for _, webhook := range configuration.list("webhooks") {
		service := webhook.object("clientConfig", "service")
		if w.answers(target{service.text("namespace"), service.text("name"), service.number(443, "port")}) {
			return true
		}
	}
	return false
}

// fillWebhooks writes the CA into all webhooks of a configuration that call a Service.
func (w *world) fillWebhooks(kind string, configuration object, bundle bundle) []deed {
	var webhooks []any
	for _, webhook := range configuration.list("webhooks") {
		filled := maps.Clone(webhook)
		if config := webhook.object("clientConfig"); config.has("service") {
			config = maps.Clone(config)
			config["caBundle"] = bundle.ca
			filled["clientConfig"] = map[string]any(config)
			if bundle.strict {
				filled["failurePolicy"] = "Fail"
			}
		}
		webhooks = append(webhooks, map[string]any(filled))
	}
	if reflect.DeepEqual(webhooks, configuration.at("webhooks")) {
		return nil
	}
	return []deed{w.patch(kind, configuration, bundle.manager, map[string]any{"webhooks": webhooks})}
}

// runs: a Deployment with this image, wherever it is pulled from, is available.
func (w *world) runs(image string) bool { return len(w.running(image)) > 0 }

func (w *world) running(image string) []object {
	var running []object
	for _, deployment := range w.all("Deployment") {
		if deployment.isTrue("Available") && hasImage(deployment.list("spec", "template", "spec", "containers"), image) {
			running = append(running, deployment)
		}
	}
	return running
}

func hasImage(containers []object, image string) bool {
	return slices.ContainsFunc(containers, func(container object) bool {
		repository, _, _ := strings.Cut(container.text("image"), "@")
		if colon := strings.LastIndex(repository, ":"); colon > strings.LastIndex(repository, "/") {
			repository = repository[:colon]
		}
		return repository == image || strings.HasSuffix(repository, "/"+image)
	})
}

// servingSecrets makes the CA that cert-manager's webhook makes for itself.
func servingSecrets(w *world) []deed {
	var deeds []deed
	for _, deployment := range w.running("cert-manager-webhook") {
		name := argument(deployment.list("spec", "template", "spec", "containers"), "--dynamic-serving-ca-secret-name=")
		if name == "" {
			continue
		}
		made := w.authority.issue(true, "cert-manager-webhook-ca")
		deeds = append(deeds, w.create("Secret", "cert-manager-webhook", map[string]any{
			"metadata": map[string]any{
				"name": name, "namespace": deployment.namespace(),
				"annotations": map[string]any{"cert-manager.io/allow-direct-injection": "true"},
			},
			"data": secretData(map[string][]byte{
				// The stand-in serves with what the authority signed.
				"ca.crt": w.authority.text, "tls.crt": made.certificate, "tls.key": made.key,
			}),
		})...)
	}
	return deeds
}

// argument is the rest of the first argument that begins so.
func argument(containers []object, prefix string) string {
	for _, container := range containers {
		for _, argument := range append(container.texts("command"), container.texts("args")...) {
			if rest, ok := strings.CutPrefix(argument, prefix); ok {
				return rest
			}
		}
	}
	return ""
}
