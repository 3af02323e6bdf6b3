package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A call is one run of the program: its words, its flags, and what it works on.
type call struct {
	words []string
	flags map[string][]string
	store *store
	// Faults, the log of calls and the clouds lie here, outside the state store.
	folder string
	faults *faults
}

// Flags that take no value; those of `bare` may.
var switches = []string{"yes", "y", "force", "short", "server", "prune", "cloudonly", "interactive", "allow-kops-downgrade",
	"ignore-kubelet-version-skew", "create-kube-config", "full", "copy", "fail-on-drain-error", "fail-on-validate-error", "internal",
	"use-kubeconfig", "unregister", "all", "surge"}

var bare = []string{"admin"}

var valued = []string{"name", "state", "filename", "f", "output", "o", "ssh-public-key", "i", "pubkey", "target", "out", "phase",
	"lifecycle-overrides", "instance-group", "instance-group-roles", "drain-timeout", "validate-count", "validation-timeout",
	"post-drain-delay", "control-plane-interval", "master-interval", "node-interval", "bastion-interval", "wait", "count", "interval",
	"kubeconfig", "user", "timeout", "v", "dir", "max-unready-nodes"}

var longNames = map[string]string{"f": "filename", "o": "output", "i": "pubkey", "y": "yes", "master-interval": "control-plane-interval"}

// parse reads the arguments as kops' own parser does.
func parse(arguments []string) (*call, error) {
	c := &call{flags: map[string][]string{}}
	for len(arguments) > 0 {
		argument := arguments[0]
		arguments = arguments[1:]
		if !strings.HasPrefix(argument, "-") || argument == "-" {
			c.words = append(c.words, argument)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(argument, "-"), "=")
		switch {
		case slices.Contains(switches, name), slices.Contains(bare, name):
			if !given {
				value = "true"
			}
		case slices.Contains(valued, name):
			if !given {
				if len(arguments) == 0 {
					return c, fmt.Errorf("flag needs an argument: %s", argument)
				}
				value, arguments = arguments[0], arguments[1:]
			}
		case strings.HasPrefix(argument, "--"):
			return c, fmt.Errorf("unknown flag: --%s", name)
		default:
			return c, fmt.Errorf("unknown shorthand flag: '%.1s' in %s", name, argument)
		}
		if long, ok := longNames[name]; ok {
			name = long
		}
		c.flags[name] = append(c.flags[name], value)
	}
	return c, nil
}

func (c *call) flag(name, fallback string) string {
	if values := c.flags[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return fallback
}

func (c *call) has(name string) bool { return c.flag(name, "false") == "true" }

// all are the values of a flag that may be repeated or hold several with commas.
func (c *call) all(name string) []string {
	var values []string
	for _, value := range c.flags[name] {
		values = append(values, strings.Split(value, ",")...)
	}
	return values
}

func (c *call) duration(name, fallback string) time.Duration {
	parsed, err := time.ParseDuration(c.flag(name, fallback))
	if err != nil {
		parsed, _ = time.ParseDuration(fallback)
	}
	return parsed
}

// pause waits as kops would, but faster: it is divided by KOPS_FAKE_SPEED, 60 where that is not set.
func pause(wanted time.Duration) {
	speed := 60
	if set := os.Getenv("KOPS_FAKE_SPEED"); set != "" {
		_, _ = fmt.Sscan(set, &speed)
	}
	time.Sleep(wanted / time.Duration(max(speed, 1)))
}

func (c *call) say(format string, values ...any) { fmt.Printf(format, values...) }

// info and warn write to stderr as klog does.
func info(place, format string, values ...any) { logLine("I", place, format, values...) }
func warn(place, format string, values ...any) { logLine("W", place, format, values...) }

func logLine(level, place, format string, values ...any) {
	now := time.Now()
	fmt.Fprintf(os.Stderr, "%s%s %7d %s] %s\n", level, now.Format("0102 15:04:05.000000"), os.Getpid(), place, fmt.Sprintf(format, values...))
}

func (c *call) version() string { return c.faults.version("1.36.2") }

// record adds this call to the log, for tests to read: one JSON object a line. It is written when the call
// begins, so that a killed one stands there too, and once more when it has ended.
func (c *call) record(event string, code int) {
	directory, _ := os.Getwd()
	line, err := json.Marshal(map[string]any{
		"event": event, "arguments": os.Args[1:], "directory": directory, "pid": os.Getpid(), "code": code,
		"writes": c.store.writes, "cloudWrites": cloudWrites, "kubeconfig": os.Getenv("KUBECONFIG"),
	})
	if err != nil {
		return
	}
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return
	}
	file, err := os.OpenFile(filepath.Join(c.folder, "calls.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer file.Close()
	_, _ = file.Write(append(line, '\n'))
}
