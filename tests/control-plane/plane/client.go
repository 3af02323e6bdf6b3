package plane

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// A client asks the API server the little that a start needs to know.
type client struct {
	server string
	http   http.Client
}

func newClient(server, certificates string) (*client, error) {
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
	return &client{server, http.Client{Transport: transport, Timeout: 10 * time.Second}}, nil
}

func (c *client) ask(method, path string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, c.server+path, sent)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return &refusal{response.StatusCode, string(text)}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.code, r.text) }

func (c *client) isReady() error { return c.ask("GET", "/readyz", nil, nil) }

func (c *client) version() (string, error) {
	var answer struct{ GitVersion string }
	err := c.ask("GET", "/version", nil, &answer)
	return answer.GitVersion, err
}

// hasDefaultAccount: pods are refused before the controllers have made it.
func (c *client) hasDefaultAccount() error {
	return c.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default", nil, nil)
}

// makeNode makes a node that kwok keeps alive; one that is there already is left. Nodes lie in three
// zones by turns.
func (c *client) makeNode(number int, labels map[string]string) error {
	name := "node-" + strconv.Itoa(number)
	all := map[string]string{
		"kubernetes.io/hostname":           name,
		"kubernetes.io/os":                 "linux",
		"kubernetes.io/arch":               "amd64",
		"topology.kubernetes.io/region":    "test",
		"topology.kubernetes.io/zone":      "test-" + string(rune('a'+(number-1)%3)),
		"node.kubernetes.io/instance-type": "kwok",
	}
	maps.Copy(all, labels)
	node := map[string]any{
		"apiVersion": "v1",
		"kind":       "Node",
		"metadata": map[string]any{
			"name":   name,
			"labels": all,
		},
	}
	err := c.ask("POST", "/api/v1/nodes", node, nil)
	if refused, ok := err.(*refusal); ok && refused.code == http.StatusConflict {
		return nil
	}
	return err
}

// nodesAreReady: at least so many have said so.
func (c *client) nodesAreReady(wanted int) error {
	var list struct {
		Items []struct {
			Spec   struct{ Taints []any }
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if err := c.ask("GET", "/api/v1/nodes", nil, &list); err != nil {
		return err
	}
	ready := 0
	for _, node := range list.Items {
		for _, condition := range node.Status.Conditions {
			// The controller takes its taint away a moment later; pods wait for that.
			if condition.Type == "Ready" && condition.Status == "True" && len(node.Spec.Taints) == 0 {
				ready++
			}
		}
	}
	if ready < wanted {
		return fmt.Errorf("%d of %d nodes are ready", ready, wanted)
	}
	return nil
}
