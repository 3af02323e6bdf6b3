package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A release that runs below the supervisor.
type running struct {
	release string
	command *exec.Cmd
	stdin   io.WriteCloser
	ended   chan struct{}
}

// supervise runs the release that `wanted.json` of its folder names, on the same data, ports and certificates,
// until that file is gone or the process KOPS_FAKE_PARENT has ended. The control plane stops when its stdin is
// closed, hence also when the supervisor is killed.
func supervise(folder string) error {
	parent := newParent(os.Getenv("KOPS_FAKE_PARENT"))
	var current *running
	defer func() {
		current.stop()
		_ = os.Remove(filepath.Join(folder, "running.json"))
	}()
	for {
		content, err := os.ReadFile(filepath.Join(folder, "wanted.json"))
		if err != nil || parent.gone() {
			return nil
		}
		var wanted wish
		if err := json.Unmarshal(content, &wanted); err != nil {
			return err
		}
		if current == nil || current.release != wanted.Release {
			current.stop()
			if current, err = startRelease(folder, wanted, parent); err != nil {
				_ = os.WriteFile(filepath.Join(folder, "failed"), []byte(err.Error()), 0o644)
				return err
			}
		}
		select {
		case <-current.ended:
			return fmt.Errorf("the control plane of %s ended by itself", current.release)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func startRelease(folder string, wanted wish, parent parent) (*running, error) {
	programs := os.Getenv("KOPS_FAKE_PLANES")
	command := exec.Command(filepath.Join(programs, wanted.Release), "run", "-attached", "-folder", filepath.Join(folder, "data"),
		"-context", wanted.Context, "-nodes", "0", "-kwok", filepath.Join(programs, "kwok"), "-stand-ins", filepath.Join(programs, "stand-ins"))
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	started := &running{wanted.Release, command, stdin, make(chan struct{})}
	announced := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		announced <- line
		_ = command.Wait()
		close(started.ended)
	}()
	for {
		select {
		case line := <-announced:
			told := plane{Release: wanted.Release, PID: os.Getpid()}
			if err := json.Unmarshal([]byte(line), &told); err != nil {
				started.stop()
				return nil, fmt.Errorf("the control plane of %s did not start: see %s", wanted.Release, filepath.Join(folder, "supervisor.log"))
			}
			return started, writeJSON(filepath.Join(folder, "running.json"), told)
		case <-time.After(200 * time.Millisecond):
			if parent.gone() {
				started.stop()
				return nil, fmt.Errorf("the parent ended")
			}
		}
	}
}

// stop closes its stdin and waits.
func (r *running) stop() {
	if r == nil {
		return
	}
	_ = r.stdin.Close()
	select {
	case <-r.ended:
	case <-time.After(30 * time.Second):
		_ = r.command.Process.Signal(syscall.SIGKILL)
		<-r.ended
	}
}

// A parent is the process that the supervisor does not outlive. Another process that gets its number later is
// another one: it started at another time.
type parent struct{ pid, started string }

func newParent(pid string) parent { return parent{pid, startOf(pid)} }

func (p parent) gone() bool { return p.started == "" || startOf(p.pid) != p.started }

// startOf is when a process started; "" where there is none, or only what is left of one.
func startOf(pid string) string {
	content, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return ""
	}
	// The name before the last bracket may hold anything.
	_, after, _ := strings.Cut(string(content[strings.LastIndexByte(string(content), ')'):]), " ")
	fields := strings.Fields(after)
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}
