package main

import (
	"fmt"
	"strings"
)

const certManager = "cert-manager-controller"

// issuers says what cert-manager would say of each Issuer and ClusterIssuer, when it runs.
func issuers(w *world) []deed {
	var deeds []deed
	for _, kind := range []string{"Issuer", "ClusterIssuer"} {
		for _, issuer := range w.all(kind) {
			if !w.runs(certManager) || w.isHeld(kind, issuer) {
				continue
			}
			manager := "cert-manager-" + strings.ToLower(kind) + "s"
			namespace := w.issuerNamespace(kind, issuer)
			ready := w.issuerReady(kind, issuer, namespace)
			if account := issuer.text("spec", "acme", "privateKeySecretRef", "name"); account != "" && ready.isTrue {
				deeds = append(deeds, w.create("Secret", manager, map[string]any{
					"metadata": map[string]any{"name": account, "namespace": namespace},
					"data":     secretData(map[string][]byte{"tls.key": selfSigned(account).key}),
				})...)
			}
			deeds = append(deeds, w.patchConditions(kind, issuer, manager, ready)...)
		}
	}
	return deeds
}

// issuerNamespace is where the Secrets of an issuer lie.
func (w *world) issuerNamespace(kind string, issuer object) string {
	if kind == "Issuer" {
		return issuer.namespace()
	}
	for _, controller := range w.running(certManager) {
		return controller.namespace()
	}
	return ""
}

func (w *world) issuerReady(kind string, issuer object, namespace string) condition {
	ready := condition{kind: "Ready", generation: issuer.number(0, "metadata", "generation")}
	if fault := w.faultOf(kind, issuer); fault.is("fail") {
		ready.reason, ready.message = "ErrInitIssuer", fault.says("the stand-in was told to fail")
		return ready
	}
	if name := issuer.text("spec", "ca", "secretName"); name != "" {
		if _, ok := pairIn(w.get("Secret", namespace, name)); !ok {
			ready.reason = "ErrGetKeyPair"
			ready.message = fmt.Sprintf("Error getting keypair for CA issuer: secrets %q not found", name)
			return ready
		}
		ready.reason, ready.message = "KeyPairVerified", "Signing CA verified"
	} else if issuer.has("spec", "acme") {
		ready.reason, ready.message = "ACMEAccountRegistered", "The ACME account was registered with the ACME server"
	} else {
		ready.reason = "IsReady"
	}
	ready.isTrue = true
	return ready
}

// patchConditions writes conditions into a status, unless they are there already.
func (w *world) patchConditions(kind string, o object, manager string, wanted ...condition) []deed {
	if areThere(o.list("status", "conditions"), wanted) {
		return nil
	}
	status := map[string]any{"conditions": withConditions(o.list("status", "conditions"), wanted)}
	return []deed{w.patchStatus(kind, o, manager, status)}
}

// areThere: all of these conditions are in the list, as they are wanted.
func areThere(list []object, wanted []condition) bool {
	left := len(wanted)
	for _, old := range list {
		for _, one := range wanted {
			if old.text("type") == one.kind && (old.text("status") == "True") == one.isTrue &&
				old.text("reason") == one.reason && old.text("message") == one.message &&
				old.number(0, "observedGeneration") == one.generation {
				left--
			}
		}
	}
	return left == 0
}
