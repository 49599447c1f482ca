"""What a shell or a command needs for the bare Pulumi CLI and kubectl on one stack: the same as Kogge's own runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kogge.clusters.identity import applying, kubeconfig_to_hand_over
from kogge.deploy.keys import require_key
from kogge.deploy.stacks.environment import passphrase, project_directory, shell_passphrase, stack_environment
from kogge.errors import KoggeError
from kogge.estate.estate import PLATFORM, Estate
from kogge.keyring import Keyring
from kogge.places import CHECKOUT
from kogge.toolpath import without_passphrase

_FORWARDED: Final = frozenset(
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT}
)
_BY_PROGRAMS: Final = 0
"""``si_code`` up to here: a process sent it; above, the kernel, to the whole group of a terminal: sigaction(2)."""
_RESTORED: Final = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
"""What Python ignores and other programs do not expect to."""
_SIGNALLED: Final = 128
"""A shell's exit code for a command that a signal ended is this and the signal's number."""


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell for one stack; no value in it is a secret."""

    variables: Mapping[str, str]
    """Of its environment, by name."""
    directory: Path | None
    """Where the ``Pulumi.yaml`` is that Pulumi must find; None: where one is anyway, in the checkout."""


def stack_shell(estate: Estate, stack: str) -> Shell:
    """Return what a shell needs for a stack; the file with the passphrase lies in memory for twelve hours.

    :raises KoggeError: no tenant of that name, its file has an error, it has no key that can be used, or the machine
        has no place in memory.
    """
    cluster, keyring = _cluster(estate, stack), Keyring(estate)
    require_key(estate, keyring, stack)
    return _shell(estate, stack, cluster, shell_passphrase(estate, keyring, stack))


def run_command(estate: Estate, stack: str, command: Sequence[str]) -> int:
    """Run a command with what it needs for a stack, and return its exit code as a shell would; raises as above.

    The file with the passphrase is there as long as the command runs. Signals reach it once: those that a program sends
    to this process are passed on, those of a terminal reach its whole group by themselves.
    """
    cluster, keyring = _cluster(estate, stack), Keyring(estate)
    require_key(estate, keyring, stack)
    with passphrase(estate, keyring, stack) as secret:
        shell = _shell(estate, stack, cluster, secret.file)
        environment = {**without_passphrase(os.environ), **shell.variables}
        program = shutil.which(command[0], path=environment["PATH"])
        if program is None:
            raise KoggeError(f"there is no command {command[0]!r}", hint="make tools prepares pulumi and kubectl")
        os.set_inheritable(secret.lock, True)
        with _blocked(_FORWARDED | {signal.SIGCHLD}) as before:
            return _waited(_started(Path(program).absolute(), command, environment, shell.directory, before))


def _cluster(estate: Estate, stack: str) -> str:
    return min(estate.platform.clusters) if stack == PLATFORM else estate.tenant(stack).placement.cluster


def _shell(estate: Estate, stack: str, cluster: str, file: Path) -> Shell:
    variables = {
        **stack_environment(estate, stack, file),
        "KUBECONFIG": str(kubeconfig_to_hand_over(estate, cluster, applying(stack))),
    }
    directory = project_directory(estate)
    return Shell(variables, None if directory == CHECKOUT else directory)


def _started(
    program: Path,
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: Path | None,
    mask: set[signal.Signals],
) -> int:
    """Start a command in a directory and return its process."""
    with contextlib.chdir(directory) if directory is not None else contextlib.nullcontext():
        try:
            return os.posix_spawn(program, list(command), environment, setsigmask=mask, setsigdef=_RESTORED)
        except OSError as error:
            raise KoggeError(f"{program} cannot be run: {error.strerror}", hint="name a program") from error


def _waited(child: int) -> int:
    while True:
        told = signal.sigwaitinfo(_FORWARDED | {signal.SIGCHLD})
        if told.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else _SIGNALLED - code
        elif told.si_code <= _BY_PROGRAMS:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, told.si_signo)


@contextlib.contextmanager
def _blocked(signals: frozenset[signal.Signals]) -> Iterator[set[signal.Signals]]:
    """Keep signals for :func:`signal.sigwaitinfo`; gives those that were blocked before."""
    before = {signal.Signals(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, signals)}
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
