package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// An authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	// The certificate as a file has it.
	text []byte
}

// A pair is a certificate and its key, as a Secret holds them.
type pair struct{ certificate, key []byte }

const validity = 90 * 24 * time.Hour

// keptAuthority is the one that lies in the folder; a new one is put there.
func keptAuthority(folder string) (authority, error) {
	certificate, key := filepath.Join(folder, "stand-ins-ca.crt"), filepath.Join(folder, "stand-ins-ca.key")
	text, err := os.ReadFile(certificate)
	if errors.Is(err, fs.ErrNotExist) {
		made := selfSigned("stand-ins")
		if err := os.WriteFile(key, made.key, 0o600); err != nil {
			return authority{}, err
		}
		if err := os.WriteFile(certificate, made.certificate, 0o600); err != nil {
			return authority{}, err
		}
		text = made.certificate
	} else if err != nil {
		return authority{}, err
	}
	secret, err := os.ReadFile(key)
	if err != nil {
		return authority{}, err
	}
	return authorityOf(pair{text, secret})
}

func authorityOf(from pair) (authority, error) {
	read, err := tls.X509KeyPair(from.certificate, from.key)
	if err != nil {
		return authority{}, err
	}
	return authority{read.Leaf, read.PrivateKey.(crypto.Signer), from.certificate}, nil
}

// selfSigned is the pair of an authority that nobody else vouches for.
func selfSigned(name string, hosts ...string) pair {
	key := newKey()
	template := template(name)
	template.DNSNames = hosts
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	return sign(template, template, key, key)
}

// issue signs a certificate for names; one for an authority below this one where `isCA` is set.
func (by authority) issue(isCA bool, name string, hosts ...string) pair {
	key := newKey()
	template := template(name)
	template.DNSNames = hosts
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	if isCA {
		template.IsCA = true
		template.BasicConstraintsValid = true
		template.KeyUsage |= x509.KeyUsageCertSign
		template.ExtKeyUsage = nil
	}
	return sign(template, by.certificate, key, by.key)
}

func (by authority) bundle() string { return base64.StdEncoding.EncodeToString(by.text) }

func sign(template, parent *x509.Certificate, key, by crypto.Signer) pair {
	bytes, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	must(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	return pair{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bytes}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
}

func template(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	must(err)
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.Add(validity),
	}
}

func newKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

// must: the system has no randomness, or a template of ours is wrong.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// pairIn is the pair that a Secret holds under one of the usual names.
func pairIn(secret object) (pair, bool) {
	for _, names := range [][2]string{{"tls.crt", "tls.key"}, {"cert", "key"}} {
		if held, ok := pairUnder(secret, names[0], names[1]); ok {
			return held, true
		}
	}
	return pair{}, false
}

// pairUnder is the pair that a Secret holds under these names.
func pairUnder(secret object, certificate, key string) (pair, bool) {
	held := pair{dataOf(secret, certificate), dataOf(secret, key)}
	return held, held.certificate != nil && held.key != nil
}

// dataOf is one key of a Secret.
func dataOf(secret object, name string) []byte {
	value, ok := secret.at("data", name).(string)
	if !ok {
		return nil
	}
	bytes, _ := base64.StdEncoding.DecodeString(value)
	return bytes
}

// secretData is the data of a Secret as it is sent.
func secretData(data map[string][]byte) map[string]any {
	sent := map[string]any{}
	for name, value := range data {
		sent[name] = base64.StdEncoding.EncodeToString(value)
	}
	return sent
}
