package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// What kops takes from its channel when no version is set.
const channelVersion = "1.36.3"

// assign fills in what kops stores with a new cluster though nobody set it.
func assign(cluster object) error {
	spec := fields(cluster, "spec")
	for _, etcd := range list(spec, "etcdClusters") {
		if etcd, ok := etcd.(object); ok {
			setDefault(etcd, "manager", object{})
			if manager := fields(etcd, "manager"); manager != nil {
				setDefault(manager, "backupRetentionDays", 90)
			}
		}
	}
	setDefault(spec, "networkCIDR", "172.20.0.0/16")
	setDefault(spec, "nonMasqueradeCIDR", "100.64.0.0/10")
	setDefault(spec, "kubernetesVersion", channelVersion)
	if text(spec, "topology", "dns", "type") == "Public" {
		setDefault(spec, "masterPublicName", "api."+nameOf(cluster))
	}
	return assignSubnets(spec)
}

// assignSubnets gives each subnet without a range an eighth of the network by turns, in the order of their
// names; those of type Utility share the first eighth.
func assignSubnets(spec object) error {
	network, err := netip.ParsePrefix(text(spec, "networkCIDR"))
	if err != nil {
		return fmt.Errorf("invalid networkCIDR: %q", text(spec, "networkCIDR"))
	}
	var open []object
	for _, subnet := range list(spec, "subnets") {
		subnet, ok := subnet.(object)
		if !ok {
			continue
		}
		if text(subnet, "cidr") != "" || text(subnet, "id") != "" {
			return nil
		}
		open = append(open, subnet)
	}
	slices.SortFunc(open, func(a, b object) int { return strings.Compare(text(a, "name"), text(b, "name")) })
	big, small := 1, 0
	for _, subnet := range open {
		if text(subnet, "type") == "Utility" {
			subnet["cidr"] = part(part(network, 0), small).String()
			small++
		} else {
			subnet["cidr"] = part(network, big).String()
			big++
		}
	}
	if big > 8 || small > 8 {
		return fmt.Errorf("could not find a non-overlapping CIDR for subnet")
	}
	return nil
}

// part is one eighth of an IPv4 network.
func part(network netip.Prefix, index int) netip.Prefix {
	bits := network.Bits() + 3
	four := network.Addr().As4()
	start := binary.BigEndian.Uint32(four[:]) + uint32(index)<<(32-bits)
	var moved [4]byte
	binary.BigEndian.PutUint32(moved[:], start)
	return netip.PrefixFrom(netip.AddrFrom4(moved), bits)
}
