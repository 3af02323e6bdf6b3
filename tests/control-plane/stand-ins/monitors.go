package main

import (
	"fmt"
	"strings"
)

const prometheusOperator = "prometheus-operator/prometheus-operator"

// monitors plays the operator of Prometheus: a StatefulSet for each Prometheus and Alertmanager, and
// their status.
func monitors(w *world) []deed {
	if !w.runs(prometheusOperator) {
		return nil
	}
	var deeds []deed
	for _, kind := range []string{"Prometheus", "Alertmanager"} {
		for _, monitor := range w.all(kind) {
			if w.isHeld(kind, monitor) || monitor.flag("spec", "paused") {
				continue
			}
			deeds = append(deeds, w.monitor(kind, monitor)...)
		}
	}
	return deeds
}

func (w *world) monitor(kind string, monitor object) []deed {
	problem := w.monitorProblem(kind, monitor)
	var deeds []deed
	wanted := monitor.number(1, "spec", "replicas")
	shards := monitor.number(1, "spec", "shards")
	ready, updated := 0, 0
	for shard := range shards {
		name := strings.ToLower(kind) + "-" + monitor.name()
		if shard > 0 {
			name += fmt.Sprintf("-shard-%d", shard)
		}
		set := w.get("StatefulSet", monitor.namespace(), name)
		ready += set.number(0, "status", "readyReplicas")
		updated += set.number(0, "status", "updatedReplicas")
		if problem == "" {
			deeds = append(deeds, w.monitorSet(kind, monitor, set, name, wanted)...)
		}
	}
	total := wanted * shards
	generation := monitor.number(0, "metadata", "generation")
	available := condition{kind: "Available", isTrue: ready >= total, generation: generation}
	switch {
	case ready == 0 && total > 0:
		available.reason, available.message = "NoPodReady", "no pod is ready"
	case ready < total:
		available.reason, available.message = "SomePodsNotReady", fmt.Sprintf("%d of %d pods are ready", ready, total)
	}
	reconciled := condition{kind: "Reconciled", isTrue: problem == "", generation: generation}
	if problem != "" {
		reconciled.reason, reconciled.message = "ReconciliationFailed", problem
	}
	status := map[string]any{
		"paused": false, "replicas": total, "availableReplicas": ready, "updatedReplicas": updated,
		"unavailableReplicas": max(total-ready, 0),
		"conditions":          withConditions(monitor.list("status", "conditions"), []condition{available, reconciled}),
	}
	if sameStatus(monitor, status) {
		return deeds
	}
	return append(deeds, w.patchStatus(kind, monitor, "PrometheusOperator", status))
}

func (w *world) monitorProblem(kind string, monitor object) string {
	if fault := w.faultOf(kind, monitor); fault.is("fail") {
		return fault.says("the stand-in was told to fail")
	}
	if name := monitor.text("spec", "configSecret"); kind == "Alertmanager" && name != "" && w.get("Secret", monitor.namespace(), name) == nil {
		return fmt.Sprintf("provision alertmanager configuration: secrets %q not found", name)
	}
	return ""
}

// monitorSet makes the StatefulSet, or scales the one that is there.
func (w *world) monitorSet(kind string, monitor, set object, name string, replicas int) []deed {
	if set != nil {
		if set.number(1, "spec", "replicas") == replicas {
			return nil
		}
		return []deed{w.patch("StatefulSet", set, "PrometheusOperator", map[string]any{"spec": map[string]any{"replicas": replicas}})}
	}
	lower := strings.ToLower(kind)
	labels := map[string]any{
		"app.kubernetes.io/managed-by": "prometheus-operator", "app.kubernetes.io/name": lower,
		"app.kubernetes.io/instance": monitor.name(), lower: monitor.name(),
	}
	var volumes []any
	for _, secret := range monitor.texts("spec", "secrets") {
		volumes = append(volumes, map[string]any{"name": "secret-" + secret, "secret": map[string]any{"secretName": secret}})
	}
	for _, held := range monitor.texts("spec", "configMaps") {
		volumes = append(volumes, map[string]any{"name": "configmap-" + held, "configMap": map[string]any{"name": held}})
	}
	image := monitor.text("spec", "image")
	if image == "" {
		image = "quay.io/prometheus/" + lower + ":latest"
	}
	spec := map[string]any{
		"replicas": replicas, "serviceName": lower + "-operated", "podManagementPolicy": "Parallel",
		"selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{
			"metadata": map[string]any{"labels": labels},
			"spec": map[string]any{
				"containers":         []any{map[string]any{"name": lower, "image": image}},
				"serviceAccountName": monitor.at("spec", "serviceAccountName"),
				"volumes":            volumes,
			},
		},
	}
	if claim := monitor.object("spec", "storage", "volumeClaimTemplate"); claim != nil {
		named := map[string]any{"metadata": map[string]any{"name": lower + "-" + monitor.name() + "-db"}, "spec": claim.at("spec")}
		spec["volumeClaimTemplates"] = []any{named}
	}
	owners := owner(w.kinds[kind], monitor)
	deeds := w.create("StatefulSet", "PrometheusOperator", map[string]any{
		"metadata": map[string]any{"name": name, "namespace": monitor.namespace(), "labels": labels, "ownerReferences": owners},
		"spec":     spec,
	})
	ports := []any{map[string]any{"name": "web", "port": map[string]int{"prometheus": 9090, "alertmanager": 9093}[lower]}}
	return append(deeds, w.create("Service", "PrometheusOperator", map[string]any{
		"metadata": map[string]any{"name": lower + "-operated", "namespace": monitor.namespace(), "ownerReferences": owners},
		"spec":     map[string]any{"clusterIP": "None", "selector": map[string]any{"app.kubernetes.io/name": lower}, "ports": ports},
	})...)
}
