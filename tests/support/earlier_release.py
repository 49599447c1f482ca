"""What an earlier release of Kogge left behind: its data files, its stacks and its records, kept as one file.

``make_upgrade_fixture.py`` takes it from a sandbox that the release itself provisioned; here it is laid into a fresh
one. What belongs to one sandbox stands in it by name: the data root, the uid of ``kube-system``, and every derived
secret, which is filled in from keys made for the test. The objects lie in the stacks: a resource's inputs are its
manifest as it was applied.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from kogge.clusters.api import KubeApi
from kogge.derived import Derived, Purpose
from kogge.estate import require_estate
from kogge.keyring.derivation import derive, fingerprint
from kogge.keyring.master import create_master, new_master, recipients
from kogge.trust import key_directory
from tests.support.checkout import CORPUS
from tests.support.estate_files import replace_in
from tests.support.estate_root import EstateRoot

FOLDER: Final = CORPUS / "releases"
RELEASES: Final = tuple(sorted(FOLDER.glob("*.json.gz")))
SECRET_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks a value that is secret (or an asset), and its value for secrets."""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
ROOT: Final = "<data root>"
AUTHORIZED_KEY: Final = "<authorized key>"
CLUSTER_UID: Final = "<uid of kube-system>"
MARKER: Final = re.compile(r"<derived (?P<owner>\S+) (?P<purpose>\S+) (?P<service>\S+) v(?P<version>\d+)>")
"""A secret by name, as ``kogge render`` prints it."""
OF_THE_SERVER: Final = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")
"""Metadata that another server fills in otherwise."""


class FileChange(NamedTuple):
    """What the upgrade asks people to change in their data files, as CHANGELOG.md tells them."""

    issue: int
    release: str
    path: str
    old: str
    new: str


NIGHTLY_IDENTITY: Final = """\
  nightly:
    user: kogge-nightly
    identity_file: .kogge/sandbox/hosts/ssh/nightly_ed25519
    authorized_keys_file: .kogge/sandbox/hosts/ssh/nightly_authorized_keys
"""
FILE_CHANGES: Final = (
    # How ssh gets through is the machine's to say, and the check has an identity of its own.
    FileChange(12, "ddc8d7f", "platform.yaml", "  connect: .kogge/sandbox/hosts/ssh/connect\n", NIGHTLY_IDENTITY),
)


class Loaded(NamedTuple):
    """An object that was loaded into a control plane."""

    path: str
    uid: str


@dataclass(frozen=True)
class MasterKeys:
    """Keys made for one test, in place of those that the release had."""

    masters: dict[str, bytes]

    def fingerprint(self, owner: str) -> str:
        return fingerprint(self.masters[owner])

    def filled(self, text: str) -> str:
        """Return ``text`` with every marker replaced by the secret it names."""

        def secret(found: re.Match[str]) -> str:
            service = "" if found["service"] == "-" else found["service"]
            named = Derived(found["owner"], Purpose(found["purpose"]), service, int(found["version"]))
            return derive(self.masters[named.owner], named)

        return MARKER.sub(secret, text)


@dataclass(frozen=True)
class EarlierRelease:
    """The files, stacks and records of one release, without anything of the sandbox they were taken from."""

    name: str
    """A version, or the start of a commit's id: that of the file, too."""
    files: dict[str, str]
    """Path below the data root -> text: ``platform.yaml``, ``tenants/``, ``catalogue/``."""
    records: dict[str, str]
    """Path below the data root -> text, of what Kogge wrote there about its runs."""
    digests: dict[str, dict[str, Any]]
    """Owner -> its digests file; in place of each digest the text it is of, in place of the fingerprint nothing."""
    stacks: dict[str, dict[str, Any]]
    """Name -> deployment as ``pulumi stack export --show-secrets`` has it."""
    hosts: dict[str, dict[str, Any]]
    """Host -> role -> document as ``kogge render --host`` has it."""
    playbooks: dict[str, str]
    """Path below ``playbooks/`` -> text."""

    @classmethod
    def read(cls, path: Path) -> EarlierRelease:
        return cls(**json.loads(gzip.decompress(path.read_bytes())))

    def write(self, path: Path) -> None:
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        path.write_bytes(gzip.compress(text.encode(), mtime=0))

    def lay(self, root: Path) -> None:
        """Write data files and records below ``root``, the files as :data:`FILE_CHANGES` would have them."""
        for name, text in {**self.files, **self.records}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace(ROOT, str(root)), encoding="utf-8")
        for change in FILE_CHANGES:
            if change.release == self.name:
                replace_in(root / change.path, change.old, change.new)

    def make_keys(self, root: EstateRoot) -> MasterKeys:
        """Make a master key for every owner, write its files as the release did, and bring them over to this code."""
        estate = require_estate(root.path)
        directory, to = key_directory(estate), recipients(estate)
        directory.mkdir(parents=True)
        keys = MasterKeys({owner: new_master() for owner in self.digests})
        for owner, document in self.digests.items():
            create_master(directory, owner, keys.masters[owner], to)
            values = {name: sha256(keys.filled(text)) for name, text in document["digests"].items()}
            document = {**document, "fingerprint": keys.fingerprint(owner), "digests": values}
            (directory / f"{owner}.digests").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        # What docs/how-to/keys-and-recipients.md asks for after the upgrade from a release without signatures.
        named = [word for owner in self.digests for word in ("--fingerprint", f"{owner}={keys.fingerprint(owner)}")]
        signed = root.kogge("keys", "sign", "--yes", *named)
        assert signed.returncode == 0, signed.stdout + signed.stderr
        return keys

    def deployments(self, keys: MasterKeys, root: Path, cluster_uid: str) -> dict[str, dict[str, Any]]:
        """Return the stacks as they would be on this data root, with these keys and this cluster."""
        found = {}
        for stack, deployment in self.stacks.items():
            text = json.dumps(deployment).replace(ROOT, str(root)).replace(CLUSTER_UID, cluster_uid)
            found[stack] = with_secrets(json.loads(text), lambda value: encoded(keys.filled(decoded(value))))
        return found


def release_name(path: Path) -> str:
    return path.name.removesuffix(".json.gz")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def decoded(value: str) -> str:
    return base64.b64decode(value).decode()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def with_secrets(deployment: Any, replace: Callable[[str], str]) -> Any:
    """Return a part of a deployment in which every text inside a secret value is replaced."""

    def replaced(secret: dict[str, Any]) -> Any:
        return {**secret, "plaintext": json.dumps(_each_text(json.loads(secret["plaintext"]), replace))}

    return _each_secret(deployment, replaced)


def revealed(deployment: Any) -> Any:
    """Return a part of a deployment with secret values as they are, without what marks them."""
    return _each_secret(deployment, lambda secret: json.loads(secret["plaintext"]))


def _each_secret(value: Any, replace: Callable[[dict[str, Any]], Any]) -> Any:
    match value:
        case dict():
            if value.get(SECRET_SIGNATURE) == SECRET:
                return replace(value)
            return {key: _each_secret(item, replace) for key, item in value.items()}
        case list():
            return [_each_secret(item, replace) for item in value]
        case _:
            return value


def _each_text(value: Any, replace: Callable[[str], str]) -> Any:
    """Return a secret value, a text or a mapping of texts, with every text replaced."""
    return replace(value) if isinstance(value, str) else {key: replace(text) for key, text in value.items()}


def objects(deployment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the resources that are objects of a cluster, in the order in which they were made."""
    for resource in deployment["resources"]:
        if resource["type"].startswith("kubernetes:"):
            yield resource


def load(deployment: dict[str, Any], api: KubeApi) -> dict[str, Loaded]:
    """Apply every object of a deployment under the field manager that made it, and note what this server made of it.

    :returns: the objects by kind and name, as ``kogge plan`` names them.
    """
    found: dict[str, Loaded] = {}
    for resource in objects(deployment):
        manifest = revealed(resource["inputs"])
        live: Any = api.apply(manifest, field_manager=resource["outputs"]["__fieldManager"])
        kind, name = resource["type"].rsplit(":", 1)[-1], resource["urn"].rsplit("::", 1)[-1]
        found[f"{kind} {name}"] = Loaded(api.path_of(manifest), live["metadata"]["uid"])
        _note(resource["outputs"], live)
    return found


def _note(outputs: dict[str, Any], live: dict[str, Any]) -> None:
    metadata = outputs["metadata"]
    metadata.update({name: live["metadata"][name] for name in OF_THE_SERVER if name in metadata})
    spec = outputs.get("spec", {})
    spec.update({name: live["spec"][name] for name in ("clusterIP", "clusterIPs") if name in spec})
