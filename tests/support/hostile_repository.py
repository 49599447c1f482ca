"""A data repository that tries to get its own code run: files named like programs and modules, and a git naming some.

Whatever of it runs leaves a file in ``marks``.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.checkout import CHECKOUT

MODULES = ("kogge", "yaml", "typer", "pydantic", "sitecustomize", "usercustomize", "json", "subprocess", "venv", "pip")
"""Python would import these from the working directory."""
PROGRAMS = ("git", "python3", "pulumi", "ssh", *(f"bin/{name}" for name in ("kogge", "python3", "git")))
ATTRIBUTES = "* filter=evil diff=evil merge=evil text=auto ident export-subst\ntenants/** export-ignore\n"


@dataclass(frozen=True)
class HostileRepository:
    """A git checkout of the seed estate with one commit on ``main`` and one more on top of it."""

    root: Path
    marks: Path

    def git(self, *words: str) -> str:
        """Run git without what the repository names, so that setting up leaves no mark."""
        calm = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.attributesFile=/dev/null"]
        identity = ["-c", "user.name=Test", "-c", "user.email=test@kommune.example", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", "-C", str(self.root), *calm, *identity, *words], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def ran(self) -> list[str]:
        """Return the names of what ran."""
        return sorted(entry.name for entry in self.marks.iterdir())


def make(directory: Path) -> HostileRepository:
    """Lay the repository, its files committed, with the settings that name programs in place."""
    made = HostileRepository(directory / "data", directory / "marks")
    made.marks.mkdir(parents=True)
    made.root.mkdir()
    for name in ("tenants", "catalogue"):
        shutil.copytree(CHECKOUT / name, made.root / name)
    shutil.copy(CHECKOUT / "platform.yaml", made.root / "platform.yaml")
    made.git("init", "-q", "-b", "main")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "Start")
    _write_programs(made)
    (made.root / ".gitattributes").write_text(ATTRIBUTES, encoding="utf-8")
    tenant = made.root / "tenants" / "moelln.yaml"
    tenant.write_text(tenant.read_text(encoding="utf-8").replace("size: s", "size: m"), encoding="utf-8")
    made.git("add", "-A", "-f")
    made.git("commit", "-q", "-m", "Change a size, and bring programs")
    _name_programs(made)
    # The index no longer knows the files' times: whoever asks it compares contents, through the filters.
    for path in (made.root / "tenants").iterdir():
        os.utime(path, (1, 1))
    return made


def _program(made: HostileRepository, name: str) -> str:
    return f"#!/bin/sh\ntouch {shlex.quote(str(made.marks / name.replace('/', '_')))}\ncat\n"


def _write_programs(made: HostileRepository) -> None:
    for name in MODULES:
        text = f"open({str(made.marks / f'module-{name}')!r}, 'w').close()\n"
        (made.root / f"{name}.py").write_text(text, encoding="utf-8")
    for name in PROGRAMS:
        _executable(made.root / name, _program(made, f"program-{name}"))
    (made.root / ".envrc").write_text(f"touch {made.marks}/envrc\n", encoding="utf-8")
    (made.root / "Pulumi.yaml").write_text("name: kogge\nruntime: evil\nmain: .\n", encoding="utf-8")
    plugins = made.root / "plugins"
    plugins.mkdir()
    (plugins / "evil.py").write_text(f"open({str(made.marks / 'ansible')!r}, 'w').close()\n", encoding="utf-8")
    (made.root / "ansible.cfg").write_text("[defaults]\ncallback_plugins = plugins\n", encoding="utf-8")


def _name_programs(made: HostileRepository) -> None:
    """Let the repository's own settings name programs wherever git takes one."""
    hooks = made.root / ".git" / "hooks"
    for name in ("post-checkout", "post-index-change", "pre-commit", "reference-transaction", "post-rewrite"):
        _executable(hooks / name, _program(made, f"hook-{name}"))
    evil = made.root / ".git" / "evil"
    settings = {
        "core.fsmonitor": "fsmonitor",
        "core.pager": "pager",
        "core.editor": "editor",
        "core.sshCommand": "ssh-command",
        "core.askPass": "ask-pass",
        "core.alternateRefsCommand": "alternate-refs",
        "diff.external": "external-diff",
        "diff.evil.command": "diff-command",
        "diff.evil.textconv": "textconv",
        "filter.evil.clean": "filter-clean",
        "filter.evil.smudge": "filter-smudge",
        "filter.evil.process": "filter-process",
        "merge.evil.driver": "merge-driver",
        "credential.helper": "credential-helper",
        "gpg.program": "gpg",
        "uploadpack.packObjectsHook": "pack-objects",
        "tar.tar.command": "tar",
        "remote.origin.uploadpack": "upload-pack",
        "pager.archive": "pager-archive",
    }
    evil.mkdir()
    for key, name in settings.items():
        _executable(evil / name, _program(made, f"git-{name}"))
        made.git("config", key, str(evil / name))
    made.git("config", "core.untrackedCache", "true")
    made.git("config", "remote.origin.url", str(made.root / "nowhere"))
    made.git("config", "remote.origin.promisor", "true")
    made.git("config", "protocol.allow", "always")
    made.git("config", "protocol.file.allow", "always")
    (made.root / ".git" / "info").mkdir(exist_ok=True)
    (made.root / ".git" / "info" / "attributes").write_text(ATTRIBUTES, encoding="utf-8")


def _executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
