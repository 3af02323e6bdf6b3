package main

import "maps"

// The proxies of a Gateway: a Deployment and a Service of one name.
type proxies struct {
	namespace, name, manager, image string
	labels                          map[string]any
	owners                          []any
	// What the parameters of the class say.
	replicas int
	service  object
	secret   string
	gateway  object
}

const (
	owningName      = "gateway.envoyproxy.io/owning-gateway-name"
	owningNamespace = "gateway.envoyproxy.io/owning-gateway-namespace"
)

func (w *world) proxiesOf(gateway, class, controller object) proxies {
	made := proxies{gateway: gateway, replicas: 1}
	if class.text("spec", "controllerName") == "istio.io/gateway-controller" {
		made.namespace, made.name, made.manager = gateway.namespace(), gateway.name()+"-"+class.name(), "pilot-discovery"
		made.image = "docker.io/istio/proxyv2:latest"
		made.labels = map[string]any{"gateway.networking.k8s.io/gateway-name": gateway.name()}
		made.owners = owner(w.kinds["Gateway"], gateway)
		return made
	}
	parameters := class.object("spec", "parametersRef")
	namespace := parameters.text("namespace")
	if own := gateway.object("spec", "infrastructure", "parametersRef"); own != nil {
		parameters, namespace = own, gateway.namespace()
	}
	proxy := w.get("EnvoyProxy", namespace, parameters.text("name")).object("spec", "provider", "kubernetes")
	made.namespace, made.manager, made.secret = controller.namespace(), "envoy-gateway", "envoy"
	made.name = "envoy-" + gateway.namespace() + "-" + gateway.name() + "-" + shortHash(gateway.key())
	made.image = proxy.text("envoyDeployment", "container", "image")
	if made.image == "" {
		made.image = "docker.io/envoyproxy/envoy:distroless"
	}
	made.replicas = proxy.number(1, "envoyDeployment", "replicas")
	made.service = proxy.object("envoyService")
	made.labels = map[string]any{owningName: gateway.name(), owningNamespace: gateway.namespace(), "app.kubernetes.io/managed-by": "envoy-gateway"}
	return made
}

func (p proxies) metadata() map[string]any {
	metadata := map[string]any{"name": p.name, "namespace": p.namespace, "labels": p.labels}
	if p.owners != nil {
		metadata["ownerReferences"] = p.owners
	}
	return metadata
}

func (p proxies) make(w *world) []deed {
	var ports, containerPorts []any
	seen := map[int]bool{}
	for _, listener := range p.gateway.list("spec", "listeners") {
		port := listener.number(0, "port")
		if seen[port] {
			continue
		}
		seen[port] = true
		ports = append(ports, map[string]any{"name": listener.text("name"), "port": port, "targetPort": 10000 + port%10000})
		containerPorts = append(containerPorts, map[string]any{"containerPort": 10000 + port%10000})
	}
	kind := p.service.text("type")
	if kind == "" {
		kind = "LoadBalancer"
	}
	metadata := p.metadata()
	metadata["annotations"] = p.service.at("annotations")
	service := map[string]any{
		"metadata": metadata,
		"spec":     map[string]any{"type": kind, "selector": p.labels, "ports": ports},
	}
	pod := map[string]any{"containers": []any{map[string]any{"name": "envoy", "image": p.image, "ports": containerPorts}}}
	if p.secret != "" {
		pod["volumes"] = []any{map[string]any{"name": "certs", "secret": map[string]any{"secretName": p.secret}}}
	}
	deployment := map[string]any{
		"metadata": p.metadata(),
		"spec": map[string]any{
			"replicas": p.replicas,
			"selector": map[string]any{"matchLabels": p.labels},
			"template": map[string]any{"metadata": map[string]any{"labels": maps.Clone(p.labels)}, "spec": pod},
		},
	}
	return append(w.create("Service", p.manager, service), w.create("Deployment", p.manager, deployment)...)
}

// addresses are those by which the proxies are reached, once there are some.
func (p proxies) addresses(w *world) []any {
	service := w.get("Service", p.namespace, p.name)
	addresses := []any{}
	for _, ingress := range service.list("status", "loadBalancer", "ingress") {
		addresses = append(addresses, map[string]any{"type": "IPAddress", "value": ingress.text("ip")})
	}
	if address := service.text("spec", "clusterIP"); service.text("spec", "type") != "LoadBalancer" && address != "" && address != "None" {
		addresses = append(addresses, map[string]any{"type": "IPAddress", "value": address})
	}
	return addresses
}

// orphanedProxies takes away the proxies of Gateways that are gone, as long as Envoy Gateway runs.
func (w *world) orphanedProxies() []deed {
	if !w.runs(envoyGateway) {
		return nil
	}
	var deeds []deed
	for _, kind := range []string{"Service", "Deployment"} {
		for _, o := range w.all(kind) {
			if o.label(owningName) != "" && w.get("Gateway", o.label(owningNamespace), o.label(owningName)) == nil {
				deeds = append(deeds, w.remove(kind, o))
			}
		}
	}
	return deeds
}
