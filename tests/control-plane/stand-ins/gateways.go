package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

const (
	envoyGateway = "envoyproxy/gateway"
	istio        = "pilot"
)

// controllerOf is the Deployment that says that it is the controller of this name, when it is available.
func (w *world) controllerOf(name string) object {
	switch {
	case name == "istio.io/gateway-controller":
		for _, controller := range w.running(istio) {
			return controller
		}
	case strings.HasPrefix(name, "gateway.envoyproxy.io/"):
		for _, controller := range w.running(envoyGateway) {
			if w.isConfiguredAs(controller, name) {
				return controller
			}
		}
	}
	return nil
}

func (w *world) isConfiguredAs(controller object, name string) bool {
	for _, volume := range controller.list("spec", "template", "spec", "volumes") {
		configuration := w.get("ConfigMap", controller.namespace(), volume.text("configMap", "name"))
		for _, value := range configuration.object("data") {
			text, _ := value.(string)
			for line := range strings.Lines(text) {
				if said, ok := strings.CutPrefix(strings.TrimSpace(line), "controllerName:"); ok && strings.Trim(said, ` "'`) == name {
					return true
				}
			}
		}
	}
	return false
}

// gatewayClasses accepts the classes whose controller runs and whose parameters are there.
func gatewayClasses(w *world) []deed {
	var deeds []deed
	for _, class := range w.all("GatewayClass") {
		if w.controllerOf(class.text("spec", "controllerName")) == nil || w.isHeld("GatewayClass", class) {
			continue
		}
		accepted := condition{
			kind: "Accepted", isTrue: true, reason: "Accepted", message: "Valid GatewayClass",
			generation: class.number(0, "metadata", "generation"),
		}
		parameters := class.object("spec", "parametersRef")
		if fault := w.faultOf("GatewayClass", class); fault.is("fail") {
			accepted.isTrue, accepted.reason, accepted.message = false, "InvalidParameters", fault.says("the stand-in was told to fail")
		} else if parameters.text("kind") == "EnvoyProxy" && w.get("EnvoyProxy", parameters.text("namespace"), parameters.text("name")) == nil {
			accepted.isTrue, accepted.reason = false, "InvalidParameters"
			accepted.message = fmt.Sprintf("failed to find envoyproxy %s/%s", parameters.text("namespace"), parameters.text("name"))
		}
		deeds = append(deeds, w.patchConditions("GatewayClass", class, "envoy-gateway", accepted)...)
	}
	return deeds
}

// gateways makes the proxies of Gateways, and says how they are.
func gateways(w *world) []deed {
	var deeds []deed
	for _, gateway := range w.all("Gateway") {
		class := w.get("GatewayClass", "", gateway.text("spec", "gatewayClassName"))
		controller := w.controllerOf(class.text("spec", "controllerName"))
		if !class.isTrue("Accepted") || controller == nil || w.isHeld("Gateway", gateway) {
			continue
		}
		proxies := w.proxiesOf(gateway, class, controller)
		deeds = append(deeds, proxies.make(w)...)
		deeds = append(deeds, w.gatewayStatus(gateway, proxies)...)
	}
	return append(deeds, w.orphanedProxies()...)
}

func (w *world) gatewayStatus(gateway object, proxies proxies) []deed {
	generation := gateway.number(0, "metadata", "generation")
	accepted := condition{kind: "Accepted", isTrue: true, reason: "Accepted", message: "The Gateway has been scheduled", generation: generation}
	programmed := condition{kind: "Programmed", generation: generation}
	addresses := proxies.addresses(w)
	switch fault := w.faultOf("Gateway", gateway); {
	case fault.is("fail"):
		programmed.reason, programmed.message = "Invalid", fault.says("the stand-in was told to fail")
	case len(addresses) == 0:
		programmed.reason, programmed.message = "AddressNotAssigned", "No addresses have been assigned to the Gateway"
	case !w.get("Deployment", proxies.namespace, proxies.name).isTrue("Available"):
		programmed.reason, programmed.message = "NoResources", "Envoy replicas unavailable"
	default:
		programmed.isTrue, programmed.reason = true, "Programmed"
		programmed.message = "Address assigned to the Gateway, and its proxies are available"
	}
	status := map[string]any{"conditions": withConditions(gateway.list("status", "conditions"), []condition{accepted, programmed})}
	status["addresses"] = addresses
	status["listeners"] = w.listenersOf(gateway, generation)
	if sameStatus(gateway, status) {
		return nil
	}
	return []deed{w.patchStatus("Gateway", gateway, "envoy-gateway", status)}
}

func (w *world) listenersOf(gateway object, generation int) []any {
	before := map[string]object{}
	for _, listener := range gateway.list("status", "listeners") {
		before[listener.text("name")] = listener
	}
	all := []any{}
	for _, listener := range gateway.list("spec", "listeners") {
		resolved := condition{kind: "ResolvedRefs", isTrue: true, reason: "ResolvedRefs", message: "Listener references have been resolved", generation: generation}
		programmed := condition{kind: "Programmed", isTrue: true, reason: "Programmed", message: "Sending translated listener configuration to the data plane", generation: generation}
		for _, reference := range listener.list("tls", "certificateRefs") {
			namespace := reference.text("namespace")
			if namespace == "" {
				namespace = gateway.namespace()
			}
			if w.get("Secret", namespace, reference.text("name")) == nil {
				resolved.isTrue, resolved.reason = false, "InvalidCertificateRef"
				resolved.message = fmt.Sprintf("Secret %s/%s does not exist", namespace, reference.text("name"))
				programmed.isTrue, programmed.reason, programmed.message = false, "Invalid", "Listener is invalid, see other Conditions for details."
			}
		}
		accepted := condition{kind: "Accepted", isTrue: true, reason: "Accepted", message: "Listener has been successfully translated", generation: generation}
		name := listener.text("name")
		all = append(all, map[string]any{
			"name":           name,
			"attachedRoutes": w.attached(gateway, name),
			"supportedKinds": supported(listener.text("protocol")),
			"conditions":     withConditions(before[name].list("conditions"), []condition{programmed, accepted, resolved}),
		})
	}
	return all
}

func supported(protocol string) []any {
	kinds := map[string][]string{"HTTP": {"HTTPRoute", "GRPCRoute"}, "HTTPS": {"HTTPRoute", "GRPCRoute"}, "TLS": {"TLSRoute"}, "TCP": {"TCPRoute"}, "UDP": {"UDPRoute"}}
	all := []any{}
	for _, kind := range kinds[protocol] {
		all = append(all, map[string]any{"group": "gateway.networking.k8s.io", "kind": kind})
	}
	return all
}

// shortHash makes names unique in the way of Envoy Gateway.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}
