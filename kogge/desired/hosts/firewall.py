"""The packet filter of a host: what is not listed is dropped. SYS.1.3, NET.3.2 (BSI IT-Grundschutz)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network

from kogge.desired.hosts.files import ManagedFile

PATH = "/etc/nftables.conf"


@dataclass(frozen=True, slots=True)
class Opening:
    """TCP ports that networks may reach."""

    comment: str
    networks: tuple[IPv4Network, ...]
    port: int

    def rule(self) -> str:
        """Return the rule in nft's language."""
        sources = ", ".join(str(network) for network in sorted(set(self.networks)))
        return f'ip saddr {{ {sources} }} tcp dport {self.port} accept comment "{self.comment}"'


def firewall_file(openings: Iterable[Opening]) -> ManagedFile:
    """Return the ruleset; loading it replaces everything that was there, in one transaction."""
    rules = "".join(f"        {opening.rule()}\n" for opening in openings if opening.networks)
    return ManagedFile(PATH, _RULESET.replace("        # openings\n", rules), mode="0600", decides_access=True)


_RULESET = """\
#!/usr/sbin/nft -f
flush ruleset

table inet kogge {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        ct state invalid drop
        iifname "lo" accept
        icmp type { echo-request, destination-unreachable, time-exceeded } limit rate 50/second accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
        # openings
    }

    chain forward {
        type filter hook forward priority filter; policy drop;
    }

    chain output {
        type filter hook output priority filter; policy accept;
    }
}
"""
