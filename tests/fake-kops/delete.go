package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A refusal ends the call with a code and no text.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit %d", int(s)) }

// deleteGroup removes a group at once, by force: it is not drained.
func (c *call) deleteGroup(cluster, name string) error {
	if !c.has("yes") {
		c.say("Do you really want to delete instance group %q? This action cannot be undone. (y/N)\n", name)
		answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil {
			return fmt.Errorf("error reading from input: %v", err)
		}
		if answer := strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
			return silent(1)
		}
	}
	if c.store.cluster(cluster) == nil {
		return notFound(cluster)
	}
	group := c.store.group(cluster, name)
	if group == nil {
		return fmt.Errorf("error reading InstanceGroup %q: InstanceGroup.kops.k8s.io %q not found", name, name)
	}
	c.say("InstanceGroup %q found for deletion\n", name)
	if roleOf(group) == controlPlane {
		others := slices.DeleteFunc(c.store.groups(cluster), func(other object) bool {
			return roleOf(other) != controlPlane || nameOf(other) == name
		})
		if len(others) == 0 {
			return errors.New("cannot delete the only control plane instance group")
		}
	}
	w, err := openCloud(c.folder, cluster)
	if err != nil {
		return err
	}
	if recorded() && at(group, "spec", "mixedInstancesPolicy") != nil {
		return fmt.Errorf("error finding CloudInstanceGroups: error getting cloud instance group %q: error finding launch template or configuration for autoscaling group: %s", name, cloudName(cluster, group))
	}
	if len(w.of(name)) > 0 || w.templateOf(cluster, group) != "" {
		info("delete.go:54", "Deleting %q", name)
	}
	plane, err := c.runningPlane(cluster)
	if err != nil {
		return err
	}
	for _, one := range w.of(name) {
		if err := plane.lose(one); err != nil {
			return fmt.Errorf("error deleting cloud resources for InstanceGroup: %v", err)
		}
	}
	w.forgetGroup(name)
	if err := w.save(); err != nil {
		return err
	}
	if err := c.store.remove(cluster, "instancegroup", name); err != nil {
		return err
	}
	c.say("\nDeleted InstanceGroup: %q\n", name)
	return nil
}

// A thing is what `delete cluster` and `toolbox dump` list.
// key is its task, "" of a machine.
type thing struct{ kind, name, id, key string }

var thingKinds = map[string]string{"LaunchTemplate": "autoscaling-config", "AutoscalingGroup": "autoscaling-group", "DHCPOptions": "dhcp-options",
	"IAMInstanceProfile": "iam-instance-profile", "IAMRole": "iam-role", "InternetGateway": "internet-gateway", "SSHKey": "keypair",
	"NetworkLoadBalancer": "load-balancer", "RouteTable": "route-table", "SecurityGroup": "security-group", "Subnet": "subnet",
	"TargetGroup": "target-group", "EBSVolume": "volume", "VPC": "vpc"}

func (w *cloud) things() []thing {
	var all []thing
	for key, task := range w.Tasks {
		found, ok := thingKinds[kind(key)]
		if !ok {
			continue
		}
		_, name, _ := strings.Cut(key, "/")
		if base, has := task.field("LoadBalancerBaseName"); has {
			name = base
		}
		all = append(all, thing{found, name, or(w.IDs[key], name), key})
	}
	for _, one := range w.Instances {
		all = append(all, thing{"instance", one.Group, one.ID, ""})
	}
	slices.SortFunc(all, func(a, b thing) int {
		return slices.Compare([]string{a.kind, a.name, a.id}, []string{b.kind, b.name, b.id})
	})
	return all
}

// lose takes one thing away.
func (w *cloud) lose(gone thing) {
	delete(w.Tasks, gone.key)
	delete(w.IDs, gone.key)
	w.Instances = slices.DeleteFunc(w.Instances, func(one *instance) bool { return gone.key == "" && one.ID == gone.id })
}

func (c *call) deleteCluster() error {
	name := c.flag("name", os.Getenv("KOPS_CLUSTER_NAME"))
	if name == "" && len(c.words) > 2 {
		name = c.words[2]
	}
	if name == "" {
		return errors.New("--name is required (for safety)")
	}
	if c.store.cluster(name) == nil {
		return notFound(name)
	}
	w, err := openCloud(c.folder, name)
	if err != nil {
		return err
	}
	info("delete_cluster.go:143", "Looking for cloud resources to delete")
	all := w.things()
	if len(all) == 0 {
		c.say("No cloud resources to delete\n")
		if !c.has("yes") {
			c.say("\nMust specify --yes to unregister the cluster\n")
			return nil
		}
	} else {
		var rows [][]string
		for _, one := range all {
			rows = append(rows, []string{one.kind, one.name, one.id})
		}
		table([]string{"TYPE", "NAME", "ID"}, rows)
		if !c.has("yes") {
			c.say("\nMust specify --yes to delete cluster\n")
			return nil
		}
		c.say("\n")
		if err := c.stopPlane(name); err != nil {
			return err
		}
		for _, one := range all {
			w.lose(one)
			if err := w.save(); err != nil {
				return err
			}
			c.say("%s:%s\tok\n", one.kind, one.id)
		}
	}
	if err := os.RemoveAll(w.path); err != nil {
		return err
	}
	cloudWrites++
	afterWrite()
	if err := c.store.remove(name); err != nil {
		return fmt.Errorf("error removing cluster from state store: %v", err)
	}
	removeContext(name)
	c.say("\nDeleted cluster: %q\n", name)
	return nil
}
