package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
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
	setDefault(spec, "nonMasqueradeCIDR", "100.64.0.0/10")
	setDefault(spec, "kubernetesVersion", channelVersion)
	if text(spec, "topology", "dns", "type") == "Public" {
		setDefault(spec, "masterPublicName", "api."+nameOf(cluster))
	}
	// The networks of other clouds have rules of their own, which are not played.
	if text(spec, "cloudProvider") != "aws" {
		return nil
	}
	setDefault(spec, "networkCIDR", "172.20.0.0/16")
	return assignSubnets(spec)
}

// assignSubnets divides the network by as many parts as there are large subnets (1, 2, 4 or 8), in the order of their
// zones, leaving out what given ranges overlap; those of type Utility share the first part by eighths.
func assignSubnets(spec object) error {
	network, err := netip.ParsePrefix(text(spec, "networkCIDR"))
	if err != nil {
		return fmt.Errorf("Invalid NetworkCIDR: %q", text(spec, "networkCIDR"))
	}
	var big, small []object
	var given []netip.Prefix
	for _, item := range list(spec, "subnets") {
		subnet, ok := item.(object)
		if !ok {
			continue
		}
		if cidr, err := netip.ParsePrefix(text(subnet, "cidr")); err == nil {
			if !network.Contains(cidr.Addr()) {
				continue
			}
			given = append(given, cidr)
		}
		if text(subnet, "type") == "Utility" {
			small = append(small, subnet)
		} else {
			big = append(big, subnet)
		}
	}
	byZone := func(a, b object) int { return strings.Compare(text(a, "zone"), text(b, "zone")) }
	slices.SortStableFunc(big, byZone)
	slices.SortStableFunc(small, byZone)
	count := len(big)
	if len(small) > 0 {
		count++
	}
	free := slices.DeleteFunc(divide(network, min(3, bits.Len(uint(max(count, 1)-1)))), func(part netip.Prefix) bool {
		return slices.ContainsFunc(given, part.Overlaps)
	})
	if len(small) > 0 && len(free) > 0 {
		if err := hand(small, divide(free[0], 3), "little"); err != nil {
			return err
		}
		free = free[1:]
	}
	return hand(big, free, "big")
}

// hand gives each subnet without a range, and without an id, the next part.
func hand(subnets []object, parts []netip.Prefix, size string) error {
	for _, subnet := range subnets {
		if text(subnet, "cidr") != "" || text(subnet, "id") != "" {
			continue
		}
		if len(parts) == 0 {
			return fmt.Errorf("insufficient (%s) CIDRs remaining for automatic CIDR allocation to subnet %q", size, text(subnet, "name"))
		}
		subnet["cidr"], parts = parts[0].String(), parts[1:]
	}
	return nil
}

// divide gives the parts of an IPv4 network that are so many bits longer.
func divide(network netip.Prefix, more int) []netip.Prefix {
	length := network.Bits() + more
	four := network.Addr().As4()
	start := binary.BigEndian.Uint32(four[:])
	var parts []netip.Prefix
	for index := range uint32(1) << more {
		var moved [4]byte
		binary.BigEndian.PutUint32(moved[:], start+index<<(32-length))
		parts = append(parts, netip.PrefixFrom(netip.AddrFrom4(moved), length))
	}
	return parts
}
