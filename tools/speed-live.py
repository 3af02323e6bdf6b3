#!/usr/bin/env python3
"""Prints a table of how fast kops-stack plans and applies on the test control plane, beside kubectl.

    tools/speed-live.py [OBJECTS...]       2000 by default, of eleven kinds in twenty namespaces

With several counts a table each; kubectl stands in the first only. The column of the processor is what
the program itself took, which other work on the machine moves little; whether growth is linear shows
there.

Builds the program and the control plane where they are not built. kubectl comes from
tools/oracles.sh. Everything runs on loopback; the control plane stops at the end.
"""

import http.client, json, os, ssl, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNTS = [int(count) for count in sys.argv[1:]] or [2000]
NAMESPACES, ROUNDS = 20, 3
KINDS = [
    ("api/v1", "configmaps"), ("api/v1", "secrets"), ("api/v1", "services"), ("api/v1", "serviceaccounts"),
    ("apis/apps/v1", "deployments"), ("apis/rbac.authorization.k8s.io/v1", "roles"),
    ("apis/rbac.authorization.k8s.io/v1", "rolebindings"), ("apis/networking.k8s.io/v1", "networkpolicies"),
    ("apis/networking.k8s.io/v1", "ingresses"), ("apis/policy/v1", "poddisruptionbudgets"),
    ("api/v1", "resourcequotas"),
]


def manifest(plural, number, text):
    namespace, name = f"s{number % NAMESPACES}", f"o{number}"
    labels = {"app": name}
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", text]}]
    bodies = {
        "configmaps": ("v1", "ConfigMap", {"data": {"text": text, "more": "x" * 600}}),
        "secrets": ("v1", "Secret", {"stringData": {"text": text}}),
        "services": ("v1", "Service", {"spec": {"selector": {"app": text}, "ports": [{"port": 80}]}}),
        "serviceaccounts": ("v1", "ServiceAccount", {"automountServiceAccountToken": False,
                                                     "imagePullSecrets": [{"name": text}]}),
        # No pods: the scheduler's work is not what is measured.
        "deployments": ("apps/v1", "Deployment", {"spec": {
            "replicas": 0, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [
                {"name": "a", "image": f"example.com/a:{text}", "env": [{"name": "A", "value": "1"}],
                 "ports": [{"containerPort": 80}]}]}}}}),
        "roles": ("rbac.authorization.k8s.io/v1", "Role", {"rules": rules}),
        "rolebindings": ("rbac.authorization.k8s.io/v1", "RoleBinding", {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": text}]}),
        "networkpolicies": ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {
            "podSelector": {"matchLabels": {"app": text}}, "policyTypes": ["Ingress"]}}),
        "ingresses": ("networking.k8s.io/v1", "Ingress", {"spec": {"rules": [
            {"host": f"{text}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix",
             "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}]}}),
        "poddisruptionbudgets": ("policy/v1", "PodDisruptionBudget", {"spec": {
            "minAvailable": 0, "selector": {"matchLabels": {"app": text}}}}),
        "resourcequotas": ("v1", "ResourceQuota", {"spec": {"hard": {"count/jobs.batch": str(1000 + sum(map(ord, text)))}}}),
    }
    api, kind, rest = bodies[plural]
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": labels}, **rest}


def manifests(text, count):
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"s{n}"}} for n in range(NAMESPACES)]
    for number in range(count - NAMESPACES):
        objects.append(manifest(KINDS[number % len(KINDS)][1], number // len(KINDS), text))
    return "\n---\n".join(json.dumps(one) for one in objects)


def run(arguments, check=True, **more):
    """Seconds, peak memory and seconds of the processor of a program."""
    started = time.perf_counter()
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    if check and os.waitstatus_to_exitcode(status) not in (0, 1 if arguments[1] == "diff" else 0):
        sys.exit(f"{arguments}: {out.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def until_written(arguments, cwd, environment):
    """What `run` says, until the last object was written, and until the end: kubectl waits for nothing."""
    started = time.perf_counter()
    child = subprocess.Popen(arguments, cwd=cwd, env=environment, stdout=subprocess.PIPE)
    written = 0
    for line in child.stdout:
        if json.loads(line)["event"] == "written":
            written = time.perf_counter() - started
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{arguments}: exit code {os.waitstatus_to_exitcode(status)}")
    return (written, 0, 0), (seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def row(what, runs):
    times = sorted(seconds for seconds, _, _ in runs)
    memory = max(memory for _, memory, _ in runs)
    processor = sorted(processor for _, _, processor in runs)[len(runs) // 2]
    shown = " · ".join(f"{time:.2f}" for time in (times[0], times[len(times) // 2], times[-1]))
    taken = f"{processor:.2f} | {memory:.0f} MB" if memory else " | "
    print(f"| {what} | {shown} | {taken} |", flush=True)


def main():
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    subprocess.run([ROOT / "tools/control-plane.sh", "build"], check=True)
    subprocess.run([ROOT / "tools/oracles.sh"], check=True)
    program, kubectl = str(ROOT / "target/release/kops-stack"), str(ROOT / "target/oracles/kubectl")
    parts = [(kops_stack, COUNTS[0]), (kubectl_rows, COUNTS[0])]
    parts += [(kops_stack, count) for count in COUNTS[1:]]
    for part, count in parts:
        with tempfile.TemporaryDirectory() as folder:
            built = ROOT / "target/control-plane"
            plane = subprocess.Popen(
                [built / "1.36", "run", "-attached", "-kwok", built / "kwok", "-stand-ins", built / "stand-ins"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            try:
                told = json.loads(plane.stdout.readline())
                environment = {**os.environ, "KUBECONFIG": told["kubeconfig"]}
                part(Path(folder), program, kubectl, told, environment, count)
            finally:
                plane.stdin.close()
                plane.wait()


def lists(told):
    """The raw LISTs over one connection."""
    certificates = Path(told["kubeconfig"]).parent / "certificates"
    context = ssl.create_default_context(cafile=certificates / "ca.crt")
    context.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
    host = told["server"].removeprefix("https://")
    connection = http.client.HTTPSConnection(host, context=context)
    started = time.perf_counter()
    for group, plural in KINDS:
        connection.request("GET", f"/{group}/{plural}", headers={"User-Agent": "speed"})
        connection.getresponse().read()
    return time.perf_counter() - started, 0, 0


def kops_stack(folder, program, kubectl, told, environment, count):
    repository = folder / "repository"
    home = repository / "environments/speed"
    (home / "objects").mkdir(parents=True, exist_ok=True)
    (repository / "kops-stack.yaml").write_text("{}\n")
    (home / "environment.yaml").write_text(
        "stack: reference/2026.12\ncontext: test\nlimits: { maxDeletes: 100000, maxDeletePercent: 100 }\n")
    (home / "cluster.yaml").write_text('kubernetes: "1.36.3"\n')

    def desire(text):
        (home / "objects/all.yaml").write_text(manifests(text, count))
        run([program, "render", "speed"], cwd=repository)

    def ours(*arguments):
        return run([program, *arguments], cwd=repository, env=environment)

    print(f"\n{count} objects of {len(KINDS)} kinds in {NAMESPACES} namespaces, Kubernetes {told['version']}\n")
    print("| what | seconds (min · median · max) | of the processor | peak memory |\n|---|---|---|---|")
    desire("one")
    ours("pin", "speed", "--yes")
    written, whole = until_written([program, "apply", "speed", "--yes", "--format", "json"], repository, environment)
    row("kops-stack apply, from nothing, until the last object is written", [written])
    row("(the same until all of them are healthy)", [whole])
    moved, changed, in_sync, applied, listed = [], [], [], [], []
    for round in range(ROUNDS):
        # Others write: every resourceVersion moves.
        moved.append(run([kubectl, "annotate", ",".join(plural for _, plural in KINDS), "-A", "--all", "--overwrite",
                          f"moved={round}"], env=environment))
        listed.append(lists(told))
        in_sync.append(ours("plan", "speed"))
        applied.append(ours("apply", "speed", "--yes"))
    row("(the eleven LISTs over one connection)", listed)
    row("kops-stack plan, in sync after foreign writes", in_sync)
    row("kops-stack apply, in sync", applied)
    desire("two")
    for _ in range(ROUNDS):
        changed.append(ours("plan", "speed"))
    row("kops-stack plan, every object changed", changed)
    row("kops-stack apply, every object changed", [ours("apply", "speed", "--yes")])


def kubectl_rows(folder, program, kubectl, told, environment, count):
    one, two = folder / "one.yaml", folder / "two.yaml"
    one.write_text(manifests("one", count))
    two.write_text(manifests("two", count))

    def theirs(*arguments):
        return run([kubectl, *arguments], env=environment)

    applied = theirs("apply", "--server-side", "-f", str(one))
    waited = theirs("wait", "--for=condition=Available", "--timeout=600s", "deployments", "--all", "-A")
    row("kubectl apply --server-side, from nothing", [applied])
    row("(the same until its Deployments are available, by kubectl wait)",
        [(applied[0] + waited[0], max(applied[1], waited[1]), applied[2] + waited[2])])
    row("kubectl apply --server-side, in sync", [theirs("apply", "--server-side", "-f", str(one)) for _ in range(ROUNDS)])
    row("kubectl diff --server-side, in sync", [theirs("diff", "--server-side", "-f", str(one)) for _ in range(ROUNDS)])
    row("kubectl diff --server-side, every object changed", [theirs("diff", "--server-side", "-f", str(two))])


main()
