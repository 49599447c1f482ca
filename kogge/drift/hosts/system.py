"""Accounts, names, packet filter, sshd, units, sockets, kernel and setuid files of a host; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kogge.desired.hosts.parts import Accounts, Kernel, Places, Units
from kogge.desired.hosts.state import HostState
from kogge.drift.hosts.difference import On
from kogge.findings import Finding, Severity
from kogge.hostrun.answers import AccountFact, NameFact, PacketFilter, RuleLine, SocketFact, SpecialFile, SystemFacts
from kogge.json_value import Json, pointer

_LOOPBACKS: Final = ("127.", "::1")


def system_findings(on: On, state: HostState, facts: SystemFacts) -> Iterator[Finding]:
    """Yield every difference of ``facts`` from what all roles of the host say together."""
    system = state.system
    yield from _firewall(on, facts.firewall)
    yield from _sshd(on, system.sshd, facts.sshd)
    yield from _accounts(on, state.accounts, facts.accounts)
    yield from _groups(on, state.accounts, facts.privileged_groups)
    yield from _units(on, state.units, facts)
    yield from _sockets(on, state.listening, facts.listening)
    yield from _kernel(on, system.kernel, facts)
    yield from _special_files(on, state.places, facts.special_files)
    yield from _names(on, (state.name, *system.local_names), facts.names)


def not_verifiable(state: HostState, facts: SystemFacts) -> tuple[str, ...]:
    """Return what is configured but cannot run or be read on this kind of machine."""
    units = [f"unit {name}" for name in state.units.enabled if name in facts.units and facts.units[name].unfit]
    settings = [
        f"kernel setting {name}"
        for name, wanted in state.system.kernel.settings.items()
        if name in facts.settings and facts.settings[name].value != wanted and not facts.settings[name].writable
    ]
    modules = ["kernel modules"] if facts.container else []
    return tuple(sorted([*units, *settings, *modules]))


def unanswered(state: HostState, facts: SystemFacts) -> tuple[str, ...]:
    """Return what a host says nothing of, and is not judged by: an earlier run wrote down what it is asked."""
    units = [f"unit {name}" for name in (*state.units.enabled, *state.units.masked) if name not in facts.units]
    settings = [f"kernel setting {name}" for name in state.system.kernel.settings if name not in facts.settings]
    return (*units, *settings)


def _firewall(on: On, rules: PacketFilter) -> Iterator[Finding]:
    if rules.wanted is None or rules.running is None:
        yield on.missing("packet filter", "the rules of /etc/nftables.conf", severity=Severity.CRITICAL)
        return
    want, have = [_line(entry) for entry in rules.wanted], [_line(entry) for entry in rules.running]
    for (place, text), inside in _outermost([entry for entry in have if entry not in want]):
        yield on.foreign("packet filter", text or inside or "empty", path=pointer(filter(None, (place, text))))
    for (place, text), inside in _outermost([entry for entry in want if entry not in have]):
        expected, path = text or inside or "empty", pointer(filter(None, (place, text)))
        yield on.missing("packet filter", expected, severity=Severity.CRITICAL, path=path)
    if sorted(want) == sorted(have) and want != have:
        yield on.changed("packet filter", "/order", "as in /etc/nftables.conf", "another order")


def _line(entry: RuleLine) -> tuple[str, str]:
    """Return the blocks around a line of the ruleset, and the line; an empty one stands for the block itself."""
    return entry.place, entry.text


def _outermost(entries: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], list[Json]]]:
    """Yield what is not inside a block that is among ``entries`` itself, and of a block its lines."""
    blocks = {place for place, text in entries if not text}
    for place, text in entries:
        inner = place in blocks if text else any(place.startswith(f"{block} ") for block in blocks)
        if not inner:
            lines = [line for where, line in entries if line and (where == place or where.startswith(f"{place} "))]
            yield (place, text), [*lines]


def _sshd(on: On, wanted: Mapping[str, str], effective: Mapping[str, str] | None) -> Iterator[Finding]:
    if effective is None:
        yield on.changed("sshd", "", "settings that sshd accepts", "settings that sshd refuses")
        return
    for name, value in wanted.items():
        found = effective.get(name)
        if found is None or found.lower() != value.lower():
            yield on.changed("sshd", pointer([name]), value, found, severity=Severity.CRITICAL)


def _accounts(on: On, wanted: Accounts, found: Mapping[str, AccountFact]) -> Iterator[Finding]:
    for name, account in found.items():
        item = f"account {name}"
        if account.uid == 0 and name != "root":
            yield on.foreign(item, "is root by another name")
        elif account.shell and name not in wanted.logins:
            yield on.foreign(item, "has a shell")
        if account.uid != 0 and account.group in wanted.groups and account.group != name:
            yield on.foreign(item, f"its first group is {account.group}", path="/group")
        if account.password != "locked":  # noqa: S105 (a state, no password)
            yield on.changed(item, "/password", "locked", account.password, severity=Severity.CRITICAL)
        for file in account.keys:
            yield on.foreign(item, f".ssh/{file}", path=pointer(["keys", file]))
    for first, second in _twins(found):
        yield on.foreign(f"account {second}", f"has the number of {first}", path="/uid")
    for name in wanted.logins:
        if name not in found:
            yield on.missing(f"account {name}", "an account of the platform")


def _twins(accounts: Mapping[str, AccountFact]) -> Iterator[tuple[str, str]]:
    """Yield pairs of accounts with one number, for the kernel one account; root's are told apart already."""
    first: dict[int, str] = {}
    for name, account in accounts.items():
        if account.uid != 0 and first.setdefault(account.uid, name) != name:
            yield first[account.uid], name


def _names(on: On, expected: Sequence[str], found: Sequence[NameFact]) -> Iterator[Finding]:
    """Yield names that ``/etc/hosts`` answers for, beside those that are ``expected``: the host's own is the first."""
    own, *local = expected
    for entry in found:
        if entry.name == "localhost" and not entry.address.startswith(_LOOPBACKS):
            yield on.changed("/etc/hosts", "/localhost", "a loopback address", entry.address)
        elif entry.name not in local and entry.name.split(".")[0] != own:
            yield on.foreign("/etc/hosts", entry.address, path=pointer(["names", entry.name]), severity=Severity.HIGH)


def _groups(on: On, wanted: Accounts, found: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for group, allowed in wanted.groups.items():
        for member in found.get(group, []):
            if member not in allowed:
                yield on.foreign(f"group {group}", member, path=pointer(["members", member]))


def _units(on: On, wanted: Units, facts: SystemFacts) -> Iterator[Finding]:
    for name in [name for name in wanted.enabled if name in facts.units]:
        unit = facts.units[name]
        if unit.load == "not-found":
            yield on.missing(f"unit {name}", "enabled and running")
            continue
        if unit.file not in ("enabled", "static", "indirect", "generated", "alias"):
            yield on.changed(f"unit {name}", "/enabled", "enabled", unit.file)
        if unit.active not in ("active", "activating", "reloading") and not unit.unfit:
            yield on.changed(f"unit {name}", "/active", "running", unit.active)
    for name in [name for name in wanted.masked if name in facts.units]:
        unit = facts.units[name]
        if unit.file != "masked" and unit.load != "masked":
            yield on.changed(f"unit {name}", "/enabled", "masked", unit.file, severity=Severity.LOW)


def _sockets(on: On, wanted: Sequence[str], listening: Sequence[SocketFact]) -> Iterator[Finding]:
    found = {socket.socket: socket for socket in listening}
    for name, socket in found.items():
        if name not in wanted:
            yield on.foreign(f"socket {name}", socket.program or "an unknown program", severity=Severity.HIGH)
    for name in wanted:
        if name not in found:
            yield on.missing(f"socket {name}", "listening")


def _kernel(on: On, wanted: Kernel, facts: SystemFacts) -> Iterator[Finding]:
    for name, value in wanted.settings.items():
        setting = facts.settings.get(name)
        if setting is not None and setting.value != value and setting.writable:
            yield on.changed(f"kernel setting {name}", "", value, setting.value)
    if not facts.container:
        for name in sorted(set(wanted.unwanted_modules) & set(facts.modules)):
            yield on.foreign(f"kernel module {name}", "loaded", severity=Severity.LOW)


def _special_files(on: On, places: Places, found: Mapping[str, SpecialFile]) -> Iterator[Finding]:
    for path, fact in found.items():
        if path not in places.setuid:
            yield on.foreign(path, {"mode": fact.mode, "owner": fact.owner}, path="/setuid")
