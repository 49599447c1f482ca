"""Facts against documents where no host is needed: what is not known is unknown, what nobody declared is foreign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kogge.desired.hosts import host_documents
from kogge.desired.objects import HostDocument
from kogge.drift.hosts.compare import facts_questions, host_drift
from kogge.drift.hosts.difference import On, text_difference
from kogge.estate import require_estate
from kogge.findings import Unknown
from kogge.hostrun import HostRunSummary, Outcome, RoleResult
from kogge.hostrun.facts import HostFacts
from kogge.observe.hosts import ObservedHosts
from tests.support.checkout import CHECKOUT

SSH_RULE = {"place": "table inet kogge chain input", "text": "tcp dport 22 accept"}


@pytest.fixture(scope="module")
def documents() -> tuple[HostDocument, ...]:
    keys = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample operator",)
    every = host_documents(require_estate(CHECKOUT, as_of=date(2026, 11, 24)), keys)
    return tuple(document for document in every if document.host == "edge1")


def clean_facts(document: HostDocument) -> dict[str, Any]:
    """Return facts of a host that is exactly as its document says."""
    content = document.content
    files = {
        file["path"]: {**file, "kind": "file", "packaged": False, "frozen": False}
        for group in content["files"].values()
        for file in group
    }
    running = {"file": "enabled", "active": "active", "load": "loaded", "unfit": False}
    units = dict.fromkeys(content["units"]["enabled"], running)
    units |= {name: {**running, "file": "masked"} for name in content["units"]["masked"]}
    account = {"uid": 1000, "group": "users", "shell": True, "password": "locked", "keys": []}
    suites = ("bookworm", "bookworm-updates", "bookworm-security")
    return {
        "container": False,
        "files": files,
        "special_files": {},
        "firewall": {"running": [SSH_RULE], "wanted": [SSH_RULE]},
        "sshd": content["sshd"],
        "accounts": {
            name: {**account, "uid": 0 if name == "root" else 1000 + number}
            for number, name in enumerate(content["logins"])
        },
        "privileged_groups": {},
        "units": units,
        "listening": [{"socket": "tcp 22", "program": "sshd"}],
        "modules": [],
        "settings": {n: {"value": v, "writable": True} for n, v in content["kernel"]["settings"].items()},
        "packages": dict.fromkeys(content["packages"]["present"], "1"),
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


def drift(documents: tuple[HostDocument, ...], facts: dict[str, Any] | None, **more: Any) -> Any:
    observed = ObservedHosts({"edge1": HostFacts(facts, None)} if facts is not None else {}, ())
    return host_drift(documents, observed, lambda _: None, **more)


def test_a_host_that_is_as_its_document_says_has_no_finding(documents: tuple[HostDocument, ...]) -> None:
    seen = drift(documents, clean_facts(documents[0]))
    assert (seen.findings, seen.unknown, seen.not_verifiable) == ((), (), ())


def test_a_host_that_was_not_read_is_unknown_and_never_clean(documents: tuple[HostDocument, ...]) -> None:
    assert drift(documents, None).unknown == (Unknown(None, "host edge1", "was not read"),)


def test_what_a_check_run_would_change_is_a_finding_when_the_facts_saw_nothing(
    documents: tuple[HostDocument, ...],
) -> None:
    result = RoleResult("edge1", "baseline", Outcome.CHANGED, changes=("Some task: x",))
    seen = drift(documents, clean_facts(documents[0]), witness=HostRunSummary((result,), check=True, seconds=1))
    assert [(str(f.where), f.found) for f in seen.findings] == [("edge1 baseline: Some task", "x")]


def test_a_check_run_that_failed_is_unknown(documents: tuple[HostDocument, ...]) -> None:
    result = RoleResult("edge1", "baseline", Outcome.FAILED, message="no space")
    seen = drift(documents, clean_facts(documents[0]), witness=HostRunSummary((result,), check=True, seconds=1))
    assert seen.unknown == (Unknown(None, "host edge1 baseline", "check run: no space"),)


def test_a_setting_this_machine_kind_cannot_write_is_said_and_is_no_finding(
    documents: tuple[HostDocument, ...],
) -> None:
    facts = clean_facts(documents[0])
    facts["settings"]["kernel.kptr_restrict"] = {"value": "0", "writable": False}
    seen = drift(documents, facts)
    assert seen.findings == ()
    assert seen.not_verifiable == ("edge1: kernel setting kernel.kptr_restrict",)


@pytest.mark.parametrize(
    ("path", "severity"), [("/etc/ssh/authorized_keys/kogge", "critical"), ("/etc/sysctl.d/60-kogge.conf", "high")]
)
def test_a_file_that_decides_who_gets_in_is_critical(
    documents: tuple[HostDocument, ...], path: str, severity: str
) -> None:
    facts = clean_facts(documents[0])
    facts["files"][path] = {**facts["files"][path], "content": "ssh-ed25519 AAAA x\n"}
    assert [(str(f.where), f.severity) for f in drift(documents, facts).findings] == [
        (f"edge1 baseline: {path}", severity)
    ]


def test_a_rule_is_told_in_the_words_of_nft(documents: tuple[HostDocument, ...]) -> None:
    facts = clean_facts(documents[0])
    rogue = {"place": "table inet kogge chain input", "text": "ip saddr 10.0.0.0/8 accept"}
    facts["firewall"]["running"] = [rogue]
    assert [(f.classification, f.path, f.found) for f in drift(documents, facts).findings] == [
        ("foreign", "/table inet kogge chain input/ip saddr 10.0.0.0~18 accept", "ip saddr 10.0.0.0/8 accept"),
        ("missing", "/table inet kogge chain input/tcp dport 22 accept", None),
    ]


def test_a_foreign_table_is_one_finding_with_its_lines(documents: tuple[HostDocument, ...]) -> None:
    facts = clean_facts(documents[0])
    chain = "table ip rogue chain back"
    rogue = [("table ip rogue", ""), (chain, ""), (chain, "type nat hook prerouting priority dstnat;")]
    facts["firewall"]["running"] = [SSH_RULE, *({"place": place, "text": text} for place, text in rogue)]
    assert [(f.path, f.found) for f in drift(documents, facts).findings] == [
        ("/table ip rogue", ["type nat hook prerouting priority dstnat;"])
    ]


def test_every_question_covers_every_managed_file(documents: tuple[HostDocument, ...]) -> None:
    question = facts_questions(documents)["edge1"]
    assert "/etc/ssh/sshd_config" in question.managed
    assert question.database_port is None


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
    documents: tuple[HostDocument, ...], change: dict[str, Any], why: str
) -> None:
    facts = clean_facts(documents[0])
    facts["sources"].append({**source("bookworm"), "line": 9, **change})
    (found,) = drift(documents, facts).findings
    assert (str(found.classification), str(found.severity)) == ("foreign", "critical")
    assert found.found == {"file": "/etc/apt/sources.list", "line": 9, "why": [why]}


@pytest.mark.parametrize(
    "options", [{"arch": "amd64"}, {"signed-by": "/usr/share/keyrings/debian-archive-keyring.gpg"}]
)
def test_a_source_of_debian_may_name_its_architecture_and_its_key(
    documents: tuple[HostDocument, ...], options: dict[str, str]
) -> None:
    facts = clean_facts(documents[0])
    facts["sources"].append(source("bookworm", options=options))
    assert drift(documents, facts).findings == ()


def test_only_mirrors_of_the_platform_are_taken_where_it_names_some(documents: tuple[HostDocument, ...]) -> None:
    content = documents[0].content
    named = {**content, "apt": {**content["apt"], "mirrors": ["http://other.example/debian"]}}
    seen = drift((replace(documents[0], content=named),), clean_facts(documents[0]))
    assert {item for item, kind in items(seen) if kind == "foreign"} == {
        f"package source http://mirror.example/debian {suite}"
        for suite in ("bookworm", "bookworm-updates", "bookworm-security")
    }


def test_a_host_without_a_source_of_security_updates_is_missing_one(documents: tuple[HostDocument, ...]) -> None:
    facts = clean_facts(documents[0])
    facts["sources"] = [source("bookworm")]
    assert items(drift(documents, facts)) == [("package source bookworm-security", "missing")]


def test_a_line_that_apt_cannot_read_is_reported_where_it_is(documents: tuple[HostDocument, ...]) -> None:
    facts = clean_facts(documents[0])
    facts["sources"].append({"file": "/etc/apt/sources.list", "line": 4, "unreadable": "dep x"})
    assert items(drift(documents, facts)) == [("/etc/apt/sources.list line 4", "foreign")]


@pytest.mark.parametrize("kind", ["sshd", "settings", "packages", "units"])
def test_every_single_setting_package_and_unit_is_seen_when_it_changes(
    documents: tuple[HostDocument, ...], kind: str
) -> None:
    names = list(clean_facts(documents[0])[kind])
    assert names
    for name in names:
        other = clean_facts(documents[0])
        match kind:
            case "sshd":
                other[kind] = {**other[kind], name: "other"}
            case "settings":
                other[kind][name] = {"value": "7", "writable": True}
            case "packages":
                del other[kind][name]
            case _:
                other[kind][name] = {**other[kind][name], "file": "disabled"}
        assert len(drift(documents, other).findings) == 1, name


def test_names_of_the_host_itself_are_no_finding(
    documents: tuple[HostDocument, ...],
) -> None:
    facts = clean_facts(documents[0])
    facts["names"] += [
        {"address": "127.0.1.1", "name": "edge1.kommune.example"},
        {"address": "::1", "name": "ip6-loopback"},
    ]
    assert drift(documents, facts).findings == ()
    facts["names"].append({"address": "198.51.100.9", "name": "localhost"})
    assert items(drift(documents, facts)) == [("/etc/hosts", "changed")]


def test_an_index_that_a_package_makes_is_no_foreign_program(documents: tuple[HostDocument, ...]) -> None:
    facts = clean_facts(documents[0])
    told = {"kind": "file", "mode": "0644", "owner": "root", "sha256": "x"}
    facts["foreign_programs"] = {"/usr/lib/udev/hwdb.bin": told, "/usr/lib/systemd/system/x.service": told}
    assert items(drift(documents, facts)) == [("/usr/lib/systemd/system/x.service", "foreign")]
