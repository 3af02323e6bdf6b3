package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

var letterOfZone = regexp.MustCompile(`[a-z]$`)

// network is the VPC, its subnets and its way out. Of private networks only the subnets are played.
func (m *model) network() {
	vpc := ref("VPC/" + m.name)
	m.task("VPC/"+m.name).add("CIDR", text(m.spec("networkCIDR"))).add("AmazonIPv6", "true").
		add("EnableDNSHostnames", "true").add("EnableDNSSupport", "true").add("Shared", "false").add("Tags", m.owned(m.name))
	m.task("VPCAmazonIPv6CIDRBlock/AmazonIPv6").add("VPC", vpc).add("Shared", "false")
	m.task("VPCDHCPOptionsAssociation/"+m.name).add("VPC", vpc).add("DHCPOptions", ref("DHCPOptions/"+m.name))
	m.task("DHCPOptions/"+m.name).add("DomainName", m.region()+".compute.internal").add("DomainNameServers", "AmazonProvidedDNS").
		add("Shared", "false").add("Tags", m.owned(m.name))
	m.task("InternetGateway/"+m.name).add("VPC", vpc).add("Shared", "false").add("Tags", m.owned(m.name))
	table, gateway := ref("RouteTable/"+m.name), ref("InternetGateway/"+m.name)
	m.task("RouteTable/"+m.name).add("VPC", vpc).add("Shared", "false").add("Tags", m.owned(m.name, "kubernetes.io/kops/role", "public"))
	m.task("Route/0.0.0.0/0").add("RouteTable", table).add("CIDR", "0.0.0.0/0").add("InternetGateway", gateway)
	m.task("Route/::/0").add("RouteTable", table).add("IPv6CIDR", "::/0").add("InternetGateway", gateway)
	for _, subnet := range list(m.spec("subnets")) {
		name := m.subnetName(text(subnet, "name"))
		m.task("Subnet/"+name).add("ShortName", text(subnet, "name")).add("VPC", vpc).add("AvailabilityZone", text(subnet, "zone")).
			add("CIDR", text(subnet, "cidr")).add("ResourceBasedNaming", "true").add("AssignIPv6AddressOnCreation", "false").
			add("Shared", strconv.FormatBool(text(subnet, "id") != "")).add("Tags", tags(m.subnetTags(subnet)))
		m.task("RouteTableAssociation/"+name).add("RouteTable", table).add("Subnet", ref("Subnet/"+name))
	}
}

func (m *model) region() string {
	for _, zone := range m.zones() {
		return letterOfZone.ReplaceAllString(zone, "")
	}
	return ""
}

func (m *model) subnetName(name string) string { return name + "." + m.name }

func (m *model) subnetTags(subnet any) map[string]string {
	kind := text(subnet, "type")
	more := []string{"SubnetType", kind}
	if kind == "Public" || kind == "Utility" {
		more = append(more, "kubernetes.io/role/elb", "1")
	}
	if kind == "Public" || kind == "Private" {
		more = append(more, "kubernetes.io/role/internal-elb", "1")
	}
	return m.tagged(m.subnetName(text(subnet, "name")), more...)
}

// balancer is the load balancer of the API, where the spec asks for one.
func (m *model) balancer() {
	if fields(m.spec("api", "loadBalancer")) == nil {
		return
	}
	controller, api := shortName("kops-controller", m.name), shortName("tcp", m.name)
	vpc, attributes := ref("VPC/"+m.name), tags(map[string]string{
		"deregistration_delay.connection_termination.enabled": "true", "deregistration_delay.timeout_seconds": "30"})
	group := func(name, port, protocol string) *task {
		return m.task("TargetGroup/"+name).add("VPC", vpc).add("Tags", m.owned(name)).add("Port", port).add("Protocol", "TCP").
			add("Shared", "false").add("Attributes", attributes).add("Interval", "10").add("HealthyThreshold", "2").
			add("UnhealthyThreshold", "2").add("HealthCheckProtocol", protocol)
	}
	group(controller, "3988", "HTTPS").add("HealthCheckPath", "/healthz")
	group(api, "443", "TCP")
	name := "api." + m.name
	scheme := "internet-facing"
	if text(m.spec("api", "loadBalancer", "type")) == "Internal" {
		scheme = "internal"
	}
	m.task("NetworkLoadBalancer/"+name).add("LoadBalancerBaseName", shortName("api", m.name)).add("CLBName", name).
		add("SubnetMappings", m.subnetMappings()).add("SecurityGroups", "["+ref("SecurityGroup/api-elb."+m.name)+"]").add("Scheme", scheme).
		add("CrossZoneLoadBalancing", "true").add("IpAddressType", "ipv4").add("Tags", m.owned(name)).add("Type", "network").
		add("VPC", vpc).add("AccessLog", `{"Enabled":false,"S3BucketName":null,"S3BucketPrefix":null}`).
		add("WellKnownServices", "[kube-apiserver, kops-controller]")
	for _, listener := range [][2]string{{"3988", controller}, {"443", api}} {
		m.task("NetworkLoadBalancerListener/"+name+"-"+listener[0]).add("NetworkLoadBalancer", named(name)).add("Port", listener[0]).
			add("TargetGroup", named(listener[1])).add("SSLCertificateID", text(m.spec("api", "loadBalancer", "sslCertificate"))).add("SSLPolicy", "")
	}
}

type vpcValue struct {
	Name, Lifecycle                      string
	ID                                   *string
	CIDR                                 string
	AmazonIPv6                           bool
	IPv6CIDR                             *string
	EnableDNSHostnames, EnableDNSSupport bool
	Shared                               bool
	Tags                                 map[string]string
	AssociateExtraCIDRBlocks             []string
}

type subnetValue struct {
	Name, ShortName, Lifecycle                       string
	ID                                               *string
	VPC                                              vpcValue
	VPCCIDRBlock, AmazonIPv6CIDR                     *string
	AvailabilityZone, CIDR                           string
	IPv6CIDR                                         *string
	ResourceBasedNaming, AssignIPv6AddressOnCreation bool
	Shared                                           bool
	Tags                                             map[string]string
}

// subnetMappings is a field that kops prints as JSON, all of the subnets' own fields with it.
func (m *model) subnetMappings() string {
	joined := ""
	for _, subnet := range list(m.spec("subnets")) {
		if text(subnet, "type") == "Private" && text(m.spec("api", "loadBalancer", "type")) != "Internal" {
			continue
		}
		mapping := struct {
			Subnet             subnetValue
			PrivateIPv4Address *string
			AllocationID       *string
		}{Subnet: subnetValue{
			Name: m.subnetName(text(subnet, "name")), ShortName: text(subnet, "name"), Lifecycle: "Sync",
			VPC: vpcValue{Name: m.name, Lifecycle: "Sync", CIDR: text(m.spec("networkCIDR")), AmazonIPv6: true,
				EnableDNSHostnames: true, EnableDNSSupport: true, Tags: m.tagged(m.name)},
			AvailabilityZone: text(subnet, "zone"), CIDR: text(subnet, "cidr"), ResourceBasedNaming: true, Tags: m.subnetTags(subnet),
		}}
		written, err := json.Marshal(mapping)
		if err != nil {
			panic(err) // plain values can be written
		}
		if joined != "" {
			joined += ", "
		}
		joined += string(written)
	}
	return fmt.Sprintf("[%s]", joined)
}
