"""What a kubeconfig may say, and where it lies when it says it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kogge.clusters.errors import KubeconfigError
from kogge.clusters.kubeconfig import read_kubeconfig

EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "true", "interactiveMode": "Never"}


def kubeconfig(path: Path, *, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> Path:
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://hl1.kommune.example:6443", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("cluster", "user", "said"),
    [
        ({"insecure-skip-tls-verify": True}, {}, "insecure-skip-tls-verify"),
        ({"proxy-url": "socks5://proxy.kommune.example:1080"}, {}, "scheme 'socks5' is not supported"),
        ({"something-new": "x"}, {}, "cluster.something-new is not supported"),
        ({}, {"auth-provider": {"name": "oidc"}}, "user.auth-provider is not supported"),
        ({}, {"username": "admin", "password": "hidden!"}, "user.password is not supported"),
        ({}, {"token": "t", "as": "somebody"}, "user.as is not supported"),
        ({}, {"exec": {**EXEC, "apiVersion": "client.authentication.k8s.io/v1alpha1"}}, "user.exec needs a command"),
        ({}, {"exec": {**EXEC, "command": ""}}, "user.exec needs a command"),
        ({}, {"exec": {**EXEC, "interactiveMode": "Perhaps"}}, "interactiveMode that cannot be"),
    ],
)
def test_what_is_not_done_is_refused_and_not_passed_over(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], said: str
) -> None:
    with pytest.raises(KubeconfigError) as refused:
        read_kubeconfig(kubeconfig(tmp_path / "c.yaml", cluster=cluster, user=user))
    assert said in refused.value.message
    assert "hidden!" not in refused.value.message
    assert refused.value.hint


def test_a_setting_that_is_off_is_no_setting(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "c.yaml", cluster={"insecure-skip-tls-verify": False}, user={"token": "t", "as": ""})
    assert read_kubeconfig(path).token == "t"


def test_a_token_file_comes_before_a_token_as_in_kubectl(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-the-file\n", encoding="utf-8")
    path = kubeconfig(tmp_path / "c.yaml", user={"token": "embedded", "tokenFile": "token"})
    assert read_kubeconfig(path).token.strip() == "from-the-file"


INSIDE = ["data/c.yaml", "data/.kogge/c.yaml", "other/../data/c.yaml"]


@pytest.mark.parametrize("place", INSIDE)
def test_a_kubeconfig_in_the_data_root_names_no_program(tmp_path: Path, place: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "other").mkdir()
    path = kubeconfig(tmp_path / place, user={"exec": EXEC})
    with pytest.raises(KubeconfigError, match="names the login program true, and lies in the data root"):
        read_kubeconfig(path, data_root=tmp_path / "data")


def test_a_link_hides_neither_end(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    outside = kubeconfig(tmp_path / "outside.yaml", user={"exec": EXEC})
    inside = kubeconfig(tmp_path / "data" / "inside.yaml", user={"exec": EXEC})
    (tmp_path / "data" / "link.yaml").symlink_to(outside)
    (tmp_path / "link.yaml").symlink_to(inside)
    for link in (tmp_path / "data" / "link.yaml", tmp_path / "link.yaml"):
        with pytest.raises(KubeconfigError, match="lies in the data root"):
            read_kubeconfig(link, data_root=tmp_path / "data")
    assert read_kubeconfig(outside, data_root=tmp_path / "data").login is not None


@pytest.mark.parametrize(
    ("holder", "key"),
    [
        ("user", "tokenFile"),
        ("user", "client-key"),
        ("user", "client-certificate"),
        ("cluster", "certificate-authority"),
    ],
)
def test_a_kubeconfig_in_the_data_root_sends_no_file_of_the_machine_anywhere(
    tmp_path: Path, holder: str, key: str
) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    for named in ("../secret", str(tmp_path / "secret")):
        path = kubeconfig(tmp_path / "data" / "c.yaml", **{holder: {key: named}})
        with pytest.raises(KubeconfigError, match=f"{key} names .*outside of the data root"):
            read_kubeconfig(path, data_root=tmp_path / "data")
    (tmp_path / "data" / "own").write_text("own", encoding="utf-8")
    read_kubeconfig(kubeconfig(tmp_path / "data" / "c.yaml", **{holder: {key: "own"}}), data_root=tmp_path / "data")


def test_a_login_program_is_not_taken_from_the_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "data" / "bin" / "login"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    for command in ("login", str(program), "data/bin/login"):
        path = kubeconfig(tmp_path / "c.yaml", user={"exec": {**EXEC, "command": command}})
        with pytest.raises(KubeconfigError, match="lies in the data root"):
            read_kubeconfig(path, data_root=tmp_path / "data")


def test_what_the_program_is_told_of_the_cluster_holds_the_authority(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"PEM")
    cluster = {
        "certificate-authority": "ca.pem",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "hl1"}}],
    }
    path = kubeconfig(tmp_path / "c.yaml", cluster=cluster, user={"exec": {**EXEC, "provideClusterInfo": True}})
    login = read_kubeconfig(path).login
    assert login is not None
    told = yaml.safe_load(login.cluster)
    assert told == {
        "server": "https://hl1.kommune.example:6443",
        "certificate-authority-data": base64.b64encode(b"PEM").decode(),
        "config": {"audience": "hl1"},
    }


def pipe(path: Path) -> None:
    os.mkfifo(path)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


@pytest.mark.parametrize(
    "make",
    [
        pipe,
        huge,
        Path.mkdir,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.write_bytes(b"\xff\xfe\x00"),
        lambda path: path.write_text("[" * 100_000, encoding="ascii"),
        lambda path: path.write_text("- 1\n", encoding="ascii"),
        lambda path: path.write_text("current-context: [c]\nclusters: {}\nusers: 3\n", encoding="ascii"),
    ],
)
def test_what_is_no_kubeconfig_is_refused_at_once(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "c.yaml")
    with pytest.raises(KubeconfigError) as refused:
        read_kubeconfig(tmp_path / "c.yaml")
    assert refused.value.hint


@pytest.mark.parametrize("make", [pipe, huge])
def test_a_file_that_a_kubeconfig_names_is_no_trap(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "token")
    with pytest.raises(KubeconfigError, match="tokenFile cannot be read"):
        read_kubeconfig(kubeconfig(tmp_path / "c.yaml", user={"tokenFile": "token"}))
