package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// An api is the API server as we talk to it.
type api struct {
	server string
	http   http.Client
}

func newAPI(server, certificates string) (*api, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(certificates, "kwok.crt"), filepath.Join(certificates, "kwok.key"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(certificates, "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots},
		// All watches share one connection.
		ForceAttemptHTTP2: true,
	}
	return &api{server, http.Client{Transport: transport}}, nil
}

// A request names its writer in the way in which the API server knows writers.
type request struct {
	method, path, manager, contentType string
	body                               any
}

// send gives the body of the answer; an answer that is not 2xx is an error.
func (a *api) send(ctx context.Context, asked request) (io.ReadCloser, error) {
	var body io.Reader
	if asked.body != nil {
		text, err := json.Marshal(asked.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	address := a.server + asked.path
	if asked.manager != "" {
		address += "?fieldManager=" + url.QueryEscape(asked.manager)
	}
	made, err := http.NewRequestWithContext(ctx, asked.method, address, body)
	if err != nil {
		return nil, err
	}
	made.Header.Set("Accept", "application/json")
	made.Header.Set("Content-Type", asked.contentType)
	made.Header.Set("User-Agent", "stand-ins")
	answer, err := a.http.Do(made)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return nil, &refusal{answer.StatusCode, string(text)}
	}
	return answer.Body, nil
}

type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.code, r.text) }
