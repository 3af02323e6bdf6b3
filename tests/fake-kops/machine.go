package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// versionOf is the Kubernetes version that new machines of a group get.
func (w *cloud) versionOf(group string) string {
	task := w.Tasks["ManagedFile/nodeupconfig-"+group]
	if task == nil {
		return ""
	}
	content, _ := task.field("Contents")
	for line := range strings.Lines(content) {
		if version, ok := strings.CutPrefix(line, "KubernetesVersion: "); ok {
			return strings.TrimSpace(version)
		}
	}
	return ""
}

// sizes are the least and the most machines of a group, as the cloud has them.
func (w *cloud) sizes(cluster string, group object) (least, most int) {
	task := w.Tasks["AutoscalingGroup/"+cloudName(cluster, group)]
	if task == nil {
		return 0, 0
	}
	minimum, _ := task.field("MinSize")
	maximum, _ := task.field("MaxSize")
	least, _ = strconv.Atoi(minimum)
	most, _ = strconv.Atoi(maximum)
	return least, most
}

// scale makes the machines that a group lacks, and takes away those beyond its maximum, the oldest first.
func (p *plan) scale(on *plane, group object) error {
	if recorded() {
		return nil // the simulated AWS has no machines
	}
	least, most := p.cloud.sizes(p.model.name, group)
	for len(p.cloud.of(nameOf(group))) < least {
		if _, err := p.cloud.make(on, p.model, group); err != nil {
			return err
		}
	}
	for len(p.cloud.of(nameOf(group))) > most {
		if err := p.cloud.take(on, p.cloud.of(nameOf(group))[0]); err != nil {
			return err
		}
	}
	// A call that was killed may have left a machine that never joined.
	for _, one := range p.cloud.of(nameOf(group)) {
		if err := on.join(one, p.model, group); err != nil {
			return err
		}
	}
	return nil
}

// heal does what a cloud does by itself, after a call that was killed: machines that were ordered join, groups get
// the machines that they lack, and a new machine of the control plane runs what it was made for.
func (c *call) heal(name string) error {
	on, err := c.runningPlane(name)
	if err != nil || on == nil {
		return err
	}
	w, err := openCloud(c.folder, name)
	if err != nil {
		return err
	}
	groups := c.store.groups(name)
	p := &plan{model: newModel(c.store.cluster(name), groups, ""), cloud: w}
	for _, group := range groups {
		if w.templateOf(name, group) == "" {
			continue
		}
		if roleOf(group) == controlPlane && len(w.of(nameOf(group))) == 0 {
			if on, err = c.wishPlane(name, minorOf(w.versionOf(nameOf(group)))); err != nil {
				return err
			}
		}
		if err := p.scale(on, group); err != nil {
			return err
		}
	}
	return nil
}

// make starts a machine by the group's template, and waits until its node is ready.
func (w *cloud) make(on *plane, m *model, group object) (*instance, error) {
	w.Counters["instance"]++
	count := w.Counters["instance"]
	one := &instance{
		ID: fmt.Sprintf("i-%017x", count), Group: nameOf(group), Template: w.templateOf(m.name, group), Machine: text(group, "spec", "machineType"),
		Version: w.versionOf(nameOf(group)), Address: fmt.Sprintf("10.0.%d.%d", count/250, count%250+1),
	}
	if on != nil {
		one.Node = one.ID
	}
	w.Instances = append(w.Instances, one)
	if err := w.save(); err != nil {
		return nil, err
	}
	return one, on.join(one, m, group)
}

// take ends a machine.
func (w *cloud) take(on *plane, one *instance) error {
	if err := on.lose(one); err != nil {
		return err
	}
	for index, other := range w.Instances {
		if other == one {
			w.Instances = append(w.Instances[:index], w.Instances[index+1:]...)
			break
		}
	}
	return w.save()
}

// join makes the node of a machine, with the labels and taints that kops gives it.
func (p *plane) join(one *instance, m *model, group object) error {
	if p == nil || roleOf(group) == bastion {
		return nil
	}
	one.Node = one.ID
	labels := nodeLabels(group)
	labels["kops.k8s.io/instancegroup"] = one.Group
	labels["kubernetes.io/hostname"] = one.Node
	labels["kubernetes.io/os"] = "linux"
	labels["kubernetes.io/arch"] = "amd64"
	labels["node.kubernetes.io/instance-type"] = one.Machine
	labels["topology.kubernetes.io/region"] = m.region()
	labels["topology.kubernetes.io/zone"] = m.zoneOf(one.Group)
	version := "v" + one.Version
	node := object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": object{"name": one.Node, "labels": labels},
		"spec":     object{"providerID": "aws:///" + m.zoneOf(one.Group) + "/" + one.ID, "taints": taintsOf(group)},
		"status":   object{"nodeInfo": object{"kubeletVersion": version, "kubeProxyVersion": version}},
	}
	there, err := p.api.node(one.Node)
	if err == nil && there == nil {
		_, err = p.api.ask(http.MethodPost, "/api/v1/nodes", node)
	}
	if err != nil {
		return fmt.Errorf("making the node of machine %q: %w", one.ID, err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		found, err := p.api.node(one.Node)
		if err == nil && ready(found) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the node of machine %q did not get ready", one.ID)
		}
	}
}

func taintsOf(group object) []any {
	taints := []any{}
	for _, written := range nodeTaints(group) {
		key, effect, _ := strings.Cut(written, ":")
		key, value, _ := strings.Cut(key, "=")
		taints = append(taints, object{"key": key, "value": value, "effect": effect})
	}
	return taints
}

// lose removes the node of a machine and the pods that ran there: the machine is gone, and they with it.
func (p *plane) lose(one *instance) error {
	if p == nil || one.Node == "" {
		return nil
	}
	pods, err := p.api.podsOn(one.Node)
	if err != nil {
		return err
	}
	if _, err := p.api.ask(http.MethodDelete, "/api/v1/nodes/"+one.Node, nil); err != nil && codeOf(err) != http.StatusNotFound {
		return err
	}
	for _, pod := range pods {
		_, err := p.api.ask(http.MethodDelete, podPath(pod)+"?gracePeriodSeconds=0", nil)
		if err != nil && codeOf(err) != http.StatusNotFound {
			return err
		}
	}
	return nil
}
