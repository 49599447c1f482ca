"""Facts against documents where no host is needed: what is not known is unknown, what nobody declared is foreign."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kogge.desired.hosts import host_documents
from kogge.desired.objects import HostDocument
from kogge.drift.host_difference import On, text_difference
from kogge.drift.hosts import facts_questions, host_drift
from kogge.estate import require_estate
from kogge.findings import Unknown
from kogge.hostrun import HostRunSummary, Outcome, RoleResult
from kogge.hostrun.facts import HostFacts
from kogge.observe.hosts import ObservedHosts

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def documents() -> tuple[HostDocument, ...]:
    keys = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample operator",)
    every = host_documents(require_estate(ROOT, as_of=date(2026, 11, 24)), keys)
    return tuple(document for document in every if document.host == "edge1")


def clean_facts(document: HostDocument) -> dict[str, Any]:
    """Return facts of a host that is exactly as its document says."""
    content = document.content
    files = {
        file["path"]: {**file, "kind": "file", "packaged": False}
        for group in content["files"].values()
        for file in group
    }
    running = {"file": "enabled", "active": "active", "load": "loaded", "unfit": False}
    units = dict.fromkeys(content["units"]["enabled"], running)
    units |= {name: {**running, "file": "masked"} for name in content["units"]["masked"]}
    account = {"uid": 1000, "shell": True, "password": "locked", "keys": []}
    return {
        "container": False,
        "files": files,
        "special_files": {},
        "firewall": {"running": [{"rule": {"table": "kogge"}}], "wanted": [{"rule": {"table": "kogge"}}]},
        "sshd": content["sshd"],
        "accounts": {name: {**account, "uid": 0 if name == "root" else 1000} for name in content["logins"]},
        "privileged_groups": {},
        "units": units,
        "listening": [{"socket": "tcp 22", "program": "sshd"}],
        "modules": [],
        "settings": {n: {"value": v, "writable": True} for n, v in content["kernel"]["settings"].items()},
        "packages": dict.fromkeys(content["packages"]["present"], "1"),
    }


def drift(documents: tuple[HostDocument, ...], facts: dict[str, Any] | None, **more: Any) -> Any:
    observed = ObservedHosts({"edge1": HostFacts(facts, None)} if facts is not None else {}, ())
    return host_drift(documents, observed, lambda _: None, **more)


def test_a_host_that_is_as_its_document_says_has_no_finding(documents: tuple[HostDocument, ...]) -> None:
    seen = drift(documents, clean_facts(documents[0]))
    assert (seen.findings, seen.unknown, seen.not_verifiable) == ((), (), ())


def test_a_host_that_was_not_read_is_unknown_and_never_clean(documents: tuple[HostDocument, ...]) -> None:
    assert drift(documents, None).unknown == (Unknown("host edge1", "was not read"),)


def test_what_a_check_run_would_change_is_a_finding_when_the_facts_saw_nothing(
    documents: tuple[HostDocument, ...],
) -> None:
    result = RoleResult("edge1", "baseline", Outcome.CHANGED, changes=("Some task: x",))
    seen = drift(documents, clean_facts(documents[0]), witness=HostRunSummary((result,), check=True, seconds=1))
    assert [(str(f.where), f.found) for f in seen.findings] == [("edge1 baseline: Some task", "x")]


def test_a_check_run_that_failed_is_unknown(documents: tuple[HostDocument, ...]) -> None:
    result = RoleResult("edge1", "baseline", Outcome.FAILED, message="no space")
    seen = drift(documents, clean_facts(documents[0]), witness=HostRunSummary((result,), check=True, seconds=1))
    assert seen.unknown == (Unknown("host edge1 baseline", "check run: no space"),)


def test_a_setting_this_machine_kind_cannot_write_is_said_and_is_no_finding(
    documents: tuple[HostDocument, ...],
) -> None:
    facts = clean_facts(documents[0])
    facts["settings"]["kernel.kptr_restrict"] = {"value": "0", "writable": False}
    seen = drift(documents, facts)
    assert seen.findings == ()
    assert seen.not_verifiable == ("edge1: kernel setting kernel.kptr_restrict",)


def test_every_question_covers_every_managed_file(documents: tuple[HostDocument, ...]) -> None:
    question = facts_questions(documents)["edge1"]
    assert "/etc/ssh/sshd_config" in question.managed
    assert question.database_port is None


def test_a_text_difference_names_the_first_line_that_is_other() -> None:
    assert text_difference("a\nb\nc\n", "a\nx\nc\n") == ({"lines": ["b"]}, {"line": 2, "lines": ["x"]})


def test_two_differences_at_one_place_have_two_names() -> None:
    on = On("db1", "database")
    assert on.missing("x", 1, path="/a").id != on.missing("x", 1, path="/b").id
