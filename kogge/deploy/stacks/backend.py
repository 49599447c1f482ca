"""What the state backend holds of a stack, without running a program.

A ``file://`` backend is read where it lies; every other one is asked through the CLI.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kogge.deploy.stacks.environment import PROJECT, backend_url, project_directory, stack_environment
from kogge.errors import KoggeError
from kogge.estate.estate import Estate


class StateDamagedError(KoggeError):
    """The state of a stack cannot be read."""


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack as the backend has it."""

    digest: str
    """SHA-256 of the whole."""
    resources: tuple[str, ...]
    """URNs."""
    pending_creates: tuple[str, ...]
    """URNs that a run which was killed was just making."""
    config_maps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name of a resource -> the data that were applied."""
    protected: tuple[str, ...] = ()
    """URNs of what only a staged removal takes away."""

    def of_type(self, token: str) -> tuple[str, ...]:
        """Return the names of the resources of one type, for instance ``kogge:index:Space``."""
        found = (urn.split("::") for urn in self.resources)
        return tuple(name for *_, types, name in found if types.rsplit("$", 1)[-1] == token)


class Backend:
    """The state of every stack of one data root; a class for the two ways to read it."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        url = backend_url(estate)
        self._directory = Path(url.removeprefix("file://")) if url.startswith("file://") else None

    def read(self, stack: str) -> StackState | None:
        """Return the state of a stack, or None where there is none.

        :raises StateDamagedError: there is one, and it cannot be read.
        """
        if self._directory is None:
            document = self._exported(stack)
            return None if document is None else _view(json.dumps(document, sort_keys=True).encode(), document)
        base = self._directory / ".pulumi" / "stacks" / PROJECT
        for path in (base / f"{stack}.json", base / f"{stack}.json.gz"):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StateDamagedError(
                    f"the state of {stack} cannot be read: {path}: {error.strerror}", hint="correct its permissions"
                ) from error
            try:
                document = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
                return _view(data, {"deployment": document["checkpoint"].get("latest") or {}})
            except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as error:
                raise StateDamagedError(
                    f"the state of {stack} is damaged: {path}",
                    hint=f"restore the newest file of {self._directory / '.pulumi' / 'backups' / PROJECT / stack}, "
                    f"or remove it and run `kogge up {stack} --adopt`",
                ) from error
        return None

    def _exported(self, stack: str) -> Mapping[str, Any] | None:
        from pulumi.automation.errors import StackNotFoundError

        from kogge.deploy.stacks.engine import Cli, open_stack

        environment = stack_environment(self._estate, stack, None)
        opened = open_stack(
            stack,
            program=None,
            directory=project_directory(self._estate),
            environment=environment,
            cli=Cli(environment["PATH"]),
            new=False,
        )
        try:
            return {"deployment": opened.export_stack().deployment}
        except StackNotFoundError:
            return None


def _view(data: bytes, document: Mapping[str, Any]) -> StackState:
    deployment = document["deployment"]
    resources = deployment.get("resources") or ()
    return StackState(
        digest=hashlib.sha256(data).hexdigest(),
        resources=tuple(resource["urn"] for resource in resources),
        config_maps={
            resource["urn"].rsplit("::", 1)[-1]: (resource.get("inputs") or {}).get("data") or {}
            for resource in resources
            if resource.get("type") == "kubernetes:core/v1:ConfigMap"
        },
        protected=tuple(resource["urn"] for resource in resources if resource.get("protect")),
        pending_creates=tuple(
            operation["resource"]["urn"]
            for operation in deployment.get("pending_operations") or ()
            if operation["type"] == "creating"
        ),
    )
