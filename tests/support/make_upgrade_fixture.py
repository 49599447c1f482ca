"""Makes the file that ``tests/sandbox/test_upgrade.py`` begins with, from a checkout of the release to remember.

    git worktree add --detach ../release COMMIT
    PYTHONPATH=. .kogge/python/bin/python tests/support/make_upgrade_fixture.py ../release NAME

The file is ``NAME.json.gz`` in ``tests/corpus/releases``. It takes about a minute.

The release's own code provisions a control plane of its own in a temporary place, as its users would have done, and
everything is taken from there. Nothing secret is kept: the keys go with the place, and every derived value is stored
by name. It fails on a secret value that it cannot name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.support.earlier_release import (
    AUTHORIZED_KEY,
    CLUSTER_UID,
    FOLDER,
    ROOT,
    EarlierRelease,
    decoded,
    objects,
    revealed,
    sha256,
    with_secrets,
)

RECORDS = ("applied", "learned", "nightly")
"""Directories of ``.kogge`` that Kogge keeps from run to run."""
HOSTS = {"db1": ("baseline", "database")}
"""Hosts whose documents are kept, and their roles in the order of the documents."""


def main() -> None:
    checkout, name = Path(sys.argv[1]).resolve(), sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="kogge-release-") as place:
        root = Path(place) / "root"
        root.mkdir()
        for name in ("tenants", "catalogue"):
            shutil.copytree(checkout / name, root / name)
        shutil.copy(checkout / "platform.yaml", root)
        run(checkout, root, "sandbox", "up")
        try:
            run(checkout, root, "up", "--all", "--no-hosts")
            run(checkout, root, "nightly", "--quick", "--no-hosts")
            release = take(checkout, root, name)
        finally:
            run(checkout, root, "sandbox", "down")
    release.write(FOLDER / f"{name}.json.gz")


def run(checkout: Path, root: Path, *arguments: str) -> str:
    """Run a command of the release on the data root and return what it printed."""
    words = [str(checkout / "bin" / "kogge"), "--root", str(root), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "PYTHON"))}
    environment["KOGGE_SANDBOX"] = str(root / ".kogge" / "sandbox")
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=root).stdout


def take(checkout: Path, root: Path, name: str) -> EarlierRelease:
    """Return what the release left below ``root``."""
    exported = {stack: export(checkout, root, stack) for stack in stacks_of(root)}
    names: dict[str, str] = {}
    for stack, deployment in exported.items():
        names |= secrets_by_name(deployment, run(checkout, root, "render", stack))
    stacks = json.dumps({stack: with_secrets(deployment, names.__getitem__) for stack, deployment in exported.items()})
    uid = (root / ".kogge/sandbox/hl1/kube-system.uid").read_text(encoding="utf-8").strip()
    files = [path for folder in (root / "tenants", root / "catalogue") for path in folder.iterdir()]
    records = [path for name in RECORDS for path in (root / ".kogge" / name).rglob("*.json")]
    texts = {sha256(decoded(value)): decoded(name) for value, name in names.items()}
    digests = (root / ".kogge/sandbox/keys").glob("*.digests")
    hosts, playbooks = taken_hosts(checkout, root)
    return EarlierRelease(
        name=name,
        files=texts_of(root, [root / "platform.yaml", *files]),
        records=texts_of(root, records),
        digests={path.stem: digests_by_name(path, texts) for path in digests},
        stacks=json.loads(stacks.replace(str(root), ROOT).replace(uid, CLUSTER_UID)),
        hosts=hosts,
        playbooks=playbooks,
    )


def taken_hosts(checkout: Path, root: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return the documents of :data:`HOSTS`, and the playbooks that make them true."""
    ssh = root / ".kogge/sandbox/hosts/ssh"
    ssh.mkdir(parents=True)
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(ssh / "authorized_keys")]
    subprocess.run(words, check=True)
    # The public half under the name of the file that platform.yaml names; nobody needs the private one.
    key = (ssh / "authorized_keys.pub").rename(ssh / "authorized_keys").read_text(encoding="utf-8").strip()
    documents = {}
    for host, roles in HOSTS.items():
        rendered = run(checkout, root, "render", "--host", host).replace(key, AUTHORIZED_KEY)
        documents[host] = dict(zip(roles, yaml.safe_load_all(rendered), strict=True))
    files = [path for path in (checkout / "playbooks").rglob("*") if path.suffix in {".py", ".yml", ".cfg"}]
    return documents, texts_of(checkout / "playbooks", files)


def stacks_of(root: Path) -> list[str]:
    return ["platform", *sorted(path.stem for path in (root / "tenants").glob("*.yaml"))]


def export(checkout: Path, root: Path, stack: str) -> dict[str, Any]:
    """Return the deployment of a stack, its secrets in plain text, without where on this machine its program lies."""
    prepared = run(checkout, root, "env", stack)
    words = ["bash", "-c", f"{prepared}\nexec pulumi --non-interactive stack export --show-secrets"]
    text = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=root).stdout
    deployment: dict[str, Any] = json.loads(text)["deployment"]
    # They belong to the passphrase of the place.
    del deployment["secrets_providers"]
    for resource in deployment["resources"]:
        for name in ("sourcePosition", "stackTrace"):
            resource.pop(name, None)
    return deployment


def secrets_by_name(deployment: dict[str, Any], rendered: str) -> dict[str, str]:
    """Return for each value in the Secrets of a stack what ``render`` prints in its place, base64 both."""
    printed = {
        (found["metadata"]["namespace"], found["metadata"]["name"]): found["data"]
        for found in yaml.safe_load_all(rendered)
        if found and found["kind"] == "Secret"
    }
    names: dict[str, str] = {}
    for resource in objects(deployment):
        manifest = revealed(resource["inputs"])
        if manifest["kind"] == "Secret":
            by_name = printed[manifest["metadata"]["namespace"], manifest["metadata"]["name"]]
            names |= {value: by_name[key] for key, value in manifest["data"].items()}
    return names


def digests_by_name(path: Path, texts: dict[str, str]) -> dict[str, Any]:
    """Return a digests file with what each digest is of: found in a Secret, or one derived value that is in none."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for identity, value in document["digests"].items():
        if value not in texts:
            purpose, service, version = identity.split("/")
            texts[value] = f"<derived {document['owner']} {purpose} {service} v{version}>"
    document["digests"] = {identity: texts[value] for identity, value in document["digests"].items()}
    return {**document, "fingerprint": ""}


def texts_of(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8").replace(str(root), ROOT) for path in paths}


if __name__ == "__main__":
    main()
