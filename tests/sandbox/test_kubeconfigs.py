"""Kubeconfigs as cloud providers and companies hand them out: a login program, a proxy, a name for TLS."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiError, ApiUnreachable
from sandbox.controlplane.state import State
from tests.support import login_program
from tests.support.connect_proxy import connect_proxy
from tests.support.estate_root import EstateRoot
from tests.support.login_program import LoginScript, credential

NAME = "hl1.behind-the-proxy.example"
CERTIFIED = "kubernetes.default.svc"
"""A name in the certificate of the sandbox's apiserver."""


def changed(sandbox: State, path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    """Write the administrator's kubeconfig with its cluster and user changed."""
    config = yaml.safe_load(sandbox.kubeconfig("admin").read_text(encoding="utf-8"))
    change(config["clusters"][0]["cluster"], config["users"][0]["user"])
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def port(sandbox: State) -> int:
    config = yaml.safe_load(sandbox.kubeconfig("admin").read_text(encoding="utf-8"))
    found = urlsplit(config["clusters"][0]["cluster"]["server"]).port
    assert found is not None
    return found


def login(sandbox: State, directory: Path, identity: str = "admin") -> LoginScript:
    """Return a login program that hands out the client certificate of an identity."""
    user = yaml.safe_load(sandbox.kubeconfig(identity).read_text(encoding="utf-8"))["users"][0]["user"]
    pem = {key: base64.b64decode(user[f"{key}-data"]).decode() for key in ("client-certificate", "client-key")}
    answer = credential(clientCertificateData=pem["client-certificate"], clientKeyData=pem["client-key"])
    return login_program.make(directory, answer)


def only(user: dict[str, Any], entry: dict[str, Any]) -> None:
    user.clear()
    user["exec"] = entry


def test_a_login_program_gives_the_certificate_once_for_all_requests(sandbox: State, tmp_path: Path) -> None:
    script = login(sandbox, tmp_path)
    path = changed(sandbox, tmp_path / "c.yaml", lambda _, user: only(user, script.entry()))
    for _ in range(2):
        assert KubeApi.from_kubeconfig(path).list_all("/api/v1/namespaces")
    assert len(script.runs()) == 1


def test_a_token_that_the_server_does_not_take_is_fetched_once_more(sandbox: State, tmp_path: Path) -> None:
    script = login_program.make(tmp_path, credential(token="not-known"))
    path = changed(sandbox, tmp_path / "c.yaml", lambda _, user: only(user, script.entry()))
    with pytest.raises(ApiError) as refused:
        KubeApi.from_kubeconfig(path).get("/api/v1/namespaces")
    assert refused.value.status == 401
    assert "not-known" not in refused.value.message
    assert len(script.runs()) == 2


@pytest.mark.parametrize("account", ["", "kogge:s3cret/!"])
def test_a_cluster_is_reached_through_a_proxy_that_alone_knows_its_name(
    sandbox: State, tmp_path: Path, account: str
) -> None:
    with connect_proxy({NAME: port(sandbox)}, account=account) as proxy:
        given = account.replace("/", "%2F").replace("!", "%21") + "@" if account else ""

        def behind(cluster: dict[str, Any], _: dict[str, Any]) -> None:
            cluster["server"] = f"https://{NAME}:6443"
            cluster["proxy-url"] = f"http://{given}127.0.0.1:{proxy.port}"
            cluster["tls-server-name"] = CERTIFIED

        api = KubeApi.from_kubeconfig(changed(sandbox, tmp_path / "c.yaml", behind))
        assert api.list_all("/api/v1/namespaces")
        assert set(proxy.asked) == {f"CONNECT {NAME}:6443"}


def test_a_proxy_that_asks_for_another_account_is_told(sandbox: State, tmp_path: Path) -> None:
    with connect_proxy({NAME: port(sandbox)}, account="kogge:right") as proxy:

        def behind(cluster: dict[str, Any], _: dict[str, Any]) -> None:
            cluster["server"] = f"https://{NAME}:6443"
            cluster["proxy-url"] = f"http://kogge:hidden@127.0.0.1:{proxy.port}"

        with pytest.raises(ApiUnreachable) as unreachable:
            KubeApi.from_kubeconfig(changed(sandbox, tmp_path / "c.yaml", behind), retry=False).get("/version")
    assert "hidden" not in unreachable.value.message
    assert "the proxy of the kubeconfig does not let us through" in unreachable.value.message
    assert "407" in unreachable.value.message


def test_the_certificate_must_have_the_name_that_is_given(sandbox: State, tmp_path: Path) -> None:
    def called(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
        return lambda cluster, _: cluster.update({"tls-server-name": name})

    good = changed(sandbox, tmp_path / "good.yaml", called(CERTIFIED))
    assert KubeApi.from_kubeconfig(good).get("/version")
    other = changed(sandbox, tmp_path / "other.yaml", called("other.kommune.example"))
    with pytest.raises(ApiUnreachable, match="TLS failed"):
        KubeApi.from_kubeconfig(other, retry=False).get("/version")


def test_up_and_pulumis_provider_log_in_by_a_program_outside_of_the_data_root(
    estate: EstateRoot, sandbox: State, tmp_path: Path
) -> None:
    script = login(sandbox, tmp_path, "provisioner")
    config = yaml.safe_load(sandbox.kubeconfig("provisioner").read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"exec": script.entry()}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    own = ".kogge/sandbox/hl1/kubeconfig/provisioner.yaml"
    with (
        estate.changed("platform.yaml", own, str(tmp_path / "c.yaml")),
        estate.changed("tenants/moelln.yaml", "size: s", "size: m"),
    ):
        done = estate.kogge("up", "moelln")
    assert done.returncode == 0, done.stdout + done.stderr
    # Kogge's own client asks once; Pulumi's provider is a process of its own and asks, too.
    assert len(script.runs()) >= 2
    assert estate.kogge("up", "moelln").returncode == 0


def test_a_kubeconfig_in_the_data_root_runs_nothing_neither_by_kogge_nor_by_pulumi(
    estate: EstateRoot, sandbox: State, tmp_path: Path
) -> None:
    script = login(sandbox, tmp_path, "provisioner")
    config = yaml.safe_load(sandbox.kubeconfig("provisioner").read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"exec": script.entry()}
    planted = estate.path / "planted.yaml"
    planted.write_text(yaml.safe_dump(config), encoding="utf-8")
    try:
        with estate.changed("platform.yaml", ".kogge/sandbox/hl1/kubeconfig/provisioner.yaml", "planted.yaml"):
            for words in (("up", "moelln"), ("plan", "moelln"), ("env", "moelln"), ("doctor",)):
                done = estate.kogge(*words)
                told = done.stdout + done.stderr
                assert done.returncode != 0, told
                assert "lies in the data root" in told, words
            estate.pulumi("moelln", "preview")
    finally:
        planted.unlink()
    assert script.runs() == []
