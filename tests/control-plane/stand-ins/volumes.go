package main

import (
	"context"
	"errors"
	"net/http"
)

const provisioner = "control-plane.kops-stack.dev/volumes"

// makeStorageClass makes the class that claims get which name none.
func makeStorageClass(ctx context.Context, api *api) error {
	class := map[string]any{
		"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
		"metadata": map[string]any{
			"name":        "standard",
			"annotations": map[string]any{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		"provisioner": provisioner, "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": true,
	}
	path := "/apis/storage.k8s.io/v1/storageclasses"
	body, err := api.send(ctx, request{"POST", path, "control-plane", "application/json", class})
	var refused *refusal
	if errors.As(err, &refused) && refused.code == http.StatusConflict {
		return nil
	}
	if err != nil {
		return err
	}
	return body.Close()
}

// volumes makes a volume for each claim whose class exists, whatever its provisioner, and removes
// those whose claim is gone.
func volumes(w *world) []deed {
	var deeds []deed
	for _, claim := range w.all("PersistentVolumeClaim") {
		class := w.get("StorageClass", "", claim.text("spec", "storageClassName"))
		if claim.text("status", "phase") != "Pending" || claim.has("spec", "volumeName") || class == nil {
			continue
		}
		// Where a volume lies depends on where the pod goes.
		waits := class.text("volumeBindingMode") == "WaitForFirstConsumer"
		if waits && claim.annotation("volume.kubernetes.io/selected-node") == "" || w.isHeld("PersistentVolumeClaim", claim) {
			continue
		}
		if fault := w.faultOf("PersistentVolumeClaim", claim); fault.is("fail") {
			said := "failed to provision volume: " + fault.says("the stand-in was told to fail")
			deeds = append(deeds, w.event("PersistentVolumeClaim", claim, "Warning", "ProvisioningFailed", said, class.text("provisioner")))
			continue
		}
		deeds = append(deeds, w.create("PersistentVolume", "csi-provisioner", volumeOf(claim, class))...)
	}
	for _, volume := range w.all("PersistentVolume") {
		made := volume.annotation("pv.kubernetes.io/provisioned-by") != ""
		if made && volume.text("status", "phase") == "Released" && volume.text("spec", "persistentVolumeReclaimPolicy") == "Delete" {
			deeds = append(deeds, w.remove("PersistentVolume", volume))
		}
	}
	return deeds
}

func volumeOf(claim, class object) map[string]any {
	name := "pvc-" + claim.text("metadata", "uid")
	policy := class.text("reclaimPolicy")
	if policy == "" {
		policy = "Delete"
	}
	return map[string]any{
		"metadata": map[string]any{
			"name":        name,
			"annotations": map[string]any{"pv.kubernetes.io/provisioned-by": class.text("provisioner")},
		},
		"spec": map[string]any{
			"capacity":                      map[string]any{"storage": claim.at("spec", "resources", "requests", "storage")},
			"accessModes":                   claim.at("spec", "accessModes"),
			"volumeMode":                    claim.at("spec", "volumeMode"),
			"storageClassName":              class.name(),
			"persistentVolumeReclaimPolicy": policy,
			// Nothing is ever written there: no pod really runs.
			"hostPath": map[string]any{"path": "/nowhere/" + name},
			"claimRef": map[string]any{
				"apiVersion": "v1", "kind": "PersistentVolumeClaim",
				"namespace": claim.namespace(), "name": claim.name(),
				"uid": claim.text("metadata", "uid"), "resourceVersion": claim.text("metadata", "resourceVersion"),
			},
		},
	}
}
