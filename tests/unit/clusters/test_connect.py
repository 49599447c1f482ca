"""A client is given for the cluster that the files mean, under the identity that was asked for, and for no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kogge.clusters.connect import check_uid, connect, unchecked
from kogge.clusters.errors import ApiUnreachable, KubeconfigError, UidUnknownError, WrongClusterError
from kogge.clusters.identity import Identity, applying
from kogge.estate import Estate
from kogge.json_value import text_at
from tests.support.estate_files import EstateFiles
from tests.support.uid_server import UID, UidServer, estate_at, uid_server

OTHER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UidServer]:
    with uid_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def right(files: EstateFiles, server: UidServer) -> Estate:
    """An estate whose cluster is the server."""
    server.asked_by.clear()
    return estate_at(files, server.kubeconfigs, {"kube_system_uid": UID})


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        (Identity.PLATFORM, "kogge-sandbox-admin"),
        (Identity.PROVISIONER, "kogge:provisioner"),
        (Identity.NIGHTLY, "kogge:nightly"),
    ],
)
def test_the_cluster_is_asked_under_the_identity_that_was_named(
    right: Estate, server: UidServer, identity: Identity, name: str
) -> None:
    api = connect(right, "hl1", identity)
    assert server.asked_by == [name]
    assert text_at(api.get("/api/v1/namespaces/kube-system"), "metadata", "uid") == UID
    assert set(server.asked_by) == {name}


def test_the_stack_platform_is_applied_by_its_own_identity_and_a_tenant_by_the_provisioner() -> None:
    assert applying("platform") is Identity.PLATFORM
    assert applying("moelln") is Identity.PROVISIONER


@pytest.mark.parametrize("identity", Identity)
def test_another_cluster_is_refused_with_both_uids_and_the_next_step(
    files: EstateFiles, server: UidServer, identity: Identity
) -> None:
    estate = estate_at(files, server.kubeconfigs, {"kube_system_uid": OTHER})
    with pytest.raises(WrongClusterError, match=f"is not the one platform.yaml.* {UID}, expected is {OTHER}") as wrong:
        connect(estate, "hl1", identity)
    assert (wrong.value.found, wrong.value.expected) == (UID, OTHER)
    assert "correct the kubeconfig" in str(wrong.value.hint)


def test_that_it_answers_and_that_it_is_the_right_one_are_told_apart(files: EstateFiles, server: UidServer) -> None:
    estate = estate_at(files, server.kubeconfigs, {"kube_system_uid": OTHER})
    api = unchecked(estate, "hl1", Identity.PLATFORM)
    assert api.get("/version")
    with pytest.raises(WrongClusterError):
        check_uid(estate, "hl1", api)


@pytest.mark.parametrize("written", ["~/clusters", "clusters", "{home}/clusters"])
def test_a_path_leads_there_from_home_from_the_data_root_and_from_the_top(
    files: EstateFiles, server: UidServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    place = (files.root if written == "clusters" else home) / "clusters"
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(server.kubeconfigs)
    uid = home / "uid" if written.startswith("~") else files.root / "uid"
    uid.parent.mkdir(exist_ok=True)
    uid.write_text(f"{UID}\n", encoding="ascii")
    file = "~/uid" if written.startswith("~") else "uid"
    estate = estate_at(files, written.format(home=home), {"kube_system_uid_file": file})
    for identity in Identity:
        connect(estate, "hl1", identity)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read: No such file"), (b"\xff\xfe", "holds no uid"), (b"\n", "holds no uid")],
)
def test_a_uid_file_that_cannot_be_read_lets_nobody_in(
    files: EstateFiles, server: UidServer, content: bytes | None, said: str
) -> None:
    if content is not None:
        (files.root / "uid").write_bytes(content)
    estate = estate_at(files, server.kubeconfigs, {"kube_system_uid_file": "uid"})
    with pytest.raises(UidUnknownError, match=said) as unknown:
        connect(estate, "hl1", Identity.NIGHTLY)
    assert unknown.value.hint


def test_a_cluster_that_is_gone_and_a_kubeconfig_that_is_gone_are_different_errors(
    files: EstateFiles, server: UidServer, tmp_path: Path
) -> None:
    text = server.state.kubeconfig("admin").read_text(encoding="utf-8")
    (tmp_path / "dead").mkdir()
    for name in ("admin", "provisioner"):
        (tmp_path / "dead" / f"{name}.yaml").write_text(text.replace(f":{server.port}", ":1"), encoding="utf-8")
    estate = estate_at(files, tmp_path / "dead", {"kube_system_uid": UID})
    with pytest.raises(ApiUnreachable, match="nothing listens there"):
        connect(estate, "hl1", Identity.PROVISIONER, retry=False)
    with pytest.raises(KubeconfigError, match="no kubeconfig at"):
        connect(estate, "hl1", Identity.NIGHTLY)
