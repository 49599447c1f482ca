"""What runs: the command line of each component, as a pure function of the state directory and the ports.

Source: https://kubernetes.io/docs/reference/command-line-tools-reference/. Two settings without
which tests would prove nothing: ``--allow-privileged`` (the apiserver would refuse privileged pods
by itself, not Pod Security) and the controller manager's quota controller (on by default).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.controlplane.certificates import certificate_path, key_path
from sandbox.controlplane.ports import Ports
from sandbox.controlplane.state import State

POD_RANGE: Final = "10.244.0.0/16"
SERVICE_RANGE: Final = "10.96.0.0/16"
ORDER: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
"""Start order; stopping goes the other way."""

_CLIENT_LIMITS: Final = ("--kube-api-qps=500", "--kube-api-burst=1000")
"""The defaults (20 requests a second) spare a shared apiserver; this one is ours, and a start waits for them."""

AUDIT_POLICY: Final = """\
# Who did what to which object; never a body, so never a secret.
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/openapi/*", "/api*", "/version"]
    verbs: [get]
  - level: None
    resources: [{group: coordination.k8s.io, resources: [leases]}]
  - level: None
    users: ["system:kube-controller-manager", "system:kube-scheduler", "system:apiserver", "kogge-sandbox:kwok"]
    verbs: [get, list, watch]
  - level: Metadata
"""


@dataclass(frozen=True, slots=True)
class Component:
    """One process to run: its name, its command line and the port it listens on, if any."""

    name: str
    arguments: tuple[str, ...]
    port: int | None = None


def components(state: State, ports: Ports, programs: Path) -> tuple[Component, ...]:
    """Return the components in start order; ``programs`` is the directory they lie in."""
    return (
        _etcd(state, ports, programs),
        _apiserver(state, ports, programs),
        _controller_manager(state, programs),
        _scheduler(state, programs),
        _kwok(state, programs),
    )


def audit_policy_path(state: State) -> Path:
    """Return the file that holds :data:`AUDIT_POLICY`."""
    return state.cluster / "audit-policy.yaml"


def audit_log_path(state: State) -> Path:
    """Return the audit log: one JSON event per line, rotated by the apiserver."""
    return state.logs / "audit.log"


def _program(programs: Path, name: str) -> str:
    # The real path, so that a process that runs an older pin is seen as another one.
    return str((programs / name).resolve())


def _etcd(state: State, ports: Ports, programs: Path) -> Component:
    client, peer = f"https://127.0.0.1:{ports.etcd_client}", f"https://127.0.0.1:{ports.etcd_peer}"
    authority = certificate_path(state, "etcd-ca")
    certificate, key = certificate_path(state, "etcd"), key_path(state, "etcd")
    arguments = (
        _program(programs, "etcd"),
        "--name=sandbox",
        f"--data-dir={state.cluster / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=sandbox={peer}",
        "--client-cert-auth",
        "--peer-client-cert-auth",
        *(f"--{prefix}trusted-ca-file={authority}" for prefix in ("", "peer-")),
        *(f"--{prefix}cert-file={certificate}" for prefix in ("", "peer-")),
        *(f"--{prefix}key-file={key}" for prefix in ("", "peer-")),
        # A development cluster may lose its last second in a power cut; writes are 10 times faster.
        "--unsafe-no-fsync",
        "--auto-compaction-retention=1h",
        "--log-level=warn",
    )
    return Component("etcd", arguments, ports.etcd_client)


def _apiserver(state: State, ports: Ports, programs: Path) -> Component:
    service_account = state.pki / "service-account.key"
    arguments = (
        _program(programs, "kube-apiserver"),
        "--bind-address=127.0.0.1",
        f"--secure-port={ports.apiserver}",
        f"--tls-cert-file={certificate_path(state, 'apiserver')}",
        f"--tls-private-key-file={key_path(state, 'apiserver')}",
        f"--client-ca-file={certificate_path(state, 'ca')}",
        f"--etcd-servers=https://127.0.0.1:{ports.etcd_client}",
        f"--etcd-cafile={certificate_path(state, 'etcd-ca')}",
        f"--etcd-certfile={certificate_path(state, 'apiserver-etcd')}",
        f"--etcd-keyfile={key_path(state, 'apiserver-etcd')}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        # A loopback address is no valid endpoint of the service "kubernetes".
        "--endpoint-reconciler-type=none",
        f"--service-account-key-file={service_account}",
        f"--service-account-signing-key-file={service_account}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--audit-policy-file={audit_policy_path(state)}",
        f"--audit-log-path={audit_log_path(state)}",
        "--audit-log-maxsize=20",
        "--audit-log-maxbackup=3",
        "--profiling=false",
        "--v=0",
    )
    return Component("kube-apiserver", arguments, ports.apiserver)


def _controller_manager(state: State, programs: Path) -> Component:
    kubeconfig = state.kubeconfig("kube-controller-manager")
    arguments = (
        _program(programs, "kube-controller-manager"),
        f"--kubeconfig={kubeconfig}",
        f"--root-ca-file={certificate_path(state, 'ca')}",
        f"--service-account-private-key-file={state.pki / 'service-account.key'}",
        "--use-service-account-credentials=true",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={POD_RANGE}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        # The only provisioner that needs no driver: claims of the storage class "standard" get empty directories.
        "--enable-hostpath-provisioner=true",
        *_CLIENT_LIMITS,
        "--leader-elect=false",
        "--secure-port=0",
        "--v=0",
    )
    return Component("kube-controller-manager", arguments)


def _scheduler(state: State, programs: Path) -> Component:
    arguments = (
        _program(programs, "kube-scheduler"),
        f"--kubeconfig={state.kubeconfig('kube-scheduler')}",
        *_CLIENT_LIMITS,
        "--leader-elect=false",
        "--secure-port=0",
        "--v=0",
    )
    return Component("kube-scheduler", arguments)


def _kwok(state: State, programs: Path) -> Component:
    arguments = (
        _program(programs, "kwok"),
        f"--kubeconfig={state.kubeconfig('kwok')}",
        # Nodes that say so, not all: real kubelets can join the same cluster.
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        "--node-lease-duration-seconds=40",
        f"--cidr={POD_RANGE}",
        "--v=WARN",
    )
    return Component("kwok", arguments)
