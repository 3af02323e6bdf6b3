package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// serveLogs answers for the kubelets of all nodes: what the API server asks them for `kubectl logs`.
func serveLogs(ctx context.Context, w *world) error {
	made := w.authority.issue(false, "kubelet", "kubelet")
	serving, err := tls.X509KeyPair(made.certificate, made.key)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", w.logs)
	server := &http.Server{Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{serving}}}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.kubelet)))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return server.ServeTLS(listener, "", "")
}

// kubelets says on each node where we answer for it: before a restart it was elsewhere.
func kubelets(w *world) []deed {
	path := []string{"status", "daemonEndpoints", "kubeletEndpoint", "Port"}
	var deeds []deed
	for _, node := range w.all("Node") {
		if node.has("status", "nodeInfo") && node.number(0, path...) != w.kubelet {
			endpoints := map[string]any{"kubeletEndpoint": map[string]any{"Port": w.kubelet}}
			deeds = append(deeds, w.patchStatus("Node", node, "kubelet", map[string]any{"daemonEndpoints": endpoints}))
		}
	}
	return deeds
}

// logs are a few lines: that the container started, and what it died of when it is told to crash.
func (w *world) logs(to http.ResponseWriter, asked *http.Request) {
	namespace, name, container := asked.PathValue("namespace"), asked.PathValue("pod"), asked.PathValue("container")
	w.mutex.Lock()
	pod := w.get("Pod", namespace, name)
	fault := w.faultOf("Pod", pod)
	w.mutex.Unlock()
	for _, status := range pod.list("status", "containerStatuses") {
		waiting := status.text("state", "waiting", "reason")
		if status.text("name") == container && waiting != "" && !status.has("lastState", "terminated") {
			said := fmt.Sprintf("container %q in pod %q is waiting to start: %s", container, name, waiting)
			http.Error(to, said, http.StatusBadRequest)
			return
		}
	}
	lines := []string{"starting " + container, "reading configuration"}
	switch {
	case fault.is("crash"):
		lines = append(lines, "fatal: "+fault.says("the stand-in was told to crash"))
	case fault.is("unready"):
		lines = append(lines, "not ready: "+fault.says("the stand-in was told so"))
	default:
		lines = append(lines, "ready")
	}
	if count, err := strconv.Atoi(asked.URL.Query().Get("tailLines")); err == nil && count < len(lines) {
		lines = lines[len(lines)-count:]
	}
	if asked.URL.Query().Get("timestamps") == "true" {
		for index, line := range lines {
			lines[index] = pod.text("metadata", "creationTimestamp") + " " + line
		}
	}
	to.Header().Set("Content-Type", "text/plain")
	_, _ = to.Write([]byte(strings.Join(append(lines, ""), "\n")))
}
