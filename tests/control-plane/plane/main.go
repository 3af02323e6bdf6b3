// Package plane runs the parts of a Kubernetes control plane on loopback, for tests.
//
// One binary holds all parts of one release; the plane starts itself once for each, so that a part
// that ends takes no other with it, and each can be stopped alone. A part dies with its parent.
// Nothing here dials, or lets a part dial, an address other than loopback.
package plane

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// Part is a program that the binary holds: it runs until it is told to stop.
type Part func(arguments []string) error

// The kernel tells a child that its parent's thread died, so the parent must keep its first one.
func init() { runtime.LockOSThread() }

// Main is the main function of a release: `run` starts a control plane, `part NAME` is one of it.
func Main(parts map[string]Part) {
	if err := dispatch(parts, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "control-plane:", err)
		os.Exit(1)
	}
}

func dispatch(parts map[string]Part, arguments []string) error {
	switch {
	case len(arguments) >= 2 && arguments[0] == "part":
		part, ok := parts[arguments[1]]
		if !ok {
			return fmt.Errorf("there is no part %q", arguments[1])
		}
		return part(arguments[2:])
	case len(arguments) >= 1 && arguments[0] == "run":
		return run(arguments[1:])
	}
	return fmt.Errorf("usage: %s run [flags]", os.Args[0])
}

// What is told on stdout when all is ready: to a program as one line of JSON.
type announcement struct {
	Kubeconfig string `json:"kubeconfig"`
	Server     string `json:"server"`
	Version    string `json:"version"`
}

func (a announcement) tell(program bool) error {
	if program {
		return json.NewEncoder(os.Stdout).Encode(a)
	}
	_, err := fmt.Printf("Kubernetes %s runs at %s until Ctrl-C\nexport KUBECONFIG=%s\n", a.Version, a.Server, a.Kubeconfig)
	return err
}

func run(arguments []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	folder := flags.String("folder", "", "state and certificates; a folder that has them goes on (default: a new one, removed at the end)")
	kwok := flags.String("kwok", "", "the kwok binary; without it there are no nodes")
	standIns := flags.String("stand-ins", "", "the binary of the stand-ins; goes with -kwok")
	context := flags.String("context", "test", "name of the context in the kubeconfig")
	nodes := flags.Int("nodes", 1, "simulated nodes")
	labels := map[string]string{}
	flags.Func("node-label", "`KEY=VALUE` for all nodes; may be given several times", func(text string) error {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("it is not KEY=VALUE")
		}
		labels[key] = value
		return nil
	})
	attached := flags.Bool("attached", false, "for programs: announce as JSON, and stop when stdin is closed, as it is when the caller dies")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if (*kwok == "") != (*standIns == "") {
		return errors.New("-kwok and -stand-ins go together: give both, or none for a control plane without nodes")
	}
	if *folder == "" {
		made, err := os.MkdirTemp("", "control-plane-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		*folder = made
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if *attached {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop <- syscall.SIGTERM
		}()
	}
	cluster, err := newCluster(*folder, *kwok, *standIns)
	if err != nil {
		return err
	}
	cluster.context = *context
	defer cluster.stop()
	ended, err := cluster.start(*nodes, labels, stop)
	if err != nil {
		return err
	}
	if err := cluster.announcement.tell(*attached); err != nil {
		return err
	}
	select {
	case <-stop:
		return nil
	case part := <-ended:
		return fmt.Errorf("%s ended by itself: see %s", part, cluster.log(part))
	}
}
