package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"
)

// each hands over the documents of all files, one after the other: what stands before a bad one stays done.
func (c *call) each(do func(o object, file string) error) error {
	for _, file := range c.all("filename") {
		content, err := readInput(file)
		if err != nil {
			return fmt.Errorf("error reading file %q: %v", file, err)
		}
		for _, document := range documents(content) {
			o, err := decode(document)
			if err != nil {
				return fmt.Errorf("error parsing file %q: %v", file, err)
			}
			if err := do(o, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// create stores each document by itself.
func (c *call) create() error {
	said, named := "", ""
	err := c.each(func(o object, file string) error {
		line, err := c.createOne(o, file, &named)
		said += line
		return err
	})
	if err != nil {
		return err
	}
	if said != "" {
		c.say("\n%s\nTo deploy these resources, run: kops update cluster --name %s --yes\n\n", said, named)
	}
	return nil
}

func (c *call) createOne(o object, file string, named *string) (string, error) {
	switch text(o, "kind") {
	case "Cluster":
		if err := assign(o); err != nil {
			return "", fmt.Errorf("error populating configuration: %v", err)
		}
		if err := c.newCluster(o); err != nil {
			return "", fmt.Errorf("error creating cluster: %v", err)
		}
		return fmt.Sprintf("Created cluster/%s\n", nameOf(o)), nil
	case "InstanceGroup":
		*named = text(fields(o, "metadata", "labels"), "kops.k8s.io/cluster")
		if *named == "" {
			return "", errors.New(`must specify "kops.k8s.io/cluster" label with cluster name to create instanceGroup`)
		}
		if c.store.cluster(*named) == nil {
			return "", fmt.Errorf("error querying cluster %q: Cluster.kops.k8s.io %q not found", *named, *named)
		}
		if err := c.newGroup(*named, o); err != nil {
			return "", fmt.Errorf("error creating instanceGroup: %v", err)
		}
		return fmt.Sprintf("Created instancegroup/%s\n", nameOf(o)), nil
	case "SSHCredential":
		*named = text(fields(o, "metadata", "labels"), "kops.k8s.io/cluster")
		if *named == "" {
			return "", errors.New(`must specify "kops.k8s.io/cluster" label with cluster name to create SSHCredential`)
		}
		return "Added ssh credential\n", c.addKey(*named, text(o, "spec", "publicKey"))
	}
	return "", fmt.Errorf("unhandled kind %q in %s", text(o, "apiVersion")+", Kind="+text(o, "kind"), file)
}

// replace stores each document by itself; --force makes what is not there.
func (c *call) replace() error {
	return c.each(func(o object, file string) error {
		switch text(o, "kind") {
		case "Cluster":
			return c.replaceCluster(o)
		case "InstanceGroup":
			return c.replaceGroup(o)
		case "SSHCredential":
			return c.addKey(text(fields(o, "metadata", "labels"), "kops.k8s.io/cluster"), text(o, "spec", "publicKey"))
		default:
			return fmt.Errorf("unhandled kind %q in %q", text(o, "apiVersion")+", Kind="+text(o, "kind"), file)
		}
	})
}

func (c *call) replaceCluster(o object) error {
	name := nameOf(o)
	old := c.store.cluster(name)
	if old == nil {
		if !c.has("force") {
			return fmt.Errorf("cluster %v does not exist (try adding --force flag)", name)
		}
		if err := assign(o); err != nil {
			return fmt.Errorf("error populating configuration: %v", err)
		}
		if err := c.newCluster(o); err != nil {
			return fmt.Errorf("error creating cluster: %v", err)
		}
		return nil
	}
	err := checkCluster(o)
	if err == nil {
		setDefault(fields(o, "spec"), "configBase", c.store.address+"/"+name)
		nextGeneration(old, o)
		err = c.store.write(writeYAML(o), name, "config")
	}
	if err != nil {
		return fmt.Errorf("error replacing cluster: %v", err)
	}
	return nil
}

func (c *call) replaceGroup(o object) error {
	cluster, name := text(fields(o, "metadata", "labels"), "kops.k8s.io/cluster"), nameOf(o)
	if cluster == "" {
		return errors.New(`must specify "kops.k8s.io/cluster" label with cluster name to replace instanceGroup`)
	}
	if c.store.cluster(cluster) == nil {
		return fmt.Errorf("cluster %q not found", cluster)
	}
	old := c.store.group(cluster, name)
	if old == nil {
		if !c.has("force") {
			return fmt.Errorf("instanceGroup: %v does not exist (try adding --force flag)", name)
		}
		info("replace.go:186", "instanceGroup: %v was not found, creating resource now", name)
		if err := c.newGroup(cluster, o); err != nil {
			return fmt.Errorf("error creating instanceGroup: %v", err)
		}
		return nil
	}
	err := checkGroup(o)
	if err == nil {
		setDefault(fields(o, "metadata"), "creationTimestamp", now())
		err = c.store.write(writeYAML(o), cluster, "instancegroup", name)
	}
	if err != nil {
		return fmt.Errorf("error replacing instanceGroup: %v", err)
	}
	return nil
}

// nextGeneration counts the changes of a spec; what is the same starts anew, as kops does.
func nextGeneration(old, o object) {
	before, _ := json.Marshal(old["spec"])
	after, _ := json.Marshal(o["spec"])
	var left, right any
	_, _ = json.Unmarshal(before, &left), json.Unmarshal(after, &right)
	if !reflect.DeepEqual(left, right) {
		fields(o, "metadata")["generation"] = number(old, 0, "metadata", "generation") + 1
	}
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

func (c *call) newCluster(o object) error {
	if err := checkCluster(o); err != nil {
		return err
	}
	return c.createNew(o, nameOf(o), "config")
}

func (c *call) newGroup(cluster string, o object) error {
	if err := checkGroup(o); err != nil {
		return err
	}
	return c.createNew(o, cluster, "instancegroup", nameOf(o))
}

func (c *call) createNew(o object, parts ...string) error {
	if _, err := os.Stat(c.store.path(parts...)); err == nil {
		warn("commonvfs.go:171", "failed to create file as already exists: %v", c.store.path(parts...))
		return errors.New("file already exists")
	}
	setDefault(fields(o, "metadata"), "creationTimestamp", now())
	return c.store.write(writeYAML(o), parts...)
}

func readInput(file string) (string, error) {
	if file == "-" {
		content, err := io.ReadAll(os.Stdin)
		return string(content), err
	}
	content, err := os.ReadFile(file)
	return string(content), err
}
