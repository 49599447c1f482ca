"""A stack is skipped only if desired state, code, provider and stored state are all what the last apply left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kogge.deploy.applied import Applied, read_record, stack_record, write_record
from kogge.deploy.plan import DesiredStack
from kogge.deploy.stacks.backend import StackState
from kogge.deploy.stacks.desired_stack import desired_stack, is_applied, objects_digest, provider_digest
from kogge.derived import Derived, Purpose
from kogge.desired import Removal, tenant_objects
from kogge.digests import OwnerDigests, write_digests
from kogge.estate import Estate
from kogge.keyring.master import new_master
from kogge.keyring.signing import public_key, signed
from kogge.trust import key_directory, write_pin
from tests.support.estate_files import EstateFiles

STATE = StackState("state", (), ())


def desired(estate: Estate, *, version: str = "v1.37.2") -> DesiredStack:
    """Return what the stack moelln should be on a cluster of a version."""
    uid = estate.platform.clusters["hl1"].kube_system_uid_file
    assert uid is not None
    path = estate.path(uid)
    if not path.exists():
        path.parent.mkdir(parents=True)
        path.write_text("11111111-1111-4111-8111-111111111111\n", encoding="ascii")
    return desired_stack(estate, "moelln", lambda _: version)


def record(estate: Estate, applied: Applied) -> None:
    """Record an apply of the stack moelln."""
    write_record(stack_record(estate.root, "moelln"), {"moelln": applied})


@pytest.fixture
def applied(files: EstateFiles) -> Estate:
    """An estate whose stack moelln was just applied."""
    estate = files.load()
    record(estate, replace(desired(estate).inputs, state="state"))
    return estate


def test_right_after_an_apply_there_is_nothing_to_do(applied: Estate) -> None:
    assert is_applied(applied, desired(applied), STATE)


@pytest.mark.parametrize("field", ["desired", "code", "destination", "state"])
def test_each_of_the_four_digests_alone_makes_the_stack_run(applied: Estate, field: str) -> None:
    found = read_record(stack_record(applied.root, "moelln"))["moelln"]
    record(applied, replace(found, **{field: "other"}))
    assert not is_applied(applied, desired(applied), STATE)


def test_without_a_state_or_a_record_the_stack_runs(applied: Estate) -> None:
    assert not is_applied(applied, desired(applied), None)
    assert not is_applied(applied, desired(applied), replace(STATE, digest="other"))
    (applied.root / ".kogge/applied/moelln.json").unlink()
    assert not is_applied(applied, desired(applied), STATE)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"desired": "a"}', '{"more": 1}'])
def test_a_record_that_cannot_be_read_makes_the_stack_run(applied: Estate, content: str) -> None:
    (applied.root / ".kogge/applied/moelln.json").write_text(content, encoding="utf-8")
    assert read_record(stack_record(applied.root, "moelln")) == {}
    assert not is_applied(applied, desired(applied), STATE)


def test_another_stacks_record_is_not_this_ones(applied: Estate) -> None:
    assert read_record(stack_record(applied.root, "rostock")) == {}


def test_a_changed_file_makes_the_stacks_run_that_it_touches(files: EstateFiles, applied: Estate) -> None:
    with files.edit("tenants/rostock.yaml") as rostock:
        rostock["contacts"]["platform"] = "other@rostock.example"
    assert is_applied(files.load(), desired(files.load()), STATE)
    with files.edit("tenants/moelln.yaml") as moelln:
        moelln["network"]["external"][0]["port"] = 8443
    assert not is_applied(files.load(), desired(files.load()), STATE)


def test_another_master_key_makes_the_stack_run(applied: Estate) -> None:
    platform = new_master()
    write_pin(applied, public_key(platform))
    write_digests(key_directory(applied), signed(OwnerDigests("moelln", "other", {}), platform))
    assert not is_applied(applied, desired(applied), STATE)


def test_another_cluster_or_another_version_of_it_makes_the_stack_run(applied: Estate) -> None:
    assert not is_applied(applied, desired(applied, version="v1.38.0"), STATE)
    uid = applied.platform.clusters["hl1"].kube_system_uid_file
    assert uid is not None
    applied.path(uid).write_text("22222222-2222-4222-8222-222222222222\n", encoding="ascii")
    assert not is_applied(applied, desired(applied), STATE)


def test_the_digest_of_desired_objects_follows_everything_that_makes_a_resource(files: EstateFiles) -> None:
    estate = files.load()
    items = tenant_objects(estate, estate.tenant("moelln"))
    before = objects_digest(items, "")
    assert objects_digest(items, "") == before
    first, rest = items[0], items[1:]
    for other in (
        replace(first, manifest={**first.manifest, "x": 1}),
        replace(first, grant="a/b/c"),
        replace(first, removal=Removal.DELETE),
        replace(first, delegated_paths=("/x",)),
    ):
        assert objects_digest((other, *rest), "") != before
    assert objects_digest(rest, "") != before
    assert objects_digest(items, "more") != before


def test_a_secret_counts_by_its_name_and_version(files: EstateFiles) -> None:
    estate = files.load()
    item = tenant_objects(estate, estate.tenant("moelln"))[0]
    one, two = (
        objects_digest([replace(item, manifest={"s": Derived("moelln", Purpose.SESSION_KEY, "a", version)})], "")
        for version in (1, 2)
    )
    assert one != two
    with pytest.raises(TypeError, match="not part of a manifest: set"):
        objects_digest([replace(item, manifest={"s": {1}})], "")


def test_the_provider_is_its_kubeconfigs_and_clusters(files: EstateFiles) -> None:
    path = files.root / "a"
    found = {
        provider_digest([path], ["u"]),
        provider_digest([files.root / "b"], ["u"]),
        provider_digest([path], ["v"]),
        provider_digest([path, path], ["u"]),
    }
    assert len(found) == 4
