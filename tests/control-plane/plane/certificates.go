package plane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Long enough for a control plane that somebody plays with, and no secret worth more.
const validity = 30 * 24 * time.Hour

// An authority signs the certificates of one purpose.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// writeCertificates makes all keys and certificates below folder, or leaves those that are there.
func writeCertificates(folder string) error {
	if _, err := os.Stat(filepath.Join(folder, "ready")); err == nil {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	cluster, err := newAuthority(folder, "ca")
	if err != nil {
		return err
	}
	// Who calls aggregated APIs is known by a certificate of another authority, so that no user of
	// the cluster can pass for the API server.
	front, err := newAuthority(folder, "front-proxy-ca")
	if err != nil {
		return err
	}
	issue := func(by authority, name string, subject pkix.Name, server bool) {
		if err == nil {
			err = by.issue(folder, name, subject, server)
		}
	}
	issue(cluster, "server", pkix.Name{CommonName: "kube-apiserver"}, true)
	issue(cluster, "admin", pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}}, false)
	issue(cluster, "kube-controller-manager", pkix.Name{CommonName: "system:kube-controller-manager"}, false)
	issue(cluster, "kube-scheduler", pkix.Name{CommonName: "system:kube-scheduler"}, false)
	// kwok stands for all nodes, for volumes and for controllers that are not there.
	issue(cluster, "kwok", pkix.Name{CommonName: "kwok", Organization: []string{"system:masters"}}, false)
	issue(front, "front-proxy", pkix.Name{CommonName: "front-proxy"}, false)
	if err != nil {
		return err
	}
	key, err := newKey(folder, "service-accounts")
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := writePEM(folder, "service-accounts.pub", "PUBLIC KEY", public); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "ready"), nil, 0o600)
}

func newAuthority(folder, name string) (authority, error) {
	key, err := newKey(folder, name)
	if err != nil {
		return authority{}, err
	}
	template := template(pkix.Name{CommonName: name})
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	bytes, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return authority{}, err
	}
	certificate, err := x509.ParseCertificate(bytes)
	if err != nil {
		return authority{}, err
	}
	return authority{certificate, key}, writePEM(folder, name+".crt", "CERTIFICATE", bytes)
}

func (by authority) issue(folder, name string, subject pkix.Name, server bool) error {
	key, err := newKey(folder, name)
	if err != nil {
		return err
	}
	template := template(subject)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if server {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(127, 96, 0, 1)}
		template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	}
	bytes, err := x509.CreateCertificate(rand.Reader, template, by.certificate, key.Public(), by.key)
	if err != nil {
		return err
	}
	return writePEM(folder, name+".crt", "CERTIFICATE", bytes)
}

func template(subject pkix.Name) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		panic(err) // the system has no randomness
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.Add(validity),
	}
}

func newKey(folder, name string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	bytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(folder, name+".key", "PRIVATE KEY", bytes)
}

func writePEM(folder, name, kind string, bytes []byte) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes})
	return os.WriteFile(filepath.Join(folder, name), text, 0o600)
}
