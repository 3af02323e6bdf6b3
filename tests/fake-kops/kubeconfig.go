package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func kubeconfigPath() string {
	if first, _, _ := strings.Cut(os.Getenv("KUBECONFIG"), ":"); first != "" {
		return first
	}
	return filepath.Join(os.Getenv("HOME"), ".kube", "config")
}

func (c *call) exportKubeconfig(cluster string) error {
	if c.store.cluster(cluster) == nil {
		return notFound(cluster)
	}
	return c.writeKubeconfig(cluster, c.flag("admin", "") != "")
}

// writeKubeconfig adds or replaces a context named like the cluster, and leaves what else the file holds.
func (c *call) writeKubeconfig(cluster string, admin bool) error {
	path := c.flag("kubeconfig", kubeconfigPath())
	config := object{}
	if content, err := os.ReadFile(path); err == nil {
		if config, err = parseYAML(content); err != nil {
			return fmt.Errorf("error loading config file %q: %v", path, err)
		}
	}
	if config == nil {
		config = object{}
	}
	server, authority, user := "https://"+shortName("api", cluster)+".amazonaws.com", "", object{}
	plane, err := c.runningPlane(cluster)
	if err != nil {
		return err
	}
	if plane != nil {
		server, authority = plane.Server, plane.certificate("ca.crt")
		if admin {
			user["client-certificate-data"] = plane.certificate("admin.crt")
			user["client-key-data"] = plane.certificate("admin.key")
		}
	}
	put(config, "clusters", cluster, "cluster", object{"server": server, "certificate-authority-data": authority})
	put(config, "users", cluster, "user", user)
	put(config, "contexts", cluster, "context", object{"cluster": cluster, "user": cluster})
	config["apiVersion"], config["kind"], config["current-context"] = "v1", "Config", cluster
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	c.say("kOps has set your kubectl context to %s\n", cluster)
	return os.WriteFile(path, []byte(writeYAML(config)), 0o600)
}

func (p *plane) certificate(name string) string {
	content, err := os.ReadFile(filepath.Join(p.folder, "data", "certificates", name))
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(content)
}

// put sets the entry of one name in a list of a kubeconfig.
func put(config object, section, name, key string, value object) {
	kept := drop(config, section, name)
	config[section] = append(kept, object{"name": name, key: value})
}

func drop(config object, section, name string) []any {
	return slices.DeleteFunc(list(config, section), func(entry any) bool { return text(entry, "name") == name })
}

// removeContext takes a deleted cluster out of the kubeconfig.
func removeContext(cluster string) {
	path := kubeconfigPath()
	content, err := os.ReadFile(path)
	if err != nil {
		return
	}
	config, err := parseYAML(content)
	if err != nil || config == nil {
		return
	}
	for _, section := range []string{"clusters", "users", "contexts"} {
		config[section] = drop(config, section, cluster)
	}
	if text(config, "current-context") == cluster {
		config["current-context"] = ""
	}
	_ = os.WriteFile(path, []byte(writeYAML(config)), 0o600)
}
