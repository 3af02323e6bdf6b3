package main

import (
	"crypto/sha256"
	"fmt"
)

// balancers gives each Service of type LoadBalancer an address.
func balancers(w *world) []deed {
	var deeds []deed
	for _, service := range w.all("Service") {
		isBalanced := service.text("spec", "type") == "LoadBalancer"
		switch {
		case isBalanced == service.has("status", "loadBalancer", "ingress"), isBalanced && w.isHeld("Service", service):
		case isBalanced && w.faultOf("Service", service).is("fail"):
			said := "Error syncing load balancer: " + w.faultOf("Service", service).says("the stand-in was told to fail")
			deeds = append(deeds, w.event("Service", service, "Warning", "SyncLoadBalancerFailed", said, "service-controller"))
		case isBalanced:
			deeds = append(deeds, w.patchStatus("Service", service, "cloud-controller", balanced(service)))
		default:
			// It was one before.
			deeds = append(deeds, w.patchStatus("Service", service, "cloud-controller", map[string]any{"loadBalancer": nil}))
		}
	}
	return deeds
}

func balanced(o object) map[string]any {
	address := map[string]any{"ip": balancerAddress(o)}
	return map[string]any{"loadBalancer": map[string]any{"ingress": []any{address}}}
}

// balancerAddress is one of those that are kept for tests of networks; nobody dials it.
func balancerAddress(o object) string {
	sum := sha256.Sum256([]byte(o.text("metadata", "uid")))
	return fmt.Sprintf("198.18.%d.%d", sum[0], sum[1])
}

// ingressControllers are the images of those that we know.
var ingressControllers = []string{"ingress-nginx/controller", "controller-chroot", "nginx-ingress"}

// ingresses gives an Ingress an address when its class is there and a controller of Ingresses runs.
func ingresses(w *world) []deed {
	var deeds []deed
	for _, ingress := range w.all("Ingress") {
		if ingress.has("status", "loadBalancer", "ingress") || w.isHeld("Ingress", ingress) {
			continue
		}
		class := w.get("IngressClass", "", ingress.text("spec", "ingressClassName"))
		if class != nil && w.servesIngress() && !w.faultOf("Ingress", ingress).is("fail") {
			deeds = append(deeds, w.patchStatus("Ingress", ingress, "ingress-controller", balanced(ingress)))
		}
	}
	return deeds
}

func (w *world) servesIngress() bool {
	for _, image := range ingressControllers {
		if w.runs(image) || w.runsOnNodes(image) {
			return true
		}
	}
	return false
}

// runsOnNodes: a DaemonSet with this image has a pod that is ready.
func (w *world) runsOnNodes(image string) bool {
	for _, set := range w.all("DaemonSet") {
		if set.number(0, "status", "numberReady") > 0 && hasImage(set.list("spec", "template", "spec", "containers"), image) {
			return true
		}
	}
	return false
}
