"""From what Pulumi printed to a message a person can act on; pure."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from kogge.visible import guarded

_COLOUR = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")
_COUNT = re.compile(r"\d+ errors? occurred:\s*\n\s*\* ")
_LOCK = re.compile(r"(?:created|locked) by (?P<user>\S+?)@(?P<host>\S+) \(pid (?P<pid>\d+)\)(?: at (?P<at>\S+))?")

_HINTS: tuple[tuple[str, str], ...] = (
    ("exceeded quota", "the plan or the catalogue's requests are too small for it; see `kogge validate`"),
    ("connection refused", "the cluster does not answer: kogge doctor, kogge sandbox status"),
    ("unreachable", "the cluster does not answer: kogge doctor, kogge sandbox status"),
    ("i/o timeout", "the cluster does not answer: kogge doctor, kogge sandbox status"),
    ("incorrect passphrase", "the stack was encrypted with another master key: restore keys/<owner>.age"),
    ("passphrase must be set", "the passphrase file is missing: run the command again"),
    ("failed to load checkpoint", "the state is damaged: restore the newest file of the backend's backups"),
    ("could not deserialize deployment", "the state is damaged: restore the newest file of the backend's backups"),
    ("no space left on device", "free space on the disk, then run the command again: it continues"),
    ("because it is protected", "it holds data or isolates: put it back into the files; removal goes in stages"),
    ("is forbidden", "the identity lacks a right, or an admission policy refused: kogge up platform, kogge doctor"),
    ("timed out waiting", "look at the pods: kubectl -n <space> describe pods; a later `kogge up` continues"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a stack failed, and what to do."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds Pulumi's own lock in the backend."""

    user: str
    host: str
    pid: int

    @property
    def here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.host == socket.gethostname()


def clean(text: str) -> str:
    """Return the text without colours, links and the number of errors, guarded; what they are about stays in front."""
    lines = (_COLOUR.sub("", line).rstrip() for line in _COUNT.sub("", text).splitlines())
    return guarded("\n".join(line for line in lines if line.strip() and "pulumi.io" not in line))


def reason_for(errors: Sequence[str], output: str) -> Reason:
    """Return the reason out of the engine's errors, or out of what the CLI printed when the engine never ran."""
    message = clean("\n".join(errors))
    if not message:
        marked = [line for line in clean(output).splitlines() if "error" in line.lower()]
        message = "\n".join(marked[:5]) or clean(output)[-800:] or "Pulumi ended without saying why"
    for pattern, hint in _HINTS:
        if pattern in message:
            return Reason(message, hint)
    return Reason(message, "run the command again; `KOGGE_DEBUG=1` shows all that Pulumi printed")


def lock_holders(output: str) -> tuple[LockHolder, ...]:
    """Return who holds the stack, out of Pulumi's refusal to run."""
    return tuple(LockHolder(m["user"], m["host"], int(m["pid"])) for m in _LOCK.finditer(output))
