// Command control-plane runs Kubernetes on loopback: etcd, API server, controllers, scheduler.
//
// Which release it runs is said by the file of modules that it is built with: go.mod for 1.36, and
// release-1.35.mod for 1.35 (`go build -modfile`).
package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	server "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"kops-stack.test/control-plane/plane"
)

func main() {
	plane.Main(map[string]plane.Part{
		"etcd":                    etcd,
		"kube-apiserver":          command(server.NewAPIServerCommand),
		"kube-controller-manager": command(controllers.NewControllerManagerCommand),
		"kube-scheduler":          command(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	})
}

func command(make func() *cobra.Command) plane.Part {
	return func(arguments []string) error {
		program := make()
		program.SetArgs(arguments)
		if code := cli.Run(program); code != 0 {
			return fmt.Errorf("exit code %d", code)
		}
		return nil
	}
}

// etcd keeps its data in a folder and serves clients and itself on two ports of loopback.
func etcd(arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("usage: part etcd FOLDER PORT PEER-PORT")
	}
	config := embed.NewConfig()
	config.Dir = arguments[0]
	local := func(port string) []url.URL { return []url.URL{{Scheme: "http", Host: "127.0.0.1:" + port}} }
	config.ListenClientUrls, config.AdvertiseClientUrls = local(arguments[1]), local(arguments[1])
	config.ListenPeerUrls, config.AdvertisePeerUrls = local(arguments[2]), local(arguments[2])
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	// What a test stores may be lost with the machine.
	config.UnsafeNoFsync = true
	// Every request is logged as slow where this is not set.
	config.WarningUnaryRequestDuration = time.Second
	config.LogLevel = "warn"
	started, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer started.Close()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-stop:
		return nil
	case err := <-started.Err():
		return err
	}
}
