package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// A deed is one write that a stand-in wants.
type deed struct {
	request
	// Is done once, whatever became of it: an event.
	once bool
}

func (d deed) key() string { return d.method + " " + d.path }

const mergePatch = "application/merge-patch+json"

// patch changes an object, unless it has changed since we saw it.
func (w *world) patch(kind string, o object, manager string, change map[string]any) deed {
	return w.patchPart(kind, o, "", manager, change)
}

// patchStatus is patch for the fields of `status`.
func (w *world) patchStatus(kind string, o object, manager string, status map[string]any) deed {
	return w.patchPart(kind, o, "/status", manager, map[string]any{"status": status})
}

func (w *world) patchPart(kind string, o object, part, manager string, change map[string]any) deed {
	change = maps.Clone(change)
	metadata := map[string]any{}
	if given, ok := change["metadata"].(map[string]any); ok {
		metadata = maps.Clone(given)
	}
	metadata["resourceVersion"] = o.at("metadata", "resourceVersion")
	change["metadata"] = metadata
	return deed{request: request{"PATCH", w.kinds[kind].one(o) + part, manager, mergePatch, change}}
}

// create makes an object that is not there; none when a fault says that it is never made.
func (w *world) create(kind, manager string, body map[string]any) []deed {
	made := toObject(body)
	if w.get(kind, made.namespace(), made.name()) != nil || w.faultOf(kind, made).is("absent") {
		return nil
	}
	body["apiVersion"], body["kind"] = w.kinds[kind].apiVersion(), kind
	path := w.kinds[kind].within(made.namespace())
	return []deed{{request: request{"POST", path, manager, "application/json", body}}}
}

func (w *world) remove(kind string, o object) deed {
	precondition := map[string]any{"preconditions": map[string]any{"uid": o.at("metadata", "uid")}}
	return deed{request: request{"DELETE", w.kinds[kind].one(o), "", "application/json", precondition}}
}

// event tells people what happened to an object, once.
func (w *world) event(kind string, o object, class, reason, message, from string) deed {
	namespace := o.namespace()
	if namespace == "" {
		namespace = "default"
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{kind, o.text("metadata", "uid"), reason, message}, "\n")))
	name := o.name() + "." + hex.EncodeToString(sum[:8])
	body := map[string]any{
		"apiVersion": "v1", "kind": "Event",
		"metadata": map[string]any{"name": name, "namespace": namespace},
		"involvedObject": map[string]any{
			"apiVersion": w.kinds[kind].apiVersion(), "kind": kind, "name": o.name(),
			"namespace": o.namespace(), "uid": o.text("metadata", "uid"),
		},
		"type": class, "reason": reason, "message": message, "count": 1,
		"source":         map[string]any{"component": from},
		"firstTimestamp": now(), "lastTimestamp": now(),
	}
	path := "/api/v1/namespaces/" + namespace + "/events"
	return deed{request: request{"POST", path, from, "application/json", body}, once: true}
}

// A doer does deeds, several at once, none twice at the same time.
type doer struct {
	world *world
	slots chan struct{}
	mutex sync.Mutex
	// By key; true for what is under way, false for what is done once and for all.
	busy map[string]bool
}

func newDoer(world *world) *doer {
	return &doer{world: world, slots: make(chan struct{}, 64), busy: map[string]bool{}}
}

func (d *doer) do(ctx context.Context, deeds []deed) {
	for _, deed := range deeds {
		// A POST says in its body which object it is about.
		name := deed.key()
		if deed.method == "POST" {
			name += "/" + toObject(deed.body).name()
		}
		d.mutex.Lock()
		_, known := d.busy[name]
		if !known {
			d.busy[name] = true
		}
		d.mutex.Unlock()
		if !known {
			go d.one(ctx, name, deed)
		}
	}
}

// Whatever a controller writes may be held up by a webhook, which must hold up nothing else.
const patience = 35 * time.Second

func (d *doer) one(ctx context.Context, name string, deed deed) {
	d.slots <- struct{}{}
	defer func() { <-d.slots }()
	asking, stop := context.WithTimeout(ctx, patience)
	defer stop()
	body, err := d.world.api.send(asking, deed.request)
	if err == nil {
		_ = body.Close()
	}
	var refused *refusal
	// Somebody was faster, or the object is gone: the watch will tell.
	stale := errors.As(err, &refused) && (refused.code == http.StatusConflict || refused.code == http.StatusNotFound)
	if err != nil && !stale && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "stand-ins: %s: %v\n", name, err)
		time.Sleep(500 * time.Millisecond)
	}
	// The watch is to have told us before we look again.
	time.Sleep(20 * time.Millisecond)
	d.mutex.Lock()
	if !deed.once {
		delete(d.busy, name)
	}
	d.mutex.Unlock()
	d.world.touch()
}
