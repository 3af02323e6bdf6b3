package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

// pods says how the pods are that have a node. They run when what they need is there.
func pods(w *world) []deed {
	var deeds []deed
	settled := map[string]settledPod{}
	for _, pod := range w.all("Pod") {
		phase := pod.text("status", "phase")
		if pod.text("spec", "nodeName") == "" || phase == "Succeeded" || phase == "Failed" || w.isHeld("Pod", pod) {
			continue
		}
		state, told := w.stateOf(pod)
		deeds = append(deeds, told...)
		now := settledPod{pod.text("metadata", "resourceVersion"), state}
		if w.settledPods[pod.key()] != now {
			if status := statusOf(pod, state); essence(status) != essence(pod.object("status")) {
				deeds = append(deeds, w.patchStatus("Pod", pod, "kubelet", status))
				continue
			}
		}
		settled[pod.key()] = now
	}
	w.settledPods = settled
	return deeds
}

// A settled pod is in its state as of a version: to compare the two is dear, and mostly done in vain.
type settledPod struct {
	version string
	state   state
}

// A state is what a pod's status is made of.
type state struct {
	phase string
	ready bool
	// Why the containers wait, when they do.
	reason, message string
	// How they ended, or ended before they were started again; "" when they have not.
	ended string
	code  int
}

var running = state{phase: "Running", ready: true}

// stateOf is the state in which a pod should be, and what else is to be written for it.
func (w *world) stateOf(pod object) (state, []deed) {
	fault := w.faultOf("Pod", pod)
	tell := func(reason, message string) []deed {
		return []deed{w.event("Pod", pod, "Warning", reason, message, "kubelet")}
	}
	container := object{}
	if containers := pod.list("spec", "containers"); len(containers) > 0 {
		container = containers[0]
	}
	if missing := w.missingVolume(pod); missing != "" {
		return state{phase: "Pending", reason: "ContainerCreating"}, tell("FailedMount", missing)
	}
	if fault.is("pull") {
		said := fault.says("not found")
		message := fmt.Sprintf("Back-off pulling image %q: %s", container.text("image"), said)
		return state{phase: "Pending", reason: "ImagePullBackOff", message: message},
			tell("Failed", fmt.Sprintf("Failed to pull image %q: %s", container.text("image"), said))
	}
	if missing := w.missingVariable(pod); missing != "" {
		return state{phase: "Pending", reason: "CreateContainerConfigError", message: missing}, tell("Failed", "Error: "+missing)
	}
	ofJob := pod.isOwnedBy("Job")
	switch {
	case fault.is("crash") && ofJob && pod.text("spec", "restartPolicy") == "Never":
		return state{phase: "Failed", ended: "Error", code: 1}, nil
	case fault.is("crash"):
		name := fmt.Sprintf("%s in pod %s_%s(%s)", container.text("name"), pod.name(), pod.namespace(), pod.text("metadata", "uid"))
		message := strings.Replace("back-off 10s restarting failed container="+name, " in pod ", " pod=", 1)
		return state{phase: "Running", reason: "CrashLoopBackOff", message: message, ended: "Error", code: 1},
			tell("BackOff", "Back-off restarting failed container "+name)
	case fault.is("unready"):
		return state{phase: "Running"}, tell("Unhealthy", "Readiness probe failed: "+fault.says("the stand-in was told so"))
	case ofJob && pod.text("status", "phase") == "Running":
		return w.jobPod(pod)
	}
	return running, nil
}

// jobPod ends when it has done what it is there for.
func (w *world) jobPod(pod object) (state, []deed) {
	for _, job := range w.all("Job") {
		if job.namespace() == pod.namespace() && job.name() == pod.label("batch.kubernetes.io/job-name") {
			if deeds, done := w.effects(job); !done {
				return running, deeds
			}
		}
	}
	return state{phase: "Succeeded", ended: "Completed"}, nil
}

// statusOf is a status in this state; what has not changed since keeps its time.
func statusOf(pod object, state state) map[string]any {
	status := map[string]any{
		"phase":             state.phase,
		"hostIP":            "127.0.0.1",
		"hostIPs":           []any{map[string]any{"ip": "127.0.0.1"}},
		"startTime":         pod.at("status", "startTime"),
		"containerStatuses": containersOf(pod, state),
	}
	if status["startTime"] == nil {
		status["startTime"] = now()
	}
	if state.phase == "Running" {
		address := addressOf(pod)
		status["podIP"], status["podIPs"] = address, []any{map[string]any{"ip": address}}
	}
	if first := firstOf(pod, state); len(first) > 0 {
		status["initContainerStatuses"] = first
	}
	reason := ""
	if !state.ready {
		reason = "ContainersNotReady"
	}
	if state.ended == "Completed" {
		reason = "PodCompleted"
	}
	wanted := []condition{
		{kind: "PodReadyToStartContainers", isTrue: state.phase == "Running"},
		{kind: "Initialized", isTrue: state.reason != "ContainerCreating"},
		{kind: "Ready", isTrue: state.ready, reason: reason},
		{kind: "ContainersReady", isTrue: state.ready, reason: reason},
	}
	for _, gate := range pod.list("spec", "readinessGates") {
		wanted = append(wanted, condition{kind: gate.text("conditionType"), isTrue: state.ready})
	}
	status["conditions"] = withConditions(pod.list("status", "conditions"), wanted)
	return status
}

func containersOf(pod object, state state) []any {
	before := map[string]object{}
	for _, status := range pod.list("status", "containerStatuses") {
		before[status.text("name")] = status
	}
	var all []any
	for _, container := range pod.list("spec", "containers") {
		name := container.text("name")
		started := before[name].text("state", "running", "startedAt")
		if started == "" {
			started = now()
		}
		status := map[string]any{
			"name": name, "image": container.text("image"), "imageID": "", "ready": state.ready,
			"started": state.phase == "Running" && state.reason == "", "restartCount": 0,
		}
		ended := map[string]any{"terminated": map[string]any{
			"exitCode": state.code, "reason": state.ended, "startedAt": started, "finishedAt": now(),
		}}
		switch {
		case state.reason != "":
			status["state"] = map[string]any{"waiting": map[string]any{"reason": state.reason, "message": state.message}}
			if state.ended != "" {
				status["lastState"], status["restartCount"] = ended, 3
			}
		case state.ended != "":
			status["state"] = ended
		default:
			status["state"] = map[string]any{"running": map[string]any{"startedAt": started}}
		}
		all = append(all, status)
	}
	return all
}

// firstOf: init containers have ended well, or run beside the others, once the others were tried.
func firstOf(pod object, state state) []any {
	var all []any
	for _, container := range pod.list("spec", "initContainers") {
		stays := container.text("restartPolicy") == "Always"
		isDone := state.reason != "ContainerCreating" && state.reason != "ImagePullBackOff"
		status := map[string]any{
			"name": container.text("name"), "image": container.text("image"), "imageID": "", "restartCount": 0, "ready": isDone,
		}
		switch {
		case !isDone:
			status["state"] = map[string]any{"waiting": map[string]any{"reason": "PodInitializing"}}
		case stays:
			status["started"] = true
			status["state"] = map[string]any{"running": map[string]any{"startedAt": pod.text("metadata", "creationTimestamp")}}
		default:
			at := pod.text("metadata", "creationTimestamp")
			status["state"] = map[string]any{"terminated": map[string]any{
				"exitCode": 0, "reason": "Completed", "startedAt": at, "finishedAt": at,
			}}
		}
		all = append(all, status)
	}
	return all
}

// essence is what makes one status differ from another: all but the times.
func essence(status map[string]any) string {
	read := toObject(status)
	var parts []any
	parts = append(parts, read.text("phase"))
	for _, kind := range []string{"initContainerStatuses", "containerStatuses"} {
		for _, container := range read.list(kind) {
			state := container.object("state")
			waiting := state.object("waiting")
			parts = append(parts, container.text("name"), container.text("image"), container.flag("ready"),
				waiting.text("reason"), waiting.text("message"), state.has("running"), state.text("terminated", "reason"))
		}
	}
	for _, condition := range read.list("conditions") {
		parts = append(parts, condition.text("type"), condition.text("status"), condition.text("reason"))
	}
	text, err := json.Marshal(parts)
	must(err)
	return string(text)
}

// addressOf is an address that nobody dials; addresses of loopback are refused in EndpointSlices.
func addressOf(pod object) string {
	if address := pod.text("status", "podIP"); address != "" {
		return address
	}
	sum := sha256.Sum256([]byte(pod.text("metadata", "uid")))
	return fmt.Sprintf("10.%d.%d.%d", sum[0], sum[1], sum[2])
}

// A condition as a stand-in wants it.
type condition struct {
	kind            string
	isTrue          bool
	reason, message string
	// The generation that was looked at, where the kind says it.
	generation int
}

// withConditions is the list with the wanted ones in it; those that are so already keep their time.
func withConditions(before []object, wanted []condition) []any {
	var all []any
	left := map[string]condition{}
	for _, one := range wanted {
		left[one.kind] = one
	}
	for _, old := range before {
		one, ok := left[old.text("type")]
		if !ok {
			all = append(all, map[string]any(old))
			continue
		}
		delete(left, one.kind)
		fresh := one.made()
		if old.text("status") == fresh["status"] {
			fresh["lastTransitionTime"] = old["lastTransitionTime"]
		}
		if _, ok := old["lastProbeTime"]; ok {
			fresh["lastProbeTime"] = nil
		}
		all = append(all, fresh)
	}
	for _, one := range wanted {
		if _, ok := left[one.kind]; ok {
			all = append(all, one.made())
		}
	}
	return all
}

func (c condition) made() map[string]any {
	made := map[string]any{"type": c.kind, "status": "False", "lastTransitionTime": now()}
	if c.isTrue {
		made["status"] = "True"
	}
	for name, text := range map[string]string{"reason": c.reason, "message": c.message} {
		if text != "" {
			made[name] = text
		}
	}
	if c.generation > 0 {
		made["observedGeneration"] = c.generation
	}
	return made
}
