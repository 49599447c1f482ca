"""Run the roles on the hosts: the one place that starts Ansible.

Each role is a run of its own; a host gets a role only when its earlier ones came to their end. Within a role one host
goes after the other, and the first that fails stops the role. In check mode, and where no host serves anybody yet, all
go at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kogge.errors import KoggeError
from kogge.hostrun.access import SshAccess
from kogge.hostrun.events import EventKind, HostEvent, parse_event
from kogge.hostrun.inventory import SHELL, inventory, ssh_config
from kogge.hostrun.summary import HostRunSummary, Outcome, RoleResult, role_result
from kogge.places import PLAYBOOKS
from kogge.private import private_directory

Progress = Callable[[HostEvent], None]


class HostRunError(KoggeError):
    """Ansible itself could not run."""


@dataclass(frozen=True, slots=True)
class RoleDocument:
    """What one role makes true on one host, with every secret filled in: JSON, and only for this run."""

    host: str
    role: str
    content: Mapping[str, Any]


def run(
    access: SshAccess,
    documents: Sequence[RoleDocument],
    *,
    hosts: Collection[str] | None = None,
    check: bool = False,
    at_once: bool = False,
    progress: Progress | None = None,
    variables: Mapping[str, Any] | None = None,
) -> HostRunSummary:
    """Apply ``documents`` in their order, or with ``check`` only say what would change.

    ``hosts`` limits the run; ``progress`` gets every event as it happens; ``variables`` go to Ansible as they are.

    :raises HostRunError: Ansible could not be started, or a host of ``hosts`` is not known.
    """
    unknown = sorted(set(hosts or ()) - set(access.targets))
    if unknown:
        known = ", ".join(sorted(access.targets))
        raise HostRunError(f"no such host: {', '.join(unknown)}", hint=f"platform.yaml has {known}")
    wanted = [document for document in documents if hosts is None or document.host in hosts]
    began = time.monotonic()
    results: list[RoleResult] = []
    with private_directory() as private:
        directory = private.path
        write_documents(directory, access, wanted)
        for role in dict.fromkeys(document.role for document in wanted):
            names = [document.host for document in wanted if document.role == role]
            stopped = {r.host for r in results if r.outcome not in (Outcome.CLEAN, Outcome.CHANGED)}
            ready = [name for name in names if name not in stopped]
            results += [
                RoleResult(name, role, Outcome.NOT_RUN, message="an earlier role failed here")
                for name in names
                if name in stopped
            ]
            if ready:
                more = {**(variables or {}), "kogge_serial": "100%" if check or at_once else 1}
                results += run_role(directory, role, ready, check=check, progress=progress, variables=more)
        close_connections(directory, access)
    return HostRunSummary(tuple(results), check, time.monotonic() - began)


def write_documents(directory: Path, access: SshAccess, documents: Iterable[RoleDocument]) -> None:
    """Write inventory, ssh settings and documents into the private directory of a run."""
    (directory / "documents").mkdir()
    (directory / "cp").mkdir()
    (directory / "inventory.json").write_text(json.dumps(inventory(access, directory / "documents")), encoding="utf-8")
    (directory / "ssh_config").write_text(ssh_config(access, directory / "cp"), encoding="utf-8")
    for document in documents:
        host = directory / "documents" / document.host
        host.mkdir(exist_ok=True)
        (host / f"{document.role}.json").write_text(json.dumps(document.content), encoding="utf-8")


def run_role(
    directory: Path,
    playbook: str,
    hosts: Sequence[str],
    *,
    check: bool,
    progress: Progress | None,
    variables: Mapping[str, Any],
) -> list[RoleResult]:
    """Run ``playbook`` on ``hosts`` and return one result per host."""
    events, ended, complaint = play(directory, playbook, hosts, check=check, progress=progress, variables=variables)
    if not any(event.host for event in events):
        raise HostRunError(
            f"Ansible could not run {playbook}: {complaint or 'no word why'}",
            hint="run 'kogge doctor'; the environment of Kogge holds ansible-core",
        )
    return [role_result(host, playbook, events, ended=ended) for host in hosts]


def play(
    directory: Path,
    playbook: str,
    hosts: Sequence[str],
    *,
    check: bool,
    progress: Progress | None,
    variables: Mapping[str, Any],
) -> tuple[list[HostEvent], bool, str]:
    """Run a playbook in ``directory``; return its events, whether it came to its end, and the last it said."""
    # Its import costs 0.2 s, which a command that runs no host need not pay.
    import ansible_runner

    stream = directory / f"{playbook}.events"
    stream.touch(mode=0o600)
    data = directory / f"runner-{playbook}"
    data.mkdir(mode=0o700)
    follower = Follower(stream, progress)
    follower.start()
    try:
        runner = ansible_runner.run(
            private_data_dir=str(data),
            playbook=str(PLAYBOOKS / f"{playbook}.yml"),
            inventory=str(directory / "inventory.json"),
            limit=",".join(hosts),
            cmdline="--check" if check else None,
            extravars=dict(variables),
            envvars=environment(directory, stream),
            quiet=True,
            suppress_env_files=False,
            project_dir=str(PLAYBOOKS),
        )
    finally:
        follower.finish()
    ended = any(event.kind is EventKind.STATS for event in follower.events) and runner.status != "canceled"
    return follower.events, ended, last_words(runner.stdout.read() if runner.stdout else "")


def environment(directory: Path, stream: Path) -> dict[str, str]:
    """Return the environment of a run: our settings alone decide, whatever the user's are."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
        # ansible-runner switches the check off where nobody says otherwise.
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_SSH_ARGS": f"-F {directory / 'ssh_config'}",
        "ANSIBLE_SSH_CONTROL_PATH": "none-of-ansible",
        "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
        "ANSIBLE_CALLBACKS_ENABLED": "kogge_events",
        "ANSIBLE_CALLBACK_PLUGINS": str(PLAYBOOKS / "plugins" / "callback"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_HOME": str(directory / "home"),
        "KOGGE_EVENTS": str(stream),
        "SHELL": SHELL,
        "LC_ALL": "C.UTF-8",
    }


class Follower(threading.Thread):
    """Reads events while Ansible writes them; a thread, because the runner blocks until the end."""

    def __init__(self, stream: Path, progress: Progress | None) -> None:
        super().__init__(daemon=True)
        self.events: list[HostEvent] = []
        self._stream = stream
        self._progress = progress
        self._done = threading.Event()

    def run(self) -> None:
        """Follow the file until told that nothing more comes."""
        with self._stream.open(encoding="utf-8") as file:
            rest = ""
            while True:
                last = self._done.is_set()
                rest += file.read()
                *lines, rest = rest.split("\n")
                for line in lines:
                    event = parse_event(line)
                    self.events.append(event)
                    if self._progress is not None:
                        self._progress(event)
                if last:
                    return
                self._done.wait(0.1)

    def finish(self) -> None:
        """Read what is left and stop."""
        self._done.set()
        self.join()


def close_connections(directory: Path, access: SshAccess) -> None:
    """End the shared ssh connections of a run, so that nothing outlives it."""
    if not any((directory / "cp").iterdir()):
        return
    for name in access.targets:
        words = ["ssh", "-F", str(directory / "ssh_config"), "-O", "exit", name]
        subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=10)


def last_words(output: str) -> str:
    """Return the line of Ansible's output that says what went wrong, or the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR!", "[ERROR]", "fatal:"))]
    return (errors or lines or [""])[-1][:500]
