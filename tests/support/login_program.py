"""A login program of a test's own: a shell script that says what it was told, and answers what the test wants."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = "client.authentication.k8s.io/v1"


@dataclass(frozen=True)
class LoginScript:
    """The script, and what it leaves each time it runs."""

    program: Path
    told: Path

    def runs(self) -> list[dict[str, Any]]:
        """Return what the program was told each time it ran."""
        lines = self.told.read_text(encoding="utf-8").splitlines() if self.told.exists() else []
        return [json.loads(line) for line in lines if line]

    def entry(self, **more: Any) -> dict[str, Any]:
        """Return ``user.exec`` of a kubeconfig that names the program."""
        return {"apiVersion": VERSION, "command": str(self.program), "interactiveMode": "Never", **more}


def make(directory: Path, answer: str, *, before: str = "") -> LoginScript:
    """Write a program that runs the shell lines ``before`` and then prints ``answer``."""
    made = LoginScript(directory / "kogge-login", directory / "told")
    (directory / "answer").write_text(answer, encoding="utf-8")
    told, given = shlex.quote(str(made.told)), shlex.quote(str(directory / "answer"))
    lines = ["#!/bin/sh", f'echo "$KUBERNETES_EXEC_INFO" >> {told}', before, f"cat {given}"]
    made.program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    made.program.chmod(0o755)
    return made


def credential(version: str = VERSION, **status: str) -> str:
    """Return an ``ExecCredential`` as JSON."""
    return json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
