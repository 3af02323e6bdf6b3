package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// checkCluster makes the few checks of kops that tests meet; the texts are its own.
func checkCluster(cluster object) error {
	spec := fields(cluster, "spec")
	network, err := netip.ParsePrefix(text(spec, "networkCIDR"))
	if err != nil {
		return nil
	}
	networks := []netip.Prefix{network}
	for _, more := range texts(spec, "additionalNetworkCIDRs") {
		if parsed, err := netip.ParsePrefix(more); err == nil {
			networks = append(networks, parsed)
		}
	}
	for index, subnet := range list(spec, "subnets") {
		cidr, err := netip.ParsePrefix(text(subnet, "cidr"))
		if err != nil {
			continue
		}
		inside := false
		for _, network := range networks {
			inside = inside || network.Contains(cidr.Addr()) && network.Bits() <= cidr.Bits()
		}
		if !inside {
			return fmt.Errorf("spec.networking.subnets[%d].cidr: Forbidden: subnet %q cidr %q is not a subnet of the networkCIDR %q",
				index, text(subnet, "name"), cidr, network)
		}
	}
	return nil
}

// checkGroup is what `create` and `replace` look at: the group alone.
func checkGroup(group object) error {
	least, most := number(group, 1, "spec", "minSize"), number(group, 1, "spec", "maxSize")
	if at(group, "spec", "minSize") != nil && at(group, "spec", "maxSize") != nil && most < least {
		return errors.New("spec.maxSize: Forbidden: maxSize must be greater than or equal to minSize.")
	}
	return nil
}

// checkTogether is what only `update` looks at: groups and cluster.
func checkTogether(cluster object, groups []object) error {
	subnets := map[string]bool{}
	for _, subnet := range list(cluster, "spec", "subnets") {
		subnets[text(subnet, "name")] = true
	}
	control := false
	for _, group := range groups {
		control = control || roleOf(group) == controlPlane
		for index, name := range texts(group, "spec", "subnets") {
			if !subnets[name] {
				return fmt.Errorf("spec.networking.subnets[%d]: Not found: %q", index, name)
			}
		}
	}
	if !control {
		return errors.New("must configure at least one ControlPlane InstanceGroup")
	}
	for index, etcd := range list(cluster, "spec", "etcdClusters") {
		if len(list(etcd, "etcdMembers"))%2 == 0 {
			return fmt.Errorf("spec.etcdClusters[%d].etcdMembers: Invalid value: %d: Should be an odd number of control-plane-nodes for quorum. Use --zones and --control-plane-zones to declare node zones and control-plane zones separately",
				index, len(list(etcd, "etcdMembers")))
		}
	}
	return nil
}

// A release is MAJOR.MINOR.PATCH.
type release [3]int

func parseRelease(version string) release {
	var parsed release
	for index, part := range strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3) {
		parsed[index], _ = strconv.Atoi(part)
	}
	return parsed
}

func (r release) less(other release) bool {
	for index := range r {
		if r[index] != other[index] {
			return r[index] < other[index]
		}
	}
	return false
}

// What this kops can make, and what it advises: 1.36 makes 1.31 and newer and advises 1.33.
const minorsMade, minorsAdvised = 5, 3

// gate compares the Kubernetes version with what this kops can make; banners stand before the report.
func (c *call) gate(cluster object) error {
	wanted, own := parseRelease(text(cluster, "spec", "kubernetesVersion")), parseRelease(c.version())
	if used := strings.TrimSpace(c.store.read(nameOf(cluster), "kops-version.txt")); used != "" && own.less(parseRelease(used)) && !c.has("allow-kops-downgrade") {
		c.banner("The cluster was last updated by kops version "+used,
			"To permit updating by the older version "+c.version()+", run with the --allow-kops-downgrade flag")
		return errors.New("kops version older than last used to update the cluster")
	}
	// One is added to its own minor and its own patch is kept, so that 1.37.0 passes 1.36.2.
	if first := (release{own[0], own[1] + 1, own[2]}); !wanted.less(first) {
		refused := "This version of kubernetes is not yet supported; upgrading kops is required"
		if os.Getenv("KOPS_RUN_TOO_NEW_VERSION") != "" {
			c.banner(refused, "(this check has been bypassed by exporting KOPS_RUN_TOO_NEW_VERSION)")
			return nil
		}
		c.banner(refused, "(you can bypass this check by exporting KOPS_RUN_TOO_NEW_VERSION)")
		return errors.New("kops upgrade is required")
	}
	advised := release{own[0], own[1] - minorsAdvised, 0}
	more := fmt.Sprintf("More information: https://github.com/kubernetes/kops/blob/master/permalinks/upgrade_k8s.md#%d.%d.0", advised[0], advised[1])
	if wanted.less(release{own[0], own[1] - minorsMade, 0}) {
		c.say("This version of Kubernetes is no longer supported; upgrading Kubernetes is required\n\n%s\n\n%s\n\n", more, stars)
		return errors.New("kubernetes upgrade is required")
	}
	if wanted.less(advised) {
		c.banner("Kops support for this Kubernetes version is deprecated and will be removed in a future release.",
			"", "Upgrading Kubernetes is recommended", more)
	}
	if at(cluster, "spec", "kubelet", "anonymousAuth") == nil || text(cluster, "spec", "kubelet", "anonymousAuth") == "true" {
		c.banner("Kubelet anonymousAuth is currently turned on. This allows RBAC escalation and remote code execution possibilities.",
			"It is highly recommended you turn it off by setting 'spec.kubelet.anonymousAuth' to 'false' via 'kops edit cluster'",
			"", "See https://kops.sigs.k8s.io/security/#kubelet-api")
	}
	return nil
}

var stars = strings.Repeat("*", 81)

func (c *call) banner(lines ...string) {
	c.say("\n%s\n\n%s\n\n%s\n\n", stars, strings.Join(lines, "\n"), stars)
}
