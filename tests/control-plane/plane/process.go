package plane

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A process is a part that runs.
type process struct {
	name    string
	command *exec.Cmd
	// Closed when it has ended.
	done chan struct{}
}

// startProcess runs a program whose output goes to the file `log`. It is killed when we die.
func startProcess(name, log, program string, arguments ...string) (*process, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	command := exec.Command(program, arguments...)
	command.Stdout, command.Stderr = output, output
	// A group of its own: Ctrl-C reaches us alone, and we stop the parts in their order.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	started := &process{name, command, make(chan struct{})}
	go func() {
		_ = command.Wait()
		close(started.done)
	}()
	return started, nil
}

// stop asks it to end, and ends it after `patience`.
func (p *process) stop(patience time.Duration) {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.command.Process.Kill()
		<-p.done
	}
}
