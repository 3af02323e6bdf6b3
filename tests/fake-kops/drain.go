package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

func tellError(format string, values ...any) { fmt.Fprintf(os.Stderr, format, values...) }

func tellLog(place, format string, values ...any) { logLine("E", place+".go:219", format, values...) }

// mark taints the nodes that are to go, so that pods rather move elsewhere.
func (r *rolling) mark(stale []*instance, group object) error {
	if r.plane == nil || r.call.has("cloudonly") {
		return nil
	}
	noun := "nodes"
	if len(stale) == 1 {
		noun = "node"
	}
	info("instancegroups.go:364", "Tainting %d %s in %q instancegroup.", len(stale), noun, nameOf(group))
	for _, one := range stale {
		node, err := r.plane.api.node(one.Node)
		if err != nil || node == nil {
			continue
		}
		taints := []any{}
		for _, taint := range list(node, "spec", "taints") {
			if text(taint, "key") != "kops.k8s.io/scheduled-for-update" {
				taints = append(taints, taint)
			}
		}
		taints = append(taints, object{"key": "kops.k8s.io/scheduled-for-update", "effect": "PreferNoSchedule"})
		if _, err := r.plane.api.ask(http.MethodPatch, "/api/v1/nodes/"+one.Node, object{"spec": object{"taints": taints}}); err != nil {
			return fmt.Errorf("failed to taint node %q: %v", one.Node, err)
		}
	}
	return nil
}

// drain cordons a node and evicts its pods, so that disruption budgets are asked.
func (r *rolling) drain(one *instance) error {
	if r.call.has("cloudonly") {
		warn("instancegroups.go:450", "Not draining cluster nodes as 'cloudonly' flag is set.")
		return nil
	}
	if r.plane == nil || r.nodes[one.Node] == nil {
		warn("instancegroups.go:462", "Skipping drain of instance %q, because it is not registered in kubernetes", one.ID)
		return nil
	}
	info("instancegroups.go:453", "Draining the node: %q.", one.Node)
	if err := r.empty(one.Node); err != nil {
		if r.strict {
			return fmt.Errorf("failed to drain node %q: %w", one.Node, err)
		}
		info("instancegroups.go:459", "Ignoring error draining node %q: %v", one.Node, err)
	}
	return nil
}

func (r *rolling) empty(node string) error {
	if one := r.call.faults.find("drain"); one != nil {
		return fmt.Errorf("error draining node: %s", or(one.Text, `error when evicting pods/"web-0" -n "default": global timeout reached: 15m0s`))
	}
	cordon := object{"spec": object{"unschedulable": true}, "metadata": object{"labels": object{"node.kubernetes.io/exclude-from-external-load-balancers": ""}}}
	if _, err := r.plane.api.ask(http.MethodPatch, "/api/v1/nodes/"+node, cordon); err != nil {
		return fmt.Errorf("error cordoning node: %v", err)
	}
	pods, err := r.plane.api.podsOn(node)
	if err != nil {
		return fmt.Errorf("error draining node: %v", err)
	}
	deadline := time.Now().Add(r.patience)
	for _, pod := range pods {
		if stays(pod) {
			continue
		}
		if err := r.evict(pod, deadline); err != nil {
			return fmt.Errorf("error draining node: %v", err)
		}
	}
	delay := r.call.duration("post-drain-delay", "5s")
	info("instancegroups.go:742", "Waiting for %s for pods to stabilize after draining.", delay)
	pause(delay)
	return nil
}

// stays: pods of daemonsets and those of the machine itself are not evicted, nor is what has ended.
func stays(pod any) bool {
	for _, owner := range list(pod, "metadata", "ownerReferences") {
		if text(owner, "kind") == "DaemonSet" {
			return true
		}
	}
	_, mirror := fields(pod, "metadata", "annotations")["kubernetes.io/config.mirror"]
	phase := text(pod, "status", "phase")
	return mirror || phase == "Succeeded" || phase == "Failed"
}

// evict asks again while a disruption budget refuses, and then waits until the pod is gone.
func (r *rolling) evict(pod any, deadline time.Time) error {
	namespace, name := text(pod, "metadata", "namespace"), text(pod, "metadata", "name")
	late := func() error {
		if time.Now().After(deadline) {
			return fmt.Errorf("error when evicting pods/%q -n %q: global timeout reached: %s", name, namespace, r.patience)
		}
		return nil
	}
	eviction := object{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": object{"name": name, "namespace": namespace}}
	for {
		_, err := r.plane.api.ask(http.MethodPost, podPath(pod)+"/eviction", eviction)
		if err == nil || codeOf(err) == http.StatusNotFound {
			break
		}
		if codeOf(err) != http.StatusTooManyRequests {
			return fmt.Errorf("error when evicting pods/%q -n %q: %v", name, namespace, err)
		}
		tellError("error when evicting pods/%q -n %q (will retry after 5s): %v\n", name, namespace, err)
		if err := late(); err != nil {
			return err
		}
		pause(5 * time.Second)
	}
	for {
		found, err := r.plane.api.ask(http.MethodGet, podPath(pod), nil)
		if codeOf(err) == http.StatusNotFound || err == nil && text(found, "metadata", "uid") != text(pod, "metadata", "uid") {
			return nil
		}
		if err := late(); err != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}
