package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// A plane is the control plane of one cluster that runs, and its API.
type plane struct {
	// The release that runs, 1.35, and what the program announced.
	Release    string `json:"release"`
	Kubeconfig string `json:"kubeconfig"`
	Server     string `json:"server"`
	Version    string `json:"version"`
	// The supervisor.
	PID int `json:"pid"`

	folder string
	api    *api
}

// A wish is what the supervisor shall run.
type wish struct {
	Release string `json:"release"`
	Context string `json:"context"`
}

const patience = 3 * time.Minute

func (c *call) planeFolder(cluster string) string { return filepath.Join(c.folder, cluster, "plane") }

// runningPlane is nil where none runs.
func (c *call) runningPlane(cluster string) (*plane, error) { return readPlane(c.planeFolder(cluster)) }

func readPlane(folder string) (*plane, error) {
	content, err := os.ReadFile(filepath.Join(folder, "running.json"))
	if err != nil {
		return nil, nil
	}
	p := &plane{folder: folder}
	if err := json.Unmarshal(content, p); err != nil {
		return nil, err
	}
	if syscall.Kill(p.PID, 0) != nil {
		return nil, nil
	}
	p.api, err = newAPI(p.Server, filepath.Join(folder, "data", "certificates"))
	return p, err
}

// startPlane starts the control plane of a new cluster, by the release that its group of the control plane has;
// nothing where KOPS_FAKE_PLANES names no programs.
func (c *call) startPlane(p *plan) (*plane, error) {
	running, err := c.runningPlane(p.model.name)
	if err != nil || running != nil || os.Getenv("KOPS_FAKE_PLANES") == "" {
		return running, err
	}
	for _, group := range p.groups {
		if roleOf(group) == controlPlane {
			return c.wishPlane(p.model.name, minorOf(p.cloud.versionOf(nameOf(group))))
		}
	}
	return nil, nil
}

func minorOf(version string) string {
	parsed := parseRelease(version)
	return fmt.Sprintf("%d.%d", parsed[0], parsed[1])
}

// wishPlane has the supervisor run a release, and waits until it does: a new supervisor where there is none.
func (c *call) wishPlane(cluster, release string) (*plane, error) {
	folder := c.planeFolder(cluster)
	if _, err := os.Stat(filepath.Join(os.Getenv("KOPS_FAKE_PLANES"), release)); err != nil {
		return nil, fmt.Errorf("the fake kops has no control plane of %s: %v", release, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	_ = os.Remove(filepath.Join(folder, "failed"))
	running, err := readPlane(folder)
	if err != nil {
		return nil, err
	}
	if err := writeJSON(filepath.Join(folder, "wanted.json"), wish{release, cluster}); err != nil {
		return nil, err
	}
	cloudWrites++
	if running == nil {
		_ = os.Remove(filepath.Join(folder, "running.json"))
		if err := startSupervisor(folder); err != nil {
			return nil, err
		}
	}
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if failed, err := os.ReadFile(filepath.Join(folder, "failed")); err == nil {
			return nil, fmt.Errorf("the control plane of the fake kops failed: %s", failed)
		}
		running, err := readPlane(folder)
		if err != nil {
			return nil, err
		}
		if running != nil && running.Release == release {
			if _, err := running.api.ask("GET", "/version", nil); err == nil {
				return running, nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, fmt.Errorf("the control plane of the fake kops did not come up: see %s", folder)
}

func writeJSON(path string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// startSupervisor starts a process that outlives this call. KOPS_FAKE_PARENT is the process (a test) whose end
// ends it too; without it, control planes would stay behind.
func startSupervisor(folder string) error {
	if _, err := strconv.Atoi(os.Getenv("KOPS_FAKE_PARENT")); err != nil {
		return errors.New("the fake kops starts no control plane unless KOPS_FAKE_PARENT is the id of the process that it shall not outlive")
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(folder, "supervisor.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(own, "supervise", folder)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return command.Start()
}

// stopPlane ends the control plane and removes its data.
func (c *call) stopPlane(cluster string) error {
	folder := c.planeFolder(cluster)
	running, err := readPlane(folder)
	if err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(folder, "wanted.json"))
	if running != nil {
		deadline := time.Now().Add(patience)
		for syscall.Kill(running.PID, 0) == nil {
			if time.Now().After(deadline) {
				return fmt.Errorf("the control plane of the fake kops does not stop: see %s", folder)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return os.RemoveAll(folder)
}
