"""The programs that Kogge runs: is each there, in the version that was tested, and where does it come from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from kogge import toolpath
from kogge.doctor.check import Check, Section
from kogge.json_value import Json, items_at, text_at

PREPARE = "kogge sandbox tools"
SANDBOX_PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


@dataclass(frozen=True, slots=True)
class Toolset:
    """What ``kogge sandbox tools`` prepared for a checkout; empty when it never ran."""

    pins: str
    versions: dict[str, str]
    origins: dict[str, str]


def read_toolset(checkout: Path) -> Toolset:
    """Return the prepared toolset of ``checkout``."""
    try:
        told: Json = json.loads((toolpath.toolset(checkout) / "toolset.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Toolset("", {}, {})
    tools = [tool for tool in items_at(told, "tools") if Path(text_at(tool, "path")).exists()]
    return Toolset(
        text_at(told, "pins"),
        {text_at(tool, "program"): text_at(tool, "version") for tool in tools},
        {text_at(tool, "program"): text_at(tool, "origin") for tool in tools},
    )


def pins(toolset: Toolset, checkout: Path) -> Check:
    """Check that the prepared programs were made from this checkout's pins."""
    ok = toolset.pins == toolpath.pins_digest(checkout)
    found = "current" if ok else "made for other pins" if toolset.pins else "never prepared"
    return Check(Section.PROGRAMS, "pins", ok, found, "made from sandbox/tools", "" if ok else PREPARE, optional=True)


def pulumi(toolset: Toolset, environ: dict[str, str]) -> Check:
    """Check the Pulumi CLI on PATH: the minor version has to be that of the Python SDK."""
    wanted = metadata.version("pulumi").rpartition(".")[0]
    found = shutil.which("pulumi", path=environ["PATH"])
    if found is None:
        return _missing("pulumi", f"v{wanted}.x")
    told = subprocess.run([found, "version"], capture_output=True, text=True, timeout=60, check=False, env=environ)
    version = told.stdout.strip()
    ok = version.removeprefix("v").startswith(f"{wanted}.")
    step = "" if ok else f"{PREPARE}, or install Pulumi {wanted}.x"
    return Check(
        Section.PROGRAMS, "pulumi", ok, f"{version} ({_origin(toolset, 'pulumi', found)})", f"v{wanted}.x", step
    )


def language_host(toolset: Toolset, environ: dict[str, str]) -> Check:
    """Check Pulumi's Python language host and its script: the bare ``pulumi up`` needs both."""
    name = "pulumi-language-python"
    programs = [shutil.which(program, path=environ["PATH"]) for program in (name, f"{name}-exec")]
    if None in programs:
        return _missing(name, "on PATH, with its -exec script")
    origin = _origin(toolset, name, str(programs[0]))
    version = toolset.versions.get(name, "found")
    return Check(Section.PROGRAMS, name, True, f"{version} ({origin})", "on PATH, with its -exec script", "")


def provider(toolset: Toolset, environ: dict[str, str]) -> Check:
    """Check the Kubernetes provider plugin: exactly the version of its Python SDK."""
    wanted = metadata.version("pulumi-kubernetes")
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    program = "pulumi-resource-kubernetes"
    plugin = home / "plugins" / f"resource-kubernetes-v{wanted}" / program
    if not plugin.exists():
        return _missing(program, f"v{wanted}")
    origin = toolset.origins.get(program, "PULUMI_HOME")
    return Check(Section.PROGRAMS, program, True, f"v{wanted} ({origin})", f"v{wanted}", "")


def ansible(environ: dict[str, str]) -> Check:
    """Check that ``ansible-playbook`` on PATH is the environment's own."""
    found = shutil.which("ansible-playbook", path=environ["PATH"])
    if found is None:
        return Check(
            Section.PROGRAMS, "ansible-playbook", False, "missing", "on PATH", "run Kogge as bin/kogge: it sets PATH"
        )
    version = metadata.version("ansible-core")
    return Check(Section.PROGRAMS, "ansible-playbook", True, f"{version} ({Path(found).parent})", "on PATH", "")


def ssh(environ: dict[str, str]) -> Check:
    """Check that there is an OpenSSH client: hosts are reached with it."""
    found = shutil.which("ssh", path=environ["PATH"])
    step = "" if found else "install OpenSSH's client (Debian: apt-get install openssh-client)"
    return Check(Section.PROGRAMS, "ssh", found is not None, found or "missing", "on PATH", step)


def sandbox_program(toolset: Toolset, program: str) -> Check:
    """Check one of the programs that only the sandbox runs."""
    version = toolset.versions.get(program)
    found = f"{version} ({toolset.origins[program]})" if version else "missing"
    step = "" if version else PREPARE
    return Check(Section.PROGRAMS, program, version is not None, found, "prepared", step, optional=True)


def checks(checkout: Path) -> list[Check]:
    """Return every check of the programs."""
    environ = dict(os.environ)
    toolset = read_toolset(checkout)
    return [
        pulumi(toolset, environ),
        language_host(toolset, environ),
        provider(toolset, environ),
        ansible(environ),
        ssh(environ),
        *(sandbox_program(toolset, program) for program in SANDBOX_PROGRAMS),
        pins(toolset, checkout),
    ]


def _origin(toolset: Toolset, program: str, path: str) -> str:
    """Return ``built`` for what was prepared, ``PATH`` for what the machine brought along."""
    ours = Path(path).resolve().is_relative_to(toolpath.cache_root().resolve())
    return toolset.origins.get(program, "built") if ours else "PATH"


def _missing(program: str, expected: str) -> Check:
    return Check(Section.PROGRAMS, program, False, "missing", expected, PREPARE)
