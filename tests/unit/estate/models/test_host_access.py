"""The identity of the nightly check is another one than that which opens root on every host."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kogge.estate.models.platform import HostAccess

ROOT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample operator"
NIGHTLY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINightly check"


def access(**nightly: Any) -> HostAccess:
    return HostAccess.model_validate(
        {
            "networks": ["10.250.0.0/24"],
            "authorized_keys": [ROOT],
            "identity_file": "id_ed25519",
            "known_hosts_file": "known_hosts",
            "nightly": {"authorized_keys": [NIGHTLY], "identity_file": "nightly_ed25519", **nightly},
        }
    )


def test_an_account_and_a_key_of_its_own_are_taken() -> None:
    found = access().nightly
    assert found is not None
    assert found.user == "kogge-nightly"


@pytest.mark.parametrize("user", ["kogge", "root"])
def test_the_account_that_may_become_root_is_refused(user: str) -> None:
    with pytest.raises(ValidationError, match="another one than that of Kogge"):
        access(user=user)


@pytest.mark.parametrize(
    "nightly",
    [{"identity_file": "id_ed25519"}, {"authorized_keys": [NIGHTLY, f"{ROOT} under another name"]}],
    ids=["private", "public"],
)
def test_a_key_that_opens_root_is_refused(nightly: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a key of its own"):
        access(**nightly)


def test_keys_come_from_one_place() -> None:
    with pytest.raises(ValidationError, match="exactly one of"):
        access(authorized_keys_file="nightly_authorized_keys")
