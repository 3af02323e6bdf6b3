package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A rolling is one rolling update.
type rolling struct {
	call    *call
	cluster string
	model   *model
	cloud   *cloud
	plane   *plane
	all     []object
	groups  []object
	nodes   map[string]object
	// What a drain may take, and whether one that fails ends the group.
	patience time.Duration
	strict   bool
}

func (c *call) roll(name string) error {
	r, err := c.newRolling(name)
	if err != nil {
		return err
	}
	r.tell()
	stale := 0
	for _, group := range r.groups {
		stale += len(r.stale(group))
	}
	if stale == 0 && !c.has("force") {
		c.say("\nNo rolling-update required.\n")
		return nil
	}
	if !c.has("yes") {
		c.say("\nMust specify --yes to rolling-update.\n")
		return nil
	}
	return r.run()
}

func (c *call) newRolling(name string) (*rolling, error) {
	cluster := c.store.cluster(name)
	if cluster == nil {
		return nil, notFound(name)
	}
	if err := c.heal(name); err != nil {
		return nil, err
	}
	w, err := openCloud(c.folder, name)
	if err != nil {
		return nil, err
	}
	r := &rolling{call: c, cluster: name, cloud: w, all: c.store.groups(name), nodes: map[string]object{},
		patience: c.duration("drain-timeout", "15m0s"), strict: c.flag("fail-on-drain-error", "true") == "true"}
	r.model = newModel(cluster, r.all, "")
	if r.plane, err = c.runningPlane(name); err != nil {
		return nil, err
	}
	if !c.has("cloudonly") {
		if err := r.readNodes(); err != nil {
			return nil, err
		}
	}
	r.groups, err = c.chosen(r.all)
	return r, err
}

func (r *rolling) readNodes() error {
	var err error
	var nodes []any
	if r.plane == nil {
		host := shortName("api", r.cluster) + ".amazonaws.com"
		err = fmt.Errorf(`Get "https://%s/api/v1/nodes": dial tcp: lookup %s on 127.0.0.53:53: no such host`, host, host)
	} else {
		nodes, err = r.plane.api.items("/api/v1/nodes")
	}
	if err != nil {
		tellError("Unable to reach the kubernetes API.\nUse --cloudonly to do a rolling-update without confirming progress with the k8s API\n\n")
		return fmt.Errorf("error listing nodes in cluster: %v", err)
	}
	for _, node := range nodes {
		r.nodes[text(node, "metadata", "name")], _ = node.(object)
	}
	return nil
}

// chosen are the groups that --instance-group and --instance-group-roles ask for.
func (c *call) chosen(all []object) ([]object, error) {
	groups := all
	if names := c.all("instance-group"); len(names) > 0 {
		groups = nil
		for _, name := range names {
			index := slices.IndexFunc(all, func(group object) bool { return nameOf(group) == name })
			if index < 0 {
				return nil, fmt.Errorf("InstanceGroup %q not found", name)
			}
			groups = append(groups, all[index])
		}
	}
	roles, err := c.rolesAsked()
	if len(roles) > 0 {
		groups = slices.DeleteFunc(slices.Clone(groups), func(group object) bool { return !slices.Contains(roles, roleOf(group)) })
	}
	return groups, err
}

// stale are the machines that were not made by the group's template of now, or that somebody has marked.
func (r *rolling) stale(group object) []*instance {
	var found []*instance
	template := r.cloud.templateOf(r.cluster, group)
	for _, one := range r.cloud.of(nameOf(group)) {
		_, marked := fields(r.nodes[one.Node], "metadata", "annotations")["kops.k8s.io/needs-update"]
		if one.Template != template || marked {
			found = append(found, one)
		}
	}
	return found
}

func (r *rolling) tell() {
	var rows [][]string
	for _, group := range r.groups {
		if r.cloud.templateOf(r.cluster, group) == "" {
			continue
		}
		all, stale := r.cloud.of(nameOf(group)), len(r.stale(group))
		least, most := r.cloud.sizes(r.cluster, group)
		status := "Ready"
		if stale > 0 {
			status = "NeedsUpdate"
		}
		row := []string{nameOf(group), status, strconv.Itoa(stale), strconv.Itoa(len(all) - stale), strconv.Itoa(least), strconv.Itoa(max(least, len(all))), strconv.Itoa(most)}
		if !r.call.has("cloudonly") {
			joined := 0
			for _, one := range all {
				if r.nodes[one.Node] != nil {
					joined++
				}
			}
			row = append(row, strconv.Itoa(joined))
		}
		rows = append(rows, row)
	}
	header := []string{"NAME", "STATUS", "NEEDUPDATE", "READY", "MIN", "TARGET", "MAX"}
	if !r.call.has("cloudonly") {
		header = append(header, "NODES")
	}
	table(header, rows)
}

// run rolls bastions, the control plane, API servers and nodes, in this order. A failure of the first two ends
// it; the others let the next group go on, and the call fails in the end.
func (r *rolling) run() error {
	var failed error
	var names []string
	for _, role := range []string{bastion, controlPlane, apiServer, worker} {
		for _, group := range r.groups {
			if roleOf(group) != role {
				continue
			}
			names = append(names, nameOf(group))
			err := r.rollGroup(group)
			switch {
			case err == nil:
			case role == bastion:
				return fmt.Errorf("bastion not healthy after update, stopping rolling-update: %q", err)
			case role == controlPlane:
				return fmt.Errorf("control-plane node not healthy after update, stopping rolling-update: %q", err)
			case errors.As(err, new(invalid)):
				return err
			default:
				tellLog("instancegroups", "failed to roll InstanceGroup %q: %v", nameOf(group), err)
				if failed == nil {
					failed = err
				}
			}
		}
	}
	if failed != nil {
		return failed
	}
	info("rollingupdate.go:236", "Completed rolling update for cluster %q instance groups [%s]", r.cluster, strings.Join(names, " "))
	return nil
}

func (r *rolling) rollGroup(group object) error {
	stale := r.stale(group)
	if r.call.has("force") {
		stale = r.cloud.of(nameOf(group))
	}
	if len(stale) == 0 {
		return nil
	}
	if err := r.valid(""); err != nil {
		return err
	}
	if err := r.mark(stale, group); err != nil {
		return err
	}
	for _, one := range stale {
		if err := r.renew(one, group); err != nil {
			return err
		}
		if err := r.valid(" after updating a node"); err != nil {
			return err
		}
	}
	return nil
}

// renew replaces one machine. With a surge its successor comes first.
func (r *rolling) renew(one *instance, group object) error {
	surge := roleOf(group) == worker && text(group, "spec", "rollingUpdate", "maxSurge") != "0"
	least, _ := r.cloud.sizes(r.cluster, group)
	// A surge that an earlier call left is used up first.
	if surge && len(r.cloud.of(nameOf(group))) <= least {
		info("instancegroups.go:631", "Detaching instance %q, node %q, in group %q.", one.ID, one.Node, cloudName(r.cluster, group))
		if _, err := r.cloud.make(r.plane, r.model, group); err != nil {
			return err
		}
	}
	if err := r.drain(one); err != nil {
		return err
	}
	info("instancegroups.go:654", "Stopping instance %q, node %q, in group %q (this may take a while).", one.ID, one.Node, cloudName(r.cluster, group))
	if r.plane != nil && one.Node != "" {
		info("instancegroups.go:473", "deleting node %q from kubernetes", one.Node)
	}
	if err := r.cloud.take(r.plane, one); err != nil {
		return fmt.Errorf("error deleting instance %q, node %q: %v", one.ID, one.Node, err)
	}
	if roleOf(group) == controlPlane {
		if err := r.moveControlPlane(group); err != nil {
			return err
		}
	}
	for len(r.cloud.of(nameOf(group))) < least {
		if _, err := r.cloud.make(r.plane, r.model, group); err != nil {
			return err
		}
	}
	interval := map[string]string{controlPlane: "control-plane-interval", bastion: "bastion-interval"}[roleOf(group)]
	wait := r.call.duration(or(interval, "node-interval"), "15s")
	info("instancegroups.go:491", "waiting for %v after terminating instance", wait)
	pause(wait)
	return nil
}

// moveControlPlane restarts the API server as the release that the group has now, on the same data.
func (r *rolling) moveControlPlane(group object) error {
	wanted := minorOf(r.cloud.versionOf(nameOf(group)))
	if r.plane == nil || r.plane.Release == wanted {
		return nil
	}
	moved, err := r.call.wishPlane(r.cluster, wanted)
	if err != nil {
		return err
	}
	r.plane = moved
	return nil
}
