"""Make the Python environment of a checkout, from its hash-locked dependencies.

Runs with a bare Python before anything is installed, so it imports the standard library and what
imports nothing else. One environment per lock file and Python version, shared by all checkouts of
the user. Environments cannot be moved, so it is built where it will stay; the copy of the lock that
is written last says that it is complete.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kogge import toolpath
from kogge.errors import ExitCode
from sandbox.fault import SandboxError, disk_error, fetch_error

INSTALL_SECONDS = 1800
LOCK_FILE = "requirements.lock"


def location(checkout: Path, cache: Path) -> Path:
    """Return the directory of the environment for the lock of ``checkout`` and the running Python."""
    digest = hashlib.sha256((checkout / LOCK_FILE).read_bytes()).hexdigest()[:16]
    return cache / f"python-{platform.python_version()}-{digest}"


def is_complete(environment: Path, checkout: Path) -> bool:
    """Say whether ``environment`` was finished from the lock of ``checkout`` and its Python still runs."""
    marker = environment / LOCK_FILE
    return (
        marker.exists()
        and marker.read_bytes() == (checkout / LOCK_FILE).read_bytes()
        and (environment / "bin" / "python").exists()
    )


def ensure(checkout: Path, cache: Path) -> Path:
    """Return the environment of ``checkout``, making it first when it is missing or unfinished, and link it.

    Raises :class:`~sandbox.fault.SandboxError` with the next step.
    """
    try:
        environment = location(checkout, cache)
        (cache / "logs").mkdir(parents=True, exist_ok=True)
        with _exclusive(cache / "python.lock"):
            if not is_complete(environment, checkout):
                _build(environment, checkout, cache / "logs" / "python.log")
        _link(checkout, environment)
    except OSError as error:
        raise disk_error(error, cache) from error
    return environment


def _build(environment: Path, checkout: Path, log: Path) -> None:
    began = time.monotonic()
    print(f"preparing Python {platform.python_version()} in {environment}", file=sys.stderr)  # noqa: T201
    shutil.rmtree(environment, ignore_errors=True)
    _make_venv(environment, log)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    _run([*pip, "-r", str(checkout / LOCK_FILE)], "the Python environment", log)
    shutil.copyfile(checkout / LOCK_FILE, environment / LOCK_FILE)
    print(f"  python {platform.python_version()}  installed in {time.monotonic() - began:.0f} s", file=sys.stderr)  # noqa: T201


def _make_venv(environment: Path, log: Path) -> None:
    """Make an empty virtual environment; on Debian as root, install what its Python lacks for that."""
    make = [sys.executable, "-m", "venv", str(environment)]
    try:
        _run(make, "the Python environment", log)
    except SandboxError as error:
        if "ensurepip" not in log.read_text(encoding="utf-8"):
            raise
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise SandboxError(
                "this Python cannot make environments: its package python3-venv is missing",
                hint="ask an administrator for 'apt-get install -y python3-venv', then run the same command again",
            ) from error
        print("  python3-venv is missing: installing it with apt-get", file=sys.stderr)  # noqa: T201
        shutil.rmtree(environment, ignore_errors=True)
        _run(["apt-get", "update", "-q"], "the package lists", log)
        _run(["apt-get", "install", "-y", "-q", "python3-venv"], "python3-venv", log)
        _run(make, "the Python environment", log)


def _run(command: list[str], what: str, log: Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise fetch_error(what, done.stderr + done.stdout, log)


def _link(checkout: Path, environment: Path) -> None:
    link = checkout / ".kogge" / "python"
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".python.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(environment)
    fresh.replace(link)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold the lock at ``path``, waiting for another checkout that prepares the same; the kernel frees it."""
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  waiting: another checkout prepares Python", file=sys.stderr)  # noqa: T201
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Prepare the environment of the checkout named on the command line; errors go to stderr in two lines."""
    try:
        ensure(Path(sys.argv[1]), toolpath.cache_root())
    except SandboxError as error:
        print(f"kogge: {error.message}", file=sys.stderr)  # noqa: T201
        print(f"  next: {error.hint}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("kogge: interrupted; run the same command again to continue", file=sys.stderr)  # noqa: T201
        sys.exit(ExitCode.FAILED)


if __name__ == "__main__":
    main()
