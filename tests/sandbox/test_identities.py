"""Who may do what on a fresh sandbox: the administrator everything, everybody else nothing yet."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pyrage
import pytest
import yaml

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiRefused, ApiUnreachable
from kogge.json_value import at, text_at
from sandbox.controlplane import certificates
from sandbox.controlplane.certificates import certificate_path, key_path
from sandbox.controlplane.ports import kept
from sandbox.controlplane.state import State, create


def rewritten(state: State, target: Path, *, identity: str = "admin", authority: Path | None = None) -> Path:
    """Copy a kubeconfig, with another authority or without a client certificate where asked."""
    config = yaml.safe_load(state.kubeconfig("admin").read_text(encoding="utf-8"))
    if authority is not None:
        config["clusters"][0]["cluster"]["certificate-authority-data"] = base64.b64encode(
            authority.read_bytes()
        ).decode()
    if identity == "anonymous":
        config["users"][0]["user"] = {}
    target.write_text(yaml.safe_dump(config), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Certificates of another sandbox."""
    state = State(tmp_path_factory.mktemp("stranger") / "state")
    create(state)
    certificates.ensure(state)
    return state


def test_without_a_certificate_the_cluster_is_closed(sandbox: State, tmp_path: Path) -> None:
    anonymous = KubeApi.from_kubeconfig(rewritten(sandbox, tmp_path / "c.yaml", identity="anonymous"))
    with pytest.raises(ApiRefused, match="system:anonymous") as refused:
        anonymous.get("/api/v1/namespaces")
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("identity", "user", "group"),
    [("provisioner", "kogge:provisioner", "kogge:provisioners"), ("nightly", "kogge:nightly", "kogge:auditors")],
)
def test_kogges_identities_are_known_and_have_no_rights_yet(bare: State, identity: str, user: str, group: str) -> None:
    api = KubeApi.from_kubeconfig(bare.kubeconfig(identity))
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    told = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
    assert text_at(told, "status", "userInfo", "username") == user
    assert group in json.dumps(at(told, "status", "userInfo", "groups"))
    with pytest.raises(ApiRefused) as refused:
        api.list_all("/api/v1/namespaces")
    assert refused.value.status == 403


def test_a_server_with_another_authority_is_not_trusted(sandbox: State, stranger: State, tmp_path: Path) -> None:
    other = certificate_path(stranger, "ca")
    api = KubeApi.from_kubeconfig(rewritten(sandbox, tmp_path / "c.yaml", authority=other), retry=False)
    with pytest.raises(ApiUnreachable, match="TLS failed"):
        api.get("/version")


def test_a_client_of_another_authority_is_not_let_in(sandbox: State, stranger: State) -> None:
    context = ssl.create_default_context(cafile=str(certificate_path(sandbox, "ca")))
    context.load_cert_chain(certificate_path(stranger, "admin"), key_path(stranger, "admin"))
    ports = kept(sandbox)
    assert ports is not None
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"https://127.0.0.1:{ports.apiserver}/api/v1/nodes", context=context, timeout=10)


@pytest.mark.parametrize("leaf", [None, "admin"])
def test_etcd_talks_to_nobody_but_the_apiserver(sandbox: State, leaf: str | None) -> None:
    context = ssl.create_default_context(cafile=str(certificate_path(sandbox, "etcd-ca")))
    if leaf:
        context.load_cert_chain(certificate_path(sandbox, leaf), key_path(sandbox, leaf))
    ports = kept(sandbox)
    assert ports is not None
    with pytest.raises(OSError, match=r"(?i)certificate|alert|unknown ca|closed|reset|eof"):
        urllib.request.urlopen(f"https://127.0.0.1:{ports.etcd_client}/health", context=context, timeout=10).read()


def test_what_is_secret_is_readable_by_its_owner_only(sandbox: State) -> None:
    open_files = [
        file
        for file in (*sandbox.pki.glob("*.key"), *sandbox.identities.iterdir(), *sandbox.cluster.glob("kubeconfig/*"))
        if file.stat().st_mode & 0o077
    ]
    assert open_files == []
    assert sandbox.directory.stat().st_mode & 0o077 == 0


def test_what_an_age_recipient_gets_only_its_identity_reads(sandbox: State) -> None:
    listed = yaml.safe_load((sandbox.identities / "recipients.yaml").read_text(encoding="utf-8"))
    assert [(entry["name"], entry["offline"]) for entry in listed] == [("online", False), ("offline", True)]
    online, offline = (
        pyrage.x25519.Identity.from_str(
            (sandbox.identities / f"{entry['name']}.txt").read_text(encoding="utf-8").strip()
        )
        for entry in listed
    )
    sealed = pyrage.encrypt(b"master", [pyrage.x25519.Recipient.from_str(listed[0]["recipient"])])
    assert pyrage.decrypt(sealed, [online]) == b"master"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [offline])


def test_the_uid_file_names_this_cluster(sandbox: State, admin: KubeApi) -> None:
    uid = text_at(admin.get("/api/v1/namespaces/kube-system"), "metadata", "uid")
    assert sandbox.uid_file.read_text(encoding="utf-8").strip() == uid
