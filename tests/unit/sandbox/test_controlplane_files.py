"""What a sandbox writes: certificates, kubeconfigs, ports, and the command lines made of them."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kogge.clusters.kubeconfig import read_kubeconfig
from sandbox.controlplane import certificates, identities, kubeconfig, ports
from sandbox.controlplane.components import ORDER, components
from sandbox.controlplane.ports import Ports
from sandbox.controlplane.prerequisites import manifests
from sandbox.controlplane.state import State, create, locate
from sandbox.fault import SandboxError
from sandbox.lock import LockHeld, exclusive
from sandbox.room import require_room
from tests.support.checkout import CHECKOUT

PORTS = Ports(apiserver=20001, etcd_client=20002, etcd_peer=20003)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    state = State(tmp_path_factory.mktemp("files") / "state")
    create(state)
    certificates.ensure(state)
    return state


def certificate(state: State, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificates.certificate_path(state, name).read_bytes())


@pytest.mark.parametrize(
    ("name", "user", "groups"),
    [
        ("admin", "kogge-sandbox-admin", ["system:masters"]),
        ("provisioner", "kogge:provisioner", ["kogge:provisioners"]),
        ("nightly", "kogge:nightly", ["kogge:auditors"]),
    ],
)
def test_an_identity_is_the_name_in_its_certificate(state: State, name: str, user: str, groups: list[str]) -> None:
    subject = certificate(state, name).subject
    assert [entry.value for entry in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [user]
    assert [entry.value for entry in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == groups


def test_the_server_is_known_by_loopback_service_and_bridge_address(state: State) -> None:
    names = certificate(state, "apiserver").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = set(names.get_values_for_type(x509.IPAddress))
    assert {ipaddress.ip_address(address) for address in ("127.0.0.1", "10.96.0.1", "10.240.0.1")} <= addresses
    assert {"localhost", "kubernetes.default.svc"} <= set(names.get_values_for_type(x509.DNSName))


def test_etcd_has_an_authority_of_its_own(state: State) -> None:
    certificate(state, "etcd").verify_directly_issued_by(certificate(state, "etcd-ca"))
    certificate(state, "admin").verify_directly_issued_by(certificate(state, "ca"))
    with pytest.raises(ValueError, match="Issuer"):
        certificate(state, "admin").verify_directly_issued_by(certificate(state, "etcd-ca"))


def test_what_is_there_is_not_made_again_and_what_is_missing_is(state: State) -> None:
    before = certificate(state, "admin").serial_number
    certificates.certificate_path(state, "nightly").unlink()
    certificates.ensure(state)
    assert certificate(state, "admin").serial_number == before
    key = certificate(state, "nightly").public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)


def test_a_kubeconfig_leads_to_the_server_with_its_own_authority(state: State) -> None:
    kubeconfig.ensure(state, PORTS.apiserver)
    access = read_kubeconfig(state.kubeconfig("nightly"))
    assert access.server == "https://127.0.0.1:20001"
    assert access.ca_pem == certificates.certificate_path(state, "ca").read_text(encoding="utf-8")
    assert access.key_pem not in repr(access)
    assert state.kubeconfig("nightly").stat().st_mode & 0o777 == 0o600


def test_identities_stay_the_same(state: State) -> None:
    identities.ensure(state)
    before = (state.identities / "recipients.yaml").read_text(encoding="utf-8")
    identities.ensure(state)
    assert (state.identities / "recipients.yaml").read_text(encoding="utf-8") == before


def test_ports_are_chosen_once(state: State) -> None:
    first = ports.ensure(state)
    assert ports.ensure(state) == first
    assert ports.ensure(state, new=True) != first


def test_damaged_ports_are_said_and_not_guessed(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    create(state)
    state.ports_file.write_text("{", encoding="utf-8")
    with pytest.raises(SandboxError, match="damaged") as error:
        ports.ensure(state)
    assert "--new-ports" in (error.value.hint or "")


def test_no_secret_stands_on_a_command_line(state: State, tmp_path: Path) -> None:
    line = "\n".join(argument for part in components(state, PORTS, tmp_path) for argument in part.arguments)
    assert "PRIVATE KEY" not in line
    assert "AGE-SECRET-KEY" not in line


def test_components_come_in_start_order_and_listen_on_loopback_only(state: State, tmp_path: Path) -> None:
    wanted = components(state, PORTS, tmp_path)
    assert tuple(component.name for component in wanted) == ORDER
    arguments = [argument for component in wanted for argument in component.arguments]
    assert "--bind-address=127.0.0.1" in arguments
    listening = [argument for argument in arguments if "listen" in argument]
    assert len(listening) == 2
    assert all("https://127.0.0.1:" in argument for argument in listening)
    assert not any("0.0.0.0" in argument for argument in arguments)  # noqa: S104 - looked for, not bound


def test_the_cluster_has_what_platform_yaml_declares() -> None:
    platform = yaml.safe_load((CHECKOUT / "platform.yaml").read_text(encoding="utf-8"))
    declared = platform["clusters"]["hl1"]
    found = {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests()}  # type: ignore[index,call-overload]
    assert ("IngressClass", declared["ingress"]["class_name"]) in found
    assert ("Namespace", declared["ingress"]["namespace"]) in found
    assert {("StorageClass", name) for name in declared["capacity"]["storage"]} <= set(found)


def test_the_sandbox_is_where_the_environment_says(tmp_path: Path) -> None:
    assert locate(tmp_path, {}).directory == tmp_path / ".kogge" / "sandbox"
    assert locate(tmp_path, {"KOGGE_SANDBOX": "/elsewhere"}).directory == Path("/elsewhere")


def test_a_held_lock_is_refused_with_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    said = r"pid \d+ \(kogge sandbox up\) holds"
    with (
        exclusive(lock, "kogge sandbox up"),
        pytest.raises(LockHeld, match=said),
        exclusive(lock, "kogge sandbox down"),
    ):
        pytest.fail("two held one lock")
    with exclusive(lock, "kogge sandbox down"):
        assert (tmp_path / "lock.holder").exists()
    assert not (tmp_path / "lock.holder").exists()


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    require_room(tmp_path, 1)
    with pytest.raises(SandboxError, match="MB are free under") as error:
        require_room(tmp_path, 2**60)
    assert error.value.hint
