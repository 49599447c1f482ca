"""The sandbox's own certificate authority and what it signs.

Everything is made once and kept; a file that is there is not made again. Source for the subjects:
https://kubernetes.io/docs/setup/best-practices/certificates/.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kogge.atomic import write_atomically
from sandbox.controlplane.state import State

LIFETIME: Final = datetime.timedelta(days=3650)
SERVER_NAMES: Final = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
SERVER_ADDRESSES: Final = (
    "127.0.0.1",
    "10.96.0.1",  # the service "kubernetes": first address of the service range
    "10.240.0.1",  # first address of the node range: the bridge of real nodes
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate to be signed: who it names and what it may be used for."""

    name: str
    common_name: str
    organisations: tuple[str, ...] = ()
    serves: bool = False


CLUSTER_LEAVES: Final = (
    Leaf("apiserver", "kube-apiserver", serves=True),
    Leaf("admin", "kogge-sandbox-admin", ("system:masters",)),
    Leaf("provisioner", "kogge:provisioner", ("kogge:provisioners",)),
    Leaf("nightly", "kogge:nightly", ("kogge:auditors",)),
    Leaf("kube-controller-manager", "system:kube-controller-manager"),
    Leaf("kube-scheduler", "system:kube-scheduler"),
    Leaf("kwok", "kogge-sandbox:kwok"),
)
ETCD_LEAVES: Final = (Leaf("etcd", "etcd", serves=True), Leaf("apiserver-etcd", "kube-apiserver-etcd"))
"""Signed by an authority of their own: a certificate that is good for the apiserver opens no etcd."""


def ensure(state: State) -> None:
    """Make every certificate and key that is not there yet, under ``pki/``."""
    for authority, leaves in (("ca", CLUSTER_LEAVES), ("etcd-ca", ETCD_LEAVES)):
        certificate, key = _authority(state.pki, authority)
        for leaf in leaves:
            if not certificate_path(state, leaf.name).exists():
                _issue(state, leaf, certificate, key)
    service_account = state.pki / "service-account.key"
    if not service_account.exists():
        write_atomically(service_account, _pem(ec.generate_private_key(ec.SECP256R1())))


def certificate_path(state: State, name: str) -> Path:
    """Return the certificate file of ``name``."""
    return state.pki / f"{name}.crt"


def key_path(state: State, name: str) -> Path:
    """Return the private key file of ``name``."""
    return state.pki / f"{name}.key"


def _authority(pki: Path, name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_file, key_file = pki / f"{name}.crt", pki / f"{name}.key"
    if certificate_file.exists():
        loaded = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_file} holds no elliptic curve key")
        return x509.load_pem_x509_certificate(certificate_file.read_bytes()), loaded
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"kogge-sandbox-{name}")])
    certificate = (
        _builder(subject, subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    # The key first: a certificate that is there says that its key is there too.
    write_atomically(key_file, _pem(key))
    write_atomically(certificate_file, certificate.public_bytes(serialization.Encoding.PEM).decode())
    return certificate, key


def _issue(state: State, leaf: Leaf, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name) for name in leaf.organisations]
    subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, leaf.common_name)])
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if leaf.serves else [])]
    builder = (
        _builder(subject, ca.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    )
    if leaf.serves:
        builder = builder.add_extension(x509.SubjectAlternativeName(_server_names()), critical=False)
    certificate = builder.sign(ca_key, hashes.SHA256())
    write_atomically(key_path(state, leaf.name), _pem(key))
    write_atomically(certificate_path(state, leaf.name), certificate.public_bytes(serialization.Encoding.PEM).decode())


def _server_names() -> list[x509.GeneralName]:
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in SERVER_ADDRESSES]
    return [*[x509.DNSName(name) for name in SERVER_NAMES], *addresses]


def _builder(subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        # An hour back: clocks of real nodes in namespaces or virtual machines differ a little.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Return ``key`` as PEM in the older form: for service accounts the apiserver reads elliptic curve keys only so."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
