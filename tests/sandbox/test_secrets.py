"""No secret is where none must be: derived values and a planted canary are hunted in everything a run leaves."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil
import pytest

from kogge.derived import Derived, Purpose, derived_values
from kogge.desired import tenant_objects
from kogge.estate import require_estate
from kogge.keyring import Keyring
from tests.support.estate_root import EstateRoot

Tenant = Callable[..., Path]


def forms(secret: str) -> set[bytes]:
    """Return the secret as it might be written: raw, base64 at each offset, hex, URL- and JSON-escaped."""
    raw = secret.encode()
    found = {raw, raw.hex().encode(), urllib.parse.quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # The characters at both ends also depend on what stands before and behind.
            found.add(encode(b"\0" * offset + raw)[4:].rstrip(b"=")[:-2])
    return found


def secrets_of(estate: EstateRoot) -> set[str]:
    """Return every derived value of every owner of the root, and the master keys themselves."""
    files = require_estate(estate.path)
    keyring = Keyring(files)
    wanted = {
        Derived(owner, Purpose.STACK_PASSPHRASE, "") for owner in (*files.tenants, "platform") if keyring.has(owner)
    }
    for tenant in files.tenants.values():
        for item in tenant_objects(files, tenant):
            wanted |= set(derived_values(item.manifest))
    return {keyring.derive(secret) for secret in wanted if keyring.has(secret.owner)}


def hunt(directory: Path, needles: Iterable[bytes], *, except_in: tuple[str, ...] = ()) -> list[str]:
    """Return the files under a directory that hold a needle, also inside gzip."""
    wanted, found = list(needles), []
    for path in directory.rglob("*"):
        if path.is_symlink() or not path.is_file() or any(part in except_in for part in path.parts):
            continue
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        if any(needle in data for needle in wanted):
            found.append(str(path))
    return found


def test_the_hunt_finds_a_canary_in_every_form(tmp_path: Path) -> None:
    canary = "kanarienvogel-1234567890-abcdefghij"
    for index, form in enumerate(sorted(forms(canary))):
        (tmp_path / f"plain-{index}").write_bytes(b"before " + form + b" after")
        (tmp_path / f"packed-{index}.gz").write_bytes(gzip.compress(b"before " + form))
    whole = base64.b64encode(b"ab" + canary.encode() + b"tail")
    (tmp_path / "inside").write_bytes(whole)
    assert len(hunt(tmp_path, forms(canary))) == len(list(tmp_path.iterdir()))
    assert hunt(tmp_path, forms("something-else-1234567890-abcdefghij")) == []


@pytest.fixture(scope="module")
def needles(estate: EstateRoot) -> set[bytes]:
    found = secrets_of(estate)
    assert len(found) > 20
    return {form for secret in found for form in forms(secret)}


def test_nothing_a_run_leaves_holds_a_secret(estate: EstateRoot, needles: set[bytes]) -> None:
    assert hunt(estate.path / ".kogge", needles, except_in=("sandbox",)) == []
    one = next(iter(needles))
    (estate.path / ".kogge/planted").write_bytes(one)
    found = hunt(estate.path / ".kogge", needles, except_in=("sandbox",))
    (estate.path / ".kogge/planted").unlink()
    assert found == [str(estate.path / ".kogge/planted")], "the hunt itself finds one"


def test_no_output_holds_a_secret(estate: EstateRoot, needles: set[bytes]) -> None:
    for command in (
        ("up", "--all", "--force"),
        ("plan", "--all", "--json", "--force"),
        ("render", "luebeck"),
        ("env", "luebeck"),
        ("env", "luebeck", "--", "env"),
        ("keys", "list"),
    ):
        done = estate.kogge(*command)
        output = (done.stdout + done.stderr).encode()
        assert done.returncode == 0, output
        assert not any(needle in output for needle in needles), command


def test_no_argument_list_and_no_environment_holds_a_secret_while_a_stack_is_made(
    estate: EstateRoot, tenant: Tenant
) -> None:
    tenant("watched")
    estate.kogge("keys", "new", "watched")
    wanted = {form for secret in secrets_of(estate) for form in forms(secret)}
    seen: list[bytes] = []
    run = estate.start("up", "watched")
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for process in psutil.process_iter():
                for name in ("cmdline", "environ"):
                    try:
                        seen.append(Path(f"/proc/{process.pid}/{name}").read_bytes())
                    except OSError:
                        continue
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = run.communicate(timeout=120)
    stop.set()
    watcher.join()
    assert run.returncode == 0, output
    assert any(b"pulumi" in data for data in seen)
    assert any(b"PULUMI_CONFIG_PASSPHRASE_FILE" in data for data in seen)
    assert not any(needle in data for data in set(seen) for needle in wanted)
