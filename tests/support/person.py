"""Somebody who asks the apiserver, impersonated by the administrator: what is allowed, and what is refused and why."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """A user with groups; ``user`` empty: the kubeconfig's own identity."""

    kubeconfig: Path
    user: str = ""
    groups: tuple[str, ...] = ()

    def kubectl(self, *arguments: str, body: Manifest | None = None) -> subprocess.CompletedProcess[str]:
        """Run one kubectl command; ``body`` is what ``-f -`` reads."""
        identity = ["--as", self.user] if self.user else []
        identity += [part for group in self.groups for part in ("--as-group", group)]
        return subprocess.run(
            ["kubectl", "--kubeconfig", str(self.kubeconfig), *identity, *arguments],
            input=json.dumps(body) if body is not None else None,
            stdin=subprocess.DEVNULL if body is None else None,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def is_let(self, *arguments: str, body: Manifest | None = None) -> None:
        """Assert that the apiserver would do it; nothing is changed."""
        done = self.kubectl(*_dry(arguments), body=body)
        assert done.returncode == 0, done.stderr

    def is_refused(self, *arguments: str, body: Manifest | None = None) -> str:
        """Assert that RBAC or an admission policy refuses it, and return the words; nothing is changed."""
        done = self.kubectl(*_dry(arguments), body=body)
        assert done.returncode != 0, f"not refused: {' '.join(arguments)}\n{done.stdout}"
        assert "forbidden" in done.stderr.lower() or "denied request" in done.stderr, done.stderr
        return done.stderr

    def rules(self, namespace: str) -> dict[str, set[str]]:
        """Return everything this person may do in a namespace: ``group/resource`` -> verbs, as the apiserver says."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        }
        done = self.kubectl("create", "--validate=false", "-o", "json", "-f", "-", body=review)
        assert done.returncode == 0, done.stderr
        status = json.loads(done.stdout)["status"]
        assert not status["incomplete"]
        found: dict[str, set[str]] = {}
        for rule in status["resourceRules"]:
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    found.setdefault(f"{group}/{resource}", set()).update(rule["verbs"])
        return found


def _dry(arguments: tuple[str, ...]) -> list[str]:
    reading = arguments[0] in {"get", "auth", "logs"} or "--raw" in arguments
    return [*arguments] if reading else [*arguments, "--dry-run=server"]
