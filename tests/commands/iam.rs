//! `iam`: the roles that components need.

use serde_json::Value;

use crate::support::{Sandbox, fixtures};

const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/dev.example.com";

/// A cluster with an autoscaler, and issuers that look for their challenges in two zones.
fn cluster(more: &str) -> Sandbox {
    let sandbox = fixtures::small();
    sandbox
        .write(
            "environments/one/environment.yaml",
            "stack: reference/2026.11\ncrds: stand-in\ncomponents:\n  cluster-autoscaler: {}\n  cert-manager: {}\n",
        )
        .write(
            "environments/one/cluster.yaml",
            format!("name: dev.example.com\nregion: eu-west-1\nkubernetes: \"1.36.3\"\n{more}"),
        )
        .write(
            "environments/one/cert-manager.yaml",
            r#"awsRole: arn:aws:iam::123456789012:role/platform/certificates
issuers:
  web:
    kind: acme
    email: platform@example.com
    solvers:
      - dns01: { route53: { hostedZoneId: Z2, region: eu-west-1 } }
      - dns01: { route53: { hostedZoneId: Z1, region: eu-west-1 } }
      - dns01: { route53: { role: "arn:aws:iam::210987654321:role/dns" } }
"#,
        );
    sandbox
}

#[test]
fn roles_are_told_statement_by_statement() {
    let ran = cluster("").run("iam one").succeeds();
    insta::assert_snapshot!(ran.stdout, @r"
    one · 2 roles
      the OIDC provider is not known: set `oidcProvider` in cluster.yaml, or give `--oidc-provider ARN`

    cert-manager  DNS-01 challenges in Route 53
      role     certificates
               arn:aws:iam::123456789012:role/platform/certificates
      account  cert-manager/cert-manager
      WatchChanges     route53:GetChange
                       on arn:aws:route53:::change/*
      ReadZones        route53:ListResourceRecordSets
                       on arn:aws:route53:::hostedzone/Z2
                       on arn:aws:route53:::hostedzone/Z1
      WriteChallenges  route53:ChangeResourceRecordSets
                       on arn:aws:route53:::hostedzone/Z2
                       on arn:aws:route53:::hostedzone/Z1
                       if ForAllValues:StringEquals route53:ChangeResourceRecordSetsRecordTypes: TXT
                       if ForAllValues:StringLike route53:ChangeResourceRecordSetsNormalizedRecordNames: _acme-challenge.*
      TakeRoles        sts:AssumeRole
                       on arn:aws:iam::210987654321:role/dns

    cluster-autoscaler  Growing and shrinking the autoscaling groups
      role     cluster-autoscaler.kube-system.sa.dev.example.com
               not in use: the knob `awsRole` takes its ARN
      account  kube-system/cluster-autoscaler
      Describe      autoscaling:DescribeAutoScalingGroups
                    autoscaling:DescribeAutoScalingInstances
                    autoscaling:DescribeLaunchConfigurations
                    autoscaling:DescribeScalingActivities
                    ec2:DescribeImages
                    ec2:DescribeInstanceTypes
                    ec2:DescribeLaunchTemplateVersions
                    ec2:GetInstanceTypesFromInstanceRequirements
                    eks:DescribeNodegroup
                    on *
      ResizeTagged  autoscaling:SetDesiredCapacity
                    autoscaling:TerminateInstanceInAutoScalingGroup
                    on *
                    if Null aws:ResourceTag/k8s.io/cluster-autoscaler/dev.example.com: false
    ");
}

#[test]
fn json_holds_policies_and_trust_as_iam_takes_them() {
    let sandbox = cluster(&format!("oidcProvider: {PROVIDER}\n"));
    let ran = sandbox.run("iam one --format json").succeeds();
    let document: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(document["format"], "kops-stack.iam/1");
    let roles = document["roles"].as_array().expect("a list");
    assert_eq!(roles.len(), 2);
    let certificates = &roles[0];
    assert_eq!(certificates["name"], "certificates");
    let policy = serde_json::to_string_pretty(&certificates["policy"]).expect("it is JSON");
    insta::assert_snapshot!(policy, @r#"
    {
      "Statement": [
        {
          "Action": [
            "route53:GetChange"
          ],
          "Effect": "Allow",
          "Resource": [
            "arn:aws:route53:::change/*"
          ],
          "Sid": "WatchChanges"
        },
        {
          "Action": [
            "route53:ListResourceRecordSets"
          ],
          "Effect": "Allow",
          "Resource": [
            "arn:aws:route53:::hostedzone/Z2",
            "arn:aws:route53:::hostedzone/Z1"
          ],
          "Sid": "ReadZones"
        },
        {
          "Action": [
            "route53:ChangeResourceRecordSets"
          ],
          "Condition": {
            "ForAllValues:StringEquals": {
              "route53:ChangeResourceRecordSetsRecordTypes": [
                "TXT"
              ]
            },
            "ForAllValues:StringLike": {
              "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                "_acme-challenge.*"
              ]
            }
          },
          "Effect": "Allow",
          "Resource": [
            "arn:aws:route53:::hostedzone/Z2",
            "arn:aws:route53:::hostedzone/Z1"
          ],
          "Sid": "WriteChallenges"
        },
        {
          "Action": [
            "sts:AssumeRole"
          ],
          "Effect": "Allow",
          "Resource": [
            "arn:aws:iam::210987654321:role/dns"
          ],
          "Sid": "TakeRoles"
        }
      ],
      "Version": "2012-10-17"
    }
    "#);
    let trust = serde_json::to_string_pretty(&certificates["trust"]).expect("it is JSON");
    insta::assert_snapshot!(trust, @r#"
    {
      "Statement": [
        {
          "Action": "sts:AssumeRoleWithWebIdentity",
          "Condition": {
            "StringEquals": {
              "oidc.example.com/dev.example.com:aud": "sts.amazonaws.com",
              "oidc.example.com/dev.example.com:sub": "system:serviceaccount:cert-manager:cert-manager"
            }
          },
          "Effect": "Allow",
          "Principal": {
            "Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/dev.example.com"
          }
        }
      ],
      "Version": "2012-10-17"
    }
    "#);
    assert_eq!(
        roles[1]["name"],
        "cluster-autoscaler.kube-system.sa.dev.example.com"
    );
}

#[test]
fn terraform_makes_the_roles() {
    let sandbox = cluster(&format!("oidcProvider: {PROVIDER}\n"));
    let ran = sandbox.run("iam one --format terraform").succeeds();
    insta::assert_snapshot!(ran.stdout, @r#"
    # Roles of the environment `one`, made by `kops-stack iam`.

    data "aws_iam_policy_document" "cert_manager" {
      statement {
        sid       = "WatchChanges"
        effect    = "Allow"
        actions   = ["route53:GetChange"]
        resources = ["arn:aws:route53:::change/*"]
      }

      statement {
        sid     = "ReadZones"
        effect  = "Allow"
        actions = ["route53:ListResourceRecordSets"]
        resources = [
          "arn:aws:route53:::hostedzone/Z2",
          "arn:aws:route53:::hostedzone/Z1",
        ]
      }

      statement {
        sid     = "WriteChallenges"
        effect  = "Allow"
        actions = ["route53:ChangeResourceRecordSets"]
        resources = [
          "arn:aws:route53:::hostedzone/Z2",
          "arn:aws:route53:::hostedzone/Z1",
        ]

        condition {
          test     = "ForAllValues:StringEquals"
          variable = "route53:ChangeResourceRecordSetsRecordTypes"
          values   = ["TXT"]
        }

        condition {
          test     = "ForAllValues:StringLike"
          variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
          values   = ["_acme-challenge.*"]
        }
      }

      statement {
        sid       = "TakeRoles"
        effect    = "Allow"
        actions   = ["sts:AssumeRole"]
        resources = ["arn:aws:iam::210987654321:role/dns"]
      }
    }

    data "aws_iam_policy_document" "cert_manager_trust" {
      statement {
        effect  = "Allow"
        actions = ["sts:AssumeRoleWithWebIdentity"]

        principals {
          type        = "Federated"
          identifiers = ["arn:aws:iam::123456789012:oidc-provider/oidc.example.com/dev.example.com"]
        }

        condition {
          test     = "StringEquals"
          variable = "oidc.example.com/dev.example.com:aud"
          values   = ["sts.amazonaws.com"]
        }

        condition {
          test     = "StringEquals"
          variable = "oidc.example.com/dev.example.com:sub"
          values   = ["system:serviceaccount:cert-manager:cert-manager"]
        }
      }
    }

    resource "aws_iam_role" "cert_manager" {
      name               = "certificates"
      path               = "/platform/"
      description        = "DNS-01 challenges in Route 53"
      assume_role_policy = data.aws_iam_policy_document.cert_manager_trust.json
    }

    resource "aws_iam_role_policy" "cert_manager" {
      name   = "cert-manager"
      role   = aws_iam_role.cert_manager.id
      policy = data.aws_iam_policy_document.cert_manager.json
    }

    output "cert_manager_role_arn" {
      value = aws_iam_role.cert_manager.arn
    }

    data "aws_iam_policy_document" "cluster_autoscaler" {
      statement {
        sid    = "Describe"
        effect = "Allow"
        actions = [
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeAutoScalingInstances",
          "autoscaling:DescribeLaunchConfigurations",
          "autoscaling:DescribeScalingActivities",
          "ec2:DescribeImages",
          "ec2:DescribeInstanceTypes",
          "ec2:DescribeLaunchTemplateVersions",
          "ec2:GetInstanceTypesFromInstanceRequirements",
          "eks:DescribeNodegroup",
        ]
        resources = ["*"]
      }

      statement {
        sid    = "ResizeTagged"
        effect = "Allow"
        actions = [
          "autoscaling:SetDesiredCapacity",
          "autoscaling:TerminateInstanceInAutoScalingGroup",
        ]
        resources = ["*"]

        condition {
          test     = "Null"
          variable = "aws:ResourceTag/k8s.io/cluster-autoscaler/dev.example.com"
          values   = ["false"]
        }
      }
    }

    data "aws_iam_policy_document" "cluster_autoscaler_trust" {
      statement {
        effect  = "Allow"
        actions = ["sts:AssumeRoleWithWebIdentity"]

        principals {
          type        = "Federated"
          identifiers = ["arn:aws:iam::123456789012:oidc-provider/oidc.example.com/dev.example.com"]
        }

        condition {
          test     = "StringEquals"
          variable = "oidc.example.com/dev.example.com:aud"
          values   = ["sts.amazonaws.com"]
        }

        condition {
          test     = "StringEquals"
          variable = "oidc.example.com/dev.example.com:sub"
          values   = ["system:serviceaccount:kube-system:cluster-autoscaler"]
        }
      }
    }

    resource "aws_iam_role" "cluster_autoscaler" {
      name               = "cluster-autoscaler.kube-system.sa.dev.example.com"
      description        = "Growing and shrinking the autoscaling groups"
      assume_role_policy = data.aws_iam_policy_document.cluster_autoscaler_trust.json
    }

    resource "aws_iam_role_policy" "cluster_autoscaler" {
      name   = "cluster-autoscaler"
      role   = aws_iam_role.cluster_autoscaler.id
      policy = data.aws_iam_policy_document.cluster_autoscaler.json
    }

    output "cluster_autoscaler_role_arn" {
      value = aws_iam_role.cluster_autoscaler.arn
    }
    "#);
    assert_eq!(
        sandbox.run("iam one --format terraform").succeeds().stdout,
        ran.stdout
    );
}

/// Where Terraform is installed, its own formatter is asked.
#[test]
fn terraform_would_not_format_it_otherwise() {
    let asked = std::process::Command::new("terraform")
        .arg("version")
        .output();
    if !asked.is_ok_and(|asked| asked.status.success()) {
        eprintln!("skipped: there is no terraform");
        return;
    }
    let sandbox = cluster("");
    for (file, more) in [
        ("unknown.tf", String::new()),
        ("known.tf", format!(" --oidc-provider {PROVIDER}")),
    ] {
        let ran = sandbox.run(&format!("iam one --format terraform{more}"));
        sandbox.write(&format!("made/{file}"), ran.succeeds().stdout);
    }
    let formatted = std::process::Command::new("terraform")
        .args(["fmt", "-check", "-diff"])
        .arg(sandbox.path("made"))
        .output()
        .expect("it was there a moment ago");
    let said = String::from_utf8_lossy(&formatted.stdout);
    assert!(formatted.status.success(), "{said}");
}

/// Terraform knows what it is told; nothing else can make up a trust.
#[test]
fn without_a_provider_terraform_asks_for_it_and_json_is_refused() {
    let sandbox = cluster("");
    let ran = sandbox.run("iam one --format terraform").succeeds();
    let start = ran.stdout.find("data ").expect("there is a policy");
    insta::assert_snapshot!(&ran.stdout[..start], @r#"
    # Roles of the environment `one`, made by `kops-stack iam`.

    variable "oidc_provider_arn" {
      description = "ARN of the IAM OIDC provider that vouches for the cluster's service accounts"
      type        = string
    }

    locals {
      oidc_issuer = split(":oidc-provider/", var.oidc_provider_arn)[1]
    }
    "#);
    assert!(ran.stdout.contains("identifiers = [var.oidc_provider_arn]"));
    assert!(ran.stdout.contains("\"${local.oidc_issuer}:sub\""));
    let ran = sandbox.run("iam one --format json").exits(1);
    assert_eq!(ran.stdout, "");
    insta::assert_snapshot!(ran.stderr, @r"
    error[unknown-oidc-provider]: whom the roles of `one` trust is not known: it has no OIDC provider
    --> environments/one/cluster.yaml
     = help: set `oidcProvider` in cluster.yaml, or give `--oidc-provider ARN`
    ");
    let given = sandbox
        .run(&format!("iam one --format json --oidc-provider {PROVIDER}"))
        .succeeds();
    assert!(given.stdout.contains(PROVIDER), "{}", given.stdout);
    let ran = sandbox
        .run("iam one --format json --oidc-provider https://oidc.example.com")
        .exits(64);
    insta::assert_snapshot!(ran.stderr, @r"
    error[usage]: `--oidc-provider https://oidc.example.com` is no ARN of an OIDC provider
     |
     = help: write it as `arn:aws:iam::123456789012:oidc-provider/ISSUER`
    ");
}

#[test]
fn a_provider_that_is_none_is_refused_where_it_stands() {
    let sandbox = cluster("oidcProvider: https://oidc.example.com\n");
    let ran = sandbox.run("iam one").exits(1);
    insta::assert_snapshot!(ran.stderr, @r"
    error[out-of-bounds]: `oidcProvider` must match `arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[A-Za-z0-9._~/:-]+`, which `https://oidc.example.com` does not
     --> environments/one/cluster.yaml:4:15
      |
    4 | oidcProvider: https://oidc.example.com
      |               ^^^^^^^^^^^^^^^^^^^^^^^^
    1 error, nothing was written
    ");
}

/// What is not trusted by anybody needs no provider.
#[test]
fn an_environment_without_roles_has_an_empty_list() {
    let sandbox = fixtures::small();
    let ran = sandbox.run("iam one --format json").succeeds();
    let document: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(document["roles"], serde_json::json!([]));
    let ran = sandbox.run("iam one --format terraform").succeeds();
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    assert_eq!(sandbox.run("iam one").succeeds().stdout, "one · 0 roles\n");
}

/// Issuers that somebody writes elsewhere may be for any zone; keys of their own need no role.
#[test]
fn the_zones_are_those_of_the_solvers_or_all() {
    let sandbox = cluster("");
    let policy = |knobs: &str| {
        sandbox.write("environments/one/cert-manager.yaml", knobs);
        let ran = sandbox.run("iam one").succeeds();
        let start = ran.stdout.find("cert-manager  ");
        let end = ran.stdout.find("cluster-autoscaler  ");
        start.map(|start| ran.stdout[start..end.expect("it follows")].to_owned())
    };
    let named = policy("awsRole: arn:aws:iam::123456789012:role/certificates\n");
    let named = named.expect("a role that is named is needed");
    assert!(named.contains("hostedzone/*"), "{named}");
    assert!(named.contains("ListHostedZonesByName"), "{named}");
    let keys = policy(
        "issuers: { web: { kind: acme, email: a@example.com, solvers: [{ dns01: { route53: { region: eu-west-1, accessKeyId: X, secretAccessKeySecret: { name: s } } } }] } }\n",
    );
    assert_eq!(keys, None);
    let followed = policy(
        "issuers: { web: { kind: acme, email: a@example.com, solvers: [{ dns01: { cnameStrategy: Follow, route53: { region: eu-west-1, hostedZoneId: Z9 } } }] } }\n",
    );
    let followed = followed.expect("the pod's own credentials");
    assert!(followed.contains("hostedzone/Z9"), "{followed}");
    assert!(followed.contains("WriteFollowed"), "{followed}");
    assert!(!followed.contains("ListHostedZonesByName"), "{followed}");
}

#[test]
fn regions_of_other_partitions_have_arns_of_their_own() {
    let sandbox = cluster("");
    sandbox.write(
        "environments/one/cluster.yaml",
        "name: dev.example.com\nregion: cn-north-1\nkubernetes: \"1.36.3\"\n",
    );
    let ran = sandbox.run("iam one").succeeds();
    assert!(
        ran.stdout.contains("arn:aws-cn:route53:::hostedzone/Z1"),
        "{}",
        ran.stdout
    );
}
