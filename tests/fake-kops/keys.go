package main

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// addKey adds a public key; a second one is kept too, and refused only by `update`.
func (c *call) addKey(cluster, key string) error {
	fingerprint, err := fingerprintOf(key)
	if err != nil {
		return err
	}
	return c.store.write(strings.TrimSpace(key)+"\n", cluster, "pki", "ssh", "public", "admin", strings.ReplaceAll(fingerprint, ":", ""))
}

func (c *call) createKey(cluster string) error {
	content, err := readInput(c.flag("pubkey", ""))
	if err != nil {
		return fmt.Errorf("error reading SSH public key %v: %v", c.flag("pubkey", ""), err)
	}
	if c.store.cluster(cluster) == nil {
		return notFound(cluster)
	}
	return c.addKey(cluster, content)
}

// storedKey is a key as `get sshpublickeys -o json` shows it.
type storedKey struct {
	ID        string `json:"id"`
	PublicKey string `json:"publicKey"`
}

// getKeys lists the keys that are stored; in JSON, none is null.
func (c *call) getKeys(cluster string) error {
	if c.store.cluster(cluster) == nil {
		return notFound(cluster)
	}
	var keys []storedKey
	entries, _ := os.ReadDir(c.store.path(cluster, "pki", "ssh", "public", "admin"))
	for _, entry := range entries {
		content := c.store.read(cluster, "pki", "ssh", "public", "admin", entry.Name())
		fingerprint, err := fingerprintOf(content)
		if err != nil {
			return err
		}
		keys = append(keys, storedKey{fingerprint, content})
	}
	if c.flag("output", "table") == "json" {
		return json.NewEncoder(os.Stdout).Encode(keys)
	}
	if len(keys) == 0 {
		return errors.New("no SSH public key found")
	}
	var rows [][]string
	for _, key := range keys {
		rows = append(rows, []string{key.ID})
	}
	table([]string{"ID"}, rows)
	return nil
}

// deleteKeys removes all keys.
func (c *call) deleteKeys(cluster string) error {
	if c.store.cluster(cluster) == nil {
		return notFound(cluster)
	}
	return c.store.remove(cluster, "pki", "ssh", "public", "admin")
}

// sshKey is the fingerprint of the stored key, "" where there is none.
func (s *store) sshKey(cluster string) (string, error) {
	entries, _ := os.ReadDir(s.path(cluster, "pki", "ssh", "public", "admin"))
	if len(entries) == 0 {
		return "", nil
	}
	if len(entries) > 1 {
		return "", errors.New("exactly one 'admin' SSH public key can be specified when running with AWS; please delete a key using `kops delete secret`")
	}
	return fingerprintOf(s.read(cluster, "pki", "ssh", "public", "admin", entries[0].Name()))
}

func fingerprintOf(key string) (string, error) {
	parts := strings.Fields(key)
	if len(parts) < 2 {
		return "", errors.New("error fingerprinting SSH public key: ssh: no key found")
	}
	blob, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return "", fmt.Errorf("error fingerprinting SSH public key: %v", err)
	}
	return colons(md5.Sum(blob)), nil
}

func colons(sum [16]byte) string {
	pairs := make([]string, len(sum))
	for index, value := range sum {
		pairs[index] = fmt.Sprintf("%02x", value)
	}
	return strings.Join(pairs, ":")
}
