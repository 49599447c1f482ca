"""Listings of nft as entries: what two rulesets do not share is one line each."""

from __future__ import annotations

from playbooks.module_utils.packet_filter import entries

LISTING = """\
table inet kogge {
\tset administration {
\t\ttype ipv4_addr
\t\telements = { 192.0.2.1,
\t\t\t     192.0.2.2 }
\t}

\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\ticmp type { echo-request, time-exceeded } limit rate 50/second accept
\t}
}
table ip rogue {
}
"""


def test_each_line_is_told_with_the_blocks_around_it() -> None:
    inside, chain, table = "table inet kogge set administration", "table inet kogge chain input", "table inet kogge"
    assert [(entry["place"], entry["text"]) for entry in entries(LISTING)] == [
        (table, ""),
        (inside, ""),
        (inside, "type ipv4_addr"),
        (inside, "elements = { 192.0.2.1,"),
        (inside, "192.0.2.2 }"),
        (chain, ""),
        (chain, "type filter hook input priority filter; policy drop;"),
        (chain, "icmp type { echo-request, time-exceeded } limit rate 50/second accept"),
        ("table ip rogue", ""),
    ]


def test_nothing_loaded_is_no_entry() -> None:
    assert entries("") == []
