package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A store is the state store: one folder a cluster, laid out as kops does.
type store struct {
	address, root string
	// What this call has written or removed.
	writes int
}

// openStore finds the directory behind an address: `file:///...`, a path, or a bucket, which is a folder below
// KOPS_FAKE_BUCKETS.
func openStore(address string) (*store, error) {
	address = strings.TrimRight(address, "/")
	if address == "" {
		return nil, errors.New(`Please set the --state flag or export KOPS_STATE_STORE.
For example, a valid value follows the format s3://<bucket>.
You can find the supported stores in https://kops.sigs.k8s.io/state.`)
	}
	scheme, path, ok := strings.Cut(address, "://")
	switch {
	case !ok:
		return &store{address: address, root: address}, nil
	case scheme == "file":
		return &store{address: address, root: path}, nil
	case os.Getenv("KOPS_FAKE_BUCKETS") != "":
		return &store{address: address, root: filepath.Join(os.Getenv("KOPS_FAKE_BUCKETS"), path)}, nil
	}
	return nil, fmt.Errorf("the fake kops reaches no bucket: KOPS_FAKE_BUCKETS names no folder for %s", address)
}

func (s *store) path(parts ...string) string {
	return filepath.Join(append([]string{s.root}, parts...)...)
}

// read gives a file's content, "" where there is none.
func (s *store) read(parts ...string) string {
	content, err := os.ReadFile(s.path(parts...))
	if err != nil {
		return ""
	}
	return string(content)
}

func (s *store) write(content string, parts ...string) error {
	path := s.path(parts...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		return err
	}
	s.wrote()
	return nil
}

func (s *store) remove(parts ...string) error {
	if err := os.RemoveAll(s.path(parts...)); err != nil {
		return err
	}
	s.wrote()
	return nil
}

func (s *store) wrote() {
	s.writes++
	afterWrite()
}

// afterWrite is where a call is killed between two documents, or between two machines.
var afterWrite = func() {}

// cluster gives what is stored, nil where there is none.
func (s *store) cluster(name string) object {
	parsed, err := parseYAML([]byte(s.read(name, "config")))
	if err != nil || parsed == nil {
		return nil
	}
	if spec := fields(parsed, "spec"); spec != nil {
		setDefault(spec, "configBase", s.address+"/"+name)
	}
	return parsed
}

func (s *store) clusters() []string {
	var names []string
	entries, _ := os.ReadDir(s.root)
	for _, entry := range entries {
		if _, err := os.Stat(s.path(entry.Name(), "config")); err == nil {
			names = append(names, entry.Name())
		}
	}
	return names
}

func (s *store) group(cluster, name string) object {
	parsed, err := parseYAML([]byte(s.read(cluster, "instancegroup", name)))
	if err != nil || parsed == nil {
		return nil
	}
	if metadata := fields(parsed, "metadata"); metadata != nil {
		setDefault(metadata, "labels", object{})
		fields(metadata, "labels")["kops.k8s.io/cluster"] = cluster
	}
	return parsed
}

// groups are all of a cluster, by name.
func (s *store) groups(cluster string) []object {
	var all []object
	entries, _ := os.ReadDir(s.path(cluster, "instancegroup"))
	for _, entry := range entries {
		if group := s.group(cluster, entry.Name()); group != nil {
			all = append(all, group)
		}
	}
	slices.SortFunc(all, func(a, b object) int { return strings.Compare(nameOf(a), nameOf(b)) })
	return all
}
