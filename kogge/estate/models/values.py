"""Types that several estate models share: names, quantities, networks, the strict base model.

No model of a file lives here.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from kogge.quantity import LARGEST, LONGEST, PATTERN, parse_quantity

RESERVED_NAMES: Final = frozenset({"kube", "default", "platform"})
"""Names that no tenant and no service may bear: Kubernetes or Kogge itself uses them."""

_NAME = r"^[a-z](?:-?[a-z0-9])*$"


EXPECTED: Final[dict[str, str]] = {}
"""Pattern -> what a text that does not match it should have been, in a person's words."""


def written(
    pattern: str, expected: str, *, longest: int | None = None, shortest: int | None = None
) -> StringConstraints:
    """Return the constraint that a text matches a pattern, and remember how to say it."""
    EXPECTED[pattern] = expected
    return StringConstraints(pattern=pattern, max_length=longest, min_length=shortest)


class Model(BaseModel):
    """Base of every estate model: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _not_reserved(name: str) -> str:
    if name in RESERVED_NAMES or name.startswith("kube-"):
        raise ValueError(f"{name!r} is reserved")
    return name


Name = Annotated[
    str,
    written(_NAME, "lower-case letters, digits and single hyphens, starting with a letter", shortest=2, longest=30),
    AfterValidator(_not_reserved),
]
"""A tenant or service name: a DNS label (RFC 1123) of 2 to 30 characters, starting with a letter and without ``--``.

30 + 2 + 30 characters make a namespace name of at most 62 (limit 63), and ``--`` joins the two parts injectively.
"""

PlanName = Annotated[str, written(r"^[a-z][a-z0-9-]{0,14}$", "the name of a plan, such as s")]
HostName = Annotated[str, written(r"^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$", "a short name, such as db1")]
ClusterName = HostName
SiteName = HostName
Hostname = Annotated[
    str,
    written(
        r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$",
        "a full DNS name in lower case without umlauts, such as termine.moelln.kommune.example",
        longest=253,
    ),
]
"""A fully qualified DNS name in lower case without a final dot (RFC 1123)."""

Port = Annotated[int, Field(ge=1, le=65535)]
PortName = Annotated[
    str,
    written(r"^[a-z](?:-?[a-z0-9]){1,14}$", "a port name of 2 to 15 letters, digits and single hyphens", longest=15),
]
"""An IANA service name as Kubernetes takes it for a port: at most 15 characters."""

VersionName = Annotated[str, written(r"^[0-9]+(?:\.[0-9]+){0,3}$", "numbers with points, such as 2.4", longest=30)]
ImageReference = Annotated[
    str,
    written(
        r"^[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$",
        "an image by digest: registry/name@sha256:… with 64 hexadecimal digits",
    ),
]
"""A container image by digest, never by tag: ``registry/name@sha256:…``."""

OidcSubject = Annotated[str, written(r"^oidc:[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$", "a group as oidc:name")]
"""A group of the cluster's OIDC issuer as Kubernetes sees it: ``oidc:<group>``."""

Line = Annotated[str, written(r"^\S.*\S$", "a text of 2 to 200 characters", longest=200)]
"""One line that people read: a name, a reason, a reference."""

MailAddress = Annotated[str, written(r"^[A-Za-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}$", "a mail address", longest=254)]


def _quantity(value: object, smallest: int, unit: str) -> object:
    """Return a quantity as the apiserver writes it; what has no type of a quantity is the model's to refuse.

    ``smallest`` is in billionths.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    quantity = parse_quantity(str(value))
    if str(value).startswith("-"):
        raise ValueError(f"{value} is less than nothing")
    if quantity.nano % smallest:
        raise ValueError(f"{value} is no whole number of {unit}")
    return str(quantity)


def _cpu(value: object) -> object:
    return _quantity(value, 10**6, "millicores")


def _bytes(value: object) -> object:
    return _quantity(value, 10**9, "bytes")


_QUANTITY_SCHEMA: Final = WithJsonSchema(
    {
        "type": ["string", "integer"],
        "pattern": rf"^\+?{PATTERN}$",
        "maxLength": LONGEST,
        "minimum": 0,
        "maximum": LARGEST,
    }
)

Cpu = Annotated[str, BeforeValidator(_cpu), _QUANTITY_SCHEMA]
"""CPU cores as a canonical quantity (``250m``, ``2``), not finer than a millicore."""

Bytes = Annotated[str, BeforeValidator(_bytes), _QUANTITY_SCHEMA]
"""Memory or storage as a canonical quantity of whole bytes (``512Mi``, ``5G``)."""


def _network(value: object) -> object:
    """Refuse what :class:`IPv4Network` would refuse, and say the next step."""
    if not isinstance(value, str):
        return value
    if ":" in value:
        raise ValueError("IPv6 is not supported")
    if "/" not in value:
        raise ValueError(f"a prefix length is needed, for instance {value}/32")
    try:
        loose = IPv4Network(value, strict=False)
    except ValueError:
        raise ValueError("no IPv4 network such as 10.53.90.0/24") from None
    if str(loose) != value:
        raise ValueError(f"write {loose}, the network itself")
    return value


_OCTET: Final = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS: Final = rf"{_OCTET}(\.{_OCTET}){{3}}"

Network = Annotated[
    IPv4Network,
    BeforeValidator(_network),
    WithJsonSchema({"type": "string", "pattern": f"^{_ADDRESS}/(3[0-2]|[12]?[0-9])$", "examples": ["10.53.90.0/24"]}),
]
"""An IPv4 network in CIDR form without host bits."""

Address = Annotated[
    IPv4Address, WithJsonSchema({"type": "string", "pattern": f"^{_ADDRESS}$", "examples": ["10.200.0.12"]})
]
"""An IPv4 address."""
