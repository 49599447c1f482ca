"""The environment of Pulumi for one stack: the same for Kogge's own runs and for the bare CLI."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kogge import places
from kogge.atomic import write_atomically
from kogge.derived import Derived, Purpose
from kogge.estate.estate import Estate
from kogge.keyring import Keyring
from kogge.places import CHECKOUT
from kogge.private import private_directory, shell_directory
from kogge.records import require_own_records
from kogge.toolpath import PULUMI_SETTINGS, pulumi_home, tool_environment
from kogge.trust import IDENTITY_VARIABLE, PIN_VARIABLE

PROJECT = "kogge"
_KEPT = (IDENTITY_VARIABLE, PIN_VARIABLE)
"""Where the user has identity and pin: the program of a bare ``pulumi up`` looks in the same places."""


def backend_url(estate: Estate) -> str:
    """Return the backend as Pulumi takes it; a relative ``file://`` is taken from the data root and made."""
    backend = estate.platform.state.backend
    if not backend.startswith("file://"):
        return backend
    path = estate.path(backend.removeprefix("file://"))
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"file://{path}"


def project_directory(estate: Estate) -> Path:
    """Return the directory with the ``Pulumi.yaml`` for this data root.

    The checkout's own data use the checkout's; another root gets one of its own, so that the settings of equally named
    stacks stay apart.

    :raises CommittedRecordsError: the repository brings settings of its own: they can name what opens a stack.
    """
    require_own_records(estate.root)
    if estate.root == CHECKOUT:
        return CHECKOUT
    directory = places.state(estate.root) / "project"
    wanted = (CHECKOUT / "Pulumi.yaml").read_text(encoding="utf-8")
    wanted = wanted.replace("main: stacks/", f"main: {CHECKOUT / 'stacks'}/").replace(".kogge/stacks", "stacks")
    path = directory / "Pulumi.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") != wanted:
        write_atomically(path, wanted, mode=0o644)
    return directory


def settings_file(estate: Estate, stack: str) -> Path:
    """Return where Pulumi keeps the stack's settings: the ``stackConfigDir`` of the project."""
    directory = places.state(CHECKOUT) if estate.root == CHECKOUT else project_directory(estate)
    return directory / "stacks" / f"Pulumi.{stack}.yaml"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A stack's passphrase in a file in memory."""

    file: Path
    lock: int
    """Descriptor that processes inherit which use the file: it is there as long as one of them runs."""


@contextlib.contextmanager
def passphrase(estate: Estate, keyring: Keyring, stack: str) -> Iterator[Passphrase]:
    """Give the stack's passphrase in a file that this user alone reads, in memory, for as long as the block runs.

    :raises KoggeError: the stack's owner has no key that can be used, or the machine has no place in memory.
    """
    text = _passphrase(estate, keyring, stack)
    with private_directory() as private:
        yield Passphrase(_write(private.path / stack, text), private.lock)


def shell_passphrase(estate: Estate, keyring: Keyring, stack: str) -> Path:
    """Write the stack's passphrase to a file in memory that outlives this command, for twelve hours.

    :raises KoggeError: the stack's owner has no key that can be used, or the machine has no place in memory.
    """
    text = _passphrase(estate, keyring, stack)
    return _write(shell_directory() / stack, text)


def _passphrase(estate: Estate, keyring: Keyring, stack: str) -> str:
    _forget_old(estate)
    return keyring.derive(Derived(stack, Purpose.STACK_PASSPHRASE, ""))


def _write(path: Path, text: str) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    return path


def _forget_old(estate: Estate) -> None:
    """Remove the passphrases that versions before left on the disk. Overwriting them would reach no older block."""
    old = places.state(estate.root) / "passphrases"
    with contextlib.suppress(OSError):
        old.unlink() if old.is_symlink() else shutil.rmtree(old)


def stack_environment(estate: Estate, stack: str, passphrase: Path | None) -> Mapping[str, str]:
    """Return what Pulumi needs for this stack; no value is a secret. Without a passphrase it reads no secret either."""
    environment = {
        **PULUMI_SETTINGS,
        "KOGGE_ROOT": str(estate.root),
        "PATH": tool_environment(CHECKOUT)["PATH"],
        "PULUMI_HOME": str(pulumi_home(CHECKOUT)),
        "PULUMI_BACKEND_URL": backend_url(estate),
        "PULUMI_STACK": stack,
        **({"PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase)} if passphrase is not None else {}),
    }
    return environment | {name: os.environ[name] for name in _KEPT if name in os.environ}
