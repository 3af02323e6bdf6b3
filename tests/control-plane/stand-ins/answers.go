package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// answering is what the pods behind a Service would answer to the API server.
type answering struct {
	world *world
	at    target
}

func (a answering) ServeHTTP(to http.ResponseWriter, asked *http.Request) {
	a.world.mutex.Lock()
	fault := a.world.faultOf("Service", a.world.get("Service", a.at.namespace, a.at.name))
	a.world.mutex.Unlock()
	select {
	case <-asked.Context().Done():
		return
	case <-time.After(fault.delay()):
	}
	if fault.is("fail") {
		http.Error(to, fault.says("the stand-in was told to fail"), http.StatusInternalServerError)
		return
	}
	var answer map[string]any
	if asked.Method == http.MethodPost {
		answer = review(asked, fault)
	} else {
		answer = a.world.aggregated(asked.URL.Path)
	}
	if answer == nil {
		http.NotFound(to, asked)
		return
	}
	to.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(to).Encode(answer)
}

// review answers an AdmissionReview or a ConversionReview; nil to anything else.
func review(asked *http.Request, fault fault) map[string]any {
	var sent object
	if json.NewDecoder(asked.Body).Decode(&sent) != nil {
		return nil
	}
	response := map[string]any{"uid": sent.text("request", "uid")}
	switch sent.text("kind") {
	case "AdmissionReview":
		admit(response, fault)
	case "ConversionReview":
		convert(response, sent.object("request"), fault)
	default:
		return nil
	}
	return map[string]any{"apiVersion": sent["apiVersion"], "kind": sent["kind"], "response": response}
}

func admit(response map[string]any, fault fault) {
	response["allowed"] = !fault.is("deny")
	if fault.is("deny") {
		response["status"] = map[string]any{"code": 403, "message": fault.says("the stand-in was told to deny")}
	}
	if fault.is("patch") {
		response["patchType"] = "JSONPatch"
		response["patch"] = base64.StdEncoding.EncodeToString([]byte(fault.text))
	}
}

// convert changes the version and nothing else.
func convert(response map[string]any, request object, fault fault) {
	if fault.is("deny") {
		response["result"] = map[string]any{"status": "Failure", "message": fault.says("the stand-in was told to deny")}
		return
	}
	converted := []any{}
	for _, o := range request.list("objects") {
		o["apiVersion"] = request["desiredAPIVersion"]
		converted = append(converted, o)
	}
	response["result"] = map[string]any{"status": "Success"}
	response["convertedObjects"] = converted
}

// aggregated is what an aggregated API says: its resources, and for metrics.k8s.io the metrics of
// nodes and pods. Other groups have no resources.
func (w *world) aggregated(path string) map[string]any {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 || parts[0] != "apis" {
		return nil
	}
	group, rest := parts[1]+"/"+parts[2], parts[3:]
	if len(rest) == 0 {
		return map[string]any{
			"apiVersion": "v1", "kind": "APIResourceList", "groupVersion": group, "resources": resources(parts[1]),
		}
	}
	if parts[1] != "metrics.k8s.io" {
		return nil
	}
	namespace := ""
	if rest[0] == "namespaces" && len(rest) >= 3 {
		namespace, rest = rest[1], rest[2:]
	}
	kind := map[string]string{"pods": "PodMetrics", "nodes": "NodeMetrics"}[rest[0]]
	if kind == "" {
		return nil
	}
	items := w.metrics(group, kind, namespace)
	if len(rest) == 1 {
		return map[string]any{"apiVersion": group, "kind": kind + "List", "metadata": map[string]any{}, "items": items}
	}
	for _, item := range items {
		if toObject(item).name() == rest[1] {
			return item
		}
	}
	return nil
}

func resources(group string) []any {
	if group != "metrics.k8s.io" {
		return []any{}
	}
	verbs := []any{"get", "list"}
	return []any{
		map[string]any{"name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics", "verbs": verbs},
		map[string]any{"name": "pods", "singularName": "", "namespaced": true, "kind": "PodMetrics", "verbs": verbs},
	}
}

// metrics: everything that runs uses the same, and little.
func (w *world) metrics(group, kind, namespace string) []map[string]any {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	usage := map[string]any{"cpu": "1m", "memory": "10Mi"}
	items := []map[string]any{}
	for _, o := range w.all(strings.TrimSuffix(kind, "Metrics")) {
		if namespace != "" && o.namespace() != namespace || kind == "PodMetrics" && o.text("status", "phase") != "Running" {
			continue
		}
		item := map[string]any{
			"apiVersion": group, "kind": kind, "timestamp": now(), "window": "15s",
			"metadata": map[string]any{"name": o.name(), "namespace": o.namespace(), "labels": o.at("metadata", "labels")},
		}
		if kind == "NodeMetrics" {
			item["usage"] = usage
		} else {
			var containers []any
			for _, container := range o.list("spec", "containers") {
				containers = append(containers, map[string]any{"name": container.text("name"), "usage": usage})
			}
			item["containers"] = containers
		}
		items = append(items, item)
	}
	return items
}
