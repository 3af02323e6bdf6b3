package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// files are what kops keeps in the state store for the machines.
func (m *model) files() {
	stored := func(name string) *task {
		return m.task("ManagedFile/"+name).add("Base", m.base()).add("Location", name)
	}
	stored("cluster-completed.spec").lines("Contents", m.completed())
	stored("kops-version.txt")
	m.task("ManagedFile/manifests-channels-kops-channels").add("Location", "manifests/channels/kops-channels.yaml")
	m.task("ManagedFile/manifests-static-kube-apiserver-healthcheck").add("Location", "manifests/static/kube-apiserver-healthcheck.yaml")
}

func (m *model) kubernetes() string { return text(m.spec("kubernetesVersion")) }

func (m *model) image(part string) string { return "registry.k8s.io/" + part + ":v" + m.kubernetes() }

// What kops adds to the spec in memory: only as much as recorded differences show, and a few neighbours, so
// that a difference has the lines around it that kops would print.

func (m *model) apiServer() object {
	server := object{
		"allowPrivileged": true,
		"anonymousAuth":   false,
		"apiAudiences":    []any{"kubernetes.svc.default"},
		"cloudProvider":   "external",
		"enableAdmissionPlugins": []any{"DefaultStorageClass", "DefaultTolerationSeconds", "LimitRanger", "MutatingAdmissionWebhook",
			"NamespaceLifecycle", "NodeRestriction", "ResourceQuota", "RuntimeClass", "ServiceAccount", "ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook"},
		"etcdServers":                  []any{"https://127.0.0.1:4001"},
		"etcdServersOverrides":         []any{"/events#https://127.0.0.1:4002"},
		"image":                        m.image("kube-apiserver"),
		"kubeletPreferredAddressTypes": []any{"InternalIP", "Hostname", "ExternalIP"},
		"logLevel":                     2,
		"securePort":                   443,
		"serviceClusterIPRange":        "100.64.0.0/13",
	}
	if enabled("metricsServer")(m) {
		server["enableAggregatorRouting"] = true
	}
	return server
}

func (m *model) controllerManager() object {
	return object{
		"allocateNodeCIDRs": true, "attachDetachReconcileSyncPeriod": "1m0s", "cloudProvider": "external", "clusterCIDR": "100.96.0.0/11",
		"clusterName": m.name, "configureCloudRoutes": false, "image": m.image("kube-controller-manager"),
		"leaderElection": object{"leaderElect": true}, "logLevel": 2, "useServiceAccountCredentials": true,
	}
}

func (m *model) scheduler() object {
	return object{"image": m.image("kube-scheduler"), "leaderElection": object{"leaderElect": true}, "logLevel": 2}
}

func (m *model) proxy() object {
	return object{"clusterCIDR": "100.96.0.0/11", "cpuRequest": "100m", "image": m.image("kube-proxy"), "logLevel": 2}
}

// kubelet is the configuration that all have, and what those of the control plane have more up to 1.35.
func (m *model) kubelet(control bool) object {
	all := object{
		"anonymousAuth": false, "cgroupDriver": "systemd", "cgroupRoot": "/", "cloudProvider": "external", "clusterDNS": "100.64.0.10",
		"clusterDomain": "cluster.local", "enableDebuggingHandlers": true,
		"evictionHard":   "memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<10%,imagefs.inodesFree<5%",
		"kubeconfigPath": "/var/lib/kubelet/kubeconfig", "logLevel": 2, "podManifestPath": "/etc/kubernetes/manifests",
		"protectKernelDefaults": true, "shutdownGracePeriod": "30s", "shutdownGracePeriodCriticalPods": "10s",
	}
	if control && parseRelease(m.kubernetes()).less(release{1, 36, 0}) {
		all["featureGates"] = object{"ImageVolume": "true"}
	}
	return all
}

// completed is the cluster as kops writes it for the machines.
func (m *model) completed() string {
	spec := object{}
	for key, value := range fields(m.spec()) {
		spec[key] = value
	}
	for key, value := range map[string]any{
		"clusterDNSDomain": "cluster.local", "kubeAPIServer": m.apiServer(), "kubeControllerManager": m.controllerManager(),
		"kubeProxy": m.proxy(), "kubeScheduler": m.scheduler(), "masterKubelet": m.kubelet(true), "kubelet": m.kubelet(false),
		"podCIDR": "100.96.0.0/11", "serviceClusterIPRange": "100.64.0.0/13",
	} {
		spec[key] = value
	}
	return writeYAML(object{"apiVersion": m.cluster["apiVersion"], "kind": "Cluster", "metadata": m.cluster["metadata"], "spec": spec})
}

// An asset is a program that machines download.
func (m *model) assets(architecture string) []string {
	release := "https://dl.k8s.io/release/v" + m.kubernetes() + "/bin/linux/" + architecture
	return []string{
		release + "/kubelet", release + "/kubectl",
		"https://artifacts.k8s.io/binaries/cloud-provider-aws/v1.31.7/linux/" + architecture + "/ecr-credential-provider-linux-" + architecture,
		"https://github.com/containerd/containerd/releases/download/v2.2.4/containerd-2.2.4-linux-" + architecture + ".tar.gz",
		"https://github.com/opencontainers/runc/releases/download/v1.3.5/runc." + architecture,
	}
}

func sum(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// nodeConfig is what machines of a group read when they start.
func (m *model) nodeConfig(group object) string {
	control := roleOf(group) == controlPlane
	programs := object{}
	for _, architecture := range []string{"amd64", "arm64"} {
		var lines []any
		for _, asset := range m.assets(architecture) {
			lines = append(lines, sum(asset)+"@"+asset)
		}
		if control {
			for _, own := range []string{"channels", "protokube"} {
				mirror := "https://artifacts.k8s.io/binaries/kops/1.36.2/linux/" + architecture + "/" + own
				lines = append(lines, sum(mirror)+"@"+mirror+",https://github.com/kubernetes/kops/releases/download/v1.36.2/"+own+"-linux-"+architecture)
			}
		}
		programs[architecture] = lines
	}
	kubelet := m.kubelet(control)
	labels := object{}
	for key, value := range nodeLabels(group) {
		labels[key] = value
	}
	kubelet["nodeLabels"] = labels
	if taints := nodeTaints(group); len(taints) > 0 {
		kubelet["taints"] = taints
	}
	config := object{
		"Assets": programs, "CAs": object{}, "ClusterName": m.name, "InstallCNIAssets": true, "KubeProxy": m.proxy(), "KubeletConfig": kubelet,
		"KubernetesVersion": m.kubernetes(), "Networking": fields(m.spec())["networking"], "UpdatePolicy": or(text(m.spec("updatePolicy")), "automatic"),
		"containerdConfig": object{"logLevel": "info", "version": "2.2.4"},
	}
	if hooks := at(group, "spec", "hooks"); hooks != nil {
		config["Hooks"] = hooks
	}
	if control {
		config["APIServerConfig"] = object{"API": object{"dns": object{}}, "KubeAPIServer": m.apiServer()}
		config["ControlPlaneConfig"] = object{"KubeControllerManager": m.controllerManager(), "KubeScheduler": m.scheduler()}
	}
	return writeYAML(config)
}

// userData is the script that a machine starts with; the hash in it makes any change of its configuration one
// of its template.
func (m *model) userData(group object) string {
	hash := sha256.Sum256([]byte(m.nodeConfig(group)))
	return fmt.Sprintf(`#!/bin/bash
set -o errexit
cat > kube_env.yaml << '__EOF_KUBE_ENV'
CloudProvider: aws
ClusterName: %s
InstanceGroupName: %s
InstanceGroupRole: %s
NodeupConfigHash: %s

__EOF_KUBE_ENV

download-release
%s`, m.name, nameOf(group), roleOf(group), base64.StdEncoding.EncodeToString(hash[:]), or(userScripts(group), "echo done\n"))
}

func userScripts(group object) string {
	var all strings.Builder
	for _, script := range list(group, "spec", "additionalUserData") {
		all.WriteString(text(script, "content") + "\n")
	}
	return all.String()
}

// tellAssets prints the images and programs of the cluster, for mirrors.
func (m *model) tellAssets(c *call) error {
	type image struct {
		Canonical string `json:"canonical"`
		Download  string `json:"download"`
	}
	type file struct {
		Canonical string `json:"canonical"`
		Download  string `json:"download"`
		SHA       string `json:"sha"`
	}
	var said struct {
		Images []image `json:"images"`
		Files  []file  `json:"files"`
	}
	for _, name := range m.images() {
		said.Images = append(said.Images, image{name, name})
	}
	var programs []string
	for _, architecture := range []string{"amd64", "arm64"} {
		programs = append(programs, m.assets(architecture)...)
	}
	slices.Sort(programs)
	for _, name := range programs {
		said.Files = append(said.Files, file{name, name, sum(name)})
	}
	encoded, err := json.Marshal(said)
	c.say("%s", encoded)
	return err
}

// imagesOfAddons are those of 1.36.2.
var imagesOfAddons = map[string][]string{
	"node-termination-handler.aws":       {"public.ecr.aws/aws-ec2/aws-node-termination-handler:v1.25.5"},
	"networking.cilium.io":               {"quay.io/cilium/cilium:v1.18.6", "quay.io/cilium/operator:v1.18.6"},
	"coredns.addons.k8s.io":              {"registry.k8s.io/coredns/coredns:v1.14.2", "registry.k8s.io/cpa/cluster-proportional-autoscaler:v1.9.0"},
	"kops-controller.addons.k8s.io":      {"registry.k8s.io/kops/kops-controller:1.36.2"},
	"metrics-server.addons.k8s.io":       {"registry.k8s.io/metrics-server/metrics-server:v0.8.0"},
	"aws-cloud-controller.addons.k8s.io": {"registry.k8s.io/provider-aws/cloud-controller-manager:v1.36.1"},
	"aws-ebs-csi-driver.addons.k8s.io": {"registry.k8s.io/provider-aws/aws-ebs-csi-driver:v1.58.0", "registry.k8s.io/sig-storage/csi-attacher:v4.11.0",
		"registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.16.0", "registry.k8s.io/sig-storage/csi-provisioner:v6.2.0",
		"registry.k8s.io/sig-storage/csi-resizer:v2.1.0", "registry.k8s.io/sig-storage/livenessprobe:v2.18.0"},
}

func (m *model) images() []string {
	all := []string{"registry.k8s.io/etcd-manager/etcd-manager-slim:v3.0.20260707", "registry.k8s.io/etcd:v3.5.31", "registry.k8s.io/etcd:v3.6.12",
		"registry.k8s.io/kops/channels:1.36.2", "registry.k8s.io/kops/kube-apiserver-healthcheck:1.36.2", "registry.k8s.io/pause:3.10.1"}
	for _, part := range []string{"kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"} {
		all = append(all, m.image(part))
	}
	for _, addon := range addons {
		if addon.wanted(m) {
			all = append(all, imagesOfAddons[addon.name]...)
		}
	}
	slices.Sort(all)
	return all
}
