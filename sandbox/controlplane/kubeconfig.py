"""Kubeconfig files: one per identity, with everything embedded, so that each file is whole by itself."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from kogge.atomic import write_atomically
from sandbox.controlplane.certificates import CLUSTER_LEAVES, certificate_path, key_path
from sandbox.controlplane.state import CLUSTER, State


def ensure(state: State, port: int) -> None:
    """Write the kubeconfig of every client identity; a file that already says the same is left alone."""
    for leaf in CLUSTER_LEAVES:
        if not leaf.serves:
            text = rendered(state, leaf.name, port)
            path = state.kubeconfig(leaf.name)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                write_atomically(path, text)


def rendered(state: State, identity: str, port: int) -> str:
    """Return the kubeconfig of ``identity`` as YAML."""
    certificate, key = certificate_path(state, identity), key_path(state, identity)
    authority = certificate_path(state, "ca")
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CLUSTER,
        "contexts": [{"name": CLUSTER, "context": {"cluster": CLUSTER, "user": identity}}],
        "clusters": [
            {
                "name": CLUSTER,
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "certificate-authority-data": _encoded(authority),
                },
            }
        ],
        "users": [
            {
                "name": identity,
                "user": {"client-certificate-data": _encoded(certificate), "client-key-data": _encoded(key)},
            }
        ],
    }
    return yaml.safe_dump(config, sort_keys=False)


def _encoded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
