// Command stand-ins does on a test control plane what nobody else there does: it answers on the
// addresses of Services, gives load balancers and volumes, runs pods, and plays the controllers of
// custom resources. What it plays well or badly is said by faults (faults.go).
//
// It holds the cluster's state by watches (world.go). Each stand-in is a function of that state that
// says what is to be written (deeds.go); all of them are asked again when something has changed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "stand-ins:", err)
		os.Exit(1)
	}
}

func run() error {
	server := flag.String("server", "", "the API server's URL")
	certificates := flag.String("certificates", "", "the folder with ca.crt, and with kwok.crt and kwok.key as which we write")
	kubelet := flag.Int("kubelet", 0, "the port on which we answer for all nodes: the logs of pods")
	flag.Parse()
	api, err := newAPI(*server, *certificates)
	if err != nil {
		return err
	}
	own, err := keptAuthority(*certificates)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	world := newWorld(api, own, *kubelet)
	kubeletEnded := make(chan error, 1)
	go func() { kubeletEnded <- serveLogs(ctx, world) }()
	world.follow(ctx, builtIn...)
	if err := makeStorageClass(ctx, api); err != nil {
		return err
	}
	settler := newSettler(world)
	go settler.run(ctx)
	select {
	case <-ctx.Done():
		return nil
	case err := <-kubeletEnded:
		return fmt.Errorf("answering for the nodes: %w", err)
	}
}

// A settler asks all stand-ins, when something has changed or a delay is over, and does what they say.
type settler struct {
	world *world
	deeds *doer
	ports *ports
}

// How long changes are gathered: one apply writes many objects at once.
const gathering = 30 * time.Millisecond

func newSettler(world *world) *settler {
	return &settler{world, newDoer(world), newPorts(world)}
}

func (s *settler) run(ctx context.Context) {
	pause := gathering
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.world.changed:
		}
		time.Sleep(pause)
		began := time.Now()
		s.settle(ctx)
		// Of a busy cluster we take a quarter of one core at most.
		pause = max(gathering, 3*time.Since(began))
	}
}

// The order does not matter: each sees the same state.
var standIns = []func(*world) []deed{
	faultsInForce,
	bundles,
	servingSecrets,
	balancers,
	ingresses,
	volumes,
	pods,
	kubelets,
	issuers,
	certificates,
	wantedCertificates,
	gatewayClasses,
	gateways,
	routes,
	monitors,
}

func (s *settler) settle(ctx context.Context) {
	s.world.followCustomKinds(ctx)
	s.world.mutex.Lock()
	s.world.wakeAt = time.Time{}
	s.world.faults = readFaults(s.world)
	var deeds []deed
	for _, standIn := range standIns {
		deeds = append(deeds, standIn(s.world)...)
	}
	wanted := s.ports.wanted()
	wakeAt := s.world.wakeAt
	s.world.mutex.Unlock()
	s.ports.open(wanted)
	s.deeds.do(ctx, deeds)
	if !wakeAt.IsZero() {
		time.AfterFunc(time.Until(wakeAt), s.world.touch)
	}
}
