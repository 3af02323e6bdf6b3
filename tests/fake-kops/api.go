package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// An api is the API server of a plane, asked as its administrator.
type api struct {
	server string
	http   http.Client
}

func newAPI(server, certificates string) (*api, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(certificates, "admin.crt"), filepath.Join(certificates, "admin.key"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(certificates, "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}}
	return &api{server, http.Client{Transport: transport, Timeout: 20 * time.Second}}, nil
}

// A refused is an answer that is no success.
type refused struct {
	code int
	text string
}

func (r *refused) Error() string { return r.text }

func codeOf(err error) int {
	var found *refused
	if errors.As(err, &found) {
		return found.code
	}
	return 0
}

func (a *api) ask(method, path string, body any) (object, error) {
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, a.server+path, sent)
	if err != nil {
		return nil, err
	}
	kind := "application/json"
	if method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	request.Header.Set("Content-Type", kind)
	response, err := a.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	answer := object{}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	decodeErr := decoder.Decode(&answer)
	if response.StatusCode >= 300 {
		return nil, &refused{response.StatusCode, or(text(answer, "message"), string(content))}
	}
	return answer, decodeErr
}

// items lists.
func (a *api) items(path string) ([]any, error) {
	answer, err := a.ask(http.MethodGet, path, nil)
	return list(answer, "items"), err
}

// node asks for one node; nil where there is none.
func (a *api) node(name string) (object, error) {
	found, err := a.ask(http.MethodGet, "/api/v1/nodes/"+name, nil)
	if codeOf(err) == http.StatusNotFound {
		return nil, nil
	}
	return found, err
}

func ready(o any) bool {
	for _, condition := range list(o, "status", "conditions") {
		if text(condition, "type") == "Ready" {
			return text(condition, "status") == "True"
		}
	}
	return false
}

func (a *api) podsOn(node string) ([]any, error) {
	return a.items("/api/v1/pods?fieldSelector=spec.nodeName%3D" + node)
}

func podPath(pod any) string {
	return fmt.Sprintf("/api/v1/namespaces/%s/pods/%s", text(pod, "metadata", "namespace"), text(pod, "metadata", "name"))
}
