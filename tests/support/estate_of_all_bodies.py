"""Builds an estate of all municipalities and districts: one tenant file per body, a platform that holds them.

Everything but keys and names is made up from the body's index, so two runs give the same files.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import shutil
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

from kogge.estate.models.data_protection import AUTHORITY_OF
from kogge.partner.register import slug
from tests.support.checkout import CHECKOUT

REGISTER: Final = Path(os.environ.get("KOGGE_TEST_BODIES") or CHECKOUT.parent / "shared" / "data" / "gemeinden.csv")
"""The list of all municipalities and districts: too large for the repository."""
NO_REGISTER: Final = "no list of municipalities: name one in KOGGE_TEST_BODIES"

TENANTS_PER_CLUSTER: Final = 600
TENANTS_PER_DATABASE_HOST: Final = 300
TENANT_BITS: Final = 14
"""More than there are bodies (2**14 = 16384)."""

LIGHTHOUSE: Final = "01003000"


def build(root: Path, *, register: Path = REGISTER, limit: int | None = None) -> int:
    """Write the estate below ``root``; returns the number of tenants."""
    with register.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))[:limit]
    (root / "tenants").mkdir(parents=True)
    shutil.copytree(CHECKOUT / "tests" / "corpus" / "base" / "catalogue", root / "catalogue")
    for index, row in enumerate(rows):
        name = _name(row, index)
        (root / "tenants" / f"{name}.yaml").write_text(_tenant(name, row, index), encoding="utf-8")
    (root / "platform.yaml").write_text(_platform(len(rows)), encoding="utf-8")
    return len(rows)


def _name(row: dict[str, str], index: int) -> str:
    """Names of towns repeat and can be long: the index makes them unique within 30 characters."""
    stem = slug(row["name"])[:22].strip("-")
    return f"{stem or 'ort'}-{index:05d}"


def _body(row: dict[str, str]) -> str:
    name = row["name"].replace('"', "'")
    if row["kind"] == "kreis":
        return f'{{kind: district, official_name: "{name}", district_key: "{row["ags"][:5]}"}}'
    kind = "independent_city" if row["ags"].endswith("000") else "municipality"
    return f'{{kind: {kind}, official_name: "{name}", ags: "{row["ags"]}"}}'


def _tenant(name: str, row: dict[str, str], index: int) -> str:
    key = base64.b64encode(hashlib.sha256(f"{index}".encode()).digest()).decode()
    network = IPv4Network((int(IPv4Address("10.0.0.0")) + index * 256, 24))
    endpoint = IPv4Address(int(IPv4Address("203.0.113.0")) + index % 254 + 1)
    vpn_address = IPv4Address(int(IPv4Address("100.64.0.0")) + 10 + index)
    services = ("terminvergabe", "2.4", "termine"), ("ratsinformation", "8.0", "rat")
    lines = [
        "# yaml-language-server: $schema=../schemas/tenant.json",
        f"name: {name}",
        f"body: {_body(row)}",
        "stage: member",
        "since: 2025-12-08",
        f"contacts: {{platform: it@{name}.example, data_protection: dsb@{name}.example}}",
        "data_protection:",
        f"  supervisory_authority: {AUTHORITY_OF[row['ags'][:2]]}",
        f"  processing_contract: {{reference: AVV-{index}, signed: 2025-12-08}}",
        "  breach_notice_hours: 24",
        "  at_end: {action: return, within_days: 90}",
        "size: s",
        f"placement: {{cluster: c{index // TENANTS_PER_CLUSTER}, database_host: db{index // TENANTS_PER_DATABASE_HOST},"
        f" vpn_address: {vpn_address}}}",
        "access:",
        f"  operators: [oidc:{name}-it]",
        f"  viewers: [oidc:{name}-verwaltung]",
        "network:",
        f'  vpn: {{public_key: "{key}", endpoint: "{endpoint}:{20000 + index}", networks: [{network}]}}',
        "  external: [{to: 198.51.100.40/32, port: 443, why: register access}]",
        f"hostnames: [{name}.kommune.example]",
        "backup: {keep_daily: 14, keep_monthly: 12, rpo: 24h, rto: 8h}",
        "services:",
    ]
    for use, version, host in services[: 1 + index % 2]:
        lines += [
            f"  - use: {use}",
            f'    version: "{version}"',
            f"    hostname: {host}.{name}.kommune.example",
            "    reach: public",
        ]
    if row["ags"] == LIGHTHOUSE:
        lines.append("lighthouse: true")
    return "\n".join(lines) + "\n"


def _platform(count: int) -> str:
    text = (CHECKOUT / "tests" / "corpus" / "base" / "platform.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("clusters:\n")
    cluster = rest.partition("\nhosts:\n")[0].partition("  hl1:\n")[2]
    for old, new in (("10.244.0.0/16", "172.16.0.0/16"), ("10.96.0.0/16", "172.17.0.0/16")):
        cluster = cluster.replace(old, new)
    cluster = cluster.replace("10.240.0.0/24", "172.18.0.0/24").replace('cpu: "48"', 'cpu: "9600"')
    cluster = cluster.replace("memory: 192Gi", "memory: 38400Gi").replace("standard: 500Gi", "standard: 100Ti")
    clusters = "".join(f"  c{i}:\n{cluster.rstrip()}\n" for i in range(count // TENANTS_PER_CLUSTER + 1))
    hosts = "".join(
        f"  db{i}: {{site: hl-a, address: 172.19.{i}.11, roles: [baseline, database],"
        " databases: {connections: 10000, storage: 20Ti}}\n"
        for i in range(count // TENANTS_PER_DATABASE_HOST + 1)
    )
    hosts += "  backup1: {site: hl-b, address: 172.20.0.41, roles: [baseline, backup]}\n"
    plans = rest[rest.index("plans:\n") :]
    return f"{head}clusters:\n{clusters}\nhosts:\n{hosts}\nvpn_network: 100.64.0.0/16\n\n{plans}"
