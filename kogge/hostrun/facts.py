"""Read what hosts run: by ssh, as the nightly identity, whose key starts one read-only program on a host.

Nothing is sent to a host. What comes back is taken for hostile until it is typed: bounded in size and time, and a host
whose answer is not what the program gives is unknown, with the reason.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kogge.hostrun.access import SshAccess
from kogge.hostrun.answers import Answer, AnswerError, DatabaseFacts, SystemFacts, database_facts, system_facts
from kogge.hostrun.inventory import SHELL, ssh_config
from kogge.json_value import Json, JsonObject
from kogge.private import private_directory

VERSION: Final = 1
"""Of the form of an answer; ``playbooks/module_utils/facts_program.py`` has the same."""
_AT_ONCE: Final = 16
_ANSWER_BYTES: Final = 64 << 20
_COMPLAINT_BYTES: Final = 16 << 10
_SECONDS: Final = 300.0
"""The program gives up before."""
_STEP: Final = "run 'kogge up --all'"


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What one host runs; None for what could not be read or is not there."""

    host: SystemFacts | None
    database: DatabaseFacts | None
    unknown: tuple[str, ...] = field(default=())
    """Why something could not be read."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of an answer is taken, and for how long it is waited for."""

    size: int = _ANSWER_BYTES
    seconds: float = _SECONDS


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a host said before it ended or was hung up on."""

    lines: tuple[bytes, ...]
    """Whole lines alone."""
    complaint: str
    fault: str = ""
    """Why it was not heard to the end."""


def read_facts(
    access: SshAccess, hosts: Collection[str], *, programs: bool = True, bounds: Bounds | None = None
) -> dict[str, HostFacts]:
    """Return the facts of every host of ``hosts``, several at once.

    ``programs`` also waits for what differs from the packages; without it a host is left after its first line.
    """
    if not hosts:
        return {}
    with private_directory() as private:
        config = private.path / "ssh_config"
        config.write_text(ssh_config(access, None), encoding="utf-8")

        def read(host: str) -> HostFacts:
            spoken = listen(_words(config, host), lines=2 if programs else 1, bounds=bounds or Bounds())
            return facts_of(spoken, access.user, programs=programs)

        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return dict(zip(hosts, pool.map(read, hosts), strict=True))


def _words(config: Path, host: str) -> list[str]:
    return ["ssh", "-F", str(config), "-T", "-a", "-x", host]


def listen(words: list[str], *, lines: int, bounds: Bounds) -> Spoken:
    """Run a program that is given nothing, and return up to ``lines`` lines of what it says."""
    output, complaint, fault = bytearray(), bytearray(), ""
    deadline = time.monotonic() + bounds.seconds
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "SHELL": SHELL},
    )
    with process, selectors.DefaultSelector() as selector:
        for pipe, taken in ((process.stdout, output), (process.stderr, complaint)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, taken)
        while selector.get_map() and output.count(b"\n") < lines and not fault:
            for key, _ in selector.select(timeout=max(0.0, deadline - time.monotonic())):
                data = os.read(key.fd, 1 << 18)
                key.data.extend(data[: _COMPLAINT_BYTES - len(complaint)] if key.data is complaint else data)
                if not data:
                    selector.unregister(key.fileobj)
            if len(output) > bounds.size:
                fault = f"its answer is longer than {bounds.size >> 20} MB"
            elif time.monotonic() >= deadline:
                fault = f"it did not answer within {bounds.seconds:.0f} seconds"
        process.kill()
    whole = bytes(output).split(b"\n")[:-1]
    return Spoken(tuple(whole[:lines]), complaint.decode("utf-8", "replace"), fault)


def facts_of(spoken: Spoken, user: str, *, programs: bool) -> HostFacts:
    """Return what a host said by its types; pure."""
    if spoken.fault:
        return _nothing(spoken.fault)
    if not spoken.lines:
        return _nothing(_unheard(spoken.complaint, user))
    try:
        first = _document(spoken.lines[0])
        second = _document(spoken.lines[1]) if programs and len(spoken.lines) > 1 else {}
    except AnswerError as error:
        return _nothing(error.message)
    if "failed" in first:
        return _nothing(f"its facts program gave up: {first['failed']}")
    if first.get("version") != VERSION:
        return _nothing(f"its facts program is not the one of this Kogge: {_STEP}")
    reasons: list[str] = []
    system = first.get("system")
    if isinstance(system, dict):
        system = {
            **system,
            "altered": second.get("altered", {}),
            "foreign_programs": second.get("foreign_programs", {}),
        }
    if programs and "altered" not in second:
        reasons.append(f"its programs were not compared: {second.get('failed', 'the answer ended before')}")
    catalogs = first.get("database")
    if isinstance(catalogs, dict) and "unavailable" in catalogs:
        reasons.append(f"PostgreSQL: {catalogs['unavailable']}")
        catalogs = None
    host = _typed(system_facts, system, reasons)
    database = None if catalogs is None else _typed(database_facts, catalogs, reasons)
    return HostFacts(host, database, tuple(reasons))


def _nothing(reason: str) -> HostFacts:
    return HostFacts(None, None, (reason,))


def _document(line: bytes) -> JsonObject:
    """Return one line of an answer.

    :raises AnswerError: it is no JSON object.
    """
    try:
        found: Json = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise AnswerError(
            "its answer is no JSON: look at the host, its facts program may have been replaced"
        ) from error
    if not isinstance(found, dict):
        raise AnswerError("its answer is no object of JSON: look at the host, its facts program may have been replaced")
    return found


def _unheard(complaint: str, user: str) -> str:
    """Return why a host said nothing, with the next step where ssh knows it."""
    told = [line.strip() for line in complaint.splitlines() if line.strip()]
    last = told[-1] if told else "no word why"
    if "Permission denied" in complaint:
        return f"the account {user} is not let in: {_STEP}, which makes it ({last})"
    if "sudo" in complaint or "not found" in complaint:
        return f"the account {user} cannot start the facts program: {_STEP}, which installs it ({last})"
    return f"not reached by ssh: {last}"


def _typed(read: Callable[[object], Answer], answer: object, reasons: list[str]) -> Answer | None:
    """Return an answer by its type; where it has another shape None, and why in ``reasons``."""
    try:
        return read(answer)
    except AnswerError as error:
        reasons.append(error.message)
        return None
