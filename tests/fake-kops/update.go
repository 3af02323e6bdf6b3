package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// A plan is all that `update` looks at.
type plan struct {
	model   *model
	cloud   *cloud
	groups  []object
	changes []change
}

func (c *call) plan(name string, roles, groups []string) (*plan, error) {
	cluster := c.store.cluster(name)
	if cluster == nil {
		return nil, notFound(name)
	}
	// What `replace` has lost of the assigned values is computed again, in memory only.
	if err := assign(cluster); err != nil {
		return nil, fmt.Errorf("error populating configuration: %v", err)
	}
	all := c.store.groups(name)
	if err := checkTogether(cluster, all); err != nil {
		return nil, err
	}
	if err := c.gate(cluster); err != nil {
		return nil, err
	}
	key, err := c.store.sshKey(name)
	if err != nil {
		return nil, err
	}
	w, err := openCloud(c.folder, name)
	if err != nil {
		return nil, err
	}
	p := &plan{model: newModel(cluster, all, key), cloud: w}
	for _, group := range all {
		if (len(roles) == 0 || slices.Contains(roles, roleOf(group))) && (len(groups) == 0 || slices.Contains(groups, nameOf(group))) {
			p.groups = append(p.groups, group)
		}
	}
	asked := map[string]bool{"": true}
	for _, group := range p.groups {
		asked[nameOf(group)] = true
	}
	wanted := slices.DeleteFunc(slices.Clone(p.model.tasks), func(t *task) bool { return !asked[t.Group] })
	p.changes = w.changes(wanted)
	return p, nil
}

// rolesAsked reads --instance-group-roles.
func (c *call) rolesAsked() ([]string, error) {
	var roles []string
	for _, name := range c.all("instance-group-roles") {
		found := map[string]string{"control-plane": controlPlane, "controlplane": controlPlane, "master": controlPlane,
			"apiserver": apiServer, "node": worker, "bastion": bastion}[strings.ToLower(name)]
		if found == "" {
			return nil, fmt.Errorf("invalid instance group role %q", name)
		}
		roles = append(roles, found)
	}
	return roles, nil
}

func (c *call) update(name string) error {
	roles, err := c.rolesAsked()
	if err != nil {
		return err
	}
	return c.updateRoles(name, roles, c.all("instance-group"), c.has("yes"), c.has("prune"))
}

func (c *call) updateRoles(name string, roles, groups []string, yes, prune bool) error {
	p, err := c.plan(name, roles, groups)
	if err != nil {
		return err
	}
	if one := c.faults.find("deferred"); one != nil && !slices.Contains(p.cloud.Deferred, one.Text) {
		p.cloud.Deferred = append(p.cloud.Deferred, one.Text)
	}
	p.model.tellWaves(p.groups, c.tellBetween(p, yes))
	if !yes {
		return c.tellDryRun(p)
	}
	return c.apply(p, prune)
}

func (c *call) tellDryRun(p *plan) error {
	report := p.cloud.report(p.changes, p.cloud.Deferred, nil)
	c.say("%s", report)
	if report == "" {
		c.say("No changes need to be applied\n")
	} else {
		c.say("Must specify --yes to apply changes\n")
	}
	return nil
}

// tellBetween writes what is logged between the waves when the cluster is new.
func (c *call) tellBetween(p *plan, yes bool) func(wave int) {
	if p.cloud.Tasks["Keypair/kubernetes-ca"] != nil {
		return nil
	}
	return func(wave int) {
		switch {
		case wave == 0:
			warn("vfs_keystorereader.go:163", "CA private key was not found")
			if !yes {
				return
			}
			warn("vfs_keystorereader.go:163", "CA private key was not found")
			for _, name := range p.model.authorities() {
				info("keypair.go:296", "Issuing new certificate: %q", name)
			}
		case wave == 2 && yes && fields(p.model.spec("api", "loadBalancer")) != nil:
			info("network_load_balancer.go:548", "Waiting for load balancer %q to be created...", shortName("api", p.model.name))
		}
	}
}

// apply makes the changes, then the machines, then says so.
func (c *call) apply(p *plan, prune bool) error {
	p.cloud.apply(p.changes)
	if prune {
		p.cloud.Deferred = nil
	}
	if err := p.cloud.save(); err != nil {
		return err
	}
	name := p.model.name
	for _, file := range []struct{ name, content string }{
		{"cluster-completed.spec", p.model.completed()}, {"kops-version.txt", c.version()},
	} {
		if c.store.read(name, file.name) != file.content {
			if err := c.store.write(file.content, name, file.name); err != nil {
				return err
			}
		}
	}
	if err := c.bringUp(p); err != nil {
		return err
	}
	first := false
	if c.flag("create-kube-config", "true") == "true" || c.flag("admin", "") != "" {
		first = !kubeconfigHas(name)
		info("update_cluster.go:419", "Exporting kubeconfig for cluster")
		if err := c.writeKubeconfig(name, c.flag("admin", "") != ""); err != nil {
			return err
		}
		if c.flag("admin", "") == "" && c.flag("user", "") == "" {
			warn("update_cluster.go:439", "Exported kubeconfig with no user authentication; use --admin, --user or --auth-plugin flags with `kops export kubeconfig`")
		}
	}
	c.tellApplied(first)
	return nil
}

func (c *call) tellApplied(first bool) {
	if first {
		c.say("\nCluster is starting.  It should be ready in a few minutes.\n\nSuggestions:\n")
		c.say(" * validate cluster: kops validate cluster --wait 10m\n * list nodes: kubectl get nodes --show-labels\n")
		c.say(" * ssh to a control-plane node: ssh -i ~/.ssh/id_rsa ubuntu@\n")
		c.say(" * the ubuntu user is specific to Ubuntu. If not using Ubuntu please use the appropriate user based on your OS.\n")
		c.say(" * read about installing addons at: https://kops.sigs.k8s.io/addons.\n\n")
		return
	}
	c.say("\nCluster changes have been applied to the cloud.\n\n\nChanges may require instances to restart: kops rolling-update cluster\n\n")
}

// bringUp starts the control plane where there shall be one, and makes the machines that groups lack.
func (c *call) bringUp(p *plan) error {
	plane, err := c.startPlane(p)
	if err != nil {
		return err
	}
	for _, group := range p.groups {
		if err := p.scale(plane, group); err != nil {
			return err
		}
	}
	return nil
}

func kubeconfigHas(cluster string) bool {
	content, err := os.ReadFile(kubeconfigPath())
	if err != nil {
		return false
	}
	parsed, err := parseYAML(content)
	if err != nil {
		return false
	}
	for _, context := range list(parsed, "contexts") {
		if text(context, "name") == cluster {
			return true
		}
	}
	return false
}
