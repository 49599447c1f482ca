"""What the unit tests share."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from tests.support.estate_files import EstateFiles
from tests.support.key_safe import KeySafe, recipients


@pytest.fixture
def files(tmp_path: Path) -> EstateFiles:
    """The files of an estate that this test may change."""
    return EstateFiles.base(tmp_path / "estate")


@pytest.fixture
def root(files: EstateFiles) -> Path:
    """Where those files lie."""
    return files.root


@pytest.fixture
def safe(files: EstateFiles, monkeypatch: pytest.MonkeyPatch) -> KeySafe:
    """An estate whose master keys two identities can read: one of this machine, one offline."""
    monkeypatch.delenv("KOGGE_IDENTITY", raising=False)
    estate = files.load()
    online, offline = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    identity = estate.path(estate.platform.keys.identity)
    identity.parent.mkdir(parents=True)
    identity.write_text(f"# created for a test\n{online}\n", encoding="utf-8")
    assert estate.platform.keys.recipients_file is not None
    estate.path(estate.platform.keys.recipients_file).write_text(recipients(online, offline), encoding="utf-8")
    return KeySafe(estate, online, offline)
