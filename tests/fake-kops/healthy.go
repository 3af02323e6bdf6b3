package main

import (
	"fmt"
	"strings"
	"time"
)

// An invalid is a validation that did not pass.
type invalid struct{ text string }

func (i invalid) Error() string { return i.text }

// valid waits until the cluster has passed validation --validate-count times.
func (r *rolling) valid(when string) error {
	c := r.call
	count := number(object{"count": c.flag("validate-count", "2")}, 2, "count")
	if c.has("cloudonly") || count == 0 || c.flag("fail-on-validate-error", "true") == "false" {
		return nil
	}
	info("instancegroups.go:530", "Validating the cluster.")
	limit := c.duration("validation-timeout", "15m0s")
	for deadline, passed := time.Now().Add(limit), 0; ; {
		found, err := c.look(r.cluster, r.all)
		switch {
		case err != nil:
			passed = 0
			info("instancegroups.go:579", "Cluster did not validate, will retry in %q: %v.", 30*time.Second, err)
		case len(found.Failures) > 0:
			passed = 0
			var messages []string
			for _, failure := range found.Failures {
				messages = append(messages, failure.Message)
			}
			info("instancegroups.go:589", "Cluster did not pass validation, will retry in %q: %s.", 30*time.Second, strings.Join(messages, ", "))
		default:
			if passed++; passed >= count {
				info("instancegroups.go:566", "Cluster validated.")
				return nil
			}
			info("instancegroups.go:569", "Cluster validated; revalidating in %s to make sure it does not flap.", 10*time.Second)
			pause(10 * time.Second)
			continue
		}
		if time.Now().After(deadline) {
			return invalid{fmt.Sprintf("error validating cluster%s: cluster did not validate within a duration of %q", when, limit)}
		}
		pause(30 * time.Second)
	}
}
