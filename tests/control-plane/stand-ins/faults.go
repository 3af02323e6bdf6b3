package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// A fault says what is not to work as it should, for some objects of a kind.
//
// Faults stand in the ConfigMaps of kube-system whose names begin with `faults-`, one a line, in any
// key: `KIND [NAMESPACE/]NAME WORD [TEXT]`, with `*` in names as a shell has it. README.md lists the words.
type fault struct {
	kind, pattern, word, text string
}

const (
	faultsNamespace = "kube-system"
	faultsPrefix    = "faults-"
	// Is put on the ConfigMap: `true`, or what is wrong with it.
	inForce = "control-plane.kops-stack.dev/in-force"
)

// words are those that each kind knows; the last entry is for all other kinds.
var words = map[string][]string{
	"Pod":     {"crash", "pull", "unready", "absent", "slow"},
	"Service": {"deny", "fail", "patch", "absent", "slow"},
	"":        {"fail", "absent", "slow"},
}

func (f fault) is(word string) bool { return f.word == word }

// says is the text of the fault, or what is said when it has none.
func (f fault) says(otherwise string) string {
	if f.text == "" {
		return otherwise
	}
	return f.text
}

func (f fault) delay() time.Duration {
	if f.word != "slow" {
		return 0
	}
	delay, _ := time.ParseDuration(f.text)
	return delay
}

func readFault(line string) (fault, error) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return fault{}, fmt.Errorf("%q is not KIND [NAMESPACE/]NAME WORD [TEXT]", line)
	}
	_, text, _ := strings.Cut(strings.TrimSpace(line), fields[1])
	_, text, _ = strings.Cut(text, fields[2])
	read := fault{fields[0], fields[1], fields[2], strings.TrimSpace(text)}
	known, ok := words[read.kind]
	if !ok {
		known = words[""]
	}
	if !slices.Contains(known, read.word) {
		return fault{}, fmt.Errorf("%q: %s is not one of %s", line, read.word, strings.Join(known, ", "))
	}
	if _, err := path.Match(read.pattern, ""); err != nil {
		return fault{}, fmt.Errorf("%q: %w", line, err)
	}
	if _, err := time.ParseDuration(read.text); read.word == "slow" && err != nil {
		return fault{}, fmt.Errorf("%q: %w", line, err)
	}
	return read, nil
}

// readMap gives the faults of a ConfigMap, and what is wrong with it.
func readMap(holder object) (faults []fault, problems []string) {
	for _, value := range holder.object("data") {
		text, _ := value.(string)
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) == "" {
				continue
			}
			read, err := readFault(line)
			if err != nil {
				problems = append(problems, err.Error())
				continue
			}
			faults = append(faults, read)
		}
	}
	slices.Sort(problems)
	return faults, problems
}

func holdsFaults(o object) bool {
	return o.namespace() == faultsNamespace && strings.HasPrefix(o.name(), faultsPrefix)
}

func readFaults(w *world) []fault {
	var all []fault
	for _, holder := range w.all("ConfigMap") {
		if holdsFaults(holder) {
			faults, _ := readMap(holder)
			all = append(all, faults...)
		}
	}
	return all
}

// faultsInForce says on each ConfigMap of faults that we have read it.
func faultsInForce(w *world) []deed {
	var deeds []deed
	for _, holder := range w.all("ConfigMap") {
		if !holdsFaults(holder) {
			continue
		}
		said := "true"
		if _, problems := readMap(holder); len(problems) > 0 {
			said = strings.Join(problems, "; ")
		}
		if holder.annotation(inForce) != said {
			change := map[string]any{"metadata": map[string]any{"annotations": map[string]any{inForce: said}}}
			deeds = append(deeds, w.patch("ConfigMap", holder, "control-plane", change))
		}
	}
	return deeds
}

// faultOf is the first fault of an object; the empty one when it has none.
func (w *world) faultOf(kind string, o object) fault {
	for _, fault := range w.faults {
		if fault.kind != kind {
			continue
		}
		if matches, _ := path.Match(fault.pattern, o.key()); matches {
			return fault
		}
	}
	return fault{}
}

// isHeld: a controller does nothing about this object, or not yet.
func (w *world) isHeld(kind string, o object) bool {
	fault := w.faultOf(kind, o)
	if fault.is("slow") {
		due := o.made().Add(fault.delay())
		if time.Now().Before(due) {
			w.wake(due)
			return true
		}
	}
	return fault.is("absent")
}
