// Command kops stands for kops 1.36.2 in tests. README.md says what it imitates and what it does not.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "supervise" {
		if err := supervise(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "fake-kops supervise:", err)
			os.Exit(1)
		}
		return
	}
	code := run()
	os.Exit(code)
}

func run() int {
	c, err := parse(os.Args[1:])
	if err != nil {
		return fail(err)
	}
	if len(c.words) > 0 && c.words[0] == "version" {
		c.folder = os.Getenv("KOPS_FAKE_FOLDER")
		c.store = &store{}
		if c.faults, err = readFaults(c.folder, "version"); err != nil {
			return fail(err)
		}
		if c.folder != "" {
			c.record("begin", 0)
			defer c.record("end", 0)
		}
		if c.has("short") {
			c.say("%s\n", c.version())
		} else {
			c.say("Client version: %s (git-v%s)\n", c.version(), c.version())
		}
		return 0
	}
	if c.store, err = openStore(c.flag("state", os.Getenv("KOPS_STATE_STORE"))); err != nil {
		return fail(err)
	}
	c.folder = os.Getenv("KOPS_FAKE_FOLDER")
	if c.folder == "" {
		c.folder = strings.TrimRight(c.store.root, "/") + ".cloud"
	}
	if c.folder, err = filepath.Abs(c.folder); err != nil {
		return fail(err)
	}
	if c.faults, err = readFaults(c.folder, strings.Join(c.words, " ")); err != nil {
		return fail(err)
	}
	c.record("begin", 0)
	if err = c.faults.begin(c.store); err == nil {
		err = c.dispatch()
	}
	code := 0
	if err != nil {
		code = fail(err)
	}
	c.record("end", code)
	return code
}

func fail(err error) int {
	var quiet silent
	if errors.As(err, &quiet) {
		return int(quiet)
	}
	fmt.Fprintf(os.Stderr, "Error: %v\n", err)
	return 1
}

// dispatch finds the verb. A cluster is named by a flag, the environment, or the word after the verb.
func (c *call) dispatch() error {
	words := c.words
	verb := strings.Join(words[:min(2, len(words))], " ")
	rest := words[min(2, len(words)):]
	name := c.flag("name", os.Getenv("KOPS_CLUSTER_NAME"))
	cluster := func() string {
		if name == "" && len(rest) > 0 {
			return rest[0]
		}
		return name
	}
	switch verb {
	case "create":
		return c.create()
	case "replace":
		return c.replace()
	case "create sshpublickey":
		return c.needs(cluster(), c.createKey)
	case "get sshpublickeys", "get sshpublickey", "get ssh":
		return c.needs(cluster(), c.getKeys)
	case "delete sshpublickey":
		return c.needs(cluster(), c.deleteKeys)
	case "get all":
		return c.needs(cluster(), c.getAll)
	case "get cluster", "get clusters":
		names := rest
		if name != "" {
			names = append(slices.Clone(rest), name)
		}
		return c.getCluster(names)
	case "get ig", "get instancegroups", "get instancegroup", "get igs":
		return c.needs(name, func(name string) error { return c.getGroups(name, rest) })
	case "get instances":
		return c.needs(cluster(), c.getInstances)
	case "get assets":
		return c.needs(cluster(), c.getAssets)
	case "update cluster":
		return c.needs(cluster(), c.update)
	case "reconcile cluster":
		return c.needs(cluster(), c.reconcile)
	case "rolling-update cluster":
		return c.needs(cluster(), c.roll)
	case "validate cluster":
		return c.needs(cluster(), c.validate)
	case "delete ig", "delete instancegroup":
		if len(rest) == 0 {
			return errors.New("must specify the name of instance group to delete")
		}
		return c.needs(name, func(name string) error { return c.deleteGroup(name, rest[0]) })
	case "delete cluster":
		return c.deleteCluster()
	case "export kubeconfig", "export kubecfg":
		return c.needs(cluster(), c.exportKubeconfig)
	case "toolbox dump":
		return c.needs(cluster(), c.dump)
	}
	return fmt.Errorf("unknown command %q for \"kops\"", strings.Join(words, " "))
}

func (c *call) needs(cluster string, do func(cluster string) error) error {
	if cluster == "" {
		return errors.New("--name is required")
	}
	return do(cluster)
}

func (c *call) getAssets(name string) error {
	p, err := c.plan(name, nil, nil)
	if err != nil {
		return err
	}
	p.model.tellWaves(p.groups, nil)
	return p.model.tellAssets(c)
}

// reconcile without --yes is the dry run of an update.
func (c *call) reconcile(name string) error {
	if !c.has("yes") {
		return c.updateRoles(name, nil, nil, false, false)
	}
	return errors.New("the fake kops does not reconcile: kops-stack runs its steps one by one")
}
