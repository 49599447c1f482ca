"""Runs the login program of a kubeconfig and reads what it answers: a token, a certificate, and until when they hold.

The protocol is ``client.authentication.k8s.io``: the program is told of the cluster in ``KUBERNETES_EXEC_INFO`` and
prints an ``ExecCredential``. Whether a kubeconfig may name a program where it lies is decided in
``kogge.clusters.kubeconfig``. Why this is no library: docs/decisions/0070-who-may-name-a-program.md.
Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Final, assert_never, cast

from kogge.clusters.errors import KubeconfigError, LoginError
from kogge.json_value import Json, JsonObject, at, items_at, text_at
from kogge.visible import printable

SECONDS: Final = 60.0
"""How long a program may take that asks nobody."""
SECONDS_WITH_A_PERSON: Final = 300.0
EARLY: Final = timedelta(seconds=30)
"""How long before its end a credential is fetched anew."""
_LARGEST: Final = 1 << 20
_VERSIONS: Final = frozenset({"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"})
_OURS: Final = frozenset({"PYTHONPATH", "PYTHONSAFEPATH"})
"""Set for Kogge itself by ``bin/kogge``; many login programs are Python, too."""


class InteractiveMode(StrEnum):
    """Whether the program may ask a person."""

    NEVER = "Never"
    IF_AVAILABLE = "IfAvailable"
    ALWAYS = "Always"


@dataclass(frozen=True, slots=True)
class LoginProgram:
    """A login program as a kubeconfig names it."""

    kubeconfig: Path
    command: str
    """As it stands there."""
    program: Path | None
    """The file it means; None when there is none."""
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    api_version: str
    mode: InteractiveMode
    install_hint: str
    cluster: str
    """What the program is told of the cluster, as JSON; ``""``: nothing."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a login gave. Holds key material."""

    token: str
    certificate_pem: str
    key_pem: str
    expires: datetime | None

    def __repr__(self) -> str:
        """Say until when it holds: the rest is secret."""
        return f"Credential(expires={self.expires})"

    def holds(self, now: datetime) -> bool:
        """Tell whether it can still be used for a request that begins now."""
        return self.expires is None or now + EARLY < self.expires


def login_program(kubeconfig: Path, told: Json, cluster: JsonObject) -> LoginProgram:
    """Return the program that ``user.exec`` of a kubeconfig names. Nothing is run.

    :raises KubeconfigError: the entry is not complete, or asks for what is not supported.
    """
    command, version = text_at(told, "command"), text_at(told, "apiVersion")
    if not command or version not in _VERSIONS:
        raise KubeconfigError(
            f"{kubeconfig}: user.exec needs a command and one of {', '.join(sorted(_VERSIONS))}",
            hint="write the kubeconfig again with a current version of the login program",
        )
    arguments = at(told, "args") or []
    mode = text_at(told, "interactiveMode") or InteractiveMode.IF_AVAILABLE
    if mode not in list(InteractiveMode) or not isinstance(arguments, list):
        raise KubeconfigError(
            f"{kubeconfig}: user.exec has args or an interactiveMode that cannot be", hint="write the kubeconfig again"
        )
    return LoginProgram(
        kubeconfig=kubeconfig,
        command=command,
        program=_found(kubeconfig, command),
        arguments=tuple(str(argument) for argument in arguments),
        environment=tuple((text_at(entry, "name"), text_at(entry, "value")) for entry in items_at(told, "env")),
        api_version=version,
        mode=InteractiveMode(mode),
        install_hint=text_at(told, "installHint"),
        cluster=json.dumps(_cluster_info(kubeconfig, cluster)) if at(told, "provideClusterInfo") else "",
    )


def _found(kubeconfig: Path, command: str) -> Path | None:
    """Return the file of a command: a bare name from PATH, a path from the directory of the kubeconfig."""
    found = shutil.which(command if "/" not in command else str(kubeconfig.parent.absolute() / command))
    return Path(found).absolute() if found else None


def _cluster_info(kubeconfig: Path, cluster: JsonObject) -> JsonObject:
    """Return ``spec.cluster``: what a kubeconfig says of the cluster, the authority embedded."""
    kept = {key: cluster[key] for key in ("server", "tls-server-name", "proxy-url") if cluster.get(key)}
    authority = cluster.get("certificate-authority-data")
    extensions = items_at(cluster, "extensions")
    config = next(
        (e.get("extension") for e in extensions if e.get("name") == "client.authentication.k8s.io/exec"), None
    )
    named = text_at(cluster, "certificate-authority")
    if not authority and named:
        try:
            authority = base64.b64encode((kubeconfig.parent / named).read_bytes()).decode()
        except OSError as error:
            raise KubeconfigError(
                f"{kubeconfig}: certificate-authority cannot be read ({error.strerror})", hint="correct the path"
            ) from error
    return {
        **kept,
        **({"certificate-authority-data": authority} if authority else {}),
        **({"config": config} if config is not None else {}),
    }


class Login:
    """The credential of one login program, fetched when it is needed and kept until it ends.

    A class because threads share what it holds: the program is asked once, however many wait for it.
    """

    def __init__(self, program: LoginProgram) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._credential: Credential | None = None

    def credential(self, *, instead_of: Credential | None = None) -> Credential:
        """Return a credential that holds; ``instead_of`` is one that the server did not take.

        :raises LoginError: the program is missing, failed, or answered something else.
        """
        with self._lock:
            kept = self._credential
            if kept is None or kept is instead_of or not kept.holds(datetime.now(UTC)):
                self._credential = kept = run_login(self._program)
            return kept


_logins: dict[LoginProgram, Login] = {}
_logins_lock = threading.Lock()


def login_of(program: LoginProgram) -> Login:
    """Return the login of a program, one for the whole run: a person is asked once, not once per client."""
    with _logins_lock:
        return _logins.setdefault(program, Login(program))


def run_login(program: LoginProgram) -> Credential:
    """Run a login program once, without a shell, and return what it gave.

    Its stderr is shown, escaped, as it comes: there it may tell a person what to do.

    :raises LoginError: it is missing, failed, took too long, or answered something else.
    """
    interactive = _interactive(program)
    if program.program is None:
        raise LoginError(
            f"{program.kubeconfig}: the login program {program.command} is not installed",
            hint=printable(program.install_hint).strip() or f"install {program.command}, or correct the kubeconfig",
        )
    limit = SECONDS_WITH_A_PERSON if interactive else SECONDS
    try:
        with subprocess.Popen(
            [str(program.program), *program.arguments],
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=program.kubeconfig.parent,
            env=_environment(program, interactive=interactive),
            # Alone in its group, what it starts ends with it; one that asks a person has to stay with the terminal.
            process_group=None if interactive else 0,
        ) as process:
            return _answer(program, process, limit)
    except OSError as error:
        raise _failed(program, f"cannot be run: {error.strerror}") from error


def _answer(program: LoginProgram, process: subprocess.Popen[bytes], limit: float) -> Credential:
    """Wait for a program that runs; it is ended when it takes too long or says too much."""
    ended_by_us: list[str] = []

    def end(why: str) -> None:
        ended_by_us.append(why)
        _end(process)

    timer = threading.Timer(limit, end, [f"did not end within {limit:.0f} seconds"])
    teller = threading.Thread(target=_tell, args=(process,), daemon=True)
    timer.start()
    teller.start()
    try:
        answer = cast("IO[bytes]", process.stdout).read(_LARGEST + 1)
        if len(answer) > _LARGEST:
            end("answered more than 1 MiB")
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        timer.cancel()
    teller.join(timeout=1)
    if ended_by_us:
        raise _failed(program, ended_by_us[0])
    if code != 0:
        raise _failed(program, f"ended with code {code}")
    return _read(program, answer)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _tell(process: subprocess.Popen[bytes]) -> None:
    for line in cast("IO[bytes]", process.stderr):
        sys.stderr.write(printable(line.decode("utf-8", "replace").rstrip("\r\n"))[:500] + "\n")
        sys.stderr.flush()


def _interactive(program: LoginProgram) -> bool:
    match program.mode:
        case InteractiveMode.NEVER:
            return False
        case InteractiveMode.IF_AVAILABLE:
            return sys.stdin.isatty()
        case InteractiveMode.ALWAYS:
            if not sys.stdin.isatty():
                raise _failed(program, "needs a person at a terminal")
            return True
        case unreachable:
            assert_never(unreachable)


def _environment(program: LoginProgram, *, interactive: bool) -> Mapping[str, str]:
    spec: JsonObject = {"interactive": interactive}
    if program.cluster:
        spec["cluster"] = json.loads(program.cluster)
    info = {"apiVersion": program.api_version, "kind": "ExecCredential", "spec": spec}
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    return {**kept, **dict(program.environment), "KUBERNETES_EXEC_INFO": json.dumps(info)}


def _read(program: LoginProgram, answer: bytes) -> Credential:
    """Read the ``ExecCredential``; none of its values is repeated in an error."""
    try:
        told: Json = json.loads(answer)
    except ValueError as error:
        raise _failed(program, "answered something that is no JSON") from error
    if (text_at(told, "apiVersion"), text_at(told, "kind")) != (program.api_version, "ExecCredential"):
        raise _failed(program, f"answered no ExecCredential of {program.api_version}")
    token = text_at(told, "status", "token")
    certificate = text_at(told, "status", "clientCertificateData")
    key = text_at(told, "status", "clientKeyData")
    if bool(certificate) != bool(key) or not (token or certificate):
        raise _failed(program, "gave neither a token nor a certificate with its key")
    until = text_at(told, "status", "expirationTimestamp")
    try:
        expires = datetime.fromisoformat(until) if until else None
    except ValueError as error:
        raise _failed(program, "gave an expirationTimestamp that is no time") from error
    if expires is not None and expires.tzinfo is None:
        raise _failed(program, "gave an expirationTimestamp without a zone")
    return Credential(token, certificate, key, expires)


def _failed(program: LoginProgram, why: str) -> LoginError:
    return LoginError(
        f"{program.kubeconfig}: the login program {program.command} {why}",
        hint=f"run it by hand, as kubectl would: kubectl --kubeconfig {program.kubeconfig} version",
    )
