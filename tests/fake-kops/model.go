package main

import (
	"maps"
	"slices"
	"strings"
)

const (
	controlPlane = "ControlPlane"
	worker       = "Node"
	apiServer    = "APIServer"
	bastion      = "Bastion"
)

// roleOf is the role as kops names it now; v1alpha2 writes Master.
func roleOf(group object) string {
	role := text(group, "spec", "role")
	if role == "Master" {
		return controlPlane
	}
	return role
}

// A model is what `update` wants of the cloud: the tasks of one cluster and its groups.
type model struct {
	name    string
	cluster object
	groups  []object
	sshKey  string
	tasks   []*task
}

func newModel(cluster object, groups []object, sshKey string) *model {
	m := &model{name: nameOf(cluster), cluster: cluster, groups: groups, sshKey: sshKey}
	m.network()
	m.access()
	m.balancer()
	m.identity()
	m.etcd()
	m.addons()
	m.files()
	for _, group := range groups {
		m.group(group)
	}
	slices.SortFunc(m.tasks, func(a, b *task) int { return strings.Compare(a.Key, b.Key) })
	return m
}

func (m *model) task(key string) *task {
	made := &task{Key: key}
	m.tasks = append(m.tasks, made)
	return made
}

func (m *model) spec(keys ...string) any { return at(m.cluster, append([]string{"spec"}, keys...)...) }

// owned are the tags of everything of the cluster.
func (m *model) owned(name string, more ...string) string { return tags(m.tagged(name, more...)) }

func (m *model) tagged(name string, more ...string) map[string]string {
	all := map[string]string{
		"Name": name, "KubernetesCluster": m.name, "kubernetes.io/cluster/" + m.name: "owned",
	}
	for key, value := range fields(m.spec("cloudLabels")) {
		all[key] = text(value)
	}
	for index := 0; index+1 < len(more); index += 2 {
		all[more[index]] = more[index+1]
	}
	return all
}

// byRole are the groups of one role, or of several.
func (m *model) byRole(roles ...string) []object {
	var found []object
	for _, group := range m.groups {
		if slices.Contains(roles, roleOf(group)) {
			found = append(found, group)
		}
	}
	return found
}

// Tasks of kops run in waves, each as soon as all that it needs is done. The sizes of the waves are those that
// were recorded for one control plane and two groups of nodes, and what one more of each thing added to them.
var (
	wavesBare  = []int{34, 23, 31, 3, 4, 1, 2, 1, 0, 1}
	wavesGroup = []int{0, 0, 0, 1, 2, 1, 2, 1, 0, 0}
	// Less of them where no group of nodes is asked for.
	wavesNoNodes = []int{0, -1, -10, 0, 0, 0, 0, 0, 0, 0}
)

func (m *model) waves(asked []object) []int {
	sizes := slices.Clone(wavesBare)
	add := func(more []int) {
		for index := range sizes {
			sizes[index] += more[index]
		}
	}
	nodes := 0
	for _, group := range asked {
		if roleOf(group) != controlPlane {
			nodes++
			add(wavesGroup)
		}
	}
	if nodes == 0 {
		add(wavesNoNodes)
	}
	if m.sshKey != "" {
		sizes[0]++
	}
	for _, task := range m.tasks {
		if strings.HasPrefix(task.Key, "AddonManifest/") {
			sizes[8]++
		}
	}
	return sizes
}

// tellWaves writes how the tasks went, as kops does.
func (m *model) tellWaves(asked []object, between func(wave int)) {
	sizes := m.waves(asked)
	total, done := 0, 0
	for _, size := range sizes {
		total += size
	}
	for wave, size := range sizes {
		info("executor.go:113", "Tasks: %d done / %d total; %d can run", done, total, size)
		if between != nil {
			between(wave)
		}
		done += size
	}
	info("executor.go:113", "Tasks: %d done / %d total; 0 can run", done, total)
}

// zones are those of the subnets, in the subnets' order.
func (m *model) zones() []string { return slices.Sorted(maps.Values(zonesOf(m.cluster))) }
