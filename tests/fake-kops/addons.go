package main

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// An addon is what kops brings to a cluster by itself, in the order of its bootstrap channel.
type addon struct {
	name, id, file string
	// Whether the spec wants it.
	wanted func(m *model) bool
}

func always(*model) bool { return true }

// enabled are those that somebody switches on by a field of the spec.
func enabled(field string) func(m *model) bool {
	return func(m *model) bool {
		return text(m.spec(field, "enabled")) == "true" && text(m.spec(field, "managed")) != "false"
	}
}

func network(name string) func(m *model) bool {
	return func(m *model) bool { return fields(m.spec("networking", name)) != nil }
}

var addons = []addon{
	{"kops-controller.addons.k8s.io", "k8s-1.16", "k8s-1.16", always},
	{"coredns.addons.k8s.io", "k8s-1.12", "k8s-1.12", always},
	{"kubelet-api.rbac.addons.k8s.io", "k8s-1.9", "k8s-1.9", always},
	{"limit-range.addons.k8s.io", "", "v1.5.0", always},
	{"dns-controller.addons.k8s.io", "k8s-1.12", "k8s-1.12", func(m *model) bool {
		provider := text(m.spec("externalDns", "provider"))
		return provider == "" || provider == "dns-controller"
	}},
	{"external-dns.addons.k8s.io", "k8s-1.19", "k8s-1.19", func(m *model) bool { return text(m.spec("externalDns", "provider")) == "external-dns" }},
	{"certmanager.io", "k8s-1.16", "k8s-1.16", enabled("certManager")},
	{"aws-load-balancer-controller.addons.k8s.io", "k8s-1.19", "k8s-1.19", enabled("awsLoadBalancerController")},
	{"cluster-autoscaler.addons.k8s.io", "k8s-1.15", "k8s-1.15", enabled("clusterAutoscaler")},
	{"metrics-server.addons.k8s.io", "k8s-1.11", "k8s-1.11", enabled("metricsServer")},
	{"node-problem-detector.addons.k8s.io", "k8s-1.17", "k8s-1.17", enabled("nodeProblemDetector")},
	{"snapshot-controller.addons.k8s.io", "k8s-1.20", "k8s-1.20", enabled("snapshotController")},
	{"eks-pod-identity-webhook.addons.k8s.io", "k8s-1.16", "k8s-1.16", enabled("podIdentityWebhook")},
	{"node-termination-handler.aws", "k8s-1.11", "k8s-1.11", (*model).terminationHandler},
	{"karpenter.sh", "k8s-1.19", "k8s-1.19", enabled("karpenter")},
	{"storage-aws.addons.k8s.io", "v1.15.0", "v1.15.0", func(m *model) bool { return text(m.spec("cloudConfig", "manageStorageClasses")) != "false" }},
	{"networking.cilium.io", "k8s-1.16", "k8s-1.16-v1.15", network("cilium")},
	{"networking.projectcalico.org", "k8s-1.25", "k8s-1.25", network("calico")},
	{"networking.amazon-vpc-routed-eni", "k8s-1.16", "k8s-1.16", network("amazonvpc")},
	{"networking.kindnet", "k8s-1.32", "k8s-1.32", network("kindnet")},
	{"networking.flannel", "k8s-1.25", "k8s-1.25", network("flannel")},
	{"aws-cloud-controller.addons.k8s.io", "k8s-1.18", "k8s-1.18", always},
	{"aws-ebs-csi-driver.addons.k8s.io", "k8s-1.17", "k8s-1.17", func(m *model) bool { return text(m.spec("cloudConfig", "awsEBSCSIDriver", "managed")) != "false" }},
}

func (m *model) terminationHandler() bool {
	return text(m.spec("nodeTerminationHandler", "enabled")) != "false" && text(m.spec("karpenter", "enabled")) != "true"
}

func (m *model) addons() {
	var channel strings.Builder
	channel.WriteString("kind: Addons\nmetadata:\n  name: bootstrap\nspec:\n  addons:\n")
	for _, addon := range addons {
		if !addon.wanted(m) {
			continue
		}
		key, manifest := addon.name, addon.name+"/"+addon.file+".yaml"
		if addon.id != "" {
			key += "-" + addon.id
		}
		m.task("AddonManifest/"+m.name+"-addons-"+key).add("Location", "addons/"+manifest)
		app, _, _ := strings.Cut(addon.name, ".")
		hash := sha256.Sum256([]byte(manifest + writeYAML(m.spec(addonField(addon.name)))))
		if addon.id != "" {
			fmt.Fprintf(&channel, "  - id: %s\n    manifest: %s\n", strings.TrimSuffix(addon.id, ".0"), manifest)
		} else {
			fmt.Fprintf(&channel, "  - manifest: %s\n", manifest)
		}
		label := "k8s-addon: " + addon.name
		if addon.name == "metrics-server.addons.k8s.io" {
			label = "k8s-app: " + app
		}
		fmt.Fprintf(&channel, "    manifestHash: %x\n    name: %s\n    selector:\n      %s\n", hash, addon.name, label)
	}
	m.task("BootstrapChannel/"+m.name+"-addons-bootstrap").add("Location", "addons/bootstrap-channel.yaml").lines("Contents", channel.String())
	if m.terminationHandler() {
		m.terminationEvents()
	}
}

// addonField is the field of the spec that an addon's manifest depends on.
func addonField(name string) string {
	for part, field := range map[string]string{"certmanager": "certManager", "metrics-server": "metricsServer", "cluster-autoscaler": "clusterAutoscaler",
		"networking": "networking", "node-termination": "nodeTerminationHandler", "aws-load-balancer": "awsLoadBalancerController", "ebs-csi": "cloudConfig"} {
		if strings.Contains(name, part) {
			return field
		}
	}
	return ""
}

// terminationEvents are the queue of the termination handler and what is written to it.
func (m *model) terminationEvents() {
	queue := strings.ReplaceAll(m.name, ".", "-") + "-nth"
	m.task("SQS/"+queue).add("MessageRetentionPeriod", "300").add("Tags", m.owned(queue))
	for _, event := range [][2]string{
		{"ASGLifecycle", `{"source":["aws.autoscaling"],"detail-type":["EC2 Instance-terminate Lifecycle Action"]}`},
		{"InstanceScheduledChange", `{"source": ["aws.health"],"detail-type": ["AWS Health Event"],"detail": {"service": ["EC2"],"eventTypeCategory": ["scheduledChange"]}}`},
		{"InstanceStateChange", `{"source": ["aws.ec2"],"detail-type": ["EC2 Instance State-change Notification"]}`},
		{"SpotInterruption", `{"source": ["aws.ec2"],"detail-type": ["EC2 Spot Instance Interruption Warning"]}`},
	} {
		name := m.name + "-" + event[0]
		m.task("EventBridgeRule/"+name).add("EventPattern", event[1]).add("SQSQueue", ref("SQS/"+queue)).add("Tags", m.owned(name))
		m.task("EventBridgeTarget/"+name+"-Target").add("Rule", named(name)).add("SQSQueue", ref("SQS/"+queue))
	}
}
