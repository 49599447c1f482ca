"""A data root of the tests' own on the tests' own control plane, and the commands one runs on it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.checkout import CHECKOUT
from tests.support.estate_files import replace_in


@dataclass(frozen=True)
class EstateRoot:
    """A directory with ``tenants/``, ``catalogue/`` and ``platform.yaml``."""

    path: Path

    @classmethod
    def seed(cls, path: Path, sandbox: Path) -> EstateRoot:
        """Copy the seed estate; its state and keys are the root's own."""
        path.mkdir()
        for name in ("tenants", "catalogue"):
            shutil.copytree(CHECKOUT / name, path / name)
        platform = (CHECKOUT / "platform.yaml").read_text(encoding="utf-8")
        platform = platform.replace(".kogge/sandbox/state", ".kogge/state").replace(
            ".kogge/sandbox/keys", ".kogge/keys"
        )
        platform = re.sub(r"connections: 100, storage: \w+", "connections: 900, storage: 2Ti", platform)
        platform = platform.replace('cpu: "48"', 'cpu: "480"').replace("memory: 192Gi", "memory: 1920Gi")
        # Roots share the sandbox's identities, and each has a platform key of its own.
        platform = platform.replace("keys:\n", f"keys:\n  pin: {path.resolve()}.pin\n", 1)
        (path / "platform.yaml").write_text(platform, encoding="utf-8")
        (path / ".kogge").mkdir()
        (path / ".kogge" / "sandbox").symlink_to(sandbox)
        return cls(path)

    @classmethod
    def applied(cls, path: Path, sandbox: Path) -> EstateRoot:
        """Copy the seed estate and apply all of it by the real engine and provider."""
        root = cls.seed(path, sandbox)
        done = root.kogge("up", "--all")
        assert done.returncode == 0, done.stdout + done.stderr
        return root

    @contextmanager
    def put_back(self, file: str) -> Iterator[Path]:
        """Let the block write a file of the root; afterwards it is what it was."""
        path = self.path / file
        before = path.read_text(encoding="utf-8")
        try:
            yield path
        finally:
            path.write_text(before, encoding="utf-8")

    @contextmanager
    def changed(self, file: str, old: str, new: str) -> Iterator[None]:
        """Replace text in a file of the root while the block runs."""
        with self.put_back(file) as path:
            replace_in(path, old, new)
            yield

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of one Kogge command on this root, which has no hosts that run."""
        more = ["--no-hosts"] if arguments[:1] in {("up",), ("plan",), ("drift",), ("nightly",)} else []
        return [sys.executable, "-m", "kogge", "--root", str(self.path), *arguments, *more]

    def environment(self) -> dict[str, str]:
        """Return the environment of such a command."""
        return {**os.environ, "PYTHONPATH": str(CHECKOUT), "KOGGE_SANDBOX": str(self.path / ".kogge" / "sandbox")}

    def kogge(self, *arguments: str, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one Kogge command to its end, with more in its environment."""
        return subprocess.run(
            self.command(*arguments),
            env={**self.environment(), **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a Kogge command in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def results(self, *arguments: str) -> dict[str, str]:
        """Run ``up`` or ``plan`` and return what became of each stack."""
        done = self.kogge(*arguments, "--json")
        return {stack["stack"]: stack["result"] for stack in json.loads(done.stdout)["stacks"]}

    def pulumi(self, stack: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the bare Pulumi CLI with what ``kogge env`` gives it."""
        return subprocess.run(
            self.command("env", stack, "--", "pulumi", "--non-interactive", *arguments),
            env=self.environment(),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def export(self, stack: str) -> list[dict[str, Any]]:
        """Return the resources of a stack's exported state, secrets in plain text."""
        done = self.pulumi(stack, "stack", "export", "--show-secrets")
        resources: list[dict[str, Any]] = json.loads(done.stdout)["deployment"]["resources"]
        return resources

    def add_tenant(self, name: str, *, like: str = "moelln", number: int = 100) -> Path:
        """Write a tenant file like another one, under a name, a key and addresses of its own."""
        text = (self.path / "tenants" / f"{like}.yaml").read_text(encoding="utf-8")
        text = text.replace(like, name).replace("Mölln, Stadt", f"Gemeinde {number}")
        text = text.replace("01053090", f"01053{number:03d}").replace("10.200.0.12", f"10.200.1.{number}")
        text = text.replace("10.53.90.0/24", f"10.99.{number}.0/24").replace("203.0.113.17", f"203.0.113.{number}")
        text = text.replace("198.51.100.40", f"198.51.100.{number}")
        text = _with_key(text, number)
        path = self.path / "tenants" / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path


def _with_key(text: str, number: int) -> str:
    """Return the file with a WireGuard key of its own, so that no two tenants share one."""
    key = base64.b64encode(bytes([number]) * 32).decode()
    return re.sub(r'public_key: "[^"]+"', f'public_key: "{key}"', text)
