"""Inventory of Ansible and settings of ssh, generated from the same model as everything else; pure."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from kogge.hostrun.access import SshAccess

PERSIST_SECONDS = 60
SHELL = "/bin/sh"
"""Must stand in the environment of ssh, which runs ``ProxyCommand`` with the user's shell. bash takes the socket there
for a login over the network and reads ``~/.bashrc`` first, where SHLVL does not tell it better (a timer, ``nohup``).
"""


def inventory(access: SshAccess, documents: Path) -> dict[str, Any]:
    """Return the inventory as JSON: one group per role, every host with the directory of its documents."""
    groups: dict[str, Any] = {}
    for name, target in sorted(access.targets.items()):
        for role in target.roles:
            groups.setdefault(str(role), {"hosts": {}})["hosts"][name] = {}
    return {"all": {"vars": {"kogge_documents": str(documents)}, "children": groups}}


def ssh_config(access: SshAccess, control: Path | None) -> str:
    """Return an ssh configuration for the hosts; ``control`` is a private directory for shared connections, if any.

    Only pinned host keys are accepted, and only the key that is named is offered.
    """
    lines = []
    for name, target in sorted(access.targets.items()):
        lines += [f"Host {name} {target.address}", f"  HostName {target.address}", f"  Port {target.port}"]
        lines += [f"  HostKeyAlias {name}"]
    lines += [
        "Host *",
        f"  User {access.user}",
        f"  IdentityFile {_quoted(access.identity_file)}",
        "  IdentitiesOnly yes",
        "  IdentityAgent none",
        "  BatchMode yes",
        "  PreferredAuthentications publickey",
        f"  UserKnownHostsFile {_quoted(access.known_hosts_file)}",
        "  GlobalKnownHostsFile none",
        "  StrictHostKeyChecking yes",
        "  UpdateHostKeys no",
        "  ForwardAgent no",
        "  ConnectTimeout 10",
        "  ServerAliveInterval 10",
        "  ServerAliveCountMax 3",
    ]
    if control is not None:
        lines += [
            "  ControlMaster auto",
            f"  ControlPath {_quoted(control)}/%C",
            f"  ControlPersist {PERSIST_SECONDS}",
        ]
    if access.connect is not None:
        lines += [f"  ProxyCommand {shlex.quote(str(access.connect))} %h %p", "  ProxyUseFdpass yes"]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
