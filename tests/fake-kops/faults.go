package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sigs.k8s.io/yaml"
)

// A fault is something that shall go wrong; README.md has the words.
type fault struct {
	// kill, validation, drain, credentials, store, deferred, slow, version, fail
	Fault string `json:"fault"`
	// The calls that it meets begin with these words: "update cluster"; all where it is empty.
	Call string `json:"call"`
	// kill: after so many writes of one call, to the state store and to the cloud.
	After int `json:"after"`
	// How often it happens; 0 is always.
	Times int `json:"times"`
	// deferred: the item; version: the version; drain, validation, fail: what is said.
	Text string `json:"text"`
	// slow
	Wait string `json:"wait"`
}

type faults struct {
	all    []fault
	folder string
	verb   string
}

// readFaults reads `faults.yaml` of the folder, or what KOPS_FAKE_FAULTS holds; a wrong file ends the call, since
// a test that believes in a fault that is none would prove nothing.
func readFaults(folder, verb string) (*faults, error) {
	f := &faults{folder: folder, verb: verb}
	content := []byte(os.Getenv("KOPS_FAKE_FAULTS"))
	if len(content) == 0 {
		read, err := os.ReadFile(filepath.Join(folder, "faults.yaml"))
		if err != nil {
			return f, nil
		}
		content = read
	}
	if err := yaml.UnmarshalStrict(content, &f.all); err != nil {
		return f, fmt.Errorf("the fake kops cannot read its faults: %v", err)
	}
	known := []string{"kill", "validation", "drain", "credentials", "store", "deferred", "slow", "version", "fail"}
	for _, one := range f.all {
		if !strings.Contains(" "+strings.Join(known, " ")+" ", " "+one.Fault+" ") {
			return f, fmt.Errorf("the fake kops knows no fault %q: it has %s", one.Fault, strings.Join(known, ", "))
		}
	}
	return f, nil
}

// find gives the first fault of a sort that meets this call and is not used up; it counts as used.
func (f *faults) find(sort string) *fault {
	for _, one := range f.all {
		if one.Fault != sort || !strings.HasPrefix(f.verb+" ", one.Call+" ") && one.Call != "" {
			continue
		}
		if one.Times == 0 || f.use(one) {
			return &one
		}
	}
	return nil
}

// use counts over all calls.
func (f *faults) use(one fault) bool {
	path := filepath.Join(f.folder, "faults-used.json")
	used := map[string]int{}
	if content, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(content, &used)
	}
	key := fmt.Sprintf("%s|%s|%d|%s|%d", one.Fault, one.Call, one.After, one.Text, one.Times)
	if used[key] >= one.Times {
		return false
	}
	used[key]++
	content, _ := json.Marshal(used)
	_ = os.MkdirAll(f.folder, 0o755)
	return os.WriteFile(path, content, 0o644) == nil
}

func (f *faults) version(own string) string {
	if one := f.find("version"); one != nil {
		return one.Text
	}
	return own
}

// begin lets happen what happens before any work.
func (f *faults) begin(s *store) error {
	if one := f.find("slow"); one != nil {
		wait, err := time.ParseDuration(one.Wait)
		if err != nil {
			return fmt.Errorf("the fake kops cannot read its faults: wait: %v", err)
		}
		time.Sleep(wait)
	}
	if f.find("store") != nil {
		return fmt.Errorf("error reading cluster configuration: error fetching %s: operation error S3: GetObject, https response error StatusCode: 0, RequestID: , HostID: , request send failed, dial tcp: lookup s3.amazonaws.com: no such host", s.address)
	}
	if f.find("credentials") != nil {
		return fmt.Errorf("error reading cluster configuration: error fetching %s: operation error S3: GetObject, https response error StatusCode: 400, RequestID: 0000000000000000, HostID: , api error ExpiredToken: The provided token has expired.", s.address)
	}
	if one := f.find("fail"); one != nil {
		return fmt.Errorf("%s", one.Text)
	}
	afterWrite = func() {
		writes := s.writes + cloudWrites
		for _, one := range f.all {
			if one.Fault == "kill" && one.After == writes && (one.Call == "" || strings.HasPrefix(f.verb+" ", one.Call+" ")) {
				if one.Times == 0 || f.use(one) {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
					select {} // the signal comes
				}
			}
		}
	}
	return nil
}
