"""What the cluster's Secrets hold is what the digests say, so that the nightly check needs no key."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import chain

import pyrage

from kogge.clusters.api import KubeApi
from sandbox.controlplane.state import State
from tests.support.estate_root import EstateRoot

TENANTS = ("it-allianz-nord", "luebeck", "moelln", "rostock", "segeberg")
REGISTRY = "registry.kommune.example"
PURPOSES = {"DATABASE_PASSWORD": "database-password", "SESSION_KEY": "session-key"}


def live(admin: KubeApi, tenant: str) -> dict[str, bytes]:
    """Return the identity of every secret value of a tenant -> what its Secret holds."""
    found: dict[str, bytes] = {}
    for secret in admin.list_all("/api/v1/secrets", label_selector=f"kogge.internal/tenant={tenant}"):
        service = secret["metadata"]["labels"]["kogge.internal/service"]
        for key, value in secret["data"].items():
            name = f"{PURPOSES[key]}/{service}/1" if key in PURPOSES else f"{key[1:]}:registry-password/{REGISTRY}/1"
            found[name] = base64.b64decode(value, validate=True)
    return found


def test_every_live_secret_has_the_digest_that_is_kept_and_no_digest_is_without_one(
    estate: EstateRoot, admin: KubeApi
) -> None:
    for tenant in TENANTS:
        kept = json.loads((estate.path / ".kogge/keys" / f"{tenant}.digests").read_text(encoding="utf-8"))
        assert kept["owner"] == tenant
        # A verifier is in no object of the cluster: the database host has it.
        verifiers = {name for name in kept["digests"] if name.startswith("scram-verifier/")}
        passwords = {name for name in kept["digests"] if name.startswith("database-password/")}
        assert {name.split("/", 1)[1] for name in verifiers} == {name.split("/", 1)[1] for name in passwords}
        secrets = {name: value for name, value in kept["digests"].items() if name not in verifiers}
        assert secrets == {n: hashlib.sha256(v).hexdigest() for n, v in live(admin, tenant).items()}


def test_no_two_secrets_of_the_platform_are_the_same(estate: EstateRoot, admin: KubeApi) -> None:
    values = list(chain.from_iterable(live(admin, tenant).values() for tenant in TENANTS))
    assert len(values) == len(set(values)) == 5 + 2 * 8


def test_the_registry_account_is_the_tenants_own_and_readable_by_kubelet(estate: EstateRoot, admin: KubeApi) -> None:
    config = json.loads(live(admin, "moelln")[f"dockerconfigjson:registry-password/{REGISTRY}/1"])
    account = config["auths"][REGISTRY]
    assert account["username"] == "moelln"
    assert len(base64.urlsafe_b64decode(account["password"] + "=")) == 32


def test_either_identity_alone_opens_every_master_key(estate: EstateRoot, sandbox: State) -> None:
    masters = {}
    for name in ("online", "offline"):
        text = (sandbox.identities / f"{name}.txt").read_text(encoding="utf-8")
        [line] = [line for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-")]
        identity = pyrage.x25519.Identity.from_str(line)
        files = [estate.path / ".kogge/keys" / f"{owner}.age" for owner in (*TENANTS, "platform")]
        masters[name] = [pyrage.decrypt(file.read_bytes(), [identity]) for file in files]
    assert masters["online"] == masters["offline"]
    assert len(set(masters["online"])) == 6
