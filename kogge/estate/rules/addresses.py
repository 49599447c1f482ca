"""Rules about addresses: no partner's range covers another's, the platform's, or everything."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from kogge.estate.document import Path
from kogge.estate.platform import Platform
from kogge.estate.rules.identity import Claims, by_age
from kogge.estate.rules.rule import PLATFORM_FILE, Files, Violation, tenant_file

WIDEST_PREFIX: Final = 8
"""A wider range is no partner's own."""

SPECIAL: Final = (
    (IPv4Network("0.0.0.0/8"), "this network (RFC 1122)"),
    (IPv4Network("127.0.0.0/8"), "loopback"),
    (IPv4Network("169.254.0.0/16"), "link-local addresses, where clouds serve credentials"),
    (IPv4Network("224.0.0.0/4"), "multicast"),
    (IPv4Network("240.0.0.0/4"), "reserved addresses"),
)


@dataclass(frozen=True, slots=True)
class Range:
    """A network, whose it is, and where the file says so."""

    network: IPv4Network
    owner: str
    what: str
    path: Path = ()

    @property
    def first(self) -> int:
        """The first address as a number."""
        return int(self.network.network_address)

    @property
    def last(self) -> int:
        """The last address as a number."""
        return int(self.network.broadcast_address)


def platform_ranges(platform: Platform) -> list[Range]:
    """Return every range that belongs to the platform itself."""
    ranges = [Range(platform.vpn_network, "platform", "the VPN addresses", ("vpn_network",))]
    for name, cluster in platform.clusters.items():
        network = cluster.network
        for field, networks in (("pods", network.pods), ("services", network.services), ("nodes", network.nodes)):
            for index, item in enumerate(networks):
                path: Path = ("clusters", name, "network", field, index)
                ranges.append(Range(item, "platform", f"the {field} of cluster {name}", path))
    for name, host in platform.hosts.items():
        ranges.append(Range(IPv4Network(host.address), "platform", f"host {name}", ("hosts", name, "address")))
    return ranges


def vpn_ranges(files: Files) -> list[Range]:
    """Return the networks that come in through the VPN, by the age of the tenant."""
    return [
        Range(network, stem, f"the VPN network of {stem}", ("network", "vpn", "networks", index))
        for stem, tenant in by_age(files.tenants)
        if tenant.network.vpn is not None
        for index, network in enumerate(tenant.network.vpn.networks)
    ]


def _general_fault(network: IPv4Network) -> tuple[str, str] | None:
    """Say why a range can be nobody's."""
    if network.prefixlen < WIDEST_PREFIX:
        hint = "name the networks that are needed, not more"
        return f"{network} is wider than any partner: the shortest prefix is /{WIDEST_PREFIX}", hint
    for special, what in SPECIAL:
        if network.overlaps(special):
            return f"{network} covers {what}", "name another range"
    return None


def vpn_networks_apart(files: Files) -> Iterator[Violation]:
    """A partner's networks overlap neither the platform's ranges nor another partner's."""
    own = platform_ranges(files.platform)
    ranges = vpn_ranges(files)
    strangers = _overlaps([item for item in ranges if _general_fault(item.network) is None])
    for item in ranges:
        fault = _general_fault(item.network)
        hit = next((r for r in own if r.network.overlaps(item.network)), None)
        if fault is not None:
            yield Violation(tenant_file(item.owner), item.path, *fault)
        elif hit is not None:
            message = f"{item.network} overlaps {hit.what} ({hit.network})"
            yield Violation(tenant_file(item.owner), item.path, message, "the partner has to translate it (NAT)")
        elif item in strangers:
            other = strangers[item]
            message = f"{item.network} overlaps {other.what} ({other.network})"
            yield Violation(
                tenant_file(item.owner), item.path, message, "one of the partners has to translate it (NAT)"
            )


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


class VpnRanges:
    """The partners' VPN networks, found by address; built once per call of a rule."""

    def __init__(self, ranges: list[Range]) -> None:
        self._sorted = sorted(ranges, key=lambda item: item.first)
        self._firsts = [item.first for item in self._sorted]
        self._by_prefix: dict[int, dict[int, Range]] = {}
        for item in ranges:
            self._by_prefix.setdefault(item.network.prefixlen, {})[item.first] = item

    def overlapping(self, network: IPv4Network, *, besides: str) -> Range | None:
        """Return a range of somebody other than ``besides`` that shares an address with ``network``."""
        start, end = int(network.network_address), int(network.broadcast_address)
        for prefix, table in self._by_prefix.items():
            hit = table.get(start & (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF) if prefix <= network.prefixlen else None
            if hit is not None and hit.owner != besides:
                return hit
        inside = self._sorted[bisect_left(self._firsts, start) : bisect_right(self._firsts, end)]
        return next((item for item in inside if item.owner != besides), None)


def external_outside(files: Files) -> Iterator[Violation]:
    """An external endpoint lies outside: not the platform, not another partner, not everything."""
    own, tree = platform_ranges(files.platform), VpnRanges(vpn_ranges(files))
    for stem, tenant in files.tenants.items():
        for index, endpoint in enumerate(tenant.network.external):
            path: Path = ("network", "external", index, "to")
            fault = _general_fault(endpoint.to)
            hit = next((r for r in own if r.network.overlaps(endpoint.to)), None) or tree.overlapping(
                endpoint.to, besides=stem
            )
            if fault is not None:
                yield Violation(tenant_file(stem), path, *fault)
            elif hit is not None:
                message = f"{endpoint.to} overlaps {hit.what} ({hit.network})"
                hint = "an endpoint lies outside; what other partners share is a grant"
                yield Violation(tenant_file(stem), path, message, hint)


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
        if any(address in special for special, _ in SPECIAL):
            return f"{host} cannot be reached from outside"
    return None


def platform_ranges_apart(files: Files) -> Iterator[Violation]:
    """Pods, services, nodes, hosts and VPN addresses share no address within one cluster's reach."""
    ranges = platform_ranges(files.platform)
    for index, item in enumerate(ranges):
        for other in ranges[:index]:
            separate_clusters = item.path[:1] == other.path[:1] == ("clusters",) and item.path[1] != other.path[1]
            if not separate_clusters and item.network.overlaps(other.network):
                message = f"{item.network} ({item.what}) overlaps {other.network} ({other.what})"
                yield Violation(PLATFORM_FILE, item.path, message, "give each a range of its own")
                break
