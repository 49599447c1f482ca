"""The prepared programs of one checkout: what is cached is used, what is missing is built, links lead to all of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kogge import toolpath
from sandbox.fault import disk_error
from sandbox.lock import LockHeld, exclusive
from sandbox.progress import note, step
from sandbox.tools import build
from sandbox.tools.golang import Go, go_on_path, installed_go, locked_version
from sandbox.tools.pins import (
    LANGUAGE_HOST,
    PROVIDER,
    PROVIDER_VERSION,
    PULUMI,
    PULUMI_VERSION,
    TOOLS,
    Tool,
)

LAYOUT = 2
"""Goes up when a toolset is laid out in another way, so that existing ones are laid out anew."""
PLUGIN = f"resource-kubernetes-v{PROVIDER_VERSION}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A program that is ready to run."""

    program: str
    version: str
    origin: str
    """``built``, or ``PATH`` for what the machine brought along."""
    path: str


def is_current(checkout: Path) -> bool:
    """Say whether the toolset that ``checkout`` links to was made from its pins and is whole."""
    link = toolpath.toolset(checkout)
    try:
        told = json.loads((link / "toolset.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if (told.get("version"), told.get("pins")) != (LAYOUT, toolpath.pins_digest(checkout)):
        return False
    return all(Path(tool["path"]).exists() for tool in told["tools"])


def prepare(checkout: Path, *, cache: Path | None = None) -> list[Prepared]:
    """Make every program ready and link ``checkout`` to them; return them in the order of the pins.

    Programs are shared by all checkouts of the user; two that build at once do it once. Raises
    :class:`~sandbox.fault.SandboxError` with the next step; what was finished until then stays.
    """
    cache = cache or toolpath.cache_root()
    try:
        for directory in ("logs", "tools", "toolsets"):
            (cache / directory).mkdir(parents=True, exist_ok=True)
        return _prepare_under_lock(checkout, cache)
    except OSError as error:
        raise disk_error(error, cache) from error


def _prepare_under_lock(checkout: Path, cache: Path) -> list[Prepared]:
    lock = cache / "tools.lock"
    try:
        with exclusive(lock, "kogge sandbox tools"):
            return _prepare(checkout, cache)
    except LockHeld as held:
        note(f"waiting: {held.message}")
    with exclusive(lock, "kogge sandbox tools", wait_seconds=-1):
        return _prepare(checkout, cache)


def _prepare(checkout: Path, cache: Path) -> list[Prepared]:
    build.sweep(cache)
    brought = official_pulumi(os.environ, cache)
    go = go_on_path()
    version = go.version if go else locked_version()
    prepared: list[Prepared] = []
    for tool in TOOLS:
        ready = brought.get(tool.program) or cached(tool, version, cache)
        if ready is None:
            go = go or installed_go(cache)
            ready = _built(tool, go, cache)
        prepared.append(ready)
    _link(checkout, _assembled(prepared, toolpath.pins_digest(checkout), cache))
    return prepared


def cached(tool: Tool, go_version: str, cache: Path) -> Prepared | None:
    """Return ``tool`` out of the cache, or ``None`` when it has to be built."""
    program = build.home(cache, tool, go_version) / tool.program
    return Prepared(tool.program, tool.version, "built", str(program)) if program.exists() else None


def _built(tool: Tool, go: Go, cache: Path) -> Prepared:
    with step(f"{tool.program} {tool.version}", f"building with Go {go.version}") as shown:
        program = build.build(tool, go, cache) / tool.program
        shown.outcome = "built in {seconds}"
    return Prepared(tool.program, tool.version, "built", str(program))


def official_pulumi(environ: Mapping[str, str], cache: Path) -> dict[str, Prepared]:
    """Return what a fitting Pulumi distribution on PATH spares us to build, by program; empty when none fits.

    It fits when its version is the pinned minor and the Python language host lies beside it. Its
    provider plugin is used when it is the pinned version.
    """
    entries = [
        entry for entry in environ.get("PATH", "").split(os.pathsep) if entry and not _is_ours(Path(entry), cache)
    ]
    found = shutil.which(PULUMI.program, path=os.pathsep.join(entries))
    if found is None or _is_ours(Path(found), cache):
        return {}
    host = Path(found).resolve().parent / LANGUAGE_HOST.program
    told = subprocess.run([found, "version"], capture_output=True, text=True, timeout=30, check=False).stdout.strip()
    minor = PULUMI_VERSION.rpartition(".")[0]
    if not told.removeprefix("v").startswith(f"{minor}.") or not host.exists():
        return {}
    brought = {
        PULUMI.program: Prepared(PULUMI.program, told, "PATH", found),
        LANGUAGE_HOST.program: Prepared(LANGUAGE_HOST.program, told, "PATH", str(host)),
    }
    plugin = Path(environ.get("HOME", "/")) / ".pulumi" / "plugins" / PLUGIN / PROVIDER.program
    if plugin.exists():
        brought[PROVIDER.program] = Prepared(PROVIDER.program, PROVIDER.version, "PATH", str(plugin))
    return brought


def _is_ours(path: Path, cache: Path) -> bool:
    return path.resolve().is_relative_to(cache.resolve())


def _assembled(prepared: list[Prepared], pins: str, cache: Path) -> Path:
    """Return a directory of links to ``prepared``: ``bin/`` for PATH, ``plugins/`` for Pulumi; once per content."""
    content = {"version": LAYOUT, "pins": pins, "tools": [asdict(tool) for tool in prepared]}
    text = json.dumps(content, indent=2) + "\n"
    finished = cache / "toolsets" / hashlib.sha256(text.encode()).hexdigest()[:16]
    if finished.exists():
        return finished
    work = cache / "building" / f"toolset.{os.getpid()}"
    (work / "bin").mkdir(parents=True)
    # Pulumi lists the plugin directories and passes over links, so this one is a real directory.
    (work / "plugins" / PLUGIN).mkdir(parents=True)
    for tool in prepared:
        target = Path(tool.path)
        directory = work / "plugins" / PLUGIN if tool.program == PROVIDER.program else work / "bin"
        _place(target, directory / tool.program, tool.origin)
        script = target.parent / "pulumi-language-python-exec"
        if tool.program == PULUMI.program and script.exists():
            _place(script, directory / script.name, tool.origin)
    (work / "toolset.json").write_text(text, encoding="utf-8")
    work.rename(finished)
    return finished


def _place(target: Path, link: Path, origin: str) -> None:
    """Link a program that was built hard, one that the machine brought along softly.

    Pulumi looks for its language host, and that for its executor, beside the file it was started from; behind a soft
    link that would be another directory of the cache.
    """
    if origin == "built":
        link.hardlink_to(target)
    else:
        link.symlink_to(target)


def _link(checkout: Path, toolset: Path) -> None:
    """Point the checkout's links to ``toolset``; each is replaced in one step."""
    home = toolpath.pulumi_home(checkout)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    for link, target in ((toolpath.toolset(checkout), toolset), (home / "plugins", toolset / "plugins")):
        if link.is_symlink() and link.readlink() == target:
            continue
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(link)
