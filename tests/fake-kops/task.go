package main

import (
	"encoding/base32"
	"hash/fnv"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A task is one thing that `update` makes in the cloud or in the state store.
type task struct {
	Key    string  `json:"key"`
	Fields []field `json:"fields"`
	// The group that it belongs to, "" for what all share.
	Group string `json:"group"`
}

// A field is shown when the task is new, and when it differs. `«Type/name»` in its value is the other task.
type field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Many lines: it is not shown when the task is new, and as a difference of lines later.
	Lines bool `json:"lines"`
}

func (t *task) add(name, value string) *task {
	t.Fields = append(t.Fields, field{Name: name, Value: value})
	return t
}

func (t *task) lines(name, value string) *task {
	t.Fields = append(t.Fields, field{Name: name, Value: value, Lines: true})
	return t
}

func (t *task) field(name string) (string, bool) {
	for _, field := range t.Fields {
		if field.Name == name {
			return field.Value, true
		}
	}
	return "", false
}

// tags are written in order here; kops writes them in none.
func tags(all map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, key+": "+all[key])
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// A ref is another task, with its id where it has one; a named one has its name as its id.
func ref(key string) string    { return "«" + key + "»" }
func named(name string) string { return "name:" + name + " id:" + name }

var reference = regexp.MustCompile(`«([^/»]+)/([^»]+)»`)

// resolve writes references out.
func resolve(value string, ids map[string]string) string {
	return reference.ReplaceAllStringFunc(value, func(found string) string {
		parts := reference.FindStringSubmatch(found)
		if id := ids[parts[1]+"/"+parts[2]]; id != "" {
			return "name:" + parts[2] + " id:" + id
		}
		return "name:" + parts[2]
	})
}

// shortName fits a name into 32 characters and ends it with six of its hash, as names of load balancers are.
func shortName(prefix, cluster string) string {
	name := prefix + "-" + strings.ReplaceAll(cluster, ".", "-")
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name))
	hash := strings.ToLower(base32.HexEncoding.EncodeToString(sum.Sum(nil)))[:6]
	return name[:min(len(name), 32-7)] + "-" + hash
}
