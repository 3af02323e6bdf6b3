package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// A world is the cluster's state as the watches tell it.
type world struct {
	api *api
	// Signs whatever the controllers that we play would sign.
	authority authority
	// The port on which we answer for all nodes.
	kubelet int
	// Guards all below.
	mutex   sync.Mutex
	kinds   map[string]kind
	objects map[string]map[string]object
	stops   map[string]context.CancelFunc
	faults  []fault
	// By key.
	settledPods map[string]settledPod
	// When to look again though nothing has changed; zero for never.
	wakeAt time.Time
	// Holds one word when something has changed since it was last looked at.
	changed chan struct{}
}

func newWorld(api *api, authority authority, kubelet int) *world {
	return &world{
		api:       api,
		authority: authority,
		kubelet:   kubelet,
		kinds:     map[string]kind{},
		objects:   map[string]map[string]object{},
		stops:     map[string]context.CancelFunc{},
		changed:   make(chan struct{}, 1),
	}
}

func (w *world) touch() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// wake asks for a look at a time that has not come.
func (w *world) wake(at time.Time) {
	if w.wakeAt.IsZero() || at.Before(w.wakeAt) {
		w.wakeAt = at
	}
}

// follow watches kinds, and returns when all of them have been read once.
func (w *world) follow(ctx context.Context, kinds ...kind) {
	var read sync.WaitGroup
	for _, kind := range kinds {
		read.Add(1)
		go w.watch(ctx, kind, sync.OnceFunc(read.Done))
	}
	read.Wait()
}

// followCustomKinds follows the kinds that are defined, and forgets those that no longer are.
func (w *world) followCustomKinds(ctx context.Context) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	defined := map[string]kind{}
	for _, definition := range w.objects["CustomResourceDefinition"] {
		if kind, ok := customKind(definition); ok {
			defined[kind.name] = kind
		}
	}
	for name, stop := range w.stops {
		if w.kinds[name] != defined[name] {
			stop()
			delete(w.stops, name)
			delete(w.kinds, name)
			delete(w.objects, name)
		}
	}
	for name, kind := range defined {
		if w.stops[name] == nil {
			watching, stop := context.WithCancel(ctx)
			w.stops[name] = stop
			w.kinds[name] = kind
			go w.watch(watching, kind, func() {})
		}
	}
}

// watch reads a kind and then its changes, for ever; `read` is called when it has been read.
func (w *world) watch(ctx context.Context, kind kind, read func()) {
	for ctx.Err() == nil {
		version, err := w.read(ctx, kind)
		if err == nil {
			read()
			err = w.changes(ctx, kind, version)
		}
		var refused *refusal
		// A kind that was defined a moment ago is not served yet.
		soon := errors.As(err, &refused) && (refused.code == http.StatusNotFound || refused.code == http.StatusTooManyRequests)
		if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) && !soon {
			fmt.Fprintf(os.Stderr, "stand-ins: watching %s: %v\n", kind.plural, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (w *world) read(ctx context.Context, kind kind) (string, error) {
	body, err := w.api.send(ctx, request{method: "GET", path: kind.list()})
	if err != nil {
		return "", err
	}
	defer body.Close()
	var list struct {
		Metadata struct{ ResourceVersion string }
		Items    []object
	}
	if err := json.NewDecoder(body).Decode(&list); err != nil {
		return "", err
	}
	objects := map[string]object{}
	for _, item := range list.Items {
		trim(item)
		objects[item.key()] = item
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	// A kind that is no longer followed is left out.
	if ctx.Err() == nil {
		w.kinds[kind.name] = kind
		w.objects[kind.name] = objects
	}
	w.touch()
	return list.Metadata.ResourceVersion, nil
}

func (w *world) changes(ctx context.Context, kind kind, version string) error {
	path := kind.list() + "?watch=true&allowWatchBookmarks=true&resourceVersion=" + version
	body, err := w.api.send(ctx, request{method: "GET", path: path})
	if err != nil {
		return err
	}
	defer body.Close()
	decoder := json.NewDecoder(body)
	for {
		var event struct {
			Type   string
			Object object
		}
		if err := decoder.Decode(&event); err != nil {
			return err
		}
		if event.Type == "ERROR" {
			return fmt.Errorf("%v", event.Object.text("message"))
		}
		if event.Type != "BOOKMARK" {
			w.note(ctx, kind, event.Type == "DELETED", event.Object)
		}
	}
}

func (w *world) note(ctx context.Context, kind kind, gone bool, o object) {
	trim(o)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	switch {
	case ctx.Err() != nil:
		return
	case gone:
		delete(w.objects[kind.name], o.key())
	default:
		w.objects[kind.name][o.key()] = o
	}
	w.touch()
}

// trim takes away what is large and what nobody here reads.
func trim(o object) {
	delete(o.object("metadata"), "managedFields")
	for _, version := range o.list("spec", "versions") {
		delete(version, "schema")
	}
}

// get is the object of a kind, or nil. The lock is held by who asks the stand-ins.
func (w *world) get(kind, namespace, name string) object {
	return w.objects[kind][key(namespace, name)]
}

// all are the objects of a kind that nobody is deleting.
func (w *world) all(kind string) []object {
	var all []object
	for _, o := range w.objects[kind] {
		if !o.dying() {
			all = append(all, o)
		}
	}
	return all
}
