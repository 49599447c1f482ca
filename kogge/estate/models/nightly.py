"""The model of ``nightly`` in ``platform.yaml``: what the nightly check may read, and whom it tells."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from kogge.estate.models.values import Model

_Path = Annotated[str, StringConstraints(min_length=1)]


class NotifyOn(StrEnum):
    """When a notification is sent."""

    ALWAYS = "always"
    """After every check: silence means that none ran."""
    FINDINGS = "findings"
    """When something differs or could not be read."""


class Webhook(Model):
    """A web address that takes ``{"text": …}`` as JSON, as chat servers do."""

    url_file: _Path
    """A file that holds the address: it is a secret. ``https://``, or ``http://`` to this machine."""
    ca_file: _Path | None = None
    """Certificates to trust there; none: those of the system."""
    when: NotifyOn = NotifyOn.FINDINGS
    """When it is told."""


class Nightly(Model):
    """How the nightly check runs."""

    read_secrets: bool = True
    """Whether it lists Secrets to compare them with digests; without it they are unknown."""
    textfile: _Path | None = None
    """Where the metrics are written besides the report: a ``.prom`` file in the node exporter's directory."""
    webhook: Webhook | None = None
    """Whom it tells."""
