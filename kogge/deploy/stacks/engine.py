"""Pulumi's Automation API, bent to what a fleet needs and no further.

Each override leaves out a call of the CLI that costs a quarter of a second and answers nothing Kogge asks: selecting
the stack (every command names it), its outputs (there are none) and its history (the events say it).
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pulumi import automation
from pulumi.automation import (
    CommandResult,
    LocalWorkspace,
    OutputMap,
    PulumiCommand,
    Stack,
    UpdateSummary,
)
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from kogge.errors import KoggeError
from kogge.toolpath import without_passphrase

Program = Callable[[], None]


class PulumiMissingError(KoggeError):
    """There is no Pulumi CLI."""


class Cli(PulumiCommand):
    """The Pulumi CLI as found on PATH, run in a process group of its own.

    Holds the running process, so that a run can be interrupted, and the lock's descriptor, which the process inherits.
    """

    def __init__(self, path: str, *, inherit: tuple[int, ...] = ()) -> None:
        command = shutil.which("pulumi", path=path)
        if command is None:
            raise PulumiMissingError("the Pulumi CLI is not on PATH", hint="make tools, then run the command again")
        self.command = command
        # The CLI is pinned to the SDK's version; asking it costs a process per run.
        self.version = VersionInfo.parse(importlib.metadata.version("pulumi"))
        self._inherit = inherit
        self._process: subprocess.Popen[str] | None = None
        self._interrupted = False

    def interrupt(self) -> None:
        """Ask the running Pulumi to finish what is under way and end; asked again, end it at once."""
        process, again = self._process, self._interrupted
        self._interrupted = True
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL if again else signal.SIGINT)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> CommandResult:
        """Run one command to its end; see :meth:`pulumi.automation.PulumiCommand.run`."""
        if self._interrupted:
            raise KeyboardInterrupt
        with subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**without_passphrase(os.environ), **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            pass_fds=self._inherit,
        ) as process:
            self._process = process
            errors: list[str] = []
            reader = threading.Thread(target=_collect, args=(process.stderr, on_error, errors))
            reader.start()
            output: list[str] = []
            _collect(process.stdout, on_output, output)
            reader.join()
            code = process.wait()
            # A Pulumi that was killed leaves its provider behind, and that holds the stack's lock.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        result = CommandResult(stdout="\n".join(output), stderr="\n".join(errors), code=code)
        if code != 0:
            raise create_command_error(result)
        return result


def _collect(stream: object, callback: Callable[[str], object] | None, into: list[str]) -> None:
    for line in stream:  # type: ignore[attr-defined]  # a text stream
        into.append(line.rstrip())
        if callback:
            callback(into[-1])


class _Workspace(LocalWorkspace):
    def select_stack(self, stack_name: str) -> None:
        """Do nothing: every command names its stack."""


class _Stack(Stack):
    def outputs(self) -> OutputMap:
        """Return nothing: no stack of Kogge's has outputs."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        """Return a summary without numbers: they come from the events."""
        del show_secrets
        return UpdateSummary("update", datetime.now(UTC), "", {}, {}, "succeeded")


def open_stack(
    name: str,
    *,
    program: Program | None,
    directory: Path,
    environment: Mapping[str, str],
    cli: Cli,
    new: bool,
) -> automation.Stack:
    """Return the stack, made first if it is ``new``."""
    workspace = _Workspace(work_dir=str(directory), program=program, env_vars=dict(environment), pulumi_command=cli)
    # Stack.create and Stack.select make a plain Stack whatever class they are called on.
    return _Stack(name, workspace, StackInitMode.CREATE if new else StackInitMode.SELECT)
