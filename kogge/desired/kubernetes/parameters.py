"""Per cluster: the values by which admission judges each space, kept where nobody who is judged can write.

One ConfigMap per kind of value, one key per space: a policy reads its ConfigMap through a single binding, and looks up
the namespace of the request. What a policy makes of a value is ``admission``'s to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from kogge.desired.kubernetes.namespace import pod_security
from kogge.desired.kubernetes.platform_object import platform_object
from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.vocabulary import PLATFORM_NAMESPACE
from kogge.desired.objects import Concern, DesiredObject, Order, Removal
from kogge.errors import KoggeError
from kogge.estate.estate import Estate

LARGEST: Final = 1 << 20
"""Bytes that the data of a ConfigMap may have. https://kubernetes.io/docs/concepts/configuration/configmap/"""


class ParametersTooLargeError(KoggeError):
    """More spaces, or longer values, than one ConfigMap holds."""


class Parameter(StrEnum):
    """The kinds of values; each is the name of a ConfigMap."""

    HOSTNAMES = "kogge-hostnames"
    """Joined by commas; empty for a space that no browser reaches."""
    REGISTRIES = "kogge-registries"
    """Joined by commas. Every space has the same, and one that is not declared has none: no image starts there."""
    REPLICAS = "kogge-replicas"
    """``<fewest>-<most>``."""

    @property
    def what(self) -> str:
        """What people call it."""
        return self.removeprefix("kogge-")


def parameters_of(name: str) -> Parameter | None:
    """Return which parameter an object of the platform's namespace holds, by its name."""
    return next((parameter for parameter in Parameter if parameter == name), None)


def hostnames(space: TenantSpace) -> tuple[str, ...]:
    """Return the hostnames that a space answers to: its own, and those of its consumers."""
    names = (space.service.hostname, *(grant.hostname for grant in space.grants))
    return tuple(sorted({name for name in names if name is not None}))


def replica_bounds(space: TenantSpace) -> tuple[int, int]:
    """Return between which numbers an operator may scale; a service that retires has no room."""
    fewest = min(space.replicas, space.application.replicas.minimum)
    return fewest, space.replicas_maximum if not space.retiring else 0


def value(parameter: Parameter, space: TenantSpace) -> str:
    """Return the value of a space as its policy reads it."""
    values: Mapping[Parameter, Callable[[], str]] = {
        Parameter.HOSTNAMES: lambda: ",".join(hostnames(space)),
        Parameter.REGISTRIES: lambda: ",".join(sorted(space.estate.platform.registries)),
        Parameter.REPLICAS: lambda: "{}-{}".format(*replica_bounds(space)),
    }
    return values[parameter]()


def former_value(parameter: Parameter, data: Mapping[str, Any]) -> str:
    """Return the value out of the ``kogge-parameters`` that a space had of its own before."""
    match parameter:
        case Parameter.HOSTNAMES:
            return str(data.get("hostnames", ""))
        case Parameter.REGISTRIES:
            return str(data.get("registries", ""))
        case Parameter.REPLICAS:
            return f"{data.get('replicas.minimum', 0)}-{data.get('replicas.maximum', 0)}"


def parameters(estate: Estate, cluster: str, spaces: Iterable[TenantSpace]) -> Iterable[DesiredObject]:
    """Yield the namespace of the platform, and the values of a cluster's spaces in it.

    :raises ParametersTooLargeError: they do not fit.
    """
    yield platform_object(
        cluster,
        "Namespace",
        PLATFORM_NAMESPACE,
        {},
        Concern.ADMISSION,
        Order.NAMESPACE,
        labels=pod_security(estate.platform.clusters[cluster]),
        removal=Removal.STAGED,
    )
    here = sorted(spaces, key=lambda space: space.name)
    for parameter in Parameter:
        data = {space.name: value(parameter, space) for space in here}
        size = sum(len(key.encode()) + len(text.encode()) for key, text in data.items())
        if size > LARGEST:
            raise ParametersTooLargeError(
                f"cluster {cluster}: the {parameter.what} of {len(data)} spaces take {size} bytes, of {LARGEST}",
                hint="place some of the tenants on another cluster",
            )
        yield platform_object(
            cluster,
            "ConfigMap",
            str(parameter),
            {"data": data},
            Concern.ADMISSION,
            Order.BOUNDARY,
            namespace=PLATFORM_NAMESPACE,
        )


def with_kept(item: DesiredObject, former: Mapping[str, Mapping[str, Any]]) -> DesiredObject:
    """Return a parameter with the values of spaces that exist and that the files do not have.

    ``former`` has each space's own parameters of version 0.1, or nothing. They count only where the object is new:
    later the stack keeps what it last applied (``modules.cluster_policy``).
    """
    parameter = parameters_of(item.ref.name)
    if item.ref.kind != "ConfigMap" or parameter is None:
        return item
    kept = {space: former_value(parameter, data) for space, data in sorted(former.items()) if data}
    return replace(item, manifest={**item.manifest, "data": {**kept, **item.manifest["data"]}})
