package main

import (
	"fmt"
	"strings"
)

const metrics = "[GroupDesiredCapacity, GroupInServiceInstances, GroupMaxSize, GroupMinSize, GroupPendingInstances, GroupStandbyInstances, GroupTerminatingInstances, GroupTotalInstances]"

// cloudName is the name of a group in the cloud.
func cloudName(cluster string, group object) string {
	switch roleOf(group) {
	case controlPlane:
		return nameOf(group) + ".masters." + cluster
	case apiServer:
		return nameOf(group) + ".apiservers." + cluster
	}
	return nameOf(group) + "." + cluster
}

// group is what one instance group becomes: machines by a template, and their configuration.
func (m *model) group(group object) {
	name := cloudName(m.name, group)
	m.template(group, name)
	m.autoscaling(group, name)
	folder := map[string]string{controlPlane: "control-plane", worker: "node", apiServer: "apiserver", bastion: "bastion"}[roleOf(group)]
	m.of(group, m.task("ManagedFile/nodeupconfig-"+nameOf(group)).
		add("Location", "igconfig/"+folder+"/"+nameOf(group)+"/nodeupconfig.yaml").lines("Contents", m.nodeConfig(group)))
}

func (m *model) of(group object, t *task) { t.Group = nameOf(group) }

func (m *model) template(group object, name string) {
	spec := fields(group, "spec")
	owner, size := "nodes", map[string]int{controlPlane: 64, bastion: 32, worker: 128, apiServer: 64}[roleOf(group)]
	if roleOf(group) == controlPlane || roleOf(group) == apiServer {
		owner = "masters"
	}
	owner += "." + m.name
	t := m.task("LaunchTemplate/"+name).add("AssociatePublicIP", m.public(group)).add("CPUCredits", text(spec, "cpuCredits")).
		add("HTTPPutResponseHopLimit", or(text(spec, "instanceMetadata", "httpPutResponseHopLimit"), "1")).
		add("HTTPTokens", or(text(spec, "instanceMetadata", "httpTokens"), "required")).
		add("HTTPProtocolIPv6", "disabled").add("IAMInstanceProfile", named(owner)).add("ImageID", text(spec, "image")).
		add("InstanceMonitoring", or(text(spec, "detailedInstanceMonitoring"), "false")).add("InstanceType", text(spec, "machineType")).
		add("IPv6AddressCount", "0").add("RootVolumeIops", or(text(spec, "rootVolumeIops"), "3000")).
		add("RootVolumeSize", fmt.Sprint(number(spec, size, "rootVolumeSize"))).
		add("RootVolumeThroughput", or(text(spec, "rootVolumeThroughput"), "125")).
		add("RootVolumeType", or(text(spec, "rootVolumeType"), "gp3")).add("RootVolumeEncryption", or(text(spec, "rootVolumeEncryption"), "true")).
		add("RootVolumeKmsKey", text(spec, "rootVolumeEncryptionKey"))
	if m.sshKey != "" {
		t.add("SSHKey", named(m.sshKeyName()))
	}
	t.add("SecurityGroups", "["+ref("SecurityGroup/"+owner)+"]").add("SpotPrice", text(spec, "maxPrice")).
		add("Tags", tags(m.groupTags(group, name))).lines("UserData", m.userData(group))
	m.of(group, t)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func (m *model) public(group object) string {
	for _, subnet := range list(m.spec("subnets")) {
		for _, name := range texts(group, "spec", "subnets") {
			if text(subnet, "name") == name && text(subnet, "type") == "Private" {
				return "false"
			}
		}
	}
	return "true"
}

func (m *model) autoscaling(group object, name string) {
	spec := fields(group, "spec")
	t := m.task("AutoscalingGroup/"+name).add("Granularity", "1Minute").add("InstanceProtection", or(text(spec, "instanceProtection"), "false")).
		add("LaunchTemplate", ref("LaunchTemplate/"+name)).add("LoadBalancers", "[]").add("MaxInstanceLifetime", "0").
		add("MaxSize", fmt.Sprint(number(spec, 1, "maxSize"))).add("Metrics", metrics).add("MinSize", fmt.Sprint(number(spec, 1, "minSize")))
	if mixed := fields(spec, "mixedInstancesPolicy"); mixed != nil {
		t.add("MixedInstanceOverrides", "["+strings.Join(texts(mixed, "instances"), ", ")+"]").
			add("MixedOnDemandBase", text(mixed, "onDemandBase")).add("MixedOnDemandAboveBase", text(mixed, "onDemandAboveBase")).
			add("MixedSpotAllocationStrategy", text(mixed, "spotAllocationStrategy")).add("MixedSpotMaxPrice", text(spec, "maxPrice"))
	}
	var subnets []string
	for _, subnet := range texts(spec, "subnets") {
		subnets = append(subnets, ref("Subnet/"+m.subnetName(subnet)))
	}
	targets := ""
	if roleOf(group) == controlPlane && fields(m.spec("api", "loadBalancer")) != nil {
		targets = named(shortName("kops-controller", m.name)) + ", " + named(shortName("tcp", m.name))
	}
	t.add("Subnets", "["+strings.Join(subnets, ", ")+"]").add("SuspendProcesses", "["+strings.Join(texts(spec, "suspendProcesses"), ", ")+"]").
		add("Tags", tags(m.groupTags(group, name))).add("TargetGroups", "["+targets+"]")
	m.of(group, t)
	if m.terminationHandler() && roleOf(group) != bastion {
		m.of(group, m.task("AutoscalingLifecycleHook/"+nameOf(group)+"-NTHLifecycleHook").add("ID", nameOf(group)+"-NTHLifecycleHook").
			add("AutoscalingGroup", named(name)).add("DefaultResult", "CONTINUE").add("HeartbeatTimeout", "300").
			add("LifecycleTransition", "autoscaling:EC2_INSTANCE_TERMINATING").add("Enabled", "true"))
	}
}

// nodeLabels are the labels that nodes of a group carry.
func nodeLabels(group object) map[string]string {
	labels := map[string]string{}
	switch roleOf(group) {
	case controlPlane:
		labels["kops.k8s.io/kops-controller-pki"] = ""
		labels["node-role.kubernetes.io/control-plane"] = ""
		labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
	case apiServer:
		labels["node-role.kubernetes.io/api-server"] = ""
	default:
		labels["node-role.kubernetes.io/node"] = ""
	}
	for key, value := range fields(group, "spec", "nodeLabels") {
		labels[key] = text(value)
	}
	return labels
}

// nodeTaints are as the spec writes them: KEY=VALUE:EFFECT.
func nodeTaints(group object) []string {
	taints := texts(group, "spec", "taints")
	if roleOf(group) == controlPlane {
		taints = append([]string{"node-role.kubernetes.io/control-plane=:NoSchedule"}, taints...)
	}
	return taints
}

func (m *model) groupTags(group object, name string) map[string]string {
	const template = "k8s.io/cluster-autoscaler/node-template/"
	all := m.tagged(name, "kops.k8s.io/instancegroup", nameOf(group))
	for key, value := range fields(group, "spec", "cloudLabels") {
		all[key] = text(value)
	}
	if m.terminationHandler() {
		all[or(text(m.spec("nodeTerminationHandler", "managedASGTag")), "aws-node-termination-handler/managed")] = ""
	}
	if roleOf(group) == bastion {
		all["k8s.io/role/bastion"] = "1"
		return all
	}
	for key, value := range nodeLabels(group) {
		all[template+"label/"+key] = value
	}
	for _, taint := range texts(group, "spec", "taints") {
		key, value, _ := strings.Cut(taint, "=")
		all[template+"taint/"+key] = value
	}
	switch roleOf(group) {
	case controlPlane:
		all["k8s.io/role/control-plane"], all["k8s.io/role/master"] = "1", "1"
	case apiServer:
		all["k8s.io/role/api-server"] = "1"
	default:
		all["k8s.io/role/node"] = "1"
	}
	return all
}
