package plane

import (
	"fmt"
	"os"
	"path/filepath"
)

func (c *cluster) certificate(name string) string { return filepath.Join(c.certificates, name) }

func (c *cluster) kubeconfig(user string) string {
	if user == "admin" {
		return c.announcement.Kubeconfig
	}
	return filepath.Join(c.certificates, user+".kubeconfig")
}

func (c *cluster) serverFlags(etcd, port string) []string {
	return []string{
		"--etcd-servers=http://127.0.0.1:" + etcd,
		"--bind-address=127.0.0.1",
		"--secure-port=" + port,
		"--service-cluster-ip-range=" + serviceRange,
		// The endpoint of Service kubernetes may not be a loopback address.
		"--endpoint-reconciler-type=none",
		"--authorization-mode=Node,RBAC",
		"--allow-privileged=true",
		"--tls-cert-file=" + c.certificate("server.crt"),
		"--tls-private-key-file=" + c.certificate("server.key"),
		"--client-ca-file=" + c.certificate("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.certificate("service-accounts.pub"),
		"--service-account-signing-key-file=" + c.certificate("service-accounts.key"),
		"--requestheader-client-ca-file=" + c.certificate("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + c.certificate("front-proxy.crt"),
		"--proxy-client-key-file=" + c.certificate("front-proxy.key"),
		"--kubelet-preferred-address-types=InternalIP",
	}
}

func (c *cluster) controllerFlags() []string {
	return append(c.clientFlags("kube-controller-manager"),
		"--root-ca-file="+c.certificate("ca.crt"),
		"--cluster-signing-cert-file="+c.certificate("ca.crt"),
		"--cluster-signing-key-file="+c.certificate("ca.key"),
		"--service-account-private-key-file="+c.certificate("service-accounts.key"),
		"--use-service-account-credentials=true",
		// By default it is made below /usr.
		"--flex-volume-plugin-dir="+filepath.Join(c.folder, "volume-plugins"),
		// The controllers, each with credentials of its own, start ten times as fast.
		"--kube-api-qps=100",
		"--kube-api-burst=200",
	)
}

func (c *cluster) schedulerFlags() []string { return c.clientFlags("kube-scheduler") }

// clientFlags are those of a part that is a client of the API server, alone of its kind, and serves nobody.
func (c *cluster) clientFlags(user string) []string {
	return []string{
		"--kubeconfig=" + c.kubeconfig(user),
		"--authentication-kubeconfig=" + c.kubeconfig(user),
		"--authorization-kubeconfig=" + c.kubeconfig(user),
		"--bind-address=127.0.0.1",
		"--secure-port=0",
		"--leader-elect=false",
	}
}

// kwokFlags: what the API server asks a node is answered by the stand-ins, on that port.
func (c *cluster) kwokFlags(port string) []string {
	return []string{
		"--kubeconfig=" + c.kubeconfig("kwok"),
		"--manage-all-nodes=true",
		"--node-ip=127.0.0.1",
		"--node-port=" + port,
		// Where none is given it serves on the nodes' port, to everybody.
		"--server-address=127.0.0.1:0",
		"--node-lease-duration-seconds=40",
	}
}

func (c *cluster) standInsFlags(port string) []string {
	return []string{
		"--server=" + c.announcement.Server,
		"--certificates=" + c.certificates,
		"--kubelet=" + port,
	}
}

func (c *cluster) writeKubeconfig(user string) error {
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: %[6]s
contexts:
- name: %[6]s
  context: {cluster: test, user: %[1]s}
clusters:
- name: test
  cluster:
    server: %[2]s
    certificate-authority: %[3]s
users:
- name: %[1]s
  user:
    client-certificate: %[4]s
    client-key: %[5]s
`, user, c.announcement.Server, c.certificate("ca.crt"), c.certificate(user+".crt"), c.certificate(user+".key"), c.context)
	return os.WriteFile(c.kubeconfig(user), []byte(text), 0o600)
}
