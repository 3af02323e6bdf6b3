package main

import "fmt"

// missingVolume says in the kubelet's words which Secret or ConfigMap a pod cannot mount; "" when all
// are there.
func (w *world) missingVolume(pod object) string {
	for _, volume := range pod.list("spec", "volumes") {
		sources := append([]object{volume}, volume.list("projected", "sources")...)
		for _, source := range sources {
			missing := w.missing(pod, source.object("secret"), "Secret", "secretName")
			if missing == "" {
				missing = w.missing(pod, source.object("secret"), "Secret", "name")
			}
			if missing == "" {
				missing = w.missing(pod, source.object("configMap"), "ConfigMap", "name")
			}
			if missing != "" {
				return fmt.Sprintf("MountVolume.SetUp failed for volume %q : %s", volume.text("name"), missing)
			}
		}
	}
	return ""
}

// missingVariable is the same for what containers take into their environment.
func (w *world) missingVariable(pod object) string {
	for _, list := range []string{"initContainers", "containers"} {
		for _, container := range pod.list("spec", list) {
			sources := container.list("envFrom")
			for _, variable := range container.list("env") {
				sources = append(sources, variable.object("valueFrom"))
			}
			for _, source := range sources {
				for field, kind := range map[string]string{
					"secretRef": "Secret", "secretKeyRef": "Secret", "configMapRef": "ConfigMap", "configMapKeyRef": "ConfigMap",
				} {
					if missing := w.missing(pod, source.object(field), kind, "name"); missing != "" {
						return missing
					}
				}
			}
		}
	}
	return ""
}

// missing says that the object that a reference names, or the key in it, is not there.
func (w *world) missing(pod, reference object, kind, field string) string {
	name := reference.text(field)
	if name == "" || reference.flag("optional") {
		return ""
	}
	found := w.get(kind, pod.namespace(), name)
	if found == nil {
		return fmt.Sprintf("%s %q not found", map[string]string{"Secret": "secret", "ConfigMap": "configmap"}[kind], name)
	}
	keys := []string{reference.text("key")}
	for _, item := range reference.list("items") {
		keys = append(keys, item.text("key"))
	}
	for _, key := range keys {
		if key != "" && !found.has("data", key) && !found.has("binaryData", key) {
			return fmt.Sprintf("couldn't find key %s in %s %s/%s", key, kind, pod.namespace(), name)
		}
	}
	return ""
}
