"""A run takes away nothing that holds data and takes over nothing that others made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kogge.clusters.errors import WrongClusterError
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import StackState
from kogge.deploy.stacks.desired_stack import desired_stack
from kogge.deploy.stacks.takeover import (
    RemovalRefusedError,
    TakeoverRefusedError,
    refuse_removal,
    refuse_takeover,
    refuse_unasked,
)
from kogge.desired import DesiredObject, Removal, tenant_objects
from kogge.estate import Estate
from kogge.keyring import Keyring
from modules.registration import type_token
from tests.support.estate_files import EstateFiles
from tests.support.uid_server import UID, estate_at, uid_server


def urn(item: DesiredObject, stack: str) -> str:
    """Return the name under which Pulumi keeps an object, as an exported state shows it."""
    component = "kogge:index:Grant" if item.grant else "kogge:index:Space"
    token = type_token(item.ref.api_version, item.ref.kind)
    return f"urn:pulumi:{stack}::kogge::{component}${token}::{item.resource_name}"


def state_of(estate: Estate, stack: str) -> StackState:
    """Return the state of a stack that was just applied."""
    items = tenant_objects(estate, estate.tenant(stack))
    components = [f"kogge:index:Space::{space}" for space in dict.fromkeys(item.space for item in items)]
    components += [f"kogge:index:Grant::{grant}" for grant in sorted({item.grant for item in items if item.grant})]
    return StackState(
        digest="",
        resources=(
            *(f"urn:pulumi:{stack}::kogge::{component}" for component in components),
            *(urn(item, stack) for item in items),
        ),
        pending_creates=(),
        protected=tuple(urn(item, stack) for item in items if item.removal is Removal.STAGED),
    )


def check(estate: Estate, stack: str, state: StackState | None) -> None:
    refuse_removal(stack, tenant_objects(estate, estate.tenant(stack)), state, estate)


def test_a_new_stack_and_an_unchanged_one_take_nothing_away(files: EstateFiles) -> None:
    estate = files.load()
    for stack in estate.tenants:
        check(estate, stack, None)
        check(estate, stack, state_of(estate, stack))


def test_a_space_that_left_the_files_is_named_and_kept(files: EstateFiles) -> None:
    before = state_of(files.load(), "luebeck")
    with files.edit("tenants/luebeck.yaml") as luebeck:
        del luebeck["services"][1:]
    with pytest.raises(
        RemovalRefusedError, match=r"luebeck--terminvergabe, luebeck--ratsinformation is deployed"
    ) as no:
        check(files.load(), "luebeck", before)
    assert "retiring" in str(no.value.hint)


def test_a_service_that_retires_takes_nothing_away(files: EstateFiles) -> None:
    before = state_of(files.load(), "luebeck")
    with files.edit("tenants/luebeck.yaml") as luebeck:
        luebeck["services"][2]["state"] = "retiring"
    check(files.load(), "luebeck", before)


def test_a_claim_that_left_the_catalogue_is_named_and_kept(files: EstateFiles) -> None:
    before = state_of(files.load(), "luebeck")
    with files.edit("catalogue/ratsinformation.yaml") as application:
        application["volumes"] = []
    with pytest.raises(RemovalRefusedError, match="PersistentVolumeClaim luebeck--ratsinformation/papers holds data"):
        check(files.load(), "luebeck", before)


def test_what_can_be_made_again_may_go(files: EstateFiles) -> None:
    before = state_of(files.load(), "moelln")
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["network"]["external"] = []
    check(files.load(), "moelln", before)


@pytest.mark.parametrize(("stack", "broken"), [("it-allianz-nord", "segeberg"), ("segeberg", "it-allianz-nord")])
def test_a_partner_with_an_error_in_its_file_keeps_the_other_end_of_the_grant(
    files: EstateFiles, stack: str, broken: str
) -> None:
    before = state_of(files.load(), stack)
    with files.edit(f"tenants/{broken}.yaml") as document:
        document["size"] = "xxl"
    estate = files.load()
    assert set(estate.blocked) == {broken}
    with pytest.raises(RemovalRefusedError, match=f"tenants/{broken}.yaml has an error; nothing was changed"):
        check(estate, stack, before)


def test_a_grant_that_both_files_gave_up_may_go(files: EstateFiles) -> None:
    before = state_of(files.load(), "it-allianz-nord")
    with files.edit("tenants/segeberg.yaml") as segeberg:
        del segeberg["services"][2]
    with files.edit("tenants/it-allianz-nord.yaml") as provider:
        provider["offers"][0]["to"] = ["herzogtum-lauenburg"]
    estate = files.load()
    assert estate.blocked == {}
    check(estate, "it-allianz-nord", before)


def test_an_error_in_a_file_that_shares_no_grant_holds_nobody_up(files: EstateFiles) -> None:
    before = state_of(files.load(), "it-allianz-nord")
    with files.edit("tenants/rostock.yaml") as rostock:
        rostock["size"] = "xxl"
    check(files.load(), "it-allianz-nord", before)


def test_nothing_found_is_nothing_to_refuse() -> None:
    refuse_takeover("moelln", [])


def test_what_others_made_is_named_ten_at_most_with_the_way_to_take_it_over(files: EstateFiles) -> None:
    estate = files.load()
    items = tenant_objects(estate, estate.tenant("moelln"))
    with pytest.raises(TakeoverRefusedError) as refused:
        refuse_takeover("moelln", items[:1])
    assert refused.value.message.splitlines()[1:] == ["    Namespace moelln--terminvergabe"]
    assert "kogge up moelln --adopt" in str(refused.value.hint)
    with pytest.raises(TakeoverRefusedError) as many:
        refuse_takeover("moelln", [replace(items[0])] * 12)
    assert len(many.value.message.splitlines()) == 12
    assert many.value.message.endswith("and 2 more")


@pytest.mark.parametrize("adopt", [False, True])
def test_another_cluster_is_refused_whatever_was_asked_for(files: EstateFiles, tmp_path: Path, adopt: bool) -> None:
    """A plan that was made before the provisioner had rights could not ask as whom it would write."""
    with uid_server(tmp_path) as server:
        estate = estate_at(files, server.kubeconfigs, {"kube_system_uid": "99999999-9999-4999-8999-999999999999"})
        desired = desired_stack(estate, "moelln", lambda _: "v1.37.2")
        with pytest.raises(WrongClusterError, match=UID):
            refuse_unasked(Session(estate, Keyring(estate)), desired, None, adopt=adopt)
