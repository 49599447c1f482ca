"""First contact with a fresh host: its key is pinned when it has the fingerprint that its console showed.

Nothing is trusted on first use: whoever brings a host in reads the fingerprint where no network lies between.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from kogge.atomic import write_atomically
from kogge.errors import KoggeError, UsageError
from kogge.hostrun.access import SshAccess
from kogge.hostrun.inventory import SHELL, ssh_config

_FINGERPRINT: Final = re.compile(r"^SHA256:[A-Za-z0-9+/]{43}$")


class HostKeyRefused(KoggeError):  # noqa: N818 - reads as what happened
    """The host shows another key than the one that was expected."""


def fingerprint(public_key: str) -> str:
    """Return the fingerprint of ``<type> <base64>`` as ``ssh-keygen -l`` prints it."""
    digest = hashlib.sha256(base64.b64decode(public_key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def pin(access: SshAccess, host: str, expected: str) -> bool:
    """Pin the key of ``host`` in the known hosts, if its fingerprint is ``expected``; tell whether the file changed.

    :raises UsageError: the host is not known, or ``expected`` is no fingerprint.
    :raises HostKeyRefused: the host shows another key; nothing is written.
    :raises KoggeError: the host does not answer.
    """
    if host not in access.targets:
        known = ", ".join(sorted(access.targets))
        raise UsageError(f"no such host: {host}", hint=f"platform.yaml has {known}")
    if not _FINGERPRINT.match(expected):
        raise UsageError(
            f"{expected!r} is no fingerprint", hint="on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
        )
    shown = shown_key(access, host)
    if fingerprint(shown) != expected:
        raise HostKeyRefused(
            f"{host} shows the key {fingerprint(shown)}, not {expected}: nothing was pinned",
            hint="read the fingerprint on the console of the host; if it is another one, somebody stands in between",
        )
    return _write(access.known_hosts_file, host, str(access.targets[host].address), shown)


def shown_key(access: SshAccess, host: str) -> str:
    """Return the ed25519 key that ``host`` shows, as ``<type> <base64>``; nobody logs in.

    :raises KoggeError: nothing answers there.
    """
    with tempfile.TemporaryDirectory(prefix="kogge-pin-") as place:
        found = Path(place) / "known_hosts"
        config = Path(place) / "config"
        config.write_text(ssh_config(replace(access, known_hosts_file=found), Path(place)), encoding="utf-8")
        words = ["ssh", "-F", str(config), "-o", "StrictHostKeyChecking=accept-new", "-o", "HashKnownHosts=no"]
        words += ["-o", "ControlPath=none", "-o", "PubkeyAuthentication=no", "-o", "HostKeyAlgorithms=ssh-ed25519"]
        environment = {**os.environ, "SHELL": SHELL}
        done = subprocess.run([*words, host, "true"], capture_output=True, text=True, timeout=30, env=environment)
        if not found.exists():
            told = done.stderr.strip().splitlines()
            raise KoggeError(
                f"{host} does not answer by ssh: {told[-1] if told else 'no word why'}",
                hint="is it started, and is its address in platform.yaml right?",
            )
        return " ".join(found.read_text(encoding="utf-8").split()[1:3])


def _write(file: Path, host: str, address: str, key: str) -> bool:
    """Replace the lines of ``host`` by one with its key."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    kept = [line for line in before.splitlines() if line and host not in line.split(" ", 1)[0].split(",")]
    after = "".join(f"{line}\n" for line in [*kept, f"{host},{address} {key}"])
    if after == before:
        return False
    write_atomically(file, after, mode=0o644)
    return True
