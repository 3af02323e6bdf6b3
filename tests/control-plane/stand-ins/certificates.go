package main

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"time"
)

// certificates issues what Certificates ask for, by the issuer that they name when it is ready.
func certificates(w *world) []deed {
	var deeds []deed
	for _, certificate := range w.all("Certificate") {
		if w.runs(certManager) && !w.isHeld("Certificate", certificate) {
			deeds = append(deeds, w.certificate(certificate)...)
		}
	}
	return deeds
}

func (w *world) certificate(certificate object) []deed {
	generation := certificate.number(0, "metadata", "generation")
	wait := condition{kind: "Ready", reason: "DoesNotExist", message: "Issuing certificate as Secret does not exist", generation: generation}
	issuing := condition{kind: "Issuing", isTrue: true, reason: wait.reason, message: wait.message, generation: generation}
	if fault := w.faultOf("Certificate", certificate); fault.is("fail") {
		issuing.isTrue, issuing.reason = false, "Failed"
		issuing.message = "The certificate request has failed to complete and will be retried: " + fault.says("the stand-in was told to fail")
		return w.patchConditions("Certificate", certificate, "cert-manager-certificates-readiness", wait, issuing)
	}
	secret := w.get("Secret", certificate.namespace(), certificate.text("spec", "secretName"))
	held, ok := pairUnder(secret, "tls.crt", "tls.key")
	if !ok {
		deeds := w.patchConditions("Certificate", certificate, "cert-manager-certificates-trigger", wait, issuing)
		return append(deeds, w.issue(certificate, secret)...)
	}
	ready := condition{
		kind: "Ready", isTrue: true, reason: "Ready", generation: generation,
		message: "Certificate is up to date and has not expired",
	}
	if areThere(certificate.list("status", "conditions"), []condition{ready}) && certificate.condition("Issuing") == nil {
		return nil
	}
	others := slices.DeleteFunc(certificate.list("status", "conditions"), func(c object) bool { return c.text("type") == "Issuing" })
	status := map[string]any{"conditions": withConditions(others, []condition{ready}), "revision": 1}
	if block, _ := pem.Decode(held.certificate); block != nil {
		if read, err := x509.ParseCertificate(block.Bytes); err == nil {
			status["notBefore"] = read.NotBefore.UTC().Format(time.RFC3339)
			status["notAfter"] = read.NotAfter.UTC().Format(time.RFC3339)
			status["renewalTime"] = read.NotAfter.Add(-validity / 3).UTC().Format(time.RFC3339)
		}
	}
	return []deed{w.patchStatus("Certificate", certificate, "cert-manager-certificates-readiness", status)}
}

// issue makes the Secret of a Certificate, or fills in the one that is there, when its issuer can.
func (w *world) issue(certificate, there object) []deed {
	kind := certificate.text("spec", "issuerRef", "kind")
	namespace := certificate.namespace()
	if kind == "" {
		kind = "Issuer"
	}
	if kind == "ClusterIssuer" {
		namespace = ""
	}
	issuer := w.get(kind, namespace, certificate.text("spec", "issuerRef", "name"))
	if !issuer.isTrue("Ready") {
		return nil
	}
	name := certificate.text("spec", "commonName")
	hosts := certificate.texts("spec", "dnsNames")
	isCA := certificate.flag("spec", "isCA")
	by := w.authority
	var made pair
	if issuer.has("spec", "selfSigned") {
		made = selfSigned(name, hosts...)
		by.text = made.certificate
	} else {
		if ca := issuer.text("spec", "ca", "secretName"); ca != "" {
			held, _ := pairIn(w.get("Secret", w.issuerNamespace(kind, issuer), ca))
			read, err := authorityOf(held)
			if err != nil {
				return nil
			}
			by = read
		}
		made = by.issue(isCA, name, hosts...)
	}
	secret := map[string]any{
		"metadata": map[string]any{
			"name": certificate.text("spec", "secretName"), "namespace": certificate.namespace(),
			"labels": map[string]any{"controller.cert-manager.io/fao": "true"},
			"annotations": map[string]any{
				"cert-manager.io/certificate-name": certificate.name(),
				"cert-manager.io/issuer-kind":      kind,
				"cert-manager.io/issuer-name":      issuer.name(),
			},
		},
		"type": "kubernetes.io/tls",
		"data": secretData(map[string][]byte{"ca.crt": by.text, "tls.crt": made.certificate, "tls.key": made.key}),
	}
	const manager = "cert-manager-certificates-issuing"
	if there != nil {
		// Its type stays: it cannot be changed.
		delete(secret, "type")
		return []deed{w.patch("Secret", there, manager, secret)}
	}
	return w.create("Secret", manager, secret)
}

// wantedCertificates makes the Certificates that annotations of Gateways and Ingresses ask for.
func wantedCertificates(w *world) []deed {
	if _, defined := w.kinds["Certificate"]; !defined || !w.runs(certManager) {
		return nil
	}
	var deeds []deed
	for _, ingress := range w.all("Ingress") {
		for _, tls := range ingress.list("spec", "tls") {
			deeds = append(deeds, w.wantedCertificate("Ingress", ingress, tls.text("secretName"), tls.texts("hosts"))...)
		}
	}
	if !w.certManagerSeesGateways() {
		return deeds
	}
	for _, gateway := range w.all("Gateway") {
		hosts := map[string][]string{}
		for _, listener := range gateway.list("spec", "listeners") {
			for _, reference := range listener.list("tls", "certificateRefs") {
				if host := listener.text("hostname"); host != "" && reference.text("namespace") == "" {
					hosts[reference.text("name")] = append(hosts[reference.text("name")], host)
				}
			}
		}
		for secret, hosts := range hosts {
			slices.Sort(hosts)
			deeds = append(deeds, w.wantedCertificate("Gateway", gateway, secret, slices.Compact(hosts))...)
		}
	}
	return deeds
}

func (w *world) certManagerSeesGateways() bool {
	for _, controller := range w.running(certManager) {
		for _, container := range controller.list("spec", "template", "spec", "containers") {
			for _, argument := range container.texts("args") {
				if strings.HasPrefix(argument, "--enable-gateway-api") && !strings.HasSuffix(argument, "=false") {
					return true
				}
			}
		}
	}
	return false
}

func (w *world) wantedCertificate(kind string, of object, secret string, hosts []string) []deed {
	issuer := map[string]any{"group": "cert-manager.io", "kind": "Issuer", "name": of.annotation("cert-manager.io/issuer")}
	if named := of.annotation("cert-manager.io/cluster-issuer"); named != "" {
		issuer["kind"], issuer["name"] = "ClusterIssuer", named
	}
	if issuer["name"] == "" || secret == "" {
		return nil
	}
	return w.create("Certificate", "cert-manager-"+strings.ToLower(kind)+"-shim", map[string]any{
		"metadata": map[string]any{
			"name": secret, "namespace": of.namespace(), "ownerReferences": owner(w.kinds[kind], of),
		},
		"spec": map[string]any{"secretName": secret, "dnsNames": hosts, "issuerRef": issuer, "usages": []any{"digital signature", "key encipherment"}},
	})
}
