"""What a workload is given: settings in plain text, secrets by name, and nothing of another tenant's."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from kogge.derived import Derived, Encoded, Purpose
from kogge.desired import Removal, space_objects
from kogge.desired.kubernetes.material import environment_digest
from kogge.estate import Estate
from kogge.keyring import derive
from tests.support.estate_files import EstateFiles, named, space_of

PULL = Derived("moelln", Purpose.REGISTRY_PASSWORD, "registry.kommune.example")


def docker_config(estate: Estate) -> Encoded:
    secret = named(space_objects(space_of(estate, "moelln", "terminvergabe")), "Secret")["registry"]
    found: Encoded = secret["data"][".dockerconfigjson"]
    return found


def test_the_environment_names_the_tenants_own_database(files: EstateFiles) -> None:
    items = space_objects(space_of(files.load(), "moelln", "terminvergabe"))
    assert named(items, "ConfigMap")["settings"]["data"] == {
        "APPOINTMENTS_TIMEZONE": "Europe/Berlin",
        "DATABASE_HOST": "10.250.0.11",
        "DATABASE_NAME": "moelln--terminvergabe",
        "DATABASE_PORT": "5432",
        "DATABASE_CHANNEL_BINDING": "require",
        "DATABASE_SSLMODE": "require",
        "DATABASE_USER": "moelln--terminvergabe",
        "PUBLIC_HOSTNAME": "termine.moelln.kommune.example",
        "TENANT_NAME": "moelln",
        "TENANT_TITLE": "Mölln, Stadt",
    }


def test_secrets_are_the_tenants_own_by_service_and_hidden_from_reports(files: EstateFiles) -> None:
    items = space_objects(space_of(files.load(), "moelln", "terminvergabe"))
    [secret] = [item for item in items if item.ref.name == "secrets"]
    assert secret.manifest["data"] == {
        "DATABASE_PASSWORD": Encoded("{}", (Derived("moelln", Purpose.DATABASE_PASSWORD, "terminvergabe"),)),
        "SESSION_KEY": Encoded("{}", (Derived("moelln", Purpose.SESSION_KEY, "terminvergabe"),)),
    }
    assert secret.sensitive_paths == ("/data/DATABASE_PASSWORD", "/data/SESSION_KEY")


def test_the_registry_account_is_valid_json_with_one_password_per_registry(files: EstateFiles) -> None:
    with files.edit("platform.yaml") as platform:
        platform["registries"]["spiegel.kommune.example"] = {"site": "hl-b"}
    encoded = docker_config(files.load())
    assert encoded.parts == (PULL, replace(PULL, service="spiegel.kommune.example"))
    assert json.loads(encoded.template.format("p{}w", "other")) == {
        "auths": {
            "registry.kommune.example": {"username": "moelln", "password": "p{}w"},
            "spiegel.kommune.example": {"username": "moelln", "password": "other"},
        }
    }


def test_no_two_registries_have_one_password_whatever_their_names_hold(files: EstateFiles) -> None:
    estate = files.load()
    names = ("r.example", "r.example:5000", "r.example/5000", "r.example%3A5000", "r.example+5000", "r.example|5000")
    registries = dict.fromkeys(names, estate.platform.registries["registry.kommune.example"])
    odd = replace(estate, platform=estate.platform.model_copy(update={"registries": registries}))
    parts = docker_config(odd).parts
    assert len({derive(bytes(32), part) for part in parts}) == len(names)
    assert len({part.identity() for part in parts}) == len(names)


def test_the_marker_of_the_registry_account_is_base64_of_json_that_names_the_secret(files: EstateFiles) -> None:
    decoded = json.loads(base64.b64decode(docker_config(files.load()).marker(), validate=True))
    assert decoded["auths"]["registry.kommune.example"]["password"] == PULL.marker()


def test_the_account_of_the_pods_has_no_token_and_pulls_with_the_tenants_secret(files: EstateFiles) -> None:
    [account] = named(space_objects(space_of(files.load(), "moelln", "terminvergabe")), "ServiceAccount").values()
    assert account["automountServiceAccountToken"] is False
    assert account["imagePullSecrets"] == [{"name": "registry"}]


def test_a_claim_is_as_the_catalogue_says_and_is_not_taken_away_by_accident(files: EstateFiles) -> None:
    items = space_objects(space_of(files.load(), "luebeck", "ratsinformation"))
    [claim] = [item for item in items if item.ref.kind == "PersistentVolumeClaim"]
    assert (claim.ref.name, claim.removal) == ("papers", Removal.STAGED)
    assert claim.manifest["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "5Gi"}},
        "storageClassName": "standard",
    }


def test_the_digest_of_an_environment_follows_its_secrets_names(files: EstateFiles) -> None:
    before = environment_digest(space_of(files.load(), "moelln", "terminvergabe"))
    assert before == environment_digest(space_of(files.load(), "moelln", "terminvergabe"))
    with files.edit("catalogue/terminvergabe.yaml") as application:
        application["secrets"]["SIGNING_KEY"] = "session-key"
    assert environment_digest(space_of(files.load(), "moelln", "terminvergabe")) != before
