package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

func notFound(cluster string) error { return fmt.Errorf("Cluster.kops.k8s.io %q not found", cluster) }

func (c *call) getAll(name string) error {
	cluster := c.store.cluster(name)
	if cluster == nil {
		return notFound(name)
	}
	return c.print(append([]object{cluster}, c.store.groups(name)...), false)
}

func (c *call) getCluster(names []string) error {
	wanted := names
	if len(wanted) == 0 {
		wanted = c.store.clusters()
	}
	var found []object
	for _, name := range wanted {
		cluster := c.store.cluster(name)
		if cluster == nil {
			return fmt.Errorf("cluster not found %q", name)
		}
		found = append(found, cluster)
	}
	if len(found) == 0 {
		return fmt.Errorf("no clusters found")
	}
	if c.flag("output", "table") == "table" {
		var rows [][]string
		for _, cluster := range found {
			var zones []string
			for _, subnet := range list(cluster, "spec", "subnets") {
				zones = append(zones, text(subnet, "zone"))
			}
			slices.Sort(zones)
			rows = append(rows, []string{nameOf(cluster), text(cluster, "spec", "cloudProvider"), strings.Join(slices.Compact(zones), ",")})
		}
		table([]string{"NAME", "CLOUD", "ZONES"}, rows)
		return nil
	}
	return c.print(found, len(names) == 1)
}

func (c *call) getGroups(cluster string, names []string) error {
	if c.store.cluster(cluster) == nil {
		return fmt.Errorf("error fetching cluster %q: %v", cluster, notFound(cluster))
	}
	found := c.store.groups(cluster)
	if len(names) > 0 {
		var chosen []object
		for _, name := range names {
			group := c.store.group(cluster, name)
			if group == nil {
				return fmt.Errorf("instancegroup not found %q", name)
			}
			chosen = append(chosen, group)
		}
		found = chosen
	}
	if len(found) == 0 {
		return fmt.Errorf("no InstanceGroup objects found")
	}
	if c.flag("output", "table") != "table" {
		return c.print(found, len(found) == 1)
	}
	zones := zonesOf(c.store.cluster(cluster))
	var rows [][]string
	for _, group := range found {
		var at []string
		for _, subnet := range texts(group, "spec", "subnets") {
			at = append(at, zones[subnet])
		}
		rows = append(rows, append(groupRow(group), strings.Join(at, ",")))
	}
	table([]string{"NAME", "ROLE", "MACHINETYPE", "MIN", "MAX", "ZONES"}, rows)
	return nil
}

func groupRow(group object) []string {
	size := func(key string) string {
		if value := text(group, "spec", key); value != "" {
			return value
		}
		return "-"
	}
	return []string{nameOf(group), roleOf(group), text(group, "spec", "machineType"), size("minSize"), size("maxSize")}
}

// zonesOf maps subnets to zones.
func zonesOf(cluster object) map[string]string {
	zones := map[string]string{}
	for _, subnet := range list(cluster, "spec", "subnets") {
		zones[text(subnet, "name")] = text(subnet, "zone")
	}
	return zones
}

// print writes objects as kops does: YAML with a blank line on both sides of `---`, JSON as an array unless a
// single one was asked for.
func (c *call) print(all []object, single bool) error {
	switch output := c.flag("output", "table"); output {
	case "yaml":
		for index, o := range all {
			if index > 0 {
				c.say("\n---\n\n")
			}
			c.say("%s", writeYAML(o))
		}
		return nil
	case "json":
		var value any = all
		if single {
			value = all[0]
		}
		encoded, err := json.Marshal(value)
		c.say("%s", encoded)
		return err
	default:
		return fmt.Errorf("unknown output format: %q", output)
	}
}

// table writes rows in order, with tab stops of eight.
func table(header []string, rows [][]string) {
	slices.SortFunc(rows, slices.Compare)
	writer := tabwriter.NewWriter(os.Stdout, 0, 8, 1, '\t', 0)
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(writer, strings.Join(row, "\t"))
	}
	_ = writer.Flush()
}
