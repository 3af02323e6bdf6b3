package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

type instanceLine struct {
	ID            string   `json:"id"`
	NodeName      string   `json:"nodeName"`
	Status        string   `json:"status"`
	Roles         []string `json:"roles"`
	InternalIP    string   `json:"internalIP"`
	ExternalIP    string   `json:"externalIP"`
	InstanceGroup string   `json:"instanceGroup"`
	MachineType   string   `json:"machineType"`
	State         string   `json:"state"`
}

// getInstances lists machines; the group is the one of the cloud, whose name is longer.
func (c *call) getInstances(name string) error {
	cluster := c.store.cluster(name)
	if cluster == nil {
		return notFound(name)
	}
	w, err := openCloud(c.folder, name)
	if err != nil {
		return err
	}
	r := &rolling{call: c, cluster: name, cloud: w, all: c.store.groups(name), nodes: map[string]object{}}
	if r.plane, err = c.runningPlane(name); err != nil {
		return err
	}
	if err := r.readNodes(); err != nil {
		warn("get_instances.go:124", "cannot list node names. Kubernetes API unavailable: %v", err)
	}
	lines := []instanceLine{}
	for _, group := range r.all {
		stale := map[string]bool{}
		for _, one := range r.stale(group) {
			stale[one.ID] = true
		}
		for _, needs := range []bool{false, true} {
			for _, one := range w.of(nameOf(group)) {
				if stale[one.ID] != needs {
					continue
				}
				line := instanceLine{ID: one.ID, Status: "UpToDate", InternalIP: one.Address, InstanceGroup: cloudName(name, group), MachineType: one.Machine}
				if needs {
					line.Status = "NeedsUpdate"
				}
				line.Roles = []string{map[string]string{controlPlane: "control-plane", worker: "node", apiServer: "api-server", bastion: "bastion"}[roleOf(group)]}
				if r.nodes[one.Node] != nil {
					line.NodeName = one.Node
				}
				lines = append(lines, line)
			}
		}
	}
	switch output := c.flag("output", "table"); output {
	case "json":
		encoded, err := json.Marshal(lines)
		c.say("%s", encoded)
		return err
	case "yaml":
		c.say("%s", writeYAML(lines))
	case "table":
		var rows [][]string
		for _, line := range lines {
			rows = append(rows, []string{line.ID, line.NodeName, line.Status, strings.Join(line.Roles, ", "), line.State, line.InternalIP, line.ExternalIP, line.InstanceGroup, line.MachineType})
		}
		c.say("\n")
		table([]string{"ID", "NODE-NAME", "STATUS", "ROLES", "STATE", "INTERNAL-IP", "EXTERNAL-IP", "INSTANCE-GROUP", "MACHINE-TYPE"}, rows)
	default:
		return fmt.Errorf("unsupported output format: %q", output)
	}
	return nil
}
