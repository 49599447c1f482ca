"""Facts against documents where no host is needed: what is not known is unknown, what nobody declared is foreign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kogge.desired.hosts import HostState, LoginKeys, RoleState, host_states
from kogge.desired.hosts.question import facts_question
from kogge.drift.hosts.compare import host_drift
from kogge.drift.hosts.difference import On, text_difference
from kogge.estate import require_estate
from kogge.findings import Unknown
from kogge.hostrun.answers import system_facts
from kogge.hostrun.facts import HostFacts
from kogge.observe.hosts import ObservedHosts
from kogge.trust import KnownDigests
from tests.support.checkout import CHECKOUT

SSH_RULE = {"place": "table inet kogge chain input", "text": "tcp dport 22 accept"}
PLAIN = {"kind": "file", "packaged": False, "frozen": False}


@pytest.fixture(scope="module")
def state() -> HostState:
    every = host_states(require_estate(CHECKOUT, as_of=date(2026, 11, 24)), LoginKeys())
    return next(state for state in every if state.name == "edge1")


def clean_facts(state: HostState) -> dict[str, Any]:
    """Return facts of a host that is exactly as its state says, as the module returns them."""
    files = {file.path: {**file.document(), "sha256": file.sha256, **PLAIN} for file in state.files}
    running = {"file": "enabled", "active": "active", "load": "loaded", "unfit": False}
    units = dict.fromkeys(state.units.enabled, running)
    units |= {name: {**running, "file": "masked"} for name in state.units.masked}
    account = {"uid": 1000, "group": "users", "shell": True, "password": "locked", "keys": []}
    suites = ("bookworm", "bookworm-updates", "bookworm-security")
    return {
        "container": False,
        "files": files,
        "special_files": {},
        "firewall": {"running": [SSH_RULE], "wanted": [SSH_RULE]},
        "sshd": state.system.sshd,
        "accounts": {
            name: {**account, "uid": 0 if name == "root" else 1000 + number}
            for number, name in enumerate(state.accounts.logins)
        },
        "privileged_groups": {},
        "units": units,
        "listening": [{"socket": "tcp 22", "program": "sshd"}],
        "modules": [],
        "settings": {n: {"value": v, "writable": True} for n, v in state.system.kernel.settings.items()},
        "packages": dict.fromkeys(state.packages.present, "1"),
        "held": [],
        "sources": [source(suite) for suite in suites],
        "altered": {},
        "foreign_programs": {},
        "diverted": [],
        "names": [{"address": "127.0.0.1", "name": "localhost"}, {"address": "10.250.0.21", "name": "edge1"}],
    }


def source(suite: str, **more: Any) -> dict[str, Any]:
    """Return a line of ``sources.list``."""
    plain = {"uri": "http://mirror.example/debian", "components": ["main"], "options": {}}
    return {"file": "/etc/apt/sources.list", "line": 1, "suite": suite, **plain, **more}


def drift(state: HostState, facts: dict[str, Any] | None) -> Any:
    read = {} if facts is None else {"edge1": HostFacts(system_facts(facts), None)}
    return host_drift([state], ObservedHosts(read, ()), KnownDigests({}, {}))


def test_a_host_that_is_as_its_document_says_has_no_finding(state: HostState) -> None:
    seen = drift(state, clean_facts(state))
    assert (seen.findings, seen.unknown, seen.not_verifiable) == ((), (), ())


def test_a_host_that_was_not_read_is_unknown_and_never_clean(state: HostState) -> None:
    assert drift(state, None).unknown == (Unknown(None, "host edge1", "was not read"),)


def test_a_host_that_was_asked_something_else_is_judged_by_what_it_said_and_unknown_for_the_rest(
    state: HostState,
) -> None:
    facts = clean_facts(state)
    facts["files"]["/etc/kogge-facts/question.json"]["sha256"] = "0" * 64
    del facts["units"]["ssh.service"]
    seen = drift(state, facts)
    assert [f.where.item for f in seen.findings] == ["/etc/kogge-facts/question.json"]
    assert [(unknown.where, "unit ssh.service" in unknown.reason) for unknown in seen.unknown] == [("host edge1", True)]
    assert "kogge up" in seen.unknown[0].reason


def test_of_a_file_that_stays_on_its_host_a_report_shows_digests(state: HostState) -> None:
    facts = clean_facts(state)
    facts["files"]["/opt/kogge-facts/facts"] |= {"sha256": "0" * 64, "content": None}
    finding = drift(state, facts).findings[0]
    assert (finding.where.item, finding.path, finding.found) == (
        "/opt/kogge-facts/facts",
        "/content",
        {"sha256": "0" * 64},
    )


def test_a_setting_this_machine_kind_cannot_write_is_said_and_is_no_finding(
    state: HostState,
) -> None:
    facts = clean_facts(state)
    facts["settings"]["kernel.kptr_restrict"] = {"value": "0", "writable": False}
    seen = drift(state, facts)
    assert seen.findings == ()
    assert seen.not_verifiable == ("edge1: kernel setting kernel.kptr_restrict",)


@pytest.mark.parametrize(
    ("path", "severity"), [("/etc/ssh/authorized_keys/kogge", "critical"), ("/etc/sysctl.d/60-kogge.conf", "high")]
)
def test_a_file_that_decides_who_gets_in_is_critical(state: HostState, path: str, severity: str) -> None:
    facts = clean_facts(state)
    facts["files"][path] = {**facts["files"][path], "content": "ssh-ed25519 AAAA x\n", "sha256": "0" * 64}
    assert [(str(f.where), f.severity) for f in drift(state, facts).findings] == [(f"edge1 baseline: {path}", severity)]


def test_a_rule_is_told_in_the_words_of_nft(state: HostState) -> None:
    facts = clean_facts(state)
    rogue = {"place": "table inet kogge chain input", "text": "ip saddr 10.0.0.0/8 accept"}
    facts["firewall"]["running"] = [rogue]
    assert [(f.classification, f.path, f.found) for f in drift(state, facts).findings] == [
        ("foreign", "/table inet kogge chain input/ip saddr 10.0.0.0~18 accept", "ip saddr 10.0.0.0/8 accept"),
        ("missing", "/table inet kogge chain input/tcp dport 22 accept", None),
    ]


def test_a_foreign_table_is_one_finding_with_its_lines(state: HostState) -> None:
    facts = clean_facts(state)
    chain = "table ip rogue chain back"
    rogue = [("table ip rogue", ""), (chain, ""), (chain, "type nat hook prerouting priority dstnat;")]
    facts["firewall"]["running"] = [SSH_RULE, *({"place": place, "text": text} for place, text in rogue)]
    assert [(f.path, f.found) for f in drift(state, facts).findings] == [
        ("/table ip rogue", ["type nat hook prerouting priority dstnat;"])
    ]


def test_every_question_covers_every_managed_file(state: HostState) -> None:
    question = facts_question(state)
    assert set(question.managed) == {file.path for file in state.files}


def test_a_text_difference_names_the_first_line_that_is_other() -> None:
    assert text_difference("a\nb\nc\n", "a\nx\nc\n") == ({"lines": ["b"]}, {"line": 2, "lines": ["x"]})


def test_two_differences_at_one_place_have_two_names() -> None:
    on = On("db1", "database")
    assert on.missing("x", 1, path="/a").id != on.missing("x", 1, path="/b").id


def items(seen: Any) -> list[tuple[str, str]]:
    return [(f.where.item, str(f.classification)) for f in seen.findings]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"options": {"trusted": "yes"}}, "the option trusted=yes changes what is trusted"),
        ({"options": {"allow-insecure": "yes"}}, "the option allow-insecure=yes changes what is trusted"),
        ({"options": {"signed-by": "/etc/rogue.gpg"}}, "the option signed-by=/etc/rogue.gpg changes what is trusted"),
        (
            {"options": {"signed-by": "/usr/share/keyrings/a.gpg,/tmp/b.gpg"}},
            "the option signed-by=/usr/share/keyrings/a.gpg,/tmp/b.gpg changes what is trusted",
        ),
        ({"suite": "sid"}, "the suite is none of bookworm, bookworm-updates, bookworm-security"),
        (
            {"components": ["main", "rogue"]},
            "the component rogue is none of main, contrib, non-free, non-free-firmware",
        ),
    ],
)
def test_a_source_of_packages_that_is_not_debians_own_is_foreign_and_says_why(
    state: HostState, change: dict[str, Any], why: str
) -> None:
    facts = clean_facts(state)
    facts["sources"].append({**source("bookworm"), "line": 9, **change})
    (found,) = drift(state, facts).findings
    assert (str(found.classification), str(found.severity)) == ("foreign", "critical")
    assert found.found == {"file": "/etc/apt/sources.list", "line": 9, "why": [why]}


@pytest.mark.parametrize(
    "options", [{"arch": "amd64"}, {"signed-by": "/usr/share/keyrings/debian-archive-keyring.gpg"}]
)
def test_a_source_of_debian_may_name_its_architecture_and_its_key(state: HostState, options: dict[str, str]) -> None:
    facts = clean_facts(state)
    facts["sources"].append(source("bookworm", options=options))
    assert drift(state, facts).findings == ()


def test_only_mirrors_of_the_platform_are_taken_where_it_names_some(state: HostState) -> None:
    (baseline,) = state.roles
    apt = replace(state.system.apt, mirrors=("http://other.example/debian",))
    named = replace(state, roles=(replace(baseline, system=replace(state.system, apt=apt)),))
    seen = drift(named, clean_facts(state))
    assert {item for item, kind in items(seen) if kind == "foreign"} == {
        f"package source http://mirror.example/debian {suite}"
        for suite in ("bookworm", "bookworm-updates", "bookworm-security")
    }


def test_a_host_without_a_source_of_security_updates_is_missing_one(state: HostState) -> None:
    facts = clean_facts(state)
    facts["sources"] = [source("bookworm")]
    assert items(drift(state, facts)) == [("package source bookworm-security", "missing")]


def test_a_line_that_apt_cannot_read_is_reported_where_it_is(state: HostState) -> None:
    facts = clean_facts(state)
    facts["sources"].append({"file": "/etc/apt/sources.list", "line": 4, "unreadable": "dep x"})
    assert items(drift(state, facts)) == [("/etc/apt/sources.list line 4", "foreign")]


@pytest.mark.parametrize("kind", ["sshd", "settings", "packages", "units"])
def test_every_single_setting_package_and_unit_is_seen_when_it_changes(state: HostState, kind: str) -> None:
    names = list(clean_facts(state)[kind])
    assert names
    for name in names:
        other = clean_facts(state)
        match kind:
            case "sshd":
                other[kind] = {**other[kind], name: "other"}
            case "settings":
                other[kind][name] = {"value": "7", "writable": True}
            case "packages":
                del other[kind][name]
            case _:
                other[kind][name] = {**other[kind][name], "file": "disabled"}
        assert len(drift(state, other).findings) == 1, name


def test_names_of_the_host_itself_are_no_finding(
    state: HostState,
) -> None:
    facts = clean_facts(state)
    facts["names"] += [
        {"address": "127.0.1.1", "name": "edge1.kommune.example"},
        {"address": "::1", "name": "ip6-loopback"},
    ]
    assert drift(state, facts).findings == ()
    facts["names"].append({"address": "198.51.100.9", "name": "localhost"})
    assert items(drift(state, facts)) == [("/etc/hosts", "changed")]


def test_an_index_that_a_package_makes_is_no_foreign_program(state: HostState) -> None:
    facts = clean_facts(state)
    told = {"kind": "file", "mode": "0644", "owner": "root", "sha256": "x"}
    facts["foreign_programs"] = {"/usr/lib/udev/hwdb.bin": told, "/usr/lib/systemd/system/x.service": told}
    assert items(drift(state, facts)) == [("/usr/lib/systemd/system/x.service", "foreign")]


@pytest.mark.parametrize(
    ("fact", "allowed", "item"),
    [
        (
            lambda facts: facts["privileged_groups"].update({"ssl-cert": ["www-data"]}),
            lambda role: replace(role, accounts=replace(role.accounts, groups={"ssl-cert": ("www-data",)})),
            "group ssl-cert",
        ),
        (
            lambda facts: facts["special_files"].update({"/usr/bin/at": {"mode": "4755", "owner": "root"}}),
            lambda role: replace(role, places=replace(role.places, setuid=("/usr/bin/at",))),
            "/usr/bin/at",
        ),
        (
            lambda facts: facts["files"].update({"/etc/x/y": _file(owner="games")}),
            lambda role: replace(role, places=replace(role.places, owners={"/etc/x/": "games"})),
            "/etc/x/y",
        ),
        (
            lambda facts: facts["files"].update({"/opt/x": _file(kind="directory", mode="2775", group="games")}),
            lambda role: replace(role, places=replace(role.places, group_writable={"games": "2775"})),
            "/opt/x",
        ),
        (
            lambda facts: facts["files"].update({"/opt/x": _file(kind="link", packaged=False, target="y")}),
            lambda role: replace(role, places=replace(role.places, links={"/opt/x": "y"})),
            "/opt/x",
        ),
        (
            lambda facts: facts["names"].append({"address": "127.0.0.1", "name": "loop"}),
            lambda role: replace(role, system=replace(role.system, local_names=("localhost", "loop"))),
            "/etc/hosts",
        ),
        (
            lambda facts: facts["sources"].append(source("bookworm", options={"pdiffs": "no"})),
            lambda role: _with_apt(role, harmless_options=("pdiffs",)),
            "package source http://mirror.example/debian bookworm",
        ),
        (
            lambda facts: facts["listening"].append({"socket": "udp 51820", "program": "wireguard"}),
            lambda role: replace(role, listening=("tcp 22", "udp 51820")),
            "socket udp 51820",
        ),
    ],
)
def test_what_a_role_lets_be_is_no_finding_any_more(
    state: HostState,
    fact: Callable[[dict[str, Any]], None],
    allowed: Callable[[RoleState], RoleState],
    item: str,
) -> None:
    facts = clean_facts(state)
    fact(facts)
    assert [found for found, _ in items(drift(state, facts))] == [item]
    (baseline,) = state.roles
    assert items(drift(replace(state, roles=(allowed(baseline),)), facts)) == []


def _file(**more: Any) -> dict[str, Any]:
    return {"kind": "file", "mode": "0755", "owner": "root", "group": "root", "packaged": True, **more}


def _with_apt(role: RoleState, **changes: Any) -> RoleState:
    assert role.system is not None
    return replace(role, system=replace(role.system, apt=replace(role.system.apt, **changes)))


def test_a_name_that_a_pointer_must_escape_is_one_step_of_the_path(state: HostState) -> None:
    facts = clean_facts(state)
    facts["names"].append({"address": "198.51.100.9", "name": "a/b~c"})
    (found,) = drift(state, facts).findings
    assert found.path == "/names/a~1b~0c"
