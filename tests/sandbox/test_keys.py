"""Who can write ``keys/``, and no more, gets nothing: every command refuses, and the nightly check says unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
import yaml

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiNotFound
from kogge.digests import OwnerDigests, write_digests
from kogge.keyring import fingerprint
from kogge.keyring.signing import signed
from sandbox.controlplane.state import State
from tests.support.estate_root import EstateRoot

Tenant = Callable[..., Path]


def plant(estate: EstateRoot, owner: str, sandbox: State) -> bytes:
    """Encrypt a key of one's own to the recipients, which are public."""
    listed = yaml.safe_load((sandbox.identities / "recipients.yaml").read_text(encoding="utf-8"))
    to = [pyrage.x25519.Recipient.from_str(entry["recipient"]) for entry in listed]
    mine = bytes(range(32))
    (estate.path / ".kogge/keys" / f"{owner}.age").write_bytes(pyrage.encrypt(mine, to))
    return mine


@pytest.fixture
def kept(estate: EstateRoot) -> Iterator[None]:
    """Every file of ``keys/`` as it was, afterwards."""
    keys = estate.path / ".kogge/keys"
    before = {path: path.read_bytes() for path in keys.iterdir()}
    yield
    for path in set(keys.iterdir()) - set(before):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("digests", ["none", "signed by the planter"])
def test_a_planted_key_of_a_new_tenant_is_refused_by_every_command(
    estate: EstateRoot, admin: KubeApi, tenant: Tenant, sandbox: State, digests: str
) -> None:
    name = f"planted-{digests[0]}"
    tenant(name)
    mine = plant(estate, name, sandbox)
    if digests != "none":
        write_digests(estate.path / ".kogge/keys", signed(OwnerDigests(name, fingerprint(mine), {}), mine))
    for command in (("up", name), ("plan", name), ("env", name), ("keys", "list")):
        done = estate.kogge(*command)
        said = done.stdout + done.stderr
        assert done.returncode == 1, (command, said)
        assert ("carries no signature of the key" in said) or ("nothing says that this is the platform's own" in said)
        assert "next: restore" in said
        assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in done.stdout
    with pytest.raises(ApiNotFound):
        admin.get(f"/api/v1/namespaces/{name}--terminvergabe")


def unknown(estate: EstateRoot, owner: str) -> list[str]:
    """Return what the check does not know of an owner, asked on a machine that has the pin and no identity."""
    done = estate.kogge("drift", owner, "--json", KOGGE_IDENTITY="/nowhere")
    return [entry["reason"] for entry in json.loads(done.stdout)["unknown"]]


@pytest.mark.usefixtures("kept")
def test_the_check_believes_signed_digests_without_any_key_and_no_others(estate: EstateRoot, tmp_path: Path) -> None:
    assert unknown(estate, "moelln") == []
    path = estate.path / ".kogge/keys/moelln.digests"
    document = json.loads(path.read_text(encoding="utf-8"))
    name = "session-key/terminvergabe/1"
    path.write_text(json.dumps({**document, "digests": {**document["digests"], name: "00" * 32}}), encoding="utf-8")
    [reason] = unknown(estate, "moelln")
    assert "carries no signature of the key that is pinned" in reason
    assert unknown(estate, "luebeck") == []
    done = estate.kogge("drift", "luebeck", "--json", KOGGE_KEYS_PIN=str(tmp_path / "none.pin"))
    [missing] = json.loads(done.stdout)["unknown"]
    assert missing["scope"] == "keys"
    assert "no pinned key of the platform" in missing["reason"]


@pytest.mark.usefixtures("kept")
def test_keys_of_before_are_refused_until_somebody_who_knows_them_signs_them(
    estate: EstateRoot, tmp_path: Path
) -> None:
    listed = json.loads(estate.kogge("keys", "list", "--json").stdout)["keys"]
    known = {row["owner"]: row["fingerprint"] for row in listed if row["key"]}
    for owner in known:
        path = estate.path / ".kogge/keys" / f"{owner}.digests"
        document = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**document, "version": 1, "signature": None}), encoding="utf-8")
    pin = {"KOGGE_KEYS_PIN": str(tmp_path / "new.pin")}
    refused = estate.kogge("up", "luebeck", **pin)
    assert refused.returncode == 1
    assert "carries no signature" in refused.stdout or "no pinned key" in refused.stdout
    assert "kogge keys sign" in refused.stdout
    asked = estate.kogge("keys", "sign", **pin)
    assert asked.returncode == 2
    assert all(one in asked.stderr for one in known.values())
    words = [word for owner, one in known.items() for word in ("--fingerprint", f"{owner}={one}")]
    assert estate.kogge("keys", "sign", "--yes", *words[:-2], **pin).returncode == 2
    assert not (tmp_path / "new.pin").exists()
    done = estate.kogge("keys", "sign", "--yes", *words, **pin)
    assert done.returncode == 0, done.stderr
    told = estate.kogge("keys", "pin", **pin)
    assert told.stdout == (tmp_path / "new.pin").read_text(encoding="ascii")
    up = estate.kogge("up", "--all", "--force", "--json", **pin)
    assert up.returncode == 0, up.stdout + up.stderr
    results = {stack["stack"]: stack["result"] for stack in json.loads(up.stdout)["stacks"]}
    assert results["luebeck"] == results["moelln"] == "unchanged"
    after = {owner: (estate.path / ".kogge/keys" / f"{owner}.digests").read_text(encoding="utf-8") for owner in known}
    assert "scram-verifier/" in after["moelln"]
