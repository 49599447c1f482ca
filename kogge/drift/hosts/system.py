"""Accounts, names, packet filter, sshd, units, sockets, kernel and setuid files of a host; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from kogge.drift.hosts.difference import On
from kogge.findings import Finding, Severity
from kogge.json_value import Json, pointer

Facts = Mapping[str, Any]
_LOCAL_NAMES: Final = ("localhost", "ip6-localhost", "ip6-loopback", "ip6-allnodes", "ip6-allrouters")
_LOOPBACKS: Final = ("127.", "::1")
_ROOT_GROUPS: Final = (
    "sudo",
    "root",
    "staff",
    "disk",
    "shadow",
    "kmem",
    "docker",
    "lxd",
    "adm",
    "systemd-journal",
    "ssl-cert",
    "postgres",
)


def system_findings(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    """Yield every difference of ``facts`` from ``document``, which holds what all roles of the host say together."""
    parts: tuple[Callable[[On, Facts, Facts], Iterator[Finding]], ...] = (
        _firewall,
        _sshd,
        _accounts,
        _groups,
        _units,
        _sockets,
        _kernel,
        _special_files,
        _names,
    )
    for part in parts:
        yield from part(on, document, facts)


def not_verifiable(document: Facts, facts: Facts) -> tuple[str, ...]:
    """Return what is configured but cannot run or be read on this kind of machine."""
    units = [f"unit {name}" for name in document["enabled_units"] if facts["units"][name]["unfit"]]
    settings = [
        f"kernel setting {name}"
        for name, wanted in document["settings"].items()
        if facts["settings"][name]["value"] != wanted and not facts["settings"][name]["writable"]
    ]
    modules = ["kernel modules"] if facts["container"] else []
    return tuple(sorted([*units, *settings, *modules]))


def _firewall(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    wanted, running = facts["firewall"]["wanted"], facts["firewall"]["running"]
    if wanted is None or running is None:
        yield on.missing("packet filter", "the rules of /etc/nftables.conf", severity=Severity.CRITICAL)
        return
    want, have = [_line(entry) for entry in wanted], [_line(entry) for entry in running]
    for (place, text), inside in _outermost([entry for entry in have if entry not in want]):
        yield on.foreign("packet filter", text or inside or "empty", path=pointer(filter(None, (place, text))))
    for (place, text), inside in _outermost([entry for entry in want if entry not in have]):
        expected, path = text or inside or "empty", pointer(filter(None, (place, text)))
        yield on.missing("packet filter", expected, severity=Severity.CRITICAL, path=path)
    if sorted(want) == sorted(have) and want != have:
        yield on.changed("packet filter", "/order", "as in /etc/nftables.conf", "another order")


def _line(entry: Facts) -> tuple[str, str]:
    """Return the blocks around a line of the ruleset, and the line; an empty one stands for the block itself."""
    return entry["place"], entry["text"]


def _outermost(entries: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], list[Json]]]:
    """Yield what is not inside a block that is among ``entries`` itself, and of a block its lines."""
    blocks = {place for place, text in entries if not text}
    for place, text in entries:
        inner = place in blocks if text else any(place.startswith(f"{block} ") for block in blocks)
        if not inner:
            lines = [line for where, line in entries if line and (where == place or where.startswith(f"{place} "))]
            yield (place, text), [*lines]


def _sshd(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    effective = facts["sshd"]
    if effective is None:
        yield on.changed("sshd", "", "settings that sshd accepts", "settings that sshd refuses")
        return
    for name, wanted in document["sshd"].items():
        found = effective.get(name)
        if found is None or found.lower() != wanted.lower():
            yield on.changed("sshd", f"/{name}", wanted, found, severity=Severity.CRITICAL)


def _accounts(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    for name, account in facts["accounts"].items():
        item = f"account {name}"
        if account["uid"] == 0 and name != "root":
            yield on.foreign(item, "is root by another name")
        elif account["shell"] and name not in document["logins"]:
            yield on.foreign(item, "has a shell")
        if account["uid"] != 0 and account["group"] in _ROOT_GROUPS and account["group"] != name:
            yield on.foreign(item, f"its first group is {account['group']}", path="/group")
        if account["password"] != "locked":  # noqa: S105 (a state, no password)
            yield on.changed(item, "/password", "locked", account["password"], severity=Severity.CRITICAL)
        for file in account["keys"]:
            yield on.foreign(item, f".ssh/{file}", path=f"/keys/{file}")
    for first, second in _twins(facts["accounts"]):
        yield on.foreign(f"account {second}", f"has the number of {first}", path="/uid")
    for name in document["logins"]:
        if name not in facts["accounts"]:
            yield on.missing(f"account {name}", "an account of the platform")


def _twins(accounts: Facts) -> Iterator[tuple[str, str]]:
    """Yield pairs of accounts with one number, for the kernel one account; root's are told apart already."""
    first: dict[int, str] = {}
    for name, account in accounts.items():
        if account["uid"] != 0 and first.setdefault(account["uid"], name) != name:
            yield first[account["uid"]], name


def _names(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    """Yield names that ``/etc/hosts`` answers for, beside the host's own."""
    own = document["host"]["name"]
    for entry in facts["names"]:
        address, name = entry["address"], entry["name"]
        if name == "localhost" and not address.startswith(_LOOPBACKS):
            yield on.changed("/etc/hosts", "/localhost", "a loopback address", address)
        elif name not in _LOCAL_NAMES and name.split(".")[0] != own:
            yield on.foreign("/etc/hosts", address, path=f"/names/{name}", severity=Severity.HIGH)


def _groups(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    allowed: Mapping[str, list[str]] = document["group_members"]
    for group in _ROOT_GROUPS:
        for member in facts["privileged_groups"].get(group, []):
            if member not in allowed.get(group, []):
                yield on.foreign(f"group {group}", member, path=f"/members/{member}")


def _units(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    for name in document["enabled_units"]:
        unit = facts["units"][name]
        if unit["load"] == "not-found":
            yield on.missing(f"unit {name}", "enabled and running")
            continue
        if unit["file"] not in ("enabled", "static", "indirect", "generated", "alias"):
            yield on.changed(f"unit {name}", "/enabled", "enabled", unit["file"])
        if unit["active"] not in ("active", "activating", "reloading") and not unit["unfit"]:
            yield on.changed(f"unit {name}", "/active", "running", unit["active"])
    for name in document["masked_units"]:
        if facts["units"][name]["file"] != "masked" and facts["units"][name]["load"] != "masked":
            yield on.changed(f"unit {name}", "/enabled", "masked", facts["units"][name]["file"], severity=Severity.LOW)


def _sockets(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    found = {socket["socket"]: socket for socket in facts["listening"]}
    for name, socket in found.items():
        if name not in document["listening"]:
            yield on.foreign(f"socket {name}", socket["program"] or "an unknown program", severity=Severity.HIGH)
    for name in document["listening"]:
        if name not in found:
            yield on.missing(f"socket {name}", "listening")


def _kernel(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    for name, wanted in document["settings"].items():
        setting = facts["settings"][name]
        if setting["value"] != wanted and setting["writable"]:
            yield on.changed(f"kernel setting {name}", "", wanted, setting["value"])
    if not facts["container"]:
        for name in sorted(set(document["unwanted_modules"]) & set(facts["modules"])):
            yield on.foreign(f"kernel module {name}", "loaded", severity=Severity.LOW)


def _special_files(on: On, document: Facts, facts: Facts) -> Iterator[Finding]:
    for path, fact in facts["special_files"].items():
        if path not in document["setuid_files"]:
            yield on.foreign(path, {"mode": fact["mode"], "owner": fact["owner"]}, path="/setuid")
