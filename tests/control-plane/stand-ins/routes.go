package main

import (
	"encoding/json"
	"fmt"
	"reflect"
)

var routeKinds = []string{"HTTPRoute", "GRPCRoute", "TLSRoute"}

// routes says of each route whether its Gateways take it, and whether what it names is there.
func routes(w *world) []deed {
	var deeds []deed
	for _, kind := range routeKinds {
		for _, route := range w.all(kind) {
			if w.isHeld(kind, route) {
				continue
			}
			parents, controller := w.parentsOf(kind, route)
			status := map[string]any{"parents": parents}
			if len(parents) > 0 && !sameStatus(route, status) {
				deeds = append(deeds, w.patchStatus(kind, route, controller, status))
			}
		}
	}
	return deeds
}

// parentOf is the Gateway that a reference of a route names.
func (w *world) parentOf(route, reference object) object {
	if kind := reference.text("kind"); kind != "" && kind != "Gateway" {
		return nil
	}
	namespace := reference.text("namespace")
	if namespace == "" {
		namespace = route.namespace()
	}
	return w.get("Gateway", namespace, reference.text("name"))
}

func (w *world) parentsOf(kind string, route object) (parents []any, manager string) {
	generation := route.number(0, "metadata", "generation")
	parents = []any{}
	for index, reference := range route.list("spec", "parentRefs") {
		gateway := w.parentOf(route, reference)
		class := w.get("GatewayClass", "", gateway.text("spec", "gatewayClassName"))
		if !gateway.isTrue("Accepted") {
			continue
		}
		accepted := condition{kind: "Accepted", isTrue: true, reason: "Accepted", message: "Route is accepted", generation: generation}
		if fault := w.faultOf(kind, route); fault.is("fail") {
			accepted.isTrue, accepted.reason, accepted.message = false, "UnsupportedValue", fault.says("the stand-in was told to fail")
		}
		var before []object
		if old := route.list("status", "parents"); index < len(old) {
			before = old[index].list("conditions")
		}
		parents = append(parents, map[string]any{
			"parentRef":      map[string]any(reference),
			"controllerName": class.text("spec", "controllerName"),
			"conditions":     withConditions(before, []condition{accepted, w.resolved(route, generation)}),
		})
	}
	return parents, "envoy-gateway"
}

// resolved says whether the Services are there to which a route leads.
func (w *world) resolved(route object, generation int) condition {
	resolved := condition{
		kind: "ResolvedRefs", isTrue: true, reason: "ResolvedRefs",
		message: "Resolved all the Object references for the Route", generation: generation,
	}
	for _, rule := range route.list("spec", "rules") {
		for _, reference := range rule.list("backendRefs") {
			namespace := reference.text("namespace")
			if namespace == "" {
				namespace = route.namespace()
			}
			kind := reference.text("kind")
			if (kind == "" || kind == "Service") && w.get("Service", namespace, reference.text("name")) == nil {
				resolved.isTrue, resolved.reason = false, "BackendNotFound"
				resolved.message = fmt.Sprintf("Service %s/%s not found", namespace, reference.text("name"))
			}
		}
	}
	return resolved
}

// attached counts the routes of a listener.
func (w *world) attached(gateway object, listener string) int {
	count := 0
	for _, kind := range routeKinds {
		for _, route := range w.all(kind) {
			for _, reference := range route.list("spec", "parentRefs") {
				section := reference.text("sectionName")
				parent := w.parentOf(route, reference)
				if parent != nil && parent.key() == gateway.key() && (section == "" || section == listener) {
					count++
				}
			}
		}
	}
	return count
}

// sameStatus: an object's status already says all that is in `wanted`, whenever it came to be so.
func sameStatus(o object, wanted map[string]any) bool {
	for name, value := range wanted {
		if !reflect.DeepEqual(withoutTimes(o.at("status", name)), withoutTimes(value)) {
			return false
		}
	}
	return true
}

func withoutTimes(value any) any {
	text, err := json.Marshal(value)
	must(err)
	var read any
	must(json.Unmarshal(text, &read))
	return stripped(read)
}

func stripped(value any) any {
	switch value := value.(type) {
	case map[string]any:
		delete(value, "lastTransitionTime")
		for name, inner := range value {
			value[name] = stripped(inner)
		}
	case []any:
		// Nothing and no items are the same.
		if len(value) == 0 {
			return nil
		}
		for index, inner := range value {
			value[index] = stripped(inner)
		}
	}
	return value
}
