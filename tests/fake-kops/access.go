package main

import "strings"

// access is who may talk to whom: security groups and their rules.
func (m *model) access() {
	vpc := ref("VPC/" + m.name)
	group := func(name, about, extra string) {
		m.task("SecurityGroup/"+name).add("Description", about).add("VPC", vpc).add("RemoveExtraRules", extra).add("Tags", m.owned(name))
	}
	elb, masters, nodes := "api-elb."+m.name, "masters."+m.name, "nodes."+m.name
	group(elb, "Security group for api ELB", "[port=443]")
	group(masters, "Security group for masters", "[port=22, port=443, port=2380, port=2381, port=3988, port=4001, port=4002, port=4789, port=179, port=8443, port=3:4, port=-1]")
	group(nodes, "Security group for nodes", "[port=22]")

	for _, cidr := range texts(m.spec("sshAccess")) {
		for _, to := range []string{masters, nodes} {
			m.rule("from-"+cidr+"-ingress-tcp-22to22-"+to, to).from(cidr).ports("tcp", "22", "22").tagged()
		}
	}
	for _, cidr := range texts(m.spec("kubernetesApiAccess")) {
		m.rule("from-"+cidr+"-ingress-tcp-443to443-"+elb, elb).from(cidr).ports("tcp", "443", "443").tagged()
		m.rule("icmp-pmtu-api-elb-"+cidr, elb).from(cidr).ports("icmp", "3", "4")
	}
	for _, of := range []string{elb, masters, nodes} {
		for _, cidr := range []string{"0.0.0.0/0", "::/0"} {
			m.rule("from-"+of+"-egress-all-0to0-"+cidr, of).from(cidr).egress().tagged()
		}
	}
	for _, pair := range [][2]string{{masters, masters}, {masters, nodes}, {nodes, nodes}} {
		m.rule("from-"+pair[0]+"-ingress-all-0to0-"+pair[1], pair[1]).source(pair[0]).tagged()
	}
	for _, ports := range [][3]string{{"tcp", "1", "2379"}, {"tcp", "2382", "4000"}, {"tcp", "4003", "65535"}, {"udp", "1", "65535"}} {
		m.rule("from-"+nodes+"-ingress-"+ports[0]+"-"+ports[1]+"to"+ports[2]+"-"+masters, masters).ports(ports[0], ports[1], ports[2]).source(nodes).tagged()
	}
	m.rule("https-elb-to-master", masters).ports("tcp", "443", "443").source(elb)
	m.rule("icmp-pmtu-cp-to-elb", elb).ports("icmp", "3", "4").source(masters)
	m.rule("icmp-pmtu-elb-to-cp", masters).ports("icmp", "3", "4").source(elb)
	m.rule("kops-controller-elb-to-cp", masters).ports("tcp", "3988", "3988").source(elb)
	m.rule("node-to-elb", elb).source(nodes)
}

type rule struct {
	*task
	m    *model
	name string
}

func (m *model) rule(name, group string) rule {
	return rule{m.task("SecurityGroupRule/"+name).add("SecurityGroup", ref("SecurityGroup/"+group)), m, name}
}

func (r rule) from(cidr string) rule {
	if strings.Contains(cidr, ":") {
		r.add("IPv6CIDR", cidr)
	} else {
		r.add("CIDR", cidr)
	}
	return r
}

func (r rule) ports(protocol, from, to string) rule {
	r.add("Protocol", protocol).add("FromPort", from).add("ToPort", to)
	return r
}

func (r rule) source(group string) rule {
	r.add("SourceGroup", ref("SecurityGroup/"+group))
	return r
}

func (r rule) egress() rule {
	r.add("Egress", "true")
	return r
}

func (r rule) tagged() { r.add("Tags", r.m.owned(r.name)) }
