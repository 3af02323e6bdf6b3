package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

// The fields that kops knows, one a line, indented below the one that holds them; `*` marks one whose
// content is free. Lists and maps look alike: what is below is the same for both.
//
//go:embed fields.txt
var knownFields string

type known struct {
	free  bool
	below map[string]*known
}

// schemaOf reads the fields of one kind.
func schemaOf(kind string) *known {
	root := &known{below: map[string]*known{}}
	stack := []*known{root}
	inside := false
	for line := range strings.Lines(knownFields) {
		line = strings.TrimRight(line, "\n")
		trimmed := strings.TrimLeft(line, " ")
		depth := len(line) - len(trimmed)
		if depth == 0 {
			inside = line == kind
			continue
		}
		if !inside {
			continue
		}
		name, free := strings.CutSuffix(trimmed, " *")
		field := &known{free: free, below: map[string]*known{}}
		stack = stack[:depth]
		stack[depth-1].below[name] = field
		stack = append(stack, field)
	}
	return root
}

// prune drops what the schema does not know, without a word: kops does not decode strictly.
func (k *known) prune(value any) any {
	switch found := value.(type) {
	case []any:
		for index := range found {
			found[index] = k.prune(found[index])
		}
	case object:
		if k.free || len(k.below) == 0 {
			return value
		}
		for name, inner := range found {
			field, ok := k.below[name]
			if !ok || inner == nil {
				delete(found, name)
				continue
			}
			found[name] = field.prune(inner)
		}
	}
	return value
}

var separator = regexp.MustCompile(`(?m)^---.*$`)

// documents splits a file; empty ones are left out.
func documents(content string) []string {
	var all []string
	for _, document := range separator.Split(content, -1) {
		if strings.TrimSpace(document) != "" {
			all = append(all, document)
		}
	}
	return all
}

// decode reads one document as kops does: fields it does not know are gone, names of roles are those of v1alpha2.
func decode(document string) (object, error) {
	parsed, err := parseYAML([]byte(document))
	if err != nil {
		return nil, err
	}
	kind, version := text(parsed, "kind"), text(parsed, "apiVersion")
	if kind == "" {
		return nil, fmt.Errorf("Object 'Kind' is missing in '%s'", strings.TrimSpace(document))
	}
	if !strings.HasPrefix(version, "kops.k8s.io/") {
		return parsed, nil
	}
	switch kind {
	case "Cluster", "InstanceGroup":
		spec := fields(parsed, "spec")
		if spec == nil {
			spec = object{}
		}
		schemaOf(kind).prune(spec)
		parsed["spec"] = spec
		if kind == "Cluster" {
			showClusterDefaults(spec)
		} else if text(spec, "role") == "ControlPlane" {
			spec["role"] = "Master"
		}
		metadata := object{}
		for _, key := range []string{"name", "labels", "annotations", "creationTimestamp", "generation"} {
			if value := at(parsed, "metadata", key); value != nil {
				metadata[key] = value
			}
		}
		return object{"apiVersion": "kops.k8s.io/v1alpha2", "kind": kind, "metadata": metadata, "spec": spec}, nil
	case "SSHCredential":
		return parsed, nil
	}
	return nil, fmt.Errorf(`no kind %q is registered for version %q in scheme "pkg/apis/kops/install.go"`, kind, version)
}

// showClusterDefaults adds what kops writes out though nobody set it.
func showClusterDefaults(spec object) {
	setDefault(spec, "authorization", object{"rbac": object{}})
	if iam := fields(spec, "iam"); iam != nil {
		setDefault(iam, "legacy", false)
	}
	setDefault(spec, "topology", object{})
	if topology := fields(spec, "topology"); topology != nil {
		setDefault(topology, "dns", object{"type": "Public"})
	}
}
