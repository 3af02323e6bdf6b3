package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// A target is a Service, and the port of it, that the API server calls.
type target struct {
	namespace, name string
	port            int
}

// ports are the addresses on which we answer for Services. All addresses of Services are loopback.
type ports struct {
	world     *world
	listening map[string]*http.Server
	mutex     sync.Mutex
	// By Service: what it serves with when its pods mount nothing to serve with.
	issued map[string]*tls.Certificate
}

func newPorts(world *world) *ports {
	return &ports{world: world, listening: map[string]*http.Server{}, issued: map[string]*tls.Certificate{}}
}

// targets are all that configurations of the API server name.
func (w *world) targets() map[target]bool {
	found := map[target]bool{}
	add := func(config object) {
		if service := config.object("service"); service != nil {
			found[target{service.text("namespace"), service.text("name"), service.number(443, "port")}] = true
		}
	}
	for _, kind := range []string{validating, mutating} {
		for _, configuration := range w.all(kind) {
			for _, webhook := range configuration.list("webhooks") {
				add(webhook.object("clientConfig"))
			}
		}
	}
	for _, service := range w.all("APIService") {
		add(service.object("spec"))
	}
	for _, definition := range w.all("CustomResourceDefinition") {
		add(definition.object("spec", "conversion", "webhook", "clientConfig"))
	}
	return found
}

// answers: there is a Service with this port, and a pod behind it that is ready.
func (w *world) answers(at target) bool {
	service := w.get("Service", at.namespace, at.name)
	if service == nil || service.dying() || w.faultOf("Service", service).is("absent") || !w.hasEndpoints(service) {
		return false
	}
	for _, port := range service.list("spec", "ports") {
		if port.number(0, "port") == at.port {
			return true
		}
	}
	return false
}

func (w *world) hasEndpoints(service object) bool {
	for _, slice := range w.all("EndpointSlice") {
		if slice.namespace() != service.namespace() || slice.label("kubernetes.io/service-name") != service.name() {
			continue
		}
		for _, endpoint := range slice.list("endpoints") {
			if endpoint.flag("conditions", "ready") {
				return true
			}
		}
	}
	return false
}

// wanted says which addresses are to answer now, and for which Service.
func (p *ports) wanted() map[string]target {
	wanted := map[string]target{}
	for at := range p.world.targets() {
		address := p.world.get("Service", at.namespace, at.name).text("spec", "clusterIP")
		if address != "" && address != "None" && p.world.answers(at) {
			wanted[net.JoinHostPort(address, strconv.Itoa(at.port))] = at
		}
	}
	return wanted
}

// open begins to answer where it is wanted, and stops where it is not.
func (p *ports) open(wanted map[string]target) {
	for address, server := range p.listening {
		if _, ok := wanted[address]; !ok {
			_ = server.Close()
			delete(p.listening, address)
		}
	}
	for address, at := range wanted {
		if p.listening[address] != nil {
			continue
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			fmt.Fprintf(os.Stderr, "stand-ins: answering for %s: %v\n", key(at.namespace, at.name), err)
			time.AfterFunc(time.Second, p.world.touch)
			continue
		}
		server := &http.Server{
			Handler:     answering{p.world, at},
			TLSConfig:   &tls.Config{GetCertificate: p.certificate(at)},
			ReadTimeout: time.Minute,
		}
		p.listening[address] = server
		go func() { _ = server.ServeTLS(listener, "", "") }()
	}
}

// certificate is the one in a Secret that the pods of the Service mount, as they would serve it; else
// one that our authority signs.
func (p *ports) certificate(at target) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		p.world.mutex.Lock()
		mounted := p.world.mountedPair(at)
		p.world.mutex.Unlock()
		if mounted != nil {
			return mounted, nil
		}
		p.mutex.Lock()
		defer p.mutex.Unlock()
		if issued := p.issued[key(at.namespace, at.name)]; issued != nil {
			return issued, nil
		}
		host := at.name + "." + at.namespace
		made := p.world.authority.issue(false, at.name, at.name, host, host+".svc", host+".svc.cluster.local")
		issued, err := tls.X509KeyPair(made.certificate, made.key)
		p.issued[key(at.namespace, at.name)] = &issued
		return &issued, err
	}
}

// mountedPair is a pair for the name of the Service that one of its pods mounts.
func (w *world) mountedPair(at target) *tls.Certificate {
	selector := w.get("Service", at.namespace, at.name).object("spec", "selector")
	for _, pod := range w.all("Pod") {
		if pod.namespace() != at.namespace || !selects(selector, pod) {
			continue
		}
		for _, volume := range pod.list("spec", "volumes") {
			secret := w.get("Secret", at.namespace, volume.text("secret", "secretName"))
			// Who lists no items reads what kube-webhook-certgen put there, though cert-manager may have been before.
			held, ok := pairUnder(secret, "cert", "key")
			if !ok || len(volume.list("secret", "items")) > 0 {
				held, ok = pairIn(secret)
			}
			if !ok {
				continue
			}
			read, err := tls.X509KeyPair(held.certificate, held.key)
			if err == nil && read.Leaf.VerifyHostname(at.name+"."+at.namespace+".svc") == nil {
				return &read
			}
		}
	}
	return nil
}

// selects: all labels of a selector, which is not empty, are on the object.
func selects(selector, o object) bool {
	for name, value := range selector {
		if o.at("metadata", "labels", name) != value {
			return false
		}
	}
	return len(selector) > 0
}
