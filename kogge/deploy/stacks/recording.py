"""Keeps what the nightly check and the next run need to know of an apply.

What cannot be learned now is not clean to the nightly check: it says ``unknown``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kogge import places
from kogge.defaults.learning import Probes, learn
from kogge.deploy.applied import stack_record, write_record
from kogge.deploy.plan import DesiredStack
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import Backend
from kogge.deploy.stacks.desired_stack import desired_stack
from kogge.derived import Verifier, secrets_in, verifier_of
from kogge.desired import spaces
from kogge.desired.kubernetes.vocabulary import PROBE_NAMESPACE, SERVICE_LABEL, TENANT_LABEL
from kogge.estate.estate import PLATFORM

TENANT_PROBES: Final = Probes(PROBE_NAMESPACE, (TENANT_LABEL, SERVICE_LABEL))
PLATFORM_PROBES: Final = Probes("default", (TENANT_LABEL, SERVICE_LABEL))
"""Where the namespaces of the platform do not exist before its first apply."""


def record_apply(session: Session, desired: DesiredStack) -> None:
    """Record an apply that succeeded: digests of secrets, defaults of the server, what it was made from."""
    secrets = secrets_in([item.manifest for item in desired.items])
    session.keyring.record(desired.stack, [*secrets, *_verifiers(session, desired.stack)])
    learn_defaults(session, desired, applied=True)
    state = Backend(session.estate).read(desired.stack)
    if state is not None:
        # Made anew: a first apply made the key whose fingerprint is part of it.
        inputs = desired_stack(
            session.estate, desired.stack, lambda name: session.clusters.version(name, desired.stack)
        ).inputs
        path = stack_record(session.estate.root, desired.stack)
        write_record(path, {desired.stack: replace(inputs, state=state.digest)})


def learn_defaults(session: Session, desired: DesiredStack, *, applied: bool) -> None:
    """Learn the servers' defaults; with ``applied=False``, before an apply, the pod templates alone."""
    directory = places.learned(session.estate.root)
    for cluster in desired.clusters:
        manifests = [item.manifest for item in desired.items if item.cluster == cluster]
        api = session.clusters.for_applying(cluster, desired.stack)
        learn(
            api,
            manifests,
            directory=directory,
            probes=PLATFORM_PROBES if desired.stack == PLATFORM else TENANT_PROBES,
            cluster=cluster,
            stack=desired.stack,
            applied=applied,
        )


def _verifiers(session: Session, stack: str) -> list[Verifier]:
    """Return the verifiers of the tenant's database roles: they are in no object of a cluster."""
    tenant = session.estate.tenants.get(stack)
    return [
        verifier_of(stack, space.service.use)
        for space in (spaces(session.estate, tenant) if tenant is not None else ())
        if space.application.database
    ]
