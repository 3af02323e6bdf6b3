package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// cloudWrites counts what this call changed in the cloud.
var cloudWrites int

// A cloud is what there is outside the state store, for one cluster: the tasks as last applied, and machines.
type cloud struct {
	path      string
	Tasks     map[string]*task  `json:"tasks"`
	IDs       map[string]string `json:"ids"`
	Counters  map[string]int    `json:"counters"`
	Instances []*instance       `json:"instances"`
	// What only --prune takes away.
	Deferred []string `json:"deferred"`
}

// An instance is a machine; it is up to date when its template is that of its group.
type instance struct {
	ID       string `json:"id"`
	Group    string `json:"group"`
	Template string `json:"template"`
	Node     string `json:"node"`
	Machine  string `json:"machine"`
	Version  string `json:"version"`
	Address  string `json:"address"`
}

func openCloud(folder, cluster string) (*cloud, error) {
	w := &cloud{path: filepath.Join(folder, cluster, "cloud.json"), Tasks: map[string]*task{}, IDs: map[string]string{}, Counters: map[string]int{}}
	content, err := os.ReadFile(w.path)
	if errors.Is(err, os.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	return w, json.Unmarshal(content, w)
}

// save writes all at once, so that a call killed meanwhile leaves the old or the new.
func (w *cloud) save() error {
	content, err := json.MarshalIndent(w, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(w.path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(w.path+".new", content, 0o644); err != nil {
		return err
	}
	if err := os.Rename(w.path+".new", w.path); err != nil {
		return err
	}
	cloudWrites++
	afterWrite()
	return nil
}

// recorded says that the simulated AWS of the transcripts is to be played, with what it forgets.
func recorded() bool { return os.Getenv("KOPS_FAKE_CLOUD") == "recorded" }

// apply makes the changes.
func (w *cloud) apply(changes []change) {
	for _, change := range changes {
		made := *change.wanted
		made.Fields = slices.Clone(made.Fields)
		if recorded() && change.there == nil {
			forget(&made)
		}
		w.Tasks[made.Key] = &made
	}
	// The templates' ids were recorded from the last to the first.
	for _, change := range slices.Backward(changes) {
		if kind(change.wanted.Key) == "LaunchTemplate" || kind(change.wanted.Key) == "TargetGroup" {
			w.identify(change.wanted.Key)
		}
	}
	for _, change := range changes {
		w.identify(change.wanted.Key)
	}
}

// forget drops what the simulated AWS does not store with a new thing.
func forget(t *task) {
	_, mixed := t.field("MixedInstanceOverrides")
	t.Fields = slices.DeleteFunc(t.Fields, func(f field) bool {
		return f.Name == "HealthCheckPath" || mixed && (f.Name == "LaunchTemplate" || strings.HasPrefix(f.Name, "Mixed"))
	})
}

func kind(key string) string {
	before, _, _ := strings.Cut(key, "/")
	return before
}

// How ids of the kinds begin; others have none of their own.
var idPrefixes = map[string]string{"VPC": "vpc-", "Subnet": "subnet-", "SecurityGroup": "sg-", "LaunchTemplate": "lt-", "InternetGateway": "igw-",
	"DHCPOptions": "dopt-", "RouteTable": "rtb-", "EBSVolume": "vol-", "SSHKey": "key-", "TargetGroup": "", "NetworkLoadBalancer": ""}

func (w *cloud) identify(key string) {
	prefix, has := idPrefixes[kind(key)]
	if !has || w.IDs[key] != "" {
		return
	}
	w.Counters[kind(key)]++
	number := w.Counters[kind(key)]
	_, name, _ := strings.Cut(key, "/")
	switch kind(key) {
	case "InternetGateway":
		number++
	case "TargetGroup":
		prefix = "arn:aws-test:elasticloadbalancing:us-test-1:000000000000:targetgroup/" + name + "/"
		number += 3
	case "NetworkLoadBalancer":
		name, _ := w.Tasks[key].field("LoadBalancerBaseName")
		prefix = "arn:aws-test:elasticloadbalancing:us-test-1:000000000000:loadbalancer/net/" + name + "/"
	}
	w.IDs[key] = fmt.Sprint(prefix, number)
}

// templateOf is what machines of a group are made by now, "" where the cloud has no such group.
func (w *cloud) templateOf(cluster string, group object) string {
	found := w.Tasks["LaunchTemplate/"+cloudName(cluster, group)]
	if found == nil {
		return ""
	}
	content, _ := json.Marshal(found.Fields)
	return fmt.Sprintf("%x", sha256.Sum256(content))[:16]
}

func (w *cloud) of(group string) []*instance {
	var found []*instance
	for _, one := range w.Instances {
		if one.Group == group {
			found = append(found, one)
		}
	}
	return found
}

// forgetGroup removes a group with its machines from the cloud.
func (w *cloud) forgetGroup(group string) {
	for key, task := range w.Tasks {
		if task.Group == group {
			delete(w.Tasks, key)
			delete(w.IDs, key)
		}
	}
	w.Instances = slices.DeleteFunc(w.Instances, func(one *instance) bool { return one.Group == group })
}
