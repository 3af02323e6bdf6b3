package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

type failure struct {
	Kind    string `json:"type"`
	Name    string `json:"name"`
	Message string `json:"message"`
	Group   string `json:"instanceGroup,omitempty"`
}

type validNode struct {
	Name     string `json:"name"`
	Zone     string `json:"zone"`
	Role     string `json:"role"`
	Hostname string `json:"hostname"`
	Status   string `json:"status"`
}

type validation struct {
	Failures []failure   `json:"failures,omitempty"`
	Nodes    []validNode `json:"nodes,omitempty"`
}

// validate writes one document for each attempt, with nothing between them.
func (c *call) validate(name string) error {
	if err := c.validateUntil(name); err != nil {
		return fmt.Errorf("validation failed: %w", err)
	}
	return nil
}

func (c *call) validateUntil(name string) error {
	if c.store.cluster(name) == nil {
		return notFound(name)
	}
	groups := c.store.groups(name)
	if len(groups) == 0 {
		return errors.New("no InstanceGroup objects found")
	}
	if err := c.heal(name); err != nil {
		return err
	}
	output := c.flag("output", "table")
	if output == "table" {
		c.say("Validating cluster %v\n\n", name)
	}
	wait, interval, count := c.duration("wait", "0s"), c.duration("interval", "10s"), 0
	wanted := number(object{"count": c.flag("count", "0")}, 0, "count")
	// The time to wait is not made shorter: a test says how long it has.
	for deadline := time.Now().Add(wait); ; pause(interval) {
		if wait > 0 && time.Now().After(deadline) && count == 0 {
			return errors.New("wait time exceeded during validation")
		}
		found, err := c.look(name, groups)
		if err != nil {
			if wait == 0 {
				return fmt.Errorf("unexpected error during validation: %v", err)
			}
			count = 0
			warn("validate_cluster.go:230", "(will retry): unexpected error during validation: %v", err)
			continue
		}
		if output == "json" {
			encoded, err := json.Marshal(found)
			if err != nil {
				return err
			}
			c.say("%s", encoded)
		} else {
			c.tellValidation(name, groups, found)
		}
		if len(found.Failures) > 0 {
			if wait == 0 {
				return errors.New("cluster not yet healthy")
			}
			count = 0
			warn("validate_cluster.go:262", "(will retry): cluster not yet healthy")
			continue
		}
		if count++; count >= wanted {
			return nil
		}
		info("validate_cluster.go:250", "(will retry): cluster passed validation %d consecutive times", count)
		if wait == 0 {
			return fmt.Errorf("cluster passed validation %d consecutive times", count)
		}
	}
}

func (c *call) tellValidation(name string, groups []object, found validation) {
	c.say("INSTANCE GROUPS\n")
	var rows [][]string
	for _, group := range groups {
		rows = append(rows, append(groupRow(group), strings.Join(texts(group, "spec", "subnets"), ",")))
	}
	table([]string{"NAME", "ROLE", "MACHINETYPE", "MIN", "MAX", "SUBNETS"}, rows)
	c.say("\nNODE STATUS\n")
	rows = nil
	for _, node := range found.Nodes {
		rows = append(rows, []string{node.Name, node.Role, node.Status})
	}
	table([]string{"NAME", "ROLE", "READY"}, rows)
	if len(found.Failures) == 0 {
		c.say("\nYour cluster %s is ready\n", name)
		return
	}
	c.say("\nVALIDATION ERRORS\n")
	rows = nil
	for _, failure := range found.Failures {
		rows = append(rows, []string{failure.Kind, failure.Name, failure.Message})
	}
	table([]string{"KIND", "NAME", "MESSAGE"}, rows)
	c.say("\nValidation Failed\n")
}

// look compares groups, machines, nodes and the pods that the cluster cannot do without.
func (c *call) look(name string, groups []object) (validation, error) {
	var found validation
	w, err := openCloud(c.folder, name)
	if err != nil {
		return found, err
	}
	on, err := c.runningPlane(name)
	if err != nil {
		return found, err
	}
	if on == nil {
		host := shortName("api", name) + ".amazonaws.com"
		return found, fmt.Errorf(`error listing nodes: Get "https://%s/api/v1/nodes": dial tcp: lookup %s on 127.0.0.53:53: no such host`, host, host)
	}
	nodes, err := on.api.items("/api/v1/nodes")
	if err != nil {
		return found, fmt.Errorf("error listing nodes: %v", err)
	}
	fail := func(kind, name, group, format string, values ...any) {
		found.Failures = append(found.Failures, failure{kind, name, fmt.Sprintf(format, values...), group})
	}
	for _, group := range groups {
		least, _ := w.sizes(name, group)
		machines := w.of(nameOf(group))
		switch {
		case w.templateOf(name, group) == "":
			fail("InstanceGroup", nameOf(group), nameOf(group), "InstanceGroup %q is missing from the cloud provider", nameOf(group))
		case len(machines) < least:
			fail("InstanceGroup", nameOf(group), nameOf(group), "InstanceGroup %q did not have enough nodes %d vs %d", nameOf(group), len(machines), least)
		}
		for _, machine := range machines {
			c.lookAt(&found, fail, nodes, machine, group)
		}
	}
	slices.SortFunc(found.Nodes, func(a, b validNode) int { return strings.Compare(a.Name, b.Name) })
	pods, err := on.api.items("/api/v1/namespaces/kube-system/pods")
	if err != nil {
		return found, fmt.Errorf("error listing Pods: %v", err)
	}
	for _, pod := range pods {
		c.lookAtPod(fail, pod)
	}
	if one := c.faults.find("validation"); one != nil {
		fail("Pod", "kube-system/coredns", "", "%s", or(one.Text, `system-cluster-critical pod "coredns" is pending`))
	}
	return found, nil
}

func (c *call) lookAt(found *validation, fail func(kind, name, group, format string, values ...any), nodes []any, machine *instance, group object) {
	for _, node := range nodes {
		if text(node, "metadata", "name") != machine.Node {
			continue
		}
		role := map[string]string{controlPlane: "control-plane", worker: "node", apiServer: "apiserver"}[roleOf(group)]
		status := "False"
		if ready(node) {
			status = "True"
		} else {
			fail("Node", machine.Node, nameOf(group), "node %q of role %q is not ready", machine.Node, role)
		}
		found.Nodes = append(found.Nodes, validNode{machine.Node, text(fields(node, "metadata", "labels"), "topology.kubernetes.io/zone"), role, machine.Node, status})
		return
	}
	if roleOf(group) != bastion {
		fail("Machine", machine.ID, nameOf(group), "machine %q has not yet joined cluster", machine.ID)
	}
}

func (c *call) lookAtPod(fail func(kind, name, group, format string, values ...any), pod any) {
	class, name := text(pod, "spec", "priorityClassName"), text(pod, "metadata", "name")
	if class != "system-cluster-critical" && class != "system-node-critical" {
		return
	}
	full := text(pod, "metadata", "namespace") + "/" + name
	switch phase := text(pod, "status", "phase"); {
	case phase == "Succeeded":
	case phase == "Pending", phase == "Unknown":
		fail("Pod", full, "", "%s pod %q is %s", class, name, strings.ToLower(phase))
	case !ready(pod):
		var waiting []string
		for _, container := range list(pod, "status", "containerStatuses") {
			if text(container, "ready") != "true" {
				waiting = append(waiting, text(container, "name"))
			}
		}
		fail("Pod", full, "", "%s pod %q is not ready (%s)", class, name, strings.Join(waiting, ","))
	}
}
