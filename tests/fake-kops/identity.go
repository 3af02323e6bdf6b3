package main

import (
	"fmt"
	"strings"
)

// identity is who machines and people are: roles, key pairs, secrets, the SSH key.
func (m *model) identity() {
	for _, name := range []string{"masters", "nodes"} {
		full := name + "." + m.name
		m.task("IAMInstanceProfile/"+full).add("Tags", m.owned(full)).add("Shared", "false")
		m.task("IAMInstanceProfileRole/"+full).add("InstanceProfile", named(full)).add("Role", ref("IAMRole/"+full))
		m.task("IAMRole/"+full).add("Tags", m.owned(full)).add("ExportWithID", name)
		m.task("IAMRolePolicy/"+full).add("Role", ref("IAMRole/"+full)).add("Managed", "false")
	}
	for _, name := range m.authorities() {
		m.task("Keypair/"+name).add("Subject", "cn="+name).add("Issuer", "").add("Type", "ca").add("LegacyFormat", "false")
	}
	for _, name := range strings.Fields("admin kube kube-proxy kubelet system:controller_manager system:dns system:logging system:monitoring system:scheduler") {
		m.task("Secret/" + name)
	}
	if m.sshKey != "" {
		m.task("SSHKey/"+m.sshKeyName()).add("Shared", "false").add("KeyFingerprint", m.sshKey).add("Tags", m.owned(m.name))
	}
}

func (m *model) sshKeyName() string { return "kubernetes." + m.name + "-" + m.sshKey }

// authorities are in the order in which they were recorded being made.
func (m *model) authorities() []string {
	all := []string{"kubernetes-ca"}
	etcd := m.etcdNames()
	for index, name := range etcd {
		all = append(all, "etcd-manager-ca-"+name)
		if index == 0 {
			all = append(all, "apiserver-aggregator-ca", "etcd-peers-ca-"+name)
		} else {
			all = append(all, "etcd-peers-ca-"+name)
		}
	}
	return append(all, "etcd-clients-ca", "service-account")
}

func (m *model) etcdNames() []string {
	var names []string
	for _, etcd := range list(m.spec("etcdClusters")) {
		names = append(names, text(etcd, "name"))
	}
	return names
}

// etcd is a volume for each member, and what its manager reads.
func (m *model) etcd() {
	for _, etcd := range list(m.spec("etcdClusters")) {
		name := text(etcd, "name")
		var members []string
		for _, member := range list(etcd, "etcdMembers") {
			members = append(members, text(member, "name"))
		}
		for _, member := range list(etcd, "etcdMembers") {
			size := number(member, 20, "volumeSize")
			volume := text(member, "name") + ".etcd-" + name + "." + m.name
			group := text(member, "instanceGroup")
			m.task("EBSVolume/"+volume).add("AvailabilityZone", m.zoneOf(group)).add("Encrypted", m.truth(member, "encryptedVolume")).
				add("SizeGB", fmt.Sprint(size)).
				add("Tags", m.owned(volume, "k8s.io/etcd/"+name, text(member, "name")+"/"+strings.Join(members, ","), "k8s.io/role/control-plane", "1", "k8s.io/role/master", "1")).
				add("VolumeIops", "3000").add("VolumeThroughput", "125").add("VolumeType", "gp3")
			m.task("ManagedFile/manifests-etcdmanager-"+name+"-"+group).add("Location", "manifests/etcd/"+name+"-"+group+".yaml")
		}
		m.task("ManagedFile/etcd-cluster-spec-"+name).add("Base", m.base()+"/backups/etcd/"+name).add("Location", "/control/etcd-cluster-spec")
	}
}

func (m *model) truth(value any, key string) string {
	if text(value, key) == "false" {
		return "false"
	}
	return "true"
}

// zoneOf is the zone of a group's first subnet.
func (m *model) zoneOf(name string) string {
	for _, group := range m.groups {
		if nameOf(group) == name {
			for _, subnet := range texts(group, "spec", "subnets") {
				return zonesOf(m.cluster)[subnet]
			}
		}
	}
	return ""
}

func (m *model) base() string { return text(m.spec("configBase")) }
