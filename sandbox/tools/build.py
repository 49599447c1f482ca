"""Build one program from its module into the cache, so that it is there whole and proved, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from sandbox.fault import SandboxError, fetch_error
from sandbox.tools.golang import Go
from sandbox.tools.pins import GO_DIRECTORY, CopiedFile, Tool

BUILD_SECONDS = 3600
PROOF_SECONDS = 60


def key(tool: Tool, go_version: str) -> str:
    """Return the digest of everything that decides what is built: sources, pins, flags, Go and platform."""
    digest = hashlib.sha256()
    for file in sorted((GO_DIRECTORY / tool.module_dir).glob("*")):
        if file.suffix in {".mod", ".sum", ".go"}:
            digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    digest.update(repr((tool, go_version, platform.system(), platform.machine())).encode())
    return digest.hexdigest()[:16]


def home(cache: Path, tool: Tool, go_version: str) -> Path:
    """Return the directory that holds the finished program; it exists only when the program was proved."""
    return cache / "tools" / f"{tool.program}-{tool.version}-{key(tool, go_version)}"


def command(tool: Tool, go: Go, target: Path) -> list[str]:
    """Return the ``go build`` call that writes the program to ``target``."""
    linker = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in tool.variables)])
    tags = ["-tags", ",".join(tool.tags)] if tool.tags else []
    return [str(go.program), "build", "-trimpath", *tags, "-ldflags", linker, "-o", str(target), tool.package]


def environment() -> dict[str, str]:
    """Return the environment of every Go call: the user's proxies and caches, our flags."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT"}
    }
    # Without a version control stamp the same pins give the same program.
    return {
        **kept,
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOWORK": "off",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
    }


def build(tool: Tool, go: Go, cache: Path) -> Path:
    """Build ``tool`` and return its directory in ``cache``. Call it under the tools lock.

    The program is built and run once under ``building/``, then renamed: a build that is killed
    leaves nothing that is used, and :func:`sweep` removes its rest. Raises :class:`SandboxError`.
    """
    work, log = cache / "building" / f"{tool.program}.{os.getpid()}", cache / "logs" / f"{tool.program}.log"
    source, out = work / "source", work / "out"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(GO_DIRECTORY / tool.module_dir, source, ignore=shutil.ignore_patterns("schema.json"))
    out.mkdir()
    if tool.embedded:
        _copy(tool.embedded, go, source, source, tool.program, log)
    if tool.companion:
        script = _copy(tool.companion, go, source, out, tool.program, log)
        script.chmod(0o755)
    _run(command(tool, go, out / tool.program), source, tool.program, log)
    prove(tool, out / tool.program)
    finished = home(cache, tool, go.version)
    finished.parent.mkdir(parents=True, exist_ok=True)
    out.rename(finished)
    shutil.rmtree(work)
    return finished


def prove(tool: Tool, program: Path) -> None:
    """Run ``program`` once. Raises :class:`SandboxError` unless it starts and says what it should."""
    arguments, expected = tool.proof
    try:
        said = subprocess.run(
            [str(program), *arguments], capture_output=True, text=True, timeout=PROOF_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(
            f"the built {tool.program} does not run: {error}", hint="run 'kogge sandbox tools' again"
        ) from error
    if expected not in said.stdout + said.stderr:
        raise SandboxError(
            f"the built {tool.program} does not say {expected!r}: {(said.stdout + said.stderr)[:200]!r}",
            hint="run 'kogge sandbox tools' again",
        )


def sweep(cache: Path) -> None:
    """Remove what killed builds left. Call it under the tools lock: whatever lies there then is nobody's."""
    shutil.rmtree(cache / "building", ignore_errors=True)
    (cache / "building").mkdir(parents=True, exist_ok=True)


def _copy(file: CopiedFile, go: Go, source: Path, target: Path, program: str, log: Path) -> Path:
    """Copy ``file`` out of its module, at the version that ``source/go.mod`` chose, and return the copy."""
    told = _run([str(go.program), "mod", "download", "-json", file.module], source, program, log)
    copy = target / Path(file.path).name
    shutil.copyfile(Path(json.loads(told)["Dir"]) / file.path, copy)
    return copy


def _run(arguments: list[str], directory: Path, program: str, log: Path) -> str:
    done = subprocess.run(
        arguments, cwd=directory, env=environment(), capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise fetch_error(program, done.stderr + done.stdout, log)
    return done.stdout
