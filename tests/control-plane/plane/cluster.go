package plane

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Services get loopback addresses, so that what the API server calls by a ClusterIP (webhooks,
// aggregated APIs) stays on this machine.
const serviceRange = "127.96.0.0/16"

const startTimeout = 90 * time.Second

// A cluster is one control plane and the folder that holds its state.
type cluster struct {
	folder, certificates string
	// The programs that simulate nodes and all that runs there; none where they are "".
	kwok, standIns string
	announcement   announcement
	// In the order in which they started.
	processes []*process
	ended     chan string
	stopping  bool
	// Name of the context in kubeconfigs.
	context string
}

func newCluster(folder, kwok, standIns string) (*cluster, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	certificates := filepath.Join(folder, "certificates")
	if err := writeCertificates(certificates); err != nil {
		return nil, fmt.Errorf("making certificates: %w", err)
	}
	return &cluster{folder: folder, certificates: certificates, kwok: kwok, standIns: standIns, ended: make(chan string, 8)}, nil
}

// start brings up all parts; it gives the channel on which a part that ends by itself is named.
func (c *cluster) start(nodes int, labels map[string]string, stop <-chan os.Signal) (<-chan string, error) {
	ports, err := c.keptPorts(4)
	if err != nil {
		return nil, err
	}
	etcd, etcdPeer, server, kubelet := ports[0], ports[1], ports[2], ports[3]
	c.announcement.Server = "https://127.0.0.1:" + server
	c.announcement.Kubeconfig = filepath.Join(c.folder, "kubeconfig")
	for _, user := range []string{"admin", "kube-controller-manager", "kube-scheduler", "kwok"} {
		if err := c.writeKubeconfig(user); err != nil {
			return nil, err
		}
	}
	if err := c.part("etcd", filepath.Join(c.folder, "etcd"), etcd, etcdPeer); err != nil {
		return nil, err
	}
	if err := c.part("kube-apiserver", c.serverFlags(etcd, server)...); err != nil {
		return nil, err
	}
	client, err := newClient(c.announcement.Server, c.certificates)
	if err != nil {
		return nil, err
	}
	if err := c.wait(stop, "the API server", client.isReady); err != nil {
		return nil, err
	}
	if c.announcement.Version, err = client.version(); err != nil {
		return nil, err
	}
	if err := c.part("kube-controller-manager", c.controllerFlags()...); err != nil {
		return nil, err
	}
	if err := c.part("kube-scheduler", c.schedulerFlags()...); err != nil {
		return nil, err
	}
	if err := c.wait(stop, "the controllers", client.hasDefaultAccount); err != nil {
		return nil, err
	}
	if c.kwok == "" {
		return c.ended, nil
	}
	if err := c.program("kwok", c.kwok, c.kwokFlags(kubelet)...); err != nil {
		return nil, err
	}
	if err := c.program("stand-ins", c.standIns, c.standInsFlags(kubelet)...); err != nil {
		return nil, err
	}
	for number := 1; number <= nodes; number++ {
		if err := client.makeNode(number, labels); err != nil {
			return nil, err
		}
	}
	ready := func() error { return client.nodesAreReady(nodes) }
	return c.ended, c.wait(stop, "the nodes", ready)
}

// part starts one of the programs that this binary holds.
func (c *cluster) part(name string, flags ...string) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	return c.program(name, own, append([]string{"part", name}, flags...)...)
}

func (c *cluster) program(name, program string, arguments ...string) error {
	started, err := startProcess(name, c.log(name), program, arguments...)
	if err != nil {
		return err
	}
	c.processes = append(c.processes, started)
	go func() {
		<-started.done
		if !c.stopping {
			c.ended <- name
		}
	}()
	return nil
}

// log is the file that a part writes to.
func (c *cluster) log(part string) string {
	return filepath.Join(c.folder, part+".log")
}

// wait asks until the answer is no error, somebody stops us, a part ends, or it takes too long.
func (c *cluster) wait(stop <-chan os.Signal, what string, ask func() error) error {
	deadline := time.After(startTimeout)
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-stop:
			return fmt.Errorf("stopped while waiting for %s", what)
		case part := <-c.ended:
			return fmt.Errorf("%s ended while waiting for %s: see %s", part, what, c.log(part))
		case <-deadline:
			return fmt.Errorf("%s did not come up: %w", what, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the parts backwards: an API server whose etcd is gone would hang, and an open watch
// holds its own stop up, so its time is short.
func (c *cluster) stop() {
	c.stopping = true
	for index := len(c.processes) - 1; index >= 0; index-- {
		c.processes[index].stop(3 * time.Second)
	}
}

// keptPorts are those of the last start with this folder, so that a cluster that is stopped and started
// again, by another release perhaps, is found where it was; new ones where there was none.
func (c *cluster) keptPorts(count int) ([]string, error) {
	file := filepath.Join(c.folder, "ports")
	if content, err := os.ReadFile(file); err == nil {
		if ports := strings.Fields(string(content)); len(ports) == count {
			return ports, nil
		}
	}
	ports, err := freePorts(count)
	if err != nil {
		return nil, err
	}
	return ports, os.WriteFile(file, []byte(strings.Join(ports, " ")), 0o600)
}

// freePorts asks the system for ports that nobody uses now.
func freePorts(count int) ([]string, error) {
	var ports []string
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// Held until all are known, so that none is given twice.
		defer listener.Close()
		_, port, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}
