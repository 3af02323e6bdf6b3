package main

import (
	"encoding/json"
	"strings"
)

// dump is `toolbox dump`: the things of the cloud, without what AWS itself says about each of them.
func (c *call) dump(name string) error {
	if c.store.cluster(name) == nil {
		return notFound(name)
	}
	w, err := openCloud(c.folder, name)
	if err != nil {
		return err
	}
	type resource struct {
		ID   string `json:"id"`
		Raw  object `json:"raw"`
		Type string `json:"type"`
	}
	type machine struct {
		Name    string   `json:"name"`
		Public  []string `json:"publicAddresses,omitempty"`
		Private []string `json:"privateAddresses,omitempty"`
		Roles   []string `json:"roles,omitempty"`
		User    string   `json:"sshUser,omitempty"`
	}
	type balancer struct {
		Name    string `json:"name"`
		DNSName string `json:"dnsName"`
	}
	type subnet struct {
		ID   string `json:"id"`
		Zone string `json:"zone"`
	}
	var said struct {
		Resources     []resource        `json:"resources"`
		Instances     []machine         `json:"instances,omitempty"`
		LoadBalancers []balancer        `json:"loadBalancers,omitempty"`
		Subnets       []subnet          `json:"subnets,omitempty"`
		VPC           map[string]string `json:"vpc,omitempty"`
	}
	for _, one := range w.things() {
		switch one.kind {
		case "instance", "vpc", "subnet", "security-group", "route-table", "load-balancer", "target-group":
			said.Resources = append(said.Resources, resource{one.id, object{}, one.kind})
		}
		switch one.kind {
		case "vpc":
			said.VPC = map[string]string{"id": one.id}
		case "subnet":
			zone, _ := w.Tasks["Subnet/"+one.name].field("AvailabilityZone")
			said.Subnets = append(said.Subnets, subnet{one.id, zone})
		case "load-balancer":
			said.LoadBalancers = append(said.LoadBalancers, balancer{one.name, one.name + ".amazonaws.com"})
		}
	}
	for _, one := range w.Instances {
		group := c.store.group(name, one.Group)
		said.Instances = append(said.Instances, machine{Name: one.ID, Private: []string{one.Address}, Roles: []string{strings.ToLower(roleOf(group))}, User: "ubuntu"})
	}
	encoded, err := json.MarshalIndent(said, "", "  ")
	c.say("%s", encoded)
	return err
}
