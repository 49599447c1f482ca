"""Building tools with the real Go: whole or not at all, and one clear message when it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from kogge.errors import KoggeError
from sandbox.fault import SandboxError
from sandbox.tools import build, toolset
from sandbox.tools.golang import Go, go_on_path, installed_go, locked_version, parsed_version
from sandbox.tools.pins import TOOLS, Tool
from tests.support.checkout import CHECKOUT

ETCD = next(tool for tool in TOOLS if tool.program == "etcd")
Kogge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """An empty cache of Kogge; Go's own caches stay the machine's."""
    cache = tmp_path / "cache" / "kogge"
    for directory in ("logs", "tools", "toolsets", "building"):
        (cache / directory).mkdir(parents=True)
    return cache


@pytest.fixture
def go() -> Go:
    found = go_on_path()
    if found is None:
        pytest.skip("no Go on PATH")
    return found


def start_build(cache: Path) -> subprocess.Popen[bytes]:
    script = (
        "import sys; from pathlib import Path; from sandbox.tools import build, pins, golang\n"
        "tool = next(tool for tool in pins.TOOLS if tool.program == 'etcd')\n"
        "build.build(tool, golang.go_on_path(), Path(sys.argv[1]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, str(cache)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        start_new_session=True,
    )


def test_a_finished_build_runs_and_is_found_again(cache: Path, go: Go) -> None:
    assert toolset.cached(ETCD, go.version, cache) is None
    build.build(ETCD, go, cache)
    found = toolset.cached(ETCD, go.version, cache)
    assert found is not None
    said = subprocess.run([found.path, "--version"], capture_output=True, text=True, check=True)
    assert "etcd Version: 3.6.14" in said.stdout
    assert list((cache / "building").iterdir()) == []


def test_a_build_that_is_killed_leaves_nothing_that_is_used(cache: Path, go: Go) -> None:
    building = start_build(cache)
    while not list((cache / "building").glob("etcd.*/out")):
        assert building.poll() is None
        time.sleep(0.01)
    for child in [*psutil.Process(building.pid).children(recursive=True), psutil.Process(building.pid)]:
        child.kill()
    building.wait()
    assert toolset.cached(ETCD, go.version, cache) is None
    assert list((cache / "building").iterdir()) != []
    build.sweep(cache)
    assert list((cache / "building").iterdir()) == []
    build.build(ETCD, go, cache)
    assert toolset.cached(ETCD, go.version, cache) is not None


def test_a_program_that_does_not_say_its_version_is_not_kept(cache: Path, go: Go) -> None:
    liar = Tool(**{**_fields(ETCD), "proof": (("--version",), "etcd Version: 9.9.9")})
    with pytest.raises(SandboxError, match=r"does not say 'etcd Version: 9\.9\.9'"):
        build.build(liar, go, cache)
    assert toolset.cached(liar, go.version, cache) is None


def _fields(tool: Tool) -> dict[str, object]:
    return {name: getattr(tool, name) for name in tool.__slots__}


def test_another_go_or_other_flags_are_another_program() -> None:
    keys = {
        build.key(ETCD, "1.26.8"),
        build.key(ETCD, "1.26.9"),
        build.key(Tool(**{**_fields(ETCD), "tags": ("other",)}), "1.26.8"),
    }
    assert len(keys) == 3


def test_with_fetching_switched_off_it_is_said_once(
    cache: Path, go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    with pytest.raises(SandboxError, match="etcd could not be made ready: fetching is switched off") as error:
        build.build(ETCD, go, cache)
    assert error.value.hint is not None
    assert "GOPROXY" in error.value.hint


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(403, "Forbidden")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it so)
        """Say nothing: the test reads what the client says."""


@pytest.fixture
def refusing_registry() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("proxy", "said"), [("refusing", "a registry refused"), ("silent", "no package registry can be reached")]
)
def test_a_registry_that_refuses_or_is_away_is_said_once(
    cache: Path,
    go: Go,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refusing_registry: str,
    proxy: str,
    said: str,
) -> None:
    monkeypatch.setenv("GOPROXY", refusing_registry if proxy == "refusing" else "http://127.0.0.1:1")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    with pytest.raises(SandboxError, match=said) as error:
        build.build(ETCD, go, cache)
    assert error.value.hint
    assert (cache / "logs" / "etcd.log").exists()


def test_without_go_and_without_a_registry_the_next_step_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert go_on_path() is None
    with pytest.raises(SandboxError, match=r"no Go 1\.26 or newer on PATH") as error:
        installed_go(cache)
    assert error.value.hint is not None
    assert "install Go 1.26" in error.value.hint
    assert not (cache / "go").exists()


def test_an_old_go_is_not_used(tmp_path: Path) -> None:
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.22.4\n", encoding="utf-8")
    old.chmod(0o755)
    assert go_on_path({"PATH": str(tmp_path)}) is None


def test_the_wheels_version_is_new_enough() -> None:
    assert (parsed_version(f"go{locked_version()}") or (0,)) >= (1, 26)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting read-only needs root")
def test_a_read_only_cache_is_named(kogge: Kogge, tmp_path: Path) -> None:
    place = tmp_path / "read-only"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(place)], check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(KoggeError, match="read-only file system") as error:
            toolset.prepare(tmp_path, cache=place / "kogge")
        assert "XDG_CACHE_HOME" in (error.value.hint or "")
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_cache_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "kogge").write_text("", encoding="utf-8")
    with pytest.raises(KoggeError, match="is not a directory"):
        toolset.prepare(tmp_path, cache=tmp_path / "kogge")


def test_a_fitting_pulumi_of_the_machine_is_used_and_another_is_not(tmp_path: Path) -> None:
    for version, expected in (("v3.259.4", {"pulumi", "pulumi-language-python"}), ("v3.240.0", set())):
        directory = tmp_path / version
        directory.mkdir()
        for program in ("pulumi", "pulumi-language-python"):
            (directory / program).write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
            (directory / program).chmod(0o755)
        found = toolset.official_pulumi({"PATH": str(directory), "HOME": str(tmp_path)}, tmp_path / "cache")
        assert set(found) == expected
    shutil.rmtree(tmp_path / "v3.259.4")


def test_the_checkouts_toolset_is_current_and_every_program_is_there() -> None:
    toolset.prepare(CHECKOUT)
    assert toolset.is_current(CHECKOUT)
    links = CHECKOUT / ".kogge" / "toolset"
    assert {entry.name for entry in (links / "bin").iterdir()} == {
        *(tool.program for tool in TOOLS if tool.program != "pulumi-resource-kubernetes"),
        "pulumi-language-python-exec",
    }
    assert (links / "plugins" / toolset.PLUGIN / "pulumi-resource-kubernetes").exists()


def test_two_checkouts_that_build_at_once_do_it_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from sandbox.tools import toolset\n"
        "toolset.TOOLS = tuple(tool for tool in toolset.TOOLS if tool.program == 'etcd')\n"
        "toolset.prepare(Path(sys.argv[1]), cache=Path(sys.argv[2]))"
    )
    checkouts = [tmp_path / "one", tmp_path / "two"]
    for checkout in checkouts:
        shutil.copytree(CHECKOUT / "sandbox" / "tools", checkout / "sandbox" / "tools")
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(checkout), str(tmp_path / "cache")],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for checkout in checkouts
    ]
    told = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert "".join(told).count("built in") == 1
    programs = {(checkout / ".kogge" / "toolset" / "bin" / "etcd").resolve() for checkout in checkouts}
    assert len(programs) == 1
