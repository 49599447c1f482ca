"""Rules about addresses: no partner's range covers another's, the platform's, or everything."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from kogge.estate.estate import PLATFORM
from kogge.estate.files.document import Path
from kogge.estate.models.platform import Platform
from kogge.estate.rules.identity import Claims, by_age
from kogge.estate.rules.rule import PLATFORM_FILE, Files, Violation, tenant_file

WIDEST_PREFIX: Final = 8
"""A wider range is no partner's own."""


@dataclass(frozen=True, slots=True)
class Range:
    """A network, whose it is, and where the file says so."""

    network: IPv4Network
    owner: str
    what: str
    path: Path
    first: int
    """The first address as a number."""
    last: int
    """The last address as a number."""


def range_of(network: IPv4Network, owner: str, what: str, path: Path = ()) -> Range:
    """Return a network as a range of numbers: comparing those is what makes the rules fast."""
    return Range(network, owner, what, path, int(network.network_address), int(network.broadcast_address))


SPECIAL: Final = tuple(
    range_of(IPv4Network(network), PLATFORM, what)
    for network, what in (
        ("0.0.0.0/8", "this network (RFC 1122)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local addresses, where clouds serve credentials"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved addresses"),
    )
)


def platform_ranges(platform: Platform) -> list[Range]:
    """Return every range that belongs to the platform itself."""
    ranges = [range_of(platform.vpn_network, PLATFORM, "the VPN addresses", ("vpn_network",))]
    for name, cluster in platform.clusters.items():
        network = cluster.network
        for field, networks in (("pods", network.pods), ("services", network.services), ("nodes", network.nodes)):
            for index, item in enumerate(networks):
                path: Path = ("clusters", name, "network", field, index)
                ranges.append(range_of(item, PLATFORM, f"the {field} of cluster {name}", path))
    for name, host in platform.hosts.items():
        ranges.append(range_of(IPv4Network(host.address), PLATFORM, f"host {name}", ("hosts", name, "address")))
    return ranges


def vpn_ranges(files: Files) -> list[Range]:
    """Return the networks that come in through the VPN, by the age of the tenant."""
    return [
        range_of(network, stem, f"the VPN network of {stem}", ("network", "vpn", "networks", index))
        for stem, tenant in by_age(files.tenants)
        if tenant.network.vpn is not None
        for index, network in enumerate(tenant.network.vpn.networks)
    ]


def _general_fault(item: Range) -> tuple[str, str] | None:
    """Say why a range can be nobody's."""
    if item.network.prefixlen < WIDEST_PREFIX:
        hint = "name the networks that are needed, not more"
        return f"{item.network} is wider than any partner: the shortest prefix is /{WIDEST_PREFIX}", hint
    for special in SPECIAL:
        if item.first <= special.last and special.first <= item.last:
            return f"{item.network} covers {special.what}", "name another range"
    return None


class RangeIndex:
    """Ranges, found by address; built once per call of a rule."""

    def __init__(self, ranges: list[Range]) -> None:
        self._sorted = sorted(ranges, key=lambda item: item.first)
        self._firsts = [item.first for item in self._sorted]
        self._by_prefix: dict[int, dict[int, Range]] = {}
        for item in ranges:
            self._by_prefix.setdefault(item.network.prefixlen, {})[item.first] = item

    def overlapping(self, wanted: Range) -> Range | None:
        """Return a range of somebody else that shares an address with ``wanted``: around it, or inside it."""
        for prefix, table in self._by_prefix.items():
            around = (
                table.get(wanted.first >> (32 - prefix) << (32 - prefix))
                if prefix <= wanted.network.prefixlen
                else None
            )
            if around is not None and around.owner != wanted.owner:
                return around
        inside = self._sorted[bisect_left(self._firsts, wanted.first) : bisect_right(self._firsts, wanted.last)]
        return next((item for item in inside if item.owner != wanted.owner), None)


def vpn_networks_apart(files: Files) -> Iterator[Violation]:
    """A partner's networks overlap neither the platform's ranges nor another partner's."""
    own = RangeIndex(platform_ranges(files.platform))
    ranges = vpn_ranges(files)
    faults = {item: fault for item in ranges if (fault := _general_fault(item)) is not None}
    strangers = _overlaps([item for item in ranges if item not in faults])
    for item in ranges:
        hit = own.overlapping(item)
        if item in faults:
            yield Violation(tenant_file(item.owner), item.path, *faults[item])
        elif hit is not None:
            message = f"{item.network} overlaps {hit.what} ({hit.network})"
            yield Violation(tenant_file(item.owner), item.path, message, "the partner has to translate it (NAT)")
        elif item in strangers:
            other = strangers[item]
            message = f"{item.network} overlaps {other.what} ({other.network})"
            hint = "one of the partners has to translate it (NAT)"
            yield Violation(tenant_file(item.owner), item.path, message, hint)


def _overlaps(ranges: list[Range]) -> dict[Range, Range]:
    """Return, for each range that overlaps an older one, that one; ranges come in the order of age.

    CIDR ranges are nested or apart, so walking them from wide to narrow with a stack finds every pair's
    nearest enclosing range in O(n log n).
    """
    age = {id(item): index for index, item in enumerate(ranges)}
    found: dict[Range, Range] = {}
    stack: list[Range] = []
    for item in sorted(ranges, key=lambda r: (r.first, -r.last, age[id(r)])):
        while stack and stack[-1].last < item.first:
            stack.pop()
        for outer in stack:
            older, newer = sorted((outer, item), key=lambda r: age[id(r)])
            if outer.owner != item.owner:
                found.setdefault(newer, older)
        stack.append(item)
    return found


def external_outside(files: Files) -> Iterator[Violation]:
    """An external endpoint lies outside: not the platform, not another partner, not everything."""
    own, partners = RangeIndex(platform_ranges(files.platform)), RangeIndex(vpn_ranges(files))
    for stem, tenant in files.tenants.items():
        for index, endpoint in enumerate(tenant.network.external):
            item = range_of(endpoint.to, stem, "an external endpoint", ("network", "external", index, "to"))
            fault = _general_fault(item)
            hit = own.overlapping(item) or partners.overlapping(item)
            if fault is not None:
                yield Violation(tenant_file(stem), item.path, *fault)
            elif hit is not None:
                message = f"{endpoint.to} overlaps {hit.what} ({hit.network})"
                hint = "an endpoint lies outside; what other partners share is a grant"
                yield Violation(tenant_file(stem), item.path, message, hint)


def vpn_address_free(files: Files) -> Iterator[Violation]:
    """A VPN address comes out of the platform's VPN network, once, and belongs to a tenant with a VPN."""
    claims, network = Claims(), files.platform.vpn_network
    gateway = network.network_address + 1
    for stem, tenant in by_age(files.tenants):
        address, file = tenant.placement.vpn_address, tenant_file(stem)
        path: Path = ("placement", "vpn_address")
        if address is None:
            if tenant.network.vpn is not None:
                message = "a VPN needs an address of its own"
                yield Violation(
                    file, ("placement",), message, "add vpn_address; `kogge tenant new` picks a free one", key=True
                )
            continue
        if address not in network:
            yield Violation(file, path, f"{address} is not in the VPN network {network}", f"pick one of {network}")
        elif address in (network.network_address, gateway, network.broadcast_address):
            yield Violation(file, path, f"{address} is the gateway, network or broadcast address", "pick another")
        elif (holder := claims.holder(address, stem)) is not None:
            yield Violation(file, path, f"{address} is already the VPN address of {holder}", "pick a free one")


def vpn_peer_once(files: Files) -> Iterator[Violation]:
    """A WireGuard key and an endpoint belong to one partner; an endpoint is an address and a port."""
    claims = Claims()
    for stem, tenant in by_age(files.tenants):
        vpn, file = tenant.network.vpn, tenant_file(stem)
        if vpn is None:
            continue
        holder = claims.holder(vpn.public_key, stem)
        if holder is not None:
            message = f"this is already the public key of {holder}"
            hint = "each partner makes a key pair of its own"
            yield Violation(file, ("network", "vpn", "public_key"), message, hint)
        if vpn.endpoint is None:
            continue
        fault = _endpoint_fault(vpn.endpoint)
        holder = claims.holder(vpn.endpoint, stem)
        if fault is not None:
            yield Violation(
                file, ("network", "vpn", "endpoint"), fault, "write address:port, for instance 203.0.113.17:51820"
            )
        elif holder is not None:
            message = f"{vpn.endpoint} is already the endpoint of {holder}"
            yield Violation(file, ("network", "vpn", "endpoint"), message, "ask the partner for its address and port")


def _endpoint_fault(endpoint: str) -> str | None:
    host, _, port = endpoint.rpartition(":")
    if not 1 <= int(port) <= 65535:
        return f"{port} is no port"
    if host.replace(".", "").isdigit():
        try:
            address = IPv4Address(host)
        except ValueError:
            return f"{host} is no IPv4 address"
        if any(special.first <= int(address) <= special.last for special in SPECIAL):
            return f"{host} cannot be reached from outside"
    return None


def platform_ranges_apart(files: Files) -> Iterator[Violation]:
    """Pods, services, nodes, hosts and VPN addresses share no address within one cluster's reach."""
    ranges = platform_ranges(files.platform)
    for index, item in enumerate(ranges):
        for other in ranges[:index]:
            separate_clusters = item.path[:1] == other.path[:1] == ("clusters",) and item.path[1] != other.path[1]
            if not separate_clusters and item.first <= other.last and other.first <= item.last:
                message = f"{item.network} ({item.what}) overlaps {other.network} ({other.what})"
                yield Violation(PLATFORM_FILE, item.path, message, "give each a range of its own")
                break
